"""obs-check says whether a whole system works, what is wrong and how to mend it; and judges live metrics."""

import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import xml.etree.ElementTree

import obs_test

ALL_CHECKS = ["health", "ingest", "nodes", "frames", "exposition", "prometheus", "dashboard", "ledger", "clocks"]


def results_of(result):
    """The checks of --output json by name, and the last line."""
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return {line["check"]: line for line in lines[:-1]}, lines[-1]


class CheckTestCase(obs_test.TestCase):
    def check(self, aggregator, *args, env=None):
        return obs_test.run("obs-check", "--url", aggregator.http_url, *args, env=env, timeout=90)

    def check_json(self, aggregator, *args, env=None):
        return results_of(self.check(aggregator, "--output", "json", *args, env=env))[0]

    def start_node(self, aggregator, service, instance, *args, env=None):
        return self.start("obs-agent", "--demo", "--service", service, "--instance", instance,
                          "--aggregator", aggregator.grpc, *args, env=env)

    def start_pair(self, *args, env=None):
        """An aggregator with two agents."""
        aggregator = self.start_aggregator(*args, env=env)
        for instance in ("1", "2"):
            self.start_node(aggregator, "api", instance)
        return aggregator

    def keep_port(self):
        """A socket on whose port nobody listens as long as it is open."""
        keeper = socket.socket()
        self.addCleanup(keeper.close)
        keeper.bind(("127.0.0.1", 0))
        return keeper

    def serve(self, answer):
        """Starts an HTTP server whose answers are `answer(path)`: status, type and body. Returns its URL."""
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, kind, body = answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}"


