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

problem() { [[ $(kith "$1" circle list --json | field problem) == "$2" ]]; }

@test "what one of five shares all read; who is removed reads nothing more, and who was away finds it" {
  five_people
  kith a circle create family --as Ada
  for who in b c d e; do bring "$who"; done
  [[ $(kith a circle members family --json | wc -l) -eq 5 ]]
  share_all b "by Ben, to all"
  for who in a c d e; do wait_for in_inbox "$who" "by Ben, to all"; done

  kith d lock
  refused $USAGE kith b circle remove family c --yes --json
  [[ $(field error <<<"$stderr") == NOT_OWNER ]]
  kith a circle remove family c --yes
  share_all a "not for c"
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
  share_all a "before"
  wait_for in_inbox b "before"
  bring c --role reader
  share_all b "after"
  wait_for in_inbox c "after"
  ! in_inbox c "before"
  refused $USAGE kith c share "$(write c "own")" --with family --hold none --yes --json
  [[ $(field error <<<"$stderr") == INVALID_ARGUMENT ]]
  kith a circle grant-history family c --yes
  wait_for in_inbox c "before"
  kith a circle roles family c writer --yes
  wait_for inside c writer
  share_all c "by c"
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

@test "a circle has a name of one's own, and rests; friend commands say what to use" {
  five_people
  kith a circle create family
  refused $USAGE kith a circle create family
  bring b
  kith a circle rename family "the others"
  [[ $(kith a circle list --json | field name) == "the others" && $(kith b circle list --json | field name) == family ]]
  refused $NOT_FOUND kith a circle rename family kin
  refused $USAGE kith a circle rename "the others" b
  refused $USAGE kith a friend rename "the others" kin
  [[ $stderr == *"kith circle rename"* && $(kith a circle list --json | field name) == "the others" ]]
  refused $USAGE kith a friend rest "the others"
  [[ $(kith a circle list --json | field resting) == false ]]
  kith a circle rest "the others"
  [[ $(kith a circle list --json | field resting) == true ]]
  share_all b "while resting"
  kith a sync --timeout 20
  ! in_inbox a "while resting"
  kith a circle rest "the others" --end
  wait_for in_inbox a "while resting"
}
