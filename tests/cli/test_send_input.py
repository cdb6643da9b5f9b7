"""obs-send without an aggregator: what is wrong is said in one clear line, with the right exit code."""

import signal
import subprocess

import obs_test

NOBODY = "127.0.0.1:1"


class SendInputTest(obs_test.TestCase):
    def send(self, *args, **kwargs):
        kwargs["env"] = {"AGGREGATOR_ADDR": NOBODY, **kwargs.get("env", {})}
        return obs_test.run("obs-send", *args, **kwargs)

    def assert_fails(self, code, text, result):
        self.assertEqual(code, result.returncode, result.stderr)
        self.assertIn(text, result.stderr)
        self.assertEqual("", result.stdout)

    def test_empty_stdin_is_an_error(self):
        self.assert_fails(1, "obs-send: no samples on stdin\n", self.send(input=""))

    def test_only_comments_and_blank_lines_are_an_error(self):
        self.assert_fails(1, "no samples on stdin", self.send("-", input="# nothing\n\n   \n"))

    def test_closed_stdin_is_an_error(self):
        result = subprocess.run(["/bin/sh", "-c", f"{obs_test.tool_path('obs-send')} <&-"], capture_output=True,
                                text=True, env=obs_test.environment({"AGGREGATOR_ADDR": NOBODY}),
                                timeout=30 * obs_test.TIME_FACTOR)
        self.assert_fails(1, "no samples on stdin", result)

    def test_stdin_that_cannot_be_read_is_an_error(self):
        result = subprocess.run(["/bin/sh", "-c", f"{obs_test.tool_path('obs-send')} </"], capture_output=True,
                                text=True, env=obs_test.environment({"AGGREGATOR_ADDR": NOBODY}),
                                timeout=30 * obs_test.TIME_FACTOR)
        self.assert_fails(1, "stdin: cannot read: Is a directory", result)

    def test_binary_stdin_is_named_by_line(self):
        result = self.send(input=bytes(range(256)) * 64, text=False)
        self.assertEqual(1, result.returncode)
        self.assertIn(b"obs-send: line 1: ", result.stderr)

    def test_endless_line_is_refused_and_does_not_fill_memory(self):
        result = self.send(input=b"x" * 30_000_000, text=False)
        self.assertEqual(1, result.returncode)
        self.assertIn(b"line 1: longer than", result.stderr)

    def test_flood_of_bad_lines_is_cut_short_and_counted(self):
        result = self.send(input="bad\n" * 1000)
        self.assertEqual(1, result.returncode)
        self.assertLess(len(result.stderr.splitlines()), 20)
        self.assertIn("line 10: ", result.stderr)
        self.assertNotIn("line 11: ", result.stderr)
        self.assertIn("1000 bad lines in all", result.stderr)

    def test_words_that_are_no_sample_are_a_usage_error(self):
        self.assert_fails(2, "obs-send: column 12: expected a value, not \"warm\"", self.send("gauge", "temp", "warm"))
        self.assert_fails(2, "not finite", self.send("gauge", "temp", "nan"))

    def test_label_without_equals_sign_is_a_usage_error(self):
        self.assert_fails(2, '"route" is not a label; write NAME=VALUE', self.send("gauge", "x", "1", "-l", "route"))

    def test_address_without_port_is_a_usage_error(self):
        self.assert_fails(2, '"nowhere" is not an aggregator\'s address',
                          self.send("gauge", "x", "1", env={"AGGREGATOR_ADDR": "nowhere"}))

    def test_unknown_format_and_flag_are_usage_errors(self):
        self.assertEqual(2, self.send("--format", "xml").returncode)
        self.assertEqual(2, self.send("--frobnicate").returncode)

    def test_missing_key_file_is_a_usage_error(self):
        self.assert_fails(2, "cannot read a key from /nonexistent",
                          self.send("gauge", "x", "1", "--api-key-file", "/nonexistent"))

    def test_aggregator_that_is_not_there_is_given_up(self):
        result = self.send("gauge", "x", "1", "--timeout", "200ms")
        self.assert_fails(3, f"gave up on {NOBODY}: nothing was confirmed within 200ms: ", result)
        self.assertIn("1 of 1 samples were not confirmed", result.stderr)

    def test_aggregator_that_is_not_there_is_noticed_while_stdin_is_open(self):
        sender = self.start("obs-send", "--timeout", "200ms", env={"AGGREGATOR_ADDR": NOBODY}, stdin=subprocess.PIPE)
        sender.write("x 1\n")
        self.assertEqual(3, sender.wait())

    def test_interrupt_ends_it_with_130(self):
        sender = self.start("obs-send", "--timeout", "0", "-v", env={"AGGREGATOR_ADDR": NOBODY},
                            stdin=subprocess.PIPE)
        sender.write("bad\n")
        sender.wait_for_line("line 1: ")
        self.assertEqual(130, sender.stop(signal.SIGINT))

    def test_interrupt_ends_it_while_it_waits_for_the_aggregator(self):
        sender = self.start("obs-send", "gauge", "x", "1", "--timeout", "0", env={"AGGREGATOR_ADDR": NOBODY})
        sender.wait_for_line("cannot reach")
        self.assertEqual(130, sender.stop(signal.SIGINT))
        self.assertIn("1 of 1 samples were not confirmed", sender.text("stderr"))

    def test_json_summary_is_on_stdout(self):
        result = self.send("--output", "json", input="bad\n")
        self.assertEqual(
            '{"lines":1,"bad_lines":1,"frames":0,"samples":0,"acknowledged":0,"rejected":0,"dropped":0,"reasons":[],"error":""}\n',
            result.stdout)


obs_test.main()
