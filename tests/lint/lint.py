#!/usr/bin/env python3
"""Kith's house rules.

  lint.py RULE [--build DIR]     applies one rule to the tree; tells each violation and exits with 1 if there is any
  lint.py RULE --canary          plants each violation that the rule must catch into an empty tree and demands that it does,
                                 then demands that a clean tree passes
  lint.py --list                 names the rules
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import adversaries
import arrows
import banned
import format  # pylint: disable=redefined-builtin
import hygiene
import tidy
import tone
from source import Tree

TOP = Path(__file__).resolve().parents[2]
MODULES = (adversaries, arrows, banned, hygiene, format, tone, tidy)


def module_of(rule):
    return next(module for module in MODULES if rule in module.RULES)


def violations(rule, tree, build):
    check = module_of(rule).RULES[rule]
    return check(tree, build) if rule == "tidy" else check(tree)


def plant(folder, files):
    """Writes the files of a canary into an empty folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == "compile_commands.json":
            text = json.dumps([{"directory": str(folder), "file": file, "command": f"clang++-19 -std=c++23 -I{folder} -c {file}"}
                               for file in files if file.endswith(".cc")])
        elif text is None:
            text = (TOP / name).read_text()
        path.write_text(text)


def planted_violations(rule, files):
    with tempfile.TemporaryDirectory(prefix="kith-lint-") as folder:
        folder = Path(folder).resolve()
        plant(folder, files)
        return violations(rule, Tree(folder), folder)


def run_canaries(rule):
    module = module_of(rule)
    failures = []
    for files in module.CANARIES[rule]:
        if not planted_violations(rule, files):
            failures.append(f"{rule} overlooked a planted violation: {files}")
    for finding in planted_violations(rule, module.CLEAN[rule]):
        failures.append(f"{rule} refused a clean tree: {finding}")
    for failure in failures:
        print(failure)
    print(f"{rule}: {len(module.CANARIES[rule])} planted violations tried, {len(failures)} wrong verdicts")
    return 1 if failures else 0


def run_rule(rule, build):
    tree = Tree(TOP)
    if not tree.code:
        print("there is no source to look at")
        return 1
    found = violations(rule, tree, build)
    for finding in found:
        print(finding)
    print(f"{rule}: {len(tree.files)} files, {len(found)} violations")
    return 1 if found else 0


def main():
    names = [name for module in MODULES for name in module.RULES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rule", nargs="?", choices=names)
    parser.add_argument("--canary", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--build", default=str(TOP / "build" / "release"), help="build folder, for tidy")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(names))
        return 0
    if not arguments.rule:
        parser.error("name a rule")
    if arguments.canary:
        return run_canaries(arguments.rule)
    return run_rule(arguments.rule, arguments.build)


if __name__ == "__main__":
    sys.exit(main())