class DualNodeTest(CheckTestCase):
    def test_a_whole_system_passes(self):
        aggregator = self.start_pair()
        result = self.check(aggregator, "--wait", "30s", "--output", "json", "--expect-node", "api/1",
                            "--expect-node", "api")
        checks, summary = results_of(result)
        self.assertEqual(0, result.returncode, result.stdout + result.stderr)
        self.assertEqual(ALL_CHECKS, list(checks))
        self.assertEqual((0, 1), (summary["fail"], summary["skip"]))
        self.assertEqual("skip", checks["prometheus"]["status"])
        for name in set(ALL_CHECKS) - {"prometheus", "frames", "dashboard"}:  # slow machines, builds without a page
            self.assertEqual("ok", checks[name]["status"], checks[name])
        self.assertIn("2 live: api/1, api/2", checks["nodes"]["measured"])
        self.assertGreater(checks["frames"]["values"]["frames_per_second"], 1)
        self.assertLess(abs(checks["clocks"]["values"]["api/1 skew_seconds"]), 1)

    def test_people_read_a_line_a_check(self):
        result = self.check(self.start_pair(), "--wait", "30s")
        self.assertEqual(0, result.returncode, result.stdout)
        self.assertRegex(result.stdout, r"(?m)^ok    health        version \S+, up for ")
        self.assertRegex(result.stdout, r"(?m)^ok    ingest        a sample sent to \S+ was seen live after ")
        self.assertRegex(result.stderr, r"^obs-check: \d ok(, \d warned)?, 1 skipped\n$")

    def test_one_node_is_too_few_unless_told_otherwise(self):
        aggregator = self.start_aggregator()
        self.start_node(aggregator, "api", "1")
        self.check(aggregator, "--expect-node", "api/1", "--wait", "30s", "--skip", "frames")
        result = self.check(aggregator)
        self.assertEqual(1, result.returncode)
        self.assertRegex(result.stdout, r"(?m)^fail  nodes         1 live: api/1; expected at least 2$\n"
                         r"^      to mend it: start obs-agent --aggregator " + re.escape(aggregator.grpc))
        self.assertEqual(0, self.check(aggregator, "--nodes", "1").returncode)

    def test_a_missing_node_is_named_with_when_it_was_last_heard_of(self):
        aggregator = self.start_aggregator()
        self.start_node(aggregator, "api", "1")
        gone = self.start_node(aggregator, "api", "2")
        expected = ("--expect-node", "api/1", "--expect-node", "api/2", "--expect-node", "web")
        self.check(aggregator, *expected[:4], "--wait", "30s", "--skip", "frames", "--skip", "clocks")
        gone.stop(signal.SIGKILL)
        nodes = self.check_json(aggregator, *expected)["nodes"]
        self.assertEqual("fail", nodes["status"])
        self.assertRegex(nodes["measured"], r"missing: api/2 \(silent for .*\), web \(never heard of\); 1 live: api/1")

    def test_it_waits_until_the_system_is_there(self):
        keeper = self.keep_port()
        port = keeper.getsockname()[1]
        waiting = self.start("obs-check", "--url", f"http://127.0.0.1:{port}", "--wait", "60s", "--output", "json")
        keeper.close()
        aggregator = self.start_aggregator(env={"WS_PORT": str(port)})
        for instance in ("1", "2"):
            self.start_node(aggregator, "api", instance)
        self.assertEqual(0, waiting.wait(timeout=90), waiting.text("stdout"))

    def test_nodes_whose_clocks_are_off_are_named_whichever_way(self):
        aggregator = self.start_pair()
        for name, offset in (("ahead", 30), ("behind", -30)):
            self.start_skewed(aggregator, name, offset)
        self.check(aggregator, "--expect-node", "skewed/ahead", "--expect-node", "skewed/behind", "--wait", "30s",
                   "--skip", "frames", "--skip", "clocks")
        clocks = self.check_json(aggregator)["clocks"]
        self.assertEqual("warn", clocks["status"], clocks)
        self.assertRegex(clocks["measured"],
                         r"^skewed/ahead is (29|30)\.\d s ahead, skewed/behind is (29|3\d)\.\d s behind$")
        self.assertGreater(clocks["values"]["skewed/ahead skew_seconds"], 25)
        self.assertLess(clocks["values"]["skewed/behind skew_seconds"], -25)
        self.assertIn("NTP", clocks["mend"])
        far_off = self.check_json(aggregator, "--max-skew", "400ms")["clocks"]
        self.assertEqual("fail", far_off["status"], far_off)
        self.assertEqual("ok", self.check_json(aggregator, "--max-skew", "1m")["clocks"]["status"])

    def start_skewed(self, aggregator, instance, offset):
        """Starts a node that dates its samples `offset` seconds off, ten times a second."""
        sender = self.start("obs-send", "--aggregator", aggregator.grpc, stdin=subprocess.PIPE,
                            env={"SERVICE_NAME": "skewed", "INSTANCE_ID": instance})
        ended = threading.Event()
        self.addCleanup(ended.set)

        def send():
            while not ended.wait(0.1):
                try:
                    sender.write(f"gauge depth {time.monotonic()} {int((time.time() + offset) * 1000)}\n")
                except (OSError, ValueError):
                    return

        threading.Thread(target=send, daemon=True).start()

    def test_losses_are_a_warning_with_their_reasons(self):
        aggregator = self.start_aggregator()
        obs_test.run("obs-send", "--aggregator", aggregator.grpc, input="gauge old 1 1000000000\ngauge new 1\n")
        ledger = self.check_json(aggregator)["ledger"]
        self.assertEqual("warn", ledger["status"], ledger)
        self.assertRegex(ledger["measured"], r"1 rejected \+ 0 dropped .*\(1 \w+\)$")

    def test_checks_can_be_left_out(self):
        aggregator = self.start_aggregator()
        checks = self.check_json(aggregator, *(word for name in ALL_CHECKS[1:] for word in ("--skip", name)))
        self.assertEqual(["health"], list(checks))


