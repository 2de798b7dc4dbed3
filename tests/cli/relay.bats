#!/usr/bin/env bats
# Two devices and a relay: linking, syncing, and relays that fail or cheat.
load helpers

# Device a with a journal on a running relay.
with_relay() {
  init a
  relay_start one "$@"
  kith a relay set "$INVITE" >/dev/null
}

@test "a second device is linked by code and has every entry, byte for byte" {
  with_relay
  local id
  id=$(write a $'Written before.\n  Spaces kept.' --title T --tag x)
  link a b
  synced a b
  [[ $(kith b show "$id" --json | field text) == $'Written before.\n  Spaces kept.' ]]
  [[ $(kith a devices --json | wc -l) -eq 2 ]]
  [[ $(kith b list --json) == "$(kith a list --json)" ]]
}

@test "new entries travel both ways" {
  with_relay
  link a b
  local from_a from_b
  from_a=$(write a "from a")
  from_b=$(write b "from b")
  synced a b a
  [[ $(text_of b "$from_a") == "from a" && $(text_of a "$from_b") == "from b" ]]
}

@test "an entry edited on two devices at once keeps both edits" {
  with_relay
  link a b
  local id port=$PORT
  id=$(write a $'First paragraph.\n\nSecond paragraph.')
  synced a b
  relay_stop
  kith a edit "$id" --text $'First paragraph, from a.\n\nSecond paragraph.'
  kith b edit "$id" --text $'First paragraph.\n\nSecond paragraph, from b.'
  relay_serve one "$port"
  synced a b a
  [[ $(text_of a "$id") == $'First paragraph, from a.\n\nSecond paragraph, from b.' ]]
  [[ $(text_of b "$id") == "$(text_of a "$id")" ]]
}

@test "edits of the same words are shown side by side on both" {
  with_relay
  link a b
  local id port=$PORT
  id=$(write a "The only line.")
  synced a b
  relay_stop
  kith a edit "$id" --text "Changed on a."
  kith b edit "$id" --text "Changed on b."
  relay_serve one "$port"
  synced a b a
  run kith a show "$id"
  [[ $output == *"Changed on a."* && $output == *"Changed on b."* ]]
  [[ $(kith b show "$id") == *"Changed on a."* ]]
}

@test "an unreachable relay stops nothing; sync says so" {
  with_relay
  local port=$PORT id
  relay_stop
  id=$(write a "written meanwhile")
  [[ $(text_of a "$id") == "written meanwhile" ]]
  refused $RELAY_AWAY kith a sync --timeout 2 --json
  [[ $(field error <<<"$stderr") == RELAY_UNREACHABLE ]]
  relay_serve one "$port"
  kith a sync --timeout 30
  [[ $(kith a status --json | field waiting) -eq 0 ]]
}

@test "a relay of another identity at the same address is refused" {
  with_relay
  local port=$PORT
  write a "for the first relay" >/dev/null
  kith a sync --timeout 30
  relay_stop
  relay_init two
  relay_serve two "$port"
  write a "not for the second" >/dev/null
  refused $RELAY_CHANGED kith a sync --timeout 10 --json
  [[ $(field error <<<"$stderr") == RELAY_FOREIGN ]]
  [[ $(count a) -eq 2 ]]
}

# The relay's identity stays, its database is new. An identity is a file of its own beside the database's folder.
@test "a wiped relay is noticed, and nothing is lost here" {
  with_relay
  local port=$PORT folder
  write a "known to both" >/dev/null
  kith a sync --timeout 30
  relay_stop
  while IFS= read -r folder; do rm -r "$folder"; done < <(find "$T/relay-one" -mindepth 1 -maxdepth 1 -type d)
  relay_serve one "$port"
  refused $RELAY_CHANGED kith a sync --timeout 10 --json
  [[ $(field error <<<"$stderr") == RELAY_WIPED ]]
  [[ $(kith a list --json | field first_line) == "known to both" ]]
}

@test "a mailbox at its byte limit refuses more; the entry stays and waits" {
  with_relay --mailbox-bytes 65536
  local i
  for i in 1 2 3 4; do head -c 60000 /dev/urandom | base64 -w 0 | kith a write >/dev/null; done
  refused $RELAY_REFUSED kith a sync --timeout 20 --json
  [[ $(field error <<<"$stderr") == RELAY_FULL ]]
  [[ $(count a) -eq 4 && $(kith a status --json | field waiting) -gt 0 ]]
}

