"""scripts/bench-peers.sh: its tables are those of its runs. The runs themselves take minutes, and are no test's."""

import json
import os
import subprocess

import obs_test

SCRIPT = os.path.join(obs_test.SOURCE_DIR, "scripts", "bench-peers.sh")
TABLES = os.path.join(obs_test.SOURCE_DIR, "scripts", "bench-peers.jq")


def ingest(system, bench, number, per_second, server_ns):
    return {"system": system, "bench": bench, "round": number, "samples_a_series": 10, "samples_per_second": per_second,
            "server_cpu_ns_per_sample": server_ns, "client_cpu_ns_per_sample": 30, "server_resident_bytes": 2 ** 27}


class BenchPeersTest(obs_test.TestCase):
    def rows(self, runs):
        """Cells of each row of the tables."""
        result = subprocess.run(["jq", "--slurp", "--raw-output", "--from-file", TABLES],
                                input="\n".join(map(json.dumps, runs)), capture_output=True, text=True, timeout=30,
                                check=True)
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in result.stdout.splitlines()]

    def test_ratio_is_the_median_of_the_rounds_ratios(self):
        runs = []
        for number, (speed, ours, theirs) in enumerate([(1, 20e6, 4e6), (2, 24e6, 4e6), (0.5, 30e6, 1e6)]):
            runs.append(ingest("obs, compact form", "ingest", number, speed * ours, 50 / speed))
            runs.append(ingest("Prometheus", "remote-write", number, speed * theirs, 1200 / speed))
        rows = self.rows(runs)
        ours = ["obs, compact form", "10", "20 M", "50 ns", "30 ns", "128 MiB", "1", "1"]
        self.assertIn(ours, rows)
        theirs = ["Prometheus", "10", "4 M", "1200 ns", "30 ns", "128 MiB", "6", "24"]
        self.assertEqual(theirs, rows[rows.index(ours) + 1])

    def test_recording_and_exposition_stand_beside_prometheus_cpp(self):
        runs = [{"bench": "record", "system": "obs", "round": number, "cases": [
                    {"operation": "counter, bound", "threads": 2, "ns_per_op": ours, "prometheus_cpp_ns_per_op": 33}]}
                for number, ours in enumerate((2.5, 3, 11))]
        runs.append({"bench": "scrape", "system": "obs", "round": 0, "series": 100000, "exposition_ms": 20,
                     "prometheus_cpp_exposition_ms": 250})
        rows = self.rows(runs)
        self.assertIn(["counter, bound, threads: 2", "3 ns", "33 ns", "11"], rows)
        self.assertIn(["exposition of 100000 series", "20 ms", "250 ms", "12.5"], rows)

    def test_wrong_usage_is_told_before_anything_is_done(self):
        for arguments in (["--rounds"], ["--rounds", "0"], ["--duration", "soon"], ["--fast"]):
            with self.subTest(arguments):
                result = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, timeout=30, check=False)
                self.assertEqual((2, ""), (result.returncode, result.stdout))
                self.assertIn("bench-peers.sh: ", result.stderr)


obs_test.main()
