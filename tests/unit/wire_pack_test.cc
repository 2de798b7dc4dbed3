// Packs, announcements, certificates and the messages of a link as bytes.
#include <gtest/gtest.h>

#include "client/wire/introduction.h"
#include "client/wire/link.h"
#include "client/wire/pack.h"
#include "crypto/base/limits.h"

namespace kith {
namespace {

template <size_t N>
std::array<uint8_t, N> Filled(uint8_t with) {
  std::array<uint8_t, N> out;
  out.fill(with);
  return out;
}

Pack APack() {
  return {.hlc = 9,
          .person_head = Filled<32>(1),
          .roster_head = std::nullopt,
          .seen = {{.lane = {Filled<32>(2)}, .seq = 3, .record = {Filled<32>(4)}}},
          .certificate = SignedLaneCertificate{.body = Bytes(10, 5), .signature = {Filled<64>(6)}},
          .ops = {Bytes(1000, 'a'), Bytes(), Bytes(3, 'b')}};
}

TEST(WirePack, ComesBackWholeCompressedOrNot) {
  const Pack pack = APack();
  for (const Compression compression : {Compression::kNone, Compression::kZstd}) {
    const Bytes plain = EncodePack(pack, compression);
    EXPECT_EQ(plain[0], static_cast<uint8_t>(compression));
    const auto read = DecodePack(plain);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->hlc, 9u);
    EXPECT_EQ(read->person_head, pack.person_head);
    EXPECT_FALSE(read->roster_head.has_value());
    EXPECT_EQ(read->seen, pack.seen);
    EXPECT_EQ(read->certificate->body, pack.certificate->body);
    EXPECT_EQ(read->ops, pack.ops);
  }
}

TEST(WirePack, OperationsEncodedBeforeAreTheSameAsThoseEncodedNow) {
  Pack pack = APack();
  for (const Compression compression : {Compression::kNone, Compression::kZstd}) {
    const Bytes ops = EncodeOps(pack.ops, compression);
    EXPECT_EQ(*DecodeOps(ops), pack.ops);
    Pack fields = pack;
    fields.ops.clear();
    EXPECT_EQ(EncodePack(fields, ops), EncodePack(pack, compression));
  }
}

TEST(WirePack, FramesCountTogether) {
  // Each is below the limit, all of them are not.
  Bytes frames = EncodeOps(std::array{Bytes(limits::kPackPlain / 2)}, Compression::kZstd);
  const Bytes one(frames.begin() + 1, frames.end());
  frames.insert(frames.end(), one.begin(), one.end());
  EXPECT_EQ(DecodePack(frames).error().code, Code::kTooLarge);
  frames.resize(frames.size() - one.size());
  EXPECT_TRUE(DecodePack(frames).has_value());
  frames.push_back(0x28);  // the first byte of a frame that is not there
  EXPECT_EQ(DecodePack(frames).error().code, Code::kMalformed);
}

TEST(WirePack, WhatDoesNotShrinkStaysAsItIs) {
  EXPECT_EQ(EncodePack({.hlc = 1}, Compression::kZstd)[0], static_cast<uint8_t>(Compression::kNone));
}

TEST(WirePack, MalformedOnesAreRefused) {
  EXPECT_EQ(DecodePack({}).error().code, Code::kMalformed);
  Bytes plain = EncodePack(APack(), Compression::kNone);
  plain[0] = 2;  // no such compression
  EXPECT_EQ(DecodePack(plain).error().code, Code::kMalformed);
  Bytes packed = EncodePack(APack(), Compression::kZstd);
  packed.pop_back();
  EXPECT_EQ(DecodePack(packed).error().code, Code::kMalformed);
  Bytes garbage = {static_cast<uint8_t>(Compression::kZstd), 1, 2, 3, 4};
  EXPECT_EQ(DecodePack(garbage).error().code, Code::kMalformed);
}

TEST(WirePack, ABombIsRefusedBeforeItIsUnpacked) {
  // Zeros shrink to next to nothing.
  const Pack bomb{.ops = {Bytes(limits::kPackPlain + 1)}};
  const Bytes packed = EncodePack(bomb, Compression::kZstd);
  ASSERT_LT(packed.size(), 1000u);
  EXPECT_EQ(DecodePack(packed).error().code, Code::kTooLarge);
  EXPECT_EQ(DecodePack(EncodePack(bomb, Compression::kNone)).error().code, Code::kTooLarge);
}

TEST(WirePack, SeenIsBounded) {
  Pack pack = APack();
  pack.seen.assign(limits::kSeen, pack.seen.front());
  EXPECT_TRUE(DecodePack(EncodePack(pack, Compression::kNone)).has_value());
  pack.seen.push_back(pack.seen.front());
  EXPECT_EQ(DecodePack(EncodePack(pack, Compression::kNone)).error().code, Code::kMalformed);
}

TEST(WirePack, ACertificateHasOneLayout) {
  const LaneCertificate certificate{.mailbox = {Filled<32>(1)},
                                    .lane = {Filled<32>(2)},
                                    .device = {Filled<32>(3)},
                                    .person = {Filled<32>(4)},
                                    .person_head = Filled<32>(5)};
  Bytes body = certificate.Encode();
  EXPECT_EQ(body.size(), 1u + 5 * 32);
  const auto read = LaneCertificate::Decode(body);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->device, certificate.device);
  EXPECT_EQ(read->person_head, certificate.person_head);
  body.push_back(0);
  EXPECT_EQ(LaneCertificate::Decode(body).error().code, Code::kMalformed);
  body[0] = 2;
  EXPECT_EQ(LaneCertificate::Decode(body).error().code, Code::kSuiteUnsupported);
}

