"""SIGTERM under load: an aggregator ends with 0 within 5 s, and what it acknowledged is there after a restart."""

import os
import signal
import time

import fault_test
import obs_test


class StopUnderLoadTest(fault_test.TestCase):
    def stop(self, process):
        began = time.monotonic()
        self.assertEqual(0, process.stop(signal.SIGTERM))
        self.assertLess(time.monotonic() - began, 5 * obs_test.TIME_FACTOR)

    def test_aggregator_without_a_data_dir_ends_in_time(self):
        for _ in self.rounds(3):
            aggregator = self.start_aggregator()
            sender = self.start_sender(aggregator.grpc, lines_per_second=20_000)
            obs_test.eventually(lambda: self.ledger(aggregator)["accepted"] > 0)
            self.pause(0.05, 0.3)
            self.stop(aggregator)
            sender.kill()

    def test_aggregator_with_a_data_dir_loses_nothing(self):
        if not self.has_data_dir():
            self.skipTest("obs-aggregate has no --data-dir")
        data = os.path.join(self.temporary_directory(), "data")
        arguments = ("--data-dir", data, "--durability", "os")
        aggregator = self.start_aggregator(*arguments)
        senders = [self.start_sender(aggregator.grpc, instance=f"i{i}", lines_per_second=10_000) for i in range(2)]
        for _ in self.rounds(4):
            self.pause(0.1, 0.5)
            self.stop(aggregator)
            aggregator = self.restart(aggregator, *arguments)
        for sender in senders:
            sender.finish()
        self.assert_balance(aggregator, senders)
        self.stop(aggregator)
        aggregator = self.restart(aggregator, *arguments)
        for sender in senders:
            self.assert_received(aggregator, sender)

    def test_agent_delivers_before_it_ends(self):
        aggregator = self.start_aggregator()
        for _ in self.rounds(3):
            agent = self.start("obs-agent", "--demo", env={"AGGREGATOR_ADDR": aggregator.grpc})
            before = self.ledger(aggregator)["accepted"]
            obs_test.eventually(lambda: self.ledger(aggregator)["accepted"] > before)
            self.pause(0.05, 0.3)
            self.stop(agent)
        self.assert_ledger(aggregator, self.ledger(aggregator)["sent"])


fault_test.main()
