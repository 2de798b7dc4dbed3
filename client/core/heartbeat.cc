#include "client/core/heartbeat.h"

#include <algorithm>

#include "client/core/heads.h"
#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "crypto/base/limits.h"

namespace kith {
namespace {

// The newest one said here, before another takes its place.
Result<> TakeAwayPredecessor(State& state, Transaction& tx) {
  if (!state.beat) return {};
  const uint32_t mailbox = state.self().sync.number;
  const storage::Place place{
      .kind = storage::Place::Kind::kOutbox, .owner = mailbox, .number = state.beat->number, .index = 0};
  KITH_TRY(Outbox(state).Drop(tx, state.self(), place));
  KITH_TRY_ASSIGN(const auto packed, state.FindPacked(mailbox, state.beat->number));
  const storage::Lane* own = state.lanes.Own(state.self().id);
  // One that was sealed together with something else stays, and so does one of a lane that was left.
  if (!packed || own == nullptr || packed->lane != own->number) return {};
  KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, *own, packed->seq));
  if (!record || record->payload.empty()) return {};
  KITH_TRY_ASSIGN(const auto pack, state.OpenPack(tx, own->number, packed->seq));
  if (!IsHeartbeat(*pack)) return {};
  // Its payload stays in this vault: the prune may be withdrawn yet, and an empty record that nobody pruned would hold
  // back the lane.
  state.prunes.Want(tx, own->number, packed->seq);
  return {};
}

}  // namespace

bool HeartbeatDue(const State& state) {
  const auto& devices = state.person->devices();
  const auto in_use = std::ranges::count_if(devices, [](const auto& device) { return !device.second.revoked; });
  if (in_use < 2 || state.self().outbox_waiting > 0) return false;
  if (!state.beat) return true;
  // A clock that was set back counts too: else none would be said for as long as it was ahead.
  const int64_t passed = state.clock.NowMillis() - static_cast<int64_t>(state.beat->at_ms);
  return passed >= limits::kHeartbeatMillis || passed <= -limits::kHeartbeatMillis;
}

Result<> SayHeartbeat(State& state, Transaction& tx) {
  KITH_TRY(TakeAwayPredecessor(state, tx));
  const storage::Lane* own = state.lanes.Own(state.self().id);
  const HeartbeatOp op{
      .hlc = state.NextHlc(),
      .seen = Heads(state).Ends(state.self().id, own == nullptr ? LaneKey() : own->key, limits::kHeartbeatSeen)};
  const storage::Place place = Outbox(state).Add(tx, state.self(), std::array{EncodeOp(op)});
  state.beat = {.at_ms = static_cast<uint64_t>(std::max<int64_t>(state.clock.NowMillis(), 0)), .number = place.number};
  tx.Put(storage::Key(storage::Prefix::kHeartbeat), state.beat->Encode());
  return {};
}

bool IsHeartbeat(const Pack& pack) {
  if (pack.ops.size() != 1 || pack.certificate) return false;
  const auto op = DecodeOp(pack.ops.front());
  return op && std::holds_alternative<HeartbeatOp>(*op);
}

}  // namespace kith
