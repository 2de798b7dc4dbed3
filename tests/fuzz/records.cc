// The fixed layouts that relay and client both read: record header, prune list, seat statement, hello. The first byte
// chooses. What parses must be the only encoding of its value, or a signature could cover two readings.
#include <algorithm>

#include "crypto/verify/labels.h"
#include "crypto/verify/record.h"
#include "crypto/verify/relay_auth.h"
#include "crypto/verify/seats.h"
#include "tests/fuzz/records_keys.h"
#include "tests/fuzz/target.h"

namespace kith::fuzz {
namespace {

template <class Parsed>
Outcome MustEncodeTo(ByteView bytes, const Result<Parsed>& parsed) {
  if (parsed) KITH_CHECK(std::ranges::equal(parsed->Encode(), bytes));
  return OutcomeOf(parsed.has_value());
}

// Signature first, then header and payload.
Outcome WholeRecord(ByteView bytes) {
  Reader in(bytes);
  const Signature signature{in.Array<64>()};
  const ByteView header = in.Raw(RecordHeader::kSize);
  const auto verified = VerifyRecord(header, signature, in.rest());
  return MustEncodeTo(header, verified);
}

// A header of ours over any payload verifies; with one bit changed it does not.
Outcome SignedHere(ByteView bytes) {
  if (bytes.size() < 3) return Outcome::kRefused;
  const size_t bit = (size_t{bytes[0]} << 8 | bytes[1]) % (RecordHeader::kSize * 8);
  SignedRecord record = SignRecord(FixedSigner(0), {.mailbox = {}, .seq = 1}, {bytes.begin() + 2, bytes.end()});
  KITH_CHECK(VerifyRecord(record.header, record.signature, record.payload).has_value());
  record.header[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  KITH_CHECK(!VerifyRecord(record.header, record.signature, record.payload).has_value());
  return Outcome::kAccepted;
}

void CheckTable(const SeatTable& table) {
  for (const auto& [seat, place] : table.seats()) {
    KITH_CHECK(place.lanes.size() <= 64);
    for (const LaneKey& lane : place.lanes) KITH_CHECK(table.Listed(lane) && *table.SeatOf(lane) == seat);
  }
  KITH_CHECK(table.seats().size() <= 64);
}

SignPublic FromPool(const SignPublic& key) { return FixedSigner(key.value[0] % kFixedSigners).public_key(); }

// Every key becomes one of a few, so that changes meet.
SeatChange WithKnownKeys(SeatChange change) {
  struct Visitor {
    void operator()(AddSeat& c) const { c.seat = FromPool(c.seat); }
    void operator()(RemoveSeat& c) const { c.seat = FromPool(c.seat); }
    void operator()(ReplaceSeat& c) const { c.from = FromPool(c.from), c.to = FromPool(c.to); }
    void operator()(AddLane& c) const { c.seat = FromPool(c.seat), c.lane = FromPool(c.lane); }
    void operator()(RemoveLane& c) const { c.lane = FromPool(c.lane); }
    void operator()(ReplaceRoot& c) const { c.root = FromPool(c.root); }
    void operator()(SetOwner& c) const { c.seat = FromPool(c.seat); }
  };
  std::visit(Visitor(), change);
  return change;
}

// Statements, each behind its length; their changes are signed anew as the next statements of one mailbox.
Outcome History(ByteView bytes) {
  SeatTable table;
  bool accepted = false;
  for (Reader in(bytes); in.ok() && !in.rest().empty();) {
    const auto parsed = SeatStatement::Parse(in.Raw(in.U16()));
    if (!parsed) continue;
    SeatStatement next = *parsed;
    const Signer& signer = FixedSigner(next.signer.value[0] % kFixedSigners);
    next.mailbox = MailboxIdOf(FixedSigner(0).public_key());
    next.number = table.number() + 1;
    next.prev = table.head();
    next.signer = signer.public_key();
    for (SeatChange& change : next.changes) change = WithKnownKeys(change);
    const auto applied = table.Apply(SignStatement(signer, next));
    if (!applied) continue;
    KITH_CHECK(applied->number() == table.number() + 1 && applied->mailbox() == next.mailbox);
    table = *applied;
    CheckTable(table);
    accepted = true;
  }
  return OutcomeOf(accepted);
}

Outcome OurHello(ByteView body) {
  return MustEncodeTo(body, Hello::Open(body, FixedSigner(0).Sign(labels::kSignHello, body)));
}

}  // namespace

KITH_FUZZ_TARGET(records) {
  if (input.empty()) return Outcome::kRefused;
  const ByteView rest = input.subspan(1);
  switch (input[0] % 7) {
    case 0:
      return MustEncodeTo(rest, RecordHeader::Parse(rest));
    case 1:
      return WholeRecord(rest);
    case 2:
      return SignedHere(rest);
    case 3:
      return MustEncodeTo(rest, PruneList::Parse(rest));
    case 4:
      return MustEncodeTo(rest, SeatStatement::Parse(rest));
    case 5:
      return History(rest);
    case 6:
      return OurHello(rest);
  }
  return Outcome::kRefused;
}

}  // namespace kith::fuzz
