// The bytes of a seat statement. What statements do is in seats.cc.
#include "crypto/base/check.h"
#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "crypto/verify/record.h"
#include "crypto/verify/seats.h"

namespace kith {
namespace {

enum class ChangeType : uint8_t {
  kAddSeat = 1,
  kRemoveSeat = 2,
  kReplaceSeat = 3,
  kAddLane = 4,
  kRemoveLane = 5,
  kReplaceRoot = 6,
  kSetOwner = 7,
};

struct ChangeEncoder {
  Writer& writer;

  Writer& Type(ChangeType type) const { return writer.U8(static_cast<uint8_t>(type)); }
  void operator()(const AddSeat& change) const {
    Type(ChangeType::kAddSeat).Raw(change.seat.view()).U8(change.owner ? 1 : 0);
  }
  void operator()(const RemoveSeat& change) const { Type(ChangeType::kRemoveSeat).Raw(change.seat.view()); }
  void operator()(const ReplaceSeat& change) const {
    Type(ChangeType::kReplaceSeat).Raw(change.from.view()).Raw(change.to.view());
  }
  void operator()(const AddLane& change) const {
    Type(ChangeType::kAddLane).Raw(change.seat.view()).Raw(change.lane.view());
  }
  void operator()(const RemoveLane& change) const { Type(ChangeType::kRemoveLane).Raw(change.lane.view()); }
  void operator()(const ReplaceRoot& change) const { Type(ChangeType::kReplaceRoot).Raw(change.root.view()); }
  void operator()(const SetOwner& change) const {
    Type(ChangeType::kSetOwner).Raw(change.seat.view()).U8(change.owner ? 1 : 0);
  }
};

SignPublic ReadKey(Reader& reader) { return SignPublic{reader.Array<32>()}; }

Result<SeatChange> ReadChange(Reader& reader) {
  const uint8_t type = reader.U8();
  if (type < static_cast<uint8_t>(ChangeType::kAddSeat) || type > static_cast<uint8_t>(ChangeType::kSetOwner)) {
    return Fail(Code::kMalformed);
  }
  const SignPublic key = ReadKey(reader);
  switch (static_cast<ChangeType>(type)) {
    case ChangeType::kAddSeat: {
      const uint8_t owner = reader.U8();
      if (owner > 1) return Fail(Code::kMalformed);
      return SeatChange(AddSeat{.seat = key, .owner = owner == 1});
    }
    case ChangeType::kRemoveSeat:
      return SeatChange(RemoveSeat{.seat = key});
    case ChangeType::kReplaceSeat:
      return SeatChange(ReplaceSeat{.from = key, .to = ReadKey(reader)});
    case ChangeType::kAddLane:
      return SeatChange(AddLane{.seat = key, .lane = ReadKey(reader)});
    case ChangeType::kRemoveLane:
      return SeatChange(RemoveLane{.lane = key});
    case ChangeType::kReplaceRoot:
      return SeatChange(ReplaceRoot{.root = key});
    case ChangeType::kSetOwner: {
      const uint8_t owner = reader.U8();
      if (owner > 1) return Fail(Code::kMalformed);
      return SeatChange(SetOwner{.seat = key, .owner = owner == 1});
    }
  }
  return Fail(Code::kMalformed);
}

}  // namespace

Bytes SeatStatement::Encode() const {
  KITH_CHECK(!changes.empty() && changes.size() <= 255);
  Writer writer;
  writer.U8(kSuite1).Raw(mailbox.view()).U64(number).Raw(prev.view());
  writer.U8(static_cast<uint8_t>(signed_by)).Raw(signer.view()).U8(static_cast<uint8_t>(changes.size()));
  for (const SeatChange& change : changes) std::visit(ChangeEncoder{writer}, change);
  return writer.Take();
}

Result<SeatStatement> SeatStatement::Parse(ByteView body) {
  if (body.size() > limits::kStatementBody) return Fail(Code::kTooLarge);
  Reader reader(body);
  const uint8_t suite = reader.U8();
  if (!reader.ok()) return Fail(Code::kMalformed);
  if (suite != kSuite1) return Fail(Code::kSuiteUnsupported);
  SeatStatement statement;
  statement.mailbox.value = reader.Array<32>();
  statement.number = reader.U64();
  statement.prev.value = reader.Array<32>();
  const uint8_t signed_by = reader.U8();
  statement.signer = ReadKey(reader);
  const size_t count = reader.U8();
  if (!reader.ok() || signed_by > static_cast<uint8_t>(SignedBy::kSeat) || count == 0) return Fail(Code::kMalformed);
  if (statement.number == 0 || (statement.number == 1) != statement.prev.IsZero()) return Fail(Code::kMalformed);
  statement.signed_by = static_cast<SignedBy>(signed_by);
  for (size_t i = 0; i < count; ++i) {
    KITH_TRY_ASSIGN(SeatChange change, ReadChange(reader));
    statement.changes.push_back(change);
  }
  if (!reader.Done()) return Fail(Code::kMalformed);
  return statement;
}

SignedStatement SignStatement(const Signer& signer, const SeatStatement& statement) {
  Bytes body = statement.Encode();
  const Signature signature = signer.Sign(labels::kSignStatement, body);
  return {.body = std::move(body), .signature = signature};
}

StatementId StatementIdOf(ByteView body) { return HashId<StatementId>(labels::kStatement, {body}); }

MailboxId MailboxIdOf(const SignPublic& root) { return HashId<MailboxId>(labels::kMailbox, {root.view()}); }

}  // namespace kith
