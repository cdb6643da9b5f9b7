"""Runs the real programs for the tests in tests/cli.

A test file holds one behaviour and ends with `obs_test.main()`:

    import obs_test

    class HealthTest(obs_test.TestCase):
        def test_health_needs_no_key(self):
            aggregator = self.start_aggregator(env={"TELEMETRY_API_KEYS": "secret"})
            self.assertEqual(200, obs_test.http_get(aggregator.http_url + "/health").status)

    obs_test.main()

Every port is 0, so tests run beside each other. Nothing sleeps for a time: what happens later is awaited
with a deadline (`eventually`, `wait_for_line`), and deadlines stretch by OBS_TEST_TIME_FACTOR in sanitizer builds.
A program that crashes, or that a sanitizer stops, fails its test whatever else the test asserts.
Only the Python standard library is imported here; gRPC and WebSocket modules are imported where they are used.
"""

import http.client
import importlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

BIN_DIR = os.environ["OBS_BIN_DIR"]
SOURCE_DIR = os.environ["OBS_SOURCE_DIR"]
BUILD_DIR = os.environ["OBS_BUILD_DIR"]
TIME_FACTOR = float(os.environ.get("OBS_TEST_TIME_FACTOR", "1"))

SANITIZER_EXIT_CODE = 99  # what CTest sets in ASAN_OPTIONS and TSAN_OPTIONS, so that it is none of ours

# What would reach a program from the developer's shell and change what it does.
_FOREIGN_ENVIRONMENT = (
    "AGGREGATOR_ADDR", "API_KEY", "TELEMETRY_API_KEYS", "GRPC_PORT", "WS_PORT", "METRICS_PORT", "LOG_LEVEL",
    "SERVICE_NAME", "INSTANCE_ID", "PUSH_INTERVAL_MS", "NO_COLOR", "http_proxy", "https_proxy", "grpc_proxy",
    "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")

_READY = re.compile(r"^obs-aggregate: ready grpc=(\S+) http=(\S+) metrics=(\S+)$")


def environment(extra=None):
    """The environment for a program: this one's without what would configure the program, plus `extra`."""
    env = {name: value for name, value in os.environ.items() if name not in _FOREIGN_ENVIRONMENT}
    env.update(extra or {})
    return env


def tool_path(tool):
    return os.path.join(BIN_DIR, tool)


