#include "client/core/lane_ends.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "client/core/state.h"

namespace kith {
namespace {

const storage::Lane* Find(const State& state, uint32_t number) {
  const auto& lanes = state.lanes.all();
  return number == 0 || number > lanes.size() ? nullptr : &lanes[number - 1];
}

bool Listed(const State& state, const storage::Lane& lane) {
  const auto mailbox = state.mailboxes.find(lane.mailbox);
  return mailbox == state.mailboxes.end() || mailbox->second.seats.Listed(lane.key);
}

}  // namespace

bool OfOnePerson(const State& state, const storage::Lane& lane, const storage::Lane& by) {
  const PersonId speaker = state.AuthorOf(by);
  if (by.mailbox != lane.mailbox || speaker.IsZero()) return false;
  if (const PersonId author = state.AuthorOf(lane); !author.IsZero()) return author == speaker;
  const auto mailbox = state.mailboxes.find(lane.mailbox);
  if (mailbox == state.mailboxes.end()) return false;
  const SeatKeyId* theirs = mailbox->second.seats.SeatOf(lane.key);
  const SeatKeyId* speakers = mailbox->second.seats.SeatOf(by.key);
  return theirs != nullptr && speakers != nullptr && *theirs == *speakers;
}

namespace {

DeviceId DeviceOf(const State& state, const storage::Lane& lane) {
  return lane.seed ? state.device->public_key() : lane.device;
}

// Who has said an end: nobody who has a say about that lane; a device that is revoked by now; or one that is not.
enum class Speaker : uint8_t { kNobody, kRevoked, kStands };

Speaker SpeakerOf(const State& state, const storage::SaidEnd& said) {
  if (said.by_lane == 0)
    return state.person && state.person->IsDevice(state.device->public_key()) ? Speaker::kStands : Speaker::kNobody;
  const storage::Lane* by = Find(state, said.by_lane);
  const storage::Lane* of = Find(state, said.lane);
  if (by == nullptr || of == nullptr || !OfOnePerson(state, *of, *by)) return Speaker::kNobody;
  if (!Revoked(state, *by)) return Speaker::kStands;
  // A thief can have said beforehand that its own lane goes on for ever.
  return DeviceOf(state, *by) == DeviceOf(state, *of) ? Speaker::kNobody : Speaker::kRevoked;
}

}  // namespace

Result<> LaneEnds::Load(Store& store) {
  Result<> outcome;
  const Bytes prefix = storage::Key(storage::Prefix::kLaneEnd);
  KITH_TRY(store.Scan(prefix, storage::After(prefix), Store::Order::kAscending, [&](ByteView key, ByteView value) {
    auto said = storage::SaidEnd::Decode(key, value);
    if (!said) {
      outcome = said.error();
      return false;
    }
    said_.push_back(*std::move(said));
    return true;
  }));
  return outcome;
}

void LaneEnds::Take(Transaction& tx, const storage::SaidEnd& said) {
  const auto same = std::ranges::find_if(said_, [&](const storage::SaidEnd& known) {
    return known.lane == said.lane && known.by_lane == said.by_lane && known.by_seq == said.by_seq;
  });
  if (same != said_.end()) {
    // Several in one record, or said here one after the other.
    if (same->seq >= said.seq) return;
    *same = said;
  } else {
    // Counted by who speaks, so that a thief cannot use up the room for the owner's word.
    const auto of_speaker = [&](const storage::SaidEnd& known) {
      return known.lane == said.lane && known.by_lane == said.by_lane;
    };
    if (std::cmp_greater_equal(std::ranges::count_if(said_, of_speaker), limits::kEndsPerSpeaker)) return;
    said_.push_back(said);
  }
  tx.Put(said.Key(), said.Encode());
}

std::optional<storage::SaidEnd> LaneEnds::EndOf(const State& state, uint32_t lane) const {
  if (std::ranges::find(said_, lane, &storage::SaidEnd::lane) == said_.end()) return std::nullopt;
  std::map<uint32_t, storage::SaidEnd> ends;
  const auto take = [&](const storage::SaidEnd& said) {
    const auto known = ends.find(said.lane);
    if (known != ends.end() && std::tie(known->second.seq, known->second.record) >= std::tie(said.seq, said.record))
      return false;
    ends.insert_or_assign(said.lane, said);
    return true;
  };
  std::vector<storage::SaidEnd> by_revoked;
  for (const storage::SaidEnd& said : said_) {
    switch (SpeakerOf(state, said)) {
      case Speaker::kNobody:
        break;
      case Speaker::kRevoked:
        by_revoked.push_back(said);
        break;
      case Speaker::kStands:
        take(said);
        break;
    }
  }
  std::erase_if(by_revoked, [&](const storage::SaidEnd& said) { return ends.contains(said.lane); });
  for (bool moved = true; moved;) {
    moved = false;
    for (const storage::SaidEnd& said : by_revoked) {
      // It counts as its lane does. These only add to each other, so whatever the order, the outcome is one.
      const auto own = ends.find(said.by_lane);
      if (own != ends.end() && said.by_seq <= own->second.seq && take(said)) moved = true;
    }
  }
  const auto end = ends.find(lane);
  return end == ends.end() ? std::nullopt : std::optional(end->second);
}

bool SaidByRevoked(const State& state, const storage::SaidEnd& said) {
  const storage::Lane* by = Find(state, said.by_lane);
  return by != nullptr && Revoked(state, *by);
}

bool Revoked(const State& state, const storage::Lane& lane) {
  const PersonId author = state.AuthorOf(lane);
  if (author.IsZero() || !state.person) return false;
  const Person* person = state.FindPerson(author);
  if (person == nullptr) return false;
  const auto device = person->devices().find(lane.seed ? state.device->public_key() : lane.device);
  return device != person->devices().end() && device->second.revoked;
}

namespace {

// Of who is in a circle of several no more nobody will ever say an end, and its relay has taken their seat away. What
// stands there were also keys to what others have said.
bool CanBeEnded(const State& state, const storage::Lane& lane) {
  const Roster* roster = state.FindRoster(lane.mailbox);
  return roster == nullptr || roster->pair() || roster->Has(state.AuthorOf(lane));
}

}  // namespace

Standing StandingOf(const State& state, const storage::Lane& lane, uint64_t seq) {
  // Whoever holds the phrase takes all that was served: an end may have been said by a thief, to take words away. The
  // ends that the restored device says are those of what it has read.
  if (lane.seed || (state.restoring != nullptr && state.IsSelf(lane.mailbox))) return Standing::kCounts;
  const bool revoked = Revoked(state, lane);
  if (!revoked && Listed(state, lane)) return Standing::kCounts;
  const auto end = state.lane_ends.EndOf(state, lane.number);
  if (!end) return revoked && CanBeEnded(state, lane) ? Standing::kWaits : Standing::kCounts;
  return seq <= end->seq ? Standing::kCounts : Standing::kVoid;
}

bool Ended(const State& state, const storage::Lane& lane) {
  return StandingOf(state, lane, lane.applied_seq + 1) != Standing::kCounts;
}

bool LostForGood(const State& state, const storage::Lane& lane) {
  const auto mailbox = state.mailboxes.find(lane.mailbox);
  return mailbox != state.mailboxes.end() && !mailbox->second.seats.Known(lane.key) && Revoked(state, lane);
}

bool IsVoid(const State& state, const storage::Place& place) {
  if (place.kind != storage::Place::Kind::kRecord) return false;
  const storage::Lane* lane = Find(state, place.owner);
  return lane != nullptr && StandingOf(state, *lane, place.number) == Standing::kVoid;
}

namespace {

// Of the last record of a lane that was applied; zeros where there is none.
Result<RecordId> LastApplied(const Transaction& tx, const storage::Lane& lane) {
  if (lane.applied_seq == lane.stored_seq) return lane.stored_id;
  if (lane.applied_seq == 0) return RecordId();
  KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, lane.applied_seq));
  if (!record)
    return Fail(Code::kVaultDamaged,
                "A record is missing from the vault. Restore it from a backup, or link this device anew.");
  return RecordIdOf(record->header);
}

}  // namespace

