#include "client/wire/ops.h"

#include <google/protobuf/unknown_field_set.h>

#include <algorithm>

#include "client/wire/circle_ops.h"
#include "client/wire/friend_ops.h"
#include "client/wire/practices.h"
#include "client/wire/proto_fields.h"
#include "client/wire/signed_fields.h"
#include "client/wire/trustee_ops.h"
#include "crypto/base/limits.h"
#include "kith/v1/sealed.pb.h"

namespace kith {
namespace {

using wire::Malformed;
using wire::ReadArray;
using wire::ReadId;
using wire::ReadIds;
using wire::Text;

// Content's unknown fields live as their own serialized bytes: appended to a message they are read as the same fields.
void WriteContent(const Content& content, v1::Content* out) {
  if (!content.unknown.empty()) out->ParsePartialFromString(content.unknown);
  out->set_kind(content.kind);
  out->set_title(content.title);
  out->set_text(content.text);
  v1::Date* date = out->mutable_date();
  date->set_year(content.date.year);
  date->set_month(content.date.month);
  date->set_day(content.date.day);
  date->set_second(content.date.second);
  date->set_zone(content.date.zone);
  date->set_instant(content.date.instant_ms);
  date->set_day_only(content.date.day_only);
  for (const std::string& tag : content.tags) out->add_tags(tag);
  out->set_journal(content.journal);
  out->set_starred(content.starred);
  if (content.location) {
    v1::Location* place = out->mutable_location();
    if (content.location->latitude && content.location->longitude) {
      place->set_has_coordinates(true);
      place->set_latitude(*content.location->latitude);
      place->set_longitude(*content.location->longitude);
    }
    place->set_place(content.location->place);
    place->set_locality(content.location->locality);
    place->set_region(content.location->region);
    place->set_country(content.location->country);
  }
  if (content.depth != 0) out->set_depth(content.depth);
  wire::WritePractice(content, *out);
}

Result<> ReadContent(v1::Content& in, Content& out) {
  if (in.text().size() > kMaxText) return Fail(Code::kTooLarge, "an entry's text is over the limit");
  const auto too_long = [](const std::string& text, size_t limit) { return text.size() > limit; };
  const v1::Location& where = in.location();
  if (in.tags_size() > static_cast<int>(kMaxTags) || too_long(in.kind(), kMaxKind) || too_long(in.title(), kMaxTitle) ||
      too_long(in.journal(), kMaxJournal) || too_long(in.date().zone(), kMaxZone) ||
      too_long(where.place(), kMaxPlace) || too_long(where.locality(), kMaxPlace) ||
      too_long(where.region(), kMaxPlace) || too_long(where.country(), kMaxPlace) ||
      std::ranges::any_of(in.tags(), [&](const std::string& tag) { return too_long(tag, kMaxTag); })) {
    return Malformed();
  }
  out.kind = std::move(*in.mutable_kind());
  out.title = std::move(*in.mutable_title());
  out.text = std::move(*in.mutable_text());
  const v1::Date& date = in.date();
  if (date.month() < 1 || date.month() > 12 || date.day() < 1 || date.day() > 31 || date.second() >= 86'400 ||
      date.year() < 1 || date.year() > 9999) {
    return Malformed();
  }
  out.date.year = date.year();
  out.date.month = static_cast<uint8_t>(date.month());
  out.date.day = static_cast<uint8_t>(date.day());
  out.date.second = date.second();
  out.date.zone = date.zone();
  out.date.instant_ms = date.instant();
  out.date.day_only = date.day_only();
  for (std::string& tag : *in.mutable_tags()) out.tags.push_back(std::move(tag));
  out.journal = std::move(*in.mutable_journal());
  out.starred = in.starred();
  if (in.has_location()) {
    const v1::Location& place = in.location();
    Location& location = out.location.emplace();
    if (place.has_coordinates()) {
      location.latitude = place.latitude();
      location.longitude = place.longitude();
    }
    location.place = place.place();
    location.locality = place.locality();
    location.region = place.region();
    location.country = place.country();
  }
  // What a newer Kith may mean by a larger one is not known: as deep as can be.
  out.depth = static_cast<uint8_t>(std::min<uint32_t>(in.depth(), kMaxDepth));
  KITH_TRY(wire::ReadPractice(in, out));
  const auto& unknown = in.GetReflection()->GetUnknownFields(in);
  if (!unknown.empty()) {
    std::string bytes;
    unknown.SerializeToString(&bytes);
    out.unknown += bytes;
  }
  return {};
}

Result<Op> ReadVersion(v1::Version& in) {
  Version version;
  KITH_TRY(ReadId(in.entry(), version.entry));
  KITH_TRY(ReadIds(in.parents(), version.parents));
  version.hlc = in.hlc();
  switch (in.state_case()) {
    case v1::Version::kContent:
      KITH_TRY(ReadContent(*in.mutable_content(), version.content));
      break;
    case v1::Version::kDeleted:
      version.state = VersionState::kDeleted;
      break;
    case v1::Version::STATE_NOT_SET:
      return Malformed();
  }
  return Op(std::move(version));
}

Result<Op> ReadShredded(const v1::Shredded& in) {
  Version version;
  version.state = VersionState::kShredded;
  KITH_TRY(ReadId(in.version(), version.id));
  KITH_TRY(ReadId(in.entry(), version.entry));
  KITH_TRY(ReadIds(in.parents(), version.parents));
  version.hlc = in.hlc();
  return Op(std::move(version));
}

Result<Op> ReadKeyring(const v1::Keyring& in) {
  switch (in.kind_case()) {
    case v1::Keyring::kImportKey: {
      ImportKeyOp op{.hlc = in.hlc()};
      KITH_TRY(ReadArray(in.import_key(), op.key));
      return Op(op);
    }
    case v1::Keyring::kSeat: {
      SeatKeyOp op{.hlc = in.hlc()};
      KITH_TRY(ReadId(in.seat().mailbox(), op.mailbox));
      KITH_TRY(ReadArray(in.seat().seat_seed(), op.seed));
      op.relay = in.seat().relay();
      op.sealed_root = ToBytes(in.seat().sealed_root());
      return Op(std::move(op));
    }
    case v1::Keyring::kCircle: {
      CircleKeyOp op{.hlc = in.hlc()};
      KITH_TRY(ReadId(in.circle().mailbox(), op.mailbox));
      KITH_TRY(ReadId(in.circle().generation(), op.generation));
      KITH_TRY(ReadArray(in.circle().key(), op.key));
      return Op(op);
    }
    case v1::Keyring::KIND_NOT_SET:
      return Op(UnknownOp{});
  }
  return Op(UnknownOp{});
}

Result<Op> ReadDeviceLabel(const v1::DeviceLabel& in) {
  DeviceLabelOp op{.hlc = in.hlc()};
  KITH_TRY(ReadId(in.device(), op.device));
  op.label = in.label();
  return Op(std::move(op));
}

Result<Op> ReadLaneEnd(const v1::LaneEnd& in) {
  LaneEndOp op{.hlc = in.hlc(), .lane = {}, .seq = in.seq(), .record = {}};
  KITH_TRY(ReadId(in.lane(), op.lane));
  KITH_TRY(ReadId(in.record_id(), op.record));
  if ((op.seq == 0) != op.record.IsZero()) return Malformed();
  return Op(op);
}

Result<Op> ReadHeartbeat(const v1::Heartbeat& in) {
  HeartbeatOp op{.hlc = in.hlc(), .seen = {}};
  if (in.seen_size() > static_cast<int>(limits::kHeartbeatSeen)) return Malformed();
  for (const v1::Seen& seen : in.seen()) {
    Seen& to = op.seen.emplace_back();
    KITH_TRY(ReadId(seen.lane(), to.lane));
    to.seq = seen.seq();
    KITH_TRY(ReadId(seen.record_id(), to.record));
  }
  return Op(std::move(op));
}

template <class IdType, class Field>
void AddIds(const std::vector<IdType>& ids, Field* field) {
  for (const IdType& id : ids) *field->Add() = Text(id);
}

struct OpWriter {
  v1::Op* out;

