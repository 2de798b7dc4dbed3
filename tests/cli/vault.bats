#!/usr/bin/env bats
# init, unlock, lock, passphrase, and vaults that cannot be opened.
load helpers

@test "init makes a vault and a recovery sheet of 24 words, readable by its owner only" {
  init a
  [[ $(stat -c %a "$T/sheet-a") == 600 ]]
  [[ $(words_of a | wc -w) -eq 24 ]]
  [[ $(kith a status --json | field vault) == unlocked ]]
}

@test "init without a terminal and without a sheet is refused" {
  new_device a
  refused $USAGE kith a init
}

@test "init leaves an existing vault and an existing file alone" {
  init a
  refused $VAULT_STATE kith a init --recovery-sheet "$T/second"
  [[ ! -e $T/second ]]
  new_device b
  echo mine >"$T/mine"
  refused $USAGE kith b init --recovery-sheet "$T/mine"
  [[ $(<"$T/mine") == mine ]]
}

@test "init refuses a cost below the floor" {
  new_device a
  run kith a init --kdf-memory 8 --recovery-sheet "$T/sheet"
  [[ $status -ne 0 && ! -e $T/sheet ]]
}

@test "a locked vault shows nothing, and opens on the fly with a passphrase at hand" {
  init a
  write a "words behind a lock" >/dev/null
  kith a lock
  refused $LOCKED kith_bare a list
  [[ $stderr == *KITH_PASSPHRASE_FILE* ]]
  run kith a list
  [[ $status -eq 0 && $output == *"words behind a lock"* ]]
}

@test "unlock takes the passphrase from a descriptor" {
  init a
  kith a lock
  kith_bare a unlock --passphrase-fd 4 4<"$T/passphrase"
  [[ $(kith_bare a list | wc -l) -eq 0 ]]
}

@test "a wrong passphrase is refused, and loses nothing" {
  init a
  local id
  id=$(write a "still here")
  kith a lock
  cp "$T/passphrase" "$T/right"
  echo wrong >"$T/passphrase"
  refused $LOCKED kith a unlock
  refused $LOCKED kith a list --json
  [[ $(field error <<<"$stderr") == WRONG_PASSPHRASE ]]
  cp "$T/right" "$T/passphrase"
  [[ $(text_of a "$id") == "still here" ]]
}

@test "the passphrase changes, the old one no longer opens" {
  init a
  local id
  id=$(write a "kept through the change")
  echo "another one altogether" >"$T/new"
  chmod 600 "$T/new"
  KITH_NEW_PASSPHRASE_FILE=$T/new kith a passphrase --kdf-memory $KDF
  kith a lock
  refused $LOCKED kith a unlock
  mv "$T/new" "$T/passphrase"
  [[ $(text_of a "$id") == "kept through the change" ]]
}

@test "changing the passphrase needs the present one" {
  init a
  echo "not it" >"$T/passphrase"
  echo "another" >"$T/new"
  KITH_NEW_PASSPHRASE_FILE=$T/new refused $LOCKED kith a passphrase --kdf-memory $KDF
}

# damage FILE OFFSET: flips one byte.
damage() {
  python3 - "$1" "$2" <<'PY'
import sys
path, at = sys.argv[1], int(sys.argv[2])
with open(path, "r+b") as file:
    file.seek(at)
    byte = file.read(1)
    file.seek(at)
    file.write(bytes([byte[0] ^ 0xFF]))
PY
}

@test "a vault of a newer format is left untouched and says so" {
  init a
  kith a agent stop
  local before
  sed -i 's/[0-9][0-9]*/99/' "$T/device-a/vault/format"
  before=$(cat "$T/device-a/vault/format" "$T/device-a/vault/vault.key" | sha256sum)
  refused $VAULT_UNREADABLE kith a unlock --json
  [[ $(field error <<<"$stderr") == NEWER_FORMAT ]]
  [[ $(cat "$T/device-a/vault/format" "$T/device-a/vault/vault.key" | sha256sum) == "$before" ]]
}

@test "a damaged key file is told apart from a wrong passphrase" {
  init a
  kith a agent stop
  damage "$T/device-a/vault/vault.key" 0
  refused $VAULT_UNREADABLE kith a unlock --json
  [[ $(field error <<<"$stderr") == VAULT_DAMAGED ]]
}

@test "a damaged file of the vault is told, not served" {
  init a
  local i
  for i in 1 2 3 4; do write a "entry $i $(head -c 20000 /dev/urandom | base64 -w 0)" >/dev/null; done
  kith a agent stop
  local file
  while IFS= read -r file; do
    damage "$file" $(($(stat -c %s "$file") / 2))
  done < <(find "$T/device-a/vault" -mindepth 2 -type f -size +1k)
  refused $VAULT_UNREADABLE kith a list --json
  [[ $(field error <<<"$stderr") == VAULT_DAMAGED ]]
}

@test "a full disk refuses the entry, keeps the text and everything before it" {
  init a
  local id path
  id=$(write a "written while there was room")
  kith a agent stop
  # A limit on file size stands for the full disk: the agent inherits it and its writes fail.
  (
    trap '' XFSZ
    ulimit -f 8
    kith a agent start
  )
  head -c 200000 /dev/urandom | base64 -w 76 >"$T/long"
  refused $STORAGE kith a write <"$T/long"
  path=$(grep -o '/[^ ;]*entry.md' <<<"$stderr" | head -n 1)
  if [[ -n $path ]]; then
    cmp "$path" "$T/long"
    rm -r "${path%/*}"
  fi
  kith a agent stop
  [[ $(text_of a "$id") == "written while there was room" ]]
  kith a write <"$T/long"
  [[ $(count a) -eq 2 ]]
}

@test "at a terminal, init asks twice, shows the phrase once, takes it off the screen and asks for some of it" {
  command -v expect >/dev/null || skip "expect is not installed"
  new_device a
  KITH_HOME=$T/device-a TERM=xterm at_terminal '
    spawn $env(KITH) init --kdf-memory 64
    see "Passphrase: "; send "one two three\r"
    see "The same again: "; send "one two three\r"
    see "Press Enter"
    set words [dict create]
    foreach {all number word} [regexp -all -inline {([0-9]+) +([a-z]+)} $expect_out(buffer)] {
      dict set words $number $word
    }
    send "\r"
    see -ex "\033\[3J"
    for {set asked 0} {$asked < 3} {incr asked} {
      see -re {Word ([0-9]+): }
      send "[dict get $words $expect_out(1,string)]\r"
    }
    see "ready"
    exit [ended]'
  [[ $status -eq 0 && $output != *"one two three"* ]]
  [[ $(kith a status --json | field recovery_confirmed) == true ]]
}
