// Taking in what a relay served: what counts, what waits, what is refused, and what ends a lane.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/intake.h"
#include "client/core/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/support/builders.h"
#include "tests/unit/core_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What storage::Lane::broken says for a code.
uint8_t Broken(Code code) { return static_cast<uint8_t>(1 + static_cast<uint8_t>(code)); }

class CoreIntake : public testing::Test {
 protected:
  void SetUp() override {
    Found(reader_);
    Link(reader_, writer_);
    reader_.Seal();
    Carry(reader_, writer_);
  }

  // Seals what the writer begins with, and brings it to the reader.
  void Greet() {
    writer_.Seal();
    Carry(writer_, reader_);
    ASSERT_EQ(Lane().applied_seq, writer_.lane().stored_seq);
  }
  SignedRecord Written(const std::string& text) {
    writer_.Write(text);
    return writer_.Seal().front();
  }
  // The writer's lane as the reader knows it.
  const storage::Lane& Lane() { return *reader_.Of(writer_); }
  uint64_t refused() { return reader_.state().refused; }
  static SignedLaneCertificate Signed(Device& device, const LaneCertificate& certificate) {
    Bytes body = certificate.Encode();
    const Signature signature = device.state().device->Sign(labels::kSignLane, body);
    return {.body = std::move(body), .signature = signature};
  }
  static LaneCertificate TrueCertificate(Device& device) {
    return {.mailbox = device.self().id,
            .lane = device.lane().key,
            .device = device.state().device->public_key(),
            .person = device.state().identity.person};
  }
  Pack APack(std::vector<Bytes> ops) { return {.hlc = writer_.state().NextHlc(), .ops = std::move(ops)}; }
  Bytes AVersion(const std::string& text) {
    return EncodeOp(Version{.entry = RandomId<EntryId>(), .hlc = writer_.state().NextHlc(), .content = AnEntry(text)});
  }
  // A third device, which the reader's seat table lists, and of which the reader knows nothing else yet.
  void LinkThird() {
    Link(writer_, third_);
    reader_.self().seats = writer_.self().seats;
  }
  static void Learn(Device& device, const GenerationId& id, const GenerationKey& key) {
    Transaction tx(device.store);
    device.state().keyring.AddGeneration(tx, device.self().id, id, key.Reveal());
    ASSERT_TRUE(device.state().Commit(tx));
  }
  SignedRecord Announce(Device& device, const GenerationKey& key) {
    Transaction tx(device.store);
    const auto record = Outbox(device.state()).Announce(tx, device.self(), device.lane(), key);
    EXPECT_TRUE(record && device.state().Commit(tx));
    return *record;
  }

  Device reader_;
  Device writer_;
  Device third_;
};

// ---- Order.

