#!/usr/bin/env bats
# The agent: started by need, alone on its vault, and no loss when it is killed.
load helpers

@test "the first command starts it; stop ends it; status never starts it" {
  new_device a
  refused $AGENT kith a agent status
  kith a status
  run kith a agent status
  [[ $status -eq 0 ]]
  local pid
  pid=$(agent_pid a)
  kith a agent stop
  wait_for gone "$pid"
  refused $AGENT kith a agent status
  run kith a agent stop
  [[ $status -eq 0 ]]
}

@test "the agent is the program beside kith, not one on PATH; without it kith says so" {
  new_device a
  mkdir "$T/alone" "$T/path"
  cp "$KITH" "$T/alone/kith"
  printf '#!/bin/sh\ntouch "%s"\n' "$T/misled" >"$T/path/kith-agent"
  chmod +x "$T/path/kith-agent"
  KITH=$T/alone/kith PATH=$T/path:$PATH refused $AGENT kith a status --json
  [[ $(field error <<<"$stderr") == AGENT_UNREACHABLE && $stderr == *kith-agent* ]]
  KITH=$T/alone/kith PATH=$T/path:$PATH refused $AGENT kith a agent run
  [[ ! -e $T/misled ]]
}

@test "kith finds its agent when it is called by a link" {
  new_device a
  ln -s "$KITH" "$T/link"
  KITH=$T/link kith a agent start
  [[ -n $(agent_pid a) ]]
}

@test "two starts at once end in one agent" {
  new_device a
  kith a agent start & local one=$!
  kith a agent start & local two=$!
  wait $one
  wait $two
  local pid same
  pid=$(agent_pid a)
  same=$(grep -lzx "KITH_HOME=$T/device-a" /proc/[0-9]*/environ 2>/dev/null | wc -l)
  [[ -n $pid && $same -eq 1 ]]
}

@test "a second agent for the same device is refused and disturbs nothing" {
  init a
  local id
  id=$(write a "one agent only")
  run kith a agent run
  [[ $status -ne 0 ]]
  [[ $(text_of a "$id") == "one agent only" ]]
}

@test "an agent on another socket cannot open the same vault" {
  init a
  write a "held open" >/dev/null
  mkdir -m 700 "$T/device-b"
  ln -s "$T/device-a/vault" "$T/device-b/vault"
  refused $AGENT kith b list --json
  [[ $(field error <<<"$stderr") == VAULT_BUSY ]]
}

@test "killing the agent loses nothing that was confirmed" {
  init a
  local id pid
  id=$(write a "confirmed before the end")
  pid=$(agent_pid a)
  kill -9 "$pid"
  wait_for gone "$pid"
  [[ $(text_of a "$id") == "confirmed before the end" ]]
}

@test "the socket is this user's alone" {
  new_device a
  kith a agent start
  [[ $(stat -c %a "$T/device-a/agent.sock") == 600 ]]
}

@test "a folder that others can write to is refused" {
  mkdir -m 777 "$T/device-a"
  chmod 777 "$T/device-a"
  refused $USAGE kith a status
  [[ $stderr == *"chmod 700"* ]]
}

@test "a deep KITH_HOME gets a short socket elsewhere" {
  local deep
  deep=$T/$(printf 'd%.0s' {1..120})
  mkdir -m 700 "$deep"
  KITH_HOME=$deep setsid -w "$KITH" agent start 3>&-
  [[ ! -e $deep/agent.sock ]]
  KITH_HOME=$deep setsid -w "$KITH" agent stop 3>&-
}

@test "the agent does not hold the descriptors of whoever started it" {
  new_device a
  local pid
  exec 7>"$T/held"
  kith a agent start
  exec 7>&-
  pid=$(agent_pid a)
  [[ -z $(find "/proc/$pid/fd" -lname "$T/held") ]]
}
