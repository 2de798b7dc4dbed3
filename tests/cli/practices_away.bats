#!/usr/bin/env bats
# Coming back after a long time: a plain welcome, once, and no count of anything.
load helpers

# Whatever is left of the text once dates, times, ids, versions and addresses are gone has no number but those given.
numbers_of() {
  python3 -c '
import re, sys
text = sys.stdin.read()
for known in (r"\d{4}-\d\d-\d\d", r"\d\d:\d\d(:\d\d)?", r"\b[0-9a-f]{8,}\b", r"\b\d+\.\d+\.\d+(\.\d+)?(:\d+)?\b"):
    text = re.sub(known, "", text)
print(*re.findall(r"\d+", text))'
}

@test "ninety days away: one plain welcome, and nowhere a number of days or of what was not written" {
  init a
  KITH=$(clocked "$KITH")
  kith a agent stop
  set_clock +0
  kith a unlock
  kith a people pin Cleo >/dev/null
  kith a today choose Cleo --step "Ring her bell" >/dev/null
  for day in 1 2 3 4 5; do
    kith a check mixed --valence 1 --energy 5 --on "2026-01-0$day" >/dev/null
    kith a hunch add --worry "They laugh" --likely 5 --on "2026-01-0$day" >/dev/null
  done
  kith a grace between >/dev/null
  kith a lonely --lonely 5 >/dev/null
  write a "The last page." >/dev/null
  said_before() { # what every command says, by people's and programs' eyes
    local command
    for command in status list today "check list" "hunch list" "grace list" "people list" "people steps" drafts inbox \
      "outbox list" "heard list" "look check" "look hunch" "look lonely" "search page" "quiet list"; do
      for format in "" --json; do
        echo "== $command $format"
        # Only what changes from one run to the next whoever is away goes: the process.
        kith a $command $format 2>&1 | sed 's/"pid": *[0-9]*//; s/process [0-9]*//'
      done
    done
  }
  said_before >"$T/before"
  kith a lock
  set_clock +89d
  [[ $(kith a unlock 2>&1) != *Welcome* ]]
  kith a lock
  # Counted from then.
  set_clock +179d
  run kith a list
  [[ $status -eq 0 && $(grep -c Welcome <<<"$output") -eq 1 ]]
  welcome=$(grep Welcome <<<"$output")
  [[ $welcome != *[0-9]* && $welcome != *away* && $welcome != *miss* && $welcome != *"!"* ]]
  # Everything else says word for word what it said before.
  said_before >"$T/after"
  diff "$T/before" "$T/after"
  # Not even among what it said before is there such a number: five check-ins, values, one person.
  for word in " days" missed streak absen "a while" "long time" since "last seen"; do
    if grep -i -- "$word" "$T/after"; then return 1; fi
  done
  if numbers_of <"$T/after" | grep -Ew '89|90|91|178|179|180'; then return 1; fi
  # Once: neither a second unlocking nor another command says it again.
  kith a lock
  run kith a unlock
  [[ $output != *Welcome* ]]
  run kith a list
  [[ $output != *Welcome* ]]
  # And programs are told nothing of it.
  kith a lock
  set_clock +400d
  run kith a list --json
  [[ $output != *elcome* ]]
}