TEST(WirePack, AnAnnouncementIsViewedInItsParts) {
  const std::vector<Bytes> boxes = {Bytes(5, 1), Bytes(7, 2)};
  Bytes payload = EncodeBoxes(boxes);
  const size_t boxes_size = payload.size();
  payload.insert(payload.end(), {1, 9, 9});
  const auto view = ParseAnnouncement(payload);
  ASSERT_TRUE(view.has_value());
  ASSERT_EQ(view->boxes.size(), 2u);
  EXPECT_EQ(view->boxes[1].size(), 7u);
  EXPECT_EQ(view->boxes_part.size(), boxes_size);
  EXPECT_EQ(view->sealed.size(), 3u);
  EXPECT_EQ(ParseAnnouncement(ByteView(payload).first(boxes_size - 1)).error().code, Code::kMalformed);
  EXPECT_EQ(ParseAnnouncement(Writer().U16(limits::kBoxes + 1).Take()).error().code, Code::kTooLarge);
}

TEST(WirePack, AGenerationComesBack) {
  const GenerationBody body{.parents = {{Filled<32>(1)}},
                            .roster_head = Filled<32>(2),
                            .person_heads = {OpId{Filled<32>(3)}},
                            .wrapped = {{.generation = {Filled<32>(1)}, .key = Filled<32>(4)}},
                            .certificate = std::nullopt,
                            .hlc = 5};
  const auto read = DecodeGeneration(EncodeGeneration(body));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->parents, body.parents);
  EXPECT_EQ(read->roster_head, body.roster_head);
  EXPECT_EQ(read->person_heads, body.person_heads);
  EXPECT_EQ(read->wrapped[0].key, body.wrapped[0].key);
  EXPECT_EQ(read->hlc, 5u);
}

