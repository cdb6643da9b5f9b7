"""--check-config says whether file, environment and arguments are valid together, and where each setting is from."""

import re

import obs_test


def settings(result):
    """What was printed: value and source, by name."""
    rows = re.findall(r"^(?:# )?([\w-]+)(?: = (.+?))? +# (.+)$", result.stdout, re.MULTILINE)
    return {name: (value, source) for name, value, source in rows}


class CheckConfigTest(obs_test.TestCase):
    def check(self, tool, *args, env=None):
        result = obs_test.run(tool, "--check-config", *args, env=env)
        self.assertEqual((0, f"{tool}: the configuration is valid\n"), (result.returncode, result.stderr))
        return result

    def test_every_setting_of_the_aggregator_has_its_source(self):
        file = self.write_file("aggregate.toml", 'max-series = 5000\nws-port = 1\nallow-origin = ["http://a", "http://b"]\n')
        result = self.check("obs-aggregate", "--config", file, "--bind", "127.0.0.1", "--open-watch",
                            env={"WS_PORT": "8081"})
        found = settings(result)
        self.assertEqual(("5000", file), found["max-series"])
        self.assertEqual(("8081", "$WS_PORT"), found["ws-port"])
        self.assertEqual(('"127.0.0.1"', "--bind"), found["bind"])
        self.assertEqual(("true", "--open-watch"), found["open-watch"])
        self.assertEqual(('["http://a", "http://b"]', file), found["allow-origin"])
        self.assertEqual(("9000", "default"), found["grpc-port"])
        self.assertEqual(("", "not set"), found["api-keys-file"])
        self.assertEqual(("", "not set"), found["memory-limit"])
        self.assertNotIn("config", found)

    def test_what_is_printed_is_a_file_that_means_the_same(self):
        first = self.check("obs-aggregate", "--bind", "::1", "--max-batch", "1MiB", "--allow-origin", 'http://"x"')
        again = self.check("obs-aggregate", "--config", self.write_file("again.toml", first.stdout))
        self.assertEqual({name: value for name, (value, _) in settings(first).items()},
                         {name: value for name, (value, _) in settings(again).items()})

    def test_every_setting_of_the_agent_has_its_source(self):
        file = self.write_file("agent.toml", 'service = "file"\ninstance = "file"\npush-interval = "1s"\ncollect = ["demo"]\n')
        result = self.check("obs-agent", "--config", file, "--instance", "i",
                            env={"PUSH_INTERVAL_MS": "50", "AGGREGATOR_ADDR": "a:1", "API_KEY": "secret"})
        found = settings(result)
        self.assertEqual(('"file"', file), found["service"])
        self.assertEqual(('"i"', "--instance"), found["instance"])
        self.assertEqual(('"50ms"', "$PUSH_INTERVAL_MS"), found["push-interval"])
        self.assertEqual(('"a:1"', "$AGGREGATOR_ADDR"), found["aggregator"])
        self.assertEqual(('["demo"]', file), found["collect"])
        self.assertIn("# the key is from $API_KEY\n", result.stdout)

    def test_no_key_is_printed(self):
        key = self.write_file("key", "secret\n")
        for tool, args, env in (("obs-aggregate", [], {"TELEMETRY_API_KEYS": "secret"}),
                                ("obs-aggregate", ["--api-keys-file", key], {}),
                                ("obs-agent", [], {"API_KEY": "secret"}), ("obs-agent", ["--api-key-file", key], {})):
            with self.subTest((tool, args)):
                self.assertNotIn("secret", self.check(tool, *args, env=env).stdout)

    def test_the_environments_key_comes_before_the_files(self):
        key = self.write_file("key", "of the file\n")
        file = self.write_file("agent.toml", f'api-key-file = "{key}"\n')
        self.assertIn(f"# the key is from {key} ({file})\n", self.check("obs-agent", "--config", file).stdout)
        both = self.check("obs-agent", "--config", file, env={"API_KEY": "x"})
        self.assertIn("# the key is from $API_KEY\n", both.stdout)

    def test_mistakes_name_where_they_are(self):
        def toml(text):
            return ["--config", self.write_file("x.toml", text)]

        for tool, args, env, words in (
                ("obs-aggregate", toml("ws-prot = 1\n"), {}, r"x\.toml: .*ws-prot"),
                ("obs-aggregate", toml("ws-port = 70000\n"), {}, r'x\.toml: --ws-port: "70000" is not a port'),
                ("obs-aggregate", [], {"GRPC_PORT": "x"}, r'\$GRPC_PORT, --grpc-port: "x" is not a port'),
                ("obs-aggregate", ["--grpc-port", "y"], {"GRPC_PORT": "1"}, r'obs-aggregate: --grpc-port: "y"'),
                ("obs-aggregate", ["--config", "/does/not/exist"], {}, "cannot read configuration file /does/not/exist"),
                ("obs-aggregate", ["--bind", "0.0.0.0"], {}, "--bind 0.0.0.0 would let anybody in"),
                ("obs-aggregate", ["--api-keys-file", "/does/not/exist"], {}, "/does/not/exist"),
                ("obs-aggregate", [], {"LOG_LEVEL": "loud"}, "loud"),
                ("obs-agent", toml('push-interval = "0s"\n'), {}, "push interval must be at least 1ms"),
                ("obs-agent", [], {"PUSH_INTERVAL_MS": "fast"}, 'PUSH_INTERVAL_MS: "fast" is not a number of milliseconds'),
                ("obs-agent", ["--aggregator", "nowhere"], {}, "nowhere"),
                ("obs-agent", ["--api-key-file", "/does/not/exist"], {}, "cannot read a key from /does/not/exist")):
            with self.subTest((tool, args, env)):
                result = obs_test.run(tool, "--check-config", *args, env=env)
                self.assertEqual((2, "", 1), (result.returncode, result.stdout, result.stderr.count("\n")), result.stderr)
                self.assertRegex(result.stderr, words)


obs_test.main()
