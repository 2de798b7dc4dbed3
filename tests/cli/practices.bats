#!/usr/bin/env bats
# The practices, each as a person would use it: what must hold of its row in the table of practices, its record on a second
# device, and what of it a friend gets to see.
load helpers

# record DEVICE COMMAND...: prints the id of the record that the command wrote.
record() {
  local device=$1
  shift
  kith "$device" "$@" --json | field id
}

# part_of DEVICE ID NAME: a field of the record; null where it was skipped.
part_of() {
  kith "$1" show "$2" --json |
    python3 -c 'import json,sys; print(json.dumps(json.loads(sys.stdin.readline()).get("fields", {}).get(sys.argv[1])))' "$3"
}

# on_the_other ID NAME VALUE: what the second device says of the record, once both have synced.
on_the_other() {
  synced a a2
  [[ $(part_of a2 "$1" "$2") == "$3" ]]
}

# friend_reads TEXT: b has something of just this text.
friend_reads() {
  local id
  for id in $(kith b inbox --json | python3 -c 'import json,sys; print(*[json.loads(l)["id"] for l in sys.stdin])'); do
    [[ $(inbox_text b "$id") == "$1" ]] && return
  done
  return 1
}

share_part() { kith a share "$1" with b --hold none --yes "${@:2}" >/dev/null; }

prepare_two() {
  two_people
  introduce a b
}

@test "fear of being hurt again: a hunch is closed either way in the same words, and is never shown unasked" {
  prepare_two
  local id other
  id=$(record a hunch add --worry "She is tired of me" --likely 8)
  other=$(record a hunch add --worry "They laugh" --likely 3)
  for command in status today "people list" drafts; do
    run kith a $command
    [[ $output != *"tired of me"* ]]
  done
  [[ $(kith a hunch list --open --json | wc -l) -eq 2 ]]
  came=$(kith a hunch close "$id" happened --after "She said so" | sed "s/$(cut -c1-8 <<<"$id")//")
  not=$(kith a hunch close "$other" not | sed "s/$(cut -c1-8 <<<"$other")//")
  [[ $came == "$not" ]]
  [[ $(kith a hunch list --open --json | wc -l) -eq 0 ]]
  on_the_other "$id" outcome '"happened"'
  share_part "$id"
  wait_for friend_reads $'Outcome: happened\nAfterwards: She said so'
  share_part "$id" --part both
  wait_for friend_reads $'Worry: She is tired of me\nOutcome: happened\nAfterwards: She said so'
}

@test "difficulty trusting: notes are never shared, and the door caps the depth until it is changed" {
  prepare_two
  local note deep
  note=$(record a trust note b --signal kept)
  kith a trust door b 2 >/dev/null
  refused $USAGE kith a share "$note" with b --hold none --yes
  [[ $stderr == *"nothing of it is ever shared"* ]]
  deep=$(write a "The deep part." --depth 4)
  run --separate-stderr kith a share "$deep" with b --hold none --yes --json
  [[ $status -eq $USAGE && $stderr == *DOOR_CLOSED* && $stderr == *"kith trust door NAME DEPTH"* ]]
  [[ -z $(kith a outbox list --json) ]]
  kith a trust door b 4 >/dev/null
  kith a share "$deep" with b --hold none --yes >/dev/null
  wait_for friend_reads "The deep part."
  # A later edit that goes deeper than the door does not reach who follows the entry.
  local follows
  follows=$(write a "Near the surface." --depth 1)
  kith a share "$follows" with b --hold none --yes --follow >/dev/null
  wait_for friend_reads "Near the surface."
  kith a trust door b 3 >/dev/null
  refused $USAGE kith a edit "$follows" --depth 5 --text "Far below."
  synced a b
  run friend_reads "Far below."
  [[ $status -ne 0 && $(text_of a "$follows") == "Far below." ]]
  on_the_other "$note" signal '"kept"'
  kith a export markdown "$T/out" >/dev/null
  ! grep -rq "door" "$T/out"
}

