// Keys and values of the relay's database; the table is in DESIGN.md, "Storage". Integers are big-endian, so that keys
// sort by number.
#pragma once

#include "server/ports.h"

namespace kith::relay::rows {

inline constexpr uint32_t kFormatNow = 1;

enum class Prefix : uint8_t {
  kFormat = 'f',     // -> u32 format, 16 bytes epoch
  kNext = 'n',       // -> u32 next mailbox number
  kMailbox = 'm',    // mailbox id -> row
  kRecord = 'r',     // number, seq, part -> chain, header, signature | payload
  kPlace = 'i',      // number, lane, lane seq -> log seq, record id, kind, payload bytes
  kPrune = 'x',      // number, lane, first, last -> nothing
  kStatement = 's',  // number, statement number -> signature, body
  kToken = 't',      // hash -> nothing
  kInvite = 'v',     // hash -> row
};

// A record's payload lies behind its head, so that one scan reads both and a prune drops one without reading it.
enum class Part : uint8_t { kHead = 0, kPayload = 1 };

Bytes FormatKey();
Bytes NextKey();
Bytes MailboxKey(const MailboxId& id);
Bytes RecordKey(MailboxNumber mailbox, uint64_t seq, Part part);
Bytes LaneKeyPrefix(Prefix prefix, MailboxNumber mailbox, const LaneKey& lane);
Bytes LaneRowKey(Prefix prefix, MailboxNumber mailbox, const LaneKey& lane, uint64_t number);
Bytes PruneKey(MailboxNumber mailbox, const LaneKey& lane, PruneList::Range range);
Bytes StatementKey(MailboxNumber mailbox, uint64_t number);
Bytes HashKey(Prefix prefix, const SecretHash& hash);

// Values. Each Decode gives nullopt for anything but what Encode made.
Bytes Encode(const MailboxRow& row);
std::optional<MailboxRow> DecodeMailbox(ByteView bytes);
Bytes Encode(const Placed& placed);
std::optional<Placed> DecodePlaced(ByteView bytes);
Bytes Encode(const InviteRow& row);
std::optional<InviteRow> DecodeInvite(ByteView bytes);

inline constexpr size_t kHeadSize = Chain::kSize + RecordHeader::kSize + Signature::kSize;

}  // namespace kith::relay::rows
