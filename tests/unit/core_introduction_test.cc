// Introductions: who may meet whom, in which order things are said, and what a lying side achieves.
#include <gtest/gtest.h>

#include <set>

#include "client/core/limits.h"
#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/unit/people_testing.h"

namespace kith {
namespace {

class CoreIntroduction : public TwoPeople {
 protected:
  void SetUp() override {
    TwoPeople::SetUp();
    opener_.emplace(Context(), kCodeWords);
    joiner_.emplace(Context(), kCodeWords);
  }

  // ---- The steps, each expected to succeed.
  Bytes Answer() { return Good(joiner_->Respond(opener_->first_message())); }
  Bytes Offer() { return Good(opener_->OnAnswer(host_.state(), Answer())); }
  Bytes Request() { return Good(joiner_->OnOffer(guest_.state(), Offer())); }
  void Accept() {
    EXPECT_TRUE(opener_->OnRequest(host_.state(), Request()));
    circle_ = Good(opener_->Accept(host_.state(), "Gus"));
  }
  Bytes Grant() {
    Accept();
    SyncOne(host_, circle_);
    return Good(opener_->Grant(host_.state()));
  }
  Result<MailboxId> OnGrant(const Bytes& grant) { return joiner_->OnGrant(guest_.state(), grant, "Hana", Address()); }

