"""The configuration files that the package puts into /etc/obs hold what the programs take."""

import os
import re

import obs_test

PACKAGE = os.path.join(obs_test.SOURCE_DIR, "scripts", "package")


class ExamplesTest(obs_test.TestCase):
    def uncommented(self, name):
        """That file, with all that it shows as a comment in force."""
        with open(os.path.join(PACKAGE, name), encoding="utf-8") as file:
            text = re.sub(r"^# ([a-z-]+ = )", r"\1", file.read(), flags=re.MULTILINE)
        keys = self.write_file("keys", "not-so-secret\n")
        text = text.replace('"/var/lib/obs/', f'"{self.temporary_directory()}/')
        return self.write_file(name, re.sub(r'"/etc/obs/[^"]*key[^"]*"', f'"{keys}"', text))

    def test_every_line_of_aggregate_toml_can_be_in_force(self):
        aggregator = self.start_aggregator("--config", self.uncommented("aggregate.toml"))
        self.assertEqual(401, obs_test.http_get(aggregator.http_url + "/api/v1/status").status)

    def test_every_line_of_agent_toml_can_be_in_force(self):
        aggregator = self.start_aggregator(env={"TELEMETRY_API_KEYS": "not-so-secret"})
        agent = self.start("obs-agent", "--config", self.uncommented("agent.toml"), env={"AGGREGATOR_ADDR": aggregator.grpc})
        agent.wait_for_line(f"^obs-agent: connected to {aggregator.grpc}$")


obs_test.main()
