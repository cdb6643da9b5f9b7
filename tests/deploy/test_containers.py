"""What a team puts on its machines, put on clean ones: the Debian package, the image, and both compose files.

The package is made from the build under test, and the image from that package by the Dockerfile's last stage; what the
stages before it do is the same commands over again. Grafana is left out: its dashboard's queries are asked of Prometheus.
"""

import glob
import json
import os
import re
import secrets
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


class ComposeTestCase(obs_test.TestCase):
    """A compose file brought up under a name and on ports of its own, without Grafana."""

    PORTS = ("GRPC_PORT", "WS_PORT", "METRICS_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT")

    def setUp(self):
        self.project = f"obs-test-{os.getpid()}"
        self.ports = dict(zip(self.PORTS, map(str, free_ports(len(self.PORTS)))))
        self.web = f"http://127.0.0.1:{self.ports['WS_PORT']}"
        self.grafana = Grafana(f"http://127.0.0.1:{self.ports['PROMETHEUS_PORT']}")

    def containers(self):
        listed = engine("ps", "--all", "--filter", f"label=com.docker.compose.project={self.project}", "--format",
                        "{{.Names}}")
        return listed.split()

    def container(self, service):
        [name] = [name for name in self.containers() if service in name]
        return name

    def assert_read_only(self, service):
        result = subprocess.run([containers.engine(), "exec", self.container(service), "touch", "/usr/x"],
                                capture_output=True, text=True, check=False)
        self.assertIn("Read-only file system", result.stderr)

    def assert_scraped(self):
        obs_test.eventually(lambda: self.grafana.has_data('up{job="aggregator"} == 1'), timeout=60)

    def assert_gone(self):
        self.assertEqual([], self.containers())
        self.assertNotIn(self.project, engine("volume", "ls", "--format", "{{.Name}}"))


class DevelopmentTest(ComposeTestCase):
    """scripts/dev.sh --compose."""

    def start_dev(self):
        env = {**self.ports, "OBS_IMAGE": IMAGE, "OBS_ENGINE": containers.engine(),
               "COMPOSE_PROJECT_NAME": self.project}
        dev = self.start(os.path.join(obs_test.SOURCE_DIR, "scripts", "dev.sh"), "--compose", "aggregator", "test-agent",
                         "host-agent", "prometheus", env=env)
        dev.wait_for_line("exec aggregator obs-tail", "stdout", timeout=120)
        return dev

    def test_all_of_it_works_together_and_goes_away_together(self):
        dev = self.start_dev()

        with self.subTest("the page is the dashboard"):
            self.assertIn("<div id=\"page\">", obs_test.http_get(self.web + "/").text)

        with self.subTest("the container says that it is healthy"):
            engine("exec", self.container("aggregator"), "obs-health")

        with self.subTest("the root file system is read-only"):
            self.assert_read_only("aggregator")

        with self.subTest("both agents are live"):
            services = set()

            def both(frames):
                for frame in frames[-1:]:
                    services.update(sample["service"] for sample in frame["samples"])
                return {"demo", "host"} <= services

            obs_test.live_frames(self.web.replace("http", "ws") + "/ws", both, timeout=30)

        with self.subTest("Prometheus scrapes the aggregator"):
            self.assert_scraped()

        with self.subTest("the histogram of latencies has its other name"):
            obs_test.eventually(
                lambda: self.grafana.has_data("histogram_quantile(0.99, telemetry_latency_seconds_bucket)"), timeout=60)

        values = obs_test.eventually(self.grafana.chosen, timeout=60,
                                     message="some variable of the dashboard has no value")
        self.assertEqual("demo_requests_total", values["requests"])
        queries = list(self.grafana.queries(values))
        self.assertGreater(len(queries), 30)
        for panel, expression in queries:
            with self.subTest(panel):
                obs_test.eventually(lambda expression=expression: self.grafana.has_data(expression), timeout=60,
                                    message=f"{panel}: nothing for {expression}")

        with self.subTest("no alert fires but by right"):
            self.assertEqual([], [alert["labels"]["alertname"] for alert in self.grafana.get("alerts")["alerts"]
                                  if alert["state"] == "firing"])

        self.assertEqual(0, dev.stop(signal.SIGINT, timeout=60))
        self.assert_gone()


