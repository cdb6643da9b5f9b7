"""The man pages say what the tools say, and what they show works."""

import glob
import os
import re
import subprocess

import obs_test

MAN = os.path.join(obs_test.SOURCE_DIR, "man")
SECTIONS = ("SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "EXIT STATUS", "EXAMPLES")


def tools():
    return sorted(name for name in os.listdir(os.path.join(obs_test.SOURCE_DIR, "tools")) if name.startswith("obs-"))


def read(page):
    with open(os.path.join(MAN, page), encoding="utf-8") as file:
        return file.read()


def section(text, name, macro="Sh"):
    """What stands under a heading, up to the next of the same rank or above."""
    end = r"^\.S[hs] " if macro == "Ss" else r"^\.Sh "
    body = re.split(rf"^\.{macro} {re.escape(name)}$", text, flags=re.MULTILINE)[1]
    return re.split(end, body, flags=re.MULTILINE)[0]


def blocks(text):
    """The literal displays of `text`, as they are shown."""
    displays = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", text, re.MULTILINE | re.DOTALL)
    return [re.sub(r"\\e", r"\\", block).replace(r"\&", "") for block in displays]


def options_in_help(*command):
    """Each long option that --help lists, with its short one, its value's name and its choices."""
    text = obs_test.run(*command, "--help").stdout
    listed = re.search(r"^Options:\n(.*?)(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL).group(1)
    found = re.findall(r"^  (?:(-\w),)?--([\w-]+)(?: ([A-Z][^\s{]*))?(\{\S+\})?", listed, re.MULTILINE)
    return {name: (short, bool(value), tuple(re.findall(r"[\w-]+", choices)))
            for short, name, value, choices in found}


def options_in_page(text):
    """The same of the items of a page's section, whose choices stand in the item's text."""
    found = {}
    for item in re.split(r"^\.It ", text, flags=re.MULTILINE)[1:]:
        line, _, body = item.partition("\n")
        flags = re.findall(r"Fl (-?[\w-]+)((?: Ar [^\s,]+)?)", line)
        short = "".join("-" + name for name, _ in flags if not name.startswith("-"))
        for name, value in flags:
            if name.startswith("-"):
                found[name[1:]] = (short, bool(value or line.rsplit(" ", 2)[-2] == "Ar"), body)
    return found


class ManTest(obs_test.TestCase):
    def check_options(self, command, page_text):
        in_help, in_page = options_in_help(*command), options_in_page(page_text)
        self.assertEqual(set(in_help), set(in_page), f"{command}: --help, and what the page lists")
        for name, (short, has_value, choices) in in_help.items():
            self.assertEqual((short, has_value), in_page[name][:2], f"{command}: --{name}")
            for choice in choices:
                self.assertRegex(in_page[name][2], rf"\b{re.escape(choice)}\b", f"{command}: --{name}")

    def test_every_page_passes_lint(self):
        for path in sorted(glob.glob(os.path.join(MAN, "*"))):
            with self.subTest(os.path.basename(path)):
                result = subprocess.run(["mandoc", "-T", "lint", path], stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.DEVNULL, check=False)
                # Whether the pages that a page refers to are installed is not its fault.
                complaints = [line for line in result.stdout.splitlines() if "referenced manual not found" not in line]
                self.assertEqual([], complaints)

    def test_every_tool_has_a_page_with_all_sections(self):
        for tool in tools():
            with self.subTest(tool):
                headings = re.findall(r"^\.Sh (.*)$", read(tool + ".1"), re.MULTILINE)
                self.assertEqual(list(SECTIONS), [heading for heading in headings if heading in SECTIONS])
        self.assertEqual({tool + ".1" for tool in tools()},
                         {os.path.basename(path) for path in glob.glob(os.path.join(MAN, "*.1"))})

    def test_a_reference_to_our_own_page_leads_there(self):
        for path in glob.glob(os.path.join(MAN, "*")):
            for name, number in re.findall(r"^\.Xr (obs\S*) (\d)", read(path), re.MULTILINE):
                self.assertTrue(os.path.exists(os.path.join(MAN, f"{name}.{number}")), f"{path}: {name}({number})")

    def test_pages_and_help_list_the_same_options(self):
        for tool in tools():
            with self.subTest(tool):
                options = section(read(tool + ".1"), "OPTIONS")
                commands = re.search(r"^Subcommands:\n(.*?)(?=\n\n|\Z)", obs_test.run(tool, "--help").stdout,
                                     re.MULTILINE | re.DOTALL)
                names = re.findall(r"^  ([\w-]+)", commands.group(1), re.MULTILINE) if commands else []
                for name in names:
                    text = section(options, name, "Ss")
                    options = options.replace(text, "\n", 1)
                    # --help is listed once, for all.
                    self.check_options((tool, name), ".It Fl h , Fl -help\n" + text)
                self.check_options((tool,), options)

    def test_pages_and_help_name_the_same_variables(self):
        for tool in tools():
            with self.subTest(tool):
                text = obs_test.run(tool, "--help").stdout
                in_help = set(re.findall(r"Env:(\w+)", text)) | set(re.findall(r"\$([A-Z_]+)\b", text))
                page = section(read(tool + ".1"), "ENVIRONMENT")
                items = "\n".join(re.findall(r"^\.It Ev (.*)$", page, re.MULTILINE))
                in_page = set(re.findall(r"[A-Z_]+", items))
                self.assertLessEqual(in_help, in_page)
                for name in in_page - in_help:  # what the help says in words
                    self.assertIn(name, text)

    def test_pages_show_the_examples_of_the_help(self):
        for tool in tools():
            with self.subTest(tool):
                page = section(read(tool + ".1"), "EXAMPLES").replace(r"\(dq", '"').replace(r"\&", "").replace(r"\e", "\\")
                for line in obs_test.run(tool, "--help").stdout.partition("Examples:\n")[2].splitlines():
                    self.assertIn(line.strip(), page)

    def test_every_line_that_obs_lines_shows_is_taken(self):
        aggregator = self.start_aggregator()
        for name in "line", "json", "statsd", "prometheus":
            [block] = blocks(section(read("obs-lines.5"), name, "Ss"))
            for chosen in name, "auto":
                with self.subTest(name, format=chosen):
                    result = obs_test.run("obs-send", "--format", chosen, "--aggregator", aggregator.grpc, "--output",
                                          "json", input=block)
                    self.assertEqual((0, ""), (result.returncode, result.stderr))
                    self.assertNotIn('"samples":0', result.stdout)

    def test_the_clients_of_obs_wire_work(self):
        aggregator = self.start_aggregator()
        directory = self.temporary_directory()
        obs_test.load_protocol(directory)
        sender, watcher = blocks(section(read("obs-wire.7"), "EXAMPLES"))
        printed = re.findall(r"^It prints\n\.Ql (.*)", read("obs-wire.7"), re.MULTILINE)
        for client, expected in zip((sender, watcher), (each.removesuffix(" .") for each in printed)):
            client = client.replace("localhost:9000", aggregator.grpc).replace("localhost:8080", aggregator.http)
            result = subprocess.run(["/usr/bin/python3", "-c", client], cwd=directory, env=obs_test.environment(),
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                    timeout=60 * obs_test.TIME_FACTOR, check=False)
            self.assertEqual(expected, result.stdout.strip())

    def test_obs_wire_names_every_reason_to_reject(self):
        with open(os.path.join(obs_test.SOURCE_DIR, "libobs/ingest/reject_reason.cc"), encoding="utf-8") as file:
            reasons = re.findall(r'^    \{"(\w+)",', file.read(), re.MULTILINE)
        self.assertEqual(reasons, re.findall(r"^\.It Cm (\w+_\w+)$", read("obs-wire.7"), re.MULTILINE))

    def test_the_selectors_of_obs_7_are_selectors(self):
        aggregator = self.start_aggregator()
        selectors = blocks(section(read("obs.7"), "Selectors", "Ss"))[0].splitlines()
        self.assertGreater(len(selectors), 3)
        for selector in selectors:
            result = obs_test.run("obs-tail", selector, "--url", aggregator.live_url, "--timeout", "10ms")
            self.assertEqual((0, ""), (result.returncode, result.stderr), selector)


obs_test.main()
