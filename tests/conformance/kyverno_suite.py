#!/usr/bin/env python3
"""The kyverno suite: DIR/list.tsv names folders and the kinds of rules in them, DIR/golden.json their rows.

A folder counts when all its kinds are among those that biro runs; its rows are compared as a set of (policy, rule, resource,
result, reason), then by message. A row too many is wrong unless its reason is Excluded. Each folder is one case.
"""
import json
import pathlib
import re
import subprocess
import sys

KINDS = {"validate.pattern", "validate.anyPattern", "validate.deny", "validate.foreach", "validate.podSecurity", "validate.cel", "context",
         "PolicyException", "ValidatingPolicy", "ValidatingAdmissionPolicy", "DeletingPolicy"}
# What differs from run to run is not compared: times, and what random() gave.
VARYING = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|random\(")


def identity(row):
    return tuple(row.get(key, "") for key in ("policy", "rule", "resource", "result", "reason"))


def known_failures(suite):
    known = {}
    for line in (pathlib.Path(__file__).parent / "known-failures.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, case, reason = line.split("\t", 2)
            if name == suite:
                known[case] = reason
    return known


def run(biro, folder):
    done = subprocess.run([biro, "test", "-o", "json", str(folder)], capture_output=True, text=True, timeout=120)
    if done.returncode not in (0, 1):
        return None, f"exit {done.returncode}: {done.stderr.strip()}"
    # Other folders below this one are cases of their own.
    rows = [row for row in json.loads(done.stdout) if pathlib.Path(row["test"]) == folder]
    return rows, done.stderr.strip()


def compare(rows, golden):
    got, want = {identity(row) for row in rows}, {identity(row) for row in golden}
    problems = [f"missing {row}" for row in sorted(want - got)]
    problems += [f"too many {row}" for row in sorted(got - want) if row[4] != "Excluded"]
    messages = {}
    for row in rows:
        messages.setdefault(identity(row), set()).add(row["message"])
    for row in golden:
        have = messages.get(identity(row))
        if have and row["message"] not in have and not VARYING.search(row["message"]):
            problems.append(f"message of {identity(row)}\n      want {row['message']!r}\n      got  {sorted(have)[0]!r}")
    return problems


def main():
    biro, root = sys.argv[1], pathlib.Path(sys.argv[2])
    golden = json.loads((root / "golden.json").read_text())
    known = known_failures("kyverno")
    passed = failed = skipped = rows_seen = 0
    for line in (root / "list.tsv").read_text().splitlines():
        name, _, kinds = line.split("\t")
        if not set(kinds.split(",")) <= KINDS or name not in golden:
            skipped += 1
            continue
        rows, trouble = run(biro, root / name)
        problems = [trouble] if rows is None else compare(rows, golden[name])
        rows_seen += len(golden[name])
        if bool(problems) == (name in known):
            passed += 1
            continue
        failed += 1
        print(f"{name}: " + ("listed as a known failure, but passes" if name in known else ""))
        for problem in problems[:8]:
            print(f"    {problem}")
    print(f"{rows_seen} rows compared; {skipped} folders of other kinds skipped")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


main()
