// The outbox: what waits, in which order it is sealed, and how it comes back when a lane is lost.
#include <gtest/gtest.h>

#include "client/core/outbox.h"
#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/support/seeded_random.h"
#include "tests/unit/core_testing.h"

namespace kith {
namespace {

class CoreOutbox : public testing::Test {
 protected:
  void SetUp() override {
    Found(device_);
    device_.Seal();  // what a person begins with
  }

  // Of about `size` bytes that do not shrink much; told from others by its number.
  static Bytes AnOp(size_t number, size_t size = 40) {
    Bytes filling(size * 3 / 4);
    SeededRandom random(size + number);
    RandomFill(filling);
    return EncodeOp(DeviceLabelOp{.hlc = number + 1, .device = {}, .label = ToBase64(filling)});
  }
  storage::Place Add(const Bytes& op) {
    Transaction tx(device_.store);
    const storage::Place place = Outbox(device_.state()).Add(tx, device_.self(), {&op, 1});
    EXPECT_TRUE(device_.state().Commit(tx));
    return place;
  }
  std::vector<Bytes> AddMany(size_t count, size_t size = 40) {
    std::vector<Bytes> ops;
    for (size_t i = 0; i < count; ++i) {
      ops.push_back(AnOp(i, size));
      Add(ops.back());
    }
    return ops;
  }
  std::vector<Bytes> Contents(const std::vector<SignedRecord>& records) {
    std::vector<Bytes> ops;
    for (const SignedRecord& record : records) {
      for (Bytes& op : device_.Open(record).ops) ops.push_back(std::move(op));
    }
    return ops;
  }
  Bytes Read(const storage::Place& place) {
    const Transaction tx(device_.store);
    const auto op = device_.state().ReadOp(tx, place);
    EXPECT_TRUE(op.has_value());
    return op ? *op : Bytes();
  }
  void Retire() {
    Transaction tx(device_.store);
    ASSERT_TRUE(Outbox(device_.state()).Retire(tx, device_.self(), device_.lane()));
    ASSERT_TRUE(device_.state().Commit(tx));
  }
  // A lane as a device takes when its old one is lost.
  void NewLane() {
    Transaction tx(device_.store);
    Lanes::Save(tx, device_.state().lanes.AddOwn(device_.self().id, Signer::Generate()));
    ASSERT_TRUE(device_.state().Commit(tx));
  }
  // As if the relay had acknowledged everything up to here.
  void Acknowledge() { device_.lane().acked_seq = device_.lane().stored_seq; }

