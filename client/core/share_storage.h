// Keys and values of the store that are about friends and shares. As storage.h; the table is in client/DESIGN.md.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "client/core/storage.h"
#include "client/core/transaction.h"
#include "client/wire/ops.h"

namespace kith::storage {

Bytes FriendKey(const MailboxId& circle);
Bytes ShareNoteKey(const EntryId& entry, const ShareId& share);
Bytes HeldKey(uint64_t number);
Bytes KnownShareKey(const MailboxId& circle, const PersonId& author, const ShareId& share);
// Before every key of the answers to a share.
Bytes AnswersKey(const MailboxId& circle, const PersonId& author, const ShareId& share);
Bytes AnswerKey(const MailboxId& circle, const PersonId& author, const ShareId& share, const OpId& answer);
Bytes ShareCountKey(const MailboxId& circle, const PersonId& author);
// Of the answers of one person.
Bytes AnswerCountKey(const MailboxId& circle, const PersonId& author, const ShareId& share, const PersonId& by);
// Counts of what stands, kept so that nobody reads all of it to tell how much there is: what an author shared in a
// circle and can be read here; notes of one's own shares, by circle and by entry; entries that have any.
Bytes StandingKey(const MailboxId& circle, const PersonId& author);
Bytes StandingKey(const MailboxId& circle);
Bytes StandingKey(const EntryId& entry);
Bytes SharedEntriesKey();
// How many copies with an end others have shared in a circle: where there are any, what stands is counted by reading.
Bytes EndingKey(const MailboxId& circle);
Bytes SeenKey(uint32_t by_lane, uint32_t our_lane);
Bytes PrunedKey(uint32_t lane, uint64_t first);
Bytes ToPruneKey(uint32_t lane, uint64_t seq);
Bytes WithdrawnKey(uint32_t lane, uint64_t seq);

// An operation and its id, which its bytes alone would not give once they are written again.
template <class Body>
struct Stamped {
  OpId id;
  Body op;

  Bytes Encode() const { return Writer().Raw(id.view()).Raw(EncodeOp(op)).Take(); }
  static Result<Stamped> Decode(ByteView bytes) {
    Reader reader(bytes);
    Stamped out{.id = OpId{reader.Array<OpId::kSize>()}, .op = {}};
    KITH_TRY_ASSIGN(Op op, DecodeOp(reader.rest()));
    auto* body = std::get_if<Body>(&op);
    if (body == nullptr || !reader.ok()) return Fail(Code::kVaultDamaged, "A value in the vault is of another kind.");
    out.op = std::move(*body);
    return out;
  }
};

// A share that has not left: here and nowhere else.
struct HeldItem {
  uint64_t number = 0;  // from the key
  ShareId share;
  MailboxId circle;
  EntryId entry;
  std::vector<VersionId> versions;
  bool follow = false;
  Hlc shared = 0;  // of what it follows; 0: it is the first
  int64_t hold_ms = 0;
  int64_t leaves_ms = 0;
  int64_t expires_ms = 0;  // as ShareOp's
  SharedContent content;

  Bytes Encode() const;  // without `number`
  static Result<HeldItem> Decode(ByteView key, ByteView value);
};

// A share of somebody in a circle, one's own too. Its words are read at a copy's place.
struct KnownShare {
  struct Copy {
    OpId op;
    Hlc hlc = 0;
    Place place;
    int64_t expires_ms = 0;  // as ShareOp's
    friend bool operator==(const Copy&, const Copy&) = default;
  };
  // What was known of one's own when it was taken back. Later nothing can be learned: a device that cites the record
  // may have got it without its words.
  enum class Before : uint8_t {
    kUnknown = 0,
    kFetched = 1,    // a device of the friend had it
    kNeverLeft = 2,  // it had not left this device
  };
  bool taken_back = false;
  Before before = Before::kUnknown;
  Hlc hlc = 0;               // of the newest operation
  OpId op;                   // the newest operation; zeros when only its taking back is known
  std::vector<Copy> copies;  // where the newest stands, and where older ones do

  // The newest operation at a place that counts; nullptr when there is none, or nobody is to read it any more.
  const Copy* Shown(const std::function<bool(const Place&)>& counts) const;
  Bytes Encode() const;
  static Result<KnownShare> Decode(ByteView value);
};

// An answer as kept: who gave it.
struct KeptAnswer {
  PersonId person;
  Place place;
  HeardOp op;

  Bytes Encode() const;
  static Result<KeptAnswer> Decode(ByteView value);
};

// A record of this device's own that it withdrew before it knew that a relay had it.
struct Withdrawn {
  RecordId record;
  bool emptied = false;  // its words had been taken back
  ShareId share;         // what it held besides; zeros: something else

  Bytes Encode() const { return Writer().Raw(record.view()).U8(emptied ? 1 : 0).Raw(share.view()).Take(); }
  static Result<Withdrawn> Decode(ByteView value);
};

// ---- Reading. `entry` nullopt: of all.
Result<std::vector<ShareNoteOp>> ReadNotes(Store& store, const std::optional<EntryId>& entry);
Result<std::vector<HeldItem>> ReadHeld(Store& store);  // oldest first
Result<std::vector<KeptAnswer>> ReadAnswers(Store& store, const MailboxId& circle, const PersonId& author,
                                            const ShareId& share);
Result<std::optional<KnownShare>> ReadKnown(const Transaction& tx, const Bytes& key);
Result<uint64_t> ReadCount(const Transaction& tx, const Bytes& key);  // 0 when there is none
Result<uint64_t> CountHeld(Store& store);                             // reads none of them

// ---- Counting. One more, or one less, under a key; returns how many there are then.
Result<uint64_t> AddOne(Transaction& tx, const Bytes& key);
Result<uint64_t> TakeOne(Transaction& tx, const Bytes& key);

}  // namespace kith::storage
