#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Holds the tree to its layering: which folder may include which, no cycles, what each file opens
# with, and that comments name tests that exist. Prints findings and exits with 1 if there are any;
# sizes are only warned about. The compiler cannot see most of this.

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# From the bottom up; a layer includes only lower ones, and peers in one row not each other.
# `public` is engine/*.h with its sources.
LAYERS = [
    ["base"],
    ["lang", "value"],
    ["func", "schema", "grants"],
    ["data"],
    ["check"],
    ["tree"],
    ["decide"],
    ["public"],
    ["server"],
    ["cli"],
    ["tests"],
    ["bench"],
]
RANK = {layer: rank for rank, row in enumerate(LAYERS) for layer in row}
TOP_FOLDERS = ("engine", "cli", "server", "bench", "tests")

# These see the engine as an embedder does: engine/<name>.h and no inner folder.
OUTSIDE = ("cli/", "server/", "tests/embedder/")

# Dependencies that one place keeps to itself, by a prefix of the include.
CONFINED = {
    "simdjson": ("engine/value/json.cc",),
    "re2/": ("engine/func/", "engine/grants/"),
    "httplib": ("cli/admin_client.cc", "bench/"),
    "boost/": ("server/", "bench/", "tests/"),
    "spdlog/": ("server/operations/",),
    "prometheus/": ("server/operations/",),
    "openssl/": ("server/",),
    "sqlite3.h": ("server/store/", "tests/unit/store/"),
}

LONGEST_FILE = 600
SHORTEST_PROSE = 20
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|home|root)/")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
TESTED_BY = re.compile(r"Tested by((?:\s+|,|and|tests/[\w/.-]+)*)")


class Findings:
    def __init__(self):
        self.errors = []
        self.warnings = []

    def error(self, path, text):
        self.errors.append(f"{path}: {text}")

    def warn(self, path, text):
        self.warnings.append(f"{path}: warning: {text}")


def read_tree():
    """The text files of the tree: path from the root -> text."""
    files = {}
    for path in sorted(ROOT.rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith((".git/", "build/")) or "__pycache__" in name or not path.is_file():
            continue
        try:
            files[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a binary sample
    return files


def is_cpp(name):
    return name.endswith((".h", ".cc", ".def"))


def layer_of(name):
    """The row's word for a file, or None for a folder that LAYERS does not know."""
    parts = name.split("/")
    layer = parts[0]
    if layer == "engine":
        layer = parts[1] if len(parts) > 2 else "public"
    return layer if layer in RANK else None


def check_includes(files, findings):
    """Direction, public headers, confined dependencies. Returns file -> included files."""
    graph = {}
    for name, text in files.items():
        if not is_cpp(name) or not name.startswith(TOP_FOLDERS):
            continue
        graph[name] = []
        if layer_of(name) is None:
            findings.error(name, "its folder is not in LAYERS of .ci/check_layout.py")
            continue
        for quote, target in INCLUDE.findall(text):
            for prefix, homes in CONFINED.items():
                if target.startswith(prefix) and not name.startswith(homes):
                    findings.error(name, f"includes {target}, which belongs to {', '.join(homes)}")
            if quote == '"' and "/" not in target:
                findings.error(name, f'includes "{target}"; write the path from the root')
            if target.split("/")[0] in TOP_FOLDERS:
                graph[name].append(target)
                check_direction(name, target, findings)
    return graph


def check_direction(name, target, findings):
    source_layer, target_layer = layer_of(name), layer_of(target)
    if target_layer is None:
        findings.error(name, f"includes {target}, whose folder is not in LAYERS")
    elif name.startswith(OUTSIDE) and target.startswith("engine/") and target_layer != "public":
        findings.error(name, f"includes {target}; only engine/<name>.h is public")
    elif source_layer != target_layer and RANK[target_layer] >= RANK[source_layer]:
        findings.error(name, f"includes {target}; {source_layer} may not include {target_layer}")


def check_cycles(graph, findings):
    finished = set()

    def visit(name, path):
        if name in path:
            findings.error(name, "include cycle: " + " -> ".join(path[path.index(name):] + [name]))
        elif name not in finished:
            for target in graph.get(name, []):
                visit(target, path + [name])
            finished.add(name)

    for name in graph:
        visit(name, [])


def opening_comment(text):
    """The words of the comment that a file starts with, without shebang and SPDX line."""
    lines = []
    for line in text.splitlines():
        if line.startswith("#!") or "SPDX-License-Identifier" in line:
            continue
        marker = re.match(r'(?://+|#+(?= |$)|""")\s?', line)
        if not marker:
            break
        lines.append(line[marker.end():].strip())
    return " ".join(lines).strip()


def check_openings(files, findings):
    for name, text in files.items():
        scripts = (".py", ".sh", ".cmake", "CMakeLists.txt")
        if not (is_cpp(name) or name.endswith(scripts) or name in ("dev", ".ci/run")):
            continue
        opening = opening_comment(text)
        if len(re.findall(r"[A-Za-z ]", opening)) < SHORTEST_PROSE:
            findings.error(name, "does not open with a comment that says what it is for")
        for mention in TESTED_BY.findall(opening):
            paths = [path.rstrip(".") for path in re.findall(r"tests/[\w/.-]+", mention)]
            if not paths:
                findings.error(name, "`Tested by` names no path under tests/")
            for path in paths:
                if not (ROOT / path).exists():
                    findings.error(name, f"tested by {path}, which does not exist")
        if name.endswith(".h") and not re.search(r"^#pragma once$", text, re.MULTILINE):
            findings.error(name, "has no `#pragma once`")
        length = text.count("\n")
        if length > LONGEST_FILE and "why" not in opening.lower():
            findings.warn(name, f"{length} lines, and its opening comment does not say why")


def check_machine_paths(files, findings):
    for name, text in files.items():
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE_PATH.search(line):
                findings.error(f"{name}:{number}", "names a path of one machine")


def print_sizes(files):
    def lines(folders):
        return sum(
            sum(1 for line in text.splitlines() if line.strip())
            for name, text in files.items()
            if is_cpp(name) and name.startswith(folders)
        )

    code = lines(("engine/", "cli/", "server/", "bench/"))
    tests = lines(("tests/",))
    print(f"{code} lines of code, {tests} lines of tests, {tests / max(code, 1):.2f} for each")


def main():
    files = read_tree()
    findings = Findings()
    check_cycles(check_includes(files, findings), findings)
    check_openings(files, findings)
    check_machine_paths(files, findings)
    for line in findings.warnings + findings.errors:
        print(line)
    print_sizes(files)
    print(f"layout: {len(findings.errors)} findings in {len(files)} files")
    return 1 if findings.errors else 0


if __name__ == "__main__":
    sys.exit(main())
