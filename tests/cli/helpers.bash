# For every .bats file here: `load helpers`. Devices and relays live in scratch folders and talk on loopback only.
# KITH_BIN is the folder of the programs; without it they are looked for on PATH.

: "${KITH_BIN:=$(dirname "$(command -v kith)")}"
KITH=$(realpath "$KITH_BIN/kith")
KITH_RELAY=$(realpath "$KITH_BIN/kith-relay")
export KITH KITH_RELAY
PASSPHRASE="a long walk by the river"
KDF=64 # MiB: the least allowed, for speed

# Exit codes, as in `kith help exit-codes`.
USAGE=2 LOCKED=3 NOT_FOUND=4 VAULT_STATE=5 VAULT_UNREADABLE=6 AGENT=7 STORAGE=8 INPUT=9
RELAY_AWAY=10 RELAY_REFUSED=11 RELAY_CHANGED=12 PAIRING=13 CANCELLED=130

setup() {
  bats_require_minimum_version 1.5.0
  T=$(mktemp -d "${TMPDIR:-/tmp}/kith-cli.XXXXXX")
  PIDS=()
  printf '%s\n' "$PASSPHRASE" >"$T/passphrase"
  chmod 600 "$T/passphrase"
  mkfifo "$T/never"
  unset KITH_HOME KITH_PASSPHRASE_FILE VISUAL EDITOR
  if declare -F prepare >/dev/null; then prepare; fi
}

# Everything that was started, by its id.
teardown() {
  local home pid
  for home in "$T"/device-*; do
    [[ -d $home ]] || continue
    pid=$(agent_pid "${home##*/device-}") || continue
    kill -9 "$pid" 2>/dev/null || true
  done
  for pid in "${PIDS[@]}"; do
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  if [[ -n ${BATS_ERROR_STATUS:-} && ${BATS_ERROR_STATUS} != 0 ]]; then ls -l "$T"; fi
  rm -rf "$T"
}

# kith DEVICE COMMAND...: as that device, with its passphrase at hand and no terminal to ask at.
kith() {
  local device=$1
  shift
  KITH_HOME=$T/device-$device KITH_PASSPHRASE_FILE=$T/passphrase setsid -w "$KITH" "$@" 3>&-
}

# The same without a passphrase.
kith_bare() {
  local device=$1
  shift
  KITH_HOME=$T/device-$device setsid -w "$KITH" "$@" 3>&-
}

new_device() {
  mkdir -m 700 -p "$T/device-$1"
}

init() {
  new_device "$1"
  kith "$1" init --device "$1" --kdf-memory $KDF --recovery-sheet "$T/sheet-$1" >/dev/null
}

# field NAME: that field of the JSON object on standard input.
field() {
  python3 -c 'import json,sys; v=json.loads(sys.stdin.readline()).get(sys.argv[1]); print(v if isinstance(v,str) else json.dumps(v))' "$1"
}

agent_pid() {
  local pid
  pid=$(KITH_HOME=$T/device-$1 setsid -w "$KITH" agent status --json 2>/dev/null 3>&- | field pid 2>/dev/null) || return 1
  [[ $pid =~ ^[1-9][0-9]*$ ]] && printf '%s\n' "$pid"
}

# write DEVICE TEXT [OPTION...]: prints the entry's id.
write() {
  local device=$1 text=$2
  shift 2
  printf '%s' "$text" | kith "$device" write --json "$@" | field id
}

text_of() { kith "$1" show "$2" --json | field text; }
count() { kith "$1" list --json | wc -l; }

# words_of DEVICE: the 24 words of its sheet, on one line. Their rows are set in; the sheet's text has numbers too.
words_of() { grep -E '^  +[0-9]' "$T/sheet-$1" | tr -s ' ' '\n' | grep -E '^[a-z]+$' | tr '\n' ' '; }

# at_terminal SCRIPT: what expect(1) makes of it, with two more words: `see PATTERN` waits for it and `ended` for the end
# of what was spawned, whose exit code it is. What never comes within 20 s ends the script with 124: expect itself would
# go on after its timeout, and wait for ever for a program that waits for an answer. An answer belongs after its prompt:
# what is typed before a passphrase is asked for is thrown away.
at_terminal() {
  run expect -c '
    set timeout 20
    proc never {what} { puts "\nnever came: $what"; exit 124 }
    proc see {args} {
      global expect_out
      expect {*}$args {} timeout { never $args } eof { never $args }
    }
    proc ended {} { expect eof {} timeout { never "its end" }; return [lindex [wait] 3] }
    '"$1"
  echo "$output"
}

