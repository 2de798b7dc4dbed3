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
  for device in laptop phone ben ben-phone; do
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
  quiet "$device" "$@" 2>&1 | sed 's/^/     /'
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
PLANTED_NOTE=$(planted Snowberry)
PLANTED_ANSWER=$(planted Meadowsweet)
PLANTED_OF_BEN=$(planted Cloudberry)
PLANTED_DEVICE=$(planted Harebell)
BEN=$(planted Benjamin) # what the writer calls the friend
ADA=$(planted Adelheid) # what the friend calls the writer
readonly PLANTED_TITLE PLANTED_TEXT PLANTED_TAG PLANTED_NOTE PLANTED_ANSWER PLANTED_OF_BEN PLANTED_DEVICE BEN ADA
planted_phrases() {
  printf '%s\n' "$PLANTED_TITLE" "$PLANTED_TEXT" "$PLANTED_TAG" "$PLANTED_NOTE" "$PLANTED_ANSWER" "$PLANTED_OF_BEN" \
    "$PLANTED_DEVICE" "$BEN" "$ADA"
}

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

# link_device FROM TO NAME: adds a device by code.
link_device() {
  local code relay_name showing
  rm -f "$SCRATCH/link"
  quiet "$1" link --yes --name "$3" --json >"$SCRATCH/link" 2>/dev/null &
  showing=$!
  wait_for test -s "$SCRATCH/link"
  code=$(field code <"$SCRATCH/link")
  relay_name=$(field relay <"$SCRATCH/link")
  say "$1\$ kith link"
  say "  $code"
  mkdir -m 700 "$SCRATCH/$2"
  say "$2\$ kith link $code --relay '$relay_name'"
  quiet "$2" link "$code" --relay "$relay_name" --device "$3" --kdf-memory 64 | sed 's/^/     /'
  wait "$showing"
}

link_phone() {
  step "The laptop joins the relay and shows a code; the phone types it."
  say "laptop\$ kith relay set INVITE"
  quiet laptop relay set "$INVITE" >/dev/null
  link_device laptop phone phone
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

meet_friend() {
  step "A friend, Ben, has a journal of his own, on a laptop and a phone."
  mkdir -m 700 "$SCRATCH/ben"
  local invite code relay_name meeting number
  quiet ben init --device ben --kdf-memory 64 --recovery-sheet "$SCRATCH/recovery-sheet-of-ben" >/dev/null
  invite=$("$KITH_RELAY" invite --data "$SCRATCH/relay" 2>/dev/null | grep -o '127\.0\.0\.1:1#[^[:space:]]*' | head -n 1)
  quiet ben relay set "${invite/127.0.0.1:1#/127.0.0.1:$port#}" >/dev/null
  link_device ben ben-phone "$PLANTED_DEVICE"
  printf 'The %s is ripe at last.' "$PLANTED_OF_BEN" | quiet ben write >/dev/null
  step "The laptop shows a code; it is told to Ben, who types it. Nothing is shared by that."
  quiet laptop friend add --name "$BEN" --json >"$SCRATCH/meeting" 2>/dev/null &
  meeting=$!
  wait_for test -s "$SCRATCH/meeting"
  code=$(field code <"$SCRATCH/meeting")
  relay_name=$(field relay <"$SCRATCH/meeting")
  say "laptop\$ kith friend add --name $BEN"
  say "  $code"
  on ben friend add "$code" --relay "$relay_name" --name "$ADA"
  wait "$meeting"
  on laptop friend verify "$BEN"
  number=$(quiet laptop friend verify "$BEN")
  [[ $(quiet ben friend verify "$ADA") == "$number" ]] || fail "the safety numbers differ"
  say "Ben sees the same number."
}

inbox_item() { quiet "$1" inbox --json | field id; }
inbox_empty() { [[ -z $(quiet "$1" inbox --json) ]]; }
answers_on() { quiet "$1" who "$ENTRY" --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)["answers"]))'; }
answered() { [[ $(answers_on "$1") -eq $2 ]]; }

