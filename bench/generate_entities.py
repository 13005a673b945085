#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Generates a workload with many entities: generate_entities.py COUNT FOLDER

Users and three levels of groups, four attributes each, 1 to 8 parents in the level above; 20
policies about them; 500 requests. The same count always gives the same bytes. There are never more
groups than 10,000 entities have: where they grow with the users, a million entities have 115 million
pairs of entity and ancestor, and no store takes so many.
"""
import json
import pathlib
import random
import sys

LEVELS = 4  # users, and groups over them
REQUESTS = 500


def sizes_of(count):
    """How many entities each level has, users first; of groups a tenth of the level below."""
    above = [max(1, min(count, 10_000) // 10 ** level) for level in range(LEVELS - 1, 0, -1)]
    return [max(1, count - sum(above))] + above[::-1]


def main():
    count, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(count)
    sizes = sizes_of(count)
    starts = [sum(sizes[:level]) for level in range(LEVELS)]

    def uid(level, number):
        kind = "User" if level == 0 else "Group"
        return {"type": f"Org::{kind}", "id": f"{kind.lower()}-{starts[level] + number}"}

    def dump(value):
        return json.dumps(value, separators=(",", ":"))

    with open(folder / "entities.json", "w", encoding="utf-8") as out:
        out.write('[{"uid":{"type":"Action","id":"read"},"attrs":{},"parents":[]}')
        for level, size in enumerate(sizes):
            for number in range(size):
                parents = []
                if level + 1 < LEVELS:
                    drawn = {draw.randrange(sizes[level + 1]) for _ in range(draw.randint(1, 8))}
                    parents = [uid(level + 1, parent) for parent in sorted(drawn)]
                top = uid(LEVELS - 1, draw.randrange(sizes[-1]))
                out.write(",\n" + dump({
                    "uid": uid(level, number),
                    "attrs": {"name": f"name of {starts[level] + number}",
                              "level": draw.randrange(10), "active": number % 2 == 0,
                              "owner": {"__entity": top}},
                    "parents": parents}))
        out.write("]\n")

    def literal(level):
        chosen = uid(level, draw.randrange(sizes[level]))
        return f'{chosen["type"]}::"{chosen["id"]}"'

    policies = []
    for number in range(20):
        group = literal(1 + number % (LEVELS - 1))
        condition = ["principal.active", f"principal.level > {number % 10}",
                     f"resource in {literal(LEVELS - 1)}", "principal.owner == resource.owner"]
        effect = "forbid" if number % 5 == 4 else "permit"
        policies.append(f'{effect} (principal in {group}, action == Action::"read", resource)\n'
                        f"when {{ {condition[number % 4]} }};\n")
    (folder / "policies.cedar").write_text("\n".join(policies), encoding="utf-8")
    (folder / "requests.json").write_text("[" + ",\n".join(
        dump({"principal": uid(0, draw.randrange(sizes[0])),
              "action": {"type": "Action", "id": "read"},
              "resource": uid(0, draw.randrange(sizes[0])), "context": {}})
        for _ in range(REQUESTS)) + "]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
