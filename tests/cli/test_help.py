"""Each tool's --help is what tests/cli/golden/TOOL.txt says.

After a change that is meant:  OBS_UPDATE_GOLDEN=1 ctest --preset release -R cli.test_help
"""

import difflib
import glob
import os

import obs_test

GOLDEN = os.path.join(obs_test.SOURCE_DIR, "tests", "cli", "golden")
UPDATE = os.environ.get("OBS_UPDATE_GOLDEN") == "1"


def tools():
    return sorted(name for name in os.listdir(os.path.join(obs_test.SOURCE_DIR, "tools")) if name.startswith("obs-"))


class HelpTest(obs_test.TestCase):
    def check_help(self, tool):
        result = obs_test.run(tool, "--help")
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        path = os.path.join(GOLDEN, f"{tool}.txt")
        if UPDATE:
            os.makedirs(GOLDEN, exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(result.stdout)
        golden = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                golden = file.read()
        changes = "".join(difflib.unified_diff(golden.splitlines(True), result.stdout.splitlines(True), path, "--help"))
        self.assertFalse(changes, "the help has changed; if that is meant, run with OBS_UPDATE_GOLDEN=1\n" + changes)

    def test_help_of_every_tool_is_golden(self):
        for tool in tools():
            with self.subTest(tool):
                self.check_help(tool)

    def test_every_golden_file_is_of_a_tool(self):
        files = glob.glob(os.path.join(GOLDEN, "*.txt"))
        self.assertLessEqual({os.path.basename(path).removesuffix(".txt") for path in files}, set(tools()))

    def test_help_does_not_depend_on_the_terminal(self):
        for tool in tools():
            with self.subTest(tool):
                narrow = obs_test.run(tool, "--help", env={"COLUMNS": "40", "TERM": "dumb"}).stdout
                wide = obs_test.run(tool, "--help", env={"COLUMNS": "400", "TERM": "xterm-256color"}).stdout
                self.assertEqual(narrow, wide)


obs_test.main()
