#!/usr/bin/env bats
# A relay on another machine, reached by a name of its own over TLS; only the devices' machine knows the name.
load helpers
load machines

NAME=relay.kith.test
PORT=7788

prepare() {
  printf '192.0.2.1 %s\n' "$NAME" >"$T/hosts"
  machine there 192.0.2.1
  machine here 192.0.2.2 "$T/hosts"
  KITH_RELAY=$(program_at there "$KITH_RELAY")
  KITH=$(program_at here "$KITH")
}

@test "two devices reach a relay by a name of its own over TLS, and go on when its certificate is renewed" {
  named_relay one "$NAME:$PORT"
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
  named_relay one "$NAME:$PORT"
  serve one
  init a
  kith a relay set "$INVITE"
  link a b
  local first second
  first=$(write a "for the relay that was set")
  synced a b
  relay_stop
  named_relay two "$NAME:$PORT"
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
  named_relay one "$NAME:$PORT"
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

@test "a line on which every answer takes a third of a second is slow, not broken" {
  named_relay one "$NAME:$PORT"
  serve one --listen "0.0.0.0:7789"
  cat >"$T/slow-line" <<'PY'
import asyncio, sys

async def pump(reader, writer):
    later = asyncio.get_running_loop().call_later
    while data := await reader.read(65536):
        later(0.15, writer.write, data)
    later(0.15, writer.close)

async def join(reader, writer):
    far_reader, far_writer = await asyncio.open_connection("192.0.2.1", 7789)
    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

async def serve():
    server = await asyncio.start_server(join, "192.0.2.1", int(sys.argv[1]))
    open(sys.argv[2], "w").close()
    await server.serve_forever()

asyncio.run(serve())
PY
  at there setpriv --pdeathsig KILL python3 "$T/slow-line" "$PORT" "$T/slow-line-is-there" 3>&- &
  PIDS+=("$!")
  wait_for test -e "$T/slow-line-is-there"
  init a
  kith a relay set "$INVITE"
  link a b
  local id
  id=$(write a "from far away")
  synced a b
  [[ $(text_of b "$id") == "from far away" ]]
}
