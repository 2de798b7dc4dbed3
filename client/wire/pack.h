// What stands inside a sealed payload, and around a generation's key. Layouts: crypto/DESIGN.md and
// proto/kith/v1/sealed.proto. Pure and thread-safe.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "client/wire/ops.h"
#include "crypto/base/ids.h"
#include "crypto/base/result.h"

namespace kith {

// "lane certificate" layout: whose lane this is.
struct LaneCertificate {
  MailboxId mailbox;
  LaneKey lane;
  DeviceId device;
  PersonId person;
  std::array<uint8_t, 32> person_head{};

  Bytes Encode() const;
  static Result<LaneCertificate> Decode(ByteView body);
};
struct SignedLaneCertificate {
  Bytes body;
  Signature signature;
};

struct Pack {
  Hlc hlc = 0;
  std::optional<std::array<uint8_t, 32>> person_head;
  std::optional<std::array<uint8_t, 32>> roster_head;
  std::vector<Seen> seen;
  std::optional<SignedLaneCertificate> certificate;
  std::vector<Bytes> ops;
};

enum class Compression : uint8_t { kNone = 0, kZstd = 1 };

// Operations as a pack carries them: one byte of Compression, then the (compressed) message. kZstd falls back to kNone
// where it does not help. An outbox keeps them so, and sealing them later need not touch them again.
Bytes EncodeOps(std::span<const Bytes> ops, Compression compression);
Result<std::vector<Bytes>> DecodeOps(ByteView encoded);  // errors as DecodePack

// The plaintext to seal, in the same way.
Bytes EncodePack(const Pack& pack, Compression compression);
// Likewise, with operations that were encoded before; `pack` has none itself.
Bytes EncodePack(const Pack& pack, ByteView encoded_ops);
// kMalformed, kTooLarge (more than limits::kPackPlain once unpacked).
Result<Pack> DecodePack(ByteView plain);

struct WrappedKey {
  GenerationId generation;
  std::array<uint8_t, 32> key{};
};

// The sealed part of a generation announcement.
struct GenerationBody {
  std::vector<GenerationId> parents;
  std::optional<std::array<uint8_t, 32>> roster_head;
  std::vector<OpId> person_heads;  // of this person, or of every member: what it covers
  std::vector<WrappedKey> wrapped;
  std::optional<SignedLaneCertificate> certificate;
  Hlc hlc = 0;
};
Bytes EncodeGeneration(const GenerationBody& body);
Result<GenerationBody> DecodeGeneration(ByteView plain);

// The payload of a generation record: u16 number of boxes, each behind a u16 length, then the sealed part.
struct AnnouncementView {
  std::vector<ByteView> boxes;
  ByteView boxes_part;  // from the count to the last box, as hashed into the sealed part's AD
  ByteView sealed;
};
Bytes EncodeBoxes(const std::vector<Bytes>& boxes);
// Views into `payload`. kMalformed, kTooLarge (more than limits::kBoxes), kSuiteUnsupported (the sealed part's).
Result<AnnouncementView> ParseAnnouncement(ByteView payload);

}  // namespace kith
