"""bash, zsh and fish complete the tools' command lines, with what `cmake --install` puts where they look for it."""

import os
import pty
import re
import select
import subprocess
import tempfile
import time

import obs_test

# What is typed, with a tab where it is completed, and the words that then stand there.
TYPED = {
    "obs-aggregate --series-t\t 1m": ["--series-ttl", "1m"],
    "obs-aggregate --log-level w\t": ["--log-level", "warn"],
    "obs-agent --collect host,d\t": ["--collect", "host,demo"],
    "obs-bench mem\t --histog\t": ["memory", "--histograms"],
    "obs-bench --output js\t ing\t --form s\t": ["--output", "json", "ingest", "--form", "simple"],
    "obs-bench scrape --outp\t t\t": ["scrape", "--output", "text"],
    "obs-send --format=pr\t": ["--format=prometheus"],
    "obs-tail --color=n\t --output c\t": ["--color=never", "--output", "csv"],
    "obs-tail --api-key-file ke\t": ["--api-key-file", "keys.txt"],
}

# What fish offers for the last word, which it says without a terminal.
FISH = {
    "obs-aggregate --series-t": "--series-ttl",
    "obs-agent --collect host,d": "host,demo",
    "obs-bench mem": "memory",
    "obs-bench memory --histog": "--histograms",
    "obs-bench --output json ingest --form s": "simple",
    "obs-send --format=pr": "--format=prometheus",
    "obs-tail --api-key-file ke": "keys.txt",
}


def tools():
    return sorted(name for name in os.listdir(os.path.join(obs_test.SOURCE_DIR, "tools")) if name.startswith("obs-"))


class Terminal:
    """An interactive shell on a terminal of its own."""

    def __init__(self, *command, env, cwd):
        self.master, slave = pty.openpty()
        self.child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=cwd,
                                      start_new_session=True)
        os.close(slave)
        self.text = ""

    def type(self, text):
        os.write(self.master, text.encode())

    def wait_for(self, pattern, timeout=60):
        """Returns the match of `pattern` in what the shell writes from now on."""
        deadline = time.monotonic() + timeout * obs_test.TIME_FACTOR
        while True:
            match = re.search(pattern, self.text)
            if match:
                self.text = self.text[match.end():]
                return match
            ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise AssertionError(f"no {pattern!r} in what the shell writes:\n{self.text}")
            self.text += os.read(self.master, 4096).decode("utf-8", "replace")

    def close(self):
        self.child.kill()
        self.child.wait()
        os.close(self.master)


class CompletionTest(obs_test.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="obs-completion-")
        cls.addClassCleanup(directory.cleanup)
        cls.prefix = os.path.join(directory.name, "prefix")
        subprocess.run(["cmake", "--install", obs_test.BUILD_DIR, "--prefix", cls.prefix], check=True,
                       stdout=subprocess.DEVNULL)
        cls.home = os.path.join(directory.name, "home")
        os.mkdir(cls.home)
        with open(os.path.join(cls.home, "keys.txt"), "w", encoding="utf-8"):
            pass
        cls.env = obs_test.environment({
            "HOME": cls.home, "TERM": "dumb", "XDG_DATA_DIRS": cls.prefix + "/share:/usr/share",
            "PATH": cls.prefix + "/bin:" + os.environ["PATH"]})

    def check_typing(self, command, setup):
        """Starts a shell, in which each tool then prints the words it was given, and types."""
        terminal = Terminal(*command, env=self.env, cwd=self.home)
        self.addCleanup(terminal.close)
        for tool in tools():
            terminal.type(f"{tool}() {{ printf '<%s>' words \"$@\" end; echo; }}\n")
        terminal.type(setup + "\necho rea''dy\n")
        terminal.wait_for("ready")
        typed = {**TYPED, **{f"{tool} --vers\t": ["--version"] for tool in tools()}}
        for line, words in typed.items():
            with self.subTest(line):
                terminal.type(line)
                if line.endswith("\t"):
                    terminal.type(" ")  # after a completed word, shells wait for what comes
                terminal.type("\n")
                found = terminal.wait_for(r"<words>(.*)<end>").group(1)
                self.assertEqual(words, re.findall("<(.*?)>", found))

    def test_bash_completes(self):
        self.check_typing(["bash", "--norc", "--noprofile", "-i"], "source /usr/share/bash-completion/bash_completion")

    def test_zsh_completes(self):
        functions = os.path.join(self.prefix, "share/zsh/site-functions")
        self.check_typing(["zsh", "-f", "-i"],
                          f"PROMPT=; fpath=({functions} $fpath); autoload -Uz compinit; compinit -u -D")

    def test_fish_completes(self):
        for line, word in {**FISH, **{f"{tool} --vers": "--version" for tool in tools()}}.items():
            with self.subTest(line):
                result = subprocess.run(["fish", "-c", "complete -C $argv[1]", line], text=True,
                                        stdout=subprocess.PIPE, env=self.env, cwd=self.home, check=True)
                self.assertEqual([word], [offered.split("\t")[0] for offered in result.stdout.splitlines()])

    def test_zsh_finds_them_in_both_folders_that_it_looks_into(self):
        for folder in "site-functions", "vendor-completions":
            self.assertEqual({"_" + tool for tool in tools()},
                             set(os.listdir(os.path.join(self.prefix, "share/zsh", folder))))

    def test_a_script_can_be_sourced_straight_from_its_tool(self):
        for shell in "bash", "zsh", "fish":
            with self.subTest(shell):
                result = obs_test.run("obs-bench", "--completion", shell)
                self.assertEqual((0, ""), (result.returncode, result.stderr))
                subprocess.run([shell, "-n"], input=result.stdout, text=True, check=True)


obs_test.main()
