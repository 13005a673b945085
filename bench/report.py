#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs all benchmarks and writes one report: build/bench/report.md, with plots beside it.

    bench/report.py            everything, up to 1,000,000 policies and entities; an hour
    bench/report.py --quick    up to 10,000 policies and 100,000 entities, without HTTP; some minutes

Contenders: the compiled tree and the interpreter (`thuja bench`), and Cedar's own engine as
WebAssembly (bench/cedar_wasm.mjs; needs node and npm, and is left out, with a word in the report,
where the machine has none). Plots are drawn by gnuplot.
"""
import argparse
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import instructions  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[1]
OUT = ROOT / "build" / "bench"
BUILT = ROOT / "build" / "release"
THUJA = BUILT / "thuja"
MODULES = OUT / "npm"


def run(command, **options):
    return subprocess.run([str(part) for part in command], check=True, text=True,
                          stdout=subprocess.PIPE, **options).stdout


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def progress(text):
    print(f"== {text}", flush=True)


class Report:
    def __init__(self):
        self.parts = []

    def text(self, text):
        self.parts.append(text.strip() + "\n")

    def table(self, header, rows):
        lines = ["| " + " | ".join(header) + " |",
                 "| --- |" + " ---: |" * (len(header) - 1)]
        lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
        self.parts.append("\n".join(lines) + "\n")

    def plot(self, name, title, x_label, y_label, series):
        """`series`: name -> list of (x, y); both axes logarithmic."""
        script = ["set terminal svg size 720,420 dynamic background 'white'",
                  f"set output '{OUT / name}.svg'", "set logscale xy", "set grid", "set key left top",
                  f"set title '{title}'", f"set xlabel '{x_label}'", f"set ylabel '{y_label}'",
                  "set format x '%.0s%c'", "set format y '%.0s%c'"]
        blocks, plots = [], []
        for number, (label, points) in enumerate(series.items()):
            blocks.append(f"$data{number} << EOD\n" +
                          "\n".join(f"{x} {y}" for x, y in points) + "\nEOD")
            plots.append(f"$data{number} using 1:2 with linespoints linewidth 2 title '{label}'")
        run(["gnuplot"], input="\n".join(blocks + script + ["plot " + ", ".join(plots)]) + "\n")
        self.parts.append(f"![{title}]({name}.svg)\n")

    def write(self):
        (OUT / "report.md").write_text("\n".join(self.parts), encoding="utf-8")


def duration(nanoseconds):
    if nanoseconds is None:
        return ""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.0f} ns"


def bench(folder, evaluator):
    command = [THUJA, "bench", "--workload", folder, "--evaluator", evaluator, "--format", "json"]
    return json.loads(run(command))


def install_contender():
    """Why Cedar's engine is absent; empty if it is there."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    MODULES.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "third_party" / "npm" / name, MODULES)
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=MODULES, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return "" if done.returncode == 0 else "npm ci failed: " + done.stdout.strip()[-300:]


def wasm(folder):
    return json.loads(run(["node", ROOT / "bench" / "cedar_wasm.mjs", MODULES, folder]))


def generate_agents(shared, count):
    """The folder of `count` agent policies: a shared one, or one made now."""
    folder = shared / "workloads" / f"agents-{count}"
    if folder.is_dir():
        return folder
    folder = OUT / "generated" / f"agents-{count}"
    if not (folder / "policies.cedar").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        run([sys.executable, shared / "workloads" / "gen_agents.py", count], cwd=folder.parent)
    return folder


def generate_entities(count):
    folder = OUT / "generated" / f"entities-{count}"
    if not (folder / "entities.json").exists():
        run([sys.executable, ROOT / "bench" / "generate_entities.py", count, folder])
    return folder


def quickstart(report):
    """Our own policies, with the requests beside them."""
    folder = ROOT / "policies" / "quickstart"
    requests = [json.loads(path.read_text()) for path in sorted((folder / "requests").glob("*.json"))]
    listed = OUT / "generated" / "quickstart.json"
    listed.parent.mkdir(parents=True, exist_ok=True)
    listed.write_text(json.dumps(requests))
    rows = [json.loads(run([THUJA, "bench", "--policies", folder, "--entities",
                            folder / "entities.json", "--requests", listed, "--evaluator", evaluator,
                            "--format", "json"])) for evaluator in ("tree", "interpreter")]
    return rows