  std::optional<FriendHost> opener_;
  std::optional<FriendGuest> joiner_;
};

TEST_F(CoreIntroduction, TwoPeopleBecomeFriends) {
  const Bytes grant = Grant();
  EXPECT_TRUE(opener_->Created(host_.state()));
  EXPECT_EQ(Good(OnGrant(grant)), circle_);
  EXPECT_TRUE(opener_->OnKept(joiner_->Kept()));
  for (Device* device : {&host_, &guest_}) device->Reopen();
  const PersonId host = host_.state().identity.person;
  const PersonId guest = guest_.state().identity.person;
  EXPECT_EQ(host_.state().friends.at(circle_).person, guest);
  EXPECT_EQ(host_.state().friends.at(circle_).label, "Gus");
  EXPECT_EQ(guest_.state().friends.at(circle_).person, host);
  EXPECT_EQ(guest_.state().friends.at(circle_).label, "Hana");
  const std::map<PersonId, Role> members = {{host, Role::kOwner}, {guest, Role::kWriter}};
  for (Device* device : {&host_, &guest_}) {
    ASSERT_NE(device->state().FindRoster(circle_), nullptr);
    EXPECT_EQ(device->state().FindRoster(circle_)->members(), members);
    EXPECT_EQ(device->journal->mailboxes(), (std::vector<MailboxId>{device->self().id, circle_}));
    EXPECT_EQ(Circle(*device).sync.relay_key, relay_.key());
  }
  EXPECT_TRUE(host_.state().FindPerson(guest)->IsDevice(guest_.state().device->public_key()));
  EXPECT_TRUE(guest_.state().FindPerson(host)->IsDevice(host_.state().device->public_key()));
  EXPECT_EQ(host_.state().keyring.Newest(circle_)->id, guest_.state().keyring.Newest(circle_)->id);
}

TEST_F(CoreIntroduction, OnlyTheFoundersTokenIsSpent) {
  const size_t before = host_.self().sync.tokens.size();
  Befriend();
  EXPECT_EQ(host_.self().sync.tokens.size(), before - 1);
  EXPECT_TRUE(Circle(host_).sync.tokens.empty());
  EXPECT_TRUE(Circle(guest_).sync.tokens.empty());
  ASSERT_NE(relay_.Find(circle_), nullptr);
}

TEST_F(CoreIntroduction, NothingSaysWhatDevicesAreCalled) {
  const Bytes grant = Grant();
  ASSERT_TRUE(OnGrant(grant).has_value());
  Sync(host_);
  Sync(guest_);
  for (uint64_t seq = 2; seq <= CircleLane(host_).stored_seq; ++seq) {
    for (const Bytes& op : PackAt(host_, seq).ops) {
      EXPECT_FALSE(std::holds_alternative<DeviceLabelOp>(*DecodeOp(op)));
    }
  }
  EXPECT_EQ(guest_.state().labels.size(), 1u) << "its own";
}

// ---- The code.

TEST_F(CoreIntroduction, Adversary16AWrongCodeIsRefusedBeforeAnythingIsSaidAndIsBurnt) {
  FriendGuest wrong(Context(), "cabin-lunar-pear");
  EXPECT_EQ(Refusal(opener_->OnAnswer(host_.state(), Good(wrong.Respond(opener_->first_message())))),
            Code::kPairingFailed);
  EXPECT_EQ(Refusal(opener_->OnAnswer(host_.state(), Answer())), Code::kPairingFailed) << "one code, one attempt";
}

TEST_F(CoreIntroduction, Adversary17ADeviceThatWantsToBeLinkedIsNoFriend) {
  LinkGuest guest(Context(PairingMode::kLink), kCodeWords, "guest");
  EXPECT_EQ(Refusal(opener_->OnAnswer(host_.state(), Good(guest.Respond(opener_->first_message())))),
            Code::kPairingFailed);
}

TEST_F(CoreIntroduction, Adversary17AFriendIsNoDeviceToBeLinked) {
  LinkHost host(Context(PairingMode::kLink), kCodeWords);
  EXPECT_EQ(Refusal(host.OnAnswer(host_.state(), Good(joiner_->Respond(host.first_message())))), Code::kPairingFailed);
}

TEST_F(CoreIntroduction, AnOfferFromAnyoneElseIsRefused) {
  Bytes offer = Offer();
  offer[10] ^= 1;  // in the confirmation
  EXPECT_EQ(Refusal(joiner_->OnOffer(guest_.state(), offer)), Code::kPairingFailed);
  EXPECT_EQ(Refusal(joiner_->OnOffer(guest_.state(), Bytes(3))), Code::kPairingFailed);
}

TEST_F(CoreIntroduction, NobodyMeetsThemselves) {
  EXPECT_EQ(Refusal(joiner_->OnOffer(host_.state(), Offer())), Code::kInvalidArgument);
}

TEST_F(CoreIntroduction, AHostSeesWhenTheyMeetThemselves) {
  // A guest that does not look.
  PairingJoiner joiner(Context(), kCodeWords, {});
  const Bytes offer = Good(opener_->OnAnswer(host_.state(), Good(joiner.Respond(opener_->first_message()))));
  Reader reader(offer);
  const auto finished = joiner.Confirm(reader.Prefixed());
  ASSERT_TRUE(finished.has_value());
  const Bytes request = FriendRequest{.person = host_.state().person->CountedOperations(),
                                      .seat = RandomId<SeatKeyId>(),
                                      .lane = RandomId<LaneKey>()}
                            .Encode();
  EXPECT_EQ(Refusal(opener_->OnRequest(host_.state(), SealPairingMessage(finished->keys.to_opener, 0, request))),
            Code::kInvalidArgument);
  EXPECT_EQ(Refusal(opener_->Accept(host_.state(), "me")), Code::kPairingFailed);
}

TEST_F(CoreIntroduction, FriendsAreNotIntroducedAgainUntilOneHasLeft) {
  Befriend();
  EXPECT_EQ(Refusal(joiner_->OnOffer(guest_.state(), Offer())), Code::kInvalidArgument);
  ASSERT_TRUE(guest_.journal->sharing().Leave(circle_));
  opener_.emplace(Context(), kCodeWords);
  joiner_.emplace(Context(), kCodeWords);
  const Bytes request = Request();
  EXPECT_EQ(Refusal(opener_->OnRequest(host_.state(), request)), Code::kInvalidArgument) << "the host has not left";
  ASSERT_TRUE(host_.journal->sharing().Leave(circle_));
  ASSERT_TRUE(opener_->OnRequest(host_.state(), request));
  const MailboxId first = circle_;
  circle_ = Good(opener_->Accept(host_.state(), "Gus again"));
  EXPECT_NE(circle_, first);
  SyncOne(host_, circle_);
  EXPECT_TRUE(OnGrant(Good(opener_->Grant(host_.state()))).has_value());
}

// ---- The order.

TEST_F(CoreIntroduction, NothingIsTakenOutOfItsTurn) {
  EXPECT_EQ(Refusal(opener_->OnRequest(host_.state(), Bytes(100))), Code::kPairingFailed);
  EXPECT_EQ(Refusal(opener_->Accept(host_.state(), "x")), Code::kPairingFailed);
  EXPECT_EQ(Refusal(opener_->Grant(host_.state())), Code::kPairingFailed);
  EXPECT_EQ(Refusal(opener_->OnKept(Bytes(100))), Code::kPairingFailed);
  EXPECT_FALSE(opener_->Created(host_.state()));
  EXPECT_EQ(Refusal(joiner_->OnOffer(guest_.state(), Bytes(100))), Code::kPairingFailed);
  EXPECT_EQ(Refusal(OnGrant(Bytes(100))), Code::kPairingFailed);
  EXPECT_EQ(host_.journal->mailboxes().size(), 1u);
}

TEST_F(CoreIntroduction, NoKeyLeavesBeforeAPersonHasAgreed) {
  ASSERT_TRUE(opener_->OnRequest(host_.state(), Request()));
  EXPECT_EQ(Refusal(opener_->Grant(host_.state())), Code::kPairingFailed);
  ASSERT_TRUE(opener_->Accept(host_.state(), "Gus").has_value());
  EXPECT_TRUE(opener_->Grant(host_.state()).has_value());
}

TEST_F(CoreIntroduction, Adversary17ReflectedMessagesAreRefused) {
  const Bytes answer = Answer();
  const Bytes offer = Good(opener_->OnAnswer(host_.state(), answer));
  Reader reader(offer);
  reader.Prefixed();
  EXPECT_EQ(Refusal(opener_->OnRequest(host_.state(), reader.rest())), Code::kPairingFailed) << "its own offer";
  const Bytes request = Good(joiner_->OnOffer(guest_.state(), offer));
  EXPECT_EQ(Refusal(opener_->OnKept(request)), Code::kPairingFailed);
  EXPECT_EQ(Refusal(OnGrant(request)), Code::kPairingFailed) << "its own request";
}

TEST_F(CoreIntroduction, Adversary17ItsOwnFirstMessageIsNoAnswer) {
  const Bytes first = opener_->first_message();
  EXPECT_EQ(Refusal(opener_->OnAnswer(host_.state(), first)), Code::kPairingFailed);
}

TEST_F(CoreIntroduction, EachStepIsTakenOnce) {
  const Bytes answer = Answer();
  EXPECT_EQ(Refusal(joiner_->Respond(opener_->first_message())), Code::kPairingFailed);
  const Bytes offer = Good(opener_->OnAnswer(host_.state(), answer));
  EXPECT_EQ(Refusal(opener_->OnAnswer(host_.state(), answer)), Code::kPairingFailed);
  const Bytes request = Good(joiner_->OnOffer(guest_.state(), offer));
  EXPECT_EQ(Refusal(joiner_->OnOffer(guest_.state(), offer)), Code::kPairingFailed);
  ASSERT_TRUE(opener_->OnRequest(host_.state(), request));
  EXPECT_EQ(Refusal(opener_->OnRequest(host_.state(), request)), Code::kPairingFailed);
  circle_ = Good(opener_->Accept(host_.state(), "Gus"));
  EXPECT_EQ(Refusal(opener_->Accept(host_.state(), "Gus")), Code::kPairingFailed);
  const Bytes grant = Good(opener_->Grant(host_.state()));
  Bytes altered = grant;
  altered.back() ^= 1;
  EXPECT_EQ(Refusal(OnGrant(altered)), Code::kPairingFailed);
  EXPECT_EQ(Refusal(OnGrant(grant)), Code::kPairingFailed) << "a grant is tried once";
  EXPECT_EQ(guest_.journal->mailboxes().size(), 1u);
}

// ---- What a host needs.

TEST_F(CoreIntroduction, AHostNeedsARelayAndATokenToSpare) {
  ASSERT_TRUE(opener_->OnRequest(host_.state(), Request()));
  storage::MailboxSync& self = host_.self().sync;
  const storage::MailboxSync was = self;
  self.relay_address.clear();
  EXPECT_EQ(Refusal(opener_->Accept(host_.state(), "Gus")), Code::kNoRelay);
  self = was;
  self.tokens.clear();
  EXPECT_EQ(Refusal(opener_->Accept(host_.state(), "Gus")), Code::kTokenInvalid);
  self.tokens = {relay_.MintToken()};
  self.created = false;
  EXPECT_EQ(Refusal(opener_->Accept(host_.state(), "Gus")), Code::kTokenInvalid) << "it is the own mailbox's";
  self.created = true;
  EXPECT_TRUE(opener_->Accept(host_.state(), "Gus").has_value());
}

TEST_F(CoreIntroduction, ANameThatIsNoneIsRefused) {
  ASSERT_TRUE(opener_->OnRequest(host_.state(), Request()));
  EXPECT_EQ(Refusal(opener_->Accept(host_.state(), "")), Code::kInvalidArgument);
  EXPECT_EQ(Refusal(opener_->Accept(host_.state(), std::string(limits::kLabel + 1, 'x'))), Code::kTooLarge);
  EXPECT_EQ(host_.journal->mailboxes().size(), 1u);
  const MailboxId circle = Good(opener_->Accept(host_.state(), "Gus"));
  const Bytes grant = Good(opener_->Grant(host_.state()));
  EXPECT_EQ(Refusal(joiner_->OnGrant(guest_.state(), grant, "", Address())), Code::kInvalidArgument);
  EXPECT_EQ(Good(joiner_->OnGrant(guest_.state(), grant, "Hana", Address())), circle) << "the name is no attempt";
}

TEST_F(CoreIntroduction, WhereTheDiskRefusesNothingIsKept) {
  const Bytes grant = Grant();
  const MemStore::Contents before = guest_.store.contents();
  guest_.store.FailWrite(1);
  EXPECT_EQ(Refusal(OnGrant(grant)), Code::kStorageFailed);
  EXPECT_EQ(guest_.store.contents(), before);
  EXPECT_EQ(Refusal(opener_->OnKept(joiner_->Kept())), Code::kPairingFailed);
}

// ---- A host that has the code, and lies.

// The test plays the host: the pairing keys are its own.
class CoreLyingHost : public CoreIntroduction {
 protected:
  void SetUp() override {
    CoreIntroduction::SetUp();
    Transaction tx(host_.store);
    ASSERT_TRUE(EnsureSealingKey(host_.state(), tx));
    ASSERT_TRUE(host_.state().Commit(tx));
  }

