#include "tests/fuzz/intake_world.h"

#include "crypto/base/check.h"
#include "crypto/verify/labels.h"
#include "tests/support/builders.h"
#include "tests/support/world.h"

namespace kith::fuzz {
namespace {

const IntakeWorld* Make() {
  World world(1, Weather::Calm(), 0);
  world.Heal();
  Machine& reader = world.machines().front();
  const auto entry = reader.journal->Write(AnEntry("One paragraph.\n\nAnother paragraph.", "Title"));
  KITH_CHECK(entry.has_value());
  Machine* const writer = world.LinkNow(reader);
  KITH_CHECK(writer != nullptr);
  world.Heal();  // starts it
  KITH_CHECK(writer->journal->Write(AnEntry("Written there.")).has_value());
  world.Heal();
  KITH_CHECK(world.problems().empty());

  auto* const made = new IntakeWorld;
  State& state = writer->journal->state();
  made->store = reader.store;
  made->mailbox = state.identity.self_mailbox;
  const storage::Lane& lane = *state.lanes.Own(made->mailbox);
  made->lane = Signer::FromSeed(SignSeed::Copy(*lane.seed));
  made->seq = lane.stored_seq;
  made->prev = lane.stored_id;
  made->key = state.keyring.Newest(made->mailbox)->key.Clone();
  made->entry = *entry;
  made->head = reader.journal->Show(*entry)->view.heads.front();
  made->device = state.device->public_key();
  return made;
}

}  // namespace

const IntakeWorld& IntakeWorld::Get() {
  static const IntakeWorld* const world = Make();
  return *world;
}

SignedRecord IntakeWorld::Next(RecordKind kind, ByteView plain) const {
  const RecordHeader header{.kind = kind, .mailbox = mailbox, .lane = lane->public_key(), .seq = seq + 1, .prev = prev};
  Bytes payload(plain.begin(), plain.end());
  if (kind == RecordKind::kSealed) payload = Seal(*key, labels::kSealPayload, header.Place(), plain, Padding::kPadme);
  return SignRecord(*lane, header, std::move(payload));
}

}  // namespace kith::fuzz