@test "shame and self-blame: the reply goes alone, a harsh line shows nowhere unasked, and no reply is needed" {
  prepare_two
  local id bare
  bare=$(record a kindly --line "I ruin everything")
  id=$(record a kindly --line "I am a burden to them" --reply "You were tired, and you came" --weight-before 8 --weight-after 5)
  run kith a search burden
  [[ $output == *"You were tired"* && $output != *burden* ]]
  run kith a list
  [[ $output != *burden* && $output != *ruin* ]]
  run kith a show "$id"
  [[ $output != *burden* && $output == *folded* ]]
  run kith a show "$id" --unfold
  [[ $output == *burden* ]]
  share_part "$id"
  wait_for friend_reads "You were tired, and you came"
  on_the_other "$id" weight_after 5
  refused $NOT_FOUND kith a share "$bare" with b --hold none --yes
}

@test "emotional numbing: numb has no valence, and goes to a friend as a card that asks nothing" {
  prepare_two
  local id mixed
  id=$(record a check numb)
  [[ $(part_of a "$id" valence) == null ]]
  refused $USAGE kith a check numb --valence 2
  mixed=$(record a check mixed --valence -1 --energy 0 --body chest)
  [[ $(part_of a "$mixed" energy) == 0 ]]
  on_the_other "$mixed" valence -1
  share_part "$id"
  wait_for friend_reads "Numb today. No reply needed."
  refused $USAGE kith a share "$mixed" with b --hold none --yes
}

@test "social withdrawal: rest counts as contact does, and a friend can be asked for a smaller plan" {
  prepare_two
  local id rest
  rest=$(record a company --type rest --after 1)
  id=$(record a company --type call --minutes 20 --wanted yes --before -1 --after 1)
  [[ $(kith a company list --json | wc -l) -eq 2 ]]
  run kith a company list
  [[ $output != *goal* && $output != *target* ]]
  on_the_other "$rest" type '"rest"'
  share_part "$id"
  wait_for friend_reads "A smaller plan, please."
}

@test "cycle 1: feeling unsafe: a stage is said by oneself alone, the card is there, and the map goes without entries" {
  prepare_two
  local id entry
  entry=$(write a "Nobody called. I feel unsafe.")
  kith a check numb >/dev/null
  kith a grace retreating >/dev/null
  [[ -z $(kith a loop map --json) ]]
  run kith a loop tag 1 --entry "$entry"
  [[ $status -eq 0 && $output == *"kith ground"* ]]
  run kith a ground
  [[ $status -eq 0 && $output == *"Feet on the floor"* ]]
  # One mark, of the stage that was said, whatever else there is.
  [[ $(kith a loop map --json | wc -l) -eq 1 ]]
  id=$(record a loop exit 2 --exit-text "A walk first" --entry "$entry")
  [[ $(part_of a "$id" exit_ref) == "\"$entry\"" ]]
  run kith a loop map
  [[ $output == *"1 feeling unsafe"*"2 withdrawing"*"way out: A walk first"*"3 loneliness"*"4 further isolation"* ]]
  on_the_other "$id" exit_text '"A walk first"'
  refused $USAGE kith a loop tag 5
  share_part "$id"
  wait_for friend_reads $'2 withdrawing\nWay out: A walk first'
  run friend_reads "Nobody called. I feel unsafe."
  [[ $status -ne 0 ]]
}

@test "cycle 2: withdrawing: the smallest contact that went well before is offered, or an example to change" {
  prepare_two
  local id contact
  run kith a loop tag 2
  [[ $output == *"none yet; for example"* && $output == *"No need to answer"* ]]
  kith a company --type group --minutes 120 --before 0 --after 1 >/dev/null
  kith a company --type call --minutes 1 --before 1 --after -1 >/dev/null
  kith a company --type rest --before -1 --after 3 >/dev/null
  contact=$(record a company --type message --minutes 2 --before -1 --after 0)
  run kith a loop tag 2
  [[ $output == *"ne that went well"* && $output == *message* && $output != *group* && $output != *call* && $output != *rest* ]]
  id=$(record a loop exit 2 --exit-text "A line is enough" --entry "$contact")
  on_the_other "$id" exit_ref "\"$contact\""
  share_part "$id"
  wait_for friend_reads $'2 withdrawing\nWay out: A line is enough'
}