  void operator()(const Version& version) const {
    if (version.state == VersionState::kShredded) {
      v1::Shredded* shredded = out->mutable_shredded();
      shredded->set_version(Text(version.id));
      shredded->set_entry(Text(version.entry));
      AddIds(version.parents, shredded->mutable_parents());
      shredded->set_hlc(version.hlc);
      return;
    }
    v1::Version* to = out->mutable_version();
    to->set_entry(Text(version.entry));
    AddIds(version.parents, to->mutable_parents());
    to->set_hlc(version.hlc);
    if (version.state == VersionState::kDeleted) {
      to->mutable_deleted();
    } else {
      WriteContent(version.content, to->mutable_content());
    }
  }
  void operator()(const SignedPersonOp& op) const { wire::WriteSignedPersonOp(op, out->mutable_person()); }
  void operator()(const ImportKeyOp& op) const {
    out->mutable_keyring()->set_hlc(op.hlc);
    out->mutable_keyring()->set_import_key(Text(op.key));
  }
  void operator()(const SeatKeyOp& op) const {
    out->mutable_keyring()->set_hlc(op.hlc);
    v1::SeatKey* to = out->mutable_keyring()->mutable_seat();
    to->set_mailbox(Text(op.mailbox));
    to->set_seat_seed(Text(op.seed));
    to->set_relay(op.relay);
    to->set_sealed_root(Text(op.sealed_root));
  }
  void operator()(const CircleKeyOp& op) const {
    out->mutable_keyring()->set_hlc(op.hlc);
    v1::CircleKey* to = out->mutable_keyring()->mutable_circle();
    to->set_mailbox(Text(op.mailbox));
    to->set_generation(Text(op.generation));
    to->set_key(Text(op.key));
  }
  void operator()(const DeviceLabelOp& op) const {
    v1::DeviceLabel* to = out->mutable_device_label();
    to->set_hlc(op.hlc);
    to->set_device(Text(op.device));
    to->set_label(op.label);
  }
  void operator()(const HeartbeatOp& op) const {
    out->mutable_heartbeat()->set_hlc(op.hlc);
    for (const Seen& seen : op.seen) {
      v1::Seen* to = out->mutable_heartbeat()->add_seen();
      to->set_lane(Text(seen.lane));
      to->set_seq(seen.seq);
      to->set_record_id(Text(seen.record));
    }
  }
  void operator()(const SignedRosterOp& op) const {
    out->mutable_roster()->set_body(Text(op.body));
    out->mutable_roster()->set_signature(Text(op.signature));
  }
  void operator()(const FriendOp& op) const { wire::WriteFriend(op, out->mutable_friend_()); }
  void operator()(const ShareNoteOp& op) const { wire::WriteShareNote(op, out->mutable_share_note()); }
  void operator()(const ShareOp& op) const { wire::WriteShare(op, out->mutable_share()); }
  void operator()(const TakeBackOp& op) const { wire::WriteTakeBack(op, out->mutable_take_back()); }
  void operator()(const HeardOp& op) const { wire::WriteHeard(op, out->mutable_heard()); }
  void operator()(const LaneEndOp& op) const {
    v1::LaneEnd* to = out->mutable_lane_end();
    to->set_hlc(op.hlc);
    to->set_lane(Text(op.lane));
    to->set_seq(op.seq);
    to->set_record_id(Text(op.record));
  }
  void operator()(const RecoveryConfirmedOp& op) const { out->mutable_recovery_confirmed()->set_hlc(op.hlc); }
  void operator()(const CircleInviteOp& op) const { wire::WriteCircleInvite(op, out->mutable_circle_invite()); }
  void operator()(const CircleAnswerOp& op) const { wire::WriteCircleAnswer(op, out->mutable_circle_answer()); }
  void operator()(const HistoryGrantOp& op) const { wire::WriteHistoryGrant(op, out->mutable_history_grant()); }
  void operator()(const KeptCertificateOp& op) const {
    out->mutable_lane_certificate()->set_body(Text(op.body));
    out->mutable_lane_certificate()->set_signature(Text(op.signature));
  }
  void operator()(const TrusteeShareOp& op) const { wire::WriteTrusteeShare(op, out->mutable_trustee_share()); }
  void operator()(const TrusteeTakenOp& op) const { wire::WriteTrusteeTaken(op, out->mutable_trustee_taken()); }
  void operator()(const TrusteeClaimOp& op) const { wire::WriteTrusteeClaim(op, out->mutable_trustee_claim()); }
  void operator()(const TrusteeVetoOp& op) const { wire::WriteTrusteeVeto(op, out->mutable_trustee_veto()); }
  void operator()(const WitnessOp& op) const { wire::WriteWitness(op, out->mutable_witness()); }
  void operator()(const UnknownOp&) const {}
};

}  // namespace

Bytes EncodeOp(const Op& op) {
  v1::Op out;
  std::visit(OpWriter{&out}, op);
  return wire::Serialize(out);
}

Result<Op> DecodeOp(ByteView bytes) {
  if (bytes.size() > limits::kOp) return Fail(Code::kTooLarge, "an operation is over the limit");
  v1::Op in;
  KITH_TRY(wire::ParseInto(bytes, in));
  switch (in.kind_case()) {
    case v1::Op::kVersion:
      return ReadVersion(*in.mutable_version());
    case v1::Op::kPerson: {
      SignedPersonOp op;
      KITH_TRY(wire::ReadSignedPersonOp(in.person(), op));
      return Op(std::move(op));
    }
    case v1::Op::kKeyring:
      return ReadKeyring(in.keyring());
    case v1::Op::kDeviceLabel:
      return ReadDeviceLabel(in.device_label());
    case v1::Op::kShredded:
      return ReadShredded(in.shredded());
    case v1::Op::kRoster: {
      SignedRosterOp op{.body = ToBytes(in.roster().body()), .signature = {}};
      KITH_TRY(ReadId(in.roster().signature(), op.signature));
      return Op(std::move(op));
    }
    case v1::Op::kFriend:
      return wire::ReadFriend(in.friend_());
    case v1::Op::kShareNote:
      return wire::ReadShareNote(in.share_note());
    case v1::Op::kShare:
      return wire::ReadShare(*in.mutable_share());
    case v1::Op::kTakeBack:
      return wire::ReadTakeBack(in.take_back());
    case v1::Op::kHeard:
      return wire::ReadHeard(*in.mutable_heard());
    case v1::Op::kLaneEnd:
      return ReadLaneEnd(in.lane_end());
    case v1::Op::kRecoveryConfirmed:
      return Op(RecoveryConfirmedOp{.hlc = in.recovery_confirmed().hlc()});
    case v1::Op::kCircleInvite:
      return wire::ReadCircleInvite(in.circle_invite());
    case v1::Op::kCircleAnswer:
      return wire::ReadCircleAnswer(in.circle_answer());
    case v1::Op::kHistoryGrant:
      return wire::ReadHistoryGrant(in.history_grant());
    case v1::Op::kLaneCertificate: {
      KeptCertificateOp op{.body = ToBytes(in.lane_certificate().body()), .signature = {}};
      KITH_TRY(ReadId(in.lane_certificate().signature(), op.signature));
      return Op(std::move(op));
    }
    case v1::Op::kHeartbeat:
      return ReadHeartbeat(in.heartbeat());
    case v1::Op::kTrusteeShare:
      return wire::ReadTrusteeShare(in.trustee_share());
    case v1::Op::kTrusteeTaken:
      return wire::ReadTrusteeTaken(in.trustee_taken());
    case v1::Op::kTrusteeClaim:
      return wire::ReadTrusteeClaim(in.trustee_claim());
    case v1::Op::kTrusteeVeto:
      return wire::ReadTrusteeVeto(in.trustee_veto());
    case v1::Op::kWitness:
      return wire::ReadWitness(in.witness());
    case v1::Op::KIND_NOT_SET:
      return Op(UnknownOp{});
  }
  return Op(UnknownOp{});
}

namespace {

struct PersonKindWriter {
  v1::PersonOp* out;

