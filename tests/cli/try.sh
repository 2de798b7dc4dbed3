#!/usr/bin/env bash
# The tour that `./dev try` runs: the main job, on scratch folders, with the real programs. Everything it prints under a
# heading is what happened, and each step is checked: the tour ends with an error if one does not hold.
set -euo pipefail

: "${KITH_BIN:=build/release/bin}" # the folder of the programs
KITH=$(realpath "$KITH_BIN/kith")
KITH_RELAY=$(realpath "$KITH_BIN/kith-relay")
readonly KITH KITH_RELAY

SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/kith-try.XXXXXX")
readonly SCRATCH
relay=

finish() {
  local device
  for device in laptop phone; do
    [[ -d $SCRATCH/$device ]] && KITH_HOME=$SCRATCH/$device "$KITH" agent stop >/dev/null 2>&1 || true
  done
  if [[ -n $relay ]]; then kill "$relay" 2>/dev/null || true; fi
  rm -rf "$SCRATCH"
}
trap finish EXIT
trap 'exit 130' INT TERM

bold=() plain=()
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' plain=$'\e[0m'; fi
step() { printf '\n%s== %s%s\n' "${bold[0]:-}" "$1" "${plain[0]:-}"; }
say() { printf '   %s\n' "$1"; }
fail() {
  printf 'The tour failed: %s\n' "$1" >&2
  exit 1
}

# on DEVICE COMMAND...: shows the command, then runs it as that device.
on() {
  local device=$1
  shift
  printf '   %s$ kith %s\n' "$device" "$*"
  quiet "$device" "$@" | sed 's/^/     /'
}
quiet() {
  local device=$1
  shift
  KITH_HOME=$SCRATCH/$device KITH_PASSPHRASE_FILE=$SCRATCH/passphrase "$KITH" "$@"
}
field() {
  python3 -c 'import json,sys; v=json.loads(sys.stdin.readline())[sys.argv[1]]; print(v if isinstance(v,str) else json.dumps(v))' "$1"
}
text_on() {
  quiet "$1" show "$ENTRY" --json | python3 -c 'import json,sys; sys.stdout.write(json.load(sys.stdin)["text"])'
}
# Until it succeeds, for a minute at most; between two tries it waits for input that never comes, a few milliseconds.
wait_for() {
  local deadline=$((SECONDS + 60)) never
  [[ -p $SCRATCH/never ]] || mkfifo "$SCRATCH/never"
  exec {never}<>"$SCRATCH/never"
  while ((SECONDS < deadline)); do
    if "$@" >/dev/null 2>&1; then
      exec {never}<&-
      return 0
    fi
    read -rt 0.005 -u "$never" _ || true
  done
  fail "this did not come true: $*"
}

# A phrase that is nowhere else on this machine, so that finding it can only mean one thing.
planted() { printf '%s%s' "$1" "$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')"; }
PLANTED_TITLE=$(planted Lanternfish)
PLANTED_TEXT=$(planted Thistledown)
PLANTED_TAG=$(planted quillwort)
readonly PLANTED_TITLE PLANTED_TEXT PLANTED_TAG

start_relay() {
  "$KITH_RELAY" serve --data "$SCRATCH/relay" --listen "127.0.0.1:$1" --port-file "$SCRATCH/port" \
    >"$SCRATCH/relay.log" 2>&1 &
  relay=$!
  wait_for test -s "$SCRATCH/port"
}

stop_relay() {
  kill "$relay"
  wait "$relay" || true
  relay=
  rm -f "$SCRATCH/port"
}

make_relay() {
  step "A relay is started. It will carry the journal and cannot read it."
  local invite
  invite=$("$KITH_RELAY" init --data "$SCRATCH/relay" --address 127.0.0.1:1 2>/dev/null |
    grep -o '127\.0\.0\.1:1#[^[:space:]]*' | head -n 1)
  start_relay 0
  port=$(<"$SCRATCH/port")
  INVITE=${invite/127.0.0.1:1#/127.0.0.1:$port#}
  say "kith-relay listens on 127.0.0.1:$port, on this machine only, and gave one invite."
}

make_journal() {
  step "The laptop makes a journal. No relay is needed for that."
  on laptop init --device laptop --kdf-memory 64 --recovery-sheet "$SCRATCH/recovery-sheet"
  step "An entry is written."
  cat >"$SCRATCH/entry.txt" <<TEXT
The morning was quieter than expected; the neighbour's windchime had stopped.

Walked to the allotment. $PLANTED_TEXT everywhere, and the beanpoles still standing.
TEXT
  sed 's/^/     | /' "$SCRATCH/entry.txt"
  say "laptop\$ kith write --title $PLANTED_TITLE --tag $PLANTED_TAG < entry.txt"
  ENTRY=$(quiet laptop write --json --title "$PLANTED_TITLE" --tag "$PLANTED_TAG" <"$SCRATCH/entry.txt" | field id)
  on laptop list
}

link_phone() {
  step "The laptop joins the relay and shows a code; the phone types it."
  say "laptop\$ kith relay set INVITE"
  quiet laptop relay set "$INVITE" >/dev/null
  quiet laptop link --yes --name phone --json >"$SCRATCH/link" 2>/dev/null &
  local showing=$! code relay_name
  wait_for test -s "$SCRATCH/link"
  code=$(field code <"$SCRATCH/link")
  relay_name=$(field relay <"$SCRATCH/link")
  say "laptop\$ kith link"
  say "  $code"
  mkdir -m 700 "$SCRATCH/phone"
  say "phone\$ kith link $code --relay '$relay_name'"
  quiet phone link "$code" --relay "$relay_name" --device phone --kdf-memory 64 | sed 's/^/     /'
  wait "$showing"
  on phone list
  [[ $(text_on phone) == "$(text_on laptop)" ]] ||
    fail "the phone's text differs"
  say "The text on the phone is the laptop's, byte for byte."
}

edit_apart() {
  step "The relay is off. Both edit the same entry, each without the other."
  stop_relay
  text_on laptop | sed 's/had stopped/was gone altogether/' |
    quiet laptop edit "$ENTRY" --text - >/dev/null
  say "laptop changes the first paragraph: \"had stopped\" becomes \"was gone altogether\""
  text_on phone | sed 's/still standing/blown over at last/' |
    quiet phone edit "$ENTRY" --text - >/dev/null
  say "phone changes the last one: \"still standing\" becomes \"blown over at last\""
  step "The relay is back. Both sync, and both edits are there on both."
  start_relay "$port"
  local device
  for device in laptop phone laptop; do quiet "$device" sync --timeout 60 >/dev/null; done
  on phone show "$ENTRY"
  for device in laptop phone; do
    quiet "$device" show "$ENTRY" --json >"$SCRATCH/merged"
    grep -q "gone altogether" "$SCRATCH/merged" && grep -q "blown over at last" "$SCRATCH/merged" ||
      fail "the edits were not merged on the $device"
    rm "$SCRATCH/merged"
  done
}

# search FOLDER: how many of the words in $SCRATCH/words occur in any file there, whatever the case.
search() {
  local word found=0
  while IFS= read -r word; do
    if grep -rqaiF -e "$word" "$1"; then found=$((found + 1)); fi
  done <"$SCRATCH/words"
  printf '%d\n' "$found"
}

look_for_words() {
  step "Every file of the relay and of both vaults is searched for what was written."
  quiet laptop export markdown "$SCRATCH/plain" >/dev/null
  # Names alone count for nothing here, so the devices' own labels are left out of the list.
  { printf '%s\n' "$PLANTED_TITLE" "$PLANTED_TEXT" "$PLANTED_TAG"
    text_on laptop | grep -oE '[[:alpha:]]{8,}'; } | sort -u >"$SCRATCH/words"
  local words folder bytes found
  words=$(wc -l <"$SCRATCH/words")
  say "Three planted phrases, and the entry's words of eight letters and more: $words in all."
  for folder in relay laptop phone; do
    bytes=$(find "$SCRATCH/$folder" -type f -printf '%s\n' | awk '{n += $1} END {print n + 0}')
    found=$(search "$SCRATCH/$folder")
    say "$(printf '%-8s %8d bytes in %2d files: %d of %d words found' "$folder" "$bytes" \
      "$(find "$SCRATCH/$folder" -type f | wc -l)" "$found" "$words")"
    ((bytes > 0 && found == 0)) || fail "words were found in $folder"
  done
  found=$(search "$SCRATCH/plain")
  say "$(printf 'The same search in a plain copy (kith export markdown): %d of %d found' "$found" "$words")"
  ((found == words)) || fail "the search does not find words that are there"
  rm -r "$SCRATCH/plain"
}

begin_for_real() {
  step "To begin for real"
  cat <<TEXT
   cmake --install build/release --prefix ~/.local     (with ~/.local/bin on your PATH)
   kith init                    makes your journal; write the recovery phrase on paper
   kith write                   opens your editor; the draft lies in memory, never on the disk
   kith list
   Later, on a machine that stays on:
   kith-relay init && kith-relay serve
   kith relay set INVITE, then kith link to add a device
   README.md says what the relay can see, and what is not promised.
TEXT
}

# Leaves the devices in place for as long as somebody looks at them.
stay() {
  [[ -t 0 && -t 1 ]] || return 0
  step "The two devices stay until you press Ctrl-C; then their folders are removed."
  say "In another terminal:"
  say "  export KITH_HOME=$SCRATCH/phone KITH_PASSPHRASE_FILE=$SCRATCH/passphrase"
  say "  $KITH list"
  wait "$relay" || true
}

printf 'Kith, at work in %s\n' "$SCRATCH"
printf 'quiet lanterns over water\n' >"$SCRATCH/passphrase"
chmod 600 "$SCRATCH/passphrase"
mkdir -m 700 "$SCRATCH/laptop"
make_relay
make_journal
link_phone
edit_apart
look_for_words
begin_for_real
stay