@test "cycle 3: loneliness deepens: a second answer within two weeks is declined kindly, and none leaves unasked" {
  prepare_two
  local id
  run kith a loop tag 3
  [[ $output == *"kith thought"* && $output == *"kith lonely"* ]]
  id=$(record a lonely --lonely 6 --on 2026-11-01)
  run --separate-stderr kith a lonely --lonely 7 --on 2026-11-14 --json
  [[ $status -eq $USAGE && $stderr == *TOO_SOON* && $stderr == *"still stands"* ]]
  refused $USAGE kith a lonely --lonely 7 --on 2026-10-19
  kith a lonely --lonely 5 --on 2026-11-15
  [[ $(kith a lonely list --json | wc -l) -eq 2 ]]
  on_the_other "$id" lonely 6
  # What stands on one device holds on the other.
  refused $USAGE kith a2 lonely --lonely 1 --on 2026-11-16
  refused $USAGE kith a share "$id" with b --hold none --yes
  share_part "$id" --part lonely
  wait_for friend_reads "Lonely: 6"
}

@test "cycle 4: further isolation: a message from an easier day stands beside the support list, and sends nothing by itself" {
  prepare_two
  local id
  run kith a loop tag 4
  [[ $output == *"kith reach show"* && $output == *"kith support"* ]]
  kith a people pin Ben --friend b --ring safe --type friend >/dev/null
  id=$(record a reach draft Ben --draft "Could we walk on Sunday")
  run kith a reach show
  [[ $output == *"Could we walk"* && $output == *"ships no numbers"* ]]
  kith a support add --name "Night line" --how "a number of your own" --checked today >/dev/null
  run kith a reach show
  [[ $output == *"Night line"* ]]
  [[ -z $(kith a outbox list --json) ]]
  kith a reach send "$id" b >/dev/null
  [[ $(kith a outbox list --json | wc -l) -eq 1 ]]
  run friend_reads "Could we walk on Sunday"
  [[ $status -ne 0 ]]
  kith a outbox now "$(kith a outbox list --json | field number)" >/dev/null
  wait_for friend_reads "Could we walk on Sunday"
  on_the_other "$id" draft '"Could we walk on Sunday"'
}

@test "connection is within reach: absent until chosen, hidden when asked, never shared" {
  prepare_two
  local id
  run kith a today
  [[ $output == *"Nothing is chosen"* ]]
  kith a people pin Ben --friend b --ring safe >/dev/null
  id=$(record a today choose Ben --step "Wave from the window")
  run kith a today
  [[ $output == *"Wave from the window"* ]]
  on_the_other "$id" step '"Wave from the window"'
  refused $USAGE kith a share "$id" with b --hold none --yes
  kith a today hide
  run kith a today
  [[ $output == *"Nothing is chosen"* ]]
}

@test "start small with safe people: a third pin asks once, and steps go only to who is safe" {
  prepare_two
  local id
  kith a people pin Ben --friend b --ring maybe >/dev/null
  kith a people pin Cleo >/dev/null
  refused $USAGE kith a people pin Dora
  [[ $(kith a people list --json | wc -l) -eq 2 ]]
  kith a people pin Dora --yes >/dev/null
  kith a people pin Emil >/dev/null
  id=$(record a people step Ben --step "Send the photograph" --size 1 --state idea)
  refused $USAGE kith a share "$id" with b --hold none --yes
  [[ $stderr == *"pinned as safe"* ]]
  kith a people mark "$id" --state done >/dev/null
  [[ $(kith a people steps --done --json | wc -l) -eq 1 ]]
  on_the_other "$id" state '"done"'
}

@test "challenge negative thoughts: each question can be skipped, the third makes a linked hunch, one answer can be shared" {
  prepare_two
  local id hunch
  id=$(record a thought --thought "Nobody misses me" --for "No call today" --against "Two calls on Sunday" \
    --chance "Ask Ben to walk" --belief-before 80 --belief-after 60)
  hunch=$(part_of a "$id" hunch | tr -d '"')
  [[ $(part_of a "$hunch" worry) == '"Nobody misses me"' ]]
  [[ $(part_of a "$id" friend) == null ]]
  record a thought --thought "Only this" >/dev/null
  [[ $(kith a hunch list --json | wc -l) -eq 1 ]]
  on_the_other "$id" belief_after 60
  refused $USAGE kith a share "$id" with b --hold none --yes
  share_part "$id" --part against
  wait_for friend_reads "Two calls on Sunday"
  share_part "$id" --part ask
  wait_for friend_reads $'Nobody misses me\nWhat would you say to a friend here?'
}

