"""What a team puts on its machines, put on clean ones: the Debian package, the image, and the compose file for trying.

The package is made from the build under test, and the image from that package by the Dockerfile's last stage; what the
stages before it do is the same commands over again. Grafana is left out: its dashboard's queries are asked of Prometheus.
"""

import glob
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import unittest
import urllib.parse

import containers
import obs_test

HERE = os.path.dirname(os.path.abspath(__file__))
DASHBOARD = os.path.join(obs_test.SOURCE_DIR, "compose", "grafana", "dashboards", "observability.json")
IMAGE = f"localhost/obs-test:{os.getpid()}"


def engine(*arguments, **options):
    return containers.call(containers.engine(), *arguments, **options)


def setUpModule():
    if containers.engine() is None:
        raise unittest.SkipTest(containers.WHY_SKIPPED)
    directory = tempfile.TemporaryDirectory(prefix="obs-deploy-")
    unittest.addModuleCleanup(directory.cleanup)
    global PACKAGES
    PACKAGES = directory.name
    containers.call("cpack", "--config", os.path.join(obs_test.BUILD_DIR, "CPackConfig.cmake"), "-B", PACKAGES)
    build_image()


def build_image():
    """The image of the Dockerfile's last stage, around the package under test."""
    with open(os.path.join(obs_test.SOURCE_DIR, "compose", "Dockerfile"), encoding="utf-8") as file:
        last_stage = re.search(r"^FROM \S+ AS runtime\n.*", file.read(), re.MULTILINE | re.DOTALL).group()
    context = os.path.join(PACKAGES, "context")
    os.makedirs(os.path.join(context, "package"))
    for package in glob.glob(PACKAGES + "/*.deb"):
        os.link(package, os.path.join(context, "package", os.path.basename(package)))
    path = os.path.join(PACKAGES, "Dockerfile")
    with open(path, "w", encoding="utf-8") as file:
        file.write(last_stage)
    engine("build", "-f", path, "-t", IMAGE, "--no-cache", "--build-context",
           f"package={context}", obs_test.SOURCE_DIR,
           env={**os.environ, "BUILDAH_FORMAT": "docker"})
    unittest.addModuleCleanup(engine, "rmi", "--force", IMAGE)


class PackageTest(unittest.TestCase):
    def test_it_is_installed_runs_and_leaves_nothing_behind(self):
        print(engine("run", "--rm", "-v", f"{PACKAGES}:/package:ro", "-v", f"{HERE}:/test:ro", containers.BASE,
                     "bash", "/test/package_life.sh"))


