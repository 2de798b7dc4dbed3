#!/usr/bin/env bats
# People and dates set quiet, and what a friend shared and somebody does not want to see: out of sight until asked for,
# the same on every device, never taken away.
load helpers

record() {
  local device=$1
  shift
  kith "$device" "$@" --json | field id
}

# hidden DEVICE TEXT COMMAND...: the command succeeds and shows nothing of TEXT, which it does with --with-quiet, for
# people and for programs.
hidden() {
  local device=$1 text=$2
  shift 2
  local plain all
  for format in "" --json; do
    plain=$(kith "$device" "$@" $format 2>&1) || { echo "failed: $* $format: $plain"; return 1; }
    all=$(kith "$device" "$@" $format --with-quiet 2>&1) || { echo "failed: $* $format --with-quiet"; return 1; }
    [[ $plain != *"$text"* ]] || { echo "$* $format shows: $plain"; return 1; }
    [[ $all == *"$text"* ]] || { echo "$* $format --with-quiet does not: $all"; return 1; }
  done
}

# shown DEVICE TEXT COMMAND...: it shows TEXT unasked.
shown() {
  local device=$1 text=$2 said
  shift 2
  said=$(kith "$device" "$@" 2>&1) && [[ $said == *"$text"* ]] || { echo "$* does not show $text: $said"; return 1; }
}

# about_ben WHETHER DEVICE: nothing, or all, that is about Ben is in sight.
about_ben() {
  "$1" "$2" Ben people list
  "$1" "$2" photograph people steps
  "$1" "$2" photograph search photograph
  "$1" "$2" photograph list
  "$1" "$2" photograph list --kind step
  "$1" "$2" kept trust list
  "$1" "$2" "walk on Sunday" reach show
  "$1" "$2" "from the window" today
  "$1" "$2" "walk on Sunday" search Sunday
}

@test "somebody set quiet is in no list, search or today until asked for, on every device, and comes back whole" {
  two_people
  introduce a b
  local step entry
  kith a people pin Ben --friend b --ring safe --type friend >/dev/null
  kith a people pin Cleo >/dev/null
  step=$(record a people step Ben --step "Send the photograph" --size 1)
  kith a people step Cleo --step "Lend her a book" >/dev/null
  kith a trust note Ben --signal kept >/dev/null
  kith a reach draft Ben --draft "Could we walk on Sunday" >/dev/null
  kith a today choose Cleo --step "Ring her bell" --on 2026-01-01 >/dev/null
  kith a today choose Ben --step "Wave from the window" >/dev/null
  entry=$(write a "Ben came by in the rain.")
  kith b share "$(write b "From my side.")" with a --hold none --yes >/dev/null
  wait_for in_inbox a "From my side."
  about_ben shown a
  before=$(kith a status --json | field entries)

  refused $NOT_FOUND kith a people quiet Dora
  run kith a people quiet Ben
  [[ $status -eq 0 && $output == *"Ben is quiet now"* && $output == *"nothing is deleted"* ]]
  about_ben hidden a
  hidden a "From my side." inbox
  shown a "From my side." inbox --from b
  # Not the one that was chosen before in its place.
  run kith a today
  [[ $output == "Nothing is chosen"* ]]
  # Others, and what was only written of them, are as they were: words are not searched for names.
  shown a Cleo people list
  shown a "Lend her a book" search book
  shown a "Ben came by" search rain
  # By its id it is asked for.
  shown a photograph show "$step"
  # Who is quiet is pinned still.
  refused $USAGE kith a people pin Dora
  [[ $(kith a people list --json | wc -l) -eq 1 && $(kith a people list --json --with-quiet | wc -l) -eq 2 ]]
  [[ $(kith a quiet list --json | field name) == Ben ]]
  # Nothing is gone: the export has it, and so has what is made of it.
  [[ $(kith a status --json | field entries) == "$before" ]]
  kith a export markdown "$T/out" >/dev/null
  for text in photograph "walk on Sunday" "from the window" 'quiet: "?quiet'; do grep -Erq "$text" "$T/out"; done

  synced a a2
  about_ben hidden a2
  kith a2 people quiet Ben --undo >/dev/null
  about_ben shown a2
  synced a2 a
  about_ben shown a
  shown a "From my side." inbox
  run kith a quiet list
  [[ $output == "Nobody and no date is quiet." ]]
}

