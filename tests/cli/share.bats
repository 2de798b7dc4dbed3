#!/usr/bin/env bats
# Sharing one entry with a friend: holding, reading, answering, taking back. Two people with two devices each.
load helpers

prepare() {
  two_people
  introduce a b
}

# share DEVICE TEXT [OPTION...]: an entry of that text, shared with b at once. Sets ID.
share() {
  local device=$1 text=$2
  shift 2
  ID=$(write "$device" "$text")
  kith "$device" share "$ID" with b --hold none --yes "$@" >/dev/null
}

@test "an entry is held, leaves, is read and heard on both of the friend's devices, and is taken back" {
  local id item device number
  id=$(write a "The bench by the river." --title "Where I go" --tag secret --journal Nights)
  number=$(kith a share "$id" with b --note "About last winter" --yes --json | field held)
  [[ $(kith a outbox list --json | field number) -eq $number ]]
  reached a "$id" held
  synced a b b2
  inbox_empty b
  inbox_empty b2
  kith a outbox now "$number"
  for device in b b2; do
    wait_for in_inbox "$device" "Where I go"
    item=$(inbox_id "$device" "Where I go")
    [[ $(inbox_text "$device" "$item") == "The bench by the river." ]]
    run kith "$device" inbox show "$item"
    [[ $output == *"Note: About last winter"* && $output != *secret* && $output != *Nights* ]]
  done
  printf 'I am glad you told me.' | kith b heard "$item" -
  kith b2 heard "$item" --call
  wait_for answered a "$id" 2
  wait_for answered a2 "$id" 2
  wait_for reached a "$id" fetched
  run kith a unshare "$id" --with b
  [[ $status -eq 0 && $output == *"What was read stays read"* ]]
  wait_for inbox_empty b
  wait_for inbox_empty b2
  [[ $(kith a status --json | field shared_entries) -eq 0 ]]
}

@test "the preview is what the friend then sees" {
  local id item
  id=$(write a $'One line.\n\nAnother.' --title "Two lines")
  kith a share "$id" with b --note "A note" --preview >"$T/preview" 2>/dev/null
  [[ -z $(kith a outbox list --json) ]]
  kith a share "$id" with b --note "A note" --hold none --yes
  wait_for in_inbox b "Two lines"
  item=$(inbox_id b "Two lines")
  kith b inbox show "$item" 2>/dev/null | tail -n +2 | diff - "$T/preview"
}

@test "a cancelled share leaves the relay as it was, to the byte" {
  local id before
  id=$(write a "On second thought")
  wait_for settled
  before=$(relay_digest one)
  [[ $(kith a share "$id" with b --yes --json | field held) -eq 1 ]]
  synced a a2 b b2
  kith a outbox cancel 1
  synced a a2 b b2
  [[ $(relay_digest one) == "$before" ]]
  refused $NOT_FOUND kith a outbox cancel 1
  refused $NOT_FOUND kith a outbox now 1
  [[ $(kith a who "$id" --json | field audience) == "[]" ]]
  kith a share "$id" with b --hold none --yes
  wait_for reached a "$id" unknown
  [[ $(relay_digest one) != "$before" ]]
}
# Nobody has anything left to send: the relay's files stay as they are while all four sync.
settled() {
  local before
  synced a a2 b b2
  before=$(relay_digest one)
  synced a a2 b b2
  [[ $(relay_digest one) == "$before" ]]
}

@test "a hold runs by the clock, and what came due while locked is held anew" {
  command -v faketime >/dev/null || skip "faketime is not installed"
  local id
  id=$(write a "In a while")
  kith a agent stop
  set_clock +0
  KITH=$(clocked "$KITH") kith a unlock
  kith a share "$id" with b --hold 5m --yes
  kith a lock
  set_clock +10m
  kith a unlock
  synced a b
  inbox_empty b
  [[ -n $(kith a outbox list --json) ]]
  set_clock +16m
  # Holding something else makes the agent look at the clock.
  kith a share "$(write a "Not now")" with b --hold 24h --yes >/dev/null
  wait_for in_inbox b "In a while"
  [[ -z $(inbox_id b "Not now") ]]
}