def eventually(predicate, timeout=10, message=None):
    """Returns the first true value of `predicate()`; fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout * TIME_FACTOR
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(message or f"not true within {timeout * TIME_FACTOR:g} s: {predicate}")
        time.sleep(0.01)


def _assert_no_crash(name, returncode, stderr):
    if returncode == SANITIZER_EXIT_CODE:
        raise AssertionError(f"{name} was stopped by a sanitizer:\n{stderr}")
    if returncode in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGFPE, -signal.SIGILL):
        raise AssertionError(f"{name} died of {signal.Signals(-returncode).name}:\n{stderr}")


def run(tool, *args, input=None, env=None, timeout=30, text=True):
    """Runs `tool` to its end and returns a CompletedProcess: `returncode`, `stdout`, `stderr`.

    `input` is what it reads on stdin (a str, or bytes with text=False); without it stdin is empty.
    """
    result = subprocess.run(
        [tool_path(tool), *map(str, args)], input=input if input is not None else ("" if text else b""),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(env), timeout=timeout * TIME_FACTOR,
        text=text, errors="replace" if text else None)
    _assert_no_crash(tool, result.returncode, result.stderr)
    return result


class Process:
    """A program that runs while the test does. Its output is read as it comes, so it never blocks on a pipe."""

    def __init__(self, tool, *args, env=None, stdin=subprocess.DEVNULL):
        self.tool = tool
        self.child = subprocess.Popen(
            [tool_path(tool), *map(str, args)], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(env), text=True, errors="replace")
        self._changed = threading.Condition()
        self._lines = {"stdout": [], "stderr": []}
        self._open = {"stdout", "stderr"}
        self._readers = [threading.Thread(target=self._read, args=(name,), daemon=True) for name in self._lines]
        for reader in self._readers:
            reader.start()

    def _read(self, name):
        for line in getattr(self.child, name):
            with self._changed:
                self._lines[name].append(line.rstrip("\n"))
                self._changed.notify_all()
            if name == "stderr":  # CTest shows it when the test fails
                print(f"[{self.tool} {self.pid}] {line}", end="", file=sys.stderr)
        with self._changed:
            self._open.discard(name)
            self._changed.notify_all()

    @property
    def pid(self):
        return self.child.pid

    def lines(self, stream="stdout"):
        """What the program has written so far, as a list of lines."""
        with self._changed:
            return list(self._lines[stream])

    def text(self, stream="stdout"):
        return "\n".join(self.lines(stream))

    def wait_for_line(self, pattern, stream="stderr", timeout=10):
        """Returns the match of the first line, past or to come, in which `pattern` is found."""
        expression = re.compile(pattern)
        deadline = time.monotonic() + timeout * TIME_FACTOR
        seen = 0
        with self._changed:
            while True:
                lines = self._lines[stream]
                for line in lines[seen:]:
                    match = expression.search(line)
                    if match:
                        return match
                seen = len(lines)
                left = deadline - time.monotonic()
                if stream not in self._open or left <= 0:
                    why = "ended" if stream not in self._open else f"waited {timeout * TIME_FACTOR:g} s"
                    raise AssertionError(f"{self.tool}: no line like {pattern!r} on {stream} ({why}):\n"
                                         + "\n".join(lines[-20:]))
                self._changed.wait(left)

    def wait_for_lines(self, count, stream="stdout", timeout=10):
        """Returns the first `count` lines once they are there."""
        eventually(lambda: len(self.lines(stream)) >= count or self.child.poll() is not None, timeout,
                   f"{self.tool}: fewer than {count} lines on {stream}")
        lines = self.lines(stream)
        if len(lines) < count:
            self.wait()
            lines = self.lines(stream)
        if len(lines) < count:
            raise AssertionError(f"{self.tool} ended after {len(lines)} of {count} lines on {stream}")
        return lines[:count]

    def write(self, text):
        """Writes to its stdin, which must have been opened with stdin=subprocess.PIPE."""
        self.child.stdin.write(text)
        self.child.stdin.flush()

    def send_signal(self, number):
        self.child.send_signal(number)

    def wait(self, timeout=10):
        """Waits for it to end by itself and returns its exit code."""
        try:
            code = self.child.wait(timeout * TIME_FACTOR)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.tool} did not end within {timeout * TIME_FACTOR:g} s") from None
        for reader in self._readers:
            reader.join(timeout * TIME_FACTOR)
        _assert_no_crash(self.tool, code, self.text("stderr"))
        return code

    def stop(self, number=signal.SIGTERM, timeout=10):
        """Asks it to stop, and returns its exit code."""
        if self.child.poll() is None:
            self.send_signal(number)
        return self.wait(timeout)

    def _clean_up(self):
        """Ends it, however the test left it. A crash on the way out fails the test."""
        try:
            if self.child.stdin and not self.child.stdin.closed:
                try:
                    self.child.stdin.close()
                except BrokenPipeError:
                    pass
            if self.child.poll() is None:
                self.send_signal(signal.SIGCONT)
            self.stop()
        finally:
            if self.child.poll() is None:
                self.child.kill()
                self.child.wait()
            self.child.stdout.close()
            self.child.stderr.close()


class Aggregator(Process):
    """An obs-aggregate on free ports, ready to be used: `grpc`, `http` and `metrics` are HOST:PORT."""

    def __init__(self, *args, env=None, tool="obs-aggregate"):
        super().__init__(tool, *args, env={"GRPC_PORT": "0", "WS_PORT": "0", "METRICS_PORT": "0", **(env or {})})
        try:
            self.grpc, self.http, self.metrics = self.wait_for_line(_READY.pattern).groups()
        except AssertionError:
            self._clean_up()
            raise
        self.http_url = f"http://{self.http}"
        self.metrics_url = f"http://{self.metrics}/metrics"
        self.live_url = f"ws://{self.http}/ws"

    def get(self, path, headers=None):
        return http_get(self.http_url + path, headers)

    def scrape(self):
        """The text of one /metrics page."""
        response = http_get(self.metrics_url)
        if response.status != 200:
            raise AssertionError(f"GET /metrics: {response.status} {response.text}")
        return response.text

    def samples(self, name, **labels):
        """The values on /metrics of the series of that name that have these labels, whatever others they have."""
        wanted = {(label, str(value)) for label, value in labels.items()}
        pattern = re.compile(rf"^{re.escape(name)}(?:\{{(.*)\}})? (\S+)", re.MULTILINE)
        return [float(value) for text, value in pattern.findall(self.scrape())
                if wanted <= set(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', text))]

    def wait_for_sample(self, value, name, timeout=10, **labels):
        """Waits until exactly one series of that name and labels is on /metrics and has that value."""
        try:
            eventually(lambda: self.samples(name, **labels) == [value], timeout)
        except AssertionError:
            raise AssertionError(f"{name} {labels} is {self.samples(name, **labels)}, not [{value}]") from None


class Response:
    """What an HTTP server answered. `headers` are looked up in any case."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)


