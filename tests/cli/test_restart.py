"""--data-dir: an aggregator that ends, however it does, goes on where it was."""

import json
import os
import signal

import obs_test


class RestartTest(obs_test.TestCase):
    def setUp(self):
        self.data = os.path.join(self.temporary_directory(), "data")

    def start_on_data(self, *args):
        return self.start_aggregator("--data-dir", self.data, *args)

    def send(self, aggregator, lines):
        result = obs_test.run("obs-send", input=lines, env={"AGGREGATOR_ADDR": aggregator.grpc})
        self.assertEqual(0, result.returncode, result.stderr)

    def see(self, aggregator):
        """What people can see of it, but for the time."""
        series = aggregator.get("/api/v1/series").json()["series"]
        history = aggregator.get("/api/v1/history?match=*&since=5m").json()["series"]
        for each in series:  # a window moves on with the time
            for name in ("p50", "p90", "p95", "p99", "p999", "min", "max", "buckets"):
                each.pop(name, None)
        ledger = aggregator.get("/api/v1/status").json()["ledger"]
        order = lambda each: json.dumps([each["name"], each["labels"]])
        return sorted(series, key=order), [each["points"] for each in sorted(history, key=order)], ledger

    def test_nothing_acknowledged_is_missing_after_kill_9(self):
        for durability in ("os", "fsync"):
            with self.subTest(durability):
                self.data = os.path.join(self.temporary_directory(), "data")
                aggregator = self.start_on_data("--durability", durability)
                self.send(aggregator, "gauge g 1.5\ncounter c 7\ncounter c +3\nhistogram h 20\nhistogram h 30\n")
                before = self.see(aggregator)
                self.assertEqual(5, before[2]["accepted"])
                aggregator.stop(signal.SIGKILL)
                aggregator = self.start_on_data()
                aggregator.wait_for_line("5 samples in [0-9]+ batches brought back")
                self.assertEqual(before, self.see(aggregator))
                self.send(aggregator, "counter c +1\n")
                aggregator.wait_for_sample(11, "c")

    def test_totals_go_on_after_sigterm(self):
        total = 0
        for round in range(3):
            aggregator = self.start_on_data("--durability", "memory")
            self.send(aggregator, "counter jobs_total +2\n" * 100)
            total += 200
            aggregator.wait_for_sample(total, "jobs_total")
            self.assertEqual(0, aggregator.stop())

    def test_status_and_metrics_tell_of_the_directory(self):
        aggregator = self.start_on_data("--data-limit", "100MiB")
        journal = aggregator.get("/api/v1/status").json()["journal"]
        self.assertEqual(("os", self.data, 100 << 20, ""),
                         tuple(journal[name] for name in ("durability", "directory", "limit_bytes", "error")))
        aggregator.wait_for_sample(1, "telemetry_journal_writable")
        self.assertEqual("memory", self.start_aggregator().get("/api/v1/status").json()["journal"]["durability"])

    def test_a_directory_is_of_one_aggregator_at_a_time(self):
        first = self.start_on_data()
        second = self.start("obs-aggregate", "--grpc-port", "0", "--ws-port", "0", "--metrics-port", "0",
                            "--data-dir", self.data)
        self.assertEqual(3, second.wait())
        self.assertIn(f"{self.data}/lock: in use by process {first.pid}", second.text("stderr"))

    def test_what_cannot_be_meant_is_refused(self):
        for args, words in (
                (("--durability", "os"), "--durability os needs --data-dir"),
                (("--data-dir", self.data, "--durability", "disk"), "--durability disk: it is memory, os or fsync"),
                (("--memory-limit", "1MiB"), "--memory-limit 1.0 MiB: at least 128.0 MiB are needed"),
                (("--data-dir", self.data, "--data-limit", "1MiB"), "--data-limit 1.0 MiB: at least 64.0 MiB are needed"),
                (("--data-dir", self.data, "--max-batch", "32MiB", "--data-limit", "100MiB"),
                 "--data-limit 100.0 MiB: at least 512.0 MiB are needed")):
            with self.subTest(args):
                for check in ((), ("--check-config",)):
                    result = obs_test.run("obs-aggregate", *args, *check)
                    self.assertEqual(2, result.returncode)
                    self.assertIn(words, result.stderr)
        result = obs_test.run("obs-aggregate", "--data-dir", "/dev/null/data")
        self.assertEqual(3, result.returncode)
        self.assertIn("/dev/null/data: Not a directory", result.stderr)


obs_test.main()
