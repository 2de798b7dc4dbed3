// A journal that is read back by its phrase and a relay alone, and taken over by a new device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/core/devices.h"
#include "client/core/recovery.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/support/builders.h"
#include "tests/unit/people_testing.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// What the relay said, to be made worse.
using Lie = std::function<void(const RelayCall& call, Result<RelayReply>& reply)>;

constexpr int kPatience = 200;  // calls of one recovery

// Two friends; the host has two devices. All are in sync, and whatever happens to them, the relay stays.
class CoreRecovery : public TwoPeople {
 protected:
  void SetUp() override {
    TwoPeople::SetUp();
    LinkOver(host_, second_);
    Befriend();
    host_.Write("by the first device");
    SyncAll();
    second_.Write("by the second device");
    guest_.Write("of the guest");
    Say(host_, AShare("from the host"));
    Say(guest_, AShare("from the guest"));
    SyncAll();
  }

  void SyncAll() {
    for (int round = 0; round < 3; ++round) {
      for (Device* device : {&host_, &second_, &guest_}) {
        if (device->journal) Sync(*device);
      }
    }
  }

  // Carries what is asked to the relay until all is read; nothing is founded.
  Result<> Carry(Recovery& recovery, const Lie& lie = {}) {
    for (int calls = 0; calls < kPatience; ++calls) {
      KITH_TRY_ASSIGN(const auto ask, recovery.Next());
      if (!ask) return {};
      EXPECT_EQ(ask->relay.key, relay_.key());
      auto reply = relay_.Handle(ask->call, relay_.nonce());
      if (lie) lie(ask->call, reply);
      KITH_TRY(recovery.OnReply(ask->call, reply));
    }
    return Fail(Code::kInternal, "it goes round in circles");
  }
  Result<> Recover(Device& device, const std::string& phrase, const Lie& lie = {}, Recovery::Options options = {}) {
    KITH_TRY_ASSIGN(const RecoverySecret secret, ParsePhrase(phrase));
    Recovery recovery(device.store, device.clock, secret, Address(), options);
    KITH_TRY(Carry(recovery, lie));
    left_ = recovery.left();
    refused_ = recovery.state().refused;
    return recovery.Found("restored");
  }
  void MustRecover(Device& device, const std::string& phrase) {
    const Result<> recovered = Recover(device, phrase);
    ASSERT_TRUE(recovered) << CodeName(recovered.error().code) << " " << recovered.error().message;
    device.Reopen();
    Sync(device);
  }
  static void Destroy(Device& device) { device.journal.reset(); }

  std::vector<SignedRecord> Log() {
    std::vector<SignedRecord> log;
    for (const auto& record : relay_.Find(own_)->log) log.push_back(*record);
    return log;
  }
  // Serves these records of the host's mailbox as if they were the whole log.
  Lie Instead(std::vector<SignedRecord> log) const {
    return [log = std::move(log), own = own_](const RelayCall& call, Result<RelayReply>& reply) {
      const auto* pull = std::get_if<PullCall>(&call.body);
      if (pull == nullptr || pull->mailbox != own || !reply) return;
      auto& page = std::get<PullReply>(*reply);
      page.records.clear();
      page.forked = false;
      Chain chain;
      for (uint64_t seq = 1; seq <= log.size(); ++seq) {
        chain = NextChain(chain, RecordIdOf(log[seq - 1].header));
        if (seq > pull->cursor.seq) page.records.push_back(log[seq - 1]);
      }
      page.next = page.head = {.seq = log.size(), .chain = chain};
    };
  }
  static bool IsVault(Device& device) { return State::Load(device.store, device.clock).has_value(); }
  uint64_t Statements() const { return relay_.Find(own_)->seats.number(); }

  Device second_;
  Device restored_;
  std::vector<Recovery::Left> left_;
  uint64_t refused_ = 0;
  MailboxId own_;  // of the person who is restored
};

class CoreRecoveryOfHost : public CoreRecovery {
 protected:
  void SetUp() override {
    CoreRecovery::SetUp();
    own_ = host_.journal->mailbox();
  }
};

