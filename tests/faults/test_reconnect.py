"""A thousand streams lose their server at once: they come back spread over time, all of them, and nothing is lost."""

import json
import subprocess
import time

import fault_test
import obs_test

PROCESSES = 4
STREAMS = 250  # in each; obs-send has one for each service
AWAY_SECONDS = 2


class ReconnectTest(fault_test.TestCase):
    def test_thousand_streams(self):
        aggregator = self.start_aggregator()
        senders = [self.start("obs-send", "--aggregator", aggregator.grpc, "--timeout", "0", "--output", "json", "-q",
                              stdin=subprocess.PIPE) for _ in range(PROCESSES)]
        self.send(senders, 1)
        streams = PROCESSES * STREAMS
        obs_test.eventually(lambda: self.open_streams(aggregator) == streams, 30)
        for _ in self.rounds(1):
            self.kill(aggregator)
            time.sleep(AWAY_SECONDS)  # as long as a restart may take: their back-off has grown by then
            aggregator = self.restart(aggregator)
            arrivals = self.watch_arrivals(aggregator, streams)
            spread = arrivals[-1][0] - arrivals[0][0]
            burst = max(self.within(arrivals, begin, 0.1) for begin, _ in arrivals)
            print(f"{streams} streams came back within {arrivals[-1][0]:.2f} s, spread over {spread:.2f} s, at most {burst} "
                  "in a tenth of a second", file=fault_test.sys.stderr)
            self.assertLess(arrivals[-1][0], 6 * obs_test.TIME_FACTOR)
            self.assertGreater(spread, 0.5)
            self.assertLess(burst, streams / 3)
        self.send(senders, 2)
        summaries = [self.finish(sender) for sender in senders]
        self.assertEqual([2 * STREAMS] * PROCESSES, [summary["acknowledged"] for summary in summaries])
        ledger = self.ledger(aggregator)
        self.assertEqual(0, ledger["difference"], ledger)

    def send(self, senders, value):
        for process, sender in enumerate(senders):
            sender.write("".join(f'{{"name":"fault_stream","service":"p{process}-{i}","value":{value}}}\n'
                                 for i in range(STREAMS)))

    def finish(self, sender):
        sender.child.stdin.close()
        self.assertEqual(0, sender.wait(30), sender.text("stderr"))
        return json.loads(sender.text())

    def open_streams(self, aggregator):
        return aggregator.get("/api/v1/status").json()["ingest"]["open_streams"]

    def watch_arrivals(self, aggregator, streams):
        """(seconds since it was ready, open streams) each time that more are open, until all are."""
        began = time.monotonic()
        arrivals = [(0, 0)]
        while arrivals[-1][1] < streams:
            count = self.open_streams(aggregator)
            if count > arrivals[-1][1]:
                arrivals.append((time.monotonic() - began, count))
            self.assertLess(time.monotonic() - began, 30 * obs_test.TIME_FACTOR, f"{count} of {streams} are back")
        return arrivals

    @staticmethod
    def within(arrivals, begin, seconds):
        """How many came in the time that begins then."""
        before = max((count for at, count in arrivals if at <= begin), default=0)
        return max(count for at, count in arrivals if at <= begin + seconds) - before


fault_test.main()
