#include "client/app/drill.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <span>
#include <system_error>

#include "client/app/paths.h"
#include "client/app/read_all.h"

namespace kith {
namespace {

// A store that lives as long as this, under a key that is kept nowhere.
class ScratchStore {
 public:
  static Result<std::unique_ptr<ScratchStore>> Make(const std::string& folder) {
    std::unique_ptr<ScratchStore> scratch(new ScratchStore(folder));
    scratch->Remove();
    KITH_TRY(EnsurePrivateFolder(folder, Privacy::kClosed));
    KITH_TRY_ASSIGN(scratch->store_, LevelDbStore::Open(folder + "/store", VaultKey::Generate(),
                                                        {.missing = LevelDbOptions::Missing::kCreate}));
    return scratch;
  }
  ~ScratchStore() {
    store_.reset();
    Remove();
  }
  ScratchStore(const ScratchStore&) = delete;
  ScratchStore& operator=(const ScratchStore&) = delete;
  Store& store() { return *store_; }

 private:
  explicit ScratchStore(std::string folder) : folder_(std::move(folder)) {}
  void Remove() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  const std::string folder_;
  std::unique_ptr<LevelDbStore> store_;
};

// Up to where the relay has acknowledged a lane.
struct Acknowledged {
  MailboxId mailbox;
  LaneKey lane;
  uint64_t seq = 0;
  RecordId record;
};

// What is here when the drill begins.
struct Before {
  RelayAddress relay;
  std::vector<Acknowledged> lanes;
  std::vector<EntryId> entries;  // deleted ones too
  std::vector<FriendInfo> friends;
};

Result<std::vector<Acknowledged>> AcknowledgedLanes(State& state) {
  std::vector<Acknowledged> lanes;
  const Transaction tx(state.store);
  for (const storage::Lane& lane : state.lanes.all()) {
    const uint64_t seq = std::min(lane.acked_seq, lane.stored_seq);
    if (lane.broken != 0 || seq == 0) continue;
    KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, seq));
    if (!record) continue;
    lanes.push_back({.mailbox = lane.mailbox, .lane = lane.key, .seq = seq, .record = RecordIdOf(record->header)});
  }
  return lanes;
}

Result<Before> LookAt(Journal& journal, const RecoverySecret& secret) {
  KITH_TRY(journal.EnsureLoaded());
  KITH_TRY(CheckWords(journal.state(), secret));
  const auto relay = journal.relay();
  if (!relay) {
    return Fail(Code::kNoRelay,
                "These are the words of this journal. But no relay keeps a copy of it, so nothing could be restored if "
                "this device were lost. Set one with `kith relay set INVITE`.");
  }
  Before before{.relay = *relay, .lanes = {}, .entries = {}, .friends = journal.sharing().Friends()};
  KITH_TRY_ASSIGN(before.lanes, AcknowledgedLanes(journal.state()));
  KITH_TRY_ASSIGN(before.entries, journal.Present());
  ListQuery deleted;
  deleted.which = ListQuery::Which::kDeleted;
  KITH_TRY(journal.List(deleted, [&](const storage::Summary& summary) {
    before.entries.push_back(summary.id);
    return true;
  }));
  return before;
}

Error Lacks() {
  return Fail(
      Code::kRollback,
      "The relay lacks records that it had acknowledged: a restore from it would miss what is in them. They are "
      "all here; do not lose this device. Ask the relay's keeper whether an older copy was put back.");
}

// Whether the relay served what it had acknowledged of a lane.
Result<> CheckLane(State& restored, const Acknowledged& lane) {
  const storage::Lane* there = restored.lanes.Find(lane.lane);
  if (there == nullptr || there->mailbox != lane.mailbox || there->stored_seq < lane.seq) return Lacks();
  const Transaction tx(restored.store);
  KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, *there, lane.seq));
  if (record && RecordIdOf(record->header) == lane.record) return {};
  return Fail(Code::kEquivocation,
              "The relay serves another record than the one it has of this device. What is here is whole; move to "
              "another relay, or ask its keeper.");
}

// Whether the record that a version stands in was acknowledged.
Result<bool> IsThere(const State& state, const storage::Place& place) {
  uint32_t number = place.owner;
  uint64_t seq = place.number;
  if (place.kind == storage::Place::Kind::kOutbox) {
    KITH_TRY_ASSIGN(const auto packed, state.FindPacked(place.owner, place.number));
    if (!packed) return false;
    number = packed->lane;
    seq = packed->seq;
  }
  const auto lane = std::ranges::find(state.lanes.all(), number, &storage::Lane::number);
  return lane != state.lanes.all().end() && lane->acked_seq >= seq;
}

enum class Found { kEqual, kOnlyHere };

