#!/usr/bin/env bats
# A person's devices: names, and revoking one that was stolen.
load helpers

field_of() { kith "$1" devices --json | python3 -c '
import json, sys
for line in sys.stdin:
    device = json.loads(line)
    if device["label"] == sys.argv[1]: print(str(device[sys.argv[2]]).lower())' "$2" "$3"; }
named() { [[ -n $(field_of "$1" "$2" id) ]]; }
is_revoked() { [[ $(field_of "$1" "$2" revoked) == true ]]; }
name_of() { kith "$1" devices --json | python3 -c '
import json, sys
print(next(d["label"] for d in map(json.loads, sys.stdin) if d["this_device"]))'; }
has_entry() { kith "$1" show "$2" >/dev/null 2>&1; }

# Person a with devices a and a2, and a friend b with devices b and b2, in step.
friends_with_devices() {
  two_people
  introduce a b
  wait_for has_friend a2 b
  wait_for has_friend b2 a
}
has_friend() { [[ $(kith "$1" friend list --json | field name) == "$2" ]]; }

# Of every place that the device had: both things done.
all_places() { python3 -c '
import json, sys
last = [json.loads(line) for line in sys.stdin][-1]
assert last["done"], last
assert last["places"], last
for place in last["places"]: assert place["cut_off"] and place["new_keys"], place
print(len(last["places"]))'; }

@test "a device gets another name, on all devices" {
  init a
  relay_start one
  kith a relay set "$INVITE" >/dev/null
  link a b
  kith a devices rename "$(name_of b)" "Kitchen laptop"
  synced a b
  named b "Kitchen laptop"
  [[ $(name_of b) == "Kitchen laptop" ]]
  refused $NOT_FOUND kith a devices rename phone x
  refused $USAGE kith a devices rename "kitchen laptop" ""
}

@test "a stolen device, revoked from another one, reads nothing written afterwards and fetches nothing" {
  friends_with_devices
  local before own shared stolen places
  before=$(write a2 "written on the stolen device, before")
  synced a2 a
  stolen=$(name_of a2)
  places=$(kith a devices revoke "$stolen" --yes --json | all_places)
  [[ $places -eq 2 ]]  # the journal, and the friend's circle
  own=$(write a "own, written afterwards")
  shared=$(write a "shared, written afterwards")
  kith a share "$shared" with b --hold none --yes
  synced a
  # The friend has it; the stolen device cannot even ask.
  wait_for in_inbox b "shared, written afterwards"
  wait_for in_inbox b2 "shared, written afterwards"
  refused $RELAY_REFUSED kith a2 sync --timeout 20 --json
  [[ $(field error <<<"$stderr") == DEVICE_REVOKED ]]
  refused $NOT_FOUND kith a2 show "$own"
  refused $NOT_FOUND kith a2 show "$shared"
  [[ $(kith a2 status --json | field problem) == DEVICE_REVOKED ]]
  # What is there stays readable there, and the others have it too.
  [[ $(text_of a2 "$before") == "written on the stolen device, before" ]]
  [[ $(text_of a "$before") == "written on the stolen device, before" ]]
  # What the friend shares from now on it does not get either.
  local theirs
  theirs=$(write b2 "of the friend, afterwards")
  kith b2 share "$theirs" with a --hold none --yes
  wait_for in_inbox a "of the friend, afterwards"
  inbox_empty a2
  is_revoked a "$stolen"
  # What is written on it stays there.
  local kept
  kept=$(write a2 "written by the thief")
  [[ $(text_of a2 "$kept") == "written by the thief" ]]
  kith a sync --timeout 20
  refused $NOT_FOUND kith a show "$kept"
}

@test "a third device goes on after a revocation, and so does one linked later" {
  init a
  relay_start one
  kith a relay set "$INVITE" >/dev/null
  link a b
  link a c
  synced a b c a
  kith a devices revoke "$(name_of c)" --yes >/dev/null
  local from_b from_a
  from_b=$(write b "from b")
  from_a=$(write a "from a")
  synced a b a b
  [[ $(text_of a "$from_b") == "from b" && $(text_of b "$from_a") == "from a" ]]
  link b d
  synced b d
  [[ $(text_of d "$from_a") == "from a" ]]
  write d "from d" >/dev/null
  synced d a
  [[ $(kith a list --json) == "$(kith d list --json)" ]]
}

@test "revoking says first what will happen, asks for the passphrase, and does not take this device" {
  init a
  relay_start one
  kith a relay set "$INVITE" >/dev/null
  link a b
  refused $USAGE kith a devices revoke "$(name_of a)" --yes
  refused $NOT_FOUND kith a devices revoke nobody --yes
  refused $USAGE kith a devices revoke "$(name_of b)"   # nobody there to ask
  echo wrong >"$T/wrong" && chmod 600 "$T/wrong"
  KITH_HOME=$T/device-a KITH_PASSPHRASE_FILE=$T/wrong refused $LOCKED setsid -w "$KITH" devices revoke b --yes
  [[ $stderr == *"This cannot be undone."* && $stderr == *"What it has already, it keeps"* ]]
  ! is_revoked a "$(name_of b)"
}

@test "with the relay away a revocation is known here at once and carried out as soon as it is back" {
  init a
  relay_start one
  local port=$PORT
  kith a relay set "$INVITE" >/dev/null
  link a b
  synced a b
  local stolen own
  stolen=$(name_of b)
  relay_stop
  run kith a devices revoke "$stolen" --yes --timeout 2
  [[ $status -eq 0 && $output == *"Not done yet: your journal."* ]]
  is_revoked a "$stolen"
  relay_serve one "$port"
  own=$(write a "afterwards")
  synced a
  refused $RELAY_REFUSED kith b sync --timeout 20
  refused $NOT_FOUND kith b show "$own"
}