@test "a share with an end leaves the friend's list by their clock, and is taken back by the writer's" {
  command -v faketime >/dev/null || skip "faketime is not installed"
  local id
  id=$(write a "For a week")
  kith a agent stop
  kith b agent stop
  set_clock +0
  KITH=$(clocked "$KITH") kith a unlock
  KITH=$(clocked "$KITH") kith b unlock
  kith a share "$id" with b --hold none --expires 7d --yes
  wait_for in_inbox b "For a week"
  [[ $(kith a who "$id" --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["audience"][0]["expires"] > 0)') == True ]]
  kith a agent stop
  set_clock +8d
  inbox_empty b
  KITH=$(clocked "$KITH") kith a unlock
  wait_for reached a "$id" taken-back
  refused $USAGE kith a share "$id" with b --expires soon --yes
}

@test "twenty thousand characters with curly quotes, emoji and right-to-left text arrive byte for byte" {
  python3 - >"$T/long" <<'PY'
import sys
line = "\u201cQuiet,\u201d she said \u2014 it\u2019s fine. \U0001f469\u200d\U0001f467 \u05e9\u05dc\u05d5\u05dd \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 e\u0301 \u65e5\u8a18\r\n\ttab \u202bturned\u202c\n"
sys.stdout.buffer.write((line * 400)[:20000].encode())
PY
  local id item
  id=$(kith a write --title Long --json <"$T/long" | field id)
  kith a show "$id" --json | python3 -c 'import json,sys; sys.stdout.buffer.write(json.load(sys.stdin)["text"].encode())' >"$T/own"
  kith a share "$id" with b --hold none --yes
  wait_for in_inbox b Long
  item=$(inbox_id b Long)
  kith b inbox show "$item" --json | python3 -c 'import json,sys; sys.stdout.buffer.write(json.load(sys.stdin)["copy"]["text"].encode())' >"$T/theirs"
  cmp "$T/own" "$T/theirs"
  cmp "$T/long" "$T/theirs"
}

# Of what could command a terminal or turn text around, nothing reaches it; line ends alone stay.
harmless() { ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]' "$1"; }

@test "hostile words of a friend show harmlessly, and exactly as JSON" {
  local hostile=$'\e]0;gone\a\e[2J\u202egnp.exe\u2066 \u009b31m\x7f' item
  share a "$hostile" --note "$hostile"
  wait_for in_inbox b "$hostile"
  item=$(inbox_id b "$hostile")
  kith b inbox >"$T/list"
  kith b inbox show "$item" >"$T/shown"
  printf '%s' "$hostile" | kith b heard "$item" -
  wait_for answered a "$ID" 1
  kith a who "$ID" >"$T/who"
  printf '%s\n' "$hostile" >"$T/raw"
  run ! harmless "$T/raw"
  harmless "$T/list"
  harmless "$T/shown"
  harmless "$T/who"
  grep -q "gnp.exe" "$T/shown"
  [[ $(inbox_text b "$item") == "$hostile" ]]
}

@test "a share is a copy: later edits stay private, unless it follows" {
  local kept followed
  share a "as it was"
  kept=$ID
  followed=$(write a "first wording")
  kith a share "$followed" with b --follow --hold 1m --yes
  kith a outbox now "$(kith a outbox list --json | field number)"
  wait_for in_inbox b "as it was"
  wait_for in_inbox b "first wording"
  kith a edit "$kept" --text "as it became"
  kith a edit "$followed" --text "second wording"
  [[ $(kith a outbox list --json | wc -l) -eq 1 ]]
  kith a outbox now "$(kith a outbox list --json | field number)"
  wait_for in_inbox b "second wording"
  synced a b
  [[ -n $(inbox_id b "as it was") && -z $(inbox_id b "as it became") && -z $(inbox_id b "first wording") ]]
}

@test "a passage is shared alone, word for word, and only if it stands there" {
  local id
  id=$(write a $'Kept to myself.\n\nThe part I can show.\n\nKept too.' --title "Kept title")
  printf 'The part I can show.\n' | kith a share "$id" with b --passage - --hold none --yes
  wait_for in_inbox b "The part I can show."
  run kith b inbox show "$(inbox_id b "The part I can show.")"
  [[ $output == *"(a passage)"* && $output != *Kept* ]]
  printf 'words that are not there' >"$T/other"
  refused $NOT_FOUND kith a share "$id" with b --passage-file "$T/other" --yes
  refused $USAGE kith a share "$id" with b --passage "" --yes
}

@test "taken back before the friend fetched it, it never arrives" {
  kith b agent stop
  kith b2 agent stop
  share a "for a moment"
  synced a
  wait_for reached a "$ID" unknown
  run kith a unshare "$ID"
  [[ $output == *"is not known"* ]]
  synced a
  share a "for longer"
  synced a
  wait_for in_inbox b "for longer"
  wait_for in_inbox b2 "for longer"
  [[ -z $(inbox_id b "for a moment")$(inbox_id b2 "for a moment") ]]
}

@test "what cannot be shared is refused, with its code" {
  local id
  id=$(write a "an entry")
  refused $NOT_FOUND kith a share "$id" with nobody --yes
  refused $NOT_FOUND kith a share ffffffff with b --yes
  refused $USAGE kith a share "$id" with b --hold 30s --yes
  refused $USAGE kith a share "$id" with b --hold 25h --yes
  refused $USAGE kith a share "$id" with b
  refused $NOT_FOUND kith a unshare "$id"
  refused $NOT_FOUND kith b inbox show ffffffff
  refused $NOT_FOUND kith b heard ffffffff
  head -c 2000 /dev/zero | tr '\0' n | refused $INPUT kith a share "$id" with b --note - --yes
  share a "for an answer"
  wait_for in_inbox b "for an answer"
  head -c 1001 /dev/zero | tr '\0' h | refused $INPUT kith b heard "$(inbox_id b "for an answer")" -
  [[ $(answers a "$ID") -eq 0 ]]
}

@test "at a terminal it is shown as the friend will see it, and asked about once" {
  command -v expect >/dev/null || skip "expect is not installed"
  export ID
  ID=$(write a "The bench by the river.")
  KITH_HOME=$T/device-a KITH_PASSPHRASE_FILE=$T/passphrase at_terminal '
    spawn $env(KITH) share $env(ID) with b
    see "The bench by the river."; see -re {Share it with b\?.*y/N}; send "n\r"
    see "Nothing was shared."
    exit [ended]'
  [[ $status -eq $CANCELLED && -z $(kith a outbox list --json) ]]
  KITH_HOME=$T/device-a KITH_PASSPHRASE_FILE=$T/passphrase at_terminal '
    spawn $env(KITH) share $env(ID) with b --hold none
    see "The bench by the river."; see "without a hold"; send "y\r"
    see "Shared with b"
    exit [ended]'
  [[ $status -eq 0 ]]
  wait_for in_inbox b "The bench by the river."
}
