"""obs-aggregate itself: its ports, its options and where they come from, keys, and how it ends."""

import re
import signal
import socket
import subprocess

import obs_test

FREE_PORTS = {"GRPC_PORT": "0", "WS_PORT": "0", "METRICS_PORT": "0"}


class AggregateTest(obs_test.TestCase):
    def test_health_says_ok_on_both_http_ports(self):
        aggregator = self.start_aggregator()
        for address in (aggregator.http, aggregator.metrics):
            response = obs_test.http_get(f"http://{address}/health")
            self.assertEqual(response.status, 200)
            self.assertEqual(response.json()["status"], "ok")

    def test_page_comes_under_a_strict_policy_and_shows_nothing_of_the_request(self):
        aggregator = self.start_aggregator()
        page = aggregator.get("/", headers={"Host": "<script>alert(1)</script>"})
        self.assertEqual(page.status, 200)
        self.assertIn("text/html", page.headers["content-type"])
        self.assertIn("default-src 'none'", page.headers["content-security-policy"])
        self.assertNotIn("alert(1)", page.text)

    def test_page_and_its_parts_need_no_key(self):
        aggregator = self.start_aggregator(env={"TELEMETRY_API_KEYS": "secret"})
        page = aggregator.get("/")
        self.assertEqual(page.status, 200)
        for part in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text):
            self.assertEqual(aggregator.get(part).status, 200, part)

    def test_stops_with_exit_code_0_on_sigterm_and_130_on_sigint(self):
        self.assertEqual(self.start_aggregator().stop(signal.SIGTERM), 0)
        self.assertEqual(self.start_aggregator().stop(signal.SIGINT), 130)

    def test_port_in_use_is_one_clear_line_and_exit_code_3(self):
        for option in ("--grpc-port", "--ws-port", "--metrics-port"):
            with self.subTest(option), socket.create_server(("127.0.0.1", 0)) as taken:
                port = taken.getsockname()[1]
                result = obs_test.run("obs-aggregate", option, str(port), env=FREE_PORTS)
                self.assertEqual(result.returncode, 3)
                self.assertIn(f"cannot listen on 127.0.0.1:{port}", result.stderr)
                self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)

    def test_bad_option_is_exit_code_2(self):
        for arguments in (("--no-such-option",), ("--history", "soon"), ("--ws-port", "70000"), ("surplus",)):
            with self.subTest(arguments):
                result = obs_test.run("obs-aggregate", *arguments)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn("obs-aggregate: ", result.stderr)

    def test_without_keys_it_refuses_to_listen_for_strangers(self):
        result = obs_test.run("obs-aggregate", "--bind", "0.0.0.0", env=FREE_PORTS)
        self.assertEqual(result.returncode, 2)
        self.assertIn("--allow-anonymous", result.stderr)

    def test_allow_anonymous_lets_it_listen_for_strangers(self):
        self.start_aggregator("--bind", "0.0.0.0", "--allow-anonymous")

    def test_flag_wins_over_environment_and_that_over_the_configuration_file(self):
        taken = [self.enterContext(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        flag, variable, file = (str(server.getsockname()[1]) for server in taken)
        config = self.write_file("aggregate.toml", f"ws-port = {file}\n")
        others = {"GRPC_PORT": "0", "METRICS_PORT": "0"}

        def port_it_wanted(*arguments, env):
            return obs_test.run("obs-aggregate", "--config", config, *arguments, env=others | env).stderr

        self.assertIn(f":{file}:", port_it_wanted(env={}))
        self.assertIn(f":{variable}:", port_it_wanted(env={"WS_PORT": variable}))
        self.assertIn(f":{flag}:", port_it_wanted("--ws-port", flag, env={"WS_PORT": variable}))

    def test_what_is_wrong_with_the_usage_is_said_in_one_line(self):
        for arguments, variables, words in (
                (("--frobnicate",), {}, "--frobnicate"),
                (("--ws-port", "65536"), {}, '--ws-port: "65536" is not a port; write a number from 0 to 65535'),
                ((), {"GRPC_PORT": "telemetry"}, '--grpc-port: "telemetry" is not a port'),
                (("--window", "10"), {}, '--window: "10" is not a duration'),
                ((), {"LOG_LEVEL": "loud"}, '"loud" is not a log level')):
            result = obs_test.run("obs-aggregate", *arguments, env=FREE_PORTS | variables)
            self.assertEqual((result.returncode, len(result.stderr.splitlines())), (2, 1), result.stderr)
            self.assertIn(words, result.stderr)

    def test_log_levels_may_be_in_capitals(self):
        aggregator = self.start_aggregator(env={"LOG_LEVEL": "DEBUG"})
        self.assertEqual(aggregator.stop(), 0)

    def test_unknown_key_in_the_configuration_file_is_named(self):
        config = self.write_file("aggregate.toml", "ws-prot = 8080\n")
        result = obs_test.run("obs-aggregate", "--config", config)
        self.assertEqual(result.returncode, 2)
        self.assertIn("ws-prot", result.stderr)

    def test_unreadable_configuration_or_key_file_is_named(self):
        for option in ("--config", "--api-keys-file"):
            with self.subTest(option):
                result = obs_test.run("obs-aggregate", option, "/no/such/file", env=FREE_PORTS)
                self.assertEqual(result.returncode, 2)
                self.assertIn("/no/such/file", result.stderr)

    def test_with_keys_the_api_needs_one_but_health_and_metrics_do_not(self):
        long_key = "k" * 64
        aggregator = self.start_aggregator("--bind", "127.0.0.1", env={"TELEMETRY_API_KEYS": "k1," + long_key})
        self.assertEqual(aggregator.get("/health").status, 200)
        self.assertIn("telemetry_build_info", aggregator.scrape())
        for path in ("/api/v1/series", "/api/v1/history", "/api/v1/samples?metric=none", "/api/v1/status"):
            missing = aggregator.get(path)
            wrong = aggregator.get(path, headers={"X-Api-Key": "k3"})
            self.assertEqual((missing.status, wrong.status), (401, 401))
            self.assertEqual(missing.text, wrong.text)
            for headers in ({"X-Api-Key": "k1"}, {"Authorization": "Bearer " + long_key}):
                self.assertEqual(aggregator.get(path, headers=headers).status, 200)

    def test_open_watch_lets_anybody_watch(self):
        aggregator = self.start_aggregator("--bind", "127.0.0.1", "--open-watch",
                                           env={"TELEMETRY_API_KEYS": "k1"})
        self.assertEqual(aggregator.get("/api/v1/series").status, 200)

    def test_sighup_reads_the_key_file_again(self):
        keys = self.write_file("keys", "old-key\n")
        aggregator = self.start_aggregator("--bind", "127.0.0.1", "--api-keys-file", keys)
        with open(keys, "w", encoding="utf-8") as file:
            file.write("new-key\n")
        aggregator.send_signal(signal.SIGHUP)
        aggregator.wait_for_line("keys read again")
        self.assertEqual(aggregator.get("/api/v1/series", headers={"X-Api-Key": "old-key"}).status, 401)
        self.assertEqual(aggregator.get("/api/v1/series", headers={"X-Api-Key": "new-key"}).status, 200)

    def test_bad_api_parameters_are_named(self):
        aggregator = self.start_aggregator()
        for query, name in (("match={", "match"), ("limit=no", "limit"), ("since=soon", "since"),
                            ("step=x", "step")):
            response = aggregator.get("/api/v1/history?" + query)
            self.assertEqual(response.status, 400)
            self.assertIn(name, response.json()["error"])

    def test_what_was_sent_is_in_series_history_status_and_scrape(self):
        aggregator = self.start_aggregator()
        lines = 'gauge room_celsius{room="a"} 21.5\ncounter door_openings_total 3\n'
        sent = obs_test.run("obs-send", "--aggregator", aggregator.grpc, input=lines)
        self.assertEqual(sent.returncode, 0, sent.stderr)
        series = aggregator.get('/api/v1/series?match={room="a"}').json()["series"]
        self.assertEqual([(s["name"], s["value"]) for s in series], [("room_celsius", 21.5)])
        history = aggregator.get("/api/v1/history?match=door_openings_total&since=1m").json()["series"]
        self.assertEqual([point[1] for point in history[0]["points"]], [3])
        self.assertEqual(aggregator.get("/api/v1/status").json()["ledger"]["accepted"], 2)
        page = aggregator.scrape()
        self.assertRegex(page, r'(?m)^room_celsius\{.*room="a".*\} 21.5$')
        self.assertRegex(page, r'(?m)^telemetry_samples_total\{service="obs-send",.*\} 2$')
        self.assertRegex(page, r'(?m)^telemetry_buffer_size\{metric="room_celsius"\} ')

    def test_scrape_is_valid_and_without_remarks_when_nobody_else_chose_names(self):
        page = self.start_aggregator().scrape()
        check = subprocess.run(["promtool", "check", "metrics"], input=page, text=True, capture_output=True)
        self.assertEqual((check.returncode, check.stderr), (0, ""))


if __name__ == "__main__":
    obs_test.main()
