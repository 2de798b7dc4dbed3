// Keys and values of the client's store. The table of all of them is in client/DESIGN.md, "Storage keys". Integers are
// big-endian, so that keys sort by number. Everything here is inside the sealed vault.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/model/entry.h"
#include "client/wire/pack.h"
#include "crypto/base/bytes.h"
#include "crypto/base/ids.h"
#include "crypto/base/result.h"
#include "crypto/verify/record.h"
#include "crypto/verify/seats.h"

namespace kith::storage {

// Of these keys and values. A vault of a larger number is refused, one of a smaller is brought to it by
// storage_upgrade.h before anything here reads it.
inline constexpr uint32_t kStorageFormat = 2;

// ---- Keys. A prefix byte says what stands there.
enum class Prefix : uint8_t {
  kFormat = 'f',
  kIdentity = 'i',
  kHlc = 'h',
  kCounts = 'c',
  kPersonOp = 'p',
  kGeneration = 'g',
  kLane = 'n',
  kRecord = 'r',
  kStatement = 's',
  kMailbox = 'm',
  kOutbox = 'o',
  kPacked = 't',      // outbox numbers that went into one record
  kOutboxNext = 'b',  // so that no outbox number is given twice
  kEntry = 'e',
  kListed = 'd',   // by date
  kDeleted = 'x',  // by date
  kKeyring = 'k',
  kLabel = 'l',
  kOtherPersonOp = 'P',  // of friends
  kRosterOp = 'R',
  kAlarm = 'A',
  kProof = 'E',      // of equivocations
  kCited = 'V',      // records that others have seen and this vault has not
  kHeartbeat = 'H',  // this device's newest
  // Friends and shares: share_storage.h.
  kFriend = 'F',
  kShareNote = 'a',
  kHeld = 'q',
  kKnownShare = 'j',
  kAnswer = 'u',
  kShareCount = 'w',
  kStanding = 'W',
  kSeen = 'v',
  kPruned = 'z',
  kToPrune = 'y',
  kWithdrawn = 'B',  // records of circles that may have reached a relay all the same
  kLaneEnd = 'L',
  // Circles of more than two: invitations.h.
  kInvitation = 'C',
  kGrant = 'G',
  kShredding = 'S',     // repack.h; kept certificates too
  kNamedByPrune = 'X',  // repack.h; shares that end: share_storage.h
  kTrustees = 'T',      // shares given and held: trusts.h
  kClaims = 'Y',        // on shares, and witnesses: trusts.h
  kDraft = 'D',         // drafts.h
  kLastUse = 'J',       // last_use.h
  kToTakeAgain = 'U',   // all records, since an older program took them in: intake.h
};

using DateKeyBytes = std::array<uint8_t, 8>;

Bytes Key(Prefix prefix);
Bytes PersonOpKey(const OpId& id);
Bytes GenerationKey(const MailboxId& mailbox, const GenerationId& id);
Bytes LaneKeyOf(uint32_t lane);
Bytes RecordKey(uint32_t lane, uint64_t seq);
Bytes StatementKey(const MailboxId& mailbox, uint64_t number);
Bytes MailboxKey(const MailboxId& mailbox);
Bytes OutboxKey(uint32_t mailbox, uint64_t number);
Bytes PackedKey(uint32_t mailbox, uint64_t first);
Bytes OutboxNextKey(uint32_t mailbox);
Bytes EntryKey(const EntryId& entry);
Bytes DraftKey(const EntryId& draft);
Bytes ListKey(Prefix prefix, const DateKeyBytes& date, const EntryId& entry);
Bytes KeyringKey(std::string_view name, ByteView detail);
Bytes SeatsKey();  // what the keys of all seats begin with
Bytes SeatKeyOf(const MailboxId& mailbox, const SeatKeyId& seat);
Bytes ConfirmationKey();  // that the person has shown their recovery phrase
Bytes LabelKey(const DeviceId& device);
Bytes OtherPersonOpKey(const PersonId& person, const OpId& id);
Bytes RosterOpKey(const MailboxId& mailbox, const OpId& id);
// What an alarm is about. Numbers stand in the store.
enum class AlarmKind : uint8_t {
  kGap = 1,
  kRollback = 2,
  kWithheld = 3,
  kEquivocation = 4,
  kRelayWiped = 5,
  kRelayForeign = 6,
};
Bytes AlarmKey(const MailboxId& mailbox, AlarmKind kind, const LaneKey& lane);
Bytes KeptCertificateKey(const LaneKey& lane, uint32_t by_lane);
Bytes ProofKey(uint32_t lane);
Bytes CitedKey(uint32_t lane);
// The smallest key after every key that begins with `prefix`.
Bytes After(Bytes prefix);

// ---- Values.

// Where an operation's bytes are. One written here keeps its outbox number for good: while it waits it is in the
// outbox, later in the record that Packed names. So sealing a pack moves nothing in the index.
struct Place {
  enum class Kind : uint8_t { kOutbox = 0, kRecord = 1 };
  Kind kind = Kind::kOutbox;
  uint32_t owner = 0;   // kOutbox: the mailbox's number; kRecord: the lane's
  uint64_t number = 0;  // kOutbox: of the outbox; kRecord: the lane's sequence number
  uint16_t index = 0;   // kRecord: within the pack
  friend auto operator<=>(const Place&, const Place&) = default;
};

void WritePlace(Writer& writer, const Place& place);
Place ReadPlace(Reader& reader);

// A run of outbox numbers, from the key's on, and the record they went into, in the order of its pack.
struct Packed {
  uint64_t first = 0;  // from the key
  uint16_t count = 0;
  uint32_t lane = 0;
  uint64_t seq = 0;

