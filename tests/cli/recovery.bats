#!/usr/bin/env bats
# recover, recovery confirm, drill: the 24 words of a sheet, a bare machine, and a relay in between.
load helpers

prepare() {
  relay_start one
}

# with_words WORDS KITH-ARGUMENTS...: the command with the words on descriptor 4.
with_words() {
  local words=$1
  shift
  kith "$@" --words-fd 4 4<<<"$words"
}

# recover DEVICE WORDS [OPTION...]: onto a new device.
recover() {
  local device=$1 words=$2
  shift 2
  new_device "$device"
  with_words "$words" "$device" recover --relay "$RELAY" --device "$device" --kdf-memory $KDF --yes "$@"
}

# destroy DEVICE: its agent and every byte of it.
destroy() {
  kill -9 "$(agent_pid "$1")"
  rm -rf "$T/device-$1"
}

with_relay() {
  init "$1"
  relay_invite one
  kith "$1" relay set "$INVITE" >/dev/null
}

vault_digest() { (cd "$T/device-$1/vault" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum); }

revoked() { kith "$1" devices --json | python3 -c 'import json,sys; print(sum(json.loads(l)["revoked"] for l in sys.stdin))'; }

@test "status reminds until the words are confirmed" {
  with_relay a
  [[ $(kith a status --json | field recovery_confirmed) == false ]]
  [[ $(kith a status) == *"kith recovery confirm"* ]]
  refused $PAIRING with_words "$(words_of a | sed 's/^[a-z]*/zzzz/')" a recovery confirm
  [[ $stderr == *"Word 1 "* ]]
  init b
  refused $PAIRING with_words "$(words_of b)" a recovery confirm --json
  [[ $(field error <<<"$stderr") == RECOVERY_MISMATCH ]]
  [[ $(kith a status --json | field recovery_confirmed) == false ]]
  with_words "$(words_of a)" a recovery confirm
  [[ $(kith a status --json | field recovery_confirmed) == true ]]
  [[ $(kith a status) != *"kith recovery confirm"* ]]
}

@test "a wrong word, a missing one and two that changed places are told apart" {
  with_relay a
  local words
  words=$(words_of a)
  refused $PAIRING with_words "${words% * }" a recovery confirm
  [[ $stderr == *"There are 23 words"* ]]
  local swapped
  swapped=$(tr ' ' '\n' <<<"$words" | awk 'NR==1{a=$0;next} NR==2{print $0; print a; next} {print}' | tr '\n' ' ')
  if [[ $swapped != "$words" ]]; then
    refused $PAIRING with_words "$swapped" a recovery confirm
    [[ $stderr == *"do not belong together"* || $stderr == *"another journal"* ]]
  fi
}

@test "words come from a terminal or a descriptor, never as arguments" {
  with_relay a
  refused $USAGE kith a recovery confirm abandon ability
  refused $LOCKED kith a recovery confirm
  [[ $stderr == *--words-fd* ]]
  refused $LOCKED kith a drill
}

@test "everything destroyed: the words bring the journal back, and the old devices are out" {
  with_relay a
  local id words
  id=$(write a "before the fire")
  link a a2
  write a2 "by the second device" >/dev/null
  synced a2 a
  words=$(words_of a)
  destroy a
  destroy a2
  recover c "$words"
  [[ $(text_of c "$id") == "before the fire" && $(count c) -eq 2 ]]
  [[ $(revoked c) -eq 2 ]]
  [[ $(kith c status --json | field recovery_confirmed) == true ]]
  write c "after the fire" >/dev/null
  synced c
  destroy c
  recover d "$words" --json | tail -n 1 | field done | grep -q true
  [[ $(count d) -eq 3 ]]
}

@test "a journal that is there is never overwritten" {
  with_relay a
  write a "mine" >/dev/null
  synced a
  local words
  words=$(words_of a)
  refused $VAULT_STATE recover a "$words"
  [[ $(count a) -eq 1 ]]
  kith a lock
  refused $VAULT_STATE recover a "$words"
}

