#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many machine instructions does a decision take?

Counted by callgrind, which the load of the machine does not change. The baseline is
bench/instructions.json: for each workload the instructions of a decision with the request ready,
and of one from the request's bytes.

    bench/instructions.py --check    fails if a workload takes 10% more, or less, than the baseline
    bench/instructions.py --update   writes the baseline

Less fails too: the baseline then needs to be written anew, so that what was won is kept.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
BASELINE = ROOT / "bench" / "instructions.json"
PROBE = ROOT / "build" / "release" / "bench" / "count_probe"
TOLERANCE = 0.10
WORKLOADS = ["gdrive-20", "gdrive-templates-20", "github-20", "github-templates-20", "tinytodo-20",
             "agents-10", "agents-100", "agents-1000"]


def count(folder, what):
    """Instructions of one decision."""
    with tempfile.TemporaryDirectory() as scratch:
        out = pathlib.Path(scratch) / "callgrind.out"
        command = ["valgrind", "--tool=callgrind", "--toggle-collect=thuja_counted",
                   f"--callgrind-out-file={out}", PROBE, folder, what]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"count_probe {folder} failed:\n{done.stderr}")
        total = re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.MULTILINE)
        return int(total[1]) / int(done.stdout)


def measure(shared):
    return {name: {what: round(count(shared / "workloads" / name, what))
                   for what in ("decide", "json")} for name in WORKLOADS}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true")
    mode.add_argument("--update", action="store_true")
    options = parser.parse_args()
    shared = os.environ.get("THUJA_SHARED", "../shared")
    if shared == "none":
        print("THUJA_SHARED=none: there are no workloads, and no instructions were counted")
        return 0
    found = measure(pathlib.Path(shared))
    if options.update:
        BASELINE.write_text(json.dumps(found, indent=2) + "\n")
    baseline = json.loads(BASELINE.read_text())
    failed = 0
    passed = 0
    for name in WORKLOADS:
        for what, now in found[name].items():
            then = baseline.get(name, {}).get(what, 0)
            good = abs(now - then) <= TOLERANCE * then
            passed += good
            failed += not good
            print(f"{'ok    ' if good else 'FAILED'} {name:20} {what:7} {now:8} baseline {then:8}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