  // What the guest says to an offer of these operations.
  Result<Bytes> Offered(std::vector<SignedPersonOp> person) {
    liar_.emplace(Context(), kCodeWords, ByteView());
    joiner_.emplace(Context(), kCodeWords);
    auto finished = liar_->Finish(Good(joiner_->Respond(liar_->first_message())));
    EXPECT_TRUE(finished.has_value());
    keys_ = std::move(finished->keys);
    const Bytes offer = FriendOffer{.person = std::move(person)}.Encode();
    return joiner_->OnOffer(
        guest_.state(),
        Writer().Prefixed(finished->confirmation).Raw(SealPairingMessage(keys_->to_joiner, 0, offer)).Take());
  }
  std::vector<SignedPersonOp> Hosts() { return host_.state().person->CountedOperations(); }
  SignedPersonOp Signed(const Signer& signer, const PersonOp& op) {
    SignedPersonOp out{.body = op.Encode(), .signature = {}, .countersignature = {}};
    out.signature = signer.Sign(labels::kSignPersonOp, out.body);
    return out;
  }

  // What a grant is made from.
  struct Lie {
    Signer root = Signer::Generate();
    std::vector<SeatChange> changes;
    RosterOp roster;
    MailboxId mailbox;
    WrappedKey generation;
    SeatKeyId seat;  // the guest's
    LaneKey lane;
  };
  // What the guest says to a grant whose parts were changed after an honest beginning. Nothing may be kept of one that
  // is refused.
  template <class Change>
  Code Granted(const Change& change) {
    const Bytes sealed = Good(Offered(Hosts()));
    const Plaintext plain = Good(OpenPairingMessage(keys_->to_opener, 0, sealed));
    const FriendRequest request = Good(FriendRequest::Decode(plain.view()));
    Lie lie;
    lie.mailbox = MailboxIdOf(lie.root.public_key());
    lie.seat = request.seat;
    lie.lane = request.lane;
    const SeatKeyId own = RandomId<SeatKeyId>();
    lie.changes = {AddSeat{.seat = own, .owner = true}, AddLane{.seat = own, .lane = RandomId<LaneKey>()},
                   AddSeat{.seat = request.seat, .owner = false}, AddLane{.seat = request.seat, .lane = request.lane}};
    lie.roster = {.parents = {},
                  .person = host_.state().identity.person,
                  .signer = host_.state().device->public_key(),
                  .kind = RosterGenesis{.mailbox = lie.mailbox,
                                        .members = {{.person = host_.state().identity.person, .role = Role::kOwner},
                                                    {.person = guest_.state().identity.person, .role = Role::kWriter}},
                                        .pair = true}};
    lie.generation = {.generation = RandomId<GenerationId>(), .key = {1, 2, 3}};
    change(lie);
    const SignedStatement statement = SignStatement(lie.root, {.mailbox = MailboxIdOf(lie.root.public_key()),
                                                               .number = 1,
                                                               .prev = {},
                                                               .signed_by = SeatStatement::SignedBy::kRoot,
                                                               .signer = lie.root.public_key(),
                                                               .changes = lie.changes});
    SignedRosterOp roster{.body = lie.roster.Encode(), .signature = {}};
    roster.signature = host_.state().device->Sign(labels::kSignRosterOp, roster.body);
    const Bytes grant = FriendGrant{.mailbox = lie.mailbox,
                                    .statements = {{.body = statement.body, .signature = statement.signature}},
                                    .roster = roster,
                                    .generation = lie.generation}
                            .Encode();
    const MemStore::Contents before = guest_.store.contents();
    const auto joined = OnGrant(SealPairingMessage(keys_->to_joiner, 1, grant));
    if (joined) return Code::kCancelled;  // stands for: it was believed
    EXPECT_EQ(guest_.store.contents(), before);
    EXPECT_EQ(guest_.journal->mailboxes().size(), 1u);
    EXPECT_TRUE(guest_.state().people.empty());
    EXPECT_TRUE(guest_.state().rosters.empty());
    EXPECT_TRUE(guest_.state().friends.empty());
    return joined.error().code;
  }
  static RosterGenesis& GenesisOf(Lie& lie) { return std::get<RosterGenesis>(lie.roster.kind); }

