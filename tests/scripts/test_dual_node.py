"""scripts/test-dual-node.sh starts a system, checks it, and leaves nothing behind; or checks the one it is told."""

import json
import os
import socket
import subprocess

import obs_test

SCRIPT = os.path.join(obs_test.SOURCE_DIR, "scripts", "test-dual-node.sh")


class DualNodeTest(obs_test.TestCase):
    def run_script(self, *args, env=None):
        return subprocess.run([SCRIPT, *args], env=obs_test.environment(env), text=True, capture_output=True,
                              timeout=100)

    def test_a_system_of_its_own_passes_and_is_gone_afterwards(self):
        # What is set for another system does not matter.
        result = self.run_script("--output", "json", env={"AGGREGATOR_ADDR": "nowhere:1", "API_KEY": "x",
                                                          "TELEMETRY_API_KEYS": "y"})
        self.assertEqual(0, result.returncode, result.stdout + result.stderr)
        nodes = [json.loads(line) for line in result.stdout.splitlines()][2]
        self.assertEqual(("nodes", "2 live: dual-node/1, dual-node/2"), (nodes["check"], nodes["measured"]))
        ready = obs_test._READY.search("\n".join(line for line in result.stderr.splitlines() if " ready " in line))
        for address in ready.groups():
            host, port = address.rsplit(":", 1)
            with socket.socket() as client:
                self.assertNotEqual(0, client.connect_ex((host, int(port))), address)

    def test_a_system_that_is_told_is_checked(self):
        aggregator = self.start_aggregator()
        result = self.run_script("--url", aggregator.http_url, "--output", "json")
        self.assertEqual(1, result.returncode, result.stderr)
        self.assertIn("0 live; expected at least 2", result.stdout)

    def test_help_starts_nothing(self):
        result = self.run_script("-h")
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        self.assertIn("usage: test-dual-node.sh", result.stdout)


obs_test.main()
