// Operations: what packs carry. Encode gives the bytes that are hashed, signed and kept; Decode reads received ones
// and never needs to write them again. Field limits and meanings: proto/kith/v1/sealed.proto. Pure and thread-safe.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/model/entry.h"
#include "client/model/share.h"
#include "crypto/base/bytes.h"
#include "crypto/base/ids.h"
#include "crypto/base/result.h"

namespace kith {

// ---- A person's operations. Bodies are signed as the bytes Encode gives.

struct PersonGenesis {
  SignPublic recovery_sign;
  BoxPublic recovery_box;
  std::array<uint8_t, 16> salt{};
};
struct AddDevice {
  DeviceId device;
  BoxPublic box;
};
struct RevokeDevice {
  DeviceId device;
};
struct Recover {
  std::vector<OpId> accepted;
  AddDevice device;
};
struct SealingKey {
  GenerationId generation;
  BoxPublic box;
};
// Who can bring the journal back without the phrase. `needed` 0: nobody; all else is zero then.
struct Trustees {
  SignPublic sign;
  BoxPublic box;
  SeatKeyId seat;
  uint8_t needed = 0;
  uint8_t made = 0;

  bool ended() const { return needed == 0; }
};
struct PersonOp {
  std::vector<OpId> parents;
  SignPublic signer;
  std::variant<PersonGenesis, AddDevice, RevokeDevice, Recover, SealingKey, Trustees> kind;

  Bytes Encode() const;
  // kMalformed; a kind this client does not know is kMalformed too: people's rules cannot be guessed.
  static Result<PersonOp> Decode(ByteView body);
};
struct SignedPersonOp {
  Bytes body;
  Signature signature;
  std::optional<Signature> countersignature;
};

// ---- Keys and names that a person's devices share.

struct ImportKeyOp {
  Hlc hlc = 0;
  std::array<uint8_t, 32> key{};
};
struct SeatKeyOp {
  Hlc hlc = 0;
  MailboxId mailbox;
  std::array<uint8_t, 32> seed{};
  std::string relay;
  Bytes sealed_root;  // only of a circle's founder
};
struct CircleKeyOp {
  Hlc hlc = 0;
  MailboxId mailbox;
  GenerationId generation;
  std::array<uint8_t, 32> key{};
};
struct DeviceLabelOp {
  Hlc hlc = 0;
  DeviceId device;
  std::string label;
};

// The person has shown that they have the words of the recovery phrase.
struct RecoveryConfirmedOp {
  Hlc hlc = 0;
};

// Up to where a lane counts; see sealed.proto.
struct LaneEndOp {
  Hlc hlc = 0;
  LaneKey lane;
  uint64_t seq = 0;
  RecordId record;
};

// The certificate of a lane whose record that had it was pruned; see LaneCertificate in sealed.proto.
struct KeptCertificateOp {
  Bytes body;
  Signature signature;
};

// A record that was here, taken in with all before it in its lane, when whoever says so wrote.
struct Seen {
  LaneKey lane;
  uint64_t seq = 0;
  RecordId record;
  friend bool operator==(const Seen&, const Seen&) = default;
};
struct HeartbeatOp {
  Hlc hlc = 0;
  std::vector<Seen> seen;
};

// ---- Friends and shares; see the same names in sealed.proto.

enum class FriendState : uint8_t { kActive = 0, kResting = 1, kLeft = 2 };
struct FriendOp {
  Hlc hlc = 0;
  MailboxId circle;
  PersonId person;
  std::string label;
  FriendState state = FriendState::kActive;
  bool verified = false;
  OpId roster = {};  // of a circle of more than two: its roster's genesis

