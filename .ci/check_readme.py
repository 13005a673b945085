#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Runs the commands that README.md shows, so that the tour cannot rot: in every ```console block
# each line that starts with `$ ` goes to a bash of its own in the repository root, in order.
# A command must exit with 0, or with N where its line ends in the comment `# exit N`. One that ends
# in `# until Ctrl-C` is kept running while those behind it run, once it has said that it serves; it
# must then end with 0 when it is interrupted.

import pathlib
import re
import signal
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


def start_server(command):
    """Starts a command that serves; returns it once it says so, or None if it never does."""
    # What runs in the background of a shell ignores interrupts, and so does all that it starts.
    def heed_interrupts():
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    server = subprocess.Popen(["bash", "-c", "exec " + command], cwd=ROOT, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              preexec_fn=heed_interrupts)
    for line in server.stdout:
        print(line, end="", flush=True)
        if line.startswith("serving "):
            return server
    server.wait()
    return None


def stop_server(server):
    server.send_signal(signal.SIGINT)
    print(server.communicate(timeout=60)[0], end="", flush=True)
    return server.returncode


def main():
    readme = ROOT / "README.md"
    passed = failed = 0
    servers = []
    for command in commands(readme.read_text(encoding="utf-8")) if readme.exists() else []:
        if ".ci/run" in command or command == "./dev test":
            continue  # what runs this script, and a stage of it
        print(f"$ {command}", flush=True)
        if command.endswith("# until Ctrl-C"):
            server = start_server(command)
            good = server is not None
            if good:
                servers.append(server)
        else:
            wanted = re.search(r"# exit (\d+)\s*$", command)
            wanted = int(wanted.group(1)) if wanted else 0
            status = subprocess.run(["bash", "-c", command], cwd=ROOT, check=False).returncode
            good = status == wanted
            if not good:
                print(f"exit status {status}, where {wanted} was expected", flush=True)
        passed += good
        failed += not good
        if not good:
            print(f"FAILED {command}", flush=True)
    for server in servers:
        if stop_server(server) != 0:
            print("FAILED a server did not end well", flush=True)
            failed += 1
    print(f"{passed} passed, {failed} failed")
    if passed + failed == 0:
        print("check_readme.py: README.md shows no command", file=sys.stderr)
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