class HalfUpTest(CheckTestCase):
    def assert_one_failure(self, result, name, measured):
        checks, _ = results_of(result)
        self.assertEqual(1, result.returncode)
        self.assertEqual([name], [check for check, line in checks.items()
                                  if line["status"] == "fail" and check != "nodes"])
        self.assertRegex(checks[name]["measured"], measured)
        self.assertTrue(checks[name]["mend"])

    def test_nobody_takes_samples(self):
        aggregator = self.start_aggregator()
        port = self.keep_port()
        address = f"127.0.0.1:{port.getsockname()[1]}"
        self.assert_one_failure(self.check(aggregator, "--output", "json", "--grpc", address), "ingest",
                                rf"^{address}: .*[Cc]onnect")

    def test_no_page_for_prometheus(self):
        aggregator = self.start_aggregator()
        self.assert_one_failure(
            self.check(aggregator, "--output", "json", "--metrics-url", aggregator.http_url + "/metrics"),
            "exposition", "/metrics answered 404$")

    def test_a_page_that_is_not_valid(self):
        aggregator = self.start_aggregator()
        url = self.serve(lambda path: (200, "text/plain; version=0.0.4", "up 1\nbroken{\n"))
        self.assert_one_failure(self.check(aggregator, "--output", "json", "--metrics-url", url), "exposition",
                                "line 2: column")

    def test_a_page_that_is_always_the_same(self):
        aggregator = self.start_aggregator()
        page = aggregator.scrape()
        url = self.serve(lambda path: (200, "text/plain; version=0.0.4", page))
        self.assert_one_failure(self.check(aggregator, "--output", "json", "--metrics-url", url), "exposition",
                                "not made anew")

    def test_a_hung_aggregator_is_unreachable(self):
        aggregator = self.start_aggregator()
        aggregator.send_signal(signal.SIGSTOP)
        result = self.check(aggregator, "--timeout", "1s")
        self.assertEqual(3, result.returncode)
        self.assertRegex(result.stdout, r"^fail  health        no answer from \S+ within \S+\n")


class UnreachableTest(CheckTestCase):
    def assert_unreachable(self, result, measured):
        self.assertEqual(3, result.returncode, result.stdout)
        self.assertRegex(result.stdout, rf"\Afail  health        {measured}\n      to mend it: [^\n]+\n\Z")
        self.assertEqual("obs-check: 0 ok, 1 failed, 8 skipped\n", result.stderr)

    def test_nobody_there(self):
        port = self.keep_port().getsockname()[1]
        self.assert_unreachable(obs_test.run("obs-check", "--url", f"http://127.0.0.1:{port}"),
                                f"cannot connect to 127.0.0.1:{port}: Connection refused")

    def test_somebody_else_there(self):
        url = self.serve(lambda path: (404, "text/html", "<h1>Not found</h1>"))
        self.assert_unreachable(obs_test.run("obs-check", "--url", url), rf"{url} is no aggregator: it answered 404")

    def test_wrong_keys_are_refused(self):
        aggregator = self.start_aggregator(env={"TELEMETRY_API_KEYS": "secret"})
        self.assert_unreachable(self.check(aggregator), rf"{aggregator.http_url} wants a key")
        self.assert_unreachable(self.check(aggregator, env={"API_KEY": "wrong"}),
                                rf"{aggregator.http_url} refused the key")

    def test_right_keys_open_everything(self):
        aggregator = self.start_pair(env={"TELEMETRY_API_KEYS": "secret"})
        self.assertEqual(1, self.check(aggregator, env={"API_KEY": "secret"}).returncode)  # agents have none
        for instance in ("3", "4"):
            self.start_node(aggregator, "api", instance, env={"API_KEY": "secret"})
        key = self.write_file("key", "secret\n")
        self.assertEqual(0, self.check(aggregator, "--api-key-file", key, "--wait", "30s").returncode)

    def test_a_key_for_watching_alone_cannot_ingest(self):
        keys = self.write_file("keys", "watcher scopes=watch\n")
        aggregator = self.start_aggregator("--api-keys-file", keys)
        ingest = self.check_json(aggregator, env={"API_KEY": "watcher"})["ingest"]
        self.assertEqual("fail", ingest["status"])
        self.assertIn("give a key that may ingest", ingest["mend"])


