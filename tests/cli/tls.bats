#!/usr/bin/env bats
# A relay on another machine, reached by a name of its own over TLS. The machines are two network namespaces with a cable
# between them; only the devices' one knows the name. Everything in them ends with the processes that hold them.
load helpers

NAME=relay.kith.test
PORT=7788

prepare() {
  [[ $EUID -eq 0 ]] || skip "network namespaces need root"
  command -v ip >/dev/null || skip "ip (iproute2) is not installed"
  unshare --net --mount true 2>/dev/null || skip "this system allows no network namespaces"
  printf '192.0.2.1 %s\n' "$NAME" >"$T/hosts"
  machine there
  machine here "$T/hosts"
  ip_at there link add cable-r type veth peer name cable-d netns "${MACHINE[here]}" || skip "this kernel has no veth"
  ip_at there addr add 192.0.2.1/24 dev cable-r
  ip_at here addr add 192.0.2.2/24 dev cable-d
  ip_at there link set cable-r up
  ip_at here link set cable-d up
  KITH_RELAY=$(program_at there "$KITH_RELAY")
  KITH=$(program_at here "$KITH")
}

# machine NAME [HOSTS]: a network of its own, held by a process; HOSTS lies over /etc/hosts there.
declare -A MACHINE
machine() {
  local ready=$T/ready-$1
  # shellcheck disable=SC2016 # for the inner shell
  unshare --net --mount bash -c '{ [[ -z $1 ]] || mount --bind "$1" /etc/hosts; } && : >"$2" && exec cat 0<>"$3"' \
    machine "${2:-}" "$ready" "$T/never" 3>&- &
  MACHINE[$1]=$!
  PIDS+=("$!")
  wait_for test -e "$ready"
  ip_at "$1" link set lo up
}

at() {
  local machine=$1
  shift
  nsenter --target "${MACHINE[$machine]}" --net --mount --wd="$PWD" "$@"
}
ip_at() {
  local machine=$1
  shift
  at "$machine" ip "$@"
}

# program_at MACHINE PROGRAM: prints the path of a script that runs it there.
program_at() {
  local script
  script=$T/$(basename "$2")-$1
  printf '#!/bin/sh\nexec nsenter --target %s --net --mount --wd="$PWD" "%s" "$@"\n' "${MACHINE[$1]}" "$2" >"$script"
  chmod +x "$script"
  printf '%s\n' "$script"
}

# named_relay NAME: sets it up under the name; sets INVITE and RELAY.
named_relay() {
  INVITE=$("$KITH_RELAY" init --data "$T/relay-$1" --address "$NAME:$PORT" 2>/dev/null)
  RELAY=${INVITE%.*}
}

# serve RELAY [OPTION...]: sets RELAY_PID.
serve() {
  local name=$1
  shift
  rm -f "$T/port-$name"
  "$KITH_RELAY" serve --data "$T/relay-$name" --port-file "$T/port-$name" "$@" >"$T/log-$name" 2>&1 3>&- &
  RELAY_PID=$!
  PIDS+=("$RELAY_PID")
  wait_for test -s "$T/port-$name"
}

@test "two devices reach a relay by a name of its own over TLS, and go on when its certificate is renewed" {
  named_relay one
  [[ $INVITE == "$NAME:$PORT#"* ]]
  serve one
  grep -q 'listening on 0.0.0.0:7788 with TLS' "$T/log-one"
  init a
  kith a relay set "$INVITE"
  local before from_a from_b agent
  before=$(write a "before the link")
  link a b
  synced a b
  [[ $(text_of b "$before") == "before the link" ]]
  agent=$(agent_pid a)

  "$KITH_RELAY" certificate renew --data "$T/relay-one"
  relay_stop
  from_a=$(write a "from a, while it was away")
  serve one --listen "127.0.0.1:7787" --listen "0.0.0.0:$PORT"
  from_b=$(write b "from b, after the renewal")
  synced a b a
  [[ $(text_of b "$from_a") == "from a, while it was away" && $(text_of a "$from_b") == "from b, after the renewal" ]]
  [[ $(agent_pid a) == "$agent" ]]
}

@test "another relay behind the name is refused, and nothing is lost" {
  named_relay one
  serve one
  init a
  kith a relay set "$INVITE"
  link a b
  local first second
  first=$(write a "for the relay that was set")
  synced a b
  relay_stop
  named_relay two
  serve two
  second=$(write a "not for the other one")
  refused $RELAY_CHANGED kith a sync --timeout 20 --json
  [[ $(field error <<<"$stderr") == RELAY_FOREIGN ]]
  [[ $(count a) -eq 2 && $(kith a status --json | field waiting) -gt 0 ]]
  relay_stop
  serve one
  synced a b
  [[ $(text_of b "$first") == "for the relay that was set" && $(text_of b "$second") == "not for the other one" ]]
}

@test "what is not this machine's own is spoken to with TLS only, and without TLS nobody else is served" {
  named_relay one
  serve one --listen "127.0.0.1:$PORT"
  init a
  # Not there: its only address is its machine's own.
  refused $RELAY_AWAY kith a relay set "$INVITE"
  relay_stop
  serve one
  # There, and silent towards one without TLS.
  KITH=$(program_at there "$(realpath "$KITH_BIN/kith")")
  new_device c
  kith c init --device c --kdf-memory $KDF --recovery-sheet "$T/sheet-c" >/dev/null
  refused $RELAY_AWAY kith c relay set "127.0.0.1:$PORT#${INVITE#*#}"
  # Over the cable goes no word of the protocol in the clear: a plain HTTP/2 greeting is not answered with one.
  printf 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0' >"$T/greeting"
  run at here timeout 5 bash -c 'exec 4<>"/dev/tcp/192.0.2.1/$1" && cat "$2" >&4 && cat <&4 | od -An -tx1' _ "$PORT" "$T/greeting"
  echo "$output"
  # An HTTP/2 server begins with a SETTINGS frame (type 4); a TLS alert begins with 15 03.
  [[ -z $output || $output == " 15 03 "* ]]
}
