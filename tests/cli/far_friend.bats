#!/usr/bin/env bats
# Ada's relay and Ben's are machines of their own, each reached by a name over TLS; Ada's devices are on a third machine
# and Ben's on a fourth. All go by one clock, which passes through a year while Ben's cable is out.
load helpers
load machines

PORT=7788
declare -gA RELAY_OF RELAY_PROGRAM_OF

prepare() {
  command -v faketime >/dev/null || skip "faketime is not installed"
  local kith
  echo "+0" >"$T/clock"
  printf '192.0.2.1 river.kith.test\n192.0.2.2 hill.kith.test\n' >"$T/hosts"
  machine river 192.0.2.1
  machine hill 192.0.2.2
  machine ada 192.0.2.3 "$T/hosts"
  machine ben 192.0.2.4 "$T/hosts"
  kith=$(clocked "$KITH")
  # Each device's commands, and so its agent, run on its person's machine.
  # shellcheck disable=SC2016 # for the script's shell
  printf '#!/bin/sh\ncase $KITH_HOME in */device-a*) exec "%s" "$@" ;; esac\nexec "%s" "$@"\n' \
    "$(program_at ada "$kith")" "$(program_at ben "$kith")" >"$T/kith-of-either"
  chmod +x "$T/kith-of-either"
  KITH=$T/kith-of-either
  lives_at a river
  lives_at b hill
}

# lives_at PERSON NAME: that relay is set up and serves, and the person has two devices there.
lives_at() {
  RELAY_PROGRAM_OF[$2]=$(program_at "$2" "$(clocked "$KITH_RELAY")")
  KITH_RELAY=${RELAY_PROGRAM_OF[$2]} named_relay "$2" "$2.kith.test:$PORT"
  RELAY_OF[$1]=$RELAY
  KITH_RELAY=${RELAY_PROGRAM_OF[$2]} serve "$2"
  init "$1"
  kith "$1" relay set "$INVITE" >/dev/null
  link "$1" "${1}2"
}

# meets HOST GUEST: HOST shows the code; the friendship lives at HOST's relay.
meets() {
  RELAY=${RELAY_OF[$1]} introduce "$1" "$2"
  wait_for knows_friend "${1}2"
  wait_for knows_friend "${2}2"
  [[ $(kith "$2" friend list --json | field relay) == "${RELAY_OF[$1]}" ]]
}
knows_friend() { [[ -n $(kith "$1" friend list --json) ]]; }

# share DEVICE NAME TEXT [OPTION...]: an entry of that text leaves at once. Sets ID.
share() {
  local device=$1 name=$2 text=$3
  shift 3
  ID=$(write "$device" "$text")
  kith "$device" share "$ID" with "$name" --hold none --yes "$@" >/dev/null
}

# What a device's inbox holds, oldest first, one line each. Fails if the times of it go back.
received() {
  kith "$1" inbox --json | python3 -c '
import json, sys
items = [json.loads(line) for line in sys.stdin][::-1]
assert [item["at"] for item in items] == sorted(item["at"] for item in items)
print("\n".join(item["copy"]["text"] for item in items))'
}

cut_hold_short() { kith a outbox now "$(kith a outbox list --json | field number)"; }

# year FILE: a week after the other, one entry is shared by one of Ada's devices in turn; two change their wording, and
# two are taken back. Writes what stands at its end to FILE, in the order in which it last left.
year() {
  local week device third follows
  for week in {1..52}; do
    echo "+$((week * 7))d" >"$T/clock"
    device=a
    ((week % 2)) || device=a2
    share "$device" b "week $week"
    printf 'week %s\n' "$week" >>"$1"
    case $week in
      3) third=$ID ;;
      9)
        follows=$(write a "follows, as in week 9")
        kith a share "$follows" with b --follow --hold 1m --yes
        cut_hold_short
        ;;
      29)
        kith a edit "$third" --text "week 3, which stays as it was shared"
        kith a edit "$follows" --text "follows, as in week 29"
        cut_hold_short
        echo "follows, as in week 29" >>"$1"
        ;;
      40)
        kith a2 sync --timeout 30 >/dev/null
        kith a2 unshare "$third"
        sed -i '/^week 3$/d' "$1"
        ;;
    esac
  done
  echo "+365d" >"$T/clock"
  synced a a2
}

# away_for_a_year: Ben's cable is out; one of his devices is off, the other stays on. Then both are back.
away_for_a_year() {
  local item expected=$T/expected device
  share a b "before the year"
  echo "before the year" >"$expected"
  for device in b b2; do wait_for in_inbox "$device" "before the year"; done
  FIRST=$ID
  item=$(inbox_id b2 "before the year")
  kith b agent stop
  unplug ben
  echo "+1d" >"$T/clock"
  printf 'I have thought about it all day.' | kith b2 heard "$item" -
  write b2 "Ben's own, of the first day" >/dev/null
  year "$expected"
  [[ $(answers a "$FIRST") -eq 0 ]]
  refused $RELAY_AWAY kith b2 sync --timeout 1
  plug ben
  synced b2 b
  for device in b b2; do
    echo "$device:"
    received "$device" | diff "$expected" -
  done
  [[ $(wc -l <"$expected") -eq 53 && $(kith b list --json | field first_line) == "Ben's own, of the first day" ]]
  for device in a a2; do
    wait_for answered "$device" "$FIRST" 1
    [[ $(kith "$device" who "$FIRST" --json) == *"I have thought about it all day."* ]]
  done
  # It goes on from here as before.
  share a2 b "after the year"
  share b2 a "Ben's, after the year"
  for device in b b2; do wait_for in_inbox "$device" "after the year"; done
  for device in a a2; do wait_for in_inbox "$device" "Ben's, after the year"; done
}

@test "a friend who lives at another relay is away for a year and comes back to the writer's: all arrives, in order" {
  meets a b
  away_for_a_year
}

@test "the same at the friend's own relay, whose certificate was renewed meanwhile" {
  meets b a
  "${RELAY_PROGRAM_OF[hill]}" certificate renew --data "$T/relay-hill"
  relay_stop
  KITH_RELAY=${RELAY_PROGRAM_OF[hill]} serve hill
  away_for_a_year
}
