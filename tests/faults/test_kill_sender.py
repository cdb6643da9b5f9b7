"""Senders with a spool that are killed at any moment: what they had taken arrives, once and in order."""

import os
import signal

import fault_test
import obs_test


class KillSenderTest(fault_test.TestCase):
    def setUp(self):
        super().setUp()
        self.spool = os.path.join(self.temporary_directory(), "spool")

    def test_obs_send(self):
        aggregator = self.start_aggregator()
        killed = []
        for _ in self.rounds(10):
            sender = self.start_sender(aggregator.grpc, "--spool", self.spool)
            self.pause(0.05, 0.5)
            sender.kill()
            killed.append(sender)
        last = self.start_sender(aggregator.grpc, "--spool", self.spool).finish()
        sent = last.lines
        self.assert_received(aggregator, last)
        for sender in killed:
            # Which line it read last is not known; of those before none is missing, none came twice. The three samples
            # of the last one may have been read in part.
            counted, observed, last_line = self.received(aggregator, sender)
            self.assertLessEqual(counted, sender.lines)
            self.assertLessEqual(0, counted - observed)
            self.assertLessEqual(0, observed - last_line)
            self.assertLessEqual(counted - last_line, 1, f"{sender.name}: {counted} {observed} {last_line}")
        producers = aggregator.get("/api/v1/status").json()["producers"]
        self.assertEqual(1, len(producers), "all are one producer")
        ledger = self.ledger(aggregator)
        # What the producer says it has sent over all its lives is what the aggregator has.
        sent = ledger["sent"]
        self.assert_ledger(aggregator, sent)
        self.assertEqual(sent, sum(sum(self.received(aggregator, sender)[:2]) for sender in killed + [last])
                         + self.gauge_samples(killed + [last], aggregator))

    def gauge_samples(self, senders, aggregator):
        # Each line has one gauge; the newest is all that is kept of them, and says how many there were.
        return int(sum(self.received(aggregator, sender)[2] for sender in senders))

    def test_obs_agent(self):
        aggregator = self.start_aggregator()
        for _ in self.rounds(6):
            agent = self.start("obs-agent", "--demo", "--spool", self.spool, env={"AGGREGATOR_ADDR": aggregator.grpc})
            self.pause(0.05, 0.7)
            self.kill(agent)
        agent = self.start("obs-agent", "--demo", "--spool", self.spool, env={"AGGREGATOR_ADDR": aggregator.grpc})
        before = self.ledger(aggregator)["accepted"]
        obs_test.eventually(lambda: self.ledger(aggregator)["accepted"] > before)
        self.assertEqual(0, agent.stop(signal.SIGTERM))
        self.assertEqual(1, len(aggregator.get("/api/v1/status").json()["producers"]))
        self.assert_ledger(aggregator, self.ledger(aggregator)["sent"])


fault_test.main()
