"""--spool: what an aggregator has not confirmed outlives obs-send and obs-agent, and arrives once."""

import os
import signal

import obs_test

NOBODY = "127.0.0.1:1"


class SpoolTest(obs_test.TestCase):
    def setUp(self):
        self.spool = os.path.join(self.temporary_directory(), "spool")

    def send(self, address, *args, **kwargs):
        return obs_test.run("obs-send", "--spool", self.spool, "--timeout", "500ms", *args,
                            env={"AGGREGATOR_ADDR": address}, **kwargs)

    def ledger(self, aggregator):
        return aggregator.get("/api/v1/status").json()["ledger"]

    def test_next_run_delivers_what_the_last_one_could_not(self):
        result = self.send(NOBODY, "counter", "jobs_total", "+3")
        self.assertEqual(3, result.returncode)
        self.assertIn(f"1 of 1 samples were not confirmed; they stay in {self.spool} and go out with the next run",
                      result.stderr)
        aggregator = self.start_aggregator()
        result = self.send(aggregator.grpc, "counter", "jobs_total", "+2")
        self.assertEqual((0, ""), (result.returncode, result.stdout), result.stderr)
        aggregator.wait_for_sample(5, "jobs_total")
        self.assertEqual(2, self.ledger(aggregator)["accepted"])

    def test_what_is_left_is_delivered_without_new_input_and_only_once(self):
        self.send(NOBODY, input='{"name":"a","service":"s1","value":1}\n{"name":"a","service":"s2","value":2}\n')
        aggregator = self.start_aggregator()
        result = self.send(aggregator.grpc)
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertIn("2 samples that earlier runs had left were confirmed", result.stderr)
        aggregator.wait_for_sample(1, "a", service="s1")
        aggregator.wait_for_sample(2, "a", service="s2")
        result = self.send(aggregator.grpc)
        self.assertNotIn("earlier runs", result.stderr)
        self.assertEqual(2, self.ledger(aggregator)["accepted"])
        self.assertEqual(0, self.ledger(aggregator)["duplicate"])

    def test_directory_that_cannot_be_used_is_named(self):
        result = obs_test.run("obs-send", "--spool", "/dev/null/spool", "gauge", "a", "1", env={"AGGREGATOR_ADDR": NOBODY})
        self.assertEqual(1, result.returncode)
        self.assertIn("/dev/null/spool", result.stderr)
        self.assertNotIn("they stay", result.stderr)

    def test_what_no_disk_has_is_not_said_to_stay(self):
        # A folder that no spool of an instance can be made in: its name is a file's.
        os.makedirs(self.spool)
        self.write_file(os.path.join(self.spool, "obs-send"), "")
        result = self.send(NOBODY, "counter", "jobs_total", "+3")
        self.assertNotEqual(0, result.returncode)
        self.assertNotIn("they stay", result.stderr)

    def start_agent(self, address):
        return self.start("obs-agent", "--demo", "--spool", self.spool, env={"AGGREGATOR_ADDR": address})

    def test_second_agent_on_one_spool_refuses_to_start(self):
        first = self.start_agent(NOBODY)
        first.wait_for_line("sending to")
        second = self.start_agent(NOBODY)
        self.assertEqual(1, second.wait())
        self.assertIn(f"in use by process {first.pid}", second.text("stderr"))

    def spooled_bytes(self):
        files = [os.path.join(parent, name) for parent, _, names in os.walk(self.spool) for name in names]
        return sum(os.path.getsize(file) for file in files)

    def test_agent_that_is_killed_goes_on_as_the_same_producer_and_its_ledger_balances(self):
        killed = self.start_agent(NOBODY)
        obs_test.eventually(lambda: self.spooled_bytes() > 50_000)
        killed.send_signal(signal.SIGKILL)
        killed.child.wait()
        aggregator = self.start_aggregator()
        for _ in range(3):
            agent = self.start_agent(aggregator.grpc)
            before = self.ledger(aggregator)["accepted"]
            obs_test.eventually(lambda: self.ledger(aggregator)["accepted"] > before + 100)
            agent.send_signal(signal.SIGKILL)
            agent.child.wait()
        agent = self.start_agent(aggregator.grpc)
        before = self.ledger(aggregator)["accepted"]
        obs_test.eventually(lambda: self.ledger(aggregator)["accepted"] > before + 100)
        self.assertEqual(0, agent.stop())
        producers = aggregator.get("/api/v1/status").json()["producers"]
        self.assertEqual(1, len(producers), producers)
        self.assertEqual(0, producers[0]["difference"], producers)
        self.assertEqual(0, sum(producers[0]["rejected"].values()), producers)
        self.assertEqual({}, producers[0]["dropped"], producers)


obs_test.main()
