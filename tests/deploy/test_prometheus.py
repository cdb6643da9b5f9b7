"""What Prometheus is given is valid, and each alert fires when it should and only then."""

import os
import subprocess

import yaml

import obs_test

PROMETHEUS = os.path.join(obs_test.SOURCE_DIR, "compose", "prometheus")
ALERTS_TEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "alerts_test.yml")


class PrometheusTest(obs_test.TestCase):
    def promtool(self, *arguments):
        result = subprocess.run(["promtool", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                timeout=60, check=False)
        self.assertEqual(0, result.returncode, result.stdout)

    def test_configuration_and_rules_are_valid(self):
        self.promtool("check", "config", os.path.join(PROMETHEUS, "prometheus.yml"))

    def test_alerts_fire_when_they_should_and_only_then(self):
        self.promtool("test", "rules", ALERTS_TEST)

    def test_every_alert_is_tested(self):
        with open(os.path.join(PROMETHEUS, "alerting_rules.yml"), encoding="utf-8") as file:
            alerts = {rule["alert"] for group in yaml.safe_load(file)["groups"] for rule in group["rules"]}
        with open(ALERTS_TEST, encoding="utf-8") as file:
            tests = file.read()
        self.assertEqual([], [alert for alert in alerts if alert not in tests])


obs_test.main()
