#include "crypto/verify/record.h"

#include "crypto/base/check.h"
#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

constexpr size_t kMaxRanges = 4096;

bool KnownKind(uint8_t kind) {
  return kind >= static_cast<uint8_t>(RecordKind::kSealed) && kind <= static_cast<uint8_t>(RecordKind::kPrune);
}

}  // namespace

std::array<uint8_t, RecordHeader::kSize> RecordHeader::Encode() const {
  Writer writer;
  writer.U8(kSuite1).U8(static_cast<uint8_t>(kind)).Raw(mailbox.view()).Raw(lane.view()).U64(seq).Raw(prev.view());
  writer.Raw(payload_hash).U32(payload_length);
  std::array<uint8_t, kSize> header{};
  KITH_CHECK(writer.bytes().size() == kSize);
  std::copy(writer.bytes().begin(), writer.bytes().end(), header.begin());
  return header;
}

std::array<uint8_t, RecordHeader::kPlaceSize> RecordHeader::Place() const {
  const std::array<uint8_t, kSize> header = Encode();
  std::array<uint8_t, kPlaceSize> place{};
  std::copy_n(header.begin(), kPlaceSize, place.begin());
  return place;
}

Result<RecordHeader> RecordHeader::Parse(ByteView bytes) {
  if (bytes.size() != kSize) return Fail(Code::kMalformed);
  Reader reader(bytes);
  if (reader.U8() != kSuite1) return Fail(Code::kSuiteUnsupported);
  const uint8_t kind = reader.U8();
  if (!KnownKind(kind)) return Fail(Code::kMalformed);
  RecordHeader header;
  header.kind = static_cast<RecordKind>(kind);
  header.mailbox.value = reader.Array<32>();
  header.lane.value = reader.Array<32>();
  header.seq = reader.U64();
  header.prev.value = reader.Array<32>();
  header.payload_hash = reader.Array<32>();
  header.payload_length = reader.U32();
  KITH_CHECK(reader.Done());
  if (header.seq == 0 || (header.seq == 1) != header.prev.IsZero()) return Fail(Code::kMalformed);
  if (header.payload_length == 0) return Fail(Code::kMalformed);
  if (header.payload_length > limits::kPayload) return Fail(Code::kTooLarge);
  return header;
}

RecordId RecordIdOf(ByteView header) { return HashId<RecordId>(labels::kRecord, {header}); }

std::array<uint8_t, 32> PayloadHash(ByteView payload) { return Hash(labels::kPayload, {payload}); }

Result<RecordHeader> VerifyRecord(ByteView header, const Signature& signature, ByteView payload) {
  KITH_TRY_ASSIGN(RecordHeader parsed, RecordHeader::Parse(header));
  const bool pruned = payload.empty();
  if (!pruned && payload.size() != parsed.payload_length) return Fail(Code::kMalformed);
  KITH_TRY(Verify(parsed.lane, labels::kSignRecord, header, signature));
  if (!pruned && PayloadHash(payload) != parsed.payload_hash) return Fail(Code::kMalformed);
  return parsed;
}

SignedRecord SignRecord(const Signer& lane, RecordHeader header, Bytes payload) {
  KITH_CHECK(!payload.empty() && payload.size() <= limits::kPayload);
  header.lane = lane.public_key();
  header.payload_hash = PayloadHash(payload);
  header.payload_length = static_cast<uint32_t>(payload.size());
  const std::array<uint8_t, RecordHeader::kSize> encoded = header.Encode();
  return {.header = Bytes(encoded.begin(), encoded.end()),
          .signature = lane.Sign(labels::kSignRecord, encoded),
          .payload = std::move(payload)};
}

Bytes PruneList::Encode() const {
  KITH_CHECK(!ranges.empty() && ranges.size() <= kMaxRanges);
  Writer writer;
  writer.Raw(lane.view()).U16(static_cast<uint16_t>(ranges.size()));
  for (const Range& range : ranges) writer.U64(range.first).U64(range.last);
  return writer.Take();
}

Result<PruneList> PruneList::Parse(ByteView bytes) {
  Reader reader(bytes);
  PruneList list;
  list.lane.value = reader.Array<32>();
  const size_t count = reader.U16();
  if (!reader.ok() || count == 0) return Fail(Code::kMalformed);
  if (count > kMaxRanges) return Fail(Code::kTooLarge);
  uint64_t lowest = 1;  // the smallest number the next range may begin with
  for (size_t i = 0; i < count && reader.ok(); ++i) {
    const Range range{.first = reader.U64(), .last = reader.U64()};
    if (range.first < lowest || range.last < range.first || range.last > kMaxPrunedSeq) return Fail(Code::kMalformed);
    lowest = range.last + 2;
    list.ranges.push_back(range);
  }
  if (!reader.Done()) return Fail(Code::kMalformed);
  return list;
}

}  // namespace kith
