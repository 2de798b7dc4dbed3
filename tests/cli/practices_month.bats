#!/usr/bin/env bats
# A month of one person's use, and what it looks like afterwards: numbers that month.py works out from its own list.
load helpers

prepare() {
  cat >"$T/month.py" <<'PY'
import json, shlex, sys
from fractions import Fraction

day = lambda d: "2026-01-%02d" % d
# From the 11th to the 30th nothing was written.
checks = [(1, "feeling", -1, 4), (2, "numb", None, None), (3, "mixed", 0, 3), (4, "feeling", 2, None),
          (5, "numb", None, 2), (7, "cant-tell", None, 5), (8, "feeling", -3, 0), (31, "mixed", 1, 6)]
hunches = [(1, 8, "happened"), (2, 3, "not"), (3, 9, "partly"), (6, 5, "not"), (8, 6, "happened"), (9, 7, None)]
thoughts = [(1, 80, 40), (3, 60, 60), (5, 90, 30), (7, 50, 20), (10, 70, 65), (31, 40, None)]
tryouts = [(2, "class", 5, "stayed", 6), (4, "club", 7, "left", 4), (6, "gathering", 3, "skipped", None),
           (8, "class", 2, "stayed", 8), (10, "club", 6, "left", 6)]
company = [(1, "call", -1, 1), (2, "call", 0, 3), (3, "rest", -2, 0), (5, "group", 1, -1), (6, "message", 0, 1), (9, None, -1, 0),
           (7, "call", -3, None)]
loops = [(1, 1, None), (3, 2, None), (4, 3, None), (5, 2, "A walk first"), (6, 4, None), (31, 2, "My sister's kitchen")]
lonely = [(1, 6), (31, 4)]

def commands():
    def say(*words):
        return "record a " + shlex.join(str(word) for word in words)
    given = lambda name, value: [] if value is None else [name, value]
    for d, state, valence, energy in checks:
        yield say("check", state, *given("--valence", valence), *given("--energy", energy), "--on", day(d))
    for d, likely, outcome in hunches:
        add = say("hunch", "add", "--worry", "They laugh", "--likely", likely, "--on", day(d))
        yield add if outcome is None else 'kith a hunch close "$(%s)" %s' % (add, outcome)
    for d, before, after in thoughts:
        yield say("thought", "--thought", "Nobody asks", "--belief-before", before, *given("--belief-after", after),
                  "--on", day(d))
    for d, kind, expect, result, actual in tryouts:
        add = say("tryout", "add", "--type", kind, "--leave-after", 60, "--expect", expect, "--on", day(d))
        yield 'kith a tryout close "$(%s)" %s %s' % (add, result, "" if actual is None else "--actual %d" % actual)
    for d, kind, before, after in company:
        yield say("company", *given("--type", kind), "--before", before, *given("--after", after), "--on", day(d))
    for d, stage, out in loops:
        yield say("loop", "exit", stage, "--exit-text", out, "--on", day(d)) if out else say("loop", "tag", stage, "--on", day(d))
    for d, value in lonely:
        yield say("lonely", "--lonely", value, "--on", day(d))

def mean(values):
    values = [value for value in values if value is not None]
    return len(values), (float(Fraction(sum(values), len(values))) if values else None)

def group(marks, rows, first, second):
    out = {**marks, "n": len(rows)}
    for name, column in ((first, 1), (second, 2)):
        if name is None:
            continue
        n, value = mean([row[column] for row in rows])
        out["n_" + name] = n
        if value is not None:
            out["mean_" + name] = value
    return out

def expected(kind):
    """Points (day, mark, first, second) and groups."""
    if kind == "check":
        rows = {state: [c for c in checks if c[1] == state] for state in ("feeling", "numb", "mixed", "cant-tell")}
        shown = lambda state, c: (c[0], None, None) if state == "numb" else (c[0], c[2], c[3])
        return ([{"state": s, "date": day(d), "valence": v, "energy": e} for d, s, v, e in checks],
                [group({"state": s}, [shown(s, c) for c in of], "valence", "energy") for s, of in rows.items()])
    if kind == "hunch":
        closed = [h for h in hunches if h[2]]
        return ([{"outcome": o, "date": day(d), "likely": l} for d, l, o in closed],
                [group({"outcome": o}, [h for h in closed if h[2] == o], "likely", None)
                 for o in ("happened", "partly", "not")])
    if kind == "thought":
        both = [t for t in thoughts if t[2] is not None]
        return ([{"date": day(d), "belief_before": b, "belief_after": a} for d, b, a in both],
                [group({}, both, "belief_before", "belief_after")])
    if kind == "tryout":
        pair = lambda t: (t[0], t[2], t[4]) if t[4] is not None else (t[0], None, None)
        return ([{"result": r, "date": day(d), "expect": e, "actual": a} for d, _, e, r, a in tryouts],
                [group({"result": r}, [pair(t) for t in tryouts if t[3] == r], "expect", "actual")
                 for r in ("stayed", "left", "skipped")])
    if kind == "company":
        both = [c for c in company if c[3] is not None]
        return ([{"type": k, "date": day(d), "before": b, "after": a} for d, k, b, a in both],
                [group(bare({"type": k}), [(c[0], c[2], c[3]) for c in both if c[1] == k], "before", "after")
                 for k in ("message", "call", "group", "rest", None)])
    if kind == "loop":
        return ([{"stage": s, "date": day(d)} for d, s, _ in loops],
                [{"stage": s, "n": sum(l[1] == s for l in loops), "exits": [l[2] for l in loops if l[1] == s and l[2]]}
                 for s in (1, 2, 3, 4)])

def bare(point):
    return {name: value for name, value in point.items() if value is not None}

if sys.argv[1] == "commands":
    print("\n".join(commands()))
else:
    look = json.loads(sys.stdin.readline())
    points, groups = expected(sys.argv[1])
    assert look["enough"] and look["kind"] == sys.argv[1] and look["n"] == len(points), look
    assert look["points"] == [bare(point) for point in points], (look["points"], points)
    assert look["groups"] == groups, (look["groups"], groups)
PY
}

