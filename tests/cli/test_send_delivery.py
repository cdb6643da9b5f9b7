"""obs-send against an aggregator: what it sends arrives, and its exit code says whether all of it did."""

import os
import socket
import subprocess
import time

import obs_test


class SendDeliveryTest(obs_test.TestCase):
    def setUp(self):
        self.aggregator = self.start_aggregator()

    def send(self, *args, **kwargs):
        kwargs["env"] = {"AGGREGATOR_ADDR": self.aggregator.grpc, **kwargs.get("env", {})}
        return obs_test.run("obs-send", *args, **kwargs)

    def assert_sent(self, result):
        self.assertEqual((0, "", ""), (result.returncode, result.stdout, result.stderr))

    def test_one_sample_from_words(self):
        self.assert_sent(self.send("histogram", "response_time_ms", "23.5", "-l", "route=/login"))
        self.aggregator.wait_for_sample(1, "response_time_ms_count", route="/login")
        self.aggregator.wait_for_sample(23.5, "response_time_ms_sum", route="/login")

    def test_negative_value_is_no_option(self):
        self.assert_sent(self.send("gauge", "outside_celsius", "-5"))
        self.aggregator.wait_for_sample(-5, "outside_celsius")

    def test_service_is_obs_send_and_instance_this_host_unless_told(self):
        self.assert_sent(self.send("gauge", "a", "1"))
        self.assert_sent(self.send("gauge", "b", "1", env={"SERVICE_NAME": "web", "INSTANCE_ID": "w1"}))
        self.assert_sent(self.send("gauge", "c", "1", "--service", "db", "--instance", "d1"))
        self.aggregator.wait_for_sample(1, "a", service="obs-send", instance=socket.gethostname())
        self.aggregator.wait_for_sample(1, "b", service="web", instance="w1")
        self.aggregator.wait_for_sample(1, "c", service="db", instance="d1")

    def test_calls_one_after_the_other_go_on_with_one_series(self):
        for total in (5, 7, 7):
            self.assert_sent(self.send("counter", "jobs_total", str(total)))
        self.aggregator.wait_for_sample(7, "jobs_total")
        for _ in range(3):
            self.assert_sent(self.send("counter", "clicks_total", "+2"))
        self.aggregator.wait_for_sample(6, "clicks_total")

    def test_good_lines_arrive_around_bad_ones(self):
        result = self.send(input='gauge good 1\nbad\n{"name":"also_good","value":2}\ncounter worse -1\nlast 3')
        self.assertEqual(1, result.returncode)
        self.assertIn("obs-send: line 2: column 4: ", result.stderr)
        self.assertIn("obs-send: line 4: ", result.stderr)
        self.assertNotIn("line 1:", result.stderr)
        for name, value in (("good", 1), ("also_good", 2), ("last", 3)):
            self.aggregator.wait_for_sample(value, name)

    def test_every_format_is_found_out_by_itself(self):
        self.assert_sent(self.send(input='plain{a="b"} 1\nstatsd.hits:3|c|#a:b\n{"name":"json","value":2}\n'))
        self.aggregator.wait_for_sample(1, "plain", a="b")
        self.aggregator.wait_for_sample(3, "statsd_hits", a="b")
        self.aggregator.wait_for_sample(2, "json")

    def test_exposition_page_can_be_piped_in(self):
        self.assert_sent(self.send(
            "--format", "prometheus", "--service", "page",
            input='# TYPE up gauge\nup 1\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 3\nh_sum 4\nh_count 3\n'))
        self.aggregator.wait_for_sample(1, "up")
        self.aggregator.wait_for_sample(3, "h_count")
        self.aggregator.wait_for_sample(2, "h_bucket", le="1")

    def test_exposition_page_sent_again_counts_nothing_twice(self):
        def page(count):
            return (f'# TYPE c_total counter\nc_total {count}\n'
                    f'# TYPE h histogram\nh_bucket{{le="1"}} {count}\nh_bucket{{le="+Inf"}} {count}\nh_sum 4\nh_count {count}\n')

        for count in (3, 3, 5):
            self.assert_sent(self.send("--format", "prometheus", input=page(count)))
            self.aggregator.wait_for_sample(count, "h_count")
            self.aggregator.wait_for_sample(count, "c_total")

    def test_own_metrics_page_goes_round(self):
        result = self.send("--format", "prometheus", "-v", input=self.aggregator.scrape())
        self.assertEqual(0, result.returncode, result.stderr)

    def test_line_arrives_while_stdin_stays_open(self):
        sender = self.start("obs-send", env={"AGGREGATOR_ADDR": self.aggregator.grpc}, stdin=subprocess.PIPE)
        for value in (1, 2):
            sender.write(f"gauge tick {value}\n")
            self.aggregator.wait_for_sample(value, "tick")
        sender.child.stdin.close()
        self.assertEqual(0, sender.wait())

    def test_sample_that_the_aggregator_rejects_is_reported(self):
        year_ago = int(time.time()) - 365 * 86400
        result = self.send("-v", input=f"x 1\ny 1 {year_ago}\n")
        self.assertEqual(1, result.returncode)
        self.assertIn("obs-send: rejected: ", result.stderr)
        self.assertIn("1 samples rejected by the aggregator", result.stderr)
        self.aggregator.wait_for_sample(1, "x")

    def test_reader_of_the_summary_that_is_gone_is_no_failure_but_a_full_disk_is(self):
        def send_to(stdout):
            return subprocess.run(
                [obs_test.tool_path("obs-send"), "--output", "json", "gauge", "x", "1"], stdout=stdout, text=True,
                stderr=subprocess.PIPE, env=obs_test.environment({"AGGREGATOR_ADDR": self.aggregator.grpc}))

        reader, writer = os.pipe()
        os.close(reader)
        with open(writer, "wb") as gone, open("/dev/full", "wb") as full:
            self.assertEqual((0, ""), (send_to(gone).returncode, send_to(gone).stderr))
            result = send_to(full)
        self.assertEqual((1, "obs-send: cannot write: No space left on device\n"), (result.returncode, result.stderr))

    def test_json_summary_counts(self):
        result = self.send("--output", "json", input="x 1\nbad\nx 2\n")
        self.assertEqual(
            '{"lines":3,"bad_lines":1,"frames":0,"samples":2,"acknowledged":2,"rejected":0,"dropped":0,"reasons":[],"error":""}\n',
            result.stdout)

    def test_many_lines_all_arrive(self):
        lines = 200_000
        text = "".join(f'counter work_total{{worker="{i % 100}"}} +1\n' for i in range(lines))
        self.assert_sent(self.send(input=text))
        found = self.aggregator.samples("work_total")
        self.assertEqual((100, lines), (len(found), sum(found)))

    def test_two_at_once_lose_and_double_nothing(self):
        senders = [self.start("obs-send", env={"AGGREGATOR_ADDR": self.aggregator.grpc}, stdin=subprocess.PIPE)
                   for _ in range(2)]
        for sender in senders:
            sender.write("counter both_total +1\n" * 1000)
        for sender in senders:
            sender.child.stdin.close()
            self.assertEqual(0, sender.wait())
        self.aggregator.wait_for_sample(2000, "both_total")


