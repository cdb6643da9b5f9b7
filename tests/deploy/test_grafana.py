"""What Grafana is given is as Grafana documents it. What its queries find is test_containers.py's business."""

import glob
import itertools
import json
import os
import re

import jsonschema
import yaml

import obs_test

GRAFANA = os.path.join(obs_test.SOURCE_DIR, "compose", "grafana")
SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dashboard.schema.json")

# What the dashboard is for: each has a panel, by its title.
SUBJECTS = ("latency percentiles", "throughput by service", "error rate", "active connections", "buffer utilisation",
            "ledger")


def load_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def load_yaml(*names):
    with open(os.path.join(GRAFANA, "provisioning", *names), encoding="utf-8") as file:
        return yaml.safe_load(file)


class DashboardTest(obs_test.TestCase):
    def setUp(self):
        self.dashboard = load_json(os.path.join(GRAFANA, "dashboards", "observability.json"))
        self.panels = self.dashboard["panels"]

    def test_it_has_grafanas_form(self):
        jsonschema.Draft7Validator(load_json(SCHEMA)).validate(self.dashboard)

    def test_its_panels_are_told_apart_and_do_not_overlap(self):
        ids = [panel["id"] for panel in self.panels]
        self.assertEqual(len(ids), len(set(ids)))
        for panel in self.panels:
            self.assertLessEqual(panel["gridPos"]["x"] + panel["gridPos"]["w"], 24, panel["title"])
        for one, other in itertools.combinations(self.panels, 2):
            a, b = one["gridPos"], other["gridPos"]
            apart = (a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
                     or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"])
            self.assertTrue(apart, f"{one['title']} lies over {other['title']}")

    def test_the_queries_of_a_panel_are_told_apart(self):
        for panel in self.panels:
            refs = [target["refId"] for target in panel.get("targets", [])]
            self.assertEqual(len(refs), len(set(refs)), panel["title"])

    def test_every_variable_in_it_is_defined(self):
        defined = {variable["name"] for variable in self.dashboard["templating"]["list"]}
        used = set(re.findall(r"\$\{?(\w+)", json.dumps([self.panels, self.dashboard["annotations"]])))
        used = {name for name in used if not name.startswith("__")}
        self.assertEqual(defined, used)

    def test_it_shows_what_it_is_for(self):
        titles = [panel["title"].lower() for panel in self.panels]
        for subject in SUBJECTS:
            self.assertTrue(any(subject in title for title in titles), subject)


class ProvisioningTest(obs_test.TestCase):
    def test_the_data_source_is_the_one_that_the_dashboard_asks(self):
        document = load_yaml("datasources", "prometheus.yml")
        self.assertEqual(1, document["apiVersion"])
        [source] = document["datasources"]
        self.assertEqual(("prometheus", "proxy", "http://prometheus:9090"),
                         (source["type"], source["access"], source["url"]))
        with open(os.path.join(GRAFANA, "dashboards", "observability.json"), encoding="utf-8") as file:
            used = set(re.findall(r'"uid": "([^"]+)"\s*}', file.read()))
        self.assertEqual({source["uid"]}, used)

    def test_the_dashboards_are_read_from_where_compose_puts_them(self):
        document = load_yaml("dashboards", "obs.yml")
        self.assertEqual(1, document["apiVersion"])
        [provider] = document["providers"]
        self.assertEqual("file", provider["type"])
        for path in glob.glob(os.path.join(obs_test.SOURCE_DIR, "compose", "docker-compose*.yml")):
            with open(path, encoding="utf-8") as file:
                volumes = yaml.safe_load(file)["services"]["grafana"]["volumes"]
            self.assertIn(f"./grafana/dashboards:{provider['options']['path']}:ro", volumes, path)
            self.assertIn("./grafana/provisioning:/etc/grafana/provisioning:ro", volumes, path)


obs_test.main()