std::vector<std::string> Labels(Device& device) {
  std::vector<std::string> labels;
  for (const DeviceInfo& info : device.journal->Devices())
    labels.push_back(info.label + (info.revoked ? " revoked" : ""));
  return labels;
}

// ---- All devices are destroyed.

TEST_F(CoreRecoveryOfHost, ThePhraseBringsBackEverythingOfAFounder) {
  Destroy(host_);
  Destroy(second_);
  MustRecover(restored_, host_.phrase);
  EXPECT_THAT(restored_.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
  EXPECT_THAT(Labels(restored_), UnorderedElementsAre("first revoked", "guest revoked", "restored"));
  EXPECT_THAT(Received(restored_), ElementsAre("from the guest"));
  EXPECT_EQ(restored_.state().refused, 0u);
  EXPECT_THAT(left_, IsEmpty());
  EXPECT_TRUE(restored_.journal->recovery_confirmed());
}

TEST_F(CoreRecoveryOfHost, TheFriendSeesTheNewDeviceAndBothGoOn) {
  Destroy(host_);
  Destroy(second_);
  MustRecover(restored_, host_.phrase);
  Sync(restored_);
  SyncAll();
  const Person& person = *guest_.state().FindPerson(restored_.state().identity.person);
  EXPECT_TRUE(person.IsDevice(restored_.state().device->public_key()));
  EXPECT_EQ(std::ranges::count_if(person.devices(), [](const auto& device) { return !device.second.revoked; }), 1);
  Say(restored_, AShare("after the fire"));
  Say(guest_, AShare("glad that you are back"));
  for (int round = 0; round < 3; ++round) {
    Sync(restored_);
    Sync(guest_);
  }
  EXPECT_THAT(Received(guest_), ElementsAre("after the fire", "from the host"));
  EXPECT_THAT(Received(restored_), ElementsAre("from the guest", "glad that you are back"));
}

TEST_F(CoreRecovery, ThePhraseBringsBackEverythingOfAGuest) {
  own_ = guest_.journal->mailbox();
  Destroy(guest_);
  MustRecover(restored_, guest_.phrase);
  EXPECT_THAT(restored_.Texts(), ElementsAre("of the guest"));
  EXPECT_THAT(Received(restored_), ElementsAre("from the host"));
  Say(restored_, AShare("after the fire"));
  Sync(restored_);
  SyncAll();
  EXPECT_THAT(Received(host_), ElementsAre("after the fire", "from the guest"));
}

TEST_F(CoreRecoveryOfHost, TheOtherDevicesAreCutOff) {
  MustRecover(restored_, host_.phrase);
  const SeatTable& table = relay_.Find(own_)->seats;
  ASSERT_EQ(table.seats().size(), 1u);
  EXPECT_EQ(table.seats().begin()->second.lanes, std::set<LaneKey>{restored_.lane().key});
  EXPECT_EQ(table.seats().begin()->first, restored_.state().keyring.SeatIn(own_, table)->signer->public_key());
  // Nor does it hold a key to what is written from now on.
  const GenerationId now = restored_.state().SealingGeneration(own_)->id;
  EXPECT_FALSE(host_.state().keyring.Has(own_, now));
  restored_.Write("not for the old ones");
  Sync(restored_);
  kith::Sync& sync = host_.journal->sync();
  sync.Restart();
  for (;;) {
    const auto call = sync.Next();
    ASSERT_TRUE(call.has_value());
    if (!*call) break;
    ASSERT_TRUE(sync.OnReply(**call, relay_.Handle(**call, relay_.nonce())));
  }
  EXPECT_EQ(sync.status().phase, SyncStatus::Phase::kStopped);
  EXPECT_THAT(host_.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
}

TEST_F(CoreRecoveryOfHost, TheRestoredDeviceIsOneLikeAnyOther) {
  Destroy(host_);
  Destroy(second_);
  MustRecover(restored_, host_.phrase);
  Device linked;
  LinkOver(restored_, linked);
  Sync(linked);
  EXPECT_THAT(linked.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
  EXPECT_EQ(linked.state().refused, 0u);
  EXPECT_THAT(linked.journal->Alarms(), IsEmpty());
}

TEST_F(CoreRecoveryOfHost, ItCanBeDoneAgain) {
  MustRecover(restored_, host_.phrase);
  restored_.Write("between two fires");
  Sync(restored_);
  Destroy(restored_);
  Device again;
  MustRecover(again, host_.phrase);
  EXPECT_THAT(again.Texts(), UnorderedElementsAre("by the first device", "by the second device", "between two fires"));
  EXPECT_THAT(Received(again), ElementsAre("from the guest"));
}

// A relay may serve lanes in any order: the newest first, say, after it was refilled.
TEST_F(CoreRecoveryOfHost, TheOrderOfLanesDoesNotMatter) {
  MustRecover(restored_, host_.phrase);
  std::vector<SignedRecord> log = Log();
  std::ranges::stable_sort(log, std::greater<>(), [&](const SignedRecord& record) {
    return RecordHeader::Parse(record.header)->lane == restored_.lane().key;
  });
  Device again;
  const Result<> recovered = Recover(again, host_.phrase, Instead(log));
  ASSERT_TRUE(recovered) << CodeName(recovered.error().code);
  again.Reopen();
  EXPECT_THAT(again.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
}

// ---- A thief.

// Each device revokes the other: both are gone for good, and nobody but the phrase can settle it.
TEST_F(CoreRecoveryOfHost, MutualRevocationIsSettledByThePhrase) {
  const DeviceId first = host_.state().device->public_key();
  const DeviceId second = second_.state().device->public_key();
  ASSERT_TRUE(RevokeDeviceNow(host_.state(), second));
  ASSERT_TRUE(RevokeDeviceNow(second_.state(), first));
  for (Device* device : {&host_, &second_, &host_}) {
    kith::Sync& sync = device->journal->sync();
    sync.Restart();
    for (int calls = 0; calls < kPatience; ++calls) {
      const auto call = sync.Next();
      ASSERT_TRUE(call.has_value());
      if (!*call) break;
      ASSERT_TRUE(sync.OnReply(**call, relay_.Handle(**call, relay_.nonce())));
    }
  }
  MustRecover(restored_, host_.phrase);
  EXPECT_THAT(restored_.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
  EXPECT_THAT(Labels(restored_), UnorderedElementsAre("first revoked", "guest revoked", "restored"));
  EXPECT_THAT(restored_.journal->Alarms(), IsEmpty());
}

// A thief that says that the owner's lane ended at its beginning hides it from other devices, not from the phrase.
TEST_F(CoreRecoveryOfHost, AThiefsWordTakesNothingFromWhoeverHoldsThePhrase) {
  ASSERT_TRUE(RevokeDeviceNow(second_.state(), host_.state().device->public_key()));
  Transaction tx(second_.store);
  const Bytes end =
      EncodeOp(LaneEndOp{.hlc = second_.state().NextHlc(), .lane = host_.lane().key, .seq = 0, .record = {}});
  Outbox(second_.state()).Add(tx, second_.self(), {&end, 1});
  ASSERT_TRUE(second_.state().Commit(tx));
  Sync(second_);
  MustRecover(restored_, host_.phrase);
  EXPECT_THAT(restored_.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
  Device linked;
  LinkOver(restored_, linked);
  Sync(linked);
  EXPECT_THAT(linked.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
}

// The circle's seat under a key that the thief kept to itself: its root, sealed to the phrase, takes it back.
TEST_F(CoreRecoveryOfHost, ACirclesFounderTakesAStolenSeatBack) {
  const auto seat = host_.state().keyring.Seat(circle_);
  const Signer stolen = Signer::Generate();
  ASSERT_TRUE(
      host_.journal->sync(circle_).ChangeSeats({ReplaceSeat{.from = seat->public_key(), .to = stolen.public_key()}}));
  SyncOne(host_, circle_);
  Destroy(host_);
  Destroy(second_);
  MustRecover(restored_, host_.phrase);
  EXPECT_THAT(left_, IsEmpty());
  const SeatTable& table = relay_.Find(circle_)->seats;
  EXPECT_FALSE(table.seats().contains(stolen.public_key()));
  ASSERT_NE(restored_.state().keyring.SeatIn(circle_, table), nullptr);
  Say(restored_, AShare("mine again"));
  Sync(restored_);
  Sync(guest_);
  Sync(guest_);
  EXPECT_THAT(Received(guest_), ElementsAre("from the host", "mine again"));
}

TEST_F(CoreRecovery, AGuestsStolenSeatIsNamedAsLost) {
  own_ = guest_.journal->mailbox();
  const auto seat = guest_.state().keyring.Seat(circle_);
  const Signer stolen = Signer::Generate();
  ASSERT_TRUE(
      guest_.journal->sync(circle_).ChangeSeats({ReplaceSeat{.from = seat->public_key(), .to = stolen.public_key()}}));
  SyncOne(guest_, circle_);
  Destroy(guest_);
  ASSERT_TRUE(Recover(restored_, guest_.phrase));
  restored_.Reopen();
  ASSERT_EQ(left_.size(), 1u);
  EXPECT_EQ(left_.front().circle, circle_);
  EXPECT_EQ(left_.front().why.code, Code::kRelayRefused);
  EXPECT_THAT(restored_.Texts(), ElementsAre("of the guest"));
}

// ---- A relay that lies.

TEST_F(CoreRecoveryOfHost, WordsOfAnotherJournalAreRefusedByTheRelay) {
  const std::string other = FormatPhrase(RecoverySecret::Generate());
  EXPECT_EQ(Refusal(Recover(restored_, other)), Code::kRelayRefused);
  EXPECT_FALSE(IsVault(restored_));
}

TEST_F(CoreRecoveryOfHost, ARelayThatServesNothingIsNamed) {
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, Instead({}))), Code::kWithheld);
  EXPECT_FALSE(IsVault(restored_));
  // Not even what is incomplete: there is nobody.
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, Instead({}), {.missing = Recovery::Missing::kAccept})),
            Code::kWithheld);
}

TEST_F(CoreRecoveryOfHost, ARecordLeftOutIsAGapAndNothingIsTakenOver) {
  const uint64_t before = Statements();
  std::vector<SignedRecord> log = Log();
  const auto in_lane = [&](const SignedRecord& record) {
    const auto header = RecordHeader::Parse(record.header);
    return header->lane == host_.lane().key && header->seq == host_.lane().stored_seq - 1;
  };
  ASSERT_EQ(std::erase_if(log, in_lane), 1u);
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, Instead(log))), Code::kGap);
  EXPECT_EQ(Statements(), before);
  EXPECT_FALSE(IsVault(restored_));
}

