// The protocol's attack 21: the suite byte of everything that has one is changed, and each is refused by that name
// before anything else is looked at. (The cost of a passphrase: crypto_vault_key_test.cc.)
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "client/wire/pack.h"
#include "crypto/pairing.h"
#include "crypto/vault_key.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "crypto/verify/record.h"
#include "crypto/verify/relay_auth.h"
#include "crypto/verify/seats.h"
#include "tests/unit/core_testing.h"
#include "tests/unit/crypto_testing.h"

namespace kith {
namespace {

constexpr std::string_view kLabel = labels::kSealPayload;
constexpr std::string_view kPassphrase = "a good long passphrase";

// One place where a suite is read: bytes that hold, where the suite stands in them, and who reads them.
struct Place {
  std::string name;
  Bytes bytes;
  size_t at = 0;
  std::function<std::optional<Code>(ByteView)> read;
};

// Where the signature is by whoever has the key, so that it is right whatever is signed.
Place AHeader(const Signer& lane) {
  const SignedRecord record = SignRecord(lane, {.mailbox = RandomId<MailboxId>(), .seq = 1}, Bytes(1600, 1));
  return {"record header", record.header, 0, [&lane, payload = record.payload](ByteView bytes) {
            return CodeOf(VerifyRecord(bytes, lane.Sign(labels::kSignRecord, bytes), payload));
          }};
}

Place AStatement(const Signer& root) {
  const SeatStatement first{.mailbox = MailboxIdOf(root.public_key()),
                            .number = 1,
                            .prev = {},
                            .signed_by = SeatStatement::SignedBy::kRoot,
                            .signer = root.public_key(),
                            .changes = {AddSeat{root.public_key(), true}}};
  return {"seat statement", first.Encode(), 0, [](ByteView bytes) { return CodeOf(SeatStatement::Parse(bytes)); }};
}

Place AHello(const Signer& relay) {
  const Hello hello{.relay_key = relay.public_key(), .epoch = {}, .nonce = {}, .time_ms = 1, .spki_hash = {}};
  return {"hello", hello.Encode(), 0,
          [&relay](ByteView bytes) { return CodeOf(Hello::Open(bytes, relay.Sign(labels::kSignHello, bytes))); }};
}

Place ACertificate() {
  const LaneCertificate certificate{.mailbox = {}, .lane = {}, .device = {}, .person = {}, .person_head = {}};
  return {"lane certificate", certificate.Encode(), 0,
          [](ByteView bytes) { return CodeOf(LaneCertificate::Decode(bytes)); }};
}

Place ASeal() {
  return {"seal", Seal(KeyOf<SealKey>(1), kLabel, {}, ToBytes("words"), Padding::kPadme), 0,
          [](ByteView bytes) { return CodeOf(Open(KeyOf<SealKey>(1), kLabel, {}, bytes, Padding::kPadme)); }};
}

Place ABox(const BoxPair& owner) {
  return {"box", *SealTo(owner.public_key(), labels::kSealBox, {}, Bytes(32, 1)), 32,
          [&owner](ByteView bytes) { return CodeOf(OpenFrom(owner, labels::kSealBox, {}, bytes)); }};
}

Place AnAnnouncement() {
  Bytes payload = EncodeBoxes({Bytes(105, 1)});
  const size_t at = payload.size();
  const Bytes sealed = Seal(KeyOf<GenerationKey>(1), labels::kSealGeneration, {}, Bytes(40), Padding::kNone);
  payload.insert(payload.end(), sealed.begin(), sealed.end());
  return {"announcement", payload, at, [](ByteView bytes) { return CodeOf(ParseAnnouncement(bytes)); }};
}

Place APairingMessage() {
  return {"pairing message", SealPairingMessage(KeyOf<SealKey>(1), 0, ToBytes("words")), 0,
          [](ByteView bytes) { return CodeOf(OpenPairingMessage(KeyOf<SealKey>(1), 0, bytes)); }};
}

Place AKeyFile() {
  return {"vault key file", *WrapVaultKey(KeyOf<VaultKey>(6), kPassphrase, kKdfFloor), 33,
          [](ByteView bytes) { return CodeOf(UnwrapVaultKey(bytes, kPassphrase)); }};
}

// The payload of a record, as a device opens it.
Place APayload(Device& device) {
  device.Write("words");
  const SignedRecord record = device.Seal().back();
  const RecordHeader header = *RecordHeader::Parse(record.header);
  return {"sealed payload", record.payload, 0,
          [&device, header](ByteView bytes) { return CodeOf(device.state().keyring.Open(header, bytes)); }};
}

TEST(Floors, Adversary21EverySuiteButOneIsRefusedByName) {
  const Signer signer = Signer::Generate();
  const BoxPair box = BoxPair::Generate();
  Device device;
  Found(device);
  const std::vector<Place> places = {AHeader(signer), AStatement(signer), AHello(signer),   ACertificate(),
                                     ASeal(),         ABox(box),          AnAnnouncement(), APairingMessage(),
                                     AKeyFile(),      APayload(device)};
  for (const Place& place : places) {
    SCOPED_TRACE(place.name);
    ASSERT_EQ(place.bytes.at(place.at), 1);
    EXPECT_EQ(place.read(place.bytes), std::nullopt) << "the twin: under suite 1 the same bytes hold";
    for (int suite = 0; suite < 256; ++suite) {
      if (suite == 1) continue;
      Bytes changed = place.bytes;
      changed[place.at] = static_cast<uint8_t>(suite);
      EXPECT_EQ(place.read(changed), Code::kSuiteUnsupported) << suite;
    }
  }
}

// What a request covers is never sent: each side writes it for itself. So another suite is another signature.
TEST(Floors, Adversary21ARequestThatIsSignedForAnotherSuiteIsRefused) {
  const Signer lane = Signer::Generate();
  const RequestAuth auth{.relay_key = {}, .nonce = {}, .counter = 1, .method = "Pull", .mailbox = {}};
  Bytes covered = auth.Encode({});
  ASSERT_EQ(CodeOf(auth.Verify(lane.public_key(), {}, lane.Sign(labels::kSignRequest, covered))), std::nullopt);
  covered[0] = 2;
  EXPECT_EQ(CodeOf(auth.Verify(lane.public_key(), {}, lane.Sign(labels::kSignRequest, covered))),
            Code::kSignatureInvalid);
}

// ---- What a device makes of a peer that has every key and writes under another suite.

class PeerOfAnotherSuite : public testing::Test {
 protected:
  void SetUp() override {
    Found(host_);
    SetRelay(host_);
    Link(host_, peer_);
    peer_.Seal();
    Carry(host_, peer_);
    Carry(peer_, host_);
  }

