#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Counts what a test run left behind: summary.py <folder with GoogleTest XML and ctest.xml>.
# A program that ctest saw fail although its XML shows no failure (a crash, a leak, the time
# limit) counts as one failed test. Exits with 1 if anything failed or if nothing ran.

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


class Count:
    def __init__(self):
        self.passed = 0
        self.failed = []  # names
        self.skipped = 0
        self.skipped_suites = set()

    def add_program(self, path):
        """Adds one GoogleTest report; returns whether it holds a failure."""
        failures_before = len(self.failed)
        for suite in ElementTree.parse(path).getroot().iter("testsuite"):
            for case in suite.iter("testcase"):
                if case.get("status") == "notrun":
                    continue  # disabled, or filtered out
                if case.find("failure") is not None:
                    self.failed.append(f"{suite.get('name')}.{case.get('name')}")
                elif case.find("skipped") is not None:
                    self.skipped += 1
                    self.skipped_suites.add(suite.get("name"))
                else:
                    self.passed += 1
        return len(self.failed) > failures_before


def count(folder):
    result = Count()
    explained = set()  # programs whose failure stands in their own report
    for path in sorted(folder.glob("*.xml")):
        if path.name == "ctest.xml":
            continue
        try:
            if result.add_program(path):
                explained.add(path.stem)
        except ElementTree.ParseError:
            pass  # cut off by a crash: ctest knows
    ctest = folder / "ctest.xml"
    if ctest.exists():
        for program in ElementTree.parse(ctest).getroot().iter("testcase"):
            name = program.get("name")
            if program.get("status") != "run" and name not in explained:
                result.failed.append(f"{name} (the program itself)")
    return result


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: summary.py <folder>")
    result = count(pathlib.Path(sys.argv[1]))
    for name in result.failed:
        print(f"FAILED {name}")
    line = f"{result.passed} passed, {len(result.failed)} failed"
    if result.skipped:
        line += f", {result.skipped} skipped"
    print(line)
    if result.skipped_suites:
        suites = sorted(result.skipped_suites)
        print(f"SKIPPED {len(suites)} suites: {', '.join(suites)}")
    if result.passed + len(result.failed) == 0:
        print("summary.py: no test was executed", file=sys.stderr)
        return 1
    return 1 if result.failed else 0


if __name__ == "__main__":
    sys.exit(main())