// One device's newest record is held back, and another one has seen it.
TEST_F(CoreRecoveryOfHost, WhatAnotherDeviceHasSeenIsWithheld) {
  const uint64_t before = Statements();
  std::vector<SignedRecord> log = Log();
  const LaneKey first = host_.lane().key;
  const storage::Lane* seen = second_.state().lanes.Find(first);
  ASSERT_NE(seen, nullptr);
  const uint64_t cited = seen->stored_seq;
  second_.Write("having seen all that");
  SyncAll();
  log = Log();
  std::erase_if(log, [&](const SignedRecord& record) {
    const auto header = RecordHeader::Parse(record.header);
    return header->lane == first && header->seq >= cited;
  });
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, Instead(log))), Code::kWithheld);
  EXPECT_EQ(Statements(), before);
  // Whoever knows that it is lost for good gets the rest.
  Device rest;
  ASSERT_TRUE(Recover(rest, host_.phrase, Instead(log), {.missing = Recovery::Missing::kAccept}));
  rest.Reopen();
  EXPECT_THAT(rest.Texts(), testing::Contains("having seen all that"));
}

// An old copy of its database restores what it has: nothing tells more without a witness.
TEST_F(CoreRecoveryOfHost, AnOldCopyRestoresWhatItHas) {
  const std::vector<SignedRecord> old = Log();
  host_.Write("of today");
  SyncAll();
  const Result<> recovered = Recover(restored_, host_.phrase, Instead(old));
  ASSERT_TRUE(recovered) << CodeName(recovered.error().code);
  restored_.Reopen();
  EXPECT_THAT(restored_.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
}

TEST_F(CoreRecoveryOfHost, NothingForgedIsTakenIn) {
  const Signer stranger = Signer::Generate();
  std::vector<SignedRecord> log = Log();
  SignedRecord altered = log.back();
  altered.payload.back() ^= 1;
  log.insert(log.begin(), SignRecord(stranger, {.mailbox = own_, .seq = 1}, Bytes(1600, 7)));
  log.insert(log.begin() + 2, altered);
  const Result<> recovered = Recover(restored_, host_.phrase, Instead(log));
  ASSERT_TRUE(recovered) << CodeName(recovered.error().code);
  EXPECT_EQ(refused_, 2u);
  restored_.Reopen();
  EXPECT_EQ(restored_.state().lanes.Find(stranger.public_key()), nullptr);
  EXPECT_THAT(restored_.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
}

// The first statement says itself whose mailbox it is; a relay's own one is another's.
TEST_F(CoreRecoveryOfHost, SeatsOfAnotherMailboxAreRefused) {
  const Signer root = Signer::Generate();
  const Signer seat = Signer::Generate();
  const SignedStatement theirs =
      SignStatement(root, {.mailbox = MailboxIdOf(root.public_key()),
                           .number = 1,
                           .prev = {},
                           .signed_by = SeatStatement::SignedBy::kRoot,
                           .signer = root.public_key(),
                           .changes = {AddSeat{.seat = seat.public_key(), .owner = true},
                                       AddLane{.seat = seat.public_key(), .lane = Signer::Generate().public_key()}}});
  const Lie lie = [&](const RelayCall& call, Result<RelayReply>& reply) {
    auto* statements = reply ? std::get_if<StatementsReply>(&*reply) : nullptr;
    if (statements == nullptr || std::get<StatementsCall>(call.body).after > 0) return;
    statements->statements = {theirs};
    statements->newest = 1;
  };
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, lie)), Code::kRelayUnreachable);
  EXPECT_FALSE(IsVault(restored_));
}

