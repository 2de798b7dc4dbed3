"""Calls and habits that the house does without. Each ban names what to use instead and plants one violation of itself."""

import re
from dataclasses import dataclass

from source import Finding, matches

PROGRAMS = ("client/app/agent.cc", "client/cli/", "server/main", "server/admin", "tests/", "crypto/base/check")


@dataclass(frozen=True)
class Ban:
    name: str
    pattern: str
    instead: str
    planted: tuple  # (path, line of code), each of which the ban must find
    allowed: tuple = ()  # beginnings of paths where it is fine
    only: tuple = ("client/", "crypto/", "server/", "tests/")


BANS = [
    Ban("console", r"std::(cout|cerr|clog)\b|(?<![\w.>])(std::)?(f?printf|puts|fputs|putchar|perror)\s*\(",
        "libraries do not print; return it, or log it without content",
        (("client/core/a.cc", 'std::cout << "x";'), ("server/relay.cc", 'printf("x");')), PROGRAMS),
    Ban("sleep", r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.>])sleep\s*\(",
        "wait for the condition itself",
        (("tests/unit/a.cc", "std::this_thread::sleep_for(1s);"), ("client/app/a.cc", "usleep(5);"))),
    Ban("randomness", r"(?<![\w.>])(std::)?(s?rand|drand48)\s*\(|\brandom_device\b",
        "random bytes come from crypto, and in tests from a seed",
        (("client/core/a.cc", "int x = rand();"), ("tests/unit/a.cc", "std::random_device d;"))),
    Ban("weak-generators", r"\bmt19937|\bdefault_random_engine\b|\bminstd_rand",
        "random bytes come from crypto",
        (("client/core/a.cc", "std::mt19937 g;"), ("server/a.cc", "std::default_random_engine g;")), ("tests/",)),
    Ban("steady-clock", r"\b(steady|high_resolution)_clock::now\b",
        "core and the relay's rules know time only from a Clock",
        (("client/core/a.cc", "auto t = std::chrono::steady_clock::now();"), ("crypto/a.cc", "high_resolution_clock::now();")),
        ("client/adapters/", "client/app/", "client/cli/", "server/grpc_", "server/leveldb_", "server/host", "server/main", "tests/")),
    Ban("clock", r"\b(system|utc)_clock::now\b|\bclock_gettime\b|\bgettimeofday\b|\babsl::Now\b|"
        r"(?<![\w.>])(std::)?time\s*\(\s*(nullptr|NULL|0|&)",
        "take a Clock",
        (("client/core/a.cc", "auto t = std::chrono::system_clock::now();"), ("server/relay.cc", "auto t = time(nullptr);")),
        ("client/adapters/", "client/app/agent", "client/cli/", "server/grpc_", "server/host", "server/main", "tests/")),
    Ban("regex", r"\bstd::w?s?regex\b|#\s*include\s*<regex>",
        "it is slow and overflows the stack on long texts; parse by hand or with ICU",
        (("client/exchange/a.cc", "std::regex r;"), ("client/exchange/b.cc", "#include <regex>"))),
    Ban("exceptions", r"catch\s*\(\s*\.\.\.\s*\)|(?<!\w)throw\b",
        "Kith throws nothing; catch a library's own type at its edge and return a Result",
        (("client/app/a.cc", "try { F(); } catch (...) {}"), ("client/core/a.cc", "throw Error();")), ("tests/",)),
    Ban("dropped-result", r"(\(void\)|static_cast<void>\s*\()\s*[\w:.>\-\[\]*]+\s*\(|std::ignore\s*=",
        "handle the Result, or say in code why it cannot fail (KITH_CHECK)",
        (("client/core/a.cc", "(void)journal.Write(entry);"), ("server/a.cc", "static_cast<void>(log->Append(record));"),
         ("tests/unit/a.cc", "std::ignore = Open(key);"))),
    Ban("asserts", r"(?<![\w.>])assert\s*\(|#\s*include\s*<cassert>",
        "KITH_CHECK stays in release builds",
        (("crypto/a.cc", "assert(x);"), ("client/core/a.cc", "#include <cassert>"))),
    Ban("missing-in-gcc-12", r"\bstd::(format|vformat|print|println)\b|#\s*include\s*<(format|print)>",
        "g++ 12 has none; use fmt where it is allowed",
        (("client/app/a.cc", 'auto s = std::format("{}", 1);'), ("client/app/b.cc", "#include <format>"))),
    Ban("unsafe-c", r"(?<![\w.>])(std::)?(strcpy|strcat|sprintf|vsprintf|gets|strtok|tmpnam|mktemp|alloca|atoi|atol)\s*\(",
        "it is unbounded, or hides errors",
        (("client/cli/a.cc", "strcpy(a, b);"), ("client/cli/b.cc", "int x = atoi(text);"))),
    Ban("shell", r"(?<![\w.>])(std::)?(system|popen)\s*\(", "run a program by its arguments, never through a shell",
        (("client/cli/a.cc", "system(command);"), ("server/a.cc", "popen(command, mode);")), ("tests/",)),
    Ban("using-namespace", r"\busing\s+namespace\s+(std|grpc|leveldb|testing|google)\b(?!::)",
        "name what is used",
        (("client/core/a.cc", "using namespace std;"),)),
    Ban("empty-test", r"\b(EXPECT|ASSERT)_(TRUE\s*\(\s*true|FALSE\s*\(\s*false)\s*\)|\bSUCCEED\s*\(|\bTEST(_F|_P)?\s*\(\s*\w+,\s*DISABLED_",
        "a test that cannot fail, or does not run, is a defect",
        (("tests/unit/a.cc", "EXPECT_TRUE(true);"), ("tests/unit/b.cc", "TEST(A, DISABLED_B) {}")), (), ("tests/",)),
]