def report_decisions(report, shared, absent):
    progress("decisions")
    report.text("## How long does one decision take?\n\nRequest and entities are ready; looking up "
                "the request's entities by name is inside the clock. `from bytes` is the p50 from "
                "the request's JSON to its decision. Cedar as WebAssembly has its conversion of the "
                "request's entities inside the clock, of those alone that the request can reach."
                + (f" It is absent: {absent}." if absent else ""))
    rows = []
    for folder in sorted((shared / "workloads").iterdir()):
        if not folder.is_dir():
            continue
        progress(folder.name)
        tree, interpreter = bench(folder, "tree"), bench(folder, "interpreter")
        cedar = None if absent else wasm(folder)["p50_ns"]
        rows.append([folder.name, tree["policies"], duration(tree["p50_ns"]),
                     duration(tree["p99_ns"]), duration(tree["p9999_ns"]),
                     duration(tree["json_p50_ns"]), duration(interpreter["p50_ns"]),
                     duration(cedar), tree["allocations_per_decision"],
                     tree["worst_case_nodes"]])
    tree, interpreter = quickstart(report)
    rows.append(["policies/quickstart", tree["policies"], duration(tree["p50_ns"]),
                 duration(tree["p99_ns"]), duration(tree["p9999_ns"]),
                 duration(tree["json_p50_ns"]), duration(interpreter["p50_ns"]), "",
                 tree["allocations_per_decision"], tree["worst_case_nodes"]])
    report.table(["workload", "policies", "tree p50", "p99", "p99.99", "from bytes",
                  "interpreter p50", "cedar-wasm p50", "allocations", "worst-case nodes"], rows)


def report_policies(report, shared, largest, absent):
    report.text("## Does a decision slow down as policies grow?")
    series = {"tree, p50": [], "tree, p99": [], "interpreter, p50": [],
              "Cedar as WebAssembly, p50": []}
    counted = {"tree": [], "interpreter": []}
    rows = []
    count = 10
    while count <= largest:
        progress(f"{count} policies")
        folder = generate_agents(shared, count)
        tree = bench(folder, "tree")
        series["tree, p50"].append((count, tree["p50_ns"]))
        series["tree, p99"].append((count, tree["p99_ns"]))
        interpreter = cedar = of_tree = None
        if count <= 10_000:
            interpreter = bench(folder, "interpreter")["p50_ns"]
            series["interpreter, p50"].append((count, interpreter))
            if count <= 1000 and not absent:
                cedar = wasm(folder)["p50_ns"]
                series["Cedar as WebAssembly, p50"].append((count, cedar))
            counted["interpreter"].append((count, instructions.count(folder, "interpret")))
        if count <= 100_000:
            of_tree = instructions.count(folder, "decide")
            counted["tree"].append((count, of_tree))
        rows.append([f"{count:,}", duration(tree["p50_ns"]), duration(tree["p99_ns"]),
                     f"{of_tree:,.0f}" if of_tree else "", duration(interpreter), duration(cedar),
                     f"{tree['compile_ms']:,.0f} ms",
                     f"{tree['program_bytes'] / tree['policies']:,.0f}"])
        count *= 10
    report.table(["agent policies", "tree p50", "p99", "instructions", "interpreter p50",
                  "cedar-wasm p50", "text to snapshot", "program bytes a policy"], rows)
    report.plot("latency-policies", "A decision, by the number of policies", "policies",
                "nanoseconds", {name: points for name, points in series.items() if points})
    report.plot("instructions-policies", "Instructions of a decision, by the number of policies",
                "policies", "instructions", counted)