TEST_F(CoreRecoveryOfHost, ARelayThatDoesNotAnswerEndsIt) {
  const Lie silence = [](const RelayCall&, Result<RelayReply>& reply) { reply = Fail(Code::kRelayUnreachable); };
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, silence)), Code::kRelayUnreachable);
  const Lie foreign = [](const RelayCall&, Result<RelayReply>& reply) {
    if (reply) std::visit([](auto& body) { body.stamp.relay_key = Signer::Generate().public_key(); }, *reply);
  };
  EXPECT_EQ(Refusal(Recover(restored_, host_.phrase, foreign)), Code::kRelayForeign);
}

// A friend's relay that is away holds nobody up: their circle comes later.
TEST_F(CoreRecoveryOfHost, AFriendsRelayThatIsAwayIsLeftOut) {
  Destroy(host_);
  Destroy(second_);
  const Lie away = [this](const RelayCall& call, Result<RelayReply>& reply) {
    const auto* statements = std::get_if<StatementsCall>(&call.body);
    if (statements != nullptr && statements->mailbox == circle_) reply = Fail(Code::kRelayUnreachable);
  };
  ASSERT_TRUE(Recover(restored_, host_.phrase, away));
  ASSERT_EQ(left_.size(), 1u);
  EXPECT_EQ(left_.front().why.code, Code::kRelayUnreachable);
  restored_.Reopen();
  Sync(restored_);
  EXPECT_THAT(Received(restored_), ElementsAre("from the guest"));
}