class ProductionTest(ComposeTestCase):
    """docker-compose.yml, with one key in a file and one in the environment."""

    def setUp(self):
        super().setUp()
        self.key = secrets.token_hex(32)
        self.other_key = secrets.token_hex(32)
        # As the file's head has it: readable to all, in a directory that is not.
        self.key_file = self.write_file("api-keys", self.key + "\n", mode=0o644)

    def compose(self, *arguments):
        env = obs_test.environment({**self.ports, "OBS_IMAGE": IMAGE, "API_KEYS_FILE": self.key_file,
                                    "TELEMETRY_API_KEYS": self.other_key})
        file = os.path.join(obs_test.SOURCE_DIR, "compose", "docker-compose.yml")
        return containers.call(*containers.compose(), "-p", self.project, "-f", file, *arguments, env=env)

    def send(self, **env):
        return obs_test.run("obs-send", "--aggregator", f"127.0.0.1:{self.ports['GRPC_PORT']}", "gauge",
                            "production_probe", "12", env=env)

    def state_of(self, service):
        return json.loads(engine("inspect", self.container(service)))[0]

    def test_it_takes_in_what_has_a_key_and_is_locked_down(self):
        self.addCleanup(self.compose, "down", "--volumes")
        self.compose("up", "-d", "aggregator", "prometheus")
        obs_test.eventually(self.is_healthy, timeout=60)

        with self.subTest("nothing is taken or shown without a key"):
            refused = self.send()
            self.assertEqual(3, refused.returncode, refused.stderr)
            self.assertEqual(3, self.send(API_KEY="0" * 64).returncode)
            self.assertEqual(401, obs_test.http_get(self.web + "/api/v1/series").status)

        with self.subTest("with a key it is"):
            for key in (self.key, self.other_key):
                accepted = self.send(API_KEY=key)
                self.assertEqual(0, accepted.returncode, accepted.stderr)
            series = obs_test.http_get(self.web + "/api/v1/series", {"Authorization": f"Bearer {self.key}"})
            self.assertIn("production_probe", series.text)

        with self.subTest("Prometheus scrapes it"):
            self.assert_scraped()
            obs_test.eventually(lambda: self.grafana.has_data("production_probe == 12"), timeout=60)

        for service, cpus in (("aggregator", 2), ("prometheus", 1)):
            with self.subTest(f"{service} is locked down and limited"):
                self.assert_read_only(service)
                state = self.state_of(service)
                host = state["HostConfig"]
                self.assertEqual((2 << 30, cpus * 10**9), (host["Memory"], host["NanoCpus"]))
                # Debian's podman-compose does not know pids_limit: podman's own is 2048.
                self.assertIn(host["PidsLimit"], (256, 2048))
                self.assertEqual("unless-stopped", host["RestartPolicy"]["Name"])
                self.assertNotIn(self.key, json.dumps(state))

        for service, path in (("prometheus", "/prometheus"), ("aggregator", "/var/lib/obs")):
            with self.subTest(f"what {service} has to keep is in a volume that has a name"):
                kept = {mount["Destination"]: (mount["Type"], mount.get("Name"))
                        for mount in self.state_of(service)["Mounts"]}
                self.assertEqual(("volume", f"{self.project}_{service}-data"), kept[path])

        with self.subTest("the aggregator's crash loses nothing"):
            engine("kill", "--signal", "KILL", self.container("aggregator"))
            engine("start", self.container("aggregator"))
            obs_test.eventually(self.is_healthy, timeout=60)
            series = obs_test.http_get(self.web + "/api/v1/series", {"Authorization": f"Bearer {self.key}"})
            self.assertIn("production_probe", series.text)

        self.compose("down", "--volumes")
        self.assert_gone()

    def is_healthy(self):
        try:
            return obs_test.http_get(self.web + "/health").status == 200
        except OSError:
            return False


obs_test.main()
