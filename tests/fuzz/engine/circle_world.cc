#include "tests/fuzz/circle_world.h"

#include "crypto/base/check.h"
#include "crypto/verify/labels.h"
#include "tests/support/family.h"
#include "tests/support/seeded_random.h"

namespace kith::fuzz {
namespace {

CircleWorld::Place PlaceOf(State& state, const MailboxId& mailbox) {
  const storage::Lane& lane = *state.lanes.Own(mailbox);
  return {.mailbox = mailbox,
          .lane = Signer::FromSeed(SignSeed::Copy(*lane.seed)),
          .seq = lane.stored_seq,
          .prev = lane.stored_id,
          .key = state.SealingGeneration(mailbox)->key.Clone()};
}

const CircleWorld* Make() {
  const SeededRandom random(2);
  Family family;
  Relative& self = family.Add("self");
  Relative& other = family.Add("other");
  Relative& third = family.Add("third");
  family.Befriend(self, other);
  family.Befriend(self, third);
  const MailboxId circle = family.Found({&self, &other, &third});
  KITH_CHECK(self.membership().SetRole(circle, other.person(), Role::kOwner).has_value());
  family.SyncAll();
  family.Share(other, circle, "Words for all.");
  family.SyncAll();
  const auto friends = other.journal->sharing().Friends();
  KITH_CHECK(friends.size() == 1);

  auto* const made = new CircleWorld;
  made->self = self.person();
  made->third = third.person();
  made->circle = PlaceOf(other.state(), circle);
  made->pair = PlaceOf(other.state(), friends.front().circle);
  made->store = self.store;
  made->hostile = other.store;
  return made;
}

}  // namespace

const CircleWorld& CircleWorld::Get() {
  static const CircleWorld* const world = Make();
  return *world;
}

SignedRecord CircleWorld::Place::Next(RecordKind kind, ByteView plain) const {
  const RecordHeader header{.kind = kind, .mailbox = mailbox, .lane = lane->public_key(), .seq = seq + 1, .prev = prev};
  Bytes payload(plain.begin(), plain.end());
  if (kind == RecordKind::kSealed) payload = Seal(*key, labels::kSealPayload, header.Place(), plain, Padding::kPadme);
  return SignRecord(*lane, header, std::move(payload));
}

}  // namespace kith::fuzz