// ---- Taking over.

// The relay did what was asked, and the answer was lost.
TEST_F(CoreRecoveryOfHost, ALostAnswerIsNoSecondClaim) {
  bool lost = false;
  const uint64_t before = Statements();
  const Lie once = [&](const RelayCall& call, Result<RelayReply>& reply) {
    if (!std::holds_alternative<SubmitStatementCall>(call.body) || lost) return;
    lost = true;
    reply = Fail(Code::kRelayUnreachable);
  };
  ASSERT_TRUE(Recover(restored_, host_.phrase, once));
  EXPECT_TRUE(lost);
  EXPECT_EQ(Statements(), before + 1);
}

// Another device, a thief's perhaps, changes the seats between the reading and the claim.
TEST_F(CoreRecoveryOfHost, AStatementThatWasFasterIsReadAndOvertaken) {
  bool done = false;
  const Signer lane = Signer::Generate();
  const Lie race = [&](const RelayCall& call, Result<RelayReply>& reply) {
    if (!std::holds_alternative<PullCall>(call.body) || done) return;
    done = true;
    const auto seat = host_.state().keyring.Seat(own_);
    ASSERT_TRUE(host_.journal->sync().ChangeSeats({AddLane{.seat = seat->public_key(), .lane = lane.public_key()}}));
    SyncOne(host_, own_);
    static_cast<void>(reply);
  };
  ASSERT_TRUE(Recover(restored_, host_.phrase, race));
  EXPECT_TRUE(done);
  EXPECT_FALSE(relay_.Find(own_)->seats.Listed(lane.public_key()));
}