  void operator()(const PersonGenesis& kind) const {
    v1::PersonGenesis* to = out->mutable_genesis();
    to->set_recovery_sign(Text(kind.recovery_sign));
    to->set_recovery_box(Text(kind.recovery_box));
    to->set_salt(Text(kind.salt));
  }
  void operator()(const AddDevice& kind) const { Write(kind, out->mutable_add_device()); }
  void operator()(const RevokeDevice& kind) const { out->mutable_revoke_device()->set_sign_key(Text(kind.device)); }
  void operator()(const Recover& kind) const {
    AddIds(kind.accepted, out->mutable_recover()->mutable_accepted());
    Write(kind.device, out->mutable_recover()->mutable_device());
  }
  void operator()(const SealingKey& kind) const {
    out->mutable_sealing_key()->set_generation(Text(kind.generation));
    out->mutable_sealing_key()->set_box_key(Text(kind.box));
  }
  void operator()(const Trustees& kind) const { wire::WriteTrustees(kind, out->mutable_trustees()); }

  static void Write(const AddDevice& from, v1::AddDevice* to) {
    to->set_sign_key(Text(from.device));
    to->set_box_key(Text(from.box));
  }
};

Result<AddDevice> ReadAddDevice(const v1::AddDevice& in) {
  AddDevice out;
  KITH_TRY(ReadId(in.sign_key(), out.device));
  KITH_TRY(ReadId(in.box_key(), out.box));
  return out;
}

}  // namespace

Bytes PersonOp::Encode() const {
  v1::PersonOp out;
  AddIds(parents, out.mutable_parents());
  out.set_signer(Text(signer));
  std::visit(PersonKindWriter{&out}, kind);
  return wire::Serialize(out);
}

Result<PersonOp> PersonOp::Decode(ByteView body) {
  v1::PersonOp in;
  KITH_TRY(wire::ParseInto(body, in));
  PersonOp op;
  KITH_TRY(ReadIds(in.parents(), op.parents));
  KITH_TRY(ReadId(in.signer(), op.signer));
  switch (in.kind_case()) {
    case v1::PersonOp::kGenesis: {
      PersonGenesis kind;
      KITH_TRY(ReadId(in.genesis().recovery_sign(), kind.recovery_sign));
      KITH_TRY(ReadId(in.genesis().recovery_box(), kind.recovery_box));
      KITH_TRY(ReadArray(in.genesis().salt(), kind.salt));
      op.kind = kind;
      return op;
    }
    case v1::PersonOp::kAddDevice: {
      KITH_TRY_ASSIGN(op.kind, ReadAddDevice(in.add_device()));
      return op;
    }
    case v1::PersonOp::kRevokeDevice: {
      RevokeDevice kind;
      KITH_TRY(ReadId(in.revoke_device().sign_key(), kind.device));
      op.kind = kind;
      return op;
    }
    case v1::PersonOp::kRecover: {
      Recover kind;
      KITH_TRY(ReadIds(in.recover().accepted(), kind.accepted));
      KITH_TRY_ASSIGN(kind.device, ReadAddDevice(in.recover().device()));
      op.kind = std::move(kind);
      return op;
    }
    case v1::PersonOp::kSealingKey: {
      SealingKey kind;
      KITH_TRY(ReadId(in.sealing_key().generation(), kind.generation));
      KITH_TRY(ReadId(in.sealing_key().box_key(), kind.box));
      op.kind = kind;
      return op;
    }
    case v1::PersonOp::kTrustees: {
      KITH_TRY_ASSIGN(op.kind, wire::ReadTrustees(in.trustees()));
      return op;
    }
    case v1::PersonOp::KIND_NOT_SET:
      return Malformed();
  }
  return Malformed();
}

}  // namespace kith
