"""obs-tail --record captures what an aggregator shows, and obs-send --replay makes another one show it again."""

import json
import os
import signal
import subprocess
import time

import obs_test

NOBODY = "127.0.0.1:1"


class RecordTest(obs_test.TestCase):
    def setUp(self):
        self.file = os.path.join(self.temporary_directory(), "incident")

    def send(self, aggregator, lines):
        result = obs_test.run("obs-send", "--aggregator", aggregator.grpc, "--instance", "i1", input=lines)
        self.assertEqual(0, result.returncode, result.stderr)

    def start_recording(self, aggregator, *args):
        """Returns once it records: a first frame is in the file."""
        recorder = self.start("obs-tail", "--url", aggregator.live_url, "--record", self.file, *args)
        obs_test.eventually(lambda: os.path.exists(self.file) and os.path.getsize(self.file) > 150)
        return recorder

    def record(self, *rounds):
        """An aggregator that is sent the texts, one at a time, each awaited in the recording."""
        aggregator = self.start_aggregator()
        self.send(aggregator, rounds[0])
        recorder = self.start_recording(aggregator)
        for text in rounds[1:]:
            before = os.path.getsize(self.file)
            self.send(aggregator, text)
            obs_test.eventually(lambda: os.path.getsize(self.file) > before + 40)
        # What was recorded after the last samples has less in it.
        obs_test.eventually(lambda: self.last_records_are_idle())
        self.assertEqual(130, recorder.stop(signal.SIGINT))
        return aggregator

    def last_records_are_idle(self):
        before = os.path.getsize(self.file)
        obs_test.eventually(lambda: os.path.getsize(self.file) != before)
        return os.path.getsize(self.file) - before < 40

    def replay(self, aggregator, *args, **kwargs):
        address = aggregator if isinstance(aggregator, str) else aggregator.grpc
        return obs_test.run("obs-send", "--aggregator", address, "--replay", self.file, "--output", "json", *args, **kwargs)

    def series(self, aggregator):
        """What it shows, but for times, by name and instance."""
        found = aggregator.get("/api/v1/series").json()["series"]
        return {(each["name"], each["instance"]): {key: value for key, value in each.items() if key != "timestamp"}
                for each in found}

    def test_second_aggregator_shows_the_same(self):
        first = self.record(
            "gauge temp 20\ncounter requests_total 7\n" + "".join(f"histogram latency {v}.5\n" for v in range(1, 6)) +
            '{"name":"size","kind":"histogram","bounds":[1,2,5,10],"counts":[0,3,4,0,1],"sum":40}\n' +
            '{"name":"temp","service":"other","instance":"o1","labels":{"room":"a \\"b\\""},"value":3}\n',
            "gauge temp 21\ncounter requests_total 12\n" + "histogram latency 103\n" * 3,
            '{"name":"size","kind":"histogram","bounds":[1,2,5,10],"counts":[2,0,1,1,1],"sum":30}\n' +
            "histogram latency 0\nhistogram latency -4\ncounter requests_total 15\n")
        second = self.start_aggregator()
        result = self.replay(second, "--speed", "max")
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        # Within the sliding window, so quantiles and buckets are compared, too.
        self.assertEqual(self.series(first), self.series(second))
        summary = json.loads(result.stdout)
        self.assertEqual(summary["samples"], summary["acknowledged"])
        self.assertEqual(summary["samples"], second.get("/api/v1/status").json()["ledger"]["accepted"])
        # Who measured is whom the account is of.
        self.assertEqual({"i1", "o1"}, {node["instance"] for node in second.get("/api/v1/status").json()["nodes"]})

    def test_what_was_observed_before_the_recording_is_in_the_totals(self):
        long_ago = (time.time() - 60) * 1e3
        first = self.record("".join(f'{{"name":"old","kind":"histogram","value":{v},"timestamp":{long_ago}}}\n'
                                    for v in (1, 2, 6)) + "histogram old 100\n")
        second = self.start_aggregator()
        self.assertEqual(0, self.replay(second, "--speed", "max").returncode)
        self.assertEqual(self.series(first), self.series(second))
        [old] = self.series(second).values()
        self.assertEqual((4, 109), (old["count"], old["sum"]))
        self.assertEqual(1, sum(count for _, count in old["buckets"]))  # in the window

    def test_replay_takes_as_long_as_the_recording_divided_by_the_speed(self):
        self.record("gauge temp 1\n", "gauge temp 2\n")
        second = self.start_aggregator()
        begin = time.monotonic()
        self.assertEqual(0, self.replay(second, "--speed", "max").returncode)
        at_once = time.monotonic() - begin
        self.assertEqual(0, self.replay(second, "--speed", "2x").returncode)
        self.assertGreater(time.monotonic() - begin - at_once, 0.3)

    def test_truncated_recording_plays_its_valid_part(self):
        self.record("gauge temp 1\n", "gauge temp 2\n")
        os.truncate(self.file, os.path.getsize(self.file) - 1)
        second = self.start_aggregator()
        result = self.replay(second, "--speed", "max")
        self.assertEqual(1, result.returncode)
        self.assertRegex(result.stderr, r"incident: \d+ bytes from byte \d+ on are damaged or incomplete and were not played")
        second.wait_for_sample(2, "temp")

    def test_what_is_no_recording_is_named(self):
        for content, words in (("gauge a 1\n", "not a recording of obs-tail"), ("", "not a recording of obs-tail")):
            self.file = self.write_file("other", content)
            result = self.replay(NOBODY)
            self.assertEqual(1, result.returncode)
            self.assertIn(f"{self.file}: {words}", result.stderr)
        self.file += ".none"
        result = self.replay(NOBODY)
        self.assertEqual(1, result.returncode)
        self.assertIn(f"{self.file}: No such file or directory", result.stderr)

    def test_wrong_flags_are_refused(self):
        for args, words in ((("--speed", "2x"), "--replay"), (("--replay", "a", "--speed", "fast"), "no speed"),
                            (("--replay", "a", "--speed", "-1x"), "no speed"), (("--replay", "a", "gauge", "b", "1"), "no words")):
            result = obs_test.run("obs-send", *args)
            self.assertEqual(2, result.returncode, args)
            self.assertIn(words, result.stderr)

    def test_disk_that_is_full_is_said(self):
        aggregator = self.start_aggregator()
        result = obs_test.run("obs-tail", "--url", aggregator.live_url, "--record", "/dev/full")
        self.assertEqual(1, result.returncode)
        self.assertIn("/dev/full: No space left on device", result.stderr)

    def test_recording_to_stdout_is_the_same_and_ends_with_its_reader(self):
        aggregator = self.start_aggregator()
        self.send(aggregator, "gauge temp 5\n")
        result = obs_test.run("obs-tail", "--url", aggregator.live_url, "--record", "-", "--count", "1", text=False)
        self.assertEqual(0, result.returncode, result.stderr)
        with open(self.file, "wb") as file:
            file.write(result.stdout)
        second = self.start_aggregator()
        self.assertEqual(0, self.replay(second).returncode)
        second.wait_for_sample(5, "temp")
        with subprocess.Popen([obs_test.tool_path("obs-tail"), "--url", aggregator.live_url, "--record", "-"],
                              stdout=subprocess.PIPE) as recorder:
            self.assertEqual(b"obsjrnl\x01", recorder.stdout.read(8))
            recorder.stdout.close()
            self.assertEqual(0, recorder.wait(10 * obs_test.TIME_FACTOR))

    def test_replay_that_is_interrupted_delivers_what_it_played(self):
        aggregator = self.start_aggregator()
        self.send(aggregator, "gauge temp 5\n")
        recorder = self.start_recording(aggregator)
        obs_test.eventually(lambda: os.path.getsize(self.file) > 170)  # one second at least
        recorder.stop(signal.SIGINT)
        second = self.start_aggregator()
        replay = self.start("obs-send", "--aggregator", second.grpc, "--replay", self.file, "--speed", "0.001x")
        second.wait_for_sample(5, "temp")
        self.assertEqual(130, replay.stop(signal.SIGINT))


obs_test.main()