TEST_F(CoreRecoveryOfHost, WhatWasPushedUntilTheClaimCounts) {
  bool done = false;
  const Lie race = [&](const RelayCall& call, Result<RelayReply>&) {
    if (!std::holds_alternative<SubmitStatementCall>(call.body) || done) return;
    done = true;
  };
  // Between the last page and the claim the other device still writes.
  int pulls = 0;
  const Lie late = [&](const RelayCall& call, Result<RelayReply>& reply) {
    race(call, reply);
    if (!std::holds_alternative<PullCall>(call.body) || ++pulls != 2) return;
    second_.Write("in the last minute");
    SyncOne(second_, own_);
  };
  ASSERT_TRUE(Recover(restored_, host_.phrase, late));
  restored_.Reopen();
  EXPECT_THAT(restored_.Texts(), testing::Contains("in the last minute"));
}

TEST_F(CoreRecoveryOfHost, ADiskThatRefusesLeavesNoVault) {
  const auto secret = ParsePhrase(host_.phrase);
  Recovery recovery(restored_.store, restored_.clock, *secret, Address(), {});
  ASSERT_TRUE(Carry(recovery));
  EXPECT_FALSE(IsVault(restored_));
  restored_.store.FailWrite(1);
  EXPECT_EQ(Refusal(recovery.Found("restored")), Code::kStorageFailed);
  EXPECT_FALSE(IsVault(restored_));
}

TEST_F(CoreRecoveryOfHost, ADrillChangesNothingAtTheRelay) {
  const uint64_t before = Statements();
  const size_t records = relay_.Find(own_)->log.size();
  const Lie watch = [](const RelayCall& call, Result<RelayReply>&) {
    EXPECT_TRUE(std::holds_alternative<HelloCall>(call.body) || std::holds_alternative<StatementsCall>(call.body) ||
                std::holds_alternative<PullCall>(call.body));
  };
  ASSERT_TRUE(Recover(restored_, host_.phrase, watch, {.purpose = Recovery::Purpose::kDrill}));
  restored_.Reopen();
  EXPECT_THAT(restored_.Texts(), UnorderedElementsAre("by the first device", "by the second device"));
  EXPECT_THAT(Received(restored_), ElementsAre("from the guest"));
  EXPECT_EQ(Statements(), before);
  EXPECT_EQ(relay_.Find(own_)->log.size(), records);
}

// ---- Showing that one has the words.

TEST_F(CoreRecoveryOfHost, AConfirmationReachesTheOtherDevices) {
  EXPECT_FALSE(host_.journal->recovery_confirmed());
  ASSERT_TRUE(host_.journal->ConfirmRecovery());
  EXPECT_TRUE(host_.journal->recovery_confirmed());
  host_.Reopen();
  EXPECT_TRUE(host_.journal->recovery_confirmed());
  SyncAll();
  EXPECT_TRUE(second_.journal->recovery_confirmed());
  EXPECT_FALSE(guest_.journal->recovery_confirmed());
}

}  // namespace
}  // namespace kith
