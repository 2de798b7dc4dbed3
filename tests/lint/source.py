"""The tree as the rules see it: its files, their text, and their text without comments and strings."""

import os
import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CODE = (".cc", ".h")
SKIPPED_FOLDERS = {".git", "build", "node_modules", "__pycache__"}

# Comments and literals, in the order in which a compiler would meet them.
TOKENS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<raw>[^()\s]*)\(.*?\)(?P=raw)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL,
)


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


def without_comments_and_strings(text):
    """Blanks them and keeps every newline, so that line numbers stay true. #include lines are kept."""

    def blank(match):
        line_start = text.rfind("\n", 0, match.start()) + 1
        if match.group().startswith('"') and text[line_start : match.start()].lstrip().startswith("#include"):
            return match.group()
        newlines = "\n" * match.group().count("\n")
        return '""' + newlines if match.group()[0] in "\"R" else " " + newlines

    return TOKENS.sub(blank, text)


class Tree:
    """The files below a folder: those git knows of or would add, or simply all of them where there is no git."""

    def __init__(self, root):
        self.root = Path(root).resolve()
        self._text = {}
        self._bare = {}

    @cached_property
    def files(self):
        if (self.root / ".git").exists():
            command = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
            listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
            names = {name for name in listed if name and (self.root / name).is_file()}
        else:
            names = set()
            for folder, folders, found in os.walk(self.root):
                folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
                names.update(os.path.relpath(os.path.join(folder, name), self.root) for name in found)
        return sorted(names)

    @cached_property
    def code(self):
        return [path for path in self.files if path.endswith(CODE)]

    def text(self, path):
        if path not in self._text:
            self._text[path] = (self.root / path).read_text(encoding="utf-8", errors="replace")
        return self._text[path]

    def bare(self, path):
        if path not in self._bare:
            self._bare[path] = without_comments_and_strings(self.text(path))
        return self._bare[path]


def matches(path, text, pattern, message):
    """One finding for each match of a compiled pattern."""
    return [
        Finding(path, text.count("\n", 0, found.start()) + 1, f"{message}: {found.group().strip()}")
        for found in pattern.finditer(text)
    ]
