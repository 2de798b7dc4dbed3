"""How Kith speaks to people who feel bad while they use it: no word that presses, praises, judges or diagnoses."""

import re

from source import TOKENS, Finding

# Where what people read is written. What is asked of programs (the protocol, the store) speaks to nobody.
FOLDERS = ("client/cli/", "client/app/", "client/core/", "client/model/", "client/exchange/", "client/adapters/", "server/")

WORDS = re.compile(
    r"\b(shoulds?|shouldn't|ought|must try|try harder|streaks?|badges?|goals?|congratulations?|well done|good job|great job|proud"
    r"|keep it up|you failed|failed you|lazy|cure[sd]?|diagnos\w+|disorders?|symptoms?|irrational|overreact\w*"
    r"|calm down|get over it|toxic|victims?|survivors?|mentally ill)\b",
    re.IGNORECASE,
)
EXCLAMATION = re.compile(r"(?:[A-Za-z0-9]|\w\))!(?!=)")
# Literals that stand one after the other are one to the compiler, and to who reads.
_BETWEEN = re.compile(r"\s+")


def _spoken(text):
    """Each run of adjacent literals as one, with the line on which it begins."""
    run, begin, end = "", 0, 0
    for match in TOKENS.finditer(text):
        if not match.group().startswith(('"', 'R"')):
            continue
        if text[text.rfind("\n", 0, match.start()) + 1 : match.start()].lstrip().startswith("#include"):
            continue
        if run and _BETWEEN.fullmatch(text[end : match.start()]):
            run += match.group()[1:-1]
        else:
            if run:
                yield begin, run
            run, begin = match.group()[1:-1], text.count("\n", 0, match.start()) + 1
        end = match.end()
    if run:
        yield begin, run


def words(tree):
    found = []
    for path in tree.code:
        if not path.startswith(FOLDERS):
            continue
        for line, said in _spoken(tree.text(path)):
            for pattern, why in ((WORDS, "not a word for Kith"), (EXCLAMATION, "no exclamation marks")):
                if hit := pattern.search(said):
                    found.append(Finding(path, line, f'{why}: "{hit.group()}"'))
    return found


RULES = {"words": words}

CANARIES = {
    "words": [
        {"client/model/a.cc": 'const char* const kA = "You should rest.";\n'},
        {"client/cli/a.cc": 'const char* const kA = "A streak of seven days";\n'},
        {"client/core/a.cc": 'const char* const kA = "Well "\n    "done.";\n'},
        {"client/app/a.cc": 'const char* const kA = "Saved!";\n'},
        {"client/cli/a.cc": "const char* const kA = c == '\"' ? \"You should rest\" : nullptr;\n"},
        {"client/cli/a.cc": 'const char* const kA = R"(You\nshould rest)";\n'},
        {"client/cli/a.cc": 'const char* const kA = "Done (really)!";\n'},
        {"server/a.cc": 'const char* const kA = "Congratulations";\n'},
    ]
}

CLEAN = {
    "words": {
        "client/cli/a.cc": '#include "client/goals.h"\n// What should hold: a != b, and no streaks!\nconst char* const kA = "Not saved. a!=b";\n'
        'const char* const kB = "!";\n'
    }
}