  Bytes Encode() const;  // without `first`
  bool Has(uint64_t number) const { return number >= first && number - first < count; }
  static Result<Packed> Decode(ByteView key, ByteView value);
};

// Operations that wait to be sealed: a run of outbox numbers, from the key's on. What was written at once is encoded at
// once, and goes into one pack as it stands.
struct OutboxRun {
  uint64_t first = 0;  // from the key
  uint16_t count = 0;
  uint32_t size = 0;  // of the operations' bytes
  Bytes ops;          // as EncodeOps gives them

  bool Has(uint64_t number) const { return number >= first && number - first < count; }
  Bytes Encode() const;  // without `first`
  static Result<OutboxRun> Decode(ByteView key, ByteView value);
};

// An entry's versions without their words.
struct EntryVersions {
  struct Item {
    VersionId id;
    std::vector<VersionId> parents;
    Hlc hlc = 0;
    VersionState state = VersionState::kContent;
    Place place;
  };
  std::vector<Item> items;
  // Where the entry stands in a list at present.
  enum class Listed : uint8_t { kNowhere = 0, kListed = 1, kDeleted = 2 };
  Listed listed = Listed::kNowhere;
  DateKeyBytes date{};

  Bytes Encode() const;
  static Result<EntryVersions> Decode(ByteView bytes);
};

// What a list shows of an entry.
struct Summary {
  EntryId id;
  std::string kind;
  std::string title;
  std::vector<std::string> tags;
  std::string journal;
  std::string first_line;
  EntryDate date;
  bool starred = false;
  bool conflict = false;
  bool deleted = false;
  bool quiet = false;

  Bytes Encode() const;  // without id and deleted, which the key says, and quiet, which other entries say
  static Result<Summary> Decode(ByteView bytes);
};

struct Lane {
  uint32_t number = 0;  // this vault's short name for it
  MailboxId mailbox;
  LaneKey key;
  std::optional<std::array<uint8_t, 32>> seed;  // of a lane of this device
  bool retired = false;                         // ours, but no longer written: another copy of this vault has used it
  DeviceId device;                              // zeros until a certificate was accepted
  PersonId person;                              // likewise: whose device it is
  uint64_t stored_seq = 0;                      // highest record here without a gap below, its chain verified
  RecordId stored_id;
  uint64_t applied_seq = 0;  // highest record whose operations were taken in
  uint64_t acked_seq = 0;    // highest record that the relay is known to have in its present epoch
  uint64_t beyond = 0;       // records kept beyond a gap
  GenerationId generation;   // the one its newest certificate came under
  Hlc last_hlc = 0;          // of its newest applied record
  uint8_t broken = 0;        // 1 + Code of why nothing further of it counts; 0: sound
  // Of a circle of more than two: records that count as applied though no key here opens them, as runs (first, last),
  // ascending.
  std::vector<std::pair<uint64_t, uint64_t>> passed_over;
  uint64_t passed_with = 0;  // keys learned from this order on were not tried on them yet
  uint64_t taken_to = 0;     // highest record that was taken in, or passed over, before some were taken in once more
  uint64_t opened = 0;       // likewise, that a key opened
  uint64_t shut_out = 0;     // likewise, that none did while this person was in the circle as far as was known

