"""Formatting: clang-format-19 with the tree's .clang-format."""

import re
import subprocess

from source import Finding

_REPORT = re.compile(r"^(?P<path>.*?):(?P<line>\d+):\d+: (?:error|warning): (?P<message>.*)$", re.MULTILINE)


def format_rule(tree):
    if not tree.code:
        return []
    run = subprocess.run(["clang-format-19", "--dry-run", "--Werror", *tree.code], cwd=tree.root, capture_output=True, text=True)
    found = {}
    for report in _REPORT.finditer(run.stderr):
        found.setdefault(report["path"], Finding(report["path"], int(report["line"]), "not formatted; run ./dev format"))
    if run.returncode != 0 and not found:
        raise RuntimeError(f"clang-format-19 failed:\n{run.stderr}")
    return list(found.values())


_STYLE = "BasedOnStyle: Google\nColumnLimit: 120\n"

RULES = {"format": format_rule}
CANARIES = {"format": [{".clang-format": _STYLE, "client/core/a.cc": "int  F( int x ){return x;}\n"}]}
CLEAN = {"format": {".clang-format": _STYLE, "client/core/a.cc": "int F(int x) { return x; }\n"}}