# wait_for COMMAND...: until it succeeds, for twenty seconds at most. Between two tries it waits for input that never
# comes, a few milliseconds.
wait_for() {
  local deadline=$((SECONDS + 20)) never
  exec {never}<>"$T/never"
  while ((SECONDS < deadline)); do
    if "$@" >/dev/null 2>&1; then
      exec {never}<&-
      return 0
    fi
    read -rt 0.005 -u "$never" _ || true
  done
  exec {never}<&-
  echo "never true: $*" >&2
  return 1
}

# A process that has ended counts as gone even if nobody has collected its status yet.
gone() { [[ ! -e /proc/$1/stat || $(cut -d ' ' -f 3 "/proc/$1/stat" 2>/dev/null) == Z ]]; }

# relay_init NAME: makes a relay's folder and sets INVITE to its owner's, with an address still to be filled in.
relay_init() {
  INVITE_OF[$1]=$("$KITH_RELAY" init --data "$T/relay-$1" --address 127.0.0.1:1 2>/dev/null | grep -o '127\.0\.0\.1:1#[^[:space:]]*' | head -n 1)
  [[ -n ${INVITE_OF[$1]} ]]
}

# relay_serve NAME PORT [OPTION...]: port 0 takes a free one. Sets PORT and RELAY_PID.
relay_serve() {
  local name=$1 port=$2
  shift 2
  rm -f "$T/port-$name"
  "$KITH_RELAY" serve --data "$T/relay-$name" --listen "127.0.0.1:$port" --port-file "$T/port-$name" "$@" \
    >"$T/log-$name" 2>&1 3>&- &
  RELAY_PID=$!
  PIDS+=("$RELAY_PID")
  wait_for test -s "$T/port-$name"
  PORT=$(<"$T/port-$name")
}

