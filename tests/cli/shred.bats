#!/usr/bin/env bats
# shred: an entry's words are destroyed here, on the other devices and at the relay. Test 24 of the protocol's attacks
# against the real programs.
load helpers

prepare() {
  relay_start one
  init a
  relay_invite one
  kith a relay set "$INVITE" >/dev/null
}

# windows_in FOLDER SAMPLES: how many of these byte strings stand in any file below the folder.
windows_in() {
  python3 - "$1" "$2" <<'PY'
import os, pickle, sys
samples = pickle.load(open(sys.argv[2], "rb"))
found = set()
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        try:
            data = open(os.path.join(folder, name), "rb").read()
        except OSError:
            continue
        found |= {i for i, sample in enumerate(samples) if i not in found and sample in data}
print(len(found))
PY
}

# sample FOLDER BEFORE OUT: byte strings that stand in the folder's files and not in those of its copy BEFORE.
sample() {
  python3 - "$1" "$2" "$3" <<'PY'
import os, pickle, sys
def contents(top):
    out = []
    for folder, _, names in os.walk(top):
        for name in names:
            if not name.endswith(".sock"):
                out.append(open(os.path.join(folder, name), "rb").read())
    return out
before = b"".join(contents(sys.argv[2]))
samples = []
for data in contents(sys.argv[1]):
    for at in range(0, len(data) - 24, 2000):
        window = data[at:at + 24]
        if len(set(window)) > 12 and window not in before:
            samples.append(window)
pickle.dump(samples, open(sys.argv[3], "wb"))
print(len(samples))
PY
}

# A text that hardly shrinks, so that its record is most of what is new on a disk.
long_text() { python3 -c 'import random; r = random.Random(24); print(" ".join("%016x" % r.getrandbits(64) for _ in range(20000)))'; }

shredded() { [[ $(kith "$1" show "$2" --json 2>&1 | field error) == SHREDDED ]]; }

few_left() { [[ $(windows_in "$T/relay-one" "$T/samples") -le $1 ]]; }

@test "Adversary24: a shredded entry is in no vault and not on the relay's disk" {
  local id all
  link a a2
  synced a a2
  cp -r "$T/relay-one" "$T/before"
  id=$(write a "$(long_text)" --title "Of no one's concern")
  write a "Stays" >/dev/null
  synced a a2
  all=$(sample "$T/relay-one" "$T/before" "$T/samples")
  ((all > 50))
  # The twin: before it is shredded the search finds it.
  [[ $(windows_in "$T/relay-one" "$T/samples") -eq $all ]]
  [[ $(kith a shred "$id" --yes --json | field versions) == 1 ]]
  shredded a "$id"
  synced a a2
  wait_for shredded a2 "$id"
  # The relay rewrites its database a moment after a prune.
  wait_for few_left $((all / 20))
  [[ $(kith a list --json | wc -l) -eq 1 ]]
  [[ $(kith a2 list --json | wc -l) -eq 1 ]]
  [[ $(kith a list --deleted --json | wc -l) -eq 0 ]]
  [[ -z $(kith a search concern --json) ]]
}

@test "an edit that another device had not sent goes the same way, and its person is told" {
  local id port=$PORT
  link a a2
  id=$(write a "First words")
  synced a a2
  relay_stop
  printf 'Other words' | kith a2 edit "$id" --text - >/dev/null
  [[ $(text_of a2 "$id") == "Other words" ]]
  kith a shred "$id" --yes
  relay_serve one "$port"
  synced a a2 a
  shredded a2 "$id"
  [[ -z $(kith a2 search Other --json) ]]
  [[ $(kith a shred "$id" --yes --json | field waiting_for) == "[]" ]]
}

@test "a device linked afterwards has what survived, and nothing of what was shredded" {
  local id
  write a "Before" >/dev/null
  id=$(write a "Of no one's concern")
  write a "After" >/dev/null
  synced a
  kith a shred "$id" --yes
  synced a
  link a a2
  synced a2
  shredded a2 "$id"
  [[ $(kith a2 list --json | wc -l) -eq 2 ]]
  [[ $(kith a2 status --json | field alarms) == "[]" ]]
}

@test "without a terminal nothing happens unless it is said so" {
  local id
  id=$(write a "Words")
  refused $USAGE kith a shred "$id"
  [[ $(text_of a "$id") == Words ]]
  kith a shred "$id" --yes
  shredded a "$id"
  [[ $(kith a shred "$id" --yes --json | field versions) == 0 ]]
}
