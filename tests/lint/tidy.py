"""clang-tidy-19 over the sources of the product, as the build compiles them. A file is looked at again only when its command,
the checks, or any of the tree's files that it includes have changed."""

import hashlib
import json
import os
import re
import shlex
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from source import Finding

PRODUCT = ("client/", "crypto/", "server/")
TIDY = "clang-tidy-19"
_REPORT = re.compile(r"^(?P<path>/[^:\n]+):(?P<line>\d+):\d+: (?:error|warning): (?P<message>.*)$", re.MULTILINE)
# What g++ takes and clang does not, or what only slows clang down.
_GCC_ONLY = re.compile(r"-Winvalid-pch|-fsanitize=.*|-fno-sanitize-recover=.*|-D_FORTIFY_SOURCE=\d|-Werror.*|-W[a-z].*")


def tidy(tree, build):
    """The findings in every product file of the build's compile_commands.json."""
    commands = _commands(tree, build)
    if not commands:
        raise RuntimeError(f"{build} has no compile commands for the product; configure it first")
    clean = Path(build) / "lint" / "tidy"
    clean.mkdir(parents=True, exist_ok=True)
    config = (tree.root / ".clang-tidy").read_bytes() + subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(os.cpu_count()) as pool:
        (Path(scratch) / "compile_commands.json").write_text(json.dumps(list(commands.values())))
        dependencies = _dependencies(build)

        def look(path):
            key = _key(tree, config, commands[path], dependencies.get(path))
            if key and (clean / key).exists():
                return []
            found = _look(tree, scratch, path)
            if key and not found:
                (clean / key).touch()
            return found

        results = list(pool.map(look, commands))
    return sorted({finding for found in results for finding in found}, key=str)


def _commands(tree, build):
    """Path from the top of the tree -> its entry, the compiler's command made fit for clang."""
    entries = {}
    for entry in json.loads((Path(build) / "compile_commands.json").read_text()):
        path = os.path.relpath(os.path.join(entry["directory"], entry["file"]), tree.root)
        if path.startswith(PRODUCT):
            arguments = shlex.split(entry["command"])
            compiler = next(at for at, word in enumerate(arguments) if word.endswith(("++", "++-19")))
            arguments = ["clang++-19", "-Wthread-safety", *(word for word in arguments[compiler + 1 :] if not _GCC_ONLY.fullmatch(word))]
            entries[path] = {"directory": entry["directory"], "file": entry["file"], "arguments": arguments}
    return entries


def _dependencies(build):
    """Object file -> the files it was made from, as ninja remembers them; keyed by the first of them, the source."""
    run = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], capture_output=True, text=True)
    found = {}
    for block in run.stdout.split("\n\n"):
        lines = block.strip().splitlines()
        if len(lines) > 1 and "(VALID)" in lines[0]:
            files = [os.path.normpath(os.path.join(build, line.strip())) for line in lines[1:]]
            found[files[0]] = files
    return found


def _key(tree, config, entry, files):
    """Names everything the verdict depends on; None if it is not known yet."""
    source = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
    if files is None or any(not os.path.exists(file) for file in files):
        return None
    digest = hashlib.sha256(config + json.dumps(entry).encode())
    for file in [source, *files]:
        if Path(file).is_relative_to(tree.root):
            digest.update(file.encode() + Path(file).read_bytes())
        else:
            digest.update(f"{file} {os.stat(file).st_mtime_ns}".encode())
    return digest.hexdigest()


def _look(tree, commands, path):
    run = subprocess.run([TIDY, "--quiet", "-p", commands, str(tree.root / path)], capture_output=True, text=True)
    found = [Finding(os.path.relpath(report["path"], tree.root), int(report["line"]), report["message"])
             for report in _REPORT.finditer(run.stdout)]
    if run.returncode != 0 and not found:
        found.append(Finding(path, 1, f"{TIDY} could not read it: {run.stderr.strip()[-2000:] or run.stdout.strip()[-2000:]}"))
    return found


RULES = {"tidy": tidy}

_HEADER = """#pragma once
#include <expected>
#include <string>
namespace kith {
template <class T = void> class Result : public std::expected<T, int> {};
class __attribute__((capability("mutex"))) Mutex {};
struct Guarded { Mutex mutex; int value __attribute__((guarded_by(mutex))) = 0; };
Result<int> Open();
}
"""


def _canary(body):
    text = f'#include "client/core/a.h"\nnamespace kith {{ {body} }}\n'
    return {"client/core/a.h": _HEADER, "client/core/a.cc": text, ".clang-tidy": None, "compile_commands.json": None}


# None: the tree's own .clang-tidy; and commands for the planted file, made by lint.py.
CANARIES = {
    "tidy": [
        _canary("void F() { Open(); }"),
        _canary("void F() { (void)Open(); }"),
        _canary("int F(std::string a) { std::string b = std::move(a); return static_cast<int>(a.size() + b.size()); }"),
        _canary("int F(Guarded& guarded) { return guarded.value; }"),
    ]
}
CLEAN = {"tidy": _canary("bool F() { return Open().has_value(); }")}
