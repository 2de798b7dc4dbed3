#include "server/push_plan.h"

#include "server/limits.h"

namespace kith::relay {
namespace {

// An empty payload is one that was pruned, and is taken: a refill knows no more than that.
Result<> CheckPayload(const RecordHeader& header, ByteView payload) {
  if (payload.empty() && header.payload_length > 0) return {};
  if (payload.size() != header.payload_length) return Fail(Code::kMalformed);
  if (PayloadHash(payload) != header.payload_hash) return Fail(Code::kMalformed);
  return {};
}

Result<RecordHeader> CheckForeign(const RecordView& view) {
  const auto signature = Signature::From(view.signature);
  if (!signature) return Fail(Code::kMalformed);
  auto header = VerifyRecord(view.header, *signature, view.payload);
  if (!header && header.error().code == Code::kSignatureInvalid) return Fail(Code::kRelayRefused);
  return header;
}

Result<RecordHeader> CheckOwn(const RecordView& view) {
  if (view.signature.size() != Signature::kSize) return Fail(Code::kMalformed);
  KITH_TRY_ASSIGN(const auto header, RecordHeader::Parse(view.header));
  KITH_TRY(CheckPayload(header, view.payload));
  return header;
}

Result<> CheckPrune(const RecordHeader& header, ByteView payload) {
  if (payload.empty()) return {};
  KITH_TRY_ASSIGN(const auto list, PruneList::Parse(payload));
  uint64_t named = 0;
  for (const auto& range : list.ranges) {
    const uint64_t wide = range.last - range.first;
    if (wide >= limits::kPrunedPerRecord) return Fail(Code::kTooLarge);
    named += wide + 1;
    // A lane prunes what it has written, never what it might write.
    if (list.lane == header.lane && range.last >= header.seq) return Fail(Code::kMalformed);
  }
  if (named > limits::kPrunedPerRecord) return Fail(Code::kTooLarge);
  return {};
}

}  // namespace

Result<PushPlan> PlanPush(const MailboxId& mailbox, const SignPublic& signer, const std::vector<RecordView>& records) {
  if (records.empty()) return Fail(Code::kMalformed);
  if (records.size() > limits::kRecordsPerPush) return Fail(Code::kTooLarge);
  PushPlan plan{mailbox, signer, {}, 0, false};
  for (const auto& view : records) plan.bytes += view.header.size() + view.signature.size() + view.payload.size();
  if (plan.bytes > limits::kPushBytes) return Fail(Code::kTooLarge);
  plan.records.reserve(records.size());
  for (const auto& view : records) {
    KITH_TRY_ASSIGN(const auto peek, RecordHeader::Parse(view.header));
    const bool own = peek.lane == signer;
    KITH_TRY_ASSIGN(const auto header, own ? CheckOwn(view) : CheckForeign(view));
    if (header.mailbox != mailbox) return Fail(Code::kMalformed);
    if (header.kind == RecordKind::kPrune) KITH_TRY(CheckPrune(header, view.payload));
    plan.refills_or_prunes |= !own || header.kind == RecordKind::kPrune;
    plan.records.push_back({header, RecordIdOf(view.header), view});
  }
  return plan;
}

}  // namespace kith::relay
