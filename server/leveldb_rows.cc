#include "server/leveldb_rows.h"

namespace kith::relay::rows {
namespace {

Writer Begin(Prefix prefix) {
  Writer out;
  out.U8(static_cast<uint8_t>(prefix));
  return out;
}

}  // namespace

Bytes FormatKey() { return Begin(Prefix::kFormat).Take(); }
Bytes NextKey() { return Begin(Prefix::kNext).Take(); }
Bytes MailboxKey(const MailboxId& id) { return Begin(Prefix::kMailbox).Raw(id.view()).Take(); }

Bytes RecordKey(MailboxNumber mailbox, uint64_t seq, Part part) {
  return Begin(Prefix::kRecord).U32(mailbox).U64(seq).U8(static_cast<uint8_t>(part)).Take();
}

Bytes LaneKeyPrefix(Prefix prefix, MailboxNumber mailbox, const LaneKey& lane) {
  return Begin(prefix).U32(mailbox).Raw(lane.view()).Take();
}

Bytes LaneRowKey(Prefix prefix, MailboxNumber mailbox, const LaneKey& lane, uint64_t number) {
  return Begin(prefix).U32(mailbox).Raw(lane.view()).U64(number).Take();
}

Bytes PruneKey(MailboxNumber mailbox, const LaneKey& lane, PruneList::Range range) {
  return Begin(Prefix::kPrune).U32(mailbox).Raw(lane.view()).U64(range.first).U64(range.last).Take();
}

Bytes StatementKey(MailboxNumber mailbox, uint64_t number) {
  return Begin(Prefix::kStatement).U32(mailbox).U64(number).Take();
}

Bytes HashKey(Prefix prefix, const SecretHash& hash) { return Begin(prefix).Raw(hash.view()).Take(); }

Bytes Encode(const MailboxRow& row) {
  return Writer().U32(row.number).U64(row.head.seq).Raw(row.head.chain.view()).U64(row.bytes).U64(row.limit).Take();
}

std::optional<MailboxRow> DecodeMailbox(ByteView bytes) {
  Reader in(bytes);
  MailboxRow row;
  row.number = in.U32();
  row.head.seq = in.U64();
  row.head.chain.value = in.Array<Chain::kSize>();
  row.bytes = in.U64();
  row.limit = in.U64();
  return in.Done() ? std::optional(row) : std::nullopt;
}

Bytes Encode(const Placed& placed) {
  return Writer()
      .U64(placed.log_seq)
      .Raw(placed.id.view())
      .U8(static_cast<uint8_t>(placed.kind))
      .U32(placed.payload)
      .Take();
}

std::optional<Placed> DecodePlaced(ByteView bytes) {
  Reader in(bytes);
  Placed placed;
  placed.log_seq = in.U64();
  placed.id.value = in.Array<RecordId::kSize>();
  placed.kind = static_cast<RecordKind>(in.U8());
  placed.payload = in.U32();
  return in.Done() ? std::optional(placed) : std::nullopt;
}

Bytes Encode(const InviteRow& row) {
  Writer out;
  out.U64(static_cast<uint64_t>(row.expires_ms)).U16(row.uses).U16(row.tokens);
  for (const auto& attempt : row.attempts) out.Raw(attempt.view());
  return out.Take();
}

std::optional<InviteRow> DecodeInvite(ByteView bytes) {
  Reader in(bytes);
  InviteRow row;
  row.expires_ms = static_cast<int64_t>(in.U64());
  row.uses = in.U16();
  row.tokens = in.U16();
  while (in.ok() && !in.rest().empty()) row.attempts.push_back({in.Array<SecretHash::kSize>()});
  return in.Done() ? std::optional(row) : std::nullopt;
}

}  // namespace kith::relay::rows
