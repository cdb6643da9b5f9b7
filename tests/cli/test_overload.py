"""Three times what the aggregator can take, and more: it says when to come again, keeps its tick and its memory,
loses nothing that it acknowledged, and is as before once the load is gone.
"""

import json

import obs_test

MEMORY_LIMIT_MIB = 256
TICK_MS = 16


class OverloadTest(obs_test.TestCase):
    def bench(self, aggregator, *arguments):
        result = obs_test.run("obs-bench", "ingest", "--target", aggregator.grpc, "--http-url", aggregator.http_url,
                              "--metrics-url", f"http://{aggregator.metrics}", "--output", "json", *arguments, timeout=120)
        return json.loads(result.stdout) if result.stdout else {"ok": False, "stderr": result.stderr}

    def test_overload_is_refused_and_passes(self):
        aggregator = self.start_aggregator("--memory-limit", f"{MEMORY_LIMIT_MIB}MiB")
        # No machine takes 500 million samples a second over 12 streams.
        report = self.bench(aggregator, "--streams", "12", "--rate", "500000000", "--duration", "8s")
        self.assertGreater(report["refused_streams"], 0, report)
        self.assertGreater(report["samples"], 0, report)
        faults = [line for line in report["faults"] if "overloaded" not in line]
        self.assertEqual([], faults, "all but what was refused is acknowledged and in the ledger")

        self.assertLessEqual(report["tick_lateness_p99_ms"], TICK_MS)
        with open(f"/proc/{aggregator.pid}/status") as status:
            peak_kib = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
        self.assertLess(peak_kib, MEMORY_LIMIT_MIB * 1024)

        obs_test.eventually(lambda: self.bench(aggregator, "--streams", "2", "--duration", "200ms",
                                               "--rate", "20000")["ok"])


obs_test.main()
