"""obs-tail shows what an aggregator receives, in each of its formats, for as long as it was told to."""

import csv
import io
import json
import subprocess
import time

import grpc

import obs_test


def setUpModule():
    global telemetry_pb2, telemetry_pb2_grpc
    telemetry_pb2, telemetry_pb2_grpc = obs_test.load_protocol(obs_test.tempfile.mkdtemp(prefix="obs-test-"))


class TailOutputTest(obs_test.TestCase):
    def setUp(self):
        self.aggregator = self.start_aggregator()

    def send(self, *samples):
        """Sends (name, field, value) or (name, field, value, labels, timestamp_ns) of service "web", instance "web-1"."""
        batch = telemetry_pb2.TelemetryBatch(service="web", instance="web-1")
        for name, field, value, *rest in samples:
            labels, timestamp = rest + [{}, 0][len(rest):]
            sample = batch.samples.add(name=name, labels=labels, timestamp=timestamp)
            if field == "histogram":
                sample.histogram.observations.extend(value)
            else:
                setattr(sample, field, value)
        with grpc.insecure_channel(self.aggregator.grpc) as channel:
            ack = telemetry_pb2_grpc.TelemetryIngestorStub(channel).StreamTelemetry(iter([batch]), timeout=10)
        self.assertTrue(ack.ok, ack)

    def tail(self, *args, **kwargs):
        return obs_test.run("obs-tail", "--url", self.aggregator.live_url, *args, **kwargs)

    def test_text_is_one_line_a_sample(self):
        self.send(("cpu_percent", "gauge", 12.5, {"core": "0"}), ("requests_total", "counter", 7))
        result = self.tail("--output", "text", "--count", 2)
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        lines = sorted(line.split(maxsplit=1)[1] for line in result.stdout.splitlines())
        self.assertEqual(['web/web-1  cpu_percent{core="0"}  12.5', "web/web-1  requests_total         7"], lines)

    def test_json_lines_hold_samples_as_in_frames(self):
        self.send(("latency_seconds", "histogram", [0.1, 0.2, 0.3]), ("up", "gauge", 1, {"a": 'x"y'}))
        frames = obs_test.live_frames(self.aggregator.live_url, lambda frames: len(frames) >= 1)
        result = self.tail("--output", "json", "--count", 2)
        self.assertEqual(0, result.returncode)
        by_name = {sample["name"]: sample for sample in map(json.loads, result.stdout.splitlines())}
        self.assertEqual({sample["name"]: sample for sample in frames[0]["samples"]}, by_name)
        self.assertEqual({"name": "up", "service": "web", "instance": "web-1", "labels": {"a": 'x"y'}, "kind": "gauge",
                          "timestamp": by_name["up"]["timestamp"], "value": 1}, by_name["up"])
        self.assertEqual(3, by_name["latency_seconds"]["count"])

    def test_csv_has_a_header_and_reads_back(self):
        self.send(("up", "gauge", 1, {"a": 'x,"y'}))
        result = self.tail("--output", "csv", "--count", 1)
        rows = list(csv.DictReader(io.StringIO(result.stdout)))
        self.assertEqual(1, len(rows))
        self.assertEqual(("web", "web-1", "up", "gauge", "1"),
                         tuple(rows[0][key] for key in ("service", "instance", "name", "kind", "value")))

    def test_table_without_a_terminal_is_printed_once_at_the_end(self):
        self.send(("memory_bytes", "gauge", 2048), ("requests_total", "counter", 7))
        result = self.tail("--output", "table", "--count", 2)
        lines = result.stdout.splitlines()
        self.assertEqual(4, len(lines), result.stdout)
        self.assertEqual(["SOURCE", "SERIES", "VALUE"], lines[1].split()[:3])
        self.assertEqual(["web/web-1", "memory_bytes", "2.0", "KiB"], lines[2].split()[:4])
        self.assertNotIn("\x1b", result.stdout)

    def test_only_what_the_selectors_pick_is_shown(self):
        self.send(("a", "gauge", 1), ("b", "gauge", 2), ("c", "gauge", 3))
        result = self.tail("a", "b*", "--output", "json", "--count", 2)
        self.assertEqual({"a", "b"}, {json.loads(line)["name"] for line in result.stdout.splitlines()})

    def test_live_updates_follow(self):
        tail = self.start("obs-tail", "--url", self.aggregator.live_url, "ticks_total", "--output", "json")
        for total in range(1, 6):
            self.send(("ticks_total", "counter", total))
            tail.wait_for_line(f'"value":{total}}}', "stdout")

    def test_since_shows_the_history_first_and_each_point_once(self):
        now = time.time_ns()
        points = [(now - age * 10**9, 100 - age) for age in range(30, 0, -1)]
        for timestamp, value in points:
            self.send(("load", "gauge", value, {}, timestamp))
        tail = self.start("obs-tail", "--url", self.aggregator.live_url, "load", "--since", "1m", "--output", "json")
        tail.wait_for_lines(30)
        self.send(("load", "gauge", 555))
        tail.wait_for_line('"value":555}', "stdout")
        samples = [json.loads(line) for line in tail.lines()]
        self.assertEqual([value for _, value in points] + [555], [sample["value"] for sample in samples])
        self.assertEqual([True] * 30 + [False], [sample.get("history", False) for sample in samples])
        self.assertEqual([round(timestamp / 1e6) for timestamp, _ in points],
                         [round(sample["timestamp"]) for sample in samples[:-1]])

    def test_timeout_before_the_count_is_a_failure(self):
        result = self.tail("nothing", "--count", 1, "--timeout", "200ms", "--output", "text")
        self.assertEqual((1, "", "obs-tail: 0 of 1 samples came in time\n"),
                         (result.returncode, result.stdout, result.stderr))

    def test_timeout_alone_is_an_end_like_any_other(self):
        result = self.tail("nothing", "--timeout", "200ms", "--output", "text")
        self.assertEqual((0, "", ""), (result.returncode, result.stdout, result.stderr))

    def test_a_closed_pipe_ends_it_quietly(self):
        self.send(("up", "gauge", 1))
        for output in ("text", "json", "csv"):
            tail = subprocess.Popen([obs_test.tool_path("obs-tail"), "--url", self.aggregator.live_url, "--output", output],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=obs_test.environment())
            with tail:
                tail.stdout.readline()
                tail.stdout.close()
                self.assertEqual((0, b""), (tail.wait(10 * obs_test.TIME_FACTOR), tail.stderr.read()), output)

    def test_a_stdout_that_was_closed_ends_it_too(self):
        for args in ((), ("nothing",)):
            tail = subprocess.Popen(
                ["sh", "-c", 'exec "$@" >&-', "sh", obs_test.tool_path("obs-tail"), "--url", self.aggregator.live_url, *args],
                stderr=subprocess.PIPE, env=obs_test.environment())
            with tail:
                self.addCleanup(tail.kill)
                self.assertEqual((0, b""), (tail.wait(10 * obs_test.TIME_FACTOR), tail.stderr.read()), args)


obs_test.main()
