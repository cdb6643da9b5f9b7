"""obs-tail says plainly when it cannot watch, comes back when the aggregator does, and ends when it is told to."""

import re
import signal
import socket

import obs_test


class TailConnectionTest(obs_test.TestCase):
    def test_nobody_there(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        result = obs_test.run("obs-tail", "--url", f"ws://127.0.0.1:{port}/ws")
        self.assertEqual((3, "", f"obs-tail: cannot connect to 127.0.0.1:{port}: Connection refused\n"),
                         (result.returncode, result.stdout, result.stderr))

    def test_bad_usage(self):
        for args in (["cpu{"], ["--url", "http://localhost"], ["--rate", "61"], ["--since", "5"], ["--output", "xml"],
                     ["--count", "0"], ["--url", "ws://"], ["[cpu]"]):
            with self.subTest(args):
                result = obs_test.run("obs-tail", *args)
                self.assertEqual((2, ""), (result.returncode, result.stdout))
                self.assertRegex(result.stderr, r"\Aobs-tail: .{1,150}\n\Z")

    def test_wrong_key_is_not_tried_again(self):
        aggregator = self.start_aggregator(env={"TELEMETRY_API_KEYS": "secret"})
        for key in (None, "wrong"):
            env = {"API_KEY": key} if key else None
            result = obs_test.run("obs-tail", "--url", aggregator.live_url, env=env)
            self.assertEqual((3, ""), (result.returncode, result.stdout))
            self.assertEqual(f"obs-tail: {aggregator.live_url} refused: invalid key\n", result.stderr)

    def test_right_key_from_the_environment_or_a_file(self):
        aggregator = self.start_aggregator(env={"TELEMETRY_API_KEYS": "secret"})
        args = ["obs-tail", "--url", aggregator.live_url, "--timeout", "200ms"]
        self.assertEqual(0, obs_test.run(*args, env={"API_KEY": "secret"}).returncode)
        self.assertEqual(0, obs_test.run(*args, "--api-key-file", self.write_file("key", "secret\n")).returncode)

    def test_no_live_view_there(self):
        aggregator = self.start_aggregator()
        result = obs_test.run("obs-tail", "--url", f"ws://{aggregator.http}/elsewhere")
        self.assertEqual(3, result.returncode)
        self.assertIn(f"no live view at ws://{aggregator.http}/elsewhere", result.stderr)

    def test_it_comes_back_when_the_aggregator_does(self):
        first = self.start_aggregator()
        port = first.http.rsplit(":", 1)[1]
        tail = self.start("obs-tail", "--url", first.live_url, "--output", "json", "-v")
        obs_test.eventually(lambda: first.get("/api/v1/status").json()["live"]["watchers"] == 1)
        first.stop()
        tail.wait_for_line("obs-tail: closed by the server: 1001 the server is stopping; trying again")
        second = self.start_aggregator(env={"WS_PORT": port})
        tail.wait_for_line(re.escape(f"obs-tail: connected to {second.live_url} again"))
        self.assertEqual(130, tail.stop(signal.SIGINT))

    def test_interrupt(self):
        aggregator = self.start_aggregator()
        tail = self.start("obs-tail", "--url", aggregator.live_url)
        obs_test.eventually(lambda: aggregator.get("/api/v1/status").json()["live"]["watchers"] == 1)
        self.assertEqual(130, tail.stop(signal.SIGINT))
        self.assertEqual("", tail.text("stderr"))


obs_test.main()