@test "professional support: a shelf of one's own, where pausing is a stage like others" {
  prepare_two
  local id
  id=$(record a helpers add --name "Dr. Wells" --type therapist --stage seeing --questions "How long is a session")
  booked=$(kith a helpers change "$id" --stage booked | wc -c)
  paused=$(kith a helpers change "$id" --stage paused | wc -c)
  [[ $booked -eq $paused ]]
  kith a helpers add --name "A book" --type book >/dev/null
  [[ $(kith a helpers --json | wc -l) -eq 2 ]]
  on_the_other "$id" stage '"paused"'
  share_part "$id"
  wait_for friend_reads $'Name: Dr. Wells\nKind: therapist\nStage: paused\nQuestions: How long is a session'
}

@test "activities that foster connection: staying, leaving and skipping are told in the same words" {
  prepare_two
  local id line said=""
  for result in stayed left skipped; do
    id=$(record a tryout add --type class --leave-after 60 --exit-line "I have an early day" --expect 3)
    line=$(kith a tryout close "$id" "$result" --actual 6 | sed "s/$(cut -c1-8 <<<"$id")//")
    [[ -z $said || $line == "$said" ]]
    said=$line
  done
  on_the_other "$id" result '"skipped"'
  share_part "$id"
  wait_for friend_reads "I am trying something out. Would you come along (class). I may leave after 60 minutes."
}

@test "forgive yourself for struggling: a letter opens only when asked, and months away are counted nowhere" {
  prepare_two
  local id
  kith a grace ready --on 2026-01-02 >/dev/null
  id=$(record a grace letter --letter "You did what you could" --open-when "when I hide")
  run kith a list
  [[ $output != *"what you could"* ]]
  run kith a show "$id"
  [[ $output != *"what you could"* ]]
  run kith a grace open
  [[ $output == "You did what you could" ]]
  for command in status list "check list" "grace list" today; do
    run kith a $command
    [[ $output != *" days"* && $output != *streak* && $output != *missed* ]]
  done
  on_the_other "$id" open_when '"when I hide"'
  share_part "$id"
  wait_for friend_reads "A quiet spell. I am slow to answer, and it is not about you."
}

@test "vulnerability at one's own pace: rungs and prompts are one's own, going down is as good as up, and nothing moves by itself" {
  prepare_two
  local id entry prompt low high
  run kith a ladder
  [[ $status -eq 0 && $output == *"1 a favourite film"* && $output == *"5 something deeper"* ]]
  [[ -z $(kith a ladder --json) ]]
  for command in status today list; do
    run kith a $command
    [[ $output != *adder* && $output != *"favourite film"* ]]
  done
  prompt=$(record a ladder prompt "A song I liked at twelve" --depth 2)
  run kith a ladder
  [[ $output == *"A song I liked at twelve"* ]]
  kith a ladder reword "$prompt" --prompt "A film I saw twice" --depth 1 >/dev/null
  [[ $(part_of a "$prompt" depth) == 1 ]]
  entry=$(write a "It was raining in it.")
  high=$(kith a ladder add --depth 4 --ease 2 --on 2026-01-01 | sed 's/ [0-9a-f]\{8\} / /')
  low=$(kith a ladder add --depth 1 --ease 2 --on 2026-01-01 | sed 's/ [0-9a-f]\{8\} / /')
  [[ $high == "$low" ]]
  id=$(record a ladder add --depth 1 --prompt "A film I saw twice" --ease 8 --entry "$entry")
  [[ $(part_of a "$id" entry) == "\"$entry\"" && $(part_of a "$id" depth) == 1 ]]
  [[ $(kith a ladder list --json | wc -l) -eq 3 ]]
  refused $USAGE kith a ladder add --depth 6
  refused $NOT_FOUND kith a ladder add --depth 1 --entry ffffffff
  on_the_other "$id" ease 8
  share_part "$id"
  wait_for friend_reads "A film I saw twice"
  # A rung is held against the door, whatever the depth of its record.
  kith a trust door b 2 >/dev/null
  high=$(record a ladder add --depth 4 --prompt "What I was afraid of")
  run --separate-stderr kith a share "$high" with b --hold none --yes --json
  [[ $status -eq $USAGE && $stderr == *DOOR_CLOSED* ]]
  kith a delete "$prompt" >/dev/null
  [[ -z $(kith a ladder --json) ]]
}