Result<> SayLaneEnd(State& state, Transaction& tx, Mailbox& mailbox, const storage::Lane& lane) {
  LaneEndOp op{.hlc = state.NextHlc(), .lane = lane.key, .seq = lane.applied_seq, .record = {}};
  KITH_TRY_ASSIGN(op.record, LastApplied(tx, lane));
  const Bytes bytes = EncodeOp(op);
  Outbox(state).Add(tx, mailbox, {&bytes, 1});
  state.lane_ends.Take(tx, {.lane = lane.number, .seq = op.seq, .record = op.record});
  return {};
}

Result<> SayLaneEnds(State& state, Transaction& tx, Mailbox& mailbox) {
  for (const storage::Lane& lane : state.lanes.all()) {
    if (lane.mailbox != mailbox.id || lane.broken != 0 || state.AuthorOf(lane) != state.identity.person) continue;
    const auto end = state.lane_ends.EndOf(state, lane.number);
    const bool ended = Revoked(state, lane) || (end && !mailbox.seats.Listed(lane.key));
    // Where nothing was taken in, only once there is something that waits to know.
    if (!ended || (!end && lane.stored_seq == 0)) continue;
    // Nobody stands behind what was said by devices that are revoked by now: once all of it is here, this one does.
    const bool behind = end && (SaidByRevoked(state, *end) ? lane.applied_seq < std::min(end->seq, lane.stored_seq)
                                                           : lane.applied_seq <= end->seq);
    if (!behind) KITH_TRY(SayLaneEnd(state, tx, mailbox, lane));
  }
  return {};
}

Result<> SayLaneEndsOf(State& state, Transaction& tx, Mailbox& mailbox, const DeviceId& device) {
  for (const storage::Lane& lane : state.lanes.all()) {
    if (lane.mailbox != mailbox.id || lane.broken != 0 || lane.seed || lane.device != device) continue;
    if (lane.stored_seq > 0 || state.lane_ends.EndOf(state, lane.number))
      KITH_TRY(SayLaneEnd(state, tx, mailbox, lane));
  }
  return {};
}

}  // namespace kith
