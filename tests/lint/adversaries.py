"""The protocol's list of attacks: each number has its tests, with a twin, and tests/README.md names their files."""

import re

from source import Finding

LIST = "tests/README.md"
NUMBERS = range(1, 26)
# A test of GoogleTest: the name of the suite, then its own.
TEST = re.compile(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", re.MULTILINE)
NUMBER = re.compile(r"Adversary(\d\d)")
OTHER_FORM = re.compile(r"\bAdversary\d(?!\d)|\bAdversarialTest\d+")
ROW = re.compile(r"^\| (\d+) \| (.*) \| (.*) \|$", re.MULTILINE)
PENDING = re.compile(r"^comes with \w+")


def _tests(tree):
    """For each number the files of its tests, and whether there are plain tests and twins."""
    found = {}
    for path in tree.code:
        if not path.startswith("tests/"):
            continue
        for suite, name in TEST.findall(tree.text(path)):
            match = NUMBER.search(suite + name)
            if match:
                entry = found.setdefault(int(match.group(1)), {"files": set(), "plain": False, "twin": False})
                entry["files"].add(path.removeprefix("tests/"))
                entry["twin" if "Twin" in name else "plain"] = True
    return found


def adversaries(tree):
    if LIST not in tree.files:
        return [Finding(LIST, 1, "the list of attacks and their tests is missing")]
    text = tree.text(LIST)
    rows = {int(number): (text.count("\n", 0, match.start()) + 1, tests)
            for match in ROW.finditer(text) for number, _, tests in [match.groups()]}
    tests = _tests(tree)
    found = [Finding(path, 1, f"write {match.group()} with two digits: AdversaryNN") for path in tree.code
             if path.startswith("tests/") for match in OTHER_FORM.finditer(tree.text(path))]
    for number in sorted(set(NUMBERS) | set(rows) | set(tests)):
        line, said = rows.get(number, (1, None))
        have = tests.get(number)
        if said is None:
            found.append(Finding(LIST, line, f"attack {number} has no row"))
        elif have is None:
            if not PENDING.match(said):
                found.append(Finding(LIST, line, f"no test is named Adversary{number:02}"))
        else:
            files = ", ".join(f"`{file}`" for file in sorted(have["files"]))
            if said != files:
                found.append(Finding(LIST, line, f"the tests of attack {number} are in {files}"))
            for form in ("plain", "twin"):
                if not have[form]:
                    found.append(Finding(LIST, line, f"attack {number} has no {form} test"))
    return found


RULES = {"adversaries": adversaries}


def _planted(tests="`sim/a_test.cc`", twin="TwinB", name="Adversary01"):
    rows = "".join(f"| {number} | what | {tests if number == 1 else 'comes with later work'} |\n" for number in NUMBERS)
    return {LIST: rows, "tests/sim/a_test.cc": f"TEST_F({name}, A) {{\n}}\nTEST_F({name}, {twin}) {{\n}}\n"}


CANARIES = {
    "adversaries": [
        {"tests/sim/a_test.cc": "TEST(Adversary01, A) {\n}\n"},
        _planted(tests="`sim/b_test.cc`"),
        _planted(tests="comes with later work"),
        _planted(twin="B"),
        _planted(name="Adversary26"),
        _planted(name="AdversarialTest1"),
        {LIST: _planted()[LIST].replace("| 25 |", "| 26 |"), "tests/sim/a_test.cc": _planted()["tests/sim/a_test.cc"]},
        {LIST: _planted()[LIST].replace("comes with later work", "`sim/a_test.cc`"),
         "tests/sim/a_test.cc": _planted()["tests/sim/a_test.cc"]},
    ],
}

CLEAN = {"adversaries": _planted()}
