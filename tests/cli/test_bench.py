"""obs-bench: every sub-command runs, says what it found by name, and exits as it should.

Runs are as short as can be: nothing here depends on how fast the machine is.
"""

import http.server
import json
import os
import signal
import threading

import obs_test

SHORT = ("--duration", "200ms", "--output", "json")


class RemoteWriteServer:
    """Takes remote write without a look at it; `then` answers from the third request on."""

    def __init__(self, status, then=None):
        outer = self
        self.requests = 0
        self.lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["content-length"]))
                with outer.lock:
                    outer.requests += 1
                    code = then if then and outer.requests > 2 else status
                body = b"too bad\n" if code >= 400 else b""
                self.send_response(code)
                if body:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/v1/write"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class BenchTest(obs_test.TestCase):
    def bench(self, *arguments, code=0):
        """Runs obs-bench and returns the one object it prints."""
        result = obs_test.run("obs-bench", *arguments, *SHORT, timeout=60)
        self.assertEqual(code, result.returncode, result.stderr)
        lines = result.stdout.splitlines()
        self.assertEqual(1, len(lines), result.stdout)
        report = json.loads(lines[0])
        self.assertEqual(report["bench"], arguments[0])
        self.assertEqual(report["ok"], code == 0, report)
        return report

    def assert_positive(self, report, *names):
        for name in names:
            self.assertGreater(report[name], 0, name)

    def test_ring_has_a_case_for_each_number_of_writers_and_readers(self):
        report = self.bench("ring", "--writers", "1,2", "--readers", "0,1")
        self.assert_positive(report, "samples_per_second", "ns_per_op")
        self.assertEqual([(1, 0), (2, 0), (1, 1), (2, 1)],
                         [(case["writers"], case["readers"]) for case in report["cases"]])

    def test_record_stands_beside_prometheus_cpp(self):
        report = self.bench("record")
        self.assert_positive(report, "ns_per_op", "prometheus_cpp_ns_per_op")
        operations = {case["operation"] for case in report["cases"]}
        self.assertEqual({"counter, bound", "gauge, bound", "histogram, bound", "gauge, by name and labels"},
                         operations)
        self.assertEqual({1, 2}, {case["threads"] for case in report["cases"]})

    def test_ingest_accounts_for_every_sample_in_either_form(self):
        for form in ("compact", "simple"):
            with self.subTest(form):
                report = self.bench("ingest", "--form", form, "--series", "300")
                self.assert_positive(report, "samples", "samples_per_second", "server_cpu_ns_per_sample",
                                     "client_cpu_ns_per_sample", "server_resident_bytes")

    def test_ingest_keeps_to_a_rate(self):
        report = self.bench("ingest", "--rate", "5000", "--batch", "100", "--series", "300")
        self.assertLess(report["samples_per_second"], 6000)

    def test_fanout_stands_beside_a_bare_loop_of_send(self):
        report = self.bench("fanout", "--watchers", "20", "--selectors", "3", "--rate", "30")
        self.assert_positive(report, "frames_per_second", "send_loop_per_second", "ratio", "cpu_ratio",
                             "server_cpu_ns_per_frame")
        self.assertGreaterEqual(report["tick_lateness_p99_ms"], 0)
        self.assertIn(report["bound_by"], ("the aggregator", "what watchers want"))

    def test_scrape_finds_every_series_on_the_page(self):
        report = self.bench("scrape", "--series", "500", "--scrapes", "3")
        self.assert_positive(report, "scrape_ms", "scrape_p99_ms", "exposition_ms", "scrape_bytes")

    def test_latency_is_of_every_recording(self):
        report = self.bench("latency", "--rate", "100", "--watchers", "3")
        self.assert_positive(report, "latency_p50_ms", "latency_p90_ms", "latency_p99_ms", "latency_p999_ms",
                             "latency_max_ms")
        self.assertGreater(report["events"], 10)

    def test_memory_is_of_series_with_history(self):
        report = self.bench("memory", "--series", "200", "--histograms", "20", "--history", "60s")
        for name in ("bytes_per_series", "bytes_per_histogram_series"):
            self.assertIn(name, report)
        self.assert_positive(report, "store_bytes_per_series", "store_bytes_per_histogram_series")

    def test_start_is_of_every_start(self):
        report = self.bench("start", "--starts", "3")
        self.assertEqual(3, report["starts"])
        self.assert_positive(report, "start_p50_ms", "start_max_ms")
        self.assertLessEqual(report["start_p50_ms"], report["start_max_ms"] * 1.01)

    def test_start_takes_no_target(self):
        result = obs_test.run("obs-bench", "start", "--target", "127.0.0.1:1")
        self.assertEqual(2, result.returncode)
        self.assertIn("--target", result.stderr)

    def test_mixed_measures_all_at_once(self):
        report = self.bench("mixed", "--rate", "20000", "--series", "500", "--watchers", "5",
                            "--scrape-interval", "50ms")
        self.assert_positive(report, "samples_per_second", "server_cpu_ns_per_sample", "frames_per_second",
                             "scrape_ms")
        self.assertIn("tick_lateness_p99_ms", report)

    def test_scrape_stands_beside_prometheus_cpp_if_asked_to(self):
        report = self.bench("scrape", "--series", "500", "--scrapes", "3", "--beside-prometheus-cpp")
        self.assert_positive(report, "exposition_ms", "prometheus_cpp_exposition_ms", "ratio")
        # Much the same page: ours has a few metrics of the aggregator's own.
        self.assertLess(0.8 * report["prometheus_cpp_bytes"], report["scrape_bytes"])
        self.assertLess(report["prometheus_cpp_bytes"], report["scrape_bytes"])

    def remote_write(self, url, *arguments, code=0):
        return self.bench("remote-write", "--url", url, "--server-pid", str(os.getpid()), "--series", "300",
                          *arguments, code=code)

    def test_remote_write_counts_what_was_acknowledged(self):
        with RemoteWriteServer(204) as server:
            report = self.remote_write(server.url, "--samples", "7")
        # One sample of each series before the run, in a request from each of two connections.
        self.assertEqual(report["samples"], (server.requests - 2) * 150 * 7)
        self.assert_positive(report, "samples_per_second", "client_cpu_ns_per_sample", "server_resident_bytes")

    def test_remote_write_that_is_refused_is_exit_code_1_or_3(self):
        with RemoteWriteServer(204, then=400) as server:
            report = self.remote_write(server.url, code=1)
            self.assertIn("answered 400: too bad", report["faults"][0])
        with RemoteWriteServer(400) as server:
            result = obs_test.run("obs-bench", "remote-write", "--url", server.url, "--server-pid", "1", *SHORT)
            self.assertEqual(3, result.returncode)
            self.assertIn("answered 400: too bad", result.stderr)

    def test_durability_compares_modes_and_restarts_without_loss(self):
        directory = self.temporary_directory()
        report = self.bench("durability", "--series", "100", "--rounds", "1", "--recover", "5000", "--directory", directory)
        self.assertEqual(["memory", "os", "fsync"], [case["durability"] for case in report["cases"]])
        self.assertEqual(1, report["cases"][0]["ratio_to_memory"])
        for case in report["cases"]:
            self.assertGreater(case["samples_per_second"], 0)
        self.assertGreaterEqual(report["recovered_samples"], 5000)
        self.assertGreater(report["recovery_seconds"], 0)
        self.assertEqual([], os.listdir(directory))
        result = obs_test.run("obs-bench", "durability", "--target", "127.0.0.1:1")
        self.assertEqual(2, result.returncode)
        self.assertIn("--target", result.stderr)

    def test_text_has_units(self):
        result = obs_test.run("obs-bench", "ingest", "--series", "300", "--duration", "200ms")
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertRegex(result.stdout, r"server CPU a sample +\S+ ns")
        self.assertRegex(result.stdout, r"server memory +\S+ MiB")

    def target(self, *arguments, env=None):
        aggregator = self.start_aggregator(*arguments, env=env)
        return aggregator, ("--target", aggregator.grpc, "--http-url", aggregator.http_url,
                            "--metrics-url", aggregator.metrics_url)

    def test_target_is_loaded_and_left_running(self):
        aggregator, flags = self.target()
        for _ in range(2):  # the second run has nothing to do with the first
            self.bench("ingest", "--series", "100", *flags)
        nodes = aggregator.get("/api/v1/status").json()["nodes"]
        self.assertEqual({"obs-bench"}, {node["service"] for node in nodes})
        self.assertEqual(4, len(nodes))

    def test_refused_samples_are_exit_code_1(self):
        _, flags = self.target("--max-series", "50")
        result = obs_test.run("obs-bench", "scrape", "--series", "100", "--scrapes", "1", *flags, *SHORT)
        self.assertEqual(1, result.returncode, result.stderr)
        self.assertIn("series_limit", result.stderr)

    def test_key_comes_from_file_or_environment(self):
        _, flags = self.target(env={"TELEMETRY_API_KEYS": "right-key"})
        key_file = self.write_file("key", "right-key\n")
        for form in ("compact", "simple"):
            self.bench("ingest", "--form", form, "--series", "100", "--api-key-file", key_file, *flags)
        self.bench("latency", "--api-key-file", key_file, *flags)
        for key in ("", "wrong-key"):
            result = obs_test.run("obs-bench", "ingest", *flags, *SHORT, env={"API_KEY": key})
            self.assertEqual(3, result.returncode, result.stderr)
            self.assertNotIn("wrong-key", result.stderr)

    def test_target_that_is_not_there_is_exit_code_3(self):
        for command in ("ingest", "fanout", "latency", "scrape", "memory", "mixed"):
            with self.subTest(command):
                result = obs_test.run("obs-bench", command, "--target", "127.0.0.1:1", "--http-url",
                                      "http://127.0.0.1:1", *SHORT)
                self.assertEqual((3, ""), (result.returncode, result.stdout))
                self.assertIn("127.0.0.1:1", result.stderr)
                self.assertEqual(1, len(result.stderr.splitlines()), result.stderr)

    def test_bad_usage_is_exit_code_2(self):
        for arguments in ((), ("no-such-bench",), ("ring", "--writers", "0"), ("ingest", "--form", "neither"),
                          ("fanout", "--rate", "61"), ("ingest", "--duration", "soon"),
                          ("ingest", "--target", "nowhere"), ("ingest", "--series", "1", "--streams", "2"),
                          ("scrape", "--target", "localhost:9000", "--http-url", "ftp://x")):
            with self.subTest(arguments):
                result = obs_test.run("obs-bench", *arguments)
                self.assertEqual((2, ""), (result.returncode, result.stdout), result.stderr)
                self.assertIn("obs-bench: ", result.stderr)

    def test_environment_does_not_name_the_target(self):
        result = obs_test.run("obs-bench", "ingest", "--series", "100", *SHORT,
                              env={"AGGREGATOR_ADDR": "127.0.0.1:1", "TELEMETRY_API_KEYS": "key", "GRPC_PORT": "1"})
        self.assertEqual(0, result.returncode, result.stderr)

    def test_interrupt_ends_the_run_and_its_aggregator(self):
        aggregator, flags = self.target()
        bench = self.start("obs-bench", "ingest", "--duration", "60s", "--rate", "1000", *flags)
        obs_test.eventually(lambda: aggregator.get("/api/v1/status").json()["store"]["series"])
        self.assertEqual(130, bench.stop(signal.SIGINT))


obs_test.main()
