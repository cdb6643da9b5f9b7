"""What the tests in tests/faults share: chance that can be repeated, a sender that knows what it sent, and the balance.

    class CutTest(fault_test.TestCase):
        def test_cut_connection_loses_nothing(self):
            aggregator = self.start_aggregator()
            sender = self.start_sender(aggregator.grpc)
            for _ in self.rounds(5):
                ...
            self.assert_balance(aggregator, [sender.finish()])

    fault_test.main()

`--seed N` repeats a run's choices, `--rounds N` or $OBS_FAULT_ROUNDS makes it longer; what scheduling does cannot be
repeated. Each test adds what became of its samples to a file of the build, of which tests/faults/summary.py prints the
sums.
"""

import argparse
import json
import mmap
import os
import random
import signal
import struct
import subprocess
import sys
import threading
import time
import unittest

import obs_test

TALLY_DIR = os.path.join(obs_test.BUILD_DIR, "faults")
SHIM_SOURCE = os.path.join(obs_test.SOURCE_DIR, "tests/support/fault_shim.c")

_options = argparse.Namespace(seed=0, rounds=None)

# Of one line each: how often it was sent, its number, and one observation. Equal numbers mean that of what came first
# nothing is missing, and that nothing came twice.
_LINES = ("counter fault_lines_total{{sender=\"{0}\",part=\"{2}\"}} +1\n"
          "histogram fault_values{{sender=\"{0}\"}} {1}\n"
          "gauge fault_last_line{{sender=\"{0}\"}} {1}\n")
SAMPLES_PER_LINE = 3


