# For .bats files that need machines of their own: `load machines` after `load helpers`. A machine is a network namespace
# with a cable to one switch, 192.0.2.0/24, and a list of names that may be its own. All of it ends with the processes
# that hold the namespaces.

# machine NAME ADDRESS [HOSTS]: HOSTS lies over /etc/hosts there. Skips the test where the system cannot have any.
declare -gA MACHINE
machine() {
  if [[ -z ${MACHINE[switch]:-} ]]; then
    [[ $EUID -eq 0 ]] || skip "network namespaces need root"
    command -v ip >/dev/null || skip "ip (iproute2) is not installed"
    unshare --net --mount true 2>/dev/null || skip "this system allows no network namespaces"
    hold_namespace switch
    ip_at switch link add ports type bridge || skip "this kernel has no bridges"
    ip_at switch link set ports up
  fi
  hold_namespace "$1" "${3:-}"
  ip_at "$1" link set lo up
  ip_at switch link add "to-$1" type veth peer name cable netns "${MACHINE[$1]}" || skip "this kernel has no veth"
  ip_at switch link set "to-$1" master ports
  ip_at "$1" addr add "$2/24" dev cable
  ip_at "$1" link set cable up
  plug "$1"
}

hold_namespace() {
  local ready=$T/ready-$1
  # shellcheck disable=SC2016 # for the inner shell
  unshare --net --mount bash -c '{ [[ -z $1 ]] || mount --bind "$1" /etc/hosts; } && : >"$2" && exec cat 0<>"$3"' \
    machine "${2:-}" "$ready" "$T/never" 3>&- &
  MACHINE[$1]=$!
  PIDS+=("$!")
  wait_for test -e "$ready"
}

# A machine's cable at the switch.
plug() { ip_at switch link set "to-$1" up; }
unplug() { ip_at switch link set "to-$1" down; }

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

# named_relay NAME HOST:PORT: makes a relay's folder; sets INVITE and RELAY.
named_relay() {
  INVITE=$("$KITH_RELAY" init --data "$T/relay-$1" --address "$2" 2>/dev/null)
  RELAY=${INVITE%.*}
}

# serve NAME [OPTION...]: sets RELAY_PID.
serve() {
  local name=$1
  shift
  rm -f "$T/port-$name"
  "$KITH_RELAY" serve --data "$T/relay-$name" --port-file "$T/port-$name" "$@" >"$T/log-$name" 2>&1 3>&- &
  RELAY_PID=$!
  PIDS+=("$RELAY_PID")
  wait_for test -s "$T/port-$name"
}
