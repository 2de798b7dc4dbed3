#!/usr/bin/env bats
# Writing, reading and changing entries.
load helpers

prepare() { init a; }

@test "what is written can be listed, shown and found" {
  local id
  id=$(write a "First frost on the garden." --title "Cold" --tag garden --tag autumn --on 2026-11-02 --journal home --star)
  [[ ${#id} -eq 32 ]]
  run kith a list
  [[ $output == *"2026-11-02  ${id:0:8}  *  Cold  #autumn #garden"* ]]
  run kith a show "${id:0:8}"
  [[ $output == *"First frost on the garden."* && $output == *"in home"* ]]
  run kith a search frost GARDEN
  [[ $output == *"${id:0:8}"* ]]
  run --separate-stderr kith a search nowhere
  [[ $status -eq 0 && -z $output ]]
}

@test "list filters by day, tag, journal, star and number" {
  write a one --on 1660-01-10 --tag a >/dev/null
  write a two --on 1669-06-10 --tag b --star >/dev/null
  write a three --on 2026-11-01 --journal work >/dev/null
  [[ $(kith a list --json | wc -l) -eq 3 ]]
  [[ $(kith a list --json | field date) == 2026-11-01 ]]
  [[ $(kith a list --json -n 1 | wc -l) -eq 1 ]]
  [[ $(kith a list --from 1660-01-11 --to 1669-06-10 --json | field first_line) == two ]]
  [[ $(kith a list --tag a --json | field first_line) == one ]]
  [[ $(kith a list --journal work --json | field first_line) == three ]]
  [[ $(kith a list --starred --json | field first_line) == two ]]
  [[ $(kith a list --oldest-first --json | field date) == 1660-01-10 ]]
}

@test "text keeps every byte: lines, spaces, quotes, any script" {
  printf '  leading\n\n"quotes" and \\ and \tTab\n\u65e5\u8a18 \u0645\u0631\u062d\u0628\u0627 \n\n' >"$T/in"
  local id
  id=$(kith a write --json <"$T/in" | field id)
  kith a show "$id" --json | python3 -c 'import json,sys; sys.stdout.write(json.load(sys.stdin)["text"])' >"$T/out"
  cmp "$T/in" "$T/out"
}

@test "edit changes what is named and nothing else; history has both; restore goes back" {
  local id version
  id=$(write a "before" --title T --tag x)
  kith a edit "$id" --text "after"
  [[ $(text_of a "$id") == after ]]
  [[ $(kith a show "$id" --json | field title) == T ]]
  [[ $(kith a history "$id" --json | wc -l) -eq 2 ]]
  version=$(kith a history "$id" --json | tail -n 1 | field version)
  kith a restore "$id" --version "${version:0:12}"
  [[ $(text_of a "$id") == before ]]
  echo "from a pipe" | kith a edit "$id" --text -
  [[ $(text_of a "$id") == "from a pipe" ]]
  kith a edit "$id" --title "" --on 2020-02-29
  [[ $(kith a show "$id" --json | field date) == 2020-02-29 ]]
}

@test "delete hides, restore brings back" {
  local id
  id=$(write a "gone for a while")
  kith a delete "$id"
  [[ $(count a) -eq 0 ]]
  [[ $(kith a list --deleted --json | field id) == "$id" ]]
  kith a restore "$id"
  [[ $(text_of a "$id") == "gone for a while" ]]
}

@test "tags and stars come and go" {
  local id
  id=$(write a "tagged")
  kith a tag "$id" one two
  kith a tag "$id" three --remove one
  [[ $(kith a show "$id" --json | field tags) == '["three", "two"]' ]]
  kith a star "$id"
  [[ $(kith a show "$id" --json | field starred) == true ]]
  kith a star "$id" --off
  [[ $(kith a show "$id" --json | field starred) == false ]]
}

@test "the editor's draft lies in memory and goes once it is written" {
  [[ $(stat -f -c %T /dev/shm) == tmpfs ]] || skip "/dev/shm is not tmpfs here"
  command -v expect >/dev/null || skip "expect is not installed"
  cat >"$T/editor" <<'EDITOR'
#!/bin/sh
stat -f -c %T "$1" >"$SEEN"
stat -c %a "$1" >>"$SEEN"
echo "$1" >>"$SEEN"
echo "typed in the editor" >"$1"
EDITOR
  chmod +x "$T/editor"
  KITH_HOME=$T/device-a KITH_PASSPHRASE_FILE=$T/passphrase SEEN=$T/seen VISUAL=$T/editor \
    at_terminal 'spawn $env(KITH) write; see "Written as"; exit [ended]'
  [[ $status -eq 0 ]]
  [[ $(sed -n 1p "$T/seen") == tmpfs && $(sed -n 2p "$T/seen") == 600 ]]
  [[ ! -e $(sed -n 3p "$T/seen") ]]
  [[ $(kith a list --json | field first_line) == "typed in the editor" ]]
}

@test "a draft whose editor failed is kept" {
  command -v expect >/dev/null || skip "expect is not installed"
  cat >"$T/editor" <<'EDITOR'
#!/bin/sh
echo "half a thought" >"$1"
echo "$1" >"$SEEN"
exit 1
EDITOR
  chmod +x "$T/editor"
  KITH_HOME=$T/device-a KITH_PASSPHRASE_FILE=$T/passphrase SEEN=$T/seen VISUAL=$T/editor \
    at_terminal 'spawn $env(KITH) write; see "draft is kept"; exit [ended]'
  [[ $status -ne 0 && $status -ne 124 ]]
  [[ $(<"$(<"$T/seen")") == "half a thought" ]]
  rm -r "$(dirname "$(<"$T/seen")")"
  [[ $(count a) -eq 0 ]]
}

@test "without a memory-backed folder the editor is refused" {
  local id
  id=$(write a "to be edited")
  unshare -rm true 2>/dev/null || skip "no mount namespaces here"
  mkdir "$T/plain"
  if [[ $(stat -f -c %T "$T") == tmpfs ]]; then skip "the scratch folder itself is tmpfs"; fi
  run --separate-stderr env KITH_HOME="$T/device-a" KITH="$KITH" T="$T" VISUAL=true XDG_RUNTIME_DIR="$T/plain" \
    unshare -rm sh -c 'mount --bind "$T/plain" /dev/shm && exec "$KITH" edit "$0" --json' "$id"
  [[ $status -eq $STORAGE && $(field error <<<"$stderr") == NO_SECURE_TEMP ]]
}

@test "20,000 characters are an entry like any other" {
  python3 -c 'print("wörter " * 2857)' >"$T/long"
  local id
  id=$(kith a write --json <"$T/long" | field id)
  kith a show "$id" --json | python3 -c 'import json,sys; sys.stdout.write(json.load(sys.stdin)["text"])' | cmp - "$T/long"
}

@test "600,000 characters are refused, and the text is kept" {
  python3 -c 'print("x" * 600000)' >"$T/long"
  refused $INPUT kith a write --json <"$T/long"
  [[ $(field error <<<"$stderr") == TOO_LARGE ]]
  local path
  path=$(grep -o '/[^ ;]*entry.md' <<<"$stderr" | head -n 1)
  if [[ -n $path ]]; then rm -r "${path%/*}"; fi
  [[ $(count a) -eq 0 ]]
}

@test "text that is not UTF-8 is refused with its place" {
  printf 'gr\xf6\xdfe' >"$T/latin"
  refused $INPUT kith a write --json <"$T/latin"
  [[ $(field error <<<"$stderr") == NOT_UTF8 && $stderr == *"byte 3"* ]]
  [[ $(count a) -eq 0 ]]
}

@test "an id that fits nothing, and one that is too short, are told apart from success" {
  write a "an entry" >/dev/null
  refused $NOT_FOUND kith a show ffffffffffffffffffffffffffffffff
  run kith a show ab
  [[ $status -ne 0 ]]
  run kith a write --on "the day after" </dev/null
  [[ $status -eq $USAGE ]]
}

@test "hostile text cannot command a terminal, and JSON gives it whole" {
  local id
  id=$(write a $'\e[2Jcleared \u202eback')
  run kith a show "$id"
  [[ $output != *$'\e'* && $output != *$'\u202e'* ]]
  [[ $(text_of a "$id") == $'\e[2Jcleared \u202eback' ]]
}

@test "colours and widths only at a terminal" {
  write a "plain output" --star >/dev/null
  [[ $(kith a list) != *$'\e'* ]]
}