@test "an invite is good once, and a made-up one never" {
  with_relay
  init b
  refused $RELAY_REFUSED kith b relay set "$INVITE"
  run kith b relay set "${RELAY}.AAAAAAAAAAAAAAAAAAAAAAAAAA"
  [[ $status -ne 0 ]]
  refused $USAGE kith b relay set "not an invite"
}

@test "a wrong code links nothing and burns the right one" {
  with_relay
  new_device b
  show_code a b
  refused $PAIRING kith b link "${CODE%%-*}-zoo-zoo-zoo" --relay "$RELAY" --kdf-memory $KDF --json
  [[ $(field error <<<"$stderr") == PAIRING_FAILED ]]
  link_ends $PAIRING
  refused $PAIRING kith b link "$CODE" --relay "$RELAY" --kdf-memory $KDF
  [[ $(kith a devices --json | wc -l) -eq 1 ]]
}

@test "a code links one device, once" {
  with_relay
  link a b
  new_device c
  refused $PAIRING kith c link "$CODE" --relay "$RELAY" --kdf-memory $KDF --json
  [[ $(field error <<<"$stderr") == PAIRING_GONE ]]
}

@test "Ctrl-C takes the code back" {
  with_relay
  show_code a b
  kill -INT "$LINK_PID"
  link_ends $CANCELLED
  new_device b
  refused $PAIRING kith b link "$CODE" --relay "$RELAY" --kdf-memory $KDF
}

@test "a code expires after ten minutes" {
  command -v faketime >/dev/null || skip "faketime is not installed"
  init a
  relay_init one
  echo "+0" >"$T/clock"
  KITH_RELAY=$(clocked "$KITH_RELAY") relay_serve one 0
  INVITE=${INVITE_OF[one]/127.0.0.1:1#/127.0.0.1:$PORT#} RELAY=${INVITE%.*}
  kith a relay set "$INVITE"
  show_code a b
  echo "+11m" >"$T/clock"
  new_device b
  refused $PAIRING kith b link "$CODE" --relay "$RELAY" --kdf-memory $KDF --json
  [[ $(field error <<<"$stderr") == PAIRING_GONE ]]
}

@test "linking asks for the passphrase, and is refused on a vault that has entries" {
  with_relay
  cp "$T/passphrase" "$T/right"
  echo wrong >"$T/passphrase"
  refused $LOCKED kith a link --yes --name b
  cp "$T/right" "$T/passphrase"
  init b
  write b "already here" >/dev/null
  show_code a b
  refused $VAULT_STATE kith b link "$CODE" --relay "$RELAY" --kdf-memory $KDF
  [[ $(count b) -eq 1 ]]
}

@test "a clock that is two days wrong, either way, hinders neither syncing nor merging" {
  command -v faketime >/dev/null || skip "faketime is not installed"
  with_relay
  link a b
  local id early late
  id=$(write a "at the right time")
  synced a b
  kith b agent stop
  KITH_HOME=$T/device-b KITH_PASSPHRASE_FILE=$T/passphrase faketime -f -2d setsid -w "$KITH" unlock 3>&-
  early=$(write b "two days slow")
  kith b edit "$id" --text "edited two days slow"
  synced b a
  [[ $(text_of a "$early") == "two days slow" && $(text_of a "$id") == "edited two days slow" ]]
  kith b agent stop
  KITH_HOME=$T/device-b KITH_PASSPHRASE_FILE=$T/passphrase faketime -f +2d setsid -w "$KITH" unlock 3>&-
  late=$(write b "two days fast")
  synced b a
  [[ $(text_of a "$late") == "two days fast" ]]
  kith a edit "$id" --text "and the last word is the last edit"
  synced a b
  [[ $(text_of b "$id") == "and the last word is the last edit" ]]
}

@test "killing agent and relay loses nothing that was confirmed" {
  with_relay
  link a b
  local port=$PORT id pid
  id=$(write a "confirmed")
  pid=$(agent_pid a)
  kill -9 "$pid" "$RELAY_PID"
  wait "$RELAY_PID" || true
  wait_for gone "$pid"
  relay_serve one "$port"
  synced a b
  [[ $(text_of b "$id") == confirmed ]]
}

@test "a copied device folder opens a lane of its own" {
  with_relay
  write a "before the copy" >/dev/null
  kith a sync --timeout 30
  kith a agent stop
  cp -a "$T/device-a" "$T/device-copy"
  local one two
  one=$(write a "from the original")
  kith a sync --timeout 30
  two=$(write copy "from the copy")
  synced copy a copy
  [[ $(text_of copy "$one") == "from the original" && $(text_of a "$two") == "from the copy" ]]
}
