"""Prints what became of all samples of the fault tests that ran last. Exits 1 if any was lost."""

import glob
import json
import os
import sys

import obs_test

COLUMNS = ("rounds", "sent", "accepted", "duplicate", "dropped", "lost")


def main():
    by_test = {}  # a test that looks twice has the same samples
    for path in sorted(glob.glob(os.path.join(obs_test.BUILD_DIR, "faults", "*.jsonl"))):
        with open(path, encoding="utf-8") as file:
            by_test.update((entry["test"], entry) for entry in map(json.loads, file))
    entries = list(by_test.values())
    total = {"test": "all", **{column: sum(entry[column] for entry in entries) for column in COLUMNS}}
    width = max(len(entry["test"]) for entry in [*entries, total])
    print(f"{'test':<{width}}", *(f"{column:>10}" for column in COLUMNS))
    for entry in [*entries, total]:
        print(f"{entry['test']:<{width}}", *(f"{entry[column]:>10}" for column in COLUMNS))
    return 1 if total["lost"] or not entries else 0


sys.exit(main())
