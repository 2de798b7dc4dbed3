#!/usr/bin/env bats
# Two people who meet by a spoken code, with two devices each.
load helpers

@test "two people meet by code; every device of both knows the other, by its own name for them" {
  two_people
  introduce a b
  [[ $(kith a friend list --json | field name) == b && $(kith b friend list --json | field name) == a ]]
  wait_for known a2 b
  wait_for known b2 a
  [[ -z $(kith b inbox --json) && $(kith a status --json | field shared_entries) -eq 0 ]]
}
known() { [[ $(kith "$1" friend list --json | field name) == "$2" ]]; }

@test "the safety number is the same on all four devices" {
  two_people
  introduce a b
  wait_for known a2 b
  wait_for known b2 a
  local number device
  number=$(kith a friend verify b)
  [[ $(wc -w <<<"$number") -eq 12 && $number =~ ^[0-9]{5}\  ]]
  [[ $(kith a2 friend verify b) == "$number" ]]
  for device in b b2; do [[ $(kith "$device" friend verify a) == "$number" ]]; done
  [[ $(kith a friend list --json | field verified) == false ]]
  kith a friend verify b --compared --yes
  [[ $(kith a friend list --json | field verified) == true && $(kith b friend list --json | field verified) == false ]]
}

@test "a wrong code makes no friends and burns the right one" {
  two_people
  show_friend_code a b
  refused $PAIRING kith b friend add "${CODE%%-*}-zoo-zoo-zoo" --relay "$RELAY" --name a --json
  [[ $(field error <<<"$stderr") == PAIRING_FAILED ]]
  meeting_ends $PAIRING
  refused $PAIRING kith b friend add "$CODE" --relay "$RELAY" --name a
  [[ -z $(kith a friend list --json)$(kith b friend list --json) ]]
}

@test "a code is for one person, once; Ctrl-C takes it back" {
  two_people
  introduce a b
  init c
  refused $PAIRING kith c friend add "$CODE" --relay "$RELAY" --name a --json
  [[ $(field error <<<"$stderr") == PAIRING_GONE ]]
  show_friend_code a c
  kill -INT "$MEETING_PID"
  meeting_ends $CANCELLED
  refused $PAIRING kith c friend add "$CODE" --relay "$RELAY" --name a
  [[ $(kith a friend list --json | wc -l) -eq 1 ]]
}

@test "a code for a friend links no device, and one for a device makes no friend" {
  two_people
  new_device c
  show_friend_code a b
  refused $PAIRING kith c link "$CODE" --relay "$RELAY" --kdf-memory $KDF
  meeting_ends $PAIRING
  show_code a c
  refused $PAIRING kith b friend add "$CODE" --relay "$RELAY" --name a
  link_ends $PAIRING
  [[ -z $(kith a friend list --json) && $(kith a devices --json | wc -l) -eq 2 ]]
}

@test "meeting oneself, or the same person again, is refused" {
  two_people
  show_friend_code a me
  run --separate-stderr kith a2 friend add "$CODE" --relay "$RELAY" --name me
  [[ $status -ne 0 && -n $stderr ]]
  meeting_fails
  introduce a b
  show_friend_code a again
  run --separate-stderr kith b friend add "$CODE" --relay "$RELAY" --name again
  [[ $status -ne 0 && -n $stderr ]]
  meeting_fails
  [[ $(kith a friend list --json | wc -l) -eq 1 && $(kith b friend list --json | wc -l) -eq 1 ]]
}

@test "a name is one's own; the other is not told of a new one" {
  two_people
  introduce a b
  kith a friend rename b "Ben from the allotment"
  [[ $(kith a friend list --json | field name) == "Ben from the allotment" ]]
  wait_for known a2 "Ben from the allotment"
  [[ $(kith b friend list --json | field name) == a ]]
  refused $NOT_FOUND kith a friend rename b nobody
  refused $USAGE kith a friend rename "Ben from the allotment" ""
}

@test "resting holds what goes either way; its end brings it, in order" {
  two_people
  introduce a b
  local one two
  kith b friend rest a
  [[ $(kith b friend list --json | field state) == resting ]]
  one=$(write a "the first")
  two=$(write a "the second")
  kith a share "$one" with b --hold none --yes
  kith a share "$two" with b --hold none --yes
  synced a b
  inbox_empty b
  kith b friend rest a --end
  wait_for in_inbox b "the first"
  wait_for in_inbox b "the second"
  [[ $(kith b inbox --json | field copy | python3 -c 'import json,sys; print(json.load(sys.stdin)["text"])') == "the second" ]]
}

