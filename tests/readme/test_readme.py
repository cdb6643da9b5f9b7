"""What the README shows works: its commands are run in an empty directory, and print what it says they print.

Commands and texts are taken from README.md itself. Ports are free ones in place of those that it names. In texts,
numbers and the host's name are not compared.
"""

import os
import re
import signal
import socket
import subprocess
import urllib.parse

import obs_test

HOST = socket.gethostname()


def read(path):
    with open(os.path.join(obs_test.SOURCE_DIR, path), encoding="utf-8") as file:
        return file.read()


README = read("README.md")


def section(heading):
    """What stands under a heading, up to the next of the same rank or above."""
    rank = re.search(rf"^(#+) {re.escape(heading)}$", README, re.MULTILINE).group(1)
    body = README.partition(f"\n{rank} {heading}\n")[2]
    outside_of_code = re.sub(r"```.*?```", lambda code: re.sub(r"\S", ".", code.group()), body, flags=re.DOTALL)
    end = re.search(rf"^#{{2,{len(rank)}}} ", outside_of_code, re.MULTILINE)
    return body[:end.start()] if end else body


def blocks(heading, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", section(heading), re.MULTILINE | re.DOTALL)


def commands_with_output(heading):
    """(command, what it prints) of each block of commands that is followed by one of text."""
    return re.findall(r"^```sh\n([^`]*)^```\n+```text\n([^`]*)^```$", section(heading), re.MULTILINE | re.DOTALL)


def normal(text):
    """`text` without what differs from run to run."""
    text = text.replace(HOST, "myhost")
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME", text)
    return re.sub(r"\d+(\.\d+)*", "0", text).strip()


class ReadmeTest(obs_test.TestCase):
    def setUp(self):
        self.directory = self.temporary_directory()
        self.ports = {}  # of the README: HOST:PORT that stands in for it

    def serve(self, **options):
        aggregator = self.start_aggregator(**options)
        self.ports.update({"9000": aggregator.grpc, "8080": aggregator.http, "9100": aggregator.metrics})
        return aggregator

    def in_place(self, text):
        """`text` with the ports that there are in place of those of the README."""
        return re.sub(r"(?<![\w.])localhost:(\d{4})\b", lambda match: self.ports.get(match.group(1), match.group()), text)

    def as_written(self, text):
        for port, address in self.ports.items():
            text = text.replace(address, f"localhost:{port}").replace(f"ipv4:localhost:{port}", f"ipv4:127.0.0.1:{port}")
            text = text.replace(f"dial tcp localhost:{port}", f"dial tcp 127.0.0.1:{port}")
        return text

    def shell(self, command, **environment):
        """Starts a command of the README as somebody would who has installed the tools."""
        env = obs_test.environment({"AGGREGATOR_ADDR": self.ports.get("9000", "localhost:9000"), **environment,
                                    "PATH": f"{obs_test.BIN_DIR}:{os.environ['PATH']}"})
        # The one port that no variable sets.
        live = f'obs-tail() {{ command obs-tail --url ws://{self.ports.get("8080", "localhost:8080")}/ws "$@"; }}; '
        child = subprocess.Popen(["bash", "-c", live + self.in_place(command)], cwd=self.directory, env=env, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        self.addCleanup(self.end, child)
        return child

    @staticmethod
    def end(child):
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()
        child.stdout.close()

    def output_of(self, command, **environment):
        return self.as_written(self.shell(command, **environment).communicate(timeout=60 * obs_test.TIME_FACTOR)[0])

    def assert_prints(self, command, expected):
        self.assertEqual(normal(expected), normal(self.output_of(command)), command)

    def start_prometheus(self):
        """Prometheus with the README's own configuration, but in a hurry; returns once it is ready."""
        [config] = blocks("A metric of your own, in four steps", "yaml")
        with open(os.path.join(self.directory, "prometheus.yml"), "w", encoding="utf-8") as file:
            file.write(self.in_place(config).replace("scrape_interval: 5s", "scrape_interval: 500ms"))
        log = os.path.join(self.directory, "prometheus.log")
        with open(log, "w", encoding="utf-8") as file:
            child = subprocess.Popen(["prometheus", "--config.file=prometheus.yml", "--web.listen-address=127.0.0.1:0"],
                                     cwd=self.directory, stdout=file, stderr=subprocess.STDOUT)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)

        def address():
            with open(log, encoding="utf-8") as text:
                return re.search(r'msg="Listening on" address=(\S+)', text.read())

        listening = obs_test.eventually(address, timeout=60, message="prometheus does not listen").group(1)
        obs_test.eventually(lambda: obs_test.http_get(f"http://{listening}/-/ready").status == 200, timeout=60)
        self.ports["9090"] = listening

    def query(self, promql):
        """The result of a query to Prometheus: pairs of labels and value."""
        url = f"http://{self.ports['9090']}/api/v1/query?" + urllib.parse.urlencode({"query": promql})
        answer = obs_test.http_get(url).json()
        self.assertEqual("success", answer["status"], f"{promql}: {answer}")
        return [(entry["metric"], float(entry["value"][1])) for entry in answer["data"]["result"]]

    # ---- Quick start ----

    def test_the_scripts_of_the_quick_start_are_there(self):
        scripts = re.findall(r"^\./(\S+)", blocks("Quick start", "sh")[0], re.MULTILINE)
        self.assertEqual(["scripts/dev.sh", "scripts/test.sh"], scripts)
        for script in scripts:
            self.assertTrue(os.access(os.path.join(obs_test.SOURCE_DIR, script), os.X_OK), script)

    def test_every_url_of_the_quick_start_answers(self):
        self.serve()
        urls = re.findall(r"<(http://localhost\S+)>", section("Quick start"))
        self.assertEqual(4, len(urls))
        for url in urls:
            self.assertEqual(200, obs_test.http_get(self.in_place(url)).status, url)

    def test_the_commands_of_the_quick_start_work(self):
        aggregator = self.serve()
        self.start("obs-agent", "--demo", env={"AGGREGATOR_ADDR": aggregator.grpc, "SERVICE_NAME": "demo"})
        everything, some, vmstat, send, both = blocks("Quick start", "sh")[1].splitlines()
        self.assertIn("demo", self.shell(everything).stdout.readline())
        samples = self.output_of(some)
        self.assertEqual(100, samples.count('"name": "demo_requests_total"'))
        self.shell(vmstat)
        self.shell(send)
        for name in "vm_free_kb", "response_time_ms_count":
            obs_test.eventually(lambda name=name: aggregator.samples(name), timeout=60)
        said = self.output_of(both)
        self.assertIn('{"status":"ok"', said)
        self.assertNotIn("error", said)

    # ---- Four steps ----

    def test_four_steps_lead_to_a_chart(self):
        self.serve()
        record, live, scrape, chart = blocks("A metric of your own, in four steps", "sh")
        shown = dict(commands_with_output("A metric of your own, in four steps"))
        self.assertEqual("", self.output_of(record))
        self.assert_prints(live, shown[live])
        self.assert_prints(scrape, shown[scrape])
        self.start_prometheus()
        obs_test.eventually(lambda: self.query("queue_depth"), timeout=60)
        self.assert_prints(chart, shown[chart])

    def test_the_program_in_cpp_compiles_and_records(self):
        aggregator = self.serve()
        prefix = os.path.join(self.directory, "prefix")
        subprocess.run(["cmake", "--install", obs_test.BUILD_DIR, "--prefix", prefix], check=True,
                       stdout=subprocess.DEVNULL)
        [program] = blocks("Recording from C++", "cpp")
        with open(os.path.join(self.directory, "checkout.cc"), "w", encoding="utf-8") as file:
            file.write(self.in_place(program))
        compiling = re.search(r"`(c\+\+ [^`]*)`", section("Recording from C++")).group(1)
        [package] = [folder for folder, _, files in os.walk(prefix) if "obs.pc" in files]
        self.assertEqual("", self.output_of(compiling, PKG_CONFIG_PATH=package))
        self.assertEqual("", self.output_of("./a.out", LD_LIBRARY_PATH=os.path.dirname(package)))
        self.assertEqual([1], aggregator.samples("orders_total", service="checkout", currency="EUR"))
        self.assertEqual([12], aggregator.samples("queue_depth", service="checkout"))

    # ---- Queries ----

    def test_every_query_finds_data(self):
        aggregator = self.serve()
        for arguments in ["--demo"], ["--collect-interval", "100ms"]:
            self.start("obs-agent", *arguments, env={"AGGREGATOR_ADDR": aggregator.grpc})
        self.start_prometheus()
        [text] = blocks("Queries for Prometheus", "promql")
        queries = [line for line in text.splitlines() if line and not line.startswith("#")]
        self.assertGreater(len(queries), 5)
        for promql in queries:
            with self.subTest(promql):
                # A rate needs two scrapes, and a demo makes no mistake at first.
                result = obs_test.eventually(
                    lambda promql=promql: [value for _, value in self.query(promql) if value == value], timeout=90)
                self.assertTrue(all(value >= 0 for value in result), result)

    # ---- Troubleshooting ----

    def test_an_agent_that_cannot_connect_says_why(self):
        with socket.socket() as free:  # bound, yet nothing listens
            free.bind(("127.0.0.1", 0))
            self.ports["9000"] = f"127.0.0.1:{free.getsockname()[1]}"
            [(command, expected)] = commands_with_output("An agent cannot connect")
            self.assert_prints(command, expected)
        self.serve(env={"TELEMETRY_API_KEYS": "secret"})
        self.assertIn("invalid key", self.output_of(command, API_KEY="wrong"))
        self.assertEqual("", self.output_of(command, API_KEY="secret"))
        said = re.findall(r"^\| `([^`]*)`", section("An agent cannot connect"), re.MULTILINE)
        self.assertEqual(["Connection refused", "invalid key", "DNS resolution failed"], said)
        self.assertIn(said[2], self.output_of(command.strip() + " --aggregator no.such.host.invalid:9000"))

    def test_no_data_is_explained_by_what_became_of_samples(self):
        self.serve()
        self.shell("obs-send -l queue=mail -q gauge queue_depth 12").wait()
        self.shell("obs-send -q gauge other 12").wait()
        self.shell("obs-send -q gauge other 12 2001-01-01T00:00:00Z").wait()
        for command, expected in commands_with_output("No data in the dashboard"):
            self.assert_prints(command, expected)

    def test_prometheus_says_why_it_does_not_scrape(self):
        [(command, expected)] = commands_with_output("Prometheus does not scrape")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.ports["9100"] = f"127.0.0.1:{free.getsockname()[1]}"
            self.start_prometheus()
            obs_test.eventually(lambda: "down" in self.output_of(command), timeout=60)
            self.assert_prints(command, expected)

    # ---- The rest ----

    def test_links_lead_somewhere(self):
        for target in re.findall(r"\]\(([^)#\s]+)\)", README):
            if not target.startswith("http"):
                self.assertTrue(os.path.exists(os.path.join(obs_test.SOURCE_DIR, target)), target)
        headings = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        for anchor in re.findall(r"\]\(#([^)]+)\)", README):
            self.assertIn(anchor, anchors)

    def test_every_tool_and_its_page_is_in_the_table(self):
        for tool in sorted(name for name in os.listdir(os.path.join(obs_test.SOURCE_DIR, "tools"))
                           if name.startswith("obs-")):
            self.assertIn(f"| `{tool}` |", section("Tools"))

    def test_an_incident_is_captured_and_played_back(self):
        self.serve()
        self.output_of("obs-send gauge demo_load 12")
        [command] = blocks("Capturing an incident", "sh")
        self.assertIn("recorded ", self.output_of(command.replace("--timeout 5m", "--timeout 300ms")))


obs_test.main()
