"""Rules about files as a whole."""

import re

from source import Finding, matches

LONGEST = 500
# Files that may be longer, each with the reason. Empty is best.
LONG_FILES = {}
COUNTED = (".cc", ".h", ".proto", ".py", ".sh", ".bats", ".cmake", ".ts", ".tsx")

# Data and licences are not ours to change.
NOT_OURS = re.compile(r"(^|/)(LICENSE|package-lock\.json)$|^tests/vectors/.*\.(json|txt)$|^tests/fuzz/corpus/")

# /home/person is nobody's: the one to use in examples.
MACHINE_PATH = re.compile(r"(?<![\w.$}/])/(root|home/(?!person\b)\w+|Users/\w+|work)(/|\b(?![\w-]))")
REGISTRY = re.compile(r'"resolved"\s*:|https?://[^\s"\'<>]*(registry|artifactory|nexus|npmjs|pypi|goproxy|proxy\.golang)[^\s"\'<>]*')
PROMISE = re.compile(r"\b([T]ODO|[F]IXME|[X]XX|[H]ACK)\b")


def _ours(tree):
    for path in tree.files:
        if not NOT_OURS.search(path) and "\0" not in tree.text(path)[:1024]:
            yield path


def file_length(tree):
    found = []
    for path in tree.files:
        lines = tree.text(path).count("\n") if path.endswith(COUNTED) or path == "dev" else 0
        if lines > LONGEST and path not in LONG_FILES:
            found.append(Finding(path, lines, f"{lines} lines, more than {LONGEST}: split off the second thing in it"))
    return found


def _text_rule(pattern, message):
    return lambda tree: [hit for path in _ours(tree) for hit in matches(path, tree.text(path), pattern, message)]


def pragma_once(tree):
    return [Finding(path, 1, "a header begins with #pragma once") for path in tree.code
            if path.endswith(".h") and "#pragma once" not in tree.text(path)]


RULES = {
    "file-length": file_length,
    "machine-paths": _text_rule(MACHINE_PATH, "a path of one machine"),
    "registry-hosts": _text_rule(REGISTRY, "a package registry's address"),
    "promises": _text_rule(PROMISE, "do it now, or open an issue"),
    "pragma-once": pragma_once,
}

CANARIES = {
    "file-length": [{"client/core/a.cc": "int x;\n" * (LONGEST + 1)}],
    "machine-paths": [{"dev": "cd /ro" + "ot/kith\n"}, {"README.md": "see /ho" + "me/ann/kith\n"}],
    "registry-hosts": [{"a.json": '{"resol' + 'ved": "x"}\n'}, {"dev": "curl https://regis" + "try.example.org/x\n"}],
    "promises": [{"client/core/a.cc": "// TO" + "DO: later\n"}],
    "pragma-once": [{"client/core/a.h": "int x;\n"}],
}

CLEAN = {
    name: {"client/core/a.h": "#pragma once\n// Reads $HOME/root and ./work/x; todo lists are entries too.\n" * 10}
    for name in RULES
}
