"""obs-agent: what it measures arrives under node_exporter's names, and it outlives the aggregator."""

import signal

import obs_test


class AgentTest(obs_test.TestCase):
    def start_agent(self, aggregator, *args, env=None):
        return self.start("obs-agent", *args, env={"AGGREGATOR_ADDR": aggregator.grpc, **(env or {})})

    def assert_shows(self, aggregator, name, **labels):
        obs_test.eventually(lambda: aggregator.samples(name, **labels), message=f"no {name} {labels} on /metrics")

    def test_host_metrics_have_the_names_of_node_exporter(self):
        aggregator = self.start_aggregator()
        self.start_agent(aggregator, "--collect-interval", "100ms", env={"SERVICE_NAME": "box", "INSTANCE_ID": "b1"})
        source = {"service": "box", "instance": "b1"}
        self.assert_shows(aggregator, "node_cpu_seconds_total", cpu="0", mode="user", **source)
        self.assert_shows(aggregator, "node_memory_MemTotal_bytes", **source)
        self.assert_shows(aggregator, "node_load1", **source)
        self.assert_shows(aggregator, "cpu_percent", core="0", **source)
        self.assert_shows(aggregator, "process_resident_memory_bytes", **source)
        self.assertRegex(aggregator.scrape(), r"(?m)^# TYPE node_cpu_seconds_total counter$")

    def test_demo_service_is_called_demo_and_shows_every_metric(self):
        aggregator = self.start_aggregator()
        self.start_agent(aggregator, "--demo")
        self.assert_shows(aggregator, "demo_requests_total", service="demo")
        self.assert_shows(aggregator, "demo_request_duration_seconds_bucket", service="demo")
        self.assert_shows(aggregator, "demo_errors_total", service="demo")
        self.assert_shows(aggregator, "demo_queue_depth", service="demo")
        self.assert_shows(aggregator, "demo_in_flight_requests", service="demo")
        self.assertEqual([], aggregator.samples("node_load1"))

    def test_connection_is_told_when_made_lost_and_made_again(self):
        aggregator = self.start_aggregator()
        agent = self.start_agent(aggregator, "--collect", "demo")
        agent.wait_for_line(f"^obs-agent: connected to {aggregator.grpc}$")
        port = aggregator.grpc.rpartition(":")[2]
        aggregator.stop()
        agent.wait_for_line(f"^obs-agent: lost {aggregator.grpc}: .*; trying again$")
        aggregator = self.start_aggregator(env={"GRPC_PORT": port})
        agent.wait_for_line(f"^obs-agent: reconnected to {aggregator.grpc}$", timeout=40)
        self.assert_shows(aggregator, "demo_requests_total")
        self.assertEqual(0, agent.stop())

    def test_wrong_key_is_told_and_not_shown(self):
        aggregator = self.start_aggregator(env={"TELEMETRY_API_KEYS": "right-key"})
        agent = self.start_agent(aggregator, env={"API_KEY": "wrong-key"})
        agent.wait_for_line("invalid key; trying again")
        self.assertEqual(0, agent.stop())
        self.assertNotIn("wrong-key", agent.text("stderr"))

    def test_flag_wins_over_environment_and_that_over_the_configuration_file(self):
        aggregator = self.start_aggregator()
        config = self.write_file("agent.toml", 'service = "of-file"\ninstance = "of-file"\ncollect = "demo"\n'
                                               f'aggregator = "{aggregator.grpc}"\n')
        for arguments, env, expected in (([], {}, "of-file"),
                                         ([], {"INSTANCE_ID": "of-environment"}, "of-environment"),
                                         (["--instance", "of-flag"], {"INSTANCE_ID": "of-environment"}, "of-flag")):
            self.start("obs-agent", "--config", config, *arguments, env=env)
            self.assert_shows(aggregator, "demo_requests_total", service="of-file", instance=expected)

    def test_balance_holds_after_a_clean_stop(self):
        aggregator = self.start_aggregator()
        agent = self.start_agent(aggregator, "--demo")
        self.assert_shows(aggregator, "demo_requests_total")
        self.assertEqual(0, agent.stop())
        sent, confirmed = agent.wait_for_line(r"stopped: (\d+) samples sent, (\d+) confirmed").groups()
        self.assertEqual(sent, confirmed)
        aggregator.wait_for_sample(float(sent), "telemetry_samples_total", service="demo")


class AgentWithoutAggregatorTest(obs_test.TestCase):
    NOBODY = {"AGGREGATOR_ADDR": "127.0.0.1:1"}

    def test_it_runs_on_and_stops_cleanly(self):
        for number, code in ((signal.SIGTERM, 0), (signal.SIGINT, 130)):
            agent = self.start("obs-agent", env=self.NOBODY)
            agent.wait_for_line("^obs-agent: cannot reach 127.0.0.1:1: .*; trying again$")
            self.assertEqual(code, agent.stop(number))

    def test_nonsense_is_a_usage_error(self):
        for args, env, text in (
                (["--collect", "moon"], {}, "moon"),
                (["--collect", "none,host"], {}, "--collect none goes with no other collector"),
                (["--collect-interval", "0"], {}, "interval"),
                (["--push-interval", "fast"], {}, '"fast" is not a duration'),
                ([], {"PUSH_INTERVAL_MS": "fast"}, 'PUSH_INTERVAL_MS: "fast" is not a number of milliseconds'),
                ([], {"AGGREGATOR_ADDR": "nowhere"}, '"nowhere" is not an aggregator\'s address')):
            result = obs_test.run("obs-agent", *args, env=env)
            self.assertEqual(2, result.returncode, args)
            self.assertIn(text, result.stderr)


obs_test.main()
