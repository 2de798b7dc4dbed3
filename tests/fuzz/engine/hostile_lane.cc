#include "tests/fuzz/hostile_lane.h"

#include "client/core/intake.h"
#include "crypto/base/check.h"
#include "crypto/verify/labels.h"
#include "tests/support/fake_clock.h"

namespace kith::fuzz {

HostileLane HostileLane::Of(State& state, const MailboxId& mailbox, const GenerationKey& key) {
  const storage::Lane& lane = *state.lanes.Own(mailbox);
  return {.mailbox = mailbox,
          .signer = Signer::FromSeed(SignSeed::Copy(*lane.seed)),
          .seq = lane.stored_seq,
          .prev = lane.stored_id,
          .key = key.Clone()};
}

SignedRecord HostileLane::Next(RecordKind kind, ByteView plain) const {
  const RecordHeader header{
      .kind = kind, .mailbox = mailbox, .lane = signer->public_key(), .seq = seq + 1, .prev = prev};
  Bytes payload(plain.begin(), plain.end());
  if (kind == RecordKind::kSealed) payload = Seal(*key, labels::kSealPayload, header.Place(), plain, Padding::kPadme);
  return SignRecord(*signer, header, std::move(payload));
}

Bytes PackOf(ByteView bytes) {
  Pack pack{.hlc = Hlc{FakeClock::kStart} << 16, .ops = {}};
  for (Reader in(bytes); in.ok() && !in.rest().empty();) {
    const ByteView op = in.Raw(in.U16());
    if (in.ok()) pack.ops.emplace_back(op.begin(), op.end());
  }
  return EncodePack(pack, Compression::kNone);
}

Outcome Receive(const MemStore& vault, const HostileLane& lane, RecordKind kind, ByteView plain,
                const std::function<void(Journal&)>& read_all) {
  MemStore store = vault;
  FakeClock clock;
  auto journal = Journal::Open(store, clock);
  KITH_CHECK(journal.has_value());
  State& state = (*journal)->state();
  const uint64_t refused = state.refused;
  Transaction tx(store);
  Intake intake(state);
  KITH_CHECK(intake.Receive(tx, state.mailboxes.at(lane.mailbox), lane.Next(kind, plain)));
  KITH_CHECK(intake.Retry(tx));
  KITH_CHECK(state.Commit(tx));
  const storage::Lane* const known = state.lanes.Find(lane.signer->public_key());
  const bool accepted = known->broken == 0 && known->applied_seq == lane.seq + 1 && state.refused == refused;
  read_all(**journal);
  journal = Journal::Open(store, clock);
  KITH_CHECK(journal.has_value());
  read_all(**journal);
  return OutcomeOf(accepted);
}

}  // namespace kith::fuzz
