"""scripts/dev.sh runs everything, says where it is, and stops all of it together."""

import glob
import os
import re
import signal

import obs_test

DEV = os.path.join(obs_test.SOURCE_DIR, "scripts", "dev.sh")
FREE_PORTS = {"GRPC_PORT": "0", "WS_PORT": "0", "METRICS_PORT": "0"}


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        return [int(child) for child in file.read().split()]


def command_line(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read().replace(b"\0", b" ").decode()


class DevTest(obs_test.TestCase):
    def start_dev(self):
        """Starts it, as a shell in the background would, and waits until it has said what to try."""
        self.links = self.temporary_directory()
        dev = self.start(DEV, env={**FREE_PORTS, "OBS_LINK_DIR": self.links})
        dev.wait_for_line("promtool check metrics", "stdout", timeout=60)
        self.programs = {pid: command_line(pid) for pid in children(dev.pid) if "/bin/obs-" in command_line(pid)}
        self.assertEqual(3, len(self.programs), self.programs)
        return dev

    def assert_nothing_is_left(self):
        self.assertEqual([], [line for pid, line in self.programs.items() if os.path.exists(f"/proc/{pid}")])
        self.assertEqual([], os.listdir(self.links))

    def test_every_url_answers_and_both_agents_arrive(self):
        dev = self.start_dev()
        urls = dict(re.findall(r"^  (\w+) +((?:http|ws)\S+)", dev.text(), re.MULTILINE))
        self.assertEqual({"page", "health", "series", "history", "status", "live", "metrics"}, set(urls))
        for name, url in urls.items():
            if name != "live":
                with self.subTest(url):
                    self.assertEqual(200, obs_test.http_get(url).status)
        services = set()

        def both_agents(frames):
            for frame in frames[-1:]:
                services.update(sample["service"] for sample in frame["samples"])
            return len(services) >= 2

        obs_test.live_frames(urls["live"], both_agents)
        self.assertIn("demo", services)
        self.assertEqual({os.path.basename(tool) for tool in glob.glob(obs_test.SOURCE_DIR + "/tools/obs-*")},
                         set(os.listdir(self.links)))

    def test_an_interrupt_stops_everything_cleanly(self):
        dev = self.start_dev()
        self.assertEqual(0, dev.stop(signal.SIGINT))
        self.assert_nothing_is_left()

    def test_the_end_of_one_program_is_the_end_of_all(self):
        dev = self.start_dev()
        demo = next(pid for pid, line in self.programs.items() if "--demo" in line)
        os.kill(demo, signal.SIGKILL)
        self.assertEqual(1, dev.wait())
        self.assertIn("dev.sh: the demo agent ended with exit code 137", dev.text("stderr"))
        self.assert_nothing_is_left()

    def test_a_port_in_use_is_said_at_once(self):
        aggregator = self.start_aggregator()
        dev = self.start(DEV, env={**FREE_PORTS, "WS_PORT": aggregator.http.rsplit(":")[-1],
                                   "OBS_LINK_DIR": self.temporary_directory()})
        self.assertNotEqual(0, dev.wait(timeout=60))
        self.assertIn(aggregator.http.rsplit(":")[-1], dev.text("stderr"))

    def test_containers_without_an_engine_are_refused_in_one_line(self):
        dev = self.start(DEV, "--compose", env={"OBS_ENGINE": "no-such-engine"})
        self.assertEqual(1, dev.wait())
        self.assertEqual("dev.sh: needs docker with docker compose, or podman with podman-compose: neither runs here",
                         dev.text("stderr"))


obs_test.main()
