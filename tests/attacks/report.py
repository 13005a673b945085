#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which rows of the catalogue are shown by tests, which wait, and what for.

    tests/attacks/report.py RESULTS.xml     results of attacks_test, as GoogleTest writes them

The last line is `N passed, N failed`; a row that is neither shown nor waiting, or both, is a failure.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as tree

ROWS = [f"S{n:02}" for n in range(1, 40)] + [f"A{n:02}" for n in range(1, 57)]


def waiting_rows():
    rows = {}
    for line in (pathlib.Path(__file__).parent / "rows.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            row, what = line.split(" ", 1)
            rows[row] = what
    return rows


def main():
    passed, failed, shown = [], [], {}
    for case in tree.parse(sys.argv[1]).iter("testcase"):
        name = case.get("name")
        good = case.find("failure") is None and case.get("status") == "run"
        (passed if good else failed).append(name)
        for row in re.findall(r"([SA]\d\d)[a-z]?(?=_)", name):
            shown.setdefault(row, []).append(name)
    waiting = waiting_rows()
    for row in ROWS:
        if row in shown and row in waiting:
            failed.append(f"{row} is shown and said to wait")
        elif row not in shown and row not in waiting:
            failed.append(f"{row} is neither shown nor said to wait")
    for row in ROWS:
        for name in shown.get(row, []):
            print(f"{row}  {'passed' if name in passed else 'FAILED'}  {name}")
    print()
    for row in ROWS:
        if row in waiting:
            print(f"{row}  waits for {waiting[row]}")
    print()
    for name in failed:
        print(f"FAILED {name}")
    print(f"{len(passed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