class Sender:
    """An obs-send that is fed until finish(), and what it was fed."""

    _names = 0

    def __init__(self, test, address, *args, env=None, lines_per_second=3000, instance="faults", parts=1):
        """`parts`: over how many series the counter is spread."""
        Sender._names += 1
        self.name = f"s{Sender._names}"
        self.test = test
        self.lines = 0
        self._rate = lines_per_second
        self._parts = parts
        self._stop = threading.Event()
        self.process = test.start("obs-send", "--aggregator", address, "--timeout", "0", "--instance", instance, "--output", "json",
                                  *args, env=env, stdin=subprocess.PIPE)
        self._feeder = threading.Thread(target=self._feed, daemon=True)
        self._feeder.start()

    def _feed(self):
        chunk = max(1, self._rate // 100)
        due = time.monotonic()
        while not self._stop.is_set():
            text = "".join(_LINES.format(self.name, self.lines + i + 1, (self.lines + i) % self._parts) for i in range(chunk))
            try:
                self.process.write(text)
            except (OSError, ValueError):  # it was killed
                return
            self.lines += chunk
            due += chunk / self._rate
            self._stop.wait(max(0, due - time.monotonic()))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.child.wait()
        self._stop.set()
        self._feeder.join()

    def finish(self, timeout=60):
        """Ends the input, and returns itself once all was confirmed."""
        self._stop.set()
        self._feeder.join(timeout)
        self.process.child.stdin.close()
        code = self.process.wait(timeout)
        if code != 0:
            raise AssertionError(f"obs-send exited {code}:\n{self.process.text('stderr')}")
        self.summary = json.loads(self.process.text())
        return self


class Machine:
    """A program's environment with a clock that steps and a disk that is slow or full, as long as the test says so."""

    _FIELDS = ("clock_step_nanos", "write_micros", "sync_micros", "full", "refused")

    def __init__(self, test, disk):
        shim = os.path.join(test.temporary_directory(), "fault_shim.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim, SHIM_SOURCE, "-ldl"], check=True)
        control = test.write_file("control", "\0" * 8 * len(self._FIELDS))
        with open(control, "r+b") as file:
            self._control = mmap.mmap(file.fileno(), 0)
        self._disk = os.path.realpath(disk)
        self._synced = test.temporary_directory()
        self.env = {"LD_PRELOAD": shim, "OBS_FAULT_CONTROL": control, "OBS_FAULT_DIRECTORY": self._disk,
                    "OBS_FAULT_SYNCED": self._synced}

    def set(self, field, value):
        struct.pack_into("q", self._control, 8 * self._FIELDS.index(field), int(value))

    def lose_power(self):
        """Takes from the disk what was not synced; its programs were killed. Files that were removed stay so."""
        taken = 0
        for parent, _, names in os.walk(self._disk):
            for path in (os.path.join(parent, name) for name in names if name.endswith(".journal")):
                size, note = os.path.getsize(path), os.path.join(self._synced, str(os.stat(path).st_ino))
                if os.path.exists(note):
                    with open(note, "rb") as file:
                        safe = min(size, struct.unpack("q", file.read())[0])
                    os.truncate(path, safe)
                else:
                    safe = 0
                    os.remove(path)
                taken += size - safe
        for name in os.listdir(self._synced):  # the system uses inodes again
            os.remove(os.path.join(self._synced, name))
        for parent, _, names in os.walk(self._disk):
            for path in (os.path.join(parent, name) for name in names):
                with open(os.path.join(self._synced, str(os.stat(path).st_ino)), "wb") as file:
                    file.write(struct.pack("q", os.path.getsize(path)))
        return taken

    def get(self, field):
        return struct.unpack_from("q", self._control, 8 * self._FIELDS.index(field))[0]


class TestCase(obs_test.TestCase):
    def setUp(self):
        super().setUp()
        self.chance = random.Random(_options.seed)
        self.played = 0

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            print(f"{self.id()} failed after {self.played} rounds; to repeat it: {sys.argv[0]} --seed {_options.seed} "
                  f"{self.id().removeprefix('__main__.')}", file=sys.stderr)
        return result

    def rounds(self, short):
        """Counts as many rounds as were asked for; `short`: how many if nobody said."""
        for number in range(_options.rounds or short):
            self.played += 1
            yield number

    @property
    def is_long(self):
        return _options.rounds is not None

    def pause(self, least, most):
        """Lets the programs run for a while that chance decides."""
        time.sleep(self.chance.uniform(least, most) * obs_test.TIME_FACTOR)

    def start_sender(self, address, *args, **kwargs):
        sender = Sender(self, address, *args, **kwargs)
        self.addCleanup(sender._stop.set)
        return sender

    def restart(self, aggregator, *args, env=None, **kwargs):
        """Another aggregator in place of one that ended, at its addresses."""
        ports = {name: address.rpartition(":")[2] for name, address in
                 (("GRPC_PORT", aggregator.grpc), ("WS_PORT", aggregator.http), ("METRICS_PORT", aggregator.metrics))}
        return self.start_aggregator(*args, env={**ports, **(env or {})}, **kwargs)

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        process.child.wait()

    def has_data_dir(self):
        return "--data-dir" in obs_test.run("obs-aggregate", "--help").stdout

    def limited(self, tool, descriptors):
        """A tool that may have only so many open files, to be started in its place."""
        return self.write_file(tool, f'#!/bin/sh\nulimit -n {descriptors}\nexec "{obs_test.tool_path(tool)}" "$@"\n', 0o700)

    def ledger(self, aggregator):
        return aggregator.get("/api/v1/status").json()["ledger"]

    def received(self, aggregator, sender):
        """(lines counted, observations, last line) as the aggregator shows them; zeros for what it does not."""
        found = aggregator.get(f'/api/v1/series?match={{sender="{sender.name}"}}&limit=100000').json()["series"]
        return tuple(sum(each[key] for each in found if each["name"] == name) for name, key in (
            ("fault_lines_total", "value"), ("fault_values", "count"), ("fault_last_line", "value")))

    def assert_received(self, aggregator, sender, lines=None):
        """All that was sent is there, once: counters, histograms and gauges say the same number of lines."""
        lines = sender.lines if lines is None else lines
        obs_test.eventually(lambda: self.received(aggregator, sender)[2] >= lines, 20,
                            f"{sender.name}: sent {lines} lines, received {self.received(aggregator, sender)}")
        self.assertEqual((lines,) * 3, self.received(aggregator, sender), f"{sender.name}: (counted, observed, last)")

    def assert_balance(self, aggregator, senders, duplicates_allowed=True, besides=0):
        """Each sender's own count is the aggregator's, nothing is lost or counted twice, and the ledger says so.
        `besides`: samples from others."""
        for sender in senders:
            self.assertEqual(sender.lines * SAMPLES_PER_LINE, sender.summary["samples"], "read by obs-send")
            self.assertEqual(sender.summary["samples"], sender.summary["acknowledged"])
            self.assertEqual((0, 0), (sender.summary["rejected"], sender.summary["dropped"]))
            self.assert_received(aggregator, sender)
        ledger = self.ledger(aggregator)
        sent = sum(sender.lines for sender in senders) * SAMPLES_PER_LINE
        self.assert_ledger(aggregator, sent + besides)
        if not duplicates_allowed:
            self.assertEqual(0, ledger["duplicate"], ledger)

    def assert_ledger(self, aggregator, sent):
        """What it accepted is what was sent, whatever came twice, and both sides' accounts agree."""
        ledger = self.ledger(aggregator)
        self.tally(ledger, sent)
        self.assertEqual(sent, ledger["accepted"], ledger)
        self.assertEqual({}, ledger["rejected"], ledger)
        self.assertEqual({}, ledger["dropped"], ledger)
        self.assertEqual(0, ledger["difference"], ledger)

    def tally(self, ledger, sent):
        """Notes what became of a test's samples, for the summary."""
        name = os.path.splitext(os.path.basename(sys.argv[0]))[0]
        entry = {"test": self.id().removeprefix("__main__."), "rounds": self.played, "seed": _options.seed, "sent": sent,
                 "accepted": ledger["accepted"], "duplicate": ledger["duplicate"],
                 "dropped": sum(ledger["dropped"].values()), "lost": sent - ledger["accepted"]
                 - sum(ledger["dropped"].values()) - sum(ledger["rejected"].values())}
        os.makedirs(TALLY_DIR, exist_ok=True)
        with open(os.path.join(TALLY_DIR, name + ".jsonl"), "a", encoding="utf-8") as file:
            print(json.dumps(entry), file=file)
        print(f"{entry['test']}: {entry}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("OBS_FAULT_ROUNDS", "0")) or None)
    _options.__dict__.update(vars(parser.parse_known_args()[0]))
    rest = parser.parse_known_args()[1]
    if _options.seed is None:
        _options.seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {_options.seed}", file=sys.stderr)
    name = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    path = os.path.join(TALLY_DIR, name + ".jsonl")
    if os.path.exists(path):
        os.remove(path)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
