#include "client/core/witness.h"

#include <algorithm>

#include "client/core/limits.h"
#include "client/core/trustees.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

using WitnessKey = SecretKey<struct WitnessKeyTag>;

constexpr size_t kBox = kBoxOverhead + WitnessKey::kSize;

// The furthest that the relay has of each lane; those that moved last first.
std::vector<WitnessHead> HeadsNow(const State& state) {
  std::vector<const storage::Lane*> lanes;
  for (const storage::Lane& lane : state.lanes.all()) {
    const bool there = std::min(lane.acked_seq, lane.stored_seq) > 0;
    if (state.IsSelf(lane.mailbox) && lane.broken == 0 && there) lanes.push_back(&lane);
  }
  std::ranges::stable_sort(lanes, std::greater<>(), &storage::Lane::last_hlc);
  if (lanes.size() > limits::kWitnessLanes) lanes.resize(limits::kWitnessLanes);
  std::vector<WitnessHead> heads;
  for (const storage::Lane* lane : lanes)
    heads.push_back({.lane = lane->key, .seq = std::min(lane->acked_seq, lane->stored_seq)});
  return heads;
}

// Always of one length, which tells nothing of how many devices there are.
Bytes SignWitness(const State& state, const std::vector<WitnessHead>& heads) {
  Writer body;
  body.Raw(state.device->public_key().view()).U8(static_cast<uint8_t>(heads.size()));
  for (const WitnessHead& head : heads) body.Raw(head.lane.view()).U64(head.seq);
  for (size_t rest = heads.size(); rest < limits::kWitnessLanes; ++rest) body.Raw(LaneKey().view()).U64(0);
  const Signature signature =
      state.device->Sign(labels::kSignWitness, Writer().Raw(state.identity.person.view()).Raw(body.bytes()).Take());
  return body.Raw(signature.view()).Take();
}

}  // namespace

bool WitnessDue(const State& state, const Mailbox& circle) {
  const auto given = state.trusts.given().find(circle.id);
  const bool trustee = given != state.trusts.given().end() && !given->second.ended;
  if (!trustee || circle.outbox_waiting == 0 || HeadsNow(state).empty()) return false;
  const auto left = state.trusts.left().find(circle.id);
  if (left == state.trusts.left().end()) return true;
  // A clock that was set back counts too.
  const int64_t passed = state.clock.NowMillis() - static_cast<int64_t>(left->second.at_ms);
  return passed >= limits::kWitnessMillis || passed <= -limits::kWitnessMillis;
}

Result<> LeaveWitness(State& state, Transaction& tx, Mailbox& circle) {
  const WitnessKey key = WitnessKey::Generate();
  const PersonId& person = state.identity.person;
  const Trustees* trustees = state.person->trustees();
  // A box for nobody where there are no trustees, so that friends cannot tell.
  const BoxPublic other = trustees != nullptr ? trustees->box : BoxPair::Generate().public_key();
  KITH_TRY_ASSIGN(const Bytes first,
                  SealTo(state.person->recovery_box(), labels::kSealWitness, person.view(), key.Reveal()));
  KITH_TRY_ASSIGN(const Bytes second, SealTo(other, labels::kSealWitness, person.view(), key.Reveal()));
  const Bytes body = SignWitness(state, HeadsNow(state));
  const Bytes sealed = Seal(key, labels::kSealWitness, person.view(), body, Padding::kNone);
  KITH_TRY(
      SayTrusteeOp(state, tx, circle,
                   WitnessOp{.hlc = state.NextHlc(), .sealed = Writer().Raw(first).Raw(second).Raw(sealed).Take()}));
  state.trusts.Set(tx, circle.id,
                   Trusts::Left{.at_ms = static_cast<uint64_t>(std::max<int64_t>(state.clock.NowMillis(), 0))});
  return {};
}

Result<std::vector<WitnessHead>> OpenWitness(const BoxPair& box, const Person& person, ByteView sealed) {
  const Error broken = Fail(Code::kSealBroken, "What a friend kept as a witness is not of this journal. Leave it out.");
  if (sealed.size() < 2 * kBox) return broken;
  const ByteView context = person.id().view();
  auto opened = OpenFrom(box, labels::kSealWitness, context, sealed.first(kBox));
  if (!opened) opened = OpenFrom(box, labels::kSealWitness, context, sealed.subspan(kBox, kBox));
  if (!opened || opened->size() != WitnessKey::kSize) return broken;
  const auto plain =
      Open(WitnessKey::Copy(opened->view()), labels::kSealWitness, context, sealed.subspan(2 * kBox), Padding::kNone);
  if (!plain) return broken;
  Reader reader(plain->view());
  const DeviceId device{reader.Array<32>()};
  const uint8_t count = reader.U8();
  std::vector<WitnessHead> heads;
  for (size_t slot = 0; slot < limits::kWitnessLanes; ++slot) {
    const LaneKey lane{reader.Array<32>()};
    const uint64_t seq = reader.U64();
    if (slot < count) heads.push_back({.lane = lane, .seq = seq});
  }
  const Signature signature{reader.Array<64>()};
  if (!reader.Done() || count > limits::kWitnessLanes)
    return Fail(Code::kMalformed, "What a friend kept as a witness has a wrong layout. Leave it out.");
  const ByteView body = plain->view().first(plain->size() - Signature::kSize);
  KITH_TRY(Verify(device, labels::kSignWitness, Writer().Raw(context).Raw(body).Take(), signature));
  if (!person.IsDevice(device))
    return Fail(Code::kUnknownDevice, "What a friend kept as a witness is by no device of yours. Leave it out.");
  return heads;
}

}  // namespace kith
