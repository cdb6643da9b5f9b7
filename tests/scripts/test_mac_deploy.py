"""scripts/mac-deploy.sh --dry-run: what it would do on macOS, which is not to be had here."""

import os
import plistlib
import re
import subprocess

import obs_test

SCRIPT = os.path.join(obs_test.SOURCE_DIR, "scripts", "mac-deploy.sh")


class MacDeployTest(obs_test.TestCase):
    def deploy(self, *arguments, home="/Users/Jo & Co"):
        return subprocess.run([SCRIPT, *arguments], env={**os.environ, "HOME": home}, capture_output=True, text=True,
                              timeout=30, check=False)

    def dry_run(self, *arguments):
        """Returns the commands that it would run, and the text of each file that it would write."""
        home = self.temporary_directory() + "/Jo & Co"
        result = self.deploy("--dry-run", *arguments, home=home)
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertFalse(os.path.exists(home))
        files = {os.path.basename(path): re.sub(r"^  \| ?", "", text, flags=re.MULTILINE)
                 for path, text in re.findall(r"^\+ write (\S.*)\n((?:  \|.*\n)+)", result.stdout, re.MULTILINE)}
        return re.findall(r"^\+ (?!write )(.*)", result.stdout, re.MULTILINE), files, home

    def test_it_installs_compiles_and_starts_the_agent(self):
        commands, files, home = self.dry_run("--aggregator", "metrics.example.com:9000")
        first_words = [" ".join(command.split()[:2]) for command in commands]
        self.assertEqual(["brew install", "cmake -S", "cmake --build", "launchctl bootout", "cmake --install",
                          "launchctl bootstrap"], first_words)
        service = plistlib.loads(files["io.obs.agent.plist"].encode())
        self.assertEqual([f"{home}/.local/obs/bin/obs-agent", "--config", f"{home}/.local/obs/etc/agent.toml"],
                         service["ProgramArguments"])
        self.assertTrue(service["KeepAlive"] and service["RunAtLoad"])
        self.assertIn('aggregator = "metrics.example.com:9000"', files["agent.toml"])

    def test_the_agent_takes_the_configuration_that_it_writes(self):
        key = self.write_file("key", "not-so-secret\n")
        aggregator = self.start_aggregator(env={"TELEMETRY_API_KEYS": "not-so-secret"})
        _, files, _ = self.dry_run("--aggregator", aggregator.grpc, "--api-key-file", key)
        self.start("obs-agent", "--config", self.write_file("agent.toml", files["agent.toml"]))
        obs_test.eventually(lambda: aggregator.samples("node_load1", instance="host"))

    def test_it_takes_away_what_it_has_installed(self):
        commands, files, _ = self.dry_run("--uninstall")
        self.assertEqual(["launchctl", "rm", "rm"], [command.split()[0] for command in commands])
        self.assertEqual({}, files)

    def test_what_is_wrong_is_told_before_anything_is_done(self):
        for arguments, code in ([], 1), (["--aggregator"], 2), (["--fast"], 2), (["--api-key-file", "/nowhere"], 2):
            with self.subTest(arguments):
                result = self.deploy(*arguments)
                self.assertEqual((code, ""), (result.returncode, result.stdout))
                self.assertIn("mac-deploy.sh: ", result.stderr)

    def test_it_keeps_to_the_bash_of_macos(self):
        for script in (SCRIPT, os.path.join(obs_test.SOURCE_DIR, "scripts", "common.sh")):
            with open(script, encoding="utf-8") as file:
                code = re.sub(r"^\s*#.*", "", file.read(), flags=re.MULTILINE)
            self.assertIsNone(re.search(r"\b(mapfile|readarray|declare -A|local -n|wait -n)\b|\$\{\w+(,,|\^\^)", code), script)


obs_test.main()
