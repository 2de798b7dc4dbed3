#!/usr/bin/env bats
# What a relay does wrong is named, kept and explained; and two sides can compare what they were given.
load helpers

words() { kith "$1" sync --check "${@:2}" --json | python3 -c 'import json,sys; print(*json.load(sys.stdin)["words"])'; }
same_words() { [[ $(words "$1" --timeout 30) == "$(words "$2" --timeout 30)" ]]; }
# alarms DEVICE: the codes of all alarms, those that are past in brackets.
alarms() {
  kith "$1" status --json | python3 -c '
import json, sys
print(*["(%s)" % a["code"] if a["past"] else a["code"] for a in json.load(sys.stdin)["alarms"]])'
}
# alarm DEVICE FIELD: of the first alarm.
alarm() { kith "$1" status --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["alarms"][0][sys.argv[1]])' "$2"; }
shows() { [[ $(alarms "$1") == "$2" ]]; }

with_two_devices() {
  relay_start one
  init a
  kith a relay set "$INVITE" >/dev/null
  link a b
}

@test "two devices that were given the same show the same six words" {
  with_two_devices
  write a "from a" >/dev/null
  write b "from b" >/dev/null
  synced a b a
  wait_for same_words a b
  local before
  before=$(words a)
  [[ $(wc -w <<<"$before") -eq 6 && -z $(alarms a)$(alarms b) ]]
  [[ $(kith a sync --check --timeout 30) == *"$before"* ]]
  write a "one more" >/dev/null
  [[ $(words a) != "$before" ]]
  wait_for same_words a b
}

@test "two friends compare in the same way what they share" {
  two_people
  introduce a b
  local id
  id=$(write a "for a friend")
  kith a share "$id" with b --hold none --yes >/dev/null
  wait_for in_inbox b "for a friend"
  wait_for same_as_friend
  [[ $(words a --friend b) != "$(words a)" ]]
  refused $NOT_FOUND kith a sync --check --friend nobody
  refused $USAGE kith a sync --friend b
}
same_as_friend() { [[ $(words a --friend b) == "$(words b --friend a)" ]]; }

@test "no words are shown while the relay cannot be asked" {
  with_two_devices
  synced a
  relay_stop
  refused $RELAY_AWAY kith a sync --check --timeout 2 --json
  [[ $(field error <<<"$stderr") == RELAY_UNREACHABLE ]]
}

@test "an older copy of the relay's data is a ROLLBACK; nothing is lost, and it is sent again" {
  with_two_devices
  local port=$PORT id
  synced a b
  relay_stop
  cp -a "$T/relay-one" "$T/yesterday"
  relay_serve one "$port"
  id=$(write a "written today")
  synced a b
  relay_stop
  rm -r "$T/relay-one"
  mv "$T/yesterday" "$T/relay-one"
  relay_serve one "$port"
  wait_for found_out b
  [[ $(text_of b "$id") == "written today" ]]
  [[ $(alarm b where) == "your own relay" && -n $(alarm b message) && -n $(alarm b advice) && $(alarm b since) -gt 0 ]]
  kith b agent stop
  kith b unlock
  [[ $(alarms b) == *ROLLBACK* ]]
  wait_for kith b sync --timeout 5
  wait_for shows b "(ROLLBACK)"
  run kith b status
  [[ $output == *"ROLLBACK, your own relay"* && $output == *"Past"* ]]
  # What was lost is there again, for a device that has nothing.
  link b c
  synced c
  [[ $(text_of c "$id") == "written today" ]]
  kith b status --dismiss
  [[ -z $(alarms b) && -z $(alarms c) ]]
}
found_out() {
  kith "$1" sync --timeout 5 >/dev/null 2>&1
  [[ $(alarms "$1") == *ROLLBACK* ]]
}

@test "a wiped relay and another one at its address are named until they are mended" {
  with_two_devices
  local port=$PORT folder
  write a "known to both" >/dev/null
  synced a b
  relay_stop
  relay_init two
  relay_serve two "$port"
  refused $RELAY_CHANGED kith a sync --timeout 10
  shows a RELAY_FOREIGN
  relay_stop
  while IFS= read -r folder; do rm -r "$folder"; done < <(find "$T/relay-one" -mindepth 1 -maxdepth 1 -type d)
  relay_serve one "$port"
  refused $RELAY_CHANGED kith a sync --timeout 10
  [[ $(alarms a) == *RELAY_WIPED* ]]
  kith a agent stop
  kith a unlock
  [[ $(alarms a) == *RELAY_WIPED* ]]
  write a "written all the same" >/dev/null
  [[ $(kith a status --dismiss --json | field dismissed) == 0 ]]
  relay_invite one
  kith a relay set "$INVITE" >/dev/null
  synced a
  [[ -z $(alarms a) ]]
  wait_for kith b sync --timeout 5
  [[ $(count b) -eq 2 && -z $(alarms b) ]]
}
