// The record header, which a relay reads and a client signs: layout "record header" of crypto/DESIGN.md.
#pragma once

#include "crypto/base/ids.h"
#include "crypto/base/result.h"
#include "crypto/verify/sign.h"

namespace kith {

inline constexpr uint8_t kSuite1 = 1;

enum class RecordKind : uint8_t {
  kSealed = 1,      // payload: a sealed pack
  kGeneration = 2,  // payload: boxes, and a sealed Generation
  kPrune = 3,       // payload: PruneList in the clear; the relay drops the named payloads
};

struct RecordHeader {
  static constexpr size_t kSize = 142;

  RecordKind kind = RecordKind::kSealed;
  MailboxId mailbox;
  LaneKey lane;
  uint64_t seq = 0;  // 1 for a lane's first record
  RecordId prev;     // zeros before the first
  std::array<uint8_t, 32> payload_hash{};
  uint32_t payload_length = 0;

  std::array<uint8_t, kSize> Encode() const;
  // kMalformed, kSuiteUnsupported, kTooLarge (payload_length). Unknown kinds are malformed.
  static Result<RecordHeader> Parse(ByteView bytes);
  friend bool operator==(const RecordHeader&, const RecordHeader&) = default;
};

RecordId RecordIdOf(ByteView header);
std::array<uint8_t, 32> PayloadHash(ByteView payload);

// As stored and sent: header, signature, payload; owns its bytes.
struct SignedRecord {
  Bytes header;  // RecordHeader::kSize bytes once parsed
  Signature signature;
  Bytes payload;  // empty once pruned
};

// Checks layout, signature and, unless it was pruned, the payload's length and hash. Errors: those of
// Parse, kSignatureInvalid, kMalformed. Says nothing about the record's place in a lane.
Result<RecordHeader> VerifyRecord(ByteView header, const Signature& signature, ByteView payload);

SignedRecord SignRecord(const Signer& lane, RecordHeader header, Bytes payload);

// Payload of a prune record: ranges of sequence numbers of one lane whose payloads may go.
struct PruneList {
  struct Range {
    uint64_t first;
    uint64_t last;  // inclusive
    friend bool operator==(const Range&, const Range&) = default;
  };
  LaneKey lane;
  std::vector<Range> ranges;  // ascending, apart; at most 4,096

  Bytes Encode() const;
  static Result<PruneList> Parse(ByteView bytes);
};

}  // namespace kith