  std::optional<PairingOpener> liar_;
  std::optional<PairingKeys> keys_;
};

TEST_F(CoreLyingHost, AnOfferThatHoldsIsTaken) { EXPECT_TRUE(Offered(Hosts()).has_value()); }

TEST_F(CoreLyingHost, AnOfferWithForeignOperationsIsRefused) {
  const MemStore::Contents before = guest_.store.contents();
  EXPECT_EQ(Refusal(Offered({})), Code::kMalformed);

  std::vector<SignedPersonOp> ops = Hosts();
  ops.push_back(guest_.state().person->CountedOperations().front());
  EXPECT_EQ(Refusal(Offered(ops)), Code::kForgedRecord) << "somebody else's beginning";

  ops = Hosts();
  const Signer stranger = Signer::Generate();
  ops.push_back(Signed(stranger, {.parents = host_.state().person->heads(),
                                  .signer = stranger.public_key(),
                                  .kind = RevokeDevice{.device = RandomId<DeviceId>()}}));
  EXPECT_EQ(Refusal(Offered(ops)), Code::kForgedRecord) << "by a key that is nobody's device";

  ops = Hosts();
  ops.back().signature.value[0] ^= 1;
  EXPECT_EQ(Refusal(Offered(ops)), Code::kSignatureInvalid);

  ops = Hosts();
  ops.erase(ops.begin());
  EXPECT_EQ(Refusal(Offered(ops)), Code::kForgedRecord) << "without a beginning";

  ops = Hosts();
  ops.pop_back();
  EXPECT_EQ(Refusal(Offered(ops)), Code::kMalformed) << "without a key to seal to";
  EXPECT_EQ(guest_.store.contents(), before);
}

TEST_F(CoreLyingHost, AGrantThatHoldsIsTaken) {
  EXPECT_EQ(Granted([](Lie&) {}), Code::kCancelled);
}

TEST_F(CoreLyingHost, ARosterThatNamesOthersIsRefused) {
  EXPECT_EQ(Granted([](Lie& lie) { GenesisOf(lie).members[1].person = RandomId<PersonId>(); }), Code::kPairingFailed);
  EXPECT_EQ(Granted([](Lie& lie) {
              GenesisOf(lie).members.push_back({.person = RandomId<PersonId>(), .role = Role::kReader});
            }),
            Code::kPairingFailed);
  EXPECT_EQ(Granted([](Lie& lie) {
              GenesisOf(lie).members.push_back({.person = RandomId<PersonId>(), .role = Role::kReader});
              GenesisOf(lie).pair = false;
            }),
            Code::kPairingFailed);
  EXPECT_EQ(Granted([](Lie& lie) { GenesisOf(lie).members.pop_back(); }), Code::kPairingFailed);
}

TEST_F(CoreLyingHost, ARosterThatIsNotTheHostsOwnIsRefused) {
  EXPECT_EQ(Granted([](Lie& lie) { GenesisOf(lie).mailbox = RandomId<MailboxId>(); }), Code::kPairingFailed);
  EXPECT_EQ(Granted([](Lie& lie) { lie.roster.parents.push_back(RandomId<OpId>()); }), Code::kPairingFailed);
  EXPECT_EQ(Granted([](Lie& lie) { lie.roster.signer = RandomId<SignPublic>(); }), Code::kPairingFailed);
  EXPECT_EQ(Granted([&](Lie& lie) { lie.roster.person = guest_.state().identity.person; }), Code::kPairingFailed);
  EXPECT_EQ(Granted([](Lie& lie) { GenesisOf(lie).members[0].role = Role::kWriter; }), Code::kPairingFailed);
}

TEST_F(CoreLyingHost, SeatsOfAnybodyButTheTwoAreRefused) {
  EXPECT_EQ(Granted([](Lie& lie) { lie.changes.resize(2); }), Code::kPairingFailed) << "not the guest's";
  EXPECT_EQ(Granted([](Lie& lie) { lie.changes.pop_back(); }), Code::kPairingFailed) << "not its lane";
  EXPECT_EQ(Granted([](Lie& lie) { std::get<AddLane>(lie.changes[3]).lane = RandomId<LaneKey>(); }),
            Code::kPairingFailed)
      << "another lane";
  EXPECT_EQ(Granted([](Lie& lie) { lie.changes.emplace_back(AddLane{.seat = lie.seat, .lane = RandomId<LaneKey>()}); }),
            Code::kPairingFailed)
      << "a lane more under the guest's name";
  EXPECT_EQ(Granted([](Lie& lie) { lie.changes.emplace_back(AddSeat{.seat = RandomId<SeatKeyId>(), .owner = false}); }),
            Code::kPairingFailed)
      << "a third one";
  EXPECT_EQ(Granted([](Lie& lie) { lie.mailbox = RandomId<MailboxId>(); }), Code::kPairingFailed);
  EXPECT_EQ(Granted([&](Lie& lie) { lie.mailbox = guest_.self().id; }), Code::kPairingFailed)
      << "the guest's own mailbox";
}

TEST_F(CoreLyingHost, AGenerationUnderTheNameOfOnesOwnHarmsNothing) {
  const GenerationId own = guest_.state().keyring.Newest(guest_.self().id)->id;
  EXPECT_EQ(Granted([&](Lie& lie) { lie.generation.generation = own; }), Code::kCancelled);
  guest_.Write("still here");
  guest_.Seal();
  guest_.Reopen();
  EXPECT_EQ(guest_.Texts(), std::vector<std::string>{"still here"});
}

TEST_F(CoreIntroduction, AKeyThatIsNotTheAnnouncedOneGivesWayToTheOneInTheBox) {
  Accept();
  SyncOne(host_, circle_);
  // The host hands over another key than it announced.
  Transaction tx(host_.store);
  const GenerationId id = host_.state().keyring.Newest(circle_)->id;
  Keyring lying;
  lying.AddGeneration(tx, circle_, id, GenerationKey::Generate().Reveal());
  std::swap(host_.state().keyring, lying);
  const Bytes grant = Good(opener_->Grant(host_.state()));
  std::swap(host_.state().keyring, lying);
  ASSERT_TRUE(OnGrant(grant).has_value());
  // Something is sealed under it before the announcement is read.
  const auto share = [&](Device& device, const std::string& text) {
    const ShareWish wish{
        .entry = device.Write(text), .circle = circle_, .version = {}, .passage = {}, .note = {}, .follow = false};
    ASSERT_TRUE(device.journal->sharing().Share(wish));
  };
  share(guest_, "too early");
  Transaction seal(guest_.store);
  ASSERT_TRUE(Outbox(guest_.state()).Seal(seal, Circle(guest_), SIZE_MAX / 2));
  ASSERT_TRUE(guest_.state().Commit(seal));
  const uint64_t early = CircleLane(guest_).stored_seq;
  share(host_, "from the host");
  SyncOne(host_, circle_);
  SyncOne(guest_, circle_);
  guest_.Reopen();
  EXPECT_EQ(LaneOf(host_, guest_)->broken, 0);
  EXPECT_EQ(Received(guest_), std::vector<std::string>{"from the host"});
  EXPECT_EQ(PackAt(guest_, early).ops.size(), 1u) << "one's own words are not lost to oneself";
  // From now on under the announced key, and it is said anew whose lane it is.
  share(guest_, "after");
  SyncOne(guest_, circle_);
  const Transaction read(guest_.store);
  const auto next = Lanes::GetRecord(read, CircleLane(guest_), early + 1);
  ASSERT_TRUE(next && *next);
  EXPECT_TRUE(host_.Open(**next).certificate.has_value());
}

// ---- Safety numbers.

TEST(SafetyNumber, IsTheSameOnBothSidesAndOneOfItsOwnForEachTwo) {
  const PersonId one = RandomId<PersonId>();
  const PersonId other = RandomId<PersonId>();
  EXPECT_EQ(SafetyNumber(one, other), SafetyNumber(other, one));
  EXPECT_NE(SafetyNumber(one, other), SafetyNumber(one, RandomId<PersonId>()));
}

TEST(SafetyNumber, IsSixtyDigitsInTwelveGroups) {
  const std::string number = SafetyNumber(RandomId<PersonId>(), RandomId<PersonId>());
  ASSERT_EQ(number.size(), 71u);
  std::set<std::string> groups;
  for (size_t i = 0; i < 12; ++i) {
    const std::string group = number.substr(i * 6, 5);
    EXPECT_EQ(group.find_first_not_of("0123456789"), std::string::npos);
    groups.insert(group);
    if (i > 0) {
      EXPECT_EQ(number[i * 6 - 1], ' ');
    }
  }
  EXPECT_GT(groups.size(), 6u) << "the groups are not one repeated";
}

TEST(SafetyNumber, OfKnownPeopleStaysAsItWas) {
  PersonId one;
  PersonId other;
  one.value.fill(1);
  other.value.fill(2);
  // As worked out from crypto/DESIGN.md by another program.
  EXPECT_EQ(SafetyNumber(one, other), "54063 37224 86544 06458 02268 42396 82749 61561 37876 24811 38030 00312");
}

}  // namespace
}  // namespace kith
