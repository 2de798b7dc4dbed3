#!/usr/bin/env bats
# import and export: small files of its own, and a real journal of 3,415 entries where KITH_TEST_DATA has it.
load helpers

prepare() { init a; }

dayone() {
  cat >"$1" <<'JSON'
{"metadata": {"version": "1.0"}, "entries": [
  {"uuid": "A1B2C3D4E5F60718293A4B5C6D7E8F90", "creationDate": "2021-03-04T09:00:00Z", "timeZone": "Europe/London",
   "text": "A walk\\. Then rain\\!", "tags": ["walk"], "starred": true},
  {"uuid": "A1B2C3D4E5F60718293A4B5C6D7E8F91", "creationDate": "2021-03-05T09:00:00Z", "timeZone": "Europe/London",
   "text": "The second day."}]}
JSON
}

@test "Day One: a dry run changes nothing, the import adds, again adds nothing" {
  dayone "$T/Journal.json"
  run kith a import dayone "$T/Journal.json" --dry-run
  [[ $status -eq 0 && $(count a) -eq 0 ]]
  [[ $(kith a import dayone "$T/Journal.json" --json | tail -n 1 | field added) -eq 2 ]]
  [[ $(kith a import dayone "$T/Journal.json" --json | tail -n 1 | field added) -eq 0 ]]
  [[ $(count a) -eq 2 ]]
  [[ $(kith a list --starred --json | field first_line) == "A walk. Then rain!" ]]
}

@test "an import from a folder given as a relative path" {
  dayone "$T/Journal.json"
  cd "$T"
  [[ $(kith a import dayone Journal.json --json | tail -n 1 | field added) -eq 2 ]]
}

@test "jrnl and Markdown are read" {
  echo '{"tags": {}, "entries": [{"title": "A title.", "body": "And a body.", "date": "2021-03-04", "time": "09:00",
    "tags": [], "starred": false}]}' >"$T/jrnl.json"
  kith a import jrnl "$T/jrnl.json" --journal notes
  mkdir "$T/md"
  printf -- '---\ndate: 2021-03-05\ntags: [one]\n---\nFrom Markdown.\n' >"$T/md/2021-03-05.md"
  kith a import markdown "$T/md"
  [[ $(count a) -eq 2 ]]
  [[ $(kith a list --journal notes --json | wc -l) -eq 1 ]]
}

@test "a garbled file is refused; a garbled part is left out and reported" {
  head -c 4096 /dev/urandom >"$T/garbage.zip"
  refused $INPUT kith a import dayone "$T/garbage.zip" --json
  [[ $(field error <<<"$stderr") == IMPORT_UNREADABLE ]]
  refused $INPUT kith a import dayone "$T/none.zip"
  [[ $(count a) -eq 0 ]]
  dayone "$T/Journal.json"
  sed -i 's/2021-03-05T09:00:00Z/when it rained/' "$T/Journal.json"
  run --separate-stderr kith a import dayone "$T/Journal.json"
  [[ $status -eq 0 && $stderr == *"could not be read"* ]]
  [[ $(count a) -eq 1 ]]
}

@test "export writes Markdown that import reads back" {
  local id
  id=$(write a $'Some words.\n\nAnd more.' --title "A day" --tag x --on 1660-01-10)
  run kith a export markdown "$T/out"
  [[ $status -eq 0 && $output == *"not encrypted"* ]]
  grep -rq "And more." "$T/out"
  init b
  [[ $(kith b import markdown "$T/out" --json | tail -n 1 | field added) -eq 1 ]]
  [[ $(kith b list --json | field date) == 1660-01-10 ]]
  [[ $(text_of b "$(kith b list --json | field id)") == "$(text_of a "$id")" ]]
}

@test "a journal of 3,415 entries, in three formats" {
  [[ -r ${KITH_TEST_DATA:-}/pepys/pepys.dayone.zip ]] || skip "KITH_TEST_DATA has no pepys here"
  local last
  last=$(kith a import dayone "$KITH_TEST_DATA/pepys/pepys.dayone.zip" --json | tail -n 1)
  [[ $(field added <<<"$last") -eq 3415 && $(field days <<<"$last") -eq 3411 ]]
  [[ $(field first <<<"$last") == 1660-01-10 && $(field last <<<"$last") == 1669-06-10 ]]
  [[ $(kith a import dayone "$KITH_TEST_DATA/pepys/pepys.dayone.zip" --json | tail -n 1 | field added) -eq 0 ]]
  [[ $(count a) -eq 3415 ]]
  init b
  [[ $(kith b import jrnl "$KITH_TEST_DATA/pepys/pepys.jrnl.json.gz" --json | tail -n 1 | field added) -eq 3415 ]]
  init c
  [[ $(kith c import markdown "$KITH_TEST_DATA/pepys/pepys.markdown.tar.gz" --json | tail -n 1 | field added) -eq 3415 ]]
}
