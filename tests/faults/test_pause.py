"""Programs that stop for half a minute (SIGSTOP) go on where they were."""

import signal

import fault_test


class PauseTest(fault_test.TestCase):
    def stop_for_a_while(self, process):
        process.send_signal(signal.SIGSTOP)
        if self.is_long:
            self.pause(30, 32)
        else:
            self.pause(0.5, 1.5)
        process.send_signal(signal.SIGCONT)

    def test_aggregator(self):
        aggregator = self.start_aggregator()
        sender = self.start_sender(aggregator.grpc)
        for _ in self.rounds(3):
            self.pause(0.2, 0.5)
            self.stop_for_a_while(aggregator)
        self.assert_balance(aggregator, [sender.finish()])

    def test_sender(self):
        aggregator = self.start_aggregator()
        sender = self.start_sender(aggregator.grpc)
        for _ in self.rounds(3):
            self.pause(0.2, 0.5)
            self.stop_for_a_while(sender.process)
        self.assert_balance(aggregator, [sender.finish()], duplicates_allowed=False)


fault_test.main()
