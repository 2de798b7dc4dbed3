#!/usr/bin/env bats
# trustees, recover --with-friends: Ada's device is a; b, c and d are her friends'. All use one relay.
load helpers

prepare() {
  relay_start one
  init a
  kith a relay set "$INVITE" >/dev/null
  local friend
  for friend in b c d; do
    init "$friend"
    relay_invite one
    kith "$friend" relay set "$INVITE" >/dev/null
    introduce a "$friend" >/dev/null
  done
}

# entrust [OPTION...]: any two of the three hold her journal.
entrust() {
  kith a trustees set b c d --needed 2 --yes "$@" >/dev/null
  synced a
  local friend
  for friend in b c d; do
    synced "$friend"
    wait_for holds "$friend"
  done
  synced a
  wait_for all_taken
}
holds() { [[ $(kith "$1" trustees held --json) == *'"friend": "a"'* || $(kith "$1" trustees held --json) == *'"friend":"a"'* ]]; }
all_taken() { [[ $(kith a trustees list --json | grep -oE '"taken": ?true' | wc -l) -eq 3 ]]; }

# destroy DEVICE: its agent and every byte of it.
destroy() {
  kill -9 "$(agent_pid "$1")"
  rm -rf "$T/device-$1"
}

# release FRIEND: their device shows a code for Ada's share; sets CODE and RELEASE_PID.
release() {
  rm -f "$T/release-code"
  KITH_HOME=$T/device-$1 KITH_PASSPHRASE_FILE=$T/passphrase "$KITH" trustees release a --yes --json \
    >"$T/release-code" 2>"$T/release-err" 3>&- &
  RELEASE_PID=$!
  wait_for test -s "$T/release-code"
  CODE=$(head -n 1 "$T/release-code" | field code)
}

# release_ends CODE [OUTCOME]: what `release` started ends with that exit code, having said that.
release_ends() {
  local ended=0
  wait "$RELEASE_PID" || ended=$?
  echo "release ended with $ended, wanted $1: $(<"$T/release-code") $(<"$T/release-err")"
  [[ $ended -eq $1 ]]
  [[ -z ${2:-} || $(tail -n 1 "$T/release-code" | field outcome) == "$2" ]]
}

# gather DEVICE [OPTION...]: the new device types the code that is shown.
gather() {
  local device=$1
  shift
  new_device "$device"
  kith "$device" recover --with-friends --code "$CODE" --relay "$RELAY" --device "$device" --kdf-memory $KDF --json "$@"
}

# with_share_of DEVICE FRIEND [OPTION...]: the friend shows a code, the device types it.
with_share_of() {
  local device=$1 friend=$2
  shift 2
  release "$friend"
  gather "$device" "$@"
}
# stopped_with CODE DEVICE FRIEND [OPTION...]: the same, which ends with that exit code.
stopped_with() {
  local code=$1 device=$2 friend=$3
  shift 3
  release "$friend"
  refused "$code" gather "$device" "$@"
}

error_of() { tail -n 1 <<<"$stderr" | field error; }
vault_of() { kith "$1" status --json | field vault; }

@test "two of three friends bring a journal of 3,415 entries back onto a bare machine, with its circles" {
  [[ -r ${KITH_TEST_DATA:-}/pepys/pepys.dayone.zip ]] || skip "KITH_TEST_DATA has no pepys here"
  entrust
  kith a import dayone "$KITH_TEST_DATA/pepys/pepys.dayone.zip" >/dev/null
  local id before
  id=$(write a "for Ben alone")
  kith a share "$id" with b --hold none --yes >/dev/null
  kith b share "$(write b "from Ben")" with a --hold none --yes >/dev/null
  synced a b a
  wait_for in_inbox a "from Ben"
  before=$(kith a list --json | sha256sum)
  destroy a
  stopped_with $PAIRING new b
  [[ $(error_of) == SHARES_TOO_FEW ]]
  release_ends 0 released
  with_share_of new d --yes >"$T/restored"
  [[ $(tail -n 1 "$T/restored" | field done) == true ]]
  release_ends 0 released
  [[ $(count new) -eq 3416 && $(kith new list --json | sha256sum) == "$before" ]]
  wait_for in_inbox new "from Ben"
  [[ ! -e $T/device-new/vault.recovery && $(kith new status --json | field gathering) == false ]]
  id=$(write new "back again")
  kith new share "$id" with b --hold none --yes >/dev/null
  synced new b
  wait_for in_inbox b "back again"
  [[ $(kith new trustees list --json | field needed) -eq 0 ]]
  # Only of what was written since does shredding say that the relay drops it.
  [[ $(kith new shred "$id" --yes) == *"The relay drops it"* ]]
  run -0 kith new shred "$(kith new list --json | field id | head -n 1)" --yes
  [[ $output == *"The relay keeps its words"* && $output != *"The relay drops it"* ]]
}

