#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs all mutants: edits a copy of the sources, builds, and insists that a test fails.

    tests/mutants/run.py                 all of them, two at a time; an hour
    tests/mutants/run.py --only 'range'  those whose names contain the words; may be repeated
    tests/mutants/run.py --check         only that every edit still fits the sources; a second

The last line is `N killed of N`. The status is 0 only if all were killed.
"""
import argparse
import concurrent.futures
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys

from guard_mutants import GUARD_MUTANTS
from tree_mutants import TREE_MUTANTS

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "mutants"
COPIED = ["CMakeLists.txt", "CMakePresets.json", "engine", "cli", "server", "bench", "tests",
          "third_party"]
MUTANTS = TREE_MUTANTS + GUARD_MUTANTS
# The quickest first; a mutant is killed by the first that fails.
SUITES = [("tree_test", []), ("decide_test", []), ("value_test", []), ("grants_test", []),
          ("property_test", ["--gtest_filter=Agreement.*"])]
ENVIRONMENT = {**os.environ, "THUJA_RANDOM_DECISIONS": "40000", "THUJA_SHARED": "none",
               "ASAN_OPTIONS": "abort_on_error=1"}
SECONDS = 120  # of a suite; an endless loop is a kill


def misfits():
    """Names of edits that do not fit, families without a mutant, and names given twice."""
    problems = []
    names = [name for name, *_ in MUTANTS]
    problems += [f"{name}: named twice" for name in sorted(set(names)) if names.count(name) > 1]
    for name, path, old, new in MUTANTS:
        count = (ROOT / path).read_text().count(old)
        if count != 1:
            problems.append(f"{name}: {path} holds its text {count} times")
        if old == new:
            problems.append(f"{name}: changes nothing")
    header = (ROOT / "engine/tree/lowering.h").read_text()
    for family in re.findall(r"^  k(\w+), +// `", header, re.MULTILINE):
        words = re.sub(r"(?<=.)([A-Z])", lambda match: " " + match[1].lower(), family).lower()
        for part in ("family", "dispatch" if family == "Symbol" else "index"):
            if not any(name.startswith(f"{part} {words}") for name in names):
                problems.append(f"no mutant of {part} {words}")
    return problems


class SourceCopy:
    """One copy of the sources with its build; one mutant at a time."""

    def __init__(self, number):
        self.source = WORK / str(number) / "source"
        self.build = WORK / str(number) / "build"
        self.source.mkdir(parents=True, exist_ok=True)
        for name in COPIED:
            self._copy(ROOT / name, self.source / name)

    def _copy(self, here, there):
        # Only what differs, so that a second run builds little.
        if here.is_dir():
            there.mkdir(exist_ok=True)
            for gone in {p.name for p in there.iterdir()} - {p.name for p in here.iterdir()}:
                path = there / gone
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            for entry in here.iterdir():
                if entry.name != "__pycache__":
                    self._copy(entry, there / entry.name)
        elif not there.exists() or here.read_bytes() != there.read_bytes():
            shutil.copy(here, there)

    def prepare(self):
        subprocess.run(["cmake", "-S", self.source, "-B", self.build, "-G", "Ninja",
                        "-DCMAKE_BUILD_TYPE=None", "-DCMAKE_CXX_FLAGS=-O1 -w -D_GLIBCXX_ASSERTIONS"],
                       check=True, stdout=subprocess.DEVNULL)
        output = self.make()
        if output is not None:
            sys.exit("the sources do not build:\n" + output)
        for suite, _ in SUITES:
            if self.fails(suite, []):
                sys.exit(f"{suite} fails without any mutant")

    def make(self):
        """None if it builds, else what the compiler said."""
        done = subprocess.run(["ninja", "-C", self.build, "-j1", *(suite for suite, _ in SUITES)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return None if done.returncode == 0 else done.stdout

    def fails(self, suite, arguments):
        try:
            done = subprocess.run([self.build / "tests" / suite, *arguments], env=ENVIRONMENT,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  timeout=SECONDS)
            return done.returncode != 0
        except subprocess.TimeoutExpired:
            return True

    def run(self, mutant):
        """The suite that killed it; None if it survived; "does not build" is no kill."""
        _, path, old, new = mutant
        file = self.source / path
        whole = file.read_text()
        file.write_text(whole.replace(old, new))
        try:
            output = self.make()
            if output is not None:
                return "does not build:\n" + output[-2000:]
            for suite, arguments in SUITES:
                if self.fails(suite, arguments):
                    return suite
            return None
        finally:
            file.write_text(whole)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    problems = misfits()
    for problem in problems:
        print(problem)
    if options.check or problems:
        print(f"{len(MUTANTS)} mutants, {len(problems)} problems")
        return 1 if problems else 0
    wanted = [mutant for mutant in MUTANTS
              if not options.only or any(words in mutant[0] for words in options.only)]
    copies = queue.Queue()
    for number in range(min(options.jobs, len(wanted))):
        copies.put(SourceCopy(number))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(SourceCopy.prepare, list(copies.queue)))

        def run(mutant):
            copy = copies.get()
            try:
                return copy.run(mutant)
            finally:
                copies.put(copy)

        killed = 0
        for mutant, result in zip(wanted, pool.map(run, wanted)):
            dead = result in {suite for suite, _ in SUITES}
            killed += dead
            print(f"{'killed by ' + result if dead else 'SURVIVED' if result is None else result:24} "
                  f"{mutant[0]}", flush=True)
    print(f"{killed} killed of {len(wanted)}")
    return 0 if killed == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
