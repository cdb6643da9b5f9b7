"""A disk that is full or slow costs time, and what cannot be kept on it; what was acknowledged is there."""

import os

import fault_test
import obs_test


class DiskTest(fault_test.TestCase):
    def setUp(self):
        super().setUp()
        self.disk = self.temporary_directory()
        self.machine = fault_test.Machine(self, self.disk)

    def aggregator_on_disk(self, aggregator=None):
        if not self.has_data_dir():
            self.skipTest("obs-aggregate has no --data-dir")
        arguments = ("--data-dir", os.path.join(self.disk, "data"), "--durability", "os")
        if aggregator is None:
            return self.start_aggregator(*arguments, env=self.machine.env)
        return self.restart(aggregator, *arguments, env=self.machine.env)

    def test_sender_whose_disk_is_full_sends_on(self):
        aggregator = self.start_aggregator()
        sender = self.start_sender(aggregator.grpc, "--spool", os.path.join(self.disk, "spool"), env=self.machine.env)
        for _ in self.rounds(4):
            self.pause(0.1, 0.4)
            self.machine.set("full", 1)
            refused = self.machine.get("refused")
            obs_test.eventually(lambda: self.machine.get("refused") > refused)
            before = self.ledger(aggregator)["accepted"]
            obs_test.eventually(lambda: self.ledger(aggregator)["accepted"] > before)
            self.machine.set("full", 0)
        self.assert_balance(aggregator, [sender.finish()], duplicates_allowed=False)

    def test_sender_whose_disk_is_slow(self):
        aggregator = self.start_aggregator()
        self.machine.set("write_micros", 50_000)
        sender = self.start_sender(aggregator.grpc, "--spool", os.path.join(self.disk, "spool"), env=self.machine.env)
        for _ in self.rounds(4):
            self.pause(0.2, 0.5)
            self.machine.set("write_micros", self.chance.randrange(100_000))
        self.assert_balance(aggregator, [sender.finish()], duplicates_allowed=False)

    def test_aggregator_whose_disk_is_full_refuses_and_recovers(self):
        aggregator = self.aggregator_on_disk()
        sender = self.start_sender(aggregator.grpc)
        for _ in self.rounds(4):
            self.pause(0.2, 0.5)
            self.machine.set("full", 1)
            obs_test.eventually(lambda: self.refusal(aggregator))
            # Watchers and scrapers are served all the while.
            frames = obs_test.live_frames(aggregator.live_url, lambda frames: len(frames) >= 2)
            self.assertEqual(2, len(frames))
            self.assertIn("telemetry_samples_total", aggregator.scrape())
            self.assertEqual("refuses samples", aggregator.get("/health").json()["status"])
            self.machine.set("full", 0)
            before = self.ledger(aggregator)["accepted"]
            obs_test.eventually(lambda: self.ledger(aggregator)["accepted"] > before, 30)
        # A probe may have been taken before the disk was full.
        probes = sum(node["accepted"] for node in aggregator.get("/api/v1/status").json()["nodes"]
                     if node["instance"] == "probe")
        self.assert_balance(aggregator, [sender.finish()], besides=probes)
        self.kill(aggregator)
        aggregator = self.aggregator_on_disk(aggregator)
        self.assert_received(aggregator, sender)

    def test_aggregator_that_is_killed_while_its_disk_is_full(self):
        aggregator = self.aggregator_on_disk()
        sender = self.start_sender(aggregator.grpc)
        for _ in self.rounds(4):
            self.pause(0.2, 0.5)
            refused = self.machine.get("refused")
            self.machine.set("full", 1)
            obs_test.eventually(lambda: self.machine.get("refused") > refused)
            self.pause(0, 0.3)
            self.kill(aggregator)
            self.machine.set("full", 0)
            aggregator = self.aggregator_on_disk(aggregator)
        self.assert_balance(aggregator, [sender.finish()])
        self.kill(aggregator)
        aggregator = self.aggregator_on_disk(aggregator)
        self.assert_received(aggregator, sender)

    def refusal(self, aggregator):
        """What somebody is told who sends now; nothing if it is taken."""
        result = obs_test.run("obs-send", "--aggregator", aggregator.grpc, "--instance", "probe", "--timeout", "300ms",
                              "gauge", "fault_probe", "1")
        return result.stderr if "No space left" in result.stderr or "disk" in result.stderr else ""

    def test_aggregator_whose_disk_is_slow(self):
        aggregator = self.aggregator_on_disk()
        sender = self.start_sender(aggregator.grpc)
        for _ in self.rounds(4):
            self.machine.set("write_micros", self.chance.randrange(100_000))
            self.machine.set("sync_micros", self.chance.randrange(300_000))
            self.pause(0.2, 0.5)
        self.assert_balance(aggregator, [sender.finish()])
        self.kill(aggregator)
        aggregator = self.aggregator_on_disk(aggregator)
        self.assert_received(aggregator, sender)


fault_test.main()
