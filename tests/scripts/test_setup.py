"""scripts/setup.sh installs what is missing, and nothing else. Here dpkg-query and apt-get are stand-ins."""

import os
import subprocess

import obs_test

SETUP = os.path.join(obs_test.SOURCE_DIR, "scripts", "setup.sh")


class SetupTest(obs_test.TestCase):
    def setUp(self):
        self.directory = self.temporary_directory()
        self.calls = os.path.join(self.directory, "calls")
        for name in ("sudo", "env"):
            self.stand_in(name, 'while [[ $1 == *=* ]]; do shift; done; exec "$@"')
        for name in ("apt-get", "install", "rm", "systemctl"):
            self.stand_in(name, f'echo {name} "$@" >>"{self.calls}"')

    def stand_in(self, name, script):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/bash\n" + script + "\n")
        os.chmod(path, 0o755)

    def dpkg_knows(self, packages, exit_code):
        """`packages` is a shell pattern of the names that dpkg-query says are installed."""
        self.stand_in("dpkg-query", f"""
for name in "${{@:3}}"; do case $name in {packages}) echo "installed $name" ;; git) echo "config-files git" ;; esac; done
exit {exit_code}""")

    def setup(self, *arguments):
        """Runs it. Returns the words of what it calls apt-get with to install."""
        path = self.directory + ":" + os.environ["PATH"]
        result = subprocess.run(["/bin/bash", SETUP, *arguments], env={**os.environ, "PATH": path}, capture_output=True,
                                text=True, timeout=30, check=False)
        self.assertEqual(0, result.returncode, result.stderr)
        if not os.path.exists(self.calls):
            return []
        with open(self.calls, encoding="utf-8") as file:
            return [word for line in file if line.startswith("apt-get") and " install " in line
                    for word in line.split(" install ")[1].split()]

    def test_on_a_machine_that_has_nothing_everything_is_installed(self):
        self.dpkg_knows("-", 1)
        self.assertLessEqual({"g++", "cmake", "libgrpc++-dev", "git"}, set(self.setup()))

    def test_only_what_is_missing_is_installed(self):
        self.dpkg_knows("[!gj]*", 1)
        packages = set(self.setup())
        self.assertLessEqual({"g++", "git", "jq"}, packages)
        self.assertNotIn("cmake", packages)

    def test_to_build_only_nothing_to_test_with_is_installed(self):
        self.dpkg_knows("-", 1)
        packages = set(self.setup("--build-only"))
        self.assertLessEqual({"g++", "cmake", "libgrpc++-dev", "dpkg-dev"}, packages)
        self.assertFalse({"chromium", "nodejs", "prometheus", "clang-14"} & packages)

    def test_a_package_that_is_named_is_installed_too(self):
        self.dpkg_knows("[!v]*", 1)
        self.assertEqual(["--no-install-recommends", "victoria-metrics"], self.setup("victoria-metrics"))

    def test_nothing_is_done_where_all_is_there(self):
        self.dpkg_knows("*", 0)
        self.assertEqual([], self.setup())


obs_test.main()