declare -gA INVITE_OF
relay_start() {
  local name=$1
  shift
  relay_init "$name"
  relay_serve "$name" 0 "$@"
  INVITE=${INVITE_OF[$name]/127.0.0.1:1#/127.0.0.1:$PORT#}
  RELAY=${INVITE%.*} # ADDRESS#KEY
}

relay_stop() {
  kill "$RELAY_PID"
  wait "$RELAY_PID" || true
}

# link FROM TO: adds device TO to FROM's journal, by code.
link() {
  local from=$1 to=$2 code
  new_device "$to"
  show_code "$from" "$to"
  kith "$to" link "$CODE" --relay "$RELAY" --device "$to" --kdf-memory $KDF >/dev/null
  wait "$LINK_PID"
}

# show_code DEVICE NAME: starts linking there and sets CODE and LINK_PID.
show_code() {
  rm -f "$T/code"
  KITH_HOME=$T/device-$1 KITH_PASSPHRASE_FILE=$T/passphrase "$KITH" link --yes --name "$2" \
    >"$T/code" 2>"$T/code-err" 3>&- &
  LINK_PID=$!
  wait_for test -s "$T/code"
  CODE=$(<"$T/code")
}

# link_ends CODE: what show_code started ends with that exit code.
link_ends() {
  local ended=0
  wait "$LINK_PID" || ended=$?
  echo "link ended with $ended, wanted $1: $(<"$T/code-err")"
  [[ $ended -eq $1 ]]
}

# clocked PROGRAM: prints the path of a script that runs it by the wall clock of the file $T/clock, such as "+10m"; its
# timers run on.
clocked() {
  local script
  script=$T/clocked-$(basename "$1")
  # shellcheck disable=SC2016 # for the script's shell
  printf '#!/bin/sh\nexec env FAKETIME_TIMESTAMP_FILE="%s" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 "%s" "%s" "$@"\n' \
    "$T/clock" 'LD_PRELOAD=/usr/\$LIB/faketime/libfaketimeMT.so.1' "$1" >"$script"
  chmod +x "$script"
  printf '%s\n' "$script"
}

# set_clock OFFSET: in one step, since programs read it at any moment.
set_clock() {
  echo "$1" >"$T/clock.new"
  mv "$T/clock.new" "$T/clock"
}

synced() {
  local device
  for device in "$@"; do kith "$device" sync --timeout 90 >/dev/null; done
}

# refused CODE COMMAND...: the command ends with that exit code and says why.
refused() {
  local code=$1
  shift
  run --separate-stderr "$@"
  echo "exit $status, wanted $code: $output $stderr"
  [[ $status -eq $code && -n $stderr ]]
}

# One more invite of the running relay NAME, in INVITE.
relay_invite() {
  INVITE=$("$KITH_RELAY" invite --data "$T/relay-$1" 2>/dev/null | grep -o '127\.0\.0\.1:1#[^[:space:]]*' | head -n 1)
  [[ -n $INVITE ]] && INVITE=${INVITE/127.0.0.1:1#/127.0.0.1:$PORT#}
}

# show_friend_code DEVICE NAME: starts meeting somebody there, who will be called NAME; sets CODE and MEETING_PID.
show_friend_code() {
  rm -f "$T/friend-code"
  KITH_HOME=$T/device-$1 KITH_PASSPHRASE_FILE=$T/passphrase "$KITH" friend add --name "$2" \
    >"$T/friend-code" 2>"$T/friend-code-err" 3>&- &
  MEETING_PID=$!
  wait_for test -s "$T/friend-code"
  CODE=$(<"$T/friend-code")
}

# meeting_ends CODE: what show_friend_code started ends with that exit code.
meeting_ends() {
  local ended=0
  wait "$MEETING_PID" || ended=$?
  echo "friend add ended with $ended, wanted $1: $(<"$T/friend-code-err")"
  [[ $ended -eq $1 ]]
}

# meeting_fails: it ends with an error. Not by `run`, whose subshell could not wait for it.
meeting_fails() {
  local ended=0
  wait "$MEETING_PID" || ended=$?
  echo "friend add ended with $ended, wanted an error: $(<"$T/friend-code-err")"
  [[ $ended -ne 0 ]]
}

# introduce DEVICE OTHER: two people meet by code; each calls the other by the device's name.
introduce() {
  show_friend_code "$1" "$2"
  kith "$2" friend add "$CODE" --relay "$RELAY" --name "$1"
  meeting_ends 0
}

# Ada has the devices a and a2, Ben has b and b2; both use one relay.
two_people() {
  relay_start one
  init a
  kith a relay set "$INVITE" >/dev/null
  init b
  relay_invite one
  kith b relay set "$INVITE" >/dev/null
  link a a2
  link b b2
}

# Every byte that a relay has on its disk, as one digest.
relay_digest() { (cd "$T/relay-$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum); }

in_inbox() { [[ -n $(inbox_id "$1" "$2" 2>/dev/null) ]]; }
# inbox_id DEVICE LINE: the id of what a friend shared whose title or first line is that.
inbox_id() {
  kith "$1" inbox --json | python3 -c '
import json, sys
for line in sys.stdin:
    item = json.loads(line)
    if sys.argv[1] in (item["copy"]["title"], item["copy"]["text"]):
        print(item["id"])
        break' "$2"
}
inbox_empty() { [[ -z $(kith "$1" inbox --json) ]]; }
inbox_text() { kith "$1" inbox show "$2" --json | python3 -c 'import json,sys; sys.stdout.write(json.load(sys.stdin)["copy"]["text"])'; }
# reach DEVICE ENTRY: how far that entry got with its one friend.
reach() { kith "$1" who "$2" --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["audience"][0]["reach"])'; }
reached() { [[ $(reach "$1" "$2") == "$3" ]]; }
answers() { kith "$1" who "$2" --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)["answers"]))'; }
answered() { [[ $(answers "$1" "$2") -eq $3 ]]; }

# The circle "family", which a has founded.
asked() { kith "$1" circle invitations --json | grep -q '"name": *"family"'; }
inside() { [[ $(kith "$1" circle list --json | field role) == "$2" ]]; }
# bring DEVICE [OPTION...]: Ada asks them, they say yes, and are in.
bring() {
  local who=$1
  shift
  kith a circle invite family "$who" "$@" >/dev/null
  wait_for asked "$who"
  kith "$who" circle join family --as "$who" --yes >/dev/null
  wait_for inside_now a "$who"
  wait_for synced_in "$who"
}
inside_now() { kith "$1" circle members family --json | grep -q "\"name\": *\"$2\""; }
synced_in() { kith "$1" sync --timeout 20 >/dev/null && kith "$1" circle list --json | grep -q '"known": *true'; }
# share_all DEVICE TEXT: writes that, and shares it there.
share_all() { kith "$1" share "$(write "$1" "$2")" --with family --hold none --yes >/dev/null; }