def _address_of(url):
    """`url` without the name localhost, which a machine without /etc/hosts does not know."""
    return url.replace("//localhost:", "//127.0.0.1:", 1)


def http_get(url, headers=None, method="GET", body=None, timeout=10):
    """One request on its own connection. Any status is returned, not raised."""
    parts = urllib.parse.urlsplit(_address_of(url))
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout * TIME_FACTOR)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=body, headers=headers or {})
        response = connection.getresponse()
        return Response(response.status, response.headers, response.read())
    finally:
        connection.close()


def live_frames(url, until, headers=None, send=(), timeout=10):
    """Connects to a WebSocket, sends the messages in `send`, and returns the frames received (JSON parsed,
    binary as bytes) as soon as `until(frames)` is true."""
    import asyncio
    import websockets

    async def watch():
        frames = []
        async with websockets.connect(_address_of(url), extra_headers=headers or {}, max_size=None) as socket:
            for message in send:
                await socket.send(message)
            while not until(frames):
                frame = await socket.recv()
                frames.append(json.loads(frame) if isinstance(frame, str) else frame)
        return frames

    async def watch_with_deadline():
        return await asyncio.wait_for(watch(), timeout * TIME_FACTOR)

    return asyncio.run(watch_with_deadline())


def load_protocol(directory):
    """Generates a client from proto/telemetry.proto into `directory`, as a stranger to this repository would,
    and returns its modules (telemetry_pb2, telemetry_pb2_grpc)."""
    subprocess.run(
        ["protoc", "-I", os.path.join(SOURCE_DIR, "proto"), f"--python_out={directory}",
         f"--grpc_python_out={directory}", "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin",
         "telemetry.proto"], check=True)
    sys.path.insert(0, directory)
    return importlib.import_module("telemetry_pb2"), importlib.import_module("telemetry_pb2_grpc")


class TestCase(unittest.TestCase):
    """A test that starts programs. Whatever it started is stopped when it ends."""

    maxDiff = None

    def start(self, tool, *args, env=None, stdin=subprocess.DEVNULL):
        """Starts `tool` and returns its Process."""
        process = Process(tool, *args, env=env, stdin=stdin)
        self.addCleanup(process._clean_up)
        return process

    def start_aggregator(self, *args, env=None):
        """Starts an obs-aggregate on free ports, waits until it is ready and returns it."""
        aggregator = Aggregator(*args, env=env)
        self.addCleanup(aggregator._clean_up)
        return aggregator

    def temporary_directory(self):
        directory = tempfile.TemporaryDirectory(prefix="obs-test-")
        self.addCleanup(directory.cleanup)
        return directory.name

    def write_file(self, name, content, mode=0o600):
        """Writes `content` to a file of that name in a new directory and returns its path."""
        path = os.path.join(self.temporary_directory(), name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        os.chmod(path, mode)
        return path


def main():
    unittest.main(verbosity=2)
