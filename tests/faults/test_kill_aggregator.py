"""An aggregator with a data directory that is killed at any moment: what it has acknowledged is there afterwards, once."""

import os

import fault_test
import obs_test


class KillAggregatorTest(fault_test.TestCase):
    def setUp(self):
        super().setUp()
        if not self.has_data_dir():
            self.skipTest("obs-aggregate has no --data-dir")
        self.data = os.path.join(self.temporary_directory(), "data")

    def arguments(self, durability, *more):
        return ("--data-dir", self.data, "--durability", durability, *more)

    def kill_again_and_again(self, arguments, short, machine=None, loses_power=False, **load):
        """Two senders, whom the aggregator is killed under, `short` times if nobody said how often."""
        env = machine.env if machine else None
        aggregator = self.start_aggregator(*arguments, env=env)
        senders = [self.start_sender(aggregator.grpc, instance=f"i{i}", **load) for i in range(2)]
        for _ in self.rounds(short):
            self.pause(0.05, 0.6)
            self.kill(aggregator)
            if loses_power:
                self.taken += machine.lose_power()
            self.pause(0, 0.1)
            aggregator = self.restart(aggregator, *arguments, env=env)
        for sender in senders:
            sender.finish()
        self.assert_balance(aggregator, senders)
        # Once more, with nothing on its way: all of it comes from the disk.
        self.kill(aggregator)
        aggregator = self.restart(aggregator, *arguments, env=env)
        for sender in senders:
            self.assert_received(aggregator, sender)
        self.assertEqual(sum(sender.lines for sender in senders) * fault_test.SAMPLES_PER_LINE,
                         self.ledger(aggregator)["accepted"])

    def test_durability_os(self):
        self.kill_again_and_again(self.arguments("os"), 6)

    def test_durability_fsync(self):
        self.kill_again_and_again(self.arguments("fsync"), 4)

    def test_while_what_is_old_is_let_go(self):
        # With so short a history it begins anew with its state four times a second, and removes what was before.
        self.kill_again_and_again(self.arguments("os", "--history", "2s", "--data-limit", "64MiB"), 6,
                                  lines_per_second=10_000, parts=1000)

    def test_while_the_disk_is_slow(self):
        machine = self.machine()
        machine.set("write_micros", 20_000)
        machine.set("sync_micros", 50_000)
        self.kill_again_and_again(self.arguments("fsync", "--history", "2s"), 4, machine)

    def test_loss_of_power(self):
        machine = self.machine()
        machine.set("sync_micros", 20_000)  # so that there is something that is not safe yet
        self.taken = 0
        self.kill_again_and_again(self.arguments("fsync", "--history", "2s"), 8, machine, loses_power=True)
        self.assertGreater(self.taken, 0, "nothing was at stake")

    def machine(self):
        return fault_test.Machine(self, os.path.dirname(self.data))

    def test_batches_that_come_again_to_the_next_life_are_known(self):
        # Our own publishers ask first what has arrived; a simple client in another language sends all of it again.
        import grpc
        messages, services = obs_test.load_protocol(self.temporary_directory())
        aggregator = self.start_aggregator(*self.arguments("os"))
        batches = [messages.TelemetryBatch(service="simple", instance="s1", producer="p1", sequence=number, samples=[
            messages.MetricSample(name="fault_simple_total", increment=1)]) for number in range(1, 101)]
        applied = 0
        for _ in self.rounds(5):
            applied = min(100, applied + self.chance.randrange(1, 20))
            with grpc.insecure_channel(aggregator.grpc) as channel:
                acks = services.TelemetryIngestorStub(channel).Publish(iter(batches[:applied]), timeout=20)
                self.assertEqual(applied, max(ack.sequence for ack in acks))
            aggregator.wait_for_sample(applied, "fault_simple_total")
            self.kill(aggregator)
            aggregator = self.restart(aggregator, *self.arguments("os"))
        aggregator.wait_for_sample(applied, "fault_simple_total")
        self.assert_ledger(aggregator, applied)
        self.assertGreater(self.ledger(aggregator)["duplicate"], 0)

    def test_all_that_was_shown_is_shown_again(self):
        aggregator = self.start_aggregator(*self.arguments("os"))
        for number in self.rounds(2):
            agent = self.start("obs-agent", "--demo", "--collect", "host", "--instance", f"a{number}",
                               env={"AGGREGATOR_ADDR": aggregator.grpc})
            before = self.ledger(aggregator)["accepted"]
            obs_test.eventually(lambda: self.ledger(aggregator)["accepted"] > before + 300)
            self.pause(0, 0.5)
            self.assertEqual(0, agent.stop())
            shown, ledger = self.shown(aggregator), self.ledger(aggregator)
            self.kill(aggregator)
            aggregator = self.restart(aggregator, *self.arguments("os"))
            self.assertEqual(shown, self.shown(aggregator))
            self.assertEqual(ledger, self.ledger(aggregator))
        self.assert_ledger(aggregator, self.ledger(aggregator)["sent"])

    def shown(self, aggregator):
        """Of every series what does not depend on when it is asked for."""
        found = aggregator.get("/api/v1/series?limit=100000").json()["series"]
        return {(each["name"], each["service"], each["instance"], str(sorted(each["labels"].items()))):
                (each["timestamp"], each.get("value"), each.get("count"), each.get("sum")) for each in found}

    def test_aggregator_and_senders_with_a_spool(self):
        spool = os.path.join(self.temporary_directory(), "spool")
        aggregator = self.start_aggregator(*self.arguments("os"))
        senders = []
        for _ in self.rounds(6):
            senders.append(self.start_sender(aggregator.grpc, "--spool", spool))
            self.pause(0.1, 0.4)
            if self.chance.random() < 0.5:
                self.kill(aggregator)
                aggregator = self.restart(aggregator, *self.arguments("os"))
                self.pause(0, 0.3)
            senders[-1].kill()
        last = self.start_sender(aggregator.grpc, "--spool", spool).finish()
        self.assert_received(aggregator, last)
        for sender in senders:
            counted, observed, last_line = self.received(aggregator, sender)
            self.assertLessEqual(0, counted - observed)
            self.assertLessEqual(0, observed - last_line)
            self.assertLessEqual(counted - last_line, 1, f"{sender.name}: {counted} {observed} {last_line}")
        self.assert_ledger(aggregator, self.ledger(aggregator)["sent"])

    def test_killed_while_it_starts(self):
        aggregator = self.start_aggregator(*self.arguments("os"))
        sender = self.start_sender(aggregator.grpc)
        obs_test.eventually(lambda: self.ledger(aggregator)["accepted"] > 3000)
        for _ in self.rounds(6):
            self.kill(aggregator)
            ports = {"GRPC_PORT": aggregator.grpc.rpartition(":")[2], "WS_PORT": "0", "METRICS_PORT": "0"}
            starting = self.start("obs-aggregate", *self.arguments("os"), env=ports)
            self.pause(0, 0.1)
            self.kill(starting)
            aggregator = self.restart(aggregator, *self.arguments("os"))
        self.assert_balance(aggregator, [sender.finish()])


fault_test.main()