DEFAULT = re.compile(r"\bdefault\s*:")
OUR_CASE = re.compile(r"\bcase\s+(\w+::)*k[A-Z]\w*\s*:")
SHELL_SLEEP = re.compile(r"(?:^|[;&|]|\bdo\b|\bthen\b)[ \t]*sleep[ \t]+[0-9.$]", re.MULTILINE)
BARE_NOLINT = re.compile(r"NOLINT(NEXTLINE|BEGIN|END)?(?![A-Z(])")


def _ban(ban):
    pattern = re.compile(ban.pattern)

    def rule(tree):
        found = []
        for path in tree.code:
            if path.startswith(ban.only) and not (ban.allowed and path.startswith(ban.allowed)):
                found += matches(path, tree.bare(path), pattern, ban.instead)
        return found

    return rule


def switch_default(tree):
    """A switch over our own enums (kNames) has no default, so that the compiler names the place a new value must be handled."""
    found = []
    for path in tree.code:
        text = tree.bare(path)
        for start in re.finditer(r"\bswitch\s*\(", text):
            body = _body(text, start.end())
            if OUR_CASE.search(body) and DEFAULT.search(body):
                line = text.count("\n", 0, start.start()) + 1
                found.append(Finding(path, line, "our enums are closed: name every case instead of default"))
    return found


def _body(text, at):
    """The text between the braces that follow, nested switches blanked."""
    start = text.find("{", at)
    depth = 0
    for end in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            inner = text[start + 1 : end]
            nested = re.search(r"\bswitch\s*\(", inner)
            return inner if not nested else inner[: nested.start()] + inner[nested.end() + len(_body(inner, nested.end())) :]
    return ""


def shell_sleep(tree):
    found = []
    for path in tree.files:
        if path.endswith((".sh", ".bats", ".bash", ".exp")) or path in ("dev", ".ci/run"):
            found += matches(path, tree.text(path), SHELL_SLEEP, "wait for the condition itself")
    return found


def bare_nolint(tree):
    found = []
    for path in tree.code:
        found += matches(path, tree.text(path), BARE_NOLINT, "name the check that is silenced, in brackets")
    return found


RULES = {ban.name: _ban(ban) for ban in BANS} | {
    "switch-default": switch_default,
    "shell-sleep": shell_sleep,
    "bare-nolint": bare_nolint,
}

CANARIES = {ban.name: [{path: line + "\n"} for path, line in ban.planted] for ban in BANS} | {
    "switch-default": [
        {"client/core/a.cc": "int F(Code c) {\n  switch (c) {\n    case Code::kGap: { return 1; }\n    default: return 2;\n  }\n}\n"},
        {"server/a.cc": "switch (a) { case kOne: switch (b) { case kTwo: break; default: break; } }\n"},
    ],
    "shell-sleep": [{"tests/cli/a.sh": "start &\nsleep 1\n"}, {"tests/cli/a.bats": "while ! up; do sleep 0.1; done\n"}],
    "bare-nolint": [{"client/core/a.cc": "int x;  // NO" + "LINT\n"}],
}

_CLEAN_CODE = """// std::cout, sleep(1), throw, NOLINTNEXTLINE(bugprone-x) and assert( are only words here.
const char* text = "std::regex throw default: (void)F()";
int F(Code c, int n, [[maybe_unused]] int unused) {
  switch (n) { case 1: return 1; default: break; }
  switch (c) { case Code::kGap: return 1; case Code::kLocked: return 2; }
  snprintf(buffer, sizeof buffer, "x");
  clock.time(3);
  return log.sleep(1);
}
"""
CLEAN = {name: {"client/core/a.cc": _CLEAN_CODE, "tests/cli/a.sh": "wait_until ready # sleep 1\n"} for name in RULES}
