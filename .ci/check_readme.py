#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Runs the commands that README.md shows, so that the tour cannot rot: in every ```console block
# each line that starts with `$ ` goes to a bash of its own in the repository root, in order.
# A command must exit with 0, or with N where its line ends in the comment `# exit N`.

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def commands(text):
    """The commands of all console blocks; a trailing backslash goes on in the next line."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        lines = iter(block.splitlines())
        for line in lines:
            if not line.startswith("$ "):
                continue  # output
            command = line[2:]
            while command.endswith("\\"):
                command += "\n" + next(lines, "")
            found.append(command)
    return found


def main():
    readme = ROOT / "README.md"
    passed = failed = 0
    for command in commands(readme.read_text(encoding="utf-8")) if readme.exists() else []:
        if ".ci/run" in command:
            continue  # it is what runs this script
        wanted = re.search(r"# exit (\d+)\s*$", command)
        wanted = int(wanted.group(1)) if wanted else 0
        print(f"$ {command}", flush=True)
        status = subprocess.run(["bash", "-c", command], cwd=ROOT, check=False).returncode
        if status == wanted:
            passed += 1
        else:
            failed += 1
            print(f"FAILED exit status {status}, where {wanted} was expected: {command}", flush=True)
    print(f"{passed} passed, {failed} failed")
    if passed + failed == 0:
        print("check_readme.py: README.md shows no command", file=sys.stderr)
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