// Holds an entry against what was restored of it.
Result<Found> CompareEntry(const State& here, const ShownEntry& live, Journal& restored, const EntryId& entry) {
  const auto back = restored.Show(entry);
  if (!back && back.error().code != Code::kNotFound) return back.error();
  for (const storage::EntryVersions::Item& version : live.versions.items) {
    if (back && std::ranges::find(back->versions.items, version.id, &storage::EntryVersions::Item::id) !=
                    back->versions.items.end()) {
      continue;
    }
    KITH_TRY_ASSIGN(const bool there, IsThere(here, version.place));
    if (there) return Lacks();
    return Found::kOnlyHere;
  }
  // More versions there than here: another device's, still on their way.
  if (back && back->versions.items.size() == live.versions.items.size() && back->view != live.view) {
    return Fail(Code::kInternal, "An entry was restored with other words than it has here. Please report this.");
  }
  return Found::kEqual;
}

class Drilling {
 public:
  Drilling(Unlocked& unlocked, const RecoveryWatcher& watcher, const std::function<void(uint64_t)>& compared)
      : unlocked_(unlocked), watcher_(watcher), compared_(compared) {}

  Result<DrillReport> Run(const std::string& folder, const RecoverySecret& secret) {
    KITH_TRY_ASSIGN(before_, unlocked_.vault->With([&](Journal& journal) { return LookAt(journal, secret); }));
    report_.relay = before_.relay;
    KITH_TRY_ASSIGN(const auto scratch, ScratchStore::Make(folder));
    SystemClock clock;
    Recovery recovery(scratch->store(), clock, secret, before_.relay,
                      {.purpose = Recovery::Purpose::kDrill, .missing = Recovery::Missing::kRefuse});
    KITH_TRY(Carry(recovery, watcher_));
    KITH_TRY(recovery.Found("drill"));
    KITH_TRY_ASSIGN(const auto restored, Journal::Open(scratch->store(), clock));
    KITH_TRY(CheckFriends(*restored, recovery.left()));
    KITH_TRY(CheckLanes(restored->state()));
    KITH_TRY(CompareEntries(*restored));
    return report_;
  }

 private:
  Result<> CheckFriends(Journal& restored, const std::vector<Recovery::Left>& left) {
    const std::vector<FriendInfo> back = restored.sharing().Friends();
    for (const FriendInfo& known : before_.friends) {
      const auto why = std::ranges::find(left, known.circle, &Recovery::Left::circle);
      if (why != left.end()) {
        unread_.push_back(known.circle);
        report_.not_read.push_back(known.label);
        continue;
      }
      if (std::ranges::find(back, known.circle, &FriendInfo::circle) == back.end() ||
          restored.state().keyring.Seat(known.circle) == nullptr) {
        KITH_TRY_ASSIGN(const bool sent, Settled());
        if (sent) return Lacks();
        report_.not_read.push_back(known.label);
        continue;
      }
      ++report_.friends;
    }
    return {};
  }

  // Whether this device has nothing of its own to send.
  Result<bool> Settled() {
    return unlocked_.vault->With([](Journal& journal) -> Result<bool> { return journal.sync().status().waiting == 0; });
  }

  Result<> CheckLanes(State& restored) {
    for (const Acknowledged& lane : before_.lanes) {
      const bool read =
          restored.IsSelf(lane.mailbox) || std::ranges::any_of(before_.friends, [&](const FriendInfo& known) {
            return known.circle == lane.mailbox && std::ranges::find(unread_, lane.mailbox) == unread_.end() &&
                   restored.mailboxes.contains(lane.mailbox);
          });
      if (read) KITH_TRY(CheckLane(restored, lane));
    }
    return {};
  }

  Result<> CompareEntries(Journal& restored) {
    for (size_t at = 0; at < before_.entries.size(); at += kReadTogether) {
      KITH_TRY(unlocked_.StillOpen());
      if (watcher_.cancelled()) return Fail(Code::kCancelled, "Stopped. Nothing was changed.");
      const auto some = std::span(before_.entries).subspan(at, std::min(kReadTogether, before_.entries.size() - at));
      KITH_TRY(unlocked_.vault->With([&](Journal& journal) { return CompareSome(journal, restored, some); }));
      compared_(at + some.size());
    }
    return {};
  }

  Result<> CompareSome(Journal& journal, Journal& restored, std::span<const EntryId> some) {
    KITH_TRY(journal.EnsureLoaded());
    for (const EntryId& entry : some) {
      KITH_TRY_ASSIGN(const ShownEntry live, journal.Show(entry));
      KITH_TRY_ASSIGN(const Found found, CompareEntry(journal.state(), live, restored, entry));
      switch (found) {
        case Found::kOnlyHere:
          ++report_.only_here;
          break;
        case Found::kEqual:
          ++(live.versions.listed == storage::EntryVersions::Listed::kDeleted ? report_.deleted : report_.entries);
          break;
      }
    }
    return {};
  }

  Unlocked& unlocked_;
  const RecoveryWatcher& watcher_;
  const std::function<void(uint64_t)>& compared_;
  Before before_;
  std::vector<MailboxId> unread_;  // circles
  DrillReport report_;
};

}  // namespace

Result<DrillReport> Drill(Unlocked& unlocked, const std::string& scratch, std::string_view words,
                          const RecoveryWatcher& watcher, const std::function<void(uint64_t)>& compared) {
  KITH_TRY_ASSIGN(const RecoverySecret secret, ParsePhrase(words));
  return Drilling(unlocked, watcher, compared).Run(scratch, secret);
}

}  // namespace kith