share_entry() {
  step "One entry is for Ben. The laptop shows just what he will see, then holds it."
  say "laptop\$ kith share ${ENTRY:0:8} with $BEN --note NOTE --preview"
  printf 'About the %s' "$PLANTED_NOTE" | quiet laptop share "$ENTRY" with "$BEN" --note - --preview 2>&1 | sed 's/^/     /'
  say "laptop\$ kith share ${ENTRY:0:8} with $BEN --note NOTE --hold 1m"
  printf 'About the %s' "$PLANTED_NOTE" | quiet laptop share "$ENTRY" with "$BEN" --note - --hold 1m --yes | sed 's/^/     /'
  local device number
  for device in laptop ben ben-phone; do quiet "$device" sync --timeout 60 >/dev/null; done
  inbox_empty ben && inbox_empty ben-phone || fail "a held share has left"
  say "Ben has nothing yet. The hold (15 minutes unless said otherwise) is cut short:"
  number=$(quiet laptop outbox list --json | field number)
  on laptop outbox now "$number"
  step "Both of Ben's devices have it. He lets the writer know that it was heard."
  for device in ben ben-phone; do
    wait_for inbox_item "$device"
    quiet "$device" inbox show "$(inbox_item "$device")" --json 2>/dev/null |
      python3 -c 'import json,sys; sys.stdout.write(json.load(sys.stdin)["copy"]["text"])' >"$SCRATCH/received"
    text_on laptop | cmp -s - "$SCRATCH/received" || fail "the text on $device differs"
    rm "$SCRATCH/received"
    on "$device" inbox
  done
  ITEM=$(inbox_item ben)
  on ben inbox show "${ITEM:0:8}"
  say "ben\$ kith heard ${ITEM:0:8} -"
  printf 'Thank you. The %s too.' "$PLANTED_ANSWER" | quiet ben heard "$ITEM" - | sed 's/^/     /'
  on ben-phone heard "${ITEM:0:8}" --call
  wait_for answered laptop 2
  wait_for answered phone 2
  on laptop who "${ENTRY:0:8}"
}

unshare_entry() {
  step "The entry is taken back."
  on laptop unshare "${ENTRY:0:8}" --with "$BEN"
  wait_for inbox_empty ben
  wait_for inbox_empty ben-phone
  say "It is gone from the lists on both of Ben's devices."
  on laptop who "${ENTRY:0:8}"
}

# What was written, in the clear, to show that the search finds it there.
plain_copy() {
  quiet laptop export markdown "$SCRATCH/plain" >/dev/null
  quiet laptop who "$ENTRY" >"$SCRATCH/plain/who"
  quiet ben inbox show "$ITEM" >"$SCRATCH/plain/inbox" 2>/dev/null
  quiet ben list >"$SCRATCH/plain/list"
  quiet ben devices >"$SCRATCH/plain/devices"
}

search_everywhere() {
  local folder bytes found words
  words=$(wc -l <"$SCRATCH/words")
  for folder in relay laptop phone ben ben-phone; do
    bytes=$(find "$SCRATCH/$folder" -type f -printf '%s\n' | awk '{n += $1} END {print n + 0}')
    found=$(search "$SCRATCH/$folder")
    say "$(printf '%-9s %8d bytes in %2d files: %d of %d words found' "$folder" "$bytes" \
      "$(find "$SCRATCH/$folder" -type f | wc -l)" "$found" "$words")"
    ((bytes > 0 && found == 0)) || fail "words were found in $folder"
  done
}

look_for_words() {
  step "Every file of the relay, of both vaults and of Ben's is searched for what was written."
  { planted_phrases
    text_on laptop | grep -oE '[[:alpha:]]{8,}'; } | sort -u >"$SCRATCH/words"
  local found words
  words=$(wc -l <"$SCRATCH/words")
  say "Planted: title, text, tag, note and answer; Ben's own words, his phone's name, and what the two call each other."
  say "With the entry's words of eight letters and more these are $words in all."
  search_everywhere
  plain_copy
  found=$(search "$SCRATCH/plain")
  say "$(printf 'The same search in a plain copy (kith export markdown, who, inbox, list, devices): %d of %d found' "$found" "$words")"
  ((found == words)) || fail "the search does not find words that are there"
  rm -r "$SCRATCH/plain"
}

look_again() {
  step "The same search, after it was taken back."
  search_everywhere
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
   kith relay set INVITE, then kith link to add a device, or kith friend add to let one person in
   README.md says what the relay can see, and what is not promised.
TEXT
}

# Leaves the devices in place for as long as somebody looks at them.
stay() {
  [[ -t 0 && -t 1 ]] || return 0
  step "The four devices stay until you press Ctrl-C; then their folders are removed."
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
meet_friend
share_entry
look_for_words
unshare_entry
look_again
begin_for_real
stay