  Bytes Encode() const;
  static Result<Lane> Decode(ByteView bytes);
};

// The furthest record of a lane that was cited and is not here.
struct Cited {
  uint64_t seq = 0;
  RecordId record;
  uint32_t by = 0;  // the lane that says so; 0: the device that linked this one
  uint64_t at = 0;  // where in that lane

  Bytes Encode() const;
  static Result<Cited> Decode(ByteView bytes);
};

struct Beat {
  uint64_t at_ms = 0;   // when it was said, by this device's clock
  uint64_t number = 0;  // its outbox number

  Bytes Encode() const;
  static Result<Beat> Decode(ByteView bytes);
};

struct Identity {
  std::array<uint8_t, 32> sign_seed{};
  std::array<uint8_t, 32> box_secret{};
  PersonId person;
  MailboxId self_mailbox;

  Bytes Encode() const;
  static Result<Identity> Decode(ByteView bytes);
};

// How far this device and the relay are with each other.
struct MailboxSync {
  uint32_t number = 0;        // this vault's short name for the mailbox
  std::string relay_address;  // empty: none set
  SignPublic relay_key;
  RelayEpoch epoch;  // zeros before the first reply
  uint64_t cursor_seq = 0;
  Chain cursor_chain;
  uint64_t statements_there = 0;
  std::vector<Bytes> tokens;  // mailbox creation tokens not spent yet
  bool created = false;       // the mailbox was seen there in this epoch
  bool rereading = false;     // the cursor was set back to read all once more, and has not come to the end yet
  bool unread = false;        // not all before the cursor, and not all it acknowledged, is known to be there and here

  Bytes Encode() const;
  static Result<MailboxSync> Decode(ByteView bytes);
};

struct Counts {
  uint64_t listed = 0;
  uint64_t deleted = 0;

  Bytes Encode() const;
  static Result<Counts> Decode(ByteView bytes);
};

// What the announcement of a generation says it covers.
struct Coverage {
  std::vector<OpId> person_heads;         // of all members
  std::array<uint8_t, 32> roster_head{};  // zeros in a self mailbox
  uint32_t lane = 0;                      // the number of the lane that it stands in
  uint64_t seq = 0;                       // and where
};

// A generation's key as kept, and the order in which this vault learned it.
struct StoredGeneration {
  std::array<uint8_t, 32> key{};
  uint64_t order = 0;
  std::optional<Coverage> coverage;  // nullopt: the key came before the announcement was read

  Bytes Encode() const;
  static Result<StoredGeneration> Decode(ByteView bytes);
};

// A seat's key as kept.
struct StoredSeat {
  Hlc hlc = 0;
  std::array<uint8_t, 32> seed{};
  GenerationId told_under;  // the self generation that it was read under; zeros: it was made here
  std::vector<OpId> known;  // made here: the person's heads then

  Bytes Encode() const;
  static Result<StoredSeat> Decode(ByteView bytes);
};

// Somebody's word on up to where a lane counts.
struct SaidEnd {
  uint32_t lane = 0;     // from the key: whose end it is
  uint32_t by_lane = 0;  // from the key: where it stands; 0: said here
  uint64_t by_seq = 0;
  uint64_t seq = 0;
  RecordId record;

  Bytes Key() const;
  Bytes Encode() const;  // without what the key says
  static Result<SaidEnd> Decode(ByteView key, ByteView value);
};

Bytes EncodeRecord(const SignedRecord& record);
Result<SignedRecord> DecodeRecord(ByteView bytes);
Bytes EncodeStatement(const SignedStatement& statement);
Result<SignedStatement> DecodeStatement(ByteView bytes);
Bytes EncodeU64(uint64_t value);
Result<uint64_t> DecodeU64(ByteView bytes);

}  // namespace kith::storage