  Device host_, peer_;
};

TEST_F(PeerOfAnotherSuite, Adversary21ARecordIsRefusedAndCountedAndChangesNothing) {
  SignedRecord record = Forge(peer_, RecordKind::kSealed, Bytes(1600, 1));
  record.header[0] = 2;
  record.signature = peer_.state().lanes.SignerOf(peer_.lane())->Sign(labels::kSignRecord, record.header);
  ASSERT_TRUE(Verify(peer_.lane().key, labels::kSignRecord, record.header, record.signature))
      << "nothing else is wrong";
  const MemStore::Contents before = host_.store.contents();
  const uint64_t refused = host_.state().refused;
  host_.Receive(record);
  EXPECT_EQ(host_.state().refused, refused + 1);
  EXPECT_EQ(host_.store.contents(), before);
}

TEST_F(PeerOfAnotherSuite, Adversary21APayloadOrAnnouncementEndsItsLaneAndIsNotWaitedFor) {
  for (const RecordKind kind : {RecordKind::kSealed, RecordKind::kGeneration}) {
    Device reader;
    reader.store = host_.store;
    reader.Reopen();
    const Bytes sealed(1600, 2);
    reader.Receive(Forge(peer_, kind, kind == RecordKind::kSealed ? sealed : Writer().U16(0).Raw(sealed).Take()));
    ASSERT_NE(reader.Of(peer_), nullptr);
    EXPECT_EQ(reader.Of(peer_)->broken, 1 + static_cast<uint8_t>(Code::kSuiteUnsupported));
    EXPECT_EQ(reader.Texts(), host_.Texts());
  }
}

TEST_F(PeerOfAnotherSuite, Adversary21TwinUnderSuite1WhatNoKeyOpensIsWaitedFor) {
  Device reader;
  reader.store = host_.store;
  reader.Reopen();
  reader.Receive(Forge(peer_, RecordKind::kSealed, Bytes(1600, 1)));
  EXPECT_EQ(reader.Of(peer_)->broken, 0);
  EXPECT_EQ(reader.Of(peer_)->applied_seq + 1, reader.Of(peer_)->stored_seq);
}

}  // namespace
}  // namespace kith
