// What somebody new in a circle of more than two is told, and how much an announcement can hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/intake.h"
#include "client/core/limits.h"
#include "crypto/seal.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/support/family.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class CoreNewcomers : public testing::Test {
 protected:
  CoreNewcomers() {
    family_.Befriend(ann_, bob_);
    family_.Befriend(ann_, cem_);
  }
  // As if so many generations had been announced there before.
  static void AddGenerations(Relative& at, const MailboxId& mailbox, size_t count) {
    Transaction tx(at.store);
    for (size_t i = 0; i < count; ++i) {
      const GenerationKey key = GenerationKey::Generate();
      at.state().keyring.AddGeneration(tx, mailbox, RandomId<GenerationId>(), key.Reveal(), storage::Coverage());
    }
    ASSERT_TRUE(at.state().Commit(tx));
  }
  // What the newest announcement in a device's own lane says.
  static GenerationBody Announced(Relative& at, const MailboxId& mailbox) {
    const storage::Lane& lane = *at.state().lanes.Own(mailbox);
    const Transaction tx(at.store);
    for (uint64_t seq = lane.stored_seq; seq > 0; --seq) {
      const auto record = Lanes::GetRecord(tx, lane, seq);
      if (!record || !*record || (*record)->payload.empty()) continue;
      const RecordHeader header = *RecordHeader::Parse((*record)->header);
      if (header.kind != RecordKind::kGeneration) continue;
      const GenerationId id = GenerationIdOf((*record)->payload);
      const auto announcement = ParseAnnouncement((*record)->payload);
      for (const Keyring::Generation* one : at.state().keyring.All(mailbox)) {
        if (one->id != id || !announcement) continue;
        const auto plain = Open(one->key, labels::kSealGeneration, GenerationAd(header, announcement->boxes_part),
                                announcement->sealed, Padding::kNone);
        return *DecodeGeneration(plain->view());
      }
    }
    ADD_FAILURE() << "nothing was announced there";
    return {};
  }
  std::optional<Error> Problem(Relative& at, const MailboxId& mailbox) {
    return at.journal->sync(mailbox).status().problem;
  }

  Family family_;
  Relative& ann_ = family_.Add("Ann");
  Relative& bob_ = family_.Add("Bob");
  Relative& cem_ = family_.Add("Cem");
};

TEST_F(CoreNewcomers, WhoComesAfterTheFounderHasGoneIsToldWhoTheFounderWas) {
  Relative& dia = family_.Add("Dia");
  Relative& eva = family_.Add("Eva");
  family_.Befriend(bob_, dia);
  family_.Befriend(bob_, eva);
  const MailboxId circle = family_.Found({&ann_, &bob_, &cem_});
  ASSERT_TRUE(ann_.membership().SetRole(circle, bob_.person(), Role::kOwner));
  family_.SyncAll();
  ASSERT_TRUE(ann_.membership().Leave(circle));
  family_.SyncAll();
  family_.Bring(bob_, dia, circle);
  family_.Share(cem_, circle, "by Cem");
  family_.SyncAll();
  ASSERT_NE(dia.state().FindRoster(circle), nullptr);
  EXPECT_EQ(dia.state().FindRoster(circle)->members(), bob_.state().FindRoster(circle)->members());
  EXPECT_THAT(Family::Inbox(dia), ElementsAre("by Cem"));
  EXPECT_EQ(Problem(dia, circle), std::nullopt);
  family_.Share(dia, circle, "by Dia");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("by Dia"));
  // Nor does it matter that an owner was removed who had brought somebody in.
  ASSERT_TRUE(bob_.membership().SetRole(circle, dia.person(), Role::kOwner));
  family_.SyncAll();
  ASSERT_TRUE(bob_.membership().Remove(circle, cem_.person()));
  family_.SyncAll();
  family_.Bring(bob_, eva, circle);
  family_.Share(dia, circle, "for Eva");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(eva), ElementsAre("for Eva"));
}

TEST_F(CoreNewcomers, AnAnnouncementHoldsHoweverManyGenerationsThereWere) {
  const MailboxId circle = family_.Found({&ann_, &bob_, &cem_});
  AddGenerations(ann_, circle, limits::kGenerationParents);
  ASSERT_TRUE(ann_.membership().Remove(circle, bob_.person()));
  family_.SyncAll();
  EXPECT_THAT(Announced(ann_, circle).parents, SizeIs(limits::kGenerationParents));
  EXPECT_EQ(Problem(ann_, circle), std::nullopt);
  family_.Share(ann_, circle, "after Bob");
  family_.SyncAll();
  EXPECT_THAT(Family::Inbox(cem_), ElementsAre("after Bob"));
  EXPECT_THAT(Family::Inbox(bob_), IsEmpty());
}

TEST_F(CoreNewcomers, ADeviceIsRevokedHoweverManyGenerationsThereWere) {
  Relative& lost = family_.Link(ann_);
  family_.SyncAll();
  const EntryId kept = *ann_.journal->Write({.kind = "entry", .text = "words", .date = {.day_only = true}});
  family_.SyncAll();
  const MailboxId self = ann_.state().identity.self_mailbox;
  AddGenerations(ann_, self, limits::kGenerationParents);
  ASSERT_TRUE(ann_.journal->RevokeDevice(lost.state().device->public_key()));
  family_.SyncAll(&lost);
  EXPECT_EQ(Problem(ann_, self), std::nullopt);
  EXPECT_THAT(Announced(ann_, self).wrapped, SizeIs(limits::kGenerationParents));
  Relative& next = family_.Link(ann_);
  family_.SyncAll(&lost);
  EXPECT_TRUE(next.journal->Show(kept)) << "what an unrevoked device has announced is still wrapped";
}

// ---- Who keeps the others from writing.

TEST_F(CoreNewcomers, WhoRevokesADeviceAndSaysNoNewKeyIsNamedAndCanBeRemoved) {
  const MailboxId circle = family_.Found({&ann_, &bob_, &cem_});
  Relative& other = family_.Link(cem_);
  family_.SyncAll();
  EXPECT_THAT(ann_.membership().Circles().front().waits_for, IsEmpty());
  SignedPersonOp revoked{.body = PersonOp{.parents = cem_.state().person->heads(),
                                          .signer = cem_.state().device->public_key(),
                                          .kind = RevokeDevice{.device = other.state().device->public_key()}}
                                     .Encode(),
                         .signature = {},
                         .countersignature = {}};
  revoked.signature = cem_.state().device->Sign(labels::kSignPersonOp, revoked.body);
  Transaction tx(ann_.store);
  ASSERT_TRUE(ann_.state().AddPersonOp(tx, cem_.person(), revoked));
  ASSERT_TRUE(ann_.state().Commit(tx));
  EXPECT_THAT(ann_.membership().Circles().front().waits_for, ElementsAre("Cem"));
  ASSERT_TRUE(ann_.membership().Remove(circle, cem_.person()));
  EXPECT_THAT(ann_.membership().Circles().front().waits_for, IsEmpty());
  family_.Share(ann_, circle, "without Cem");
  family_.SyncAll(&cem_);
  EXPECT_THAT(Family::Inbox(bob_), ElementsAre("without Cem"));
}

}  // namespace
}  // namespace kith