@test "what is wrong is named, and nothing is left" {
  with_relay a
  synced a
  local words other
  words=$(words_of a)
  init b
  other=$(words_of b)
  refused $RELAY_REFUSED recover c "$other"
  refused $PAIRING recover c "${words% * }"
  RELAY=${RELAY%#*} refused $USAGE recover c "$words"
  relay_stop
  refused $RELAY_AWAY recover c "$words"
  [[ $(kith c status --json | field vault) == none && ! -e $T/device-c/vault ]]
}

@test "Ctrl-C leaves nothing half made" {
  with_relay a
  write a "still here" >/dev/null
  synced a
  kill -STOP "$RELAY_PID"
  new_device c
  KITH_HOME=$T/device-c KITH_PASSPHRASE_FILE=$T/passphrase "$KITH" recover --relay "$RELAY" --device c \
    --kdf-memory $KDF --yes --words-fd 4 4<<<"$(words_of a)" >"$T/out" 2>"$T/err" 3>&- &
  local pid=$! ended=0
  wait_for test -e "$T/device-c/vault.new"
  kill -INT "$pid"
  wait "$pid" || ended=$?
  [[ $ended -eq $CANCELLED ]]
  kill -CONT "$RELAY_PID"
  wait_for test ! -e "$T/device-c/vault.new"
  [[ $(kith c status --json | field vault) == none ]]
  synced a
  [[ $(revoked a) -eq 0 ]]
}

@test "a drill proves what it says and changes nothing" {
  with_relay a
  write a "one" >/dev/null
  write a "two" >/dev/null
  synced a
  local before relay_before out
  before=$(vault_digest a)
  relay_before=$(relay_digest one)
  out=$(with_words "$(words_of a)" a drill --json | tail -n 1)
  [[ $(field entries <<<"$out") -eq 2 && $(field only_here <<<"$out") -eq 0 && $(field done <<<"$out") == true ]]
  [[ $(vault_digest a) == "$before" && $(relay_digest one) == "$relay_before" ]]
  [[ ! -e $T/device-a/vault.drill ]]
  run with_words "$(words_of a)" a drill
  [[ $status -eq 0 && $output == *"2 entries came back"* && $output == *"Not proved"* ]]
}

@test "a drill fails with the wrong sheet, without a relay, and with one that is away" {
  with_relay a
  write a "one" >/dev/null
  synced a
  init b
  local before
  before=$(vault_digest a)
  refused $PAIRING with_words "$(words_of b)" a drill --json
  [[ $(field error <<<"$stderr") == RECOVERY_MISMATCH ]]
  refused $RELAY_REFUSED with_words "$(words_of b)" b drill
  relay_stop
  refused $RELAY_AWAY with_words "$(words_of a)" a drill
  [[ $(count a) -eq 1 && $(vault_digest a) == "$before" ]]
}

@test "a journal of 3,415 entries with its circles comes back onto a bare machine" {
  [[ -r ${KITH_TEST_DATA:-}/pepys/pepys.dayone.zip ]] || skip "KITH_TEST_DATA has no pepys here"
  with_relay a
  kith a import dayone "$KITH_TEST_DATA/pepys/pepys.dayone.zip" >/dev/null
  with_relay b
  introduce a b
  with_relay e
  introduce a e
  kith a circle create family --as Ada
  bring b
  bring e
  share_all b "by Ben, to all"
  wait_for in_inbox a "by Ben, to all"
  local id words before
  id=$(write a "for Ben alone")
  kith a share "$id" with b --hold none --yes >/dev/null
  kith b share "$(write b "from Ben")" with a --hold none --yes >/dev/null
  synced a b a
  wait_for in_inbox a "from Ben"
  before=$(kith a list --json | sha256sum)
  words=$(words_of a)
  [[ $(with_words "$words" a drill --json | tail -n 1 | field entries) -eq 3416 ]]
  destroy a
  recover c "$words"
  [[ $(count c) -eq 3416 && $(kith c list --json | sha256sum) == "$before" ]]
  wait_for in_inbox c "from Ben"
  id=$(write c "back again")
  kith c share "$id" with b --hold none --yes >/dev/null
  synced c b
  wait_for in_inbox b "back again"
  [[ $(kith c friend list --json | wc -l) -eq 2 ]]
  # The circle that a founded, with what was shared there, and as its owner.
  wait_for in_inbox c "by Ben, to all"
  [[ $(kith c circle members family --json | wc -l) -eq 3 ]] && inside c owner
  share_all c "to all, from a bare machine"
  wait_for in_inbox e "to all, from a bare machine"
}

@test "a circle that one was invited to comes back, and one that one was removed from is told" {
  with_relay a
  with_relay b
  with_relay e
  introduce a b
  introduce a e
  kith a circle create family
  bring b
  bring e
  share_all a "to both"
  wait_for in_inbox b "to both"
  local words
  words=$(words_of b)
  destroy b
  recover c "$words"
  wait_for in_inbox c "to both"
  inside c writer
  share_all c "back again"
  wait_for in_inbox e "back again"
  kith a circle remove family b --yes
  share_all a "no longer for b"
  wait_for in_inbox e "no longer for b"
  destroy c
  run recover d "$words"
  [[ $status -eq 0 && $output == *"circle"* ]]
  ! in_inbox d "no longer for b"
}