  Device device_;
};

TEST_F(CoreOutbox, OperationsAreSealedInTheOrderInWhichTheyWereAdded) {
  const std::vector<Bytes> ops = AddMany(300);
  EXPECT_EQ(device_.self().outbox_waiting, ops.size());
  EXPECT_EQ(Contents(device_.Seal()), ops);
  EXPECT_EQ(device_.self().outbox_waiting, 0u);
  EXPECT_TRUE(device_.Seal().empty());
}

TEST_F(CoreOutbox, ThePlaceOfAnOperationStaysGoodOnceItIsSealedAndAfterARestart) {
  std::vector<storage::Place> places;
  std::vector<Bytes> ops;
  for (size_t i = 0; i < 5; ++i) {
    ops.push_back(AnOp(i));
    places.push_back(Add(ops.back()));
  }
  for (size_t i = 0; i < ops.size(); ++i) EXPECT_EQ(Read(places[i]), ops[i]);
  device_.Seal();
  for (size_t i = 0; i < ops.size(); ++i) EXPECT_EQ(Read(places[i]), ops[i]);
  device_.Reopen();
  for (size_t i = 0; i < ops.size(); ++i) EXPECT_EQ(Read(places[i]), ops[i]);
}

TEST_F(CoreOutbox, ANumberIsNeverGivenTwice) {
  const uint64_t last = Add(AnOp(1)).number;
  device_.Seal();
  device_.Reopen();  // the queue is empty now
  EXPECT_EQ(Add(AnOp(2)).number, last + 1);
}

TEST_F(CoreOutbox, APackHoldsItsLimitUnlessOneOperationIsLarger) {
  constexpr size_t kSize = 20'000;
  AddMany(4, kSize);
  const Bytes huge = AnOp(9, limits::kPackOps + 1);
  Add(huge);
  Add(AnOp(10));
  const auto records = device_.Seal();
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(device_.Open(records[0]).ops.size(), 3u);
  EXPECT_EQ(device_.Open(records[1]).ops.size(), 1u);
  EXPECT_EQ(device_.Open(records[2]).ops, std::vector<Bytes>{huge});
  EXPECT_EQ(device_.Open(records[3]).ops.size(), 1u);
  for (const SignedRecord& record : records) {
    size_t bytes = 0;
    const Pack pack = device_.Open(record);
    for (const Bytes& op : pack.ops) bytes += op.size();
    EXPECT_TRUE(pack.ops.size() == 1 || bytes <= limits::kPackOps);
  }
}

TEST_F(CoreOutbox, ARecordStandsForARunOfNumbers) {
  std::vector<storage::Place> places;
  for (size_t i = 0; i < 5; ++i) places.push_back(Add(AnOp(i)));
  Transaction tx(device_.store);
  ASSERT_TRUE(Outbox(device_.state()).Drop(tx, device_.self(), places[2]));
  ASSERT_TRUE(device_.state().Commit(tx));
  EXPECT_EQ(device_.self().outbox_waiting, 4u);
  const auto records = device_.Seal();
  ASSERT_EQ(records.size(), 2u) << "a pack ends where a number is missing";
  EXPECT_EQ(device_.Open(records[0]).ops, (std::vector<Bytes>{AnOp(0), AnOp(1)}));
  EXPECT_EQ(device_.Open(records[1]).ops, (std::vector<Bytes>{AnOp(3), AnOp(4)}));
  EXPECT_EQ(Read(places[4]), AnOp(4));
}

TEST_F(CoreOutbox, NoMoreIsSealedThanWasAskedFor) {
  AddMany(12, 50'000);
  const auto some = device_.Seal(150'000);
  // What zstd saves is not known beforehand, so less may come.
  EXPECT_GE(some.size(), 1u);
  EXPECT_LT(some.size(), 12u);
  size_t bytes = 0;
  for (const SignedRecord& record : some) bytes += PushSize(record);
  EXPECT_LE(bytes, 150'000u);
  EXPECT_EQ(device_.self().outbox_waiting, 12u - some.size());
  EXPECT_EQ(device_.Seal().size(), 12u - some.size()) << "the rest comes later";
}

TEST_F(CoreOutbox, EvenOneRecordLargerThanWasAskedForIsSealed) {
  Add(AnOp(1, 50'000));
  EXPECT_EQ(device_.Seal(10).size(), 1u);
}

TEST_F(CoreOutbox, ThePersonHeadIsStatedOnceAndAgainWhenItHasChanged) {
  device_.Reopen();
  Add(AnOp(1));
  EXPECT_EQ(device_.Open(device_.Seal().front()).person_head, device_.state().person->HeadHash());
  Add(AnOp(2));
  EXPECT_EQ(device_.Open(device_.Seal().front()).person_head, std::nullopt);
  Device guest;
  Link(device_, guest);
  EXPECT_EQ(device_.Open(device_.Seal().front()).person_head, device_.state().person->HeadHash());
}

TEST_F(CoreOutbox, TheFirstRecordOfAGenerationBringsACertificate) {
  Add(AnOp(1));
  EXPECT_FALSE(device_.Open(device_.Seal().front()).certificate.has_value()) << "the announcement brought it";
  Transaction tx(device_.store);
  GenerationId next;  // the lowest there is
  next.value.back() = 1;
  device_.state().keyring.AddGeneration(tx, device_.self().id, next, GenerationKey::Generate().Reveal());
  ASSERT_TRUE(device_.state().Commit(tx));
  Add(AnOp(2));
  const auto certificate = device_.Open(device_.Seal().front()).certificate;
  ASSERT_TRUE(certificate.has_value());
  const auto read = LaneCertificate::Decode(certificate->body);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->lane, device_.lane().key);
  EXPECT_EQ(read->device, device_.state().device->public_key());
  EXPECT_TRUE(Verify(read->device, labels::kSignLane, certificate->body, certificate->signature));
  EXPECT_EQ(device_.lane().generation, next);
  Add(AnOp(3));
  EXPECT_FALSE(device_.Open(device_.Seal().front()).certificate.has_value());
}

TEST_F(CoreOutbox, WithoutALaneOrAKeyNothingIsSealed) {
  Add(AnOp(1));
  Acknowledge();
  Retire();
  Transaction tx(device_.store);
  auto sealed = Outbox(device_.state()).Seal(tx, device_.self(), 1'000);
  ASSERT_FALSE(sealed.has_value());
  EXPECT_EQ(sealed.error().code, Code::kNotFound);
  NewLane();
  device_.state().keyring = Keyring();
  sealed = Outbox(device_.state()).Seal(tx, device_.self(), 1'000);
  ASSERT_FALSE(sealed.has_value());
  EXPECT_EQ(sealed.error().code, Code::kUnknownGeneration);
  EXPECT_EQ(device_.self().outbox_waiting, 1u) << "it goes on waiting";
}

TEST_F(CoreOutbox, WhatIsTakenBackWaitsAgainInItsOldOrder) {
  Acknowledge();
  std::vector<Bytes> ops;
  std::vector<storage::Place> places;
  for (size_t i = 0; i < 9; ++i) {
    ops.push_back(AnOp(i));
    places.push_back(Add(ops.back()));
    if (i % 3 == 2) device_.Seal();  // three records of three
  }
  ops.push_back(AnOp(9));
  places.push_back(Add(ops.back()));  // one more that was never sealed
  storage::Lane& lane = device_.lane();
  const uint64_t first = lane.stored_seq - 2;
  const uint64_t second = first + 1;
  const RecordId kept = RecordIdOf(device_.Record(first).header);
  Transaction tx(device_.store);
  ASSERT_TRUE(Outbox(device_.state()).TakeBack(tx, device_.self(), lane, second));
  ASSERT_TRUE(device_.state().Commit(tx));
  EXPECT_TRUE(lane.retired);
  EXPECT_EQ(device_.state().lanes.Own(device_.self().id), nullptr);
  EXPECT_EQ(lane.stored_seq, first);
  EXPECT_EQ(lane.stored_id, kept);
  EXPECT_EQ(lane.applied_seq, first);
  EXPECT_EQ(device_.self().outbox_waiting, 7u);
  for (size_t i = 0; i < ops.size(); ++i) EXPECT_EQ(Read(places[i]), ops[i]) << i;
  device_.Reopen();
  EXPECT_EQ(device_.self().outbox_waiting, 7u);
  NewLane();
  EXPECT_EQ(Contents(device_.Seal()), std::vector(ops.begin() + 3, ops.end()));
  for (size_t i = 0; i < ops.size(); ++i) EXPECT_EQ(Read(places[i]), ops[i]) << i;
}

TEST_F(CoreOutbox, ANewLaneBeginsWithACertificate) {
  Acknowledge();
  Add(AnOp(1));
  Retire();
  NewLane();
  const auto record = device_.Seal().front();
  const Pack pack = device_.Open(record);
  ASSERT_TRUE(pack.certificate.has_value());
  EXPECT_EQ(LaneCertificate::Decode(pack.certificate->body)->lane, device_.lane().key);
  EXPECT_EQ(RecordHeader::Parse(record.header)->seq, 1u);
}

TEST_F(CoreOutbox, RetiringTakesBackOnlyWhatWasNeverAcknowledged) {
  AddMany(2);
  device_.Seal();
  Acknowledge();
  const uint64_t acknowledged = device_.lane().acked_seq;
  const Bytes op = AnOp(7);
  Add(op);
  device_.Seal();
  storage::Lane& lane = device_.lane();
  Retire();
  EXPECT_TRUE(lane.retired);
  EXPECT_EQ(lane.stored_seq, acknowledged);
  EXPECT_EQ(device_.self().outbox_waiting, 1u);
  NewLane();
  EXPECT_EQ(Contents(device_.Seal()), std::vector<Bytes>{op});
}

TEST_F(CoreOutbox, RetiringKeepsAnAnnouncedGeneration) {
  storage::Lane& lane = device_.lane();
  ASSERT_EQ(lane.acked_seq, 0u);
  ASSERT_GT(lane.stored_seq, 1u);
  const SignedRecord announcement = device_.Record(1);
  ASSERT_EQ(RecordHeader::Parse(announcement.header)->kind, RecordKind::kGeneration);
  const GenerationId generation = GenerationIdOf(announcement.payload);
  Retire();
  EXPECT_EQ(lane.stored_seq, 1u);
  EXPECT_EQ(lane.stored_id, RecordIdOf(announcement.header));
  EXPECT_EQ(lane.generation, generation);
  const Transaction tx(device_.store);
  EXPECT_TRUE((*Lanes::GetRecord(tx, lane, 1)).has_value());
  EXPECT_FALSE((*Lanes::GetRecord(tx, lane, 2)).has_value());
  EXPECT_EQ(device_.state().keyring.Newest(device_.self().id)->id, generation);
}

TEST_F(CoreOutbox, WhatOtherLanesHoldIsCitedOnce) {
  Device guest;
  Link(device_, guest);
  device_.Seal();
  Carry(device_, guest);
  guest.Write("there");
  guest.Seal();
  Carry(guest, device_);
  Add(AnOp(1));
  const Pack pack = device_.Open(device_.Seal().front());
  const storage::Lane& other = *device_.Of(guest);
  EXPECT_EQ(pack.seen, (std::vector<Seen>{{.lane = other.key, .seq = other.stored_seq, .record = other.stored_id}}));
  Add(AnOp(2));
  EXPECT_TRUE(device_.Open(device_.Seal().front()).seen.empty());
}

TEST_F(CoreOutbox, WhatARecordSaidThatWasTakenBackIsSaidAgain) {
  Device guest;
  Link(device_, guest);
  device_.Seal();
  Acknowledge();
  Carry(device_, guest);
  guest.Write("there");
  guest.Seal();
  Carry(guest, device_);
  Add(AnOp(1));
  const Pack lost = device_.Open(device_.Seal().front());
  ASSERT_EQ(lost.seen.size(), 1u);
  Retire();
  NewLane();
  const Pack pack = device_.Open(device_.Seal().front());
  EXPECT_NE(std::ranges::find(pack.seen, lost.seen.front()), pack.seen.end());
  EXPECT_TRUE(pack.person_head.has_value());
}

// Something may still name the place of what was dropped.
TEST_F(CoreOutbox, ANumberIsNotGivenTwice) {
  const storage::Place dropped = Add(AnOp(1));
  Transaction tx(device_.store);
  ASSERT_TRUE(Outbox(device_.state()).Drop(tx, device_.self(), dropped));
  ASSERT_TRUE(device_.state().Commit(tx));
  device_.Reopen();
  EXPECT_EQ(Add(AnOp(2)).number, dropped.number + 1);
}

}  // namespace
}  // namespace kith
