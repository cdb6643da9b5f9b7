"""The compose files keep what the README promises of them."""

import os
import re

import yaml

import obs_test

COMPOSE = os.path.join(obs_test.SOURCE_DIR, "compose")


def read(name):
    with open(os.path.join(COMPOSE, name), encoding="utf-8") as file:
        return file.read()


def load(name):
    return yaml.safe_load(read(name))


def defaults(text):
    """`text` as it is where no variable is set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


class ComposeFilesTest(obs_test.TestCase):
    def test_every_service_is_locked_down(self):
        for name in ("docker-compose.yml", "docker-compose.dev.yml"):
            for service, settings in load(name)["services"].items():
                with self.subTest(f"{name}: {service}"):
                    self.assertEqual(("unless-stopped", True, ["ALL"]),
                                     (settings["restart"], settings["read_only"], settings["cap_drop"]))
                    self.assertIn("no-new-privileges:true", settings["security_opt"])
                    self.assertTrue(settings["mem_limit"] and settings["pids_limit"])

    def test_images_are_of_a_version(self):
        images = re.findall(r"^FROM (\S+)", read("Dockerfile"), re.MULTILINE)
        for name in ("docker-compose.yml", "docker-compose.dev.yml"):
            images += [defaults(settings["image"]) for settings in load(name)["services"].values()]
        for image in images:
            self.assertRegex(image, r":(?!latest)[\w.-]+$")

    def test_the_production_image_is_of_this_version(self):
        with open(os.path.join(obs_test.SOURCE_DIR, "CMakeLists.txt"), encoding="utf-8") as file:
            version = re.search(r"project\(obs VERSION (\S+)", file.read()).group(1)
        self.assertEqual(f"obs:{version}", defaults(load("docker-compose.yml")["services"]["aggregator"]["image"]))

    def test_ports_are_opened_on_the_loopback(self):
        for name, ports in (("docker-compose.yml", {"9000:9000", "8080:8080", "9090:9090", "3001:3000"}),
                            ("docker-compose.dev.yml",
                             {"9000:9000", "8080:8080", "9100:9100", "9090:9090", "3001:3000"})):
            opened = [defaults(port) for settings in load(name)["services"].values()
                      for port in settings.get("ports", [])]
            self.assertEqual({f"127.0.0.1:{port}" for port in ports}, set(opened), name)

    def test_what_is_to_last_lies_in_a_named_volume(self):
        expected = {"docker-compose.yml": {"aggregator-data", "prometheus-data", "grafana-data"},
                    "docker-compose.dev.yml": {"prometheus-data", "grafana-data"}}
        for name in expected:
            document = load(name)
            mounted = {volume.split(":")[0] for settings in document["services"].values()
                       for volume in settings.get("volumes", []) if not volume.startswith("./")}
            self.assertEqual(expected[name], mounted, name)
            self.assertEqual(mounted, set(document["volumes"]), name)


obs_test.main()
