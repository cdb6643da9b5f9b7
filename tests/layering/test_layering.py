"""The layering check passes on this repository, and would notice each kind of violation."""

import os
import tempfile
import unittest

import layering

ROOT = os.environ["OBS_SOURCE_DIR"]


class LayeringTest(unittest.TestCase):
    def violations_of(self, files):
        """Checks a repository of those files only."""
        with tempfile.TemporaryDirectory(prefix="obs-layering-") as root:
            for path, content in {"libobs/base/clock.h": "", "tools/common/cli.h": "", **files}.items():
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(content)
            return layering.violations(root)

    def assert_refused(self, path, line, reason):
        self.assertEqual([], self.violations_of({path: "#include <string>\n"}))
        self.assertEqual([f"{path}:2: {reason}"], self.violations_of({path: f"#include <string>\n{line}\n"}))

    def test_this_repository_keeps_to_its_floors(self):
        self.assertEqual([], layering.violations(ROOT))

    def test_the_check_reads_this_repository(self):
        files = list(layering.code_files(os.path.join(ROOT, "libobs")))
        self.assertTrue(any(list(layering.includes(path)) for path in files))

    def test_a_lower_floor_and_the_own_folder_may_be_included(self):
        self.assertEqual([], self.violations_of({"libobs/app/a.cc": '\n'.join((
            '#include "app/a.h"', '#include "live/hub.h"', '#include "wire/frame.h"', '#include "model/selector.h"',
            '#include "base/clock.h"', '#include "obs/agent.h"', '#include "absl/status/status.h"',
            '#include "telemetry.pb.h"', '#include <grpcpp/grpcpp.h>'))}))

    def test_upwards_is_refused(self):
        self.assert_refused("libobs/wire/a.cc", '#include "live/hub.h"', "wire/ includes live/hub.h upwards")

    def test_upwards_in_angle_brackets_is_refused(self):
        self.assert_refused("libobs/wire/a.h", "#  include <app/a.h>", "wire/ includes app/a.h upwards")

    def test_a_sibling_is_refused(self):
        self.assert_refused("libobs/live/a.cc", '#include "ingest/ledger.h"',
                            "live/ includes ingest/ledger.h of its sibling ingest/")

    def test_the_installed_api_takes_only_the_standard_library(self):
        reason = "the installed API includes {}, which is neither the C++ standard library nor obs/"
        path = "libobs/include/obs/a.h"
        self.assertEqual([], self.violations_of({path: '#include <atomic>\n#include "obs/version.h"\n'}))
        self.assert_refused(path, '#include "absl/status/status.h"', reason.format("absl/status/status.h"))
        self.assert_refused(path, "#include <stdio.h>", reason.format("stdio.h"))
        self.assert_refused(path, '#include "base/clock.h"', reason.format("base/clock.h"))

    def test_a_way_around_the_folder_names_is_refused(self):
        self.assert_refused("libobs/base/a.cc", '#include "../app/a.h"', '"../app/a.h" does not name its folder')
        self.assert_refused("libobs/base/a.cc", '#include "clock.h"', '"clock.h" does not name its folder')

    def test_a_tool_calls_app_and_not_what_is_below(self):
        self.assertEqual([], self.violations_of({"tools/obs-x/main.cc": '#include "app/a.h"\n#include "common/cli.h"\n'}))
        self.assert_refused("tools/obs-x/main.cc", '#include "live/hub.h"',
                            "a tool includes live/hub.h; let app/ offer it")

    def test_a_folder_without_a_floor_is_refused(self):
        self.assertEqual(["libobs/util: this folder has no floor in tests/layering/layering.py"],
                         self.violations_of({"libobs/util/a.h": ""}))


if __name__ == "__main__":
    unittest.main(verbosity=2)
