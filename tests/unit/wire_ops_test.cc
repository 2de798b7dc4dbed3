// Operations as bytes: what is written is read, what is unknown survives, what is malformed or too large is refused.
#include <gtest/gtest.h>

#include "client/wire/ops.h"
#include "crypto/base/limits.h"
#include "tests/support/builders.h"

namespace kith {
namespace {

template <size_t N>
std::array<uint8_t, N> Filled(uint8_t with) {
  std::array<uint8_t, N> out;
  out.fill(with);
  return out;
}

Content Full() {
  Content content = AnEntry("Two lines.\nÅnd no more.", "A title");
  content.kind = "thought record";
  content.date = {
      .year = 1660, .month = 2, .day = 29, .second = 86'399, .zone = "Europe/London", .instant_ms = -9'779'270'401'000};
  content.tags = {"evening", "work"};
  content.journal = "Diary";
  content.starred = true;
  content.location = Location{
      .latitude = 51.5, .longitude = -0.12, .place = "Home", .locality = "London", .region = "", .country = "UK"};
  return content;
}

Version Decoded(const Version& version) {
  const auto op = DecodeOp(EncodeOp(version));
  EXPECT_TRUE(op.has_value() && std::holds_alternative<Version>(*op));
  return std::get<Version>(*op);
}

// Field `number` of wire type 2, as protobuf writes it.
Bytes Field(uint32_t number, ByteView value) {
  Bytes out;
  uint32_t tag = number << 3 | 2;
  for (; tag > 127; tag >>= 7) out.push_back(static_cast<uint8_t>(tag & 127) | 128);
  out.push_back(static_cast<uint8_t>(tag));
  size_t length = value.size();
  for (; length > 127; length >>= 7) out.push_back(static_cast<uint8_t>(length & 127) | 128);
  out.push_back(static_cast<uint8_t>(length));
  out.insert(out.end(), value.begin(), value.end());
  return out;
}

TEST(WireOps, AVersionComesBackWhole) {
  const Version version{
      .entry = {Filled<16>(1)}, .parents = {{Filled<32>(2)}, {Filled<32>(3)}}, .hlc = 77, .content = Full()};
  const Version read = Decoded(version);
  EXPECT_EQ(read.entry, version.entry);
  EXPECT_EQ(read.parents, version.parents);
  EXPECT_EQ(read.hlc, 77u);
  EXPECT_EQ(read.state, VersionState::kContent);
  EXPECT_EQ(read.content, version.content);
}

TEST(WireOps, APlaceWithoutCoordinatesHasNone) {
  Content content = AnEntry("text");
  content.location = Location{.place = "Somewhere"};
  EXPECT_EQ(Decoded({.entry = {Filled<16>(1)}, .content = content}).content, content);
}

TEST(WireOps, DeletedAndShreddedKeepTheirPlaceInTheHistory) {
  const Version deleted{
      .entry = {Filled<16>(1)}, .parents = {{Filled<32>(2)}}, .hlc = 5, .state = VersionState::kDeleted};
  EXPECT_EQ(Decoded(deleted).state, VersionState::kDeleted);
  EXPECT_EQ(Decoded(deleted).parents, deleted.parents);
  const Version shredded{.id = {Filled<32>(9)},
                         .entry = {Filled<16>(1)},
                         .parents = {{Filled<32>(2)}},
                         .hlc = 5,
                         .state = VersionState::kShredded};
  EXPECT_EQ(Decoded(shredded).state, VersionState::kShredded);
  EXPECT_EQ(Decoded(shredded).id, shredded.id);
}

TEST(WireOps, UnknownFieldsOfContentSurviveAnEdit) {
  const Version version{.entry = {Filled<16>(1)}, .content = AnEntry("known")};
  Content content = Decoded(version).content;
  ASSERT_TRUE(content.unknown.empty());
  content.unknown = ToString(Bytes{0xc2, 0x0c, 3, 'n', 'e', 'w'});  // field 200: "new"
  const Content read = Decoded({.entry = {Filled<16>(1)}, .content = content}).content;
  EXPECT_EQ(read.unknown, content.unknown);
  Content edited = read;
  edited.text = "edited";
  const Content again = Decoded({.entry = {Filled<16>(1)}, .content = edited}).content;
  EXPECT_EQ(again.unknown, content.unknown);
  EXPECT_EQ(again.text, "edited");
}

TEST(WireOps, AnUnknownKindIsNoError) {
  const auto later = DecodeOp(Field(500, AsBytes("of a later version")));
  ASSERT_TRUE(later.has_value());
  EXPECT_TRUE(std::holds_alternative<UnknownOp>(*later));
  const auto empty = DecodeOp({});
  ASSERT_TRUE(empty.has_value());
  EXPECT_TRUE(std::holds_alternative<UnknownOp>(*empty));
}

TEST(WireOps, KeysAndNamesComeBack) {
  const ImportKeyOp import{.hlc = 3, .key = Filled<32>(4)};
  const auto import_read = std::get<ImportKeyOp>(*DecodeOp(EncodeOp(import)));
  EXPECT_EQ(import_read.hlc, 3u);
  EXPECT_EQ(import_read.key, import.key);
  const SeatKeyOp seat{.hlc = 4, .mailbox = {Filled<32>(5)}, .seed = Filled<32>(6), .relay = "r"};
  const auto seat_read = std::get<SeatKeyOp>(*DecodeOp(EncodeOp(seat)));
  EXPECT_EQ(seat_read.mailbox, seat.mailbox);
  EXPECT_EQ(seat_read.seed, seat.seed);
  EXPECT_EQ(seat_read.relay, "r");
  const CircleKeyOp circle{.hlc = 4, .mailbox = {Filled<32>(5)}, .generation = {Filled<32>(7)}, .key = Filled<32>(8)};
  const auto circle_read = std::get<CircleKeyOp>(*DecodeOp(EncodeOp(circle)));
  EXPECT_EQ(circle_read.generation, circle.generation);
  EXPECT_EQ(circle_read.key, circle.key);
  const DeviceLabelOp label{.hlc = 9, .device = {Filled<32>(1)}, .label = "Téléphone"};
  const auto label_read = std::get<DeviceLabelOp>(*DecodeOp(EncodeOp(label)));
  EXPECT_EQ(label_read.device, label.device);
  EXPECT_EQ(label_read.label, label.label);
  const auto confirmed = std::get<RecoveryConfirmedOp>(*DecodeOp(EncodeOp(RecoveryConfirmedOp{.hlc = 11})));
  EXPECT_EQ(confirmed.hlc, 11u);
}

TEST(WireOps, WhatIsSaidOfCirclesComesBack) {
  const CircleInviteOp invite{.hlc = 3,
                              .circle = {Filled<32>(1)},
                              .roster = {Filled<32>(2)},
                              .name = "family",
                              .relay = "r",
                              .role = Role::kReader,
                              .members = 4};
  const auto asked = std::get<CircleInviteOp>(*DecodeOp(EncodeOp(invite)));
  EXPECT_EQ(asked.circle, invite.circle);
  EXPECT_EQ(asked.roster, invite.roster);
  EXPECT_EQ(asked.name, "family");
  EXPECT_EQ(asked.role, Role::kReader);
  EXPECT_EQ(asked.members, 4u);
  const CircleAnswerOp answer{.hlc = 3,
                              .invite = {Filled<32>(1)},
                              .circle = {Filled<32>(2)},
                              .accepted = true,
                              .seat = {Filled<32>(3)},
                              .name = "Gus"};
  const auto answered = std::get<CircleAnswerOp>(*DecodeOp(EncodeOp(answer)));
  EXPECT_TRUE(answered.accepted);
  EXPECT_EQ(answered.seat, answer.seat);
  EXPECT_EQ(answered.name, "Gus");
  CircleInviteOp nameless = invite;
  nameless.name = std::string(101, 'x');
  EXPECT_EQ(DecodeOp(EncodeOp(nameless)).error().code, Code::kMalformed);
  const FriendOp circle{
      .hlc = 3, .circle = {Filled<32>(1)}, .person = {}, .label = "family", .roster = {Filled<32>(2)}};
  EXPECT_EQ(std::get<FriendOp>(*DecodeOp(EncodeOp(circle))).roster, circle.roster);
  FriendOp nobody = circle;
  nobody.roster = {};
  EXPECT_EQ(DecodeOp(EncodeOp(nobody)).error().code, Code::kMalformed) << "neither a friend nor a circle";
  const RosterOp add{
      .parents = {{Filled<32>(9)}},
      .person = {Filled<32>(1)},
      .signer = {Filled<32>(2)},
      .kind =
          AddMember{.member = {.person = {Filled<32>(3)}, .role = Role::kOwner, .seat = {Filled<32>(4)}, .name = "Ann"},
                    .invite = {Filled<32>(5)}}};
  const auto added = std::get<AddMember>(RosterOp::Decode(add.Encode())->kind);
  EXPECT_EQ(added.member.seat, SeatKeyId{Filled<32>(4)});
  EXPECT_EQ(added.member.name, "Ann");
  EXPECT_EQ(added.invite, OpId{Filled<32>(5)});
}

TEST(WireOps, AKeptCertificateAndTheEndOfAShareComeBack) {
  const KeptCertificateOp kept{.body = Bytes(161, 7), .signature = {Filled<64>(3)}};
  const auto read = std::get<KeptCertificateOp>(*DecodeOp(EncodeOp(kept)));
  EXPECT_EQ(read.body, kept.body);
  EXPECT_EQ(read.signature, kept.signature);
  SharedContent content;
  content.date = {.year = 2026, .month = 11, .day = 23, .day_only = true, .zone = {}};
  const auto share = [&](int64_t expires) {
    return DecodeOp(EncodeOp(ShareOp{.share = {Filled<16>(1)}, .hlc = 5, .content = content, .expires_ms = expires}));
  };
  EXPECT_EQ(std::get<ShareOp>(*share(1'800'000'000'000)).expires_ms, 1'800'000'000'000);
  ASSERT_FALSE(share(-1).has_value());
  EXPECT_EQ(share(-1).error().code, Code::kMalformed);
  const auto note = DecodeOp(EncodeOp(ShareNoteOp{.hlc = 5, .share = {Filled<16>(1)}, .expires_ms = 7}));
  EXPECT_EQ(std::get<ShareNoteOp>(*note).expires_ms, 7);
  EXPECT_FALSE(DecodeOp(EncodeOp(ShareNoteOp{.hlc = 5, .share = {Filled<16>(1)}, .expires_ms = -7})).has_value());
}

TEST(WireOps, LaneEndsComeBackAndNameARecordOrNone) {
  const LaneEndOp end{.hlc = 9, .lane = {Filled<32>(1)}, .seq = 1ULL << 60, .record = {Filled<32>(2)}};
  const auto read = std::get<LaneEndOp>(*DecodeOp(EncodeOp(end)));
  EXPECT_EQ(read.hlc, end.hlc);
  EXPECT_EQ(read.lane, end.lane);
  EXPECT_EQ(read.seq, end.seq);
  EXPECT_EQ(read.record, end.record);
  LaneEndOp nothing{.hlc = 9, .lane = {Filled<32>(1)}, .seq = 0, .record = {}};
  EXPECT_TRUE(DecodeOp(EncodeOp(nothing)).has_value());
  nothing.record = {Filled<32>(2)};
  EXPECT_EQ(DecodeOp(EncodeOp(nothing)).error().code, Code::kMalformed);
  EXPECT_EQ(DecodeOp(EncodeOp(LaneEndOp{.lane = {Filled<32>(1)}, .seq = 3})).error().code, Code::kMalformed);
}

TEST(WireOps, HeartbeatsComeBackUpToTheirLimit) {
  HeartbeatOp beat{.hlc = 9, .seen = {{.lane = {Filled<32>(1)}, .seq = 1ULL << 60, .record = {Filled<32>(2)}}}};
  const auto read = std::get<HeartbeatOp>(*DecodeOp(EncodeOp(beat)));
  EXPECT_EQ(read.hlc, beat.hlc);
  EXPECT_EQ(read.seen, beat.seen);
  beat.seen.resize(limits::kHeartbeatSeen, beat.seen.front());
  EXPECT_TRUE(DecodeOp(EncodeOp(beat)).has_value());
  beat.seen.push_back(beat.seen.front());
  EXPECT_EQ(DecodeOp(EncodeOp(beat)).error().code, Code::kMalformed);
}

TEST(WireOps, PersonOperationsComeBack) {
  const PersonOp add{.parents = {{Filled<32>(1)}},
                     .signer = {Filled<32>(2)},
                     .kind = AddDevice{.device = {Filled<32>(3)}, .box = {Filled<32>(4)}}};
  const PersonOp read = *PersonOp::Decode(add.Encode());
  EXPECT_EQ(read.parents, add.parents);
  EXPECT_EQ(std::get<AddDevice>(read.kind).box, std::get<AddDevice>(add.kind).box);
  const PersonOp revoke{.parents = {}, .signer = {Filled<32>(2)}, .kind = RevokeDevice{.device = {Filled<32>(3)}}};
  EXPECT_EQ(std::get<RevokeDevice>(PersonOp::Decode(revoke.Encode())->kind).device, (DeviceId{Filled<32>(3)}));
  EXPECT_EQ(PersonOp::Decode({}).error().code, Code::kMalformed);
}

TEST(WireOps, LimitsHold) {
  Version version{.entry = {Filled<16>(1)}, .content = AnEntry(std::string(kMaxText, 'x'))};
  EXPECT_TRUE(DecodeOp(EncodeOp(version)).has_value());
  version.content.text += 'x';
  EXPECT_EQ(DecodeOp(EncodeOp(version)).error().code, Code::kTooLarge);
  EXPECT_EQ(DecodeOp(Bytes(limits::kOp + 1)).error().code, Code::kTooLarge);
  version.content = AnEntry("x");
  version.content.title = std::string(kMaxTitle + 1, 'x');
  EXPECT_EQ(DecodeOp(EncodeOp(version)).error().code, Code::kMalformed);
  version.content = AnEntry("x");
  version.content.date.month = 13;
  EXPECT_EQ(DecodeOp(EncodeOp(version)).error().code, Code::kMalformed);
}

TEST(WireOps, EveryShorteningIsRefused) {
  const Bytes whole =
      EncodeOp(Version{.entry = {Filled<16>(1)}, .parents = {{Filled<32>(2)}}, .hlc = 7, .content = Full()});
  for (size_t size = 1; size < whole.size(); ++size) {
    const auto read = DecodeOp(ByteView(whole).first(size));
    ASSERT_FALSE(read.has_value()) << size;
    EXPECT_EQ(read.error().code, Code::kMalformed) << size;
  }
}

TEST(WireOps, TextThatIsNotUtf8IsRefused) {
  const auto read = DecodeOp(EncodeOp(Version{.entry = {Filled<16>(1)}, .content = AnEntry("bad \xff\xfe")}));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, Code::kMalformed);
}

}  // namespace
}  // namespace kith
