"""Two aggregators on one data directory: the second refuses to start, and the first does not notice."""

import os

import fault_test


class TwoAggregatorsTest(fault_test.TestCase):
    def test_second_refuses_to_start(self):
        if not self.has_data_dir():
            self.skipTest("obs-aggregate has no --data-dir")
        arguments = ("--data-dir", os.path.join(self.temporary_directory(), "data"), "--durability", "os")
        free_ports = {"GRPC_PORT": "0", "WS_PORT": "0", "METRICS_PORT": "0"}
        aggregator = self.start_aggregator(*arguments)
        sender = self.start_sender(aggregator.grpc)
        for _ in self.rounds(2):
            self.pause(0.05, 0.2)
            second = self.start("obs-aggregate", *arguments, env=free_ports)
            self.assertEqual(3, second.wait())
            self.assertIn(f"in use by process {aggregator.pid}", second.text("stderr"))
        self.assert_balance(aggregator, [sender.finish()], duplicates_allowed=False)
        # Nor is anything left that keeps one from starting after a kill.
        self.kill(aggregator)
        aggregator = self.restart(aggregator, *arguments)
        self.assert_received(aggregator, sender)


fault_test.main()