TEST_F(CoreIntake, WhatComesBeforeItsTurnWaits) {
  Greet();
  const SignedRecord first = Written("1");
  const SignedRecord second = Written("2");
  const SignedRecord third = Written("3");
  const uint64_t before = Lane().stored_seq;
  reader_.Receive(third);
  reader_.Receive(second);
  EXPECT_THAT(reader_.Texts(), IsEmpty());
  EXPECT_EQ(Lane().stored_seq, before);
  EXPECT_EQ(Lane().beyond, 2u);
  reader_.Reopen();
  reader_.Receive(first);
  EXPECT_THAT(reader_.Texts(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(Lane().beyond, 0u);
  EXPECT_EQ(Lane().applied_seq, before + 3);
  EXPECT_EQ(refused(), 0u);
}

TEST_F(CoreIntake, ARecordServedAgainChangesNothing) {
  Greet();
  const SignedRecord record = Written("once");
  reader_.Receive(record);
  const MemStore::Contents before = reader_.store.contents();
  for (uint64_t seq = 1; seq <= writer_.lane().stored_seq; ++seq) reader_.Receive(writer_.Record(seq));
  EXPECT_EQ(reader_.store.contents(), before);
  EXPECT_EQ(refused(), 0u);
  EXPECT_EQ(Lane().broken, 0);
}

TEST_F(CoreIntake, NoMoreIsKeptBeyondAGapThanTheLimit) {
  Greet();
  RecordHeader header{.mailbox = writer_.self().id, .prev = RandomId<RecordId>()};
  const auto signer = writer_.state().lanes.SignerOf(writer_.lane());
  header.seq = writer_.lane().stored_seq + 2;
  Transaction tx(reader_.store);
  for (size_t i = 0; i < limits::kPendingPerLane + 1; ++i, ++header.seq) {
    ASSERT_TRUE(Intake(reader_.state()).Receive(tx, reader_.self(), SignRecord(*signer, header, Bytes(1))));
  }
  EXPECT_EQ(Lane().beyond, limits::kPendingPerLane);
  EXPECT_TRUE((*Lanes::GetRecord(tx, Lane(), header.seq - 2)).has_value());
  EXPECT_FALSE((*Lanes::GetRecord(tx, Lane(), header.seq - 1)).has_value());
}

// ---- What is refused.

TEST_F(CoreIntake, ARecordOfALaneThatIsNotListedIsRefusedAndCounted) {
  const Signer stranger = Signer::Generate();
  const MemStore::Contents before = reader_.store.contents();
  reader_.Receive(SignRecord(stranger, {.mailbox = reader_.self().id, .seq = 1}, Bytes(40)));
  EXPECT_EQ(refused(), 1u);
  EXPECT_EQ(reader_.state().lanes.Find(stranger.public_key()), nullptr);
  EXPECT_EQ(reader_.store.contents(), before);
}

TEST_F(CoreIntake, AnAlteredRecordAndOneOfAnotherMailboxAreRefusedAndCounted) {
  Greet();
  const SignedRecord record = Written("words");
  SignedRecord wrong = record;
  wrong.payload.back() ^= 1;
  reader_.Receive(wrong);
  EXPECT_EQ(refused(), 1u);
  wrong = record;
  wrong.header.back() ^= 1;
  reader_.Receive(wrong);
  EXPECT_EQ(refused(), 2u);
  wrong = record;
  wrong.signature.value[0] ^= 1;
  reader_.Receive(wrong);
  EXPECT_EQ(refused(), 3u);
  RecordHeader elsewhere = *RecordHeader::Parse(record.header);
  elsewhere.mailbox = RandomId<MailboxId>();
  reader_.Receive(SignRecord(*writer_.state().lanes.SignerOf(writer_.lane()), elsewhere, record.payload));
  EXPECT_EQ(refused(), 4u);
  EXPECT_EQ(Lane().broken, 0) << "a relay must not be able to end somebody's lane";
  reader_.Receive(record);
  EXPECT_THAT(reader_.Texts(), ElementsAre("words"));
}

TEST_F(CoreIntake, RecordsOfALaneThatWasClosedStillCount) {
  Greet();
  const SignedRecord record = Written("before it was closed");
  ASSERT_TRUE(reader_.journal->sync().ChangeSeats({RemoveLane{.lane = writer_.lane().key}}));
  ASSERT_FALSE(reader_.self().seats.Listed(writer_.lane().key));
  reader_.Receive(record);
  EXPECT_THAT(reader_.Texts(), ElementsAre("before it was closed"));
}

TEST_F(CoreIntake, AnOperationThatDoesNotHoldIsCountedAndTheRestOfItsPackCounts) {
  Greet();
  reader_.Receive(ForgePack(writer_, APack({AVersion("before"), Bytes(30, 0xff), AVersion("after")})));
  EXPECT_EQ(refused(), 1u);
  EXPECT_EQ(Lane().broken, 0);
  EXPECT_THAT(reader_.Texts(), ElementsAre("after", "before"));
}

// ---- What ends a lane.

TEST_F(CoreIntake, TwoRecordsAtOnePlaceEndTheLane) {
  Greet();
  const SignedRecord other = ForgePack(writer_, APack({AVersion("the other")}));
  reader_.Receive(Written("the first to come"));
  reader_.Receive(other);
  EXPECT_EQ(Lane().broken, Broken(Code::kEquivocation));
  const uint64_t end = Lane().stored_seq;
  reader_.Receive(Written("later"));
  EXPECT_EQ(Lane().stored_seq, end) << "nothing more of it is even kept";
  reader_.Reopen();
  EXPECT_EQ(Lane().broken, Broken(Code::kEquivocation));
  EXPECT_THAT(reader_.Texts(), ElementsAre("the first to come"));
}

TEST_F(CoreIntake, ARecordThatCitesAnotherPredecessorEndsTheLane) {
  Greet();
  RecordHeader header{.mailbox = writer_.self().id, .seq = Lane().stored_seq + 1, .prev = RandomId<RecordId>()};
  reader_.Receive(SignRecord(*writer_.state().lanes.SignerOf(writer_.lane()), header, Bytes(40)));
  EXPECT_EQ(Lane().broken, Broken(Code::kEquivocation));
}

TEST_F(CoreIntake, AKeptRecordThatCitesAnotherPredecessorEndsTheLaneOnceItsTurnComes) {
  Greet();
  RecordHeader header{.mailbox = writer_.self().id, .seq = Lane().stored_seq + 2, .prev = RandomId<RecordId>()};
  reader_.Receive(SignRecord(*writer_.state().lanes.SignerOf(writer_.lane()), header, Bytes(40)));
  EXPECT_EQ(Lane().broken, 0);
  reader_.Receive(Written("before it"));
  EXPECT_EQ(Lane().broken, Broken(Code::kEquivocation));
}

TEST_F(CoreIntake, ALaneThatDoesNotSayWhoseItIsEnds) {
  const auto without = std::optional<SignedLaneCertificate>();
  LaneCertificate of_lane = TrueCertificate(writer_);
  of_lane.lane = RandomId<LaneKey>();
  LaneCertificate of_mailbox = TrueCertificate(writer_);
  of_mailbox.mailbox = RandomId<MailboxId>();
  LaneCertificate of_person = TrueCertificate(writer_);
  of_person.person = RandomId<PersonId>();
  for (const auto& certificate :
       {without, std::optional(Signed(writer_, of_lane)), std::optional(Signed(writer_, of_mailbox)),
        std::optional(Signed(writer_, of_person))}) {
    Device reader;
    reader.store = reader_.store;
    reader.Reopen();
    Pack pack = APack({AVersion("words")});
    pack.certificate = certificate;
    reader.Receive(ForgePack(writer_, pack));
    EXPECT_EQ(reader.Of(writer_)->broken, Broken(Code::kForgedRecord));
    EXPECT_THAT(reader.Texts(), IsEmpty());
  }
}

TEST_F(CoreIntake, ACertificateThatItsDeviceDidNotSignEndsTheLane) {
  LaneCertificate certificate = TrueCertificate(writer_);
  certificate.device = reader_.state().device->public_key();
  Pack pack = APack({AVersion("words")});
  pack.certificate = Signed(writer_, certificate);
  reader_.Receive(ForgePack(writer_, pack));
  EXPECT_EQ(Lane().broken, Broken(Code::kSignatureInvalid));
  EXPECT_THAT(reader_.Texts(), IsEmpty());
}

TEST_F(CoreIntake, WhatIsNoPackEndsTheLane) {
  Greet();
  Device other;
  other.store = reader_.store;
  other.Reopen();
  SignedRecord record = ForgePack(writer_, {});
  RecordHeader header = *RecordHeader::Parse(record.header);
  const auto signer = writer_.state().lanes.SignerOf(writer_.lane());
  const GenerationKey& key = writer_.state().keyring.Newest(writer_.self().id)->key;
  reader_.Receive(SignRecord(*signer, header,
                             Seal(key, labels::kSealPayload, header.Place(), AsBytes("no pack"), Padding::kPadme)));
  EXPECT_EQ(Lane().broken, Broken(Code::kMalformed));
  record.payload.back() ^= 1;
  other.Receive(SignRecord(*signer, header, record.payload));
  EXPECT_EQ(other.Of(writer_)->broken, Broken(Code::kSealBroken));
}

// ---- What waits for a key, a person, or words.

TEST_F(CoreIntake, APackOfAnUnknownGenerationWaitsUntilItsKeyArrives) {
  LinkThird();
  Greet();
  GenerationId id;  // the lowest there is, so the one that is sealed under
  id.value.back() = 1;
  const GenerationKey key = GenerationKey::Generate();
  Learn(writer_, id, key);
  Learn(third_, id, key);
  // One Intake, as sync has it: it knows by itself when something may have come that others waited for.
  Transaction tx(reader_.store);
  Intake intake(reader_.state());
  ASSERT_TRUE(intake.Receive(tx, reader_.self(), Written("under a new key")));
  ASSERT_TRUE(intake.Retry(tx));
  EXPECT_EQ(Lane().broken, 0);
  EXPECT_EQ(Lane().applied_seq + 1, Lane().stored_seq);
  EXPECT_EQ(refused(), 0u);
  // The third device announces a newer one to all, and hands on the keys of those before.
  ASSERT_TRUE(intake.Receive(tx, reader_.self(), Announce(third_, GenerationKey::Generate())));
  ASSERT_TRUE(intake.Retry(tx));
  ASSERT_TRUE(reader_.state().Commit(tx));
  EXPECT_EQ(Lane().applied_seq, Lane().stored_seq);
  EXPECT_THAT(reader_.Texts(), ElementsAre("under a new key"));
}

TEST_F(CoreIntake, ALaneOfADeviceThatIsNotKnownYetWaits) {
  Greet();
  LinkThird();
  Pack pack = APack({AVersion("from the third")});
  pack.certificate = Signed(third_, TrueCertificate(third_));
  reader_.Receive(ForgePack(third_, pack));
  EXPECT_EQ(reader_.Of(third_)->broken, 0);
  EXPECT_EQ(reader_.Of(third_)->applied_seq, 0u);
  writer_.Seal();  // says that the third is a device
  Carry(writer_, reader_);
  EXPECT_EQ(reader_.Of(third_)->applied_seq, 1u);
  EXPECT_EQ(reader_.Of(third_)->device, third_.state().device->public_key());
  EXPECT_THAT(reader_.Texts(), ElementsAre("from the third"));
}

TEST_F(CoreIntake, ANewDeviceBringsWhatSaysThatItIsOne) {
  Greet();
  LinkThird();
  third_.Write("from the third");
  third_.Seal();
  Carry(third_, reader_);
  EXPECT_EQ(reader_.Of(third_)->applied_seq, third_.lane().stored_seq);
  EXPECT_TRUE(reader_.state().person->IsDevice(third_.state().device->public_key()));
  EXPECT_THAT(reader_.Texts(), ElementsAre("from the third"));
}

TEST_F(CoreIntake, ARecordWithoutItsWordsWaitsForThem) {
  Greet();
  const SignedRecord first = Written("1");
  const SignedRecord second = Written("2");
  SignedRecord empty = first;
  empty.payload.clear();
  reader_.Receive(empty);
  reader_.Receive(second);
  EXPECT_EQ(Lane().broken, 0);
  EXPECT_EQ(Lane().stored_seq, Lane().applied_seq + 2);
  EXPECT_THAT(reader_.Texts(), IsEmpty());
  reader_.Receive(first);
  EXPECT_EQ(Lane().applied_seq, Lane().stored_seq);
  EXPECT_THAT(reader_.Texts(), ElementsAre("1", "2"));
  reader_.Receive(empty);
  reader_.Reopen();
  EXPECT_THAT(reader_.Texts(), ElementsAre("1", "2")) << "words that are here are not taken away";
}

// ---- Generations.

TEST_F(CoreIntake, AnAnnouncedGenerationIsLearnedFromTheBoxThatIsForThisDevice) {
  Greet();
  const SignedRecord announcement = Announce(writer_, GenerationKey::Generate());
  reader_.Receive(announcement);
  EXPECT_EQ(reader_.state().keyring.Newest(reader_.self().id)->id, GenerationIdOf(announcement.payload));
  reader_.Receive(Written("under it"));
  EXPECT_THAT(reader_.Texts(), ElementsAre("under it"));
}

TEST_F(CoreIntake, ABoxWithAnotherKeyThanTheAnnouncedOneEndsTheLane) {
  Greet();
  const RecordHeader header = Lanes::NextHeader(writer_.lane(), RecordKind::kGeneration);
  const auto box =
      SealTo(reader_.state().box->public_key(), labels::kSealBox,
             BoxContext(header.mailbox, header.lane, header.seq, header.prev), GenerationKey::Generate().Reveal());
  ASSERT_TRUE(box.has_value());
  Bytes payload = EncodeBoxes({*box});
  const GenerationBody body{.certificate = Signed(writer_, TrueCertificate(writer_)), .hlc = writer_.state().NextHlc()};
  const Bytes sealed = Seal(GenerationKey::Generate(), labels::kSealGeneration, GenerationAd(header, payload),
                            EncodeGeneration(body), Padding::kNone);
  payload.insert(payload.end(), sealed.begin(), sealed.end());
  reader_.Receive(Forge(writer_, RecordKind::kGeneration, payload));
  EXPECT_EQ(Lane().broken, Broken(Code::kSealBroken));
  EXPECT_EQ(reader_.state().keyring.All(reader_.self().id).size(), 1u);
}

TEST_F(CoreIntake, AnAnnouncementWithoutABoxForThisDeviceTeachesNothing) {
  Greet();
  Bytes payload = EncodeBoxes({});
  const Bytes sealed = Seal(GenerationKey::Generate(), labels::kSealGeneration, {}, Bytes(200), Padding::kNone);
  payload.insert(payload.end(), sealed.begin(), sealed.end());
  reader_.Receive(Forge(writer_, RecordKind::kGeneration, payload));
  EXPECT_EQ(Lane().broken, 0);
  EXPECT_EQ(reader_.state().keyring.All(reader_.self().id).size(), 1u);
}

// ---- Copies of this vault.

TEST_F(CoreIntake, WhereACopyOfThisVaultWasFasterOurRecordsWaitAgainInANewLane) {
  reader_.lane().acked_seq = reader_.lane().stored_seq;
  Device copy;
  copy.store = reader_.store;
  copy.Reopen();
  reader_.Write("here");
  reader_.Seal();
  copy.Write("in the copy");
  const SignedRecord theirs = copy.Seal().front();
  storage::Lane& lane = reader_.lane();
  reader_.Receive(theirs);
  EXPECT_EQ(lane.broken, 0);
  EXPECT_TRUE(lane.retired);
  EXPECT_EQ(lane.stored_id, RecordIdOf(theirs.header));
  EXPECT_EQ(reader_.self().outbox_waiting, 1u);
  EXPECT_THAT(reader_.Texts(), ElementsAre("here", "in the copy"));
}

TEST_F(CoreIntake, RecordsOfACopyThatWasFasterMayComeInAnyOrder) {
  reader_.lane().acked_seq = reader_.lane().stored_seq;
  Device copy;
  copy.store = reader_.store;
  copy.Reopen();
  std::vector<SignedRecord> theirs;
  for (const char* text : {"first", "second"}) {
    reader_.Write(std::string(text) + " here");
    reader_.Seal();
    copy.Write(std::string(text) + " in the copy");
    theirs.push_back(copy.Seal().front());
  }
  const storage::Lane& lane = reader_.lane();
  reader_.Receive(theirs[1]);
  reader_.Receive(theirs[0]);
  EXPECT_EQ(lane.broken, 0);
  EXPECT_TRUE(reader_.journal->Alarms().empty());
  EXPECT_EQ(lane.stored_id, RecordIdOf(theirs[1].header));
  EXPECT_THAT(reader_.Texts(), ElementsAre("first here", "first in the copy", "second here", "second in the copy"));
}

TEST_F(CoreIntake, TwoRecordsAtAPlaceTheRelayHasAcknowledgedEndEvenOurLane) {
  Device copy;
  copy.store = reader_.store;
  copy.Reopen();
  reader_.Write("here");
  reader_.Seal();
  storage::Lane& lane = reader_.lane();
  lane.acked_seq = lane.stored_seq;
  copy.Write("in the copy");
  reader_.Receive(copy.Seal().front());
  EXPECT_EQ(lane.broken, Broken(Code::kEquivocation));
  EXPECT_EQ(reader_.state().lanes.Own(reader_.self().id), nullptr);
  EXPECT_THAT(reader_.Texts(), ElementsAre("here"));
}

TEST_F(CoreIntake, WhatACopyOfThisVaultHasSentNeedNotBeSentAgain) {
  reader_.Write("waits in both");
  Device copy;
  copy.store = reader_.store;
  copy.Reopen();
  ASSERT_EQ(reader_.self().outbox_waiting, 1u);
  reader_.Receive(copy.Seal().front());
  EXPECT_EQ(reader_.self().outbox_waiting, 0u);
  EXPECT_THAT(reader_.Texts(), ElementsAre("waits in both"));
  reader_.Reopen();
  EXPECT_EQ(reader_.self().outbox_waiting, 0u);
  EXPECT_THAT(reader_.Texts(), ElementsAre("waits in both"));
}

// A copy of this vault wrote twice under the same key, and its second record is served first.
TEST_F(CoreIntake, WhatDoesNotFollowOnOursVoidsAllOfOursThatWasNotAcknowledged) {
  Greet();
  writer_.lane().acked_seq = writer_.lane().stored_seq;
  Device copy;
  copy.store = writer_.store;
  copy.Reopen();
  const SignedRecord theirs = (copy.Write("theirs, one"), copy.Seal().front());
  const SignedRecord theirs_too = (copy.Write("theirs, two"), copy.Seal().front());
  writer_.Write("ours, one");
  writer_.Seal();
  writer_.Write("ours, two");
  writer_.Seal();
  const LaneKey key = writer_.lane().key;

  writer_.Receive(theirs_too);
  writer_.Receive(theirs);
  const storage::Lane& lane = *writer_.state().lanes.Find(key);
  EXPECT_EQ(lane.broken, 0);
  EXPECT_TRUE(lane.retired);
  EXPECT_EQ(lane.stored_id, RecordIdOf(theirs_too.header));
  EXPECT_EQ(lane.applied_seq, lane.stored_seq);
  EXPECT_THAT(writer_.Texts(), ElementsAre("ours, one", "ours, two", "theirs, one", "theirs, two"));
  EXPECT_EQ(writer_.self().outbox_waiting, 2u);
}

}  // namespace
}  // namespace kith