class UsageTest(CheckTestCase):
    def test_mistakes_are_one_line_each(self):
        for args, words in (
                (["--url", "localhost:8080"], "--url: "),
                (["--prometheus", "ftp://localhost"], "--prometheus: "),
                (["--grpc", "localhost"], "localhost"),
                (["--expect-node", "/1"], '--expect-node: "/1" is not SERVICE/INSTANCE or SERVICE'),
                (["--skip", "everything"], '--skip: no check "everything"'),
                (["--for", "10s"], "--for is of --assert, which is missing"),
                (["--for", "10"], "10"),
                (["--output", "xml"], "xml"),
                (["--api-key-file", "/does/not/exist"], "cannot read a key from /does/not/exist"),
                (["--assert", "p99(x) < 50ms"], 'assertion "p99(x) < 50ms": column 10: "50ms" is not a number'),
                (["--assert", "x{"], 'column 2: "{" is not closed'),
                (["--assert", "up > 0", "--assert", "irate(x) > 1"], 'unknown function "irate"')):
            with self.subTest(args):
                result = obs_test.run("obs-check", *args)
                self.assertEqual((2, "", 1), (result.returncode, result.stdout, result.stderr.count("\n")),
                                 result.stderr)
                self.assertIn(words, result.stderr)

    def test_nagios_learns_of_mistakes_on_stdout(self):
        result = obs_test.run("obs-check", "--output", "nagios", "--url", "localhost")
        self.assertEqual(3, result.returncode)
        self.assertRegex(result.stdout, r"\AOBS UNKNOWN - --url: .*\n\Z")
        self.assertEqual(3, obs_test.run("obs-check", "--output=nagios", "--no-such-option").returncode)


