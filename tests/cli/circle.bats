#!/usr/bin/env bats
# Circles of more than two: five people at one relay.
load helpers

# Ada (a) is friends with b, c, d and e.
five_people() {
  local who
  relay_start one
  for who in a b c d e; do
    init "$who"
    [[ $who == a ]] || relay_invite one
    kith "$who" relay set "$INVITE" >/dev/null
  done
  for who in b c d e; do introduce a "$who"; done
}

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
share() { kith "$1" share "$(write "$1" "$2")" --with family --hold none --yes >/dev/null; }
problem() { [[ $(kith "$1" circle list --json | field problem) == "$2" ]]; }

@test "what one of five shares all read; who is removed reads nothing more, and who was away finds it" {
  five_people
  kith a circle create family --as Ada
  for who in b c d e; do bring "$who"; done
  [[ $(kith a circle members family --json | wc -l) -eq 5 ]]
  share b "by Ben, to all"
  for who in a c d e; do wait_for in_inbox "$who" "by Ben, to all"; done

  kith d lock
  refused $USAGE kith b circle remove family c --yes --json
  [[ $(field error <<<"$stderr") == NOT_OWNER ]]
  kith a circle remove family c --yes
  share a "not for c"
  wait_for in_inbox b "not for c"
  wait_for in_inbox e "not for c"
  kith c sync --timeout 20 || true
  wait_for problem c RELAY_REFUSED
  ! in_inbox c "not for c"
  kith d unlock
  wait_for in_inbox d "not for c"
  kith c status >/dev/null

  kith e circle leave family --yes
  wait_for four_less a
  kith a friend list --json | grep -q '"name": *"c"'
}
four_less() { [[ $(kith "$1" circle members family --json | wc -l) -eq 3 ]]; }

@test "who comes later reads from then on; what stood before by a grant only" {
  five_people
  kith a circle create family
  bring b
  share a "before"
  wait_for in_inbox b "before"
  bring c --role reader
  share b "after"
  wait_for in_inbox c "after"
  ! in_inbox c "before"
  refused $USAGE kith c share "$(write c "own")" --with family --hold none --yes --json
  [[ $(field error <<<"$stderr") == INVALID_ARGUMENT ]]
  kith a circle grant-history family c --yes
  wait_for in_inbox c "before"
  kith a circle roles family c writer --yes
  wait_for inside c writer
  share c "by c"
  wait_for in_inbox b "by c"
}

@test "an invitation can be declined; nothing about a circle is done without a yes" {
  five_people
  kith a circle create family
  kith a circle invite family b
  wait_for asked b
  kith b circle decline family
  [[ -z $(kith b circle invitations --json) ]]
  refused $NOT_FOUND kith b circle join family --yes
  refused $USAGE kith a circle leave family
  refused $NOT_FOUND kith a circle invite family nobody
  kith a circle leave family --yes
  [[ -z $(kith a circle list --json) ]]
}