class SendAbsenceTest(obs_test.TestCase):
    def test_wrong_key_is_refused_at_once_and_not_shown(self):
        aggregator = self.start_aggregator(env={"TELEMETRY_API_KEYS": "right-key"})
        env = {"AGGREGATOR_ADDR": aggregator.grpc}
        for key in ("", "wrong-key"):
            result = obs_test.run("obs-send", "gauge", "x", "1", env={**env, "API_KEY": key})
            self.assertEqual(3, result.returncode)
            self.assertIn("invalid key", result.stderr)
            self.assertNotIn("wrong-key", result.stderr)
        key_file = self.write_file("key", "right-key\n")
        self.assertEqual(0, obs_test.run("obs-send", "gauge", "x", "1", "--api-key-file", key_file, env=env).returncode)

    def test_restart_of_the_aggregator_is_sat_through(self):
        aggregator = self.start_aggregator()
        sender = self.start("obs-send", "--timeout", "20s", env={"AGGREGATOR_ADDR": aggregator.grpc},
                            stdin=subprocess.PIPE)
        sender.write("gauge tick 1\n")
        aggregator.wait_for_sample(1, "tick")
        port = aggregator.grpc.rpartition(":")[2]
        aggregator.stop()
        sender.write("gauge tick 2\n")
        sender.wait_for_line("lost|cannot reach")
        aggregator = self.start_aggregator(env={"GRPC_PORT": port})
        sender.wait_for_line("reconnected|connected")
        sender.child.stdin.close()
        self.assertEqual(0, sender.wait(timeout=30))
        aggregator.wait_for_sample(2, "tick")


obs_test.main()