@test "a set falls with the device that named it; the owner and the friends hear of it" {
  link a a2
  entrust
  kith a2 devices revoke a --yes >/dev/null
  synced a2
  wait_for fallen a2
  [[ $(kith a2 status) == *"The device that named your trustees was revoked"* ]]
  local friend
  for friend in b c d; do
    synced "$friend"
    wait_for holds_none "$friend"
  done
  kith a2 trustees end --yes >/dev/null
  [[ $(kith a2 trustees list) == *"Nobody holds a share"* && $(kith a2 status) != *trustees* ]]
}
fallen() { [[ $(kith "$1" trustees list) == *"was revoked, so nobody holds a share"* ]]; }
holds_none() { [[ $(kith "$1" trustees held) == *"You hold nobody's share."* ]]; }

@test "one share is not enough; what was gathered is sealed, and taken up again" {
  entrust
  write a "before the fire" >/dev/null
  synced a
  destroy a
  stopped_with $PAIRING new b --yes
  [[ $(error_of) == SHARES_TOO_FEW && $(vault_of new) == none ]]
  [[ $(stat -c %a "$T/device-new/vault.recovery") == 600 ]]
  [[ $(kith new status) == *"kith recover --with-friends"* ]]
  stopped_with $PAIRING new b --yes
  [[ $(error_of) == SHARE_REPEATED ]]
  # Another passphrase opens nothing of it.
  printf 'another one\n' >"$T/other"
  chmod 600 "$T/other"
  KITH_HOME=$T/device-new KITH_PASSPHRASE_FILE=$T/other refused $LOCKED setsid -w "$KITH" recover --with-friends --json
  [[ $(error_of) == WRONG_PASSPHRASE ]]
  kith new agent stop
  refused $PAIRING kith new recover --with-friends --yes --json
  [[ $(error_of) == SHARES_TOO_FEW ]]
  # Forgetting all begins with none.
  refused $PAIRING kith new recover --with-friends --anew --kdf-memory $KDF --json
  [[ $(field gathered <<<"$output") -eq 0 ]]
  stopped_with $PAIRING new b
  with_share_of new c --yes >/dev/null
  [[ $(count new) -eq 1 ]]
}

@test "nothing goes on without a yes; a journal that is there is never overwritten" {
  entrust
  synced a
  destroy a
  stopped_with $PAIRING new b
  stopped_with $USAGE new c
  [[ $(vault_of new) == none ]]
  relay_stop
  refused $RELAY_AWAY kith new recover --with-friends --yes --json
  relay_serve one "$PORT"
  kith new recover --with-friends --yes --device new >/dev/null
  refused $VAULT_STATE kith b recover --with-friends --yes
  refused $USAGE kith x recover --with-friends --code 1-a-b-c
  refused $USAGE kith x recover --yes
}

@test "a wrong code is burnt; a stopped release hands over nothing" {
  entrust
  destroy a
  release b
  local right=$CODE
  CODE=${CODE%%-*}-zoo-zoo-zoo
  refused $PAIRING gather new
  [[ $(error_of) == PAIRING_FAILED ]]
  release_ends $PAIRING
  CODE=$right
  refused $PAIRING gather new
  [[ $(error_of) == PAIRING_GONE ]]
  release b
  kill -INT "$RELEASE_PID"
  release_ends $CANCELLED
  refused $PAIRING gather new
  [[ $(kith b trustees held --json) != *asked* ]]
}