def report_entities(report, largest):
    report.text("## Does a decision slow down as entities grow?\n\nFour attributes, depth 4, 1 to 8 "
                "parents each; 20 policies. Loading is from the file's first byte to a snapshot, in "
                "a process of its own.")
    latency, counted, rows = [], [], []
    count = 10
    while count <= largest:
        progress(f"{count} entities")
        folder = generate_entities(count)
        tree = bench(folder, "tree")
        latency.append((count, tree["p50_ns"]))
        of_tree = None
        if count <= 10_000:
            of_tree = instructions.count(folder, "decide")
            counted.append((count, of_tree))
        begin = time.monotonic()
        run([THUJA, "tree", "--policies", folder / "policies.cedar", "--entities",
             folder / "entities.json"])
        seconds = time.monotonic() - begin
        rows.append([f"{count:,}", duration(tree["p50_ns"]), duration(tree["p99_ns"]),
                     f"{of_tree:,.0f}" if of_tree else "", f"{seconds:.2f} s",
                     f"{tree['entity_bytes'] / tree['entities']:,.0f}"])
        count *= 10
    report.table(["entities", "tree p50", "p99", "instructions", "load", "bytes an entity"], rows)
    report.plot("latency-entities", "A decision, by the number of entities", "entities",
                "nanoseconds", {"tree, p50": latency})
    report.plot("instructions-entities", "Instructions of a decision, by the number of entities",
                "entities", "instructions", {"tree": counted})


def report_publication(report, shared):
    progress("publication")
    report.text("## What do other threads and new snapshots cost a decision?\n\nProcessor time of "
                "a decision, medians; publishing swaps two prebuilt snapshots every 10 ms.")
    folders = [shared / "workloads" / name for name in ("gdrive-20", "github-20", "agents-1000")]
    rows = []
    for line in json_lines(run([BUILT / "bench" / "publish_bench", *folders])):
        quiet = line["one_quiet_ns"]
        rows.append([line["workload"], f"{quiet:.0f} ns"] +
                    [f"{line[name]:.0f} ns ({100 * (line[name] / quiet - 1):+.1f}%)"
                     for name in ("one_publishing_ns", "two_quiet_ns", "two_publishing_ns")])
    report.table(["workload", "1 thread", "1 thread, publishing", "2 threads",
                  "2 threads, publishing"], rows)


def report_adversaries(report):
    progress("adversarial worlds")
    report.text("## How slow can bad policies make it?\n\n10,000 policies, patterns or parents, a "
                "chain of 1,000 entities; the worst of the requests.")
    rows = [[line["world"], f"{line['policies']:,}", duration(line["tree_us"] * 1e3),
             duration(line["interpreter_us"] * 1e3), f"{line['ratio']:.3f}",
             f"{line['parse_ms']:.0f} ms", f"{line['compile_ms']:.0f} ms",
             f"{line['program_bytes'] / line['policies']:,.0f}"]
            for line in json_lines(run([BUILT / "bench" / "adversarial_bench"]))]
    report.table(["world", "policies", "tree", "interpreter", "ratio", "parse", "compile",
                  "program bytes a policy"], rows)


def report_http(report):
    progress("HTTP")
    report.text("## What does a decision over HTTP cost?\n\n```\n" +
                run([BUILT / "bench" / "http_bench"]).strip() + "\n```")
    report.text("Among 100,000 policies more, which concern others:\n\n```\n" +
                run([BUILT / "bench" / "http_bench", "--policies", "100000"]).strip() + "\n```")


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                  if line.startswith("model name")), platform.machine())
    return (f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
            f"{run(['c++', '--version']).splitlines()[0]}, {time.strftime('%Y-%m-%d')}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    shared = os.environ.get("THUJA_SHARED", "../shared")
    if shared == "none":
        sys.exit("bench/report.py: set THUJA_SHARED to the shared test data: the workloads are there")
    shared = pathlib.Path(shared).resolve()
    OUT.mkdir(parents=True, exist_ok=True)
    report = Report()
    report.text(f"# What deciding costs\n\nMeasured by `./dev bench` on {machine()}.")
    absent = install_contender()
    report_decisions(report, shared, absent)
    report_policies(report, shared, 10_000 if options.quick else 1_000_000, absent)
    report_entities(report, 100_000 if options.quick else 1_000_000)
    report_publication(report, shared)
    report_adversaries(report)
    if not options.quick:
        report_http(report)
    report.write()
    print(f"wrote {(OUT / 'report.md').relative_to(ROOT)}")


if __name__ == "__main__":
    main()