TEST(WireLink, MessagesComeBack) {
  const LinkOffer offer{.person = {Filled<32>(1)}, .parents = {{Filled<32>(2)}}, .signer = {Filled<32>(3)}};
  EXPECT_EQ(LinkOffer::Decode(offer.Encode())->parents, offer.parents);
  const LinkRequest request{
      .add_device = Bytes(9, 1), .countersignature = {Filled<64>(2)}, .lane = {Filled<32>(3)}, .label = "x"};
  EXPECT_EQ(LinkRequest::Decode(request.Encode())->add_device, request.add_device);
  EXPECT_EQ(LinkRequest::Decode(offer.Encode()).error().code, Code::kMalformed);
  const LinkGrant grant{
      .person = {{.body = Bytes(3, 1), .signature = {Filled<64>(2)}, .countersignature = std::nullopt}},
      .mailbox = {Filled<32>(3)},
      .generations = {{.generation = {Filled<32>(4)}, .key = Filled<32>(5)}},
      .heads = {{.lane = {Filled<32>(6)}, .seq = 7, .record = {Filled<32>(8)}}},
      .statements = {{.body = Bytes(2, 9), .signature = {Filled<64>(1)}}},
      .relay = "host:1#key",
      .epoch = {Filled<16>(2)}};
  const auto read = LinkGrant::Decode(grant.Encode());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->person[0].body, grant.person[0].body);
  EXPECT_EQ(read->generations[0].key, grant.generations[0].key);
  EXPECT_EQ(read->heads, grant.heads);
  EXPECT_EQ(read->statements[0].body, grant.statements[0].body);
  EXPECT_EQ(read->relay, grant.relay);
  EXPECT_EQ(read->epoch, grant.epoch);
}

TEST(WireIntroduction, MessagesComeBack) {
  const SignedPersonOp genesis{.body = {1, 2}, .signature = {Filled<64>(3)}, .countersignature = {}};
  const SignedPersonOp added{.body = {4}, .signature = {Filled<64>(5)}, .countersignature = Signature{Filled<64>(6)}};
  const FriendOffer offer{.person = {genesis, added}};
  const auto offered = FriendOffer::Decode(offer.Encode());
  ASSERT_TRUE(offered.has_value());
  ASSERT_EQ(offered->person.size(), 2u);
  EXPECT_EQ(offered->person[0].body, genesis.body);
  EXPECT_EQ(offered->person[0].countersignature, std::nullopt);
  EXPECT_EQ(offered->person[1].signature, added.signature);
  EXPECT_EQ(offered->person[1].countersignature, added.countersignature);

  const FriendRequest request{.person = {added}, .seat = {Filled<32>(7)}, .lane = {Filled<32>(8)}};
  const auto requested = FriendRequest::Decode(request.Encode());
  ASSERT_TRUE(requested.has_value());
  EXPECT_EQ(requested->person.front().body, added.body);
  EXPECT_EQ(requested->seat, request.seat);
  EXPECT_EQ(requested->lane, request.lane);

  const FriendGrant grant{.mailbox = {Filled<32>(9)},
                          .statements = {{.body = {10}, .signature = {Filled<64>(11)}}},
                          .roster = {.body = {12, 13}, .signature = {Filled<64>(14)}},
                          .generation = {.generation = {Filled<32>(15)}, .key = Filled<32>(16)}};
  const auto granted = FriendGrant::Decode(grant.Encode());
  ASSERT_TRUE(granted.has_value());
  EXPECT_EQ(granted->mailbox, grant.mailbox);
  ASSERT_EQ(granted->statements.size(), 1u);
  EXPECT_EQ(granted->statements[0].body, grant.statements[0].body);
  EXPECT_EQ(granted->statements[0].signature, grant.statements[0].signature);
  EXPECT_EQ(granted->roster.body, grant.roster.body);
  EXPECT_EQ(granted->roster.signature, grant.roster.signature);
  EXPECT_EQ(granted->generation.generation, grant.generation.generation);
  EXPECT_EQ(granted->generation.key, grant.generation.key);
}

TEST(WireIntroduction, OneMessageIsNotTakenForAnother) {
  const FriendOffer offer{.person = {{.body = {1}, .signature = {Filled<64>(2)}, .countersignature = {}}}};
  EXPECT_EQ(FriendRequest::Decode(offer.Encode()).error().code, Code::kMalformed);
  EXPECT_EQ(FriendGrant::Decode(offer.Encode()).error().code, Code::kMalformed);
  Bytes shorter = offer.Encode();
  shorter.pop_back();
  EXPECT_EQ(FriendOffer::Decode(shorter).error().code, Code::kMalformed);
}

}  // namespace
}  // namespace kith