  bool IsPair() const { return !person.IsZero(); }
};
enum class SharePart : uint8_t { kWhole = 0, kPassage = 1 };
struct ShareNoteOp {
  Hlc hlc = 0;
  ShareId share;
  MailboxId circle;
  EntryId entry;
  std::vector<VersionId> versions;
  SharePart part = SharePart::kWhole;
  bool follow = false;
  bool taken_back = false;
  Hlc shared = 0;
  uint64_t hold_ms = 0;
  int64_t expires_ms = 0;  // as ShareOp's
};
struct ShareOp {
  ShareId share;
  Hlc hlc = 0;
  SharedContent content;
  int64_t expires_ms = 0;  // since 1970; 0: never
};
struct TakeBackOp {
  ShareId share;
  Hlc hlc = 0;
};
struct HeardOp {
  ShareId share;
  PersonId author;
  Hlc hlc = 0;
  std::string text;
  HeardWish wish = HeardWish::kNone;
};

// ---- Social recovery; see the same names in sealed.proto.

struct TrusteeShareOp {
  Hlc hlc = 0;
  SignPublic authority;
  Bytes box;  // empty: the friend is no longer a trustee
};
struct TrusteeTakenOp {
  Hlc hlc = 0;
  SignPublic authority;
};
struct TrusteeClaimOp {
  Hlc hlc = 0;
  SignPublic authority;
  BoxPublic claim;
  uint64_t due_ms = 0;
};
struct TrusteeVetoOp {
  Hlc hlc = 0;
  BoxPublic claim;
};
struct WitnessOp {
  Hlc hlc = 0;
  Bytes sealed;
};

// ---- A circle's roster. The body is signed as the bytes Encode gives.

enum class Role : uint8_t { kOwner = 1, kWriter = 2, kReader = 3 };
struct RosterMember {
  PersonId person;
  Role role = Role::kWriter;
  SeatKeyId seat = {};    // zeros in a pair
  std::string name = {};  // what they want to be known by
};
struct RosterGenesis {
  MailboxId mailbox;
  using Member = RosterMember;
  std::vector<Member> members;
  bool pair = false;
};
struct AddMember {
  RosterMember member;
  OpId invite;
};
struct RemoveMember {
  PersonId person;
};
struct SetRole {
  PersonId person;
  Role role = Role::kReader;
};
struct LeaveCircle {};
struct RosterOp {
  std::vector<OpId> parents;
  PersonId person;
  SignPublic signer;
  std::variant<RosterGenesis, AddMember, RemoveMember, SetRole, LeaveCircle> kind;
  std::vector<OpId> person_heads = {};  // what the signer knew of their person

  Bytes Encode() const;
  // kMalformed, also for a kind this client does not know, for one parent twice, and past limits::kRosterOp,
  // limits::kRosterParents and limits::kRosterPersonHeads.
  static Result<RosterOp> Decode(ByteView body);
};
struct SignedRosterOp {
  Bytes body;
  Signature signature;
};

// ---- Coming into a circle of more than two; see the same names in sealed.proto.

struct CircleInviteOp {
  Hlc hlc = 0;
  MailboxId circle;
  OpId roster;
  std::string name;
  std::string relay;
  Role role = Role::kWriter;
  uint32_t members = 0;
  std::vector<OpId> heads = {};
};
struct CircleAnswerOp {
  Hlc hlc = 0;
  OpId invite;
  MailboxId circle;
  bool accepted = false;
  SeatKeyId seat;  // zeros when declined
  std::string name;
};
struct HistoryGrantOp {
  Hlc hlc = 0;
  PersonId person;
  Bytes box;
};

// A kind this client does not know. Its bytes stay in the record they came in.
struct UnknownOp {};

// A Version's id is the hash of the whole operation; Decode leaves it zero for the caller to fill. A shredded version
// is one whose id is given: the id of what it replaces.
using Op = std::variant<Version, SignedPersonOp, ImportKeyOp, SeatKeyOp, CircleKeyOp, DeviceLabelOp, HeartbeatOp,
                        SignedRosterOp, FriendOp, ShareNoteOp, ShareOp, TakeBackOp, HeardOp, LaneEndOp,
                        RecoveryConfirmedOp, CircleInviteOp, CircleAnswerOp, HistoryGrantOp, KeptCertificateOp,
                        TrusteeShareOp, TrusteeTakenOp, TrusteeClaimOp, TrusteeVetoOp, WitnessOp, UnknownOp>;

Bytes EncodeOp(const Op& op);
// kMalformed; kNotUtf8 or kTooLarge for a text that is.
Result<Op> DecodeOp(ByteView bytes);

}  // namespace kith