@test "to be seen and understood: only a deliberate press is heard, and it is listed with its words" {
  prepare_two
  local entry item
  entry=$(write a "I was afraid to say it.")
  kith a share "$entry" with b --hold none --yes >/dev/null
  wait_for friend_reads "I was afraid to say it."
  item=$(kith b inbox --json | field id)
  kith b inbox show "$item" >/dev/null
  synced a b
  run kith a heard list
  [[ $status -eq 0 && $output == "Nothing is here." ]]
  [[ -z $(kith a heard list --json) ]]
  refused $USAGE kith b heard
  kith b heard "$item" "I am glad you told me." >/dev/null 2>&1
  has_heard() { [[ $(kith "$1" heard list --json | field text) == "I am glad you told me." ]]; }
  wait_for has_heard a
  [[ $(kith a heard list --json | field entry) == "$entry" ]]
  run kith a heard list
  [[ $output == *"afraid to say it"* && $output == *"Heard by b"* && $output == *"I am glad you told me."* ]]
  wait_for has_heard a2
  # One's own answers are in no list of what others heard.
  [[ -z $(kith b heard list --json) ]]
}

@test "questions can be skipped or stopped, and Ctrl-C keeps the answers so far as a draft on this device alone" {
  init a
  KITH_HOME=$T/device-a KITH_PASSPHRASE_FILE=$T/passphrase at_terminal '
    spawn $env(KITH) hunch add
    see "could happen?"
    send "They laugh at me\r"
    see "from 0 to 10?"
    send "\x03"
    exit [ended]'
  [[ $status -eq $CANCELLED && $output == *"kept as a draft"* ]]
  [[ $(kith a drafts --json | field kind) == hunch ]]
  [[ $(kith a hunch list --json | wc -l) -eq 0 ]]
  KITH_HOME=$T/device-a KITH_PASSPHRASE_FILE=$T/passphrase at_terminal '
    spawn $env(KITH) hunch add
    see "Go on with it?"
    send "y\r"
    see "from 0 to 10?"
    send "eleven\r"
    see "whole number from 0 to 10"
    send "\r"
    see "is saved"
    exit [ended]'
  [[ $status -eq 0 && -z $(kith a drafts --json) ]]
  run kith a hunch list
  [[ $output == *"They laugh at me"* ]]
  KITH_HOME=$T/device-a KITH_PASSPHRASE_FILE=$T/passphrase at_terminal '
    spawn $env(KITH) check
    see "can"
    send ".\r"
    exit [ended]'
  [[ $status -eq $USAGE && $output == *"nothing is saved"* ]]
}

@test "every row of the table of practices has one test of its name" {
  local row
  local rows=("fear of being hurt again" "difficulty trusting" "shame and self-blame" "emotional numbing" "social withdrawal"
    "cycle 1: feeling unsafe" "cycle 2: withdrawing" "cycle 3: loneliness deepens" "cycle 4: further isolation"
    "connection is within reach" "start small with safe people" "challenge negative thoughts"
    "vulnerability at one's own pace" "professional support" "activities that foster connection"
    "forgive yourself for struggling" "to be seen and understood")
  [[ ${#rows[@]} -eq 17 ]]
  for row in "${rows[@]}"; do
    [[ $(cat "$BATS_TEST_DIRNAME"/practices*.bats | grep -Fc "@test \"$row: ") -eq 1 ]] || { echo "no test, or two: $row"; return 1; }
  done
}
