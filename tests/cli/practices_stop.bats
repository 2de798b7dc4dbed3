#!/usr/bin/env bats
# Ctrl-C at any question of any practice that asks: nothing is written, and the answers so far are a draft.
load helpers

record() {
  local device=$1
  shift
  kith "$device" "$@" --json | field id
}

# stops_at QUESTION COMMAND ANSWER...: types the first answers, and Ctrl-C at that question. An empty answer is Enter: it
# skips the question, or ends a list.
stops_at() {
  local at=$1 command=$2 script given=()
  shift 2
  script="spawn \$env(KITH) $command"
  for answer in "${@:1:at}"; do
    script+=$'\nsee "> "\n'"send -- {$answer}"$'\nsend "\\r"'
    [[ -z $answer ]] || given+=("$answer")
  done
  script+=$'\nsee "> "\nsend "\\x03"\nexit [ended]'
  KITH_HOME=$T/device-a KITH_PASSPHRASE_FILE=$T/passphrase at_terminal "$script"
  [[ $status -eq $CANCELLED ]] || { echo "$command at $at ended with $status"; return 1; }
  [[ $(kith a status --json | field entries) == "$ENTRIES" ]] || { echo "$command at $at wrote something"; return 1; }
  kith a drafts --json >"$T/drafts"
  if [[ ${#given[@]} -eq 0 ]]; then
    [[ ! -s $T/drafts && $output == *"nothing is kept"* ]]
    return
  fi
  [[ $output == *"kept as a draft"* ]] || { echo "$command at $at does not say so"; return 1; }
  python3 - "$T/drafts" "${given[@]}" <<'PY' || { echo "$command at $at"; return 1; }
import json, sys
(draft,) = [json.loads(line) for line in open(sys.argv[1])]
said = []
for value in draft["fields"].values():
    said += [str(one) for one in value] if isinstance(value, list) else [str(value)]
missing = [answer for answer in sys.argv[2:] if answer not in said]
assert not missing, (missing, draft)
PY
  kith a drafts drop "$(field id <"$T/drafts")" >/dev/null
}

# stops COMMAND ANSWER...: at each of its questions.
stops() {
  local at
  for ((at = 0; at < $# - 1; ++at)); do stops_at "$at" "$@"; done
}

@test "every practice that asks survives Ctrl-C at every question, and keeps the answers so far" {
  init a
  local hunch tryout helper
  kith a people pin Cleo --type friend >/dev/null
  hunch=$(record a hunch add --worry "They laugh")
  tryout=$(record a tryout add --type class)
  helper=$(record a helpers add --name "Dr. Wells")
  ENTRIES=$(kith a status --json | field entries)
  stops check mixed 1 3 chest ""
  stops "hunch add" "She is tired of me" 7
  stops "hunch close $hunch" not "She rang twice"
  stops kindly "I ruin everything" 8 "You were tired" 4
  stops thought "Nobody misses me" 80 "You are missed" "No call" "" "Two calls" "" "Busy days" "" "Ask Ben to walk" 60
  stops company call 20 yes -1 1
  stops "loop tag" 2 "A walk first"
  stops "loop exit" 3 "A walk first"
  stops lonely 5
  stops "reach draft Cleo" "Could we walk"
  stops "today choose Cleo" "Wave from the window"
  stops "people pin Dora" relative maybe
  stops "people step Cleo" "Send the photograph" 1
  stops "trust note Cleo" kept
  stops "trust door Cleo" 2
  stops grace between
  stops "grace letter" "You did what you could" "when I hide"
  stops "ladder add" 2 6
  stops "ladder prompt" "A song I liked" 2
  stops "helpers add" "Open group" group curious "How long is it" "" 2026-12-01
  stops "helpers change $helper" doctor booked "How long is it" "" 2026-12-01
  stops "tryout add" club 60 "I have an early day" 3
  stops "tryout close $tryout" left 6
  stops "support add" "Night line" "a number of my own" "its page" 2026-11-20
  # Skipping all but one, and stopping there.
  stops_at 3 company "" "" yes
}
