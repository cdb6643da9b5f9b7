"""With only 64 open files a program serves whom it can, refuses the rest, and is as before once they have left."""

import os
import socket

import fault_test
import obs_test

LIMIT = 64


class DescriptorsTest(fault_test.TestCase):
    def connect(self, address):
        host, _, port = address.rpartition(":")
        connection = socket.create_connection((host, int(port)), timeout=5 * obs_test.TIME_FACTOR)
        self.addCleanup(connection.close)
        return connection

    def test_aggregator(self):
        aggregator = obs_test.Aggregator(tool=self.limited("obs-aggregate", LIMIT))
        self.addCleanup(aggregator._clean_up)
        sender = self.start_sender(aggregator.grpc)
        for _ in self.rounds(3):
            crowd = [self.connect(self.chance.choice((aggregator.grpc, aggregator.http, aggregator.metrics)))
                     for _ in range(2 * LIMIT)]
            self.pause(0.2, 0.5)
            for connection in crowd:
                connection.close()
            before = self.ledger(aggregator)["accepted"]
            obs_test.eventually(lambda: self.ledger(aggregator)["accepted"] > before)
        self.assert_balance(aggregator, [sender.finish()])

    def test_sender_with_a_spool(self):
        aggregator = self.start_aggregator()
        spool = os.path.join(self.temporary_directory(), "spool")
        for _ in self.rounds(2):
            sources = 2 * LIMIT  # a stream and a spool each
            lines = "".join(f'{{"kind":"counter","name":"fault_jobs_total","service":"s{i}","increment":1}}\n'
                            for i in range(sources))
            limited = obs_test.run(self.limited("obs-send", LIMIT), "--spool", spool, "--timeout", "2s", "--aggregator",
                                   aggregator.grpc, input=lines)
            self.assertIn(limited.returncode, (1, 3), limited.stderr)  # and it says so
            self.assertNotEqual("", limited.stderr)
        # What it did take is delivered by whoever has more; nothing comes twice.
        obs_test.run("obs-send", "--spool", spool, "--aggregator", aggregator.grpc)
        ledger = self.ledger(aggregator)
        self.assert_ledger(aggregator, ledger["sent"])
        self.assertEqual(ledger["sent"], sum(aggregator.samples("fault_jobs_total")))


fault_test.main()