record() {
  local device=$1
  shift
  kith "$device" "$@" --json | field id
}

@test "a month looks back as it was: numb by itself, a quiet spell nowhere, and equal weight for what came true" {
  init a
  python3 "$T/month.py" commands >"$T/commands"
  while read -r command; do
    eval "$command" >"$T/said" || { echo "$command"; return 1; }
  done <"$T/commands"
  for kind in check hunch thought tryout company loop; do
    kith a look "$kind" --json | python3 "$T/month.py" "$kind"
  done
  # Two answers are too few for a line, and so are three days.
  [[ $(kith a look lonely --json | field enough) == false ]]
  [[ $(kith a look lonely --json | field points) == "[]" ]]
  run kith a look lonely
  [[ $status -eq 0 && $output == *"fewer than five"* ]]
  [[ $(kith a look check --from 2026-01-01 --to 2026-01-03 --json | field n) -eq 3 ]]
  [[ $(kith a look check --from 2026-01-01 --to 2026-01-05 --json | field n) -eq 5 ]]
  # In the terminal: a line a record, numb as a band, none for the days without.
  run kith a look check
  [[ $(grep -c '^2026-01-' <<<"$output") -eq 8 ]]
  [[ $(grep '^2026-01-02' <<<"$output") == *"~~~~"* && $(grep '^2026-01-04' <<<"$output") == *o* ]]
  [[ $(grep -c '~' <<<"$output") -eq 2 ]]
  for kind in check hunch thought tryout company loop lonely; do
    run kith a look "$kind"
    [[ $output != *because* && $output != *streak* && $output != *missed* && $output != *"!"* ]]
  done
  run kith a look company
  [[ $output == *"not said: 1"* && $output != *$'\n  all: '* ]]
  run kith a look loop
  [[ $output == *"A walk first"* && $output == *"My sister's kitchen"* ]]
}

@test "nothing is looked back at unasked, and what a look back takes is said" {
  init a
  run kith a look
  [[ $status -eq $USAGE ]]
  refused $USAGE kith a look trust
  refused $USAGE kith a look check --from yesteryear
  run kith a look check
  [[ $status -eq 0 && $output == *"fewer than five"* ]]
}

@test "five answers on loneliness are a line of one's own numbers: no cut-off, no name for any of them" {
  init a
  local day value
  for day in 2026-01-05:6 2026-01-19:10 2026-02-02:0 2026-02-16:4; do
    kith a lonely --lonely "${day#*:}" --on "${day%:*}" >/dev/null
  done
  run kith a look lonely
  [[ $output == *"fewer than five"* ]]
  kith a lonely --lonely 7 --on 2026-03-30 >/dev/null
  kith a look lonely --json | python3 -c '
import json, sys
look = json.loads(sys.stdin.readline())
days = ["2026-01-05", "2026-01-19", "2026-02-02", "2026-02-16", "2026-03-30"]
assert look["enough"] and look["n"] == 5, look
assert look["points"] == [{"date": d, "lonely": v} for d, v in zip(days, [6, 10, 0, 4, 7])], look
assert look["groups"] == [{"n": 5, "n_lonely": 5, "mean_lonely": 5.4}], look'
  run kith a look lonely
  [[ $status -eq 0 && $(grep -c '^2026-0' <<<"$output") -eq 5 ]]
  [[ $output == *"No number on this line stands for anything else"* ]]
  # Six weeks without an answer have no line, and every value has the same kind of line.
  [[ $(grep '^2026-0' <<<"$output" | sed 's/[0-9o|. -]//g; s/[[:space:]]//g' | sort -u | wc -l) -eq 1 ]]
  for word in high low severe mild moderate normal risk level score because; do
    [[ ${output,,} != *" $word"* ]]
  done
}