@test "a delay is kept by the friend's device, and every device of the owner's tells of it" {
  command -v faketime >/dev/null || skip "faketime is not installed"
  link a a2
  entrust --delay 3d
  [[ $(kith a status) != *"Act now"* ]]
  local friend
  for friend in b c; do kith "$friend" agent stop; done
  set_clock +0
  for friend in b c; do KITH=$(clocked "$KITH") kith "$friend" unlock; done
  for friend in b c; do
    stopped_with $PAIRING new "$friend" --yes
    [[ $(error_of) == TRUSTEES_DELAY ]]
    release_ends 0 waits
  done
  wait_for acts_now a
  wait_for acts_now a2
  [[ $(kith a2 status) == *"kith trustees veto"* ]]
  # Nobody says no. The new device's agent is another one by then.
  kith new agent stop
  for friend in b c; do kith "$friend" agent stop; done
  set_clock +2d
  for friend in b c; do KITH=$(clocked "$KITH") kith "$friend" unlock; done
  stopped_with $PAIRING new b --yes
  [[ $(error_of) == TRUSTEES_DELAY ]]
  for friend in b c; do kith "$friend" agent stop; done
  set_clock +4d
  for friend in b c; do KITH=$(clocked "$KITH") kith "$friend" unlock; done
  stopped_with $PAIRING new b --yes
  [[ $(error_of) == SHARES_TOO_FEW ]]
  with_share_of new c --yes >/dev/null
  [[ $(vault_of new) == unlocked ]]
}
acts_now() { [[ $(kith "$1" status) == *"Act now"*"for the share of this journal"* && $(kith "$1" status --json) == *'"asked"'* ]]; }

@test "a veto ends what was asked, whatever the delay" {
  command -v faketime >/dev/null || skip "faketime is not installed"
  entrust --delay 3d
  kith b agent stop
  set_clock +0
  KITH=$(clocked "$KITH") kith b unlock
  refused $NOT_FOUND kith a trustees veto
  stopped_with $PAIRING thief b
  [[ $(error_of) == TRUSTEES_DELAY ]]
  wait_for acts_now a
  [[ $(kith a trustees veto --json | field vetoed) -eq 1 ]]
  [[ $(kith a status) != *"Act now"* && $(kith a trustees list) == *"you said no"* ]]
  synced a b
  kith b agent stop
  set_clock +4d
  KITH=$(clocked "$KITH") kith b unlock
  stopped_with $PAIRING thief b
  [[ $(error_of) == VETOED ]]
  release_ends 0 vetoed
  # Those who were not asked yet have heard of it too.
  synced c
  stopped_with $PAIRING thief c
  [[ $(error_of) == VETOED ]]
}

@test "shares of a replaced set open nothing, and do not mix with those of the present one" {
  entrust
  write a "kept" >/dev/null
  stopped_with $PAIRING old b
  stopped_with $USAGE old c
  stopped_with $PAIRING mixed b
  entrust
  refused $RELAY_REFUSED kith old recover --with-friends --yes --json
  [[ $(error_of) == RELAY_REFUSED && $(vault_of old) == none ]]
  stopped_with $PAIRING mixed c
  [[ $(error_of) == SHARES_MIXED ]]
  kith a trustees end --yes
  synced a b
  # What is left with a friend then is a witness, and no share.
  stopped_with $NOT_FOUND mixed b
  [[ $(error_of) == NOT_FOUND ]]
  release_ends 0 no_share
  [[ $(kith b trustees held --json) != *needed* ]]
  refused $NOT_FOUND kith a trustees end --yes
}

@test "who may hold a share, and what is said of it" {
  refused $USAGE kith a trustees set b --yes
  refused $USAGE kith a trustees set b b --yes
  refused $USAGE kith a trustees set b c --needed 3 --yes
  refused $USAGE kith a trustees set b c --needed 1 --yes
  refused $USAGE kith a trustees set b c --delay soon --yes
  refused $USAGE kith a trustees set b c --delay 31d --yes
  refused $NOT_FOUND kith a trustees set b nobody --yes
  refused $USAGE kith a trustees set b c
  [[ $(kith a trustees list --json | field needed) -eq 0 ]]
  refused $NOT_FOUND kith b trustees release a --yes
  refused $NOT_FOUND kith b trustees release nobody --yes
  run kith a trustees set --help
  [[ $output == *"What this cannot do"* ]]
}
