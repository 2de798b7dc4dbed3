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
  static constexpr size_t kPlaceSize = 106;

  RecordKind kind = RecordKind::kSealed;
  MailboxId mailbox;
  LaneKey lane;
  uint64_t seq = 0;  // 1 for a lane's first record
  RecordId prev;     // zeros for the first, and only there
  std::array<uint8_t, 32> payload_hash{};
  uint32_t payload_length = 0;  // never 0 in a record: an absent payload is a pruned one

  std::array<uint8_t, kSize> Encode() const;
  // The first 106 bytes, suite to prev: what a payload's seal takes as its AD. Known before the payload is made.
  std::array<uint8_t, kPlaceSize> Place() const;
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

// Fills in lane, payload hash and length. `payload`: 1 to limits::kPayload bytes.
SignedRecord SignRecord(const Signer& lane, RecordHeader header, Bytes payload);

// Payload of a prune record: ranges of sequence numbers of one lane whose payloads may go.
inline constexpr uint64_t kMaxPrunedSeq = UINT64_MAX - 2;

struct PruneList {
  struct Range {
    uint64_t first;
    uint64_t last;  // inclusive
    friend bool operator==(const Range&, const Range&) = default;
  };
  LaneKey lane;
  std::vector<Range> ranges;  // 1 to 4,096; ascending, with at least one number between two of them

  Bytes Encode() const;
  // kMalformed, kTooLarge (ranges).
  static Result<PruneList> Parse(ByteView bytes);
};

}  // namespace kith