class PrometheusTest(CheckTestCase):
    def prometheus_check(self, aggregator, url):
        return self.check_json(aggregator, "--prometheus", url)["prometheus"]

    def test_a_url_that_is_no_prometheus(self):
        aggregator = self.start_aggregator()
        elsewhere = self.serve(lambda path: (200, "text/html", "<h1>Hello</h1>"))
        port = self.keep_port().getsockname()[1]
        for url, measured in ((aggregator.http_url, f"{aggregator.http_url} is no Prometheus: /api/v1/query answered 404"),
                              (elsewhere, f"{elsewhere} is no Prometheus: /api/v1/query answered 200, but not as Prometheus"),
                              (f"http://127.0.0.1:{port}", f"cannot connect to 127.0.0.1:{port}")):
            with self.subTest(url):
                result = self.check(aggregator, "--prometheus", url, "--output", "json")
                check = results_of(result)[0]["prometheus"]
                self.assertEqual((1, "fail"), (result.returncode, check["status"]))
                self.assertIn(measured, check["measured"])
                self.assertIn("--prometheus http://HOST:9090", check["mend"])

    def test_a_real_one_that_scrapes_and_one_that_cannot(self):
        aggregator = self.start_aggregator()
        result = self.check(aggregator, "--prometheus", self.start_prometheus(aggregator.metrics), "--wait", "30s",
                            "--output", "json", "--nodes", "0")
        check = results_of(result)[0]["prometheus"]
        self.assertEqual("ok", check["status"], check)
        self.assertRegex(check["measured"], rf"^job aggregator, instance {aggregator.metrics}, scraped \S+ ago$")

        nobody = f"127.0.0.1:{self.keep_port().getsockname()[1]}"
        check = self.prometheus_check(aggregator, self.start_prometheus(nobody))
        self.assertEqual("fail", check["status"])
        self.assertIn("does not scrape this aggregator", check["measured"])
        self.assertIn(nobody, check["measured"])
        self.assertIn(f"add http://{aggregator.metrics}/metrics to its scrape_configs", check["mend"])

    def start_prometheus(self, target):
        """Starts a Prometheus that scrapes `target` each second, on a free port, and returns its URL."""
        directory = self.temporary_directory()
        config = self.write_file("prometheus.yml", f"""
global: {{scrape_interval: 1s}}
scrape_configs:
- job_name: aggregator
  static_configs: [{{targets: ['{target}']}}]
""")
        child = subprocess.Popen(
            [shutil.which("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={directory}",
             "--web.listen-address=127.0.0.1:0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(child.wait)
        self.addCleanup(child.terminate)
        url = "http://127.0.0.1:%d" % obs_test.eventually(lambda: listening_port(child.pid), timeout=30)
        obs_test.eventually(lambda: has_scraped(url), timeout=30)
        return url


def listening_port(pid):
    """The port of 127.0.0.1 on which a process listens, or None."""
    own = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            own.add(os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:
            pass
    with open(f"/proc/{pid}/net/tcp", encoding="ascii") as table:
        for row in list(table)[1:]:
            fields = row.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:
                return int(fields[1].rsplit(":")[1], 16)
    return None


def has_scraped(url):
    """Whether a Prometheus has tried each of its targets at least once."""
    response = obs_test.http_get(url + "/api/v1/targets")
    targets = response.json()["data"]["activeTargets"] if response.status == 200 else []
    return targets and all(target["health"] != "unknown" for target in targets)


class AssertionTest(CheckTestCase):
    def assert_that(self, aggregator, *assertions, args=()):
        words = [word for assertion in assertions for word in ("--assert", assertion)]
        result = self.check(aggregator, *words, "--output", "json", *args)
        return result.returncode, results_of(result)[0]

    def send(self, aggregator, lines, instance="1"):
        result = obs_test.run("obs-send", "--aggregator", aggregator.grpc, input=lines,
                              env={"SERVICE_NAME": "api", "INSTANCE_ID": instance})
        self.assertEqual(0, result.returncode, result.stderr)

    def test_several_at_once_with_the_values_that_fail(self):
        aggregator = self.start_aggregator()
        self.send(aggregator, "gauge depth 3\ngauge load 0.5\n")
        self.send(aggregator, "gauge depth 12\n", instance="2")
        code, checks = self.assert_that(aggregator, "max(depth) < 20", "depth < 10", "count(depth) == 2",
                                        "sum by (instance) (depth) < 20", "absent(panics_total)", "absent(load)")
        self.assertEqual(1, code)
        self.assertEqual(["health", "max(depth) < 20", "depth < 10", "count(depth) == 2",
                          "sum by (instance) (depth) < 20", "absent(panics_total)", "absent(load)"], list(checks))
        self.assertEqual({"depth < 10", "absent(load)"},
                         {name for name, check in checks.items() if check["status"] == "fail"})
        self.assertEqual('depth{instance="2",service="api"} 12', checks["depth < 10"]["measured"])
        self.assertEqual({"value": 12}, checks["depth < 10"]["values"])

    def test_quantiles_are_of_all_histograms_together(self):
        aggregator = self.start_aggregator()
        self.send(aggregator, "".join(f"histogram response_time_ms {1 + i % 10}\n" for i in range(990)))
        self.send(aggregator, "histogram response_time_ms 1000\n" * 5, instance="2")
        code, checks = self.assert_that(aggregator, 'p99(response_time_ms{service="api"}) < 50',
                                        "p99 by (instance) (response_time_ms) < 50", "p999(response_time_ms) > 900")
        self.assertEqual(1, code)
        self.assertEqual("ok", checks['p99(response_time_ms{service="api"}) < 50']["status"], checks)
        self.assertEqual("ok", checks["p999(response_time_ms) > 900"]["status"], checks)
        self.assertRegex(checks["p99 by (instance) (response_time_ms) < 50"]["measured"], r'^\{instance="2"\} 1000$')

    def test_rates_and_ratios_of_a_running_service(self):
        aggregator = self.start_aggregator()
        self.start_node(aggregator, "demo", "1")
        code, checks = self.assert_that(
            aggregator, "sum(rate(demo_requests_total)) > 1", "rate(demo_requests_total[2s]) >= 0",
            "sum by (service) (rate(demo_requests_total)) < 1", args=("--wait", "15s"))
        self.assertEqual(1, code)
        self.assertEqual(["ok", "ok", "ok", "fail"], [check["status"] for check in checks.values()], checks)
        self.assertIn('{service="demo"} ', checks["sum by (service) (rate(demo_requests_total)) < 1"]["measured"])

    def test_it_has_to_hold_for_all_the_time(self):
        aggregator = self.start_aggregator()
        self.send(aggregator, "gauge depth 3\n")
        code, checks = self.assert_that(aggregator, "depth < 10", args=("--for", "2s"))
        self.assertEqual((0, 'depth{instance="1",service="api"} 3, held for 2s'), (code, checks["depth < 10"]["measured"]))
        check = self.start("obs-check", "--url", aggregator.http_url, "--assert", "depth < 10", "--for", "60s")
        obs_test.eventually(lambda: aggregator.get("/api/v1/status").json()["live"]["watchers"] == 1)
        self.send(aggregator, "gauge depth 30\n")
        self.assertEqual(1, check.wait(timeout=30))
        self.assertIn('fail  depth < 10    depth{instance="1",service="api"} 30', check.text())

    def test_what_is_not_there_fails_unless_waited_for(self):
        aggregator = self.start_aggregator()
        code, checks = self.assert_that(aggregator, "p99(response_time_ms) < 50")
        self.assertEqual((1, "no series matches response_time_ms"),
                         (code, checks["p99(response_time_ms) < 50"]["measured"]))
        check = self.start("obs-check", "--url", aggregator.http_url, "--assert", "depth < 10", "--wait", "60s")
        obs_test.eventually(lambda: aggregator.get("/api/v1/status").json()["live"]["watchers"] == 1)
        self.send(aggregator, "gauge depth 3\n")
        self.assertEqual(0, check.wait(timeout=30), check.text())

    def test_an_aggregator_that_goes_away_fails_it(self):
        aggregator = self.start_aggregator()
        check = self.start("obs-check", "--url", aggregator.http_url, "--assert", "absent(panics_total)", "--for", "60s")
        obs_test.eventually(lambda: aggregator.get("/api/v1/status").json()["live"]["watchers"] == 1)
        aggregator.stop()
        self.assertEqual(1, check.wait(timeout=30))
        self.assertIn("fail  absent(panics_total)", check.text())

    def test_nodes_are_checked_beside_it_if_they_are_named(self):
        aggregator = self.start_aggregator()
        code, checks = self.assert_that(aggregator, "absent(x)", args=("--expect-node", "api"))
        self.assertEqual((1, ["health", "nodes", "absent(x)"]), (code, list(checks)))


class OutputTest(CheckTestCase):
    def setUp(self):
        self.aggregator = self.start_aggregator()
        self.assertions = ("--assert", "count(x) == 0", "--assert", 'count(x{a="<&>"}) > 5')

    def outputs(self, kind):
        return self.check(self.aggregator, *self.assertions, "--output", kind)

    def test_tap(self):
        result = self.outputs("tap")
        self.assertEqual(1, result.returncode)
        lines = result.stdout.splitlines()
        self.assertEqual(["TAP version 14", "1..3"], lines[:2])
        self.assertEqual(["ok 1 - health", "ok 2 - count(x) == 0", 'not ok 3 - count(x{a="<&>"}) > 5'],
                         [line for line in lines if re.match(r"(not )?ok ", line)])

    def test_junit(self):
        result = self.outputs("junit")
        self.assertEqual(1, result.returncode)
        suite = xml.etree.ElementTree.fromstring(result.stdout).find("testsuite")
        self.assertEqual(("3", "1", "0"), (suite.get("tests"), suite.get("failures"), suite.get("errors")))
        self.assertEqual(['count(x{a="<&>"}) > 5'],
                         [case.get("name") for case in suite if case.find("failure") is not None])

    def test_nagios(self):
        result = self.outputs("nagios")
        self.assertEqual((2, ""), (result.returncode, result.stderr))
        first = result.stdout.splitlines()[0]
        self.assertRegex(first, r'^OBS CRITICAL - 2 ok, 1 failed; count\(x\{a="<&>"\}\) > 5: 0 \| ')
        number = r"-?\d+(\.\d+)?"
        for item in re.findall(r"'[^']+'=\S+", first.split(" | ")[1]):
            self.assertRegex(item, rf"^'[^'=]+'={number}(s|B|c|%)?(;[^;]*){{0,2}}$")
        warned = self.check(self.aggregator, "--output", "nagios", "--nodes", "0", "--skip", "frames", "--skip",
                            "dashboard")
        self.assertEqual((0, "OBS OK - 6 ok, 1 skipped"), (warned.returncode, warned.stdout.split(" |")[0]))

    def test_quiet_says_only_what_is_wrong(self):
        result = self.check(self.aggregator, *self.assertions, "-q")
        self.assertEqual("", result.stderr)
        self.assertRegex(result.stdout, r'\Afail  count\(x\{a="<&>"\}\) > 5  0\n      to mend it: .*\n\Z')

    def test_an_interrupt_ends_it(self):
        check = self.start("obs-check", "--url", self.aggregator.http_url, "--assert", "absent(x)", "--for", "60s")
        obs_test.eventually(lambda: self.aggregator.get("/api/v1/status").json()["live"]["watchers"] == 1)
        self.assertEqual(130, check.stop(signal.SIGINT))


obs_test.main()