@test "a date set quiet is in no list, search, look back or today until asked for; what is for hard days stays" {
  relay_start one
  init a
  kith a relay set "$INVITE" >/dev/null
  link a a2
  local day day_of
  write a "The hospital corridor." --on "2026-03-14 21:30" >/dev/null
  write a "A year before, the same day: lilac." --on 2025-03-14 >/dev/null
  write a "An ordinary Friday." --on 2026-03-13 >/dev/null
  for day in 10 11 12 13 14; do kith a check mixed --valence 1 --energy "${day#1}" --on "2026-03-$day" >/dev/null; done
  kith a people pin Cleo --on 2026-03-14 >/dev/null
  kith a today choose Cleo --step "Ring her bell" --on 2026-03-14 >/dev/null
  kith a support add --name "Night line" --how "a number of your own" --on 2026-03-14 >/dev/null
  kith a helpers add --name "Dr. Wells" --type doctor --on 2026-03-14 >/dev/null
  kith a reach draft Cleo --draft "Could we walk on Sunday" --on 2026-03-14 >/dev/null
  kith a grace letter --letter "You did what you could" --on 2026-03-14 >/dev/null
  [[ $(kith a look check --json | field n) -eq 5 ]]
  before=$(kith a list --json | wc -l)

  on_the_day() { # WHETHER DEVICE
    "$1" "$2" corridor list
    "$1" "$2" corridor search corridor
    "$1" "$2" corridor list --from 2026-03-01 --to 2026-03-31
    "$1" "$2" 2026-03-14 check list
    "$1" "$2" "Ring her bell" today
  }
  looks() { # DEVICE N: so many check-ins are looked back at unasked, and five when asked for
    [[ $(kith "$1" look check --json | field n) -eq $2 && $(kith "$1" look check --json --with-quiet | field n) -eq 5 ]]
  }
  on_the_day shown a
  refused $USAGE kith a quiet add someday
  run kith a quiet add 2026-03-14
  [[ $status -eq 0 && $output == "2026-03-14 is quiet now."* ]]
  kith a quiet add 2026-03-14 >/dev/null
  [[ $(kith a quiet list --json | wc -l) -eq 1 && $(kith a quiet list) == 2026-03-14 ]]
  on_the_day hidden a
  looks a 4
  # Four are too few to be laid side by side, and none of the four says why.
  run kith a look check
  [[ $output == *"fewer than five"* && $output != *quiet* ]]
  shown a "An ordinary Friday" list
  shown a lilac list
  # One less of a limit than there is: the limit counts what is shown.
  [[ $(kith a list -n 2 --from 2026-03-13 --json | wc -l) -eq 2 ]]
  # Of no date, whenever they were written.
  shown a "Night line" support
  shown a "Dr. Wells" helpers
  shown a "walk on Sunday" reach show
  shown a Cleo people list
  shown a "what you could" grace open
  kith a export markdown "$T/out" >/dev/null
  for text in corridor "Ring her bell" 'kind: "quiet"'; do grep -rq "$text" "$T/out"; done

  synced a a2
  on_the_day hidden a2
  looks a2 4
  kith a2 quiet add 2020-03-14 --every-year >/dev/null
  [[ $(kith a2 quiet list) == *"03-14 of every year"* ]]
  hidden a2 lilac list
  synced a2 a
  hidden a lilac search lilac

  # Way out and back in: another journal keeps what is quiet.
  init c
  kith a export markdown "$T/all" >/dev/null
  kith c import markdown "$T/all" >/dev/null
  hidden c corridor list
  hidden c lilac list

  kith a quiet remove 2026-03-14 >/dev/null
  refused $NOT_FOUND kith a quiet remove 2026-03-14
  kith a quiet remove 2020-03-14 >/dev/null
  on_the_day shown a
  shown a lilac list
  looks a 5
  synced a a2
  on_the_day shown a2
  [[ $(kith a list --json | wc -l) -eq $before ]]
}

@test "what a friend shared can be declined unseen: shown nowhere unless taken up, told to nobody, the same on every device" {
  two_people
  introduce a b
  local item other
  kith b share "$(write b "What happened in May.")" with a --hold none --yes >/dev/null
  kith b share "$(write b "The garden is wild.")" with a --hold none --yes >/dev/null
  wait_for in_inbox a "What happened in May."
  wait_for in_inbox a "The garden is wild."
  item=$(inbox_id a "What happened in May.")
  other=$(inbox_id a "The garden is wild.")
  synced a b
  seen=$(kith b who --json)
  refused $NOT_FOUND kith a inbox decline ffffffff
  run kith a inbox decline "$item"
  [[ $status -eq 0 && $output == *"nobody is told"* && $output != *May* ]]
  kith a inbox decline "$item" >/dev/null
  [[ $(kith a inbox decline --help) == *"told nothing"* ]]

  unseen() { # DEVICE: it is shown nowhere
    local said
    for command in inbox "inbox --from b" "inbox --declined" "inbox --declined --json" list "list --with-quiet" "search May"; do
      said=$(kith "$1" $command 2>&1)
      [[ $said != *"in May"* ]] || { echo "$command shows: $said"; return 1; }
    done
    [[ $(kith "$1" inbox --json | wc -l) -eq 1 && $(kith "$1" inbox --json | field id) == "$other" ]]
    [[ $(kith "$1" inbox --declined --json | field id) == "$item" ]]
  }
  unseen a
  # Without a terminal to ask at, or a word beforehand, it stays unseen.
  refused $USAGE kith a inbox show "$item"
  refused $USAGE kith a inbox show "$item" --json
  [[ $stderr$output != *May* ]]
  KITH_HOME=$T/device-a KITH_PASSPHRASE_FILE=$T/passphrase at_terminal "
    spawn \$env(KITH) inbox show $item
    see \"Show it now\"
    send \"n\r\"
    exit [ended]"
  [[ $status -eq $CANCELLED && $output != *"in May"* ]]
  KITH_HOME=$T/device-a KITH_PASSPHRASE_FILE=$T/passphrase at_terminal "
    spawn \$env(KITH) inbox show $item
    see \"Show it now\"
    send \"y\r\"
    see \"in May\"
    exit [ended]"
  [[ $status -eq 0 ]]
  # To look once is not to take it up.
  unseen a
  [[ $(kith a inbox show "$item" --yes --json | field declined) == true ]]
  synced a a2
  unseen a2
  # Whoever shared it sees what they saw before: no answer, no other state.
  synced a b
  [[ $(kith b who --json) == "$seen" ]]
  [[ -z $(kith b heard list --json) ]]

  kith a2 inbox decline "$item" --undo >/dev/null
  in_inbox a2 "What happened in May."
  synced a2 a
  in_inbox a "What happened in May."
  # By name: all of theirs that is here, and nothing that comes later.
  kith a inbox decline b >/dev/null
  inbox_empty a
  [[ $(kith a inbox --declined --json | wc -l) -eq 2 ]]
  kith b share "$(write b "A new page.")" with a --hold none --yes >/dev/null
  wait_for in_inbox a "A new page."
  kith a inbox decline b --undo >/dev/null
  [[ $(kith a inbox --json | wc -l) -eq 3 ]]
}
