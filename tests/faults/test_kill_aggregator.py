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

    def arguments(self, durability):
        return ("--data-dir", self.data, "--durability", durability)

    def kill_again_and_again(self, durability, short, *sender_arguments):
        aggregator = self.start_aggregator(*self.arguments(durability))
        senders = [self.start_sender(aggregator.grpc, *sender_arguments, instance=f"i{i}") for i in range(2)]
        for _ in self.rounds(short):
            self.pause(0.05, 0.6)
            self.kill(aggregator)
            self.pause(0, 0.1)
            aggregator = self.restart(aggregator, *self.arguments(durability))
        for sender in senders:
            sender.finish()
        self.assert_balance(aggregator, senders)
        # Once more, with nothing on its way: all of it comes from the disk.
        self.kill(aggregator)
        aggregator = self.restart(aggregator, *self.arguments(durability))
        for sender in senders:
            self.assert_received(aggregator, sender)
        self.assertEqual(sum(sender.lines for sender in senders) * fault_test.SAMPLES_PER_LINE,
                         self.ledger(aggregator)["accepted"])

    def test_durability_os(self):
        self.kill_again_and_again("os", 6)

    def test_durability_fsync(self):
        self.kill_again_and_again("fsync", 4)

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
