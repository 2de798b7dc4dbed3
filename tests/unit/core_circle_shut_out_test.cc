// A member of a circle who announces a key without another member's box.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/circles.h"
#include "client/core/intake.h"
#include "crypto/verify/labels.h"
#include "tests/support/family.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CircleShutOut : public testing::Test {
 protected:
  void SetUp() override {
    family_.Befriend(ann_, bob_);
    family_.Befriend(ann_, cem_);
    circle_ = family_.Found({&ann_, &bob_, &cem_});
    for (Relative* one : {&ann_, &bob_, &cem_}) family_.Share(*one, circle_, "by " + one->name);
    family_.SyncAll();
    ASSERT_EQ(Family::Inbox(bob_).size(), 2u);
  }
  const Keyring::Generation* Sealing(Relative& one) { return one.state().SealingGeneration(circle_); }

  // What Cem's changed client announces next in its lane, with boxes for these, under an id lower than the present one.
  SignedRecord Announces(const std::vector<Relative*>& with) {
    const GenerationId present = Sealing(ann_)->id;
    for (;;) {
      SignedRecord record = AnnouncesOnce(with);
      if (GenerationIdOf(record.payload) < present) return record;
    }
  }
  SignedRecord AnnouncesOnce(const std::vector<Relative*>& with) {
    State& cem = cem_.state();
    const storage::Lane& lane = *cem.lanes.Own(circle_);
    const GenerationKey key = GenerationKey::Generate();
    const RecordHeader header = Lanes::NextHeader(lane, RecordKind::kGeneration);
    const Bytes context = BoxContext(circle_, lane.key, header.seq, header.prev);
    const BoxPair shared = BoxesPair(key, context);
    std::vector<Bytes> boxes;
    for (Relative* one : with) {
      auto box = SealAs(shared, *SealingKeyOf(*one->state().person), labels::kSealBox, context, key.Reveal());
      EXPECT_TRUE(box.has_value());
      boxes.push_back(*std::move(box));
    }
    Bytes payload = EncodeBoxes(boxes);
    LaneCertificate certificate{.mailbox = circle_,
                                .lane = lane.key,
                                .device = cem.device->public_key(),
                                .person = cem_.person(),
                                .person_head = cem.person->HeadHash()};
    const Bytes body = certificate.Encode();
    std::vector<OpId> heads;
    for (Relative* one : {&ann_, &bob_, &cem_}) {
      heads.insert(heads.end(), one->state().person->heads().begin(), one->state().person->heads().end());
    }
    std::ranges::sort(heads);
    const GenerationBody said{
        .roster_head = cem.FindRoster(circle_)->HeadHash(),
        .person_heads = heads,
        .certificate = SignedLaneCertificate{.body = body, .signature = cem.device->Sign(labels::kSignLane, body)},
        .hlc = cem.NextHlc()};
    const Bytes sealed =
        Seal(key, labels::kSealGeneration, GenerationAd(header, payload), EncodeGeneration(said), Padding::kNone);
    payload.insert(payload.end(), sealed.begin(), sealed.end());
    return SignRecord(*cem.lanes.SignerOf(lane), header, std::move(payload));
  }
  void Receive(Relative& device, const SignedRecord& record) {
    Transaction tx(device.store);
    Intake intake(device.state());
    ASSERT_TRUE(intake.Receive(tx, device.state().mailboxes.at(circle_), record));
    ASSERT_TRUE(intake.Retry(tx));
    ASSERT_TRUE(device.state().Commit(tx));
  }
  std::vector<std::string> ShutsOut(Relative& device) {
    const auto circles = device.membership().Circles();
    return circles.empty() ? std::vector<std::string>{"no circle"} : circles.front().shuts_out;
  }

  Family family_;
  Relative& ann_ = family_.Add("Ann");
  Relative& bob_ = family_.Add("Bob");
  Relative& cem_ = family_.Add("Cem");
  MailboxId circle_;
};

TEST_F(CircleShutOut, NobodySealsUnderAKeyThatAMemberHasNot) {
  const SignedRecord without = Announces({&ann_, &cem_});
  const GenerationId present = Sealing(ann_)->id;
  Receive(ann_, without);
  ASSERT_TRUE(ann_.state().keyring.Has(circle_, GenerationIdOf(without.payload)));
  EXPECT_EQ(Sealing(ann_)->id, present);
  ann_.Reopen();
  EXPECT_EQ(Sealing(ann_)->id, present);
}

TEST_F(CircleShutOut, ABoxOfRubbishIsNone) {
  SignedRecord without = Announces({&ann_, &ann_, &cem_});
  Receive(ann_, without);
  EXPECT_NE(Sealing(ann_)->id, GenerationIdOf(without.payload));
}

TEST_F(CircleShutOut, WhomItLeavesOutIsToldWhoseItIs) {
  EXPECT_THAT(ShutsOut(bob_), IsEmpty());
  Receive(bob_, Announces({&ann_, &cem_}));
  EXPECT_THAT(ShutsOut(bob_), ElementsAre("Cem"));
  bob_.Reopen();
  EXPECT_THAT(ShutsOut(bob_), ElementsAre("Cem"));
}

TEST_F(CircleShutOut, TwinOneWithAllBoxesIsSealedUnder) {
  const SignedRecord whole = Announces({&ann_, &bob_, &cem_});
  for (Relative* one : {&ann_, &bob_}) {
    Receive(*one, whole);
    EXPECT_EQ(Sealing(*one)->id, GenerationIdOf(whole.payload)) << one->name;
    one->Reopen();
    EXPECT_EQ(Sealing(*one)->id, GenerationIdOf(whole.payload)) << one->name;
  }
  EXPECT_THAT(ShutsOut(bob_), IsEmpty());
}

// ---- Who comes late.

TEST_F(CircleShutOut, WhatStoodThereBeforeSomebodyCameShutsThemNotOut) {
  Relative& dia = family_.Add("Dia");
  family_.Befriend(ann_, dia);
  family_.Bring(ann_, dia, circle_);
  family_.SyncAll();
  EXPECT_THAT(ShutsOut(dia), IsEmpty());
  EXPECT_THAT(Family::Inbox(dia), IsEmpty());
}

TEST_F(CircleShutOut, NewKeysAreNoReasonToReadAllOfALaneAgain) {
  Relative& dia = family_.Add("Dia");
  family_.Befriend(ann_, dia);
  family_.Bring(ann_, dia, circle_);
  family_.SyncAll();
  const LaneKey lane = ann_.state().lanes.Own(circle_)->key;
  ASSERT_FALSE(dia.state().lanes.Find(lane)->passed_over.empty());
  for (const Role role : {Role::kReader, Role::kWriter, Role::kReader}) {
    ASSERT_TRUE(ann_.membership().SetRole(circle_, cem_.person(), role));
    family_.SyncAll();
  }
  EXPECT_EQ(dia.state().lanes.Find(lane)->taken_to, 0u);
  // One who is given the older keys reads what was passed over, once.
  ASSERT_TRUE(ann_.membership().GrantHistory(circle_, dia.person()));
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(dia), ElementsAre("by Ann", "by Bob"));
  const uint64_t taken = dia.state().lanes.Find(lane)->taken_to;
  EXPECT_GT(taken, 0u);
  ASSERT_TRUE(ann_.membership().SetRole(circle_, cem_.person(), Role::kWriter));
  family_.SyncAll();
  EXPECT_EQ(dia.state().lanes.Find(lane)->taken_to, taken);
}

}  // namespace
}  // namespace kith