@test "leaving takes back what was shared, asks first, and tells nobody" {
  two_people
  introduce a b
  local id notices
  notices=$(kith b status --json | field notices)
  id=$(write a "seen for a while")
  kith a share "$id" with b --hold none --yes
  wait_for in_inbox b "seen for a while"
  refused $USAGE kith a friend leave b
  run --separate-stderr kith a friend leave b --yes --json
  echo "exit $status: $output $stderr"
  [[ $status -eq 0 && $(field taken_back <<<"$output") -eq 1 ]]
  [[ -z $(kith a friend list --json) ]]
  refused $NOT_FOUND kith a share "$id" with b --yes
  wait_for inbox_empty b
  [[ $(kith b status --json | field notices) == "$notices" && $(kith b friend list --json | wc -l) -eq 1 ]]
}

@test "with the relay away nobody is met, the code stays good, and it is said what to do" {
  two_people
  local port=$PORT
  relay_stop
  refused $RELAY_AWAY kith a friend add --name b
  [[ $stderr == *"no friend was added"*"kith friend add"* ]]
  refused $RELAY_AWAY kith b friend add 1234-cabin-lunar-oak --relay "$RELAY" --name a
  [[ $stderr == *"no friend was added"*"the same code again"* ]]
  relay_serve one "$port"
  introduce a b
}

@test "a locked vault asks for the passphrase, and without anybody to ask keeps the words" {
  two_people
  introduce a b
  kith a share "$(write a "for an answer")" with b --hold none --yes
  wait_for in_inbox b "for an answer"
  local item kept
  item=$(inbox_id b "for an answer")
  kith b lock
  refused $LOCKED kith_bare b friend list
  refused $LOCKED kith_bare b friend add --name c
  refused $LOCKED kith_bare b heard "$item" - <<<"I am glad you told me."
  kept=${stderr##*< }
  [[ -n $kept && $(<"$kept") == "I am glad you told me." ]]
  rm -r "$(dirname "$kept")"
  command -v expect >/dev/null || skip "expect is not installed"
  KITH_HOME=$T/device-b SECRET=$PASSPHRASE at_terminal '
    spawn $env(KITH) inbox
    see "assphrase:"; send "not this\r"
    see "Try again."; see "assphrase:"; send "$env(SECRET)\r"
    see "for an answer"
    exit [ended]'
  [[ $status -eq 0 ]]
}

@test "Ctrl-C at any question changes nothing" {
  command -v expect >/dev/null || skip "expect is not installed"
  two_people
  introduce a b
  local id
  id=$(write a "not today")
  export KITH_HOME=$T/device-a KITH_PASSPHRASE_FILE=$T/passphrase
  interrupted "friend add" "call them"
  interrupted "friend leave b" "y/N"
  interrupted "friend verify b --compared" "y/N"
  interrupted "share $id with b" "y/N"
  interrupted "friend add --name c" "Waiting for them"
  unset KITH_HOME KITH_PASSPHRASE_FILE
  [[ $(kith a friend list --json | wc -l) -eq 1 && $(kith a friend list --json | field verified) == false ]]
  [[ -z $(kith a outbox list --json) && $(kith a status --json | field shared_entries) -eq 0 ]]
}
# interrupted COMMAND TEXT: Ctrl-C once the text is shown ends it as stopped.
interrupted() {
  COMMAND=$1 TEXT=$2 at_terminal '
    spawn $env(KITH) {*}$env(COMMAND)
    see $env(TEXT); send "\003"
    see "topped"
    exit [ended]'
  [[ $status -eq $CANCELLED ]]
}

@test "at a terminal a name is asked for, the number is drawn, and leaving takes a yes" {
  command -v expect >/dev/null || skip "expect is not installed"
  two_people
  KITH_HOME=$T/device-a KITH_PASSPHRASE_FILE=$T/passphrase at_terminal '
    spawn $env(KITH) friend add
    see "What do you want to call them"; send "\r"
    see "nothing was begun"
    exit [ended]'
  [[ $status -eq $CANCELLED ]]
  introduce a b
  KITH_HOME=$T/device-a KITH_PASSPHRASE_FILE=$T/passphrase TERM=xterm at_terminal '
    set stty_init "columns 80"
    spawn $env(KITH) friend verify b --compared
    see -re {[0-9]{5} [0-9]{5}}; see "█▀▀▀▀▀█"; see "y/N"; send "y\r"
    see "Marked"; ended
    spawn $env(KITH) friend leave b
    see "Leave b?"; send "n\r"
    see "Nothing was changed."
    exit [ended]'
  [[ $status -eq $CANCELLED && $(kith a friend list --json | field verified) == true ]]
}