class ImageTest(unittest.TestCase):
    def inspect(self, path):
        return json.loads(engine("image", "inspect", "--format", "{{json %s}}" % path, IMAGE))

    def test_it_runs_as_nobody_in_particular_and_says_how_it_is(self):
        self.assertEqual("10001:10001", self.inspect(".Config.User"))
        self.assertIn("obs-health", json.dumps(self.inspect(".Config.Healthcheck")))

    def test_it_holds_every_tool(self):
        tools = sorted(os.path.basename(path) for path in glob.glob(obs_test.SOURCE_DIR + "/tools/obs-*"))
        script = "for tool in %s; do $tool --version || exit; done" % " ".join(tools)
        out = engine("run", "--rm", "--read-only", "--cap-drop", "ALL", IMAGE, "bash", "-c", script)
        self.assertEqual(tools, [line.split()[0] for line in out.splitlines()])

    def test_it_holds_nothing_to_build_with(self):
        engine("run", "--rm", IMAGE, "bash", "-c", "! command -v c++ cmake npm node make")


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Grafana:
    """Asks Prometheus what Grafana would, for the dashboard's variables and panels."""

    def __init__(self, prometheus_url):
        self.url = prometheus_url
        with open(DASHBOARD, encoding="utf-8") as file:
            self.dashboard = json.load(file)

    def get(self, path, **parameters):
        response = obs_test.http_get(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        if response.status != 200:
            raise AssertionError(f"{path} {parameters}: {response.status} {response.text}")
        return response.json()["data"]

    def options_of(self, variable):
        """What a person could choose: what label_values() or metrics() finds and the variable's regex leaves."""
        query = variable["query"]["query"]
        if label_values := re.fullmatch(r"label_values\((\w+), (\w+)\)", query):
            metric, label = label_values.groups()
            values = self.get(f"label/{label}/values", **{"match[]": metric})
        else:
            pattern = re.fullmatch(r"metrics\((.*)\)", query).group(1)
            values = [name for name in self.get("label/__name__/values") if re.search(pattern, name)]
        return sorted(value for value in values if re.search(variable["regex"].strip("/"), value))

    def chosen(self):
        """The value of each variable at first: all, or the first there is."""
        values = {}
        for variable in self.dashboard["templating"]["list"]:
            options = self.options_of(variable)
            if not options:
                return None
            values[variable["name"]] = variable["allValue"] if variable["includeAll"] else options[0]
        return values

    def queries(self, values):
        """(panel, expression) of every query; four scrapes is what Grafana takes $__rate_interval for."""
        for panel in self.dashboard["panels"]:
            for target in panel.get("targets", []):
                expression = target["expr"].replace("$__rate_interval", "20s")
                yield panel["title"], re.sub(r"\$(\w+)", lambda match: values[match.group(1)], expression)

    def has_data(self, expression):
        """Whether at least one series has a number to show."""
        result = self.get("query", query=expression)["result"]
        return any(series["value"][1] != "NaN" for series in result)


class ComposeTest(obs_test.TestCase):
    """scripts/dev.sh --compose, without Grafana."""

    def start_dev(self):
        names = ("GRPC_PORT", "WS_PORT", "METRICS_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT")
        self.ports = dict(zip(names, map(str, free_ports(len(names)))))
        self.project = f"obs-test-{os.getpid()}"
        env = {**self.ports, "OBS_IMAGE": IMAGE, "OBS_ENGINE": containers.engine(),
               "COMPOSE_PROJECT_NAME": self.project}
        dev = self.start(os.path.join(obs_test.SOURCE_DIR, "scripts", "dev.sh"), "--compose", "aggregator", "test-agent",
                         "host-agent", "prometheus", env=env)
        dev.wait_for_line("exec aggregator obs-tail", "stdout", timeout=120)
        return dev

    def container(self, service):
        [name] = [name for name in self.containers() if service in name]
        return name

    def containers(self):
        listed = engine("ps", "--all", "--filter", f"label=com.docker.compose.project={self.project}", "--format",
                        "{{.Names}}")
        return listed.split()

    def test_all_of_it_works_together_and_goes_away_together(self):
        dev = self.start_dev()
        web = f"http://127.0.0.1:{self.ports['WS_PORT']}"
        grafana = Grafana(f"http://127.0.0.1:{self.ports['PROMETHEUS_PORT']}")

        with self.subTest("the page is the dashboard"):
            self.assertIn("<div id=\"page\">", obs_test.http_get(web + "/").text)

        with self.subTest("the container says that it is healthy"):
            engine("exec", self.container("aggregator"), "obs-health")

        with self.subTest("the root file system is read-only"):
            result = subprocess.run([containers.engine(), "exec", self.container("aggregator"), "touch", "/usr/x"],
                                    capture_output=True, text=True, check=False)
            self.assertIn("Read-only file system", result.stderr)

        with self.subTest("both agents are live"):
            services = set()

            def both(frames):
                for frame in frames[-1:]:
                    services.update(sample["service"] for sample in frame["samples"])
                return {"demo", "host"} <= services

            obs_test.live_frames(web.replace("http", "ws") + "/ws", both, timeout=30)

        with self.subTest("Prometheus scrapes the aggregator"):
            obs_test.eventually(lambda: grafana.has_data('up{job="aggregator"} == 1'), timeout=60)

        with self.subTest("the histogram of latencies has its other name"):
            obs_test.eventually(lambda: grafana.has_data("histogram_quantile(0.99, telemetry_latency_seconds_bucket)"),
                                timeout=60)

        values = obs_test.eventually(grafana.chosen, timeout=60, message="some variable of the dashboard has no value")
        self.assertEqual("demo_requests_total", values["requests"])
        queries = list(grafana.queries(values))
        self.assertGreater(len(queries), 30)
        for panel, expression in queries:
            with self.subTest(panel):
                obs_test.eventually(lambda expression=expression: grafana.has_data(expression), timeout=60,
                                    message=f"{panel}: nothing for {expression}")

        with self.subTest("no alert fires but by right"):
            self.assertEqual([], [alert["labels"]["alertname"] for alert in grafana.get("alerts")["alerts"]
                                  if alert["state"] == "firing"])

        self.assertEqual(0, dev.stop(signal.SIGINT, timeout=60))
        self.assertEqual([], self.containers())
        self.assertNotIn(self.project, engine("volume", "ls", "--format", "{{.Name}}"))


obs_test.main()
