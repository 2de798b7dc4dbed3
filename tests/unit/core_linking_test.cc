// Linking: who is let in, in which order things are said, and what is handed over when.
#include <gtest/gtest.h>

#include "client/core/limits.h"
#include "client/core/linking.h"
#include "crypto/verify/hash.h"
#include "tests/unit/core_testing.h"

namespace kith {
namespace {

class CoreLinking : public testing::Test {
 protected:
  void SetUp() override {
    Found(host_);
    SetRelay(host_);
    opener_.emplace(LinkContext(host_), kCodeWords);
    joiner_.emplace(LinkContext(host_), kCodeWords, "kitchen");
  }

  // ---- The steps, each expected to succeed.
  Bytes Offer() { return Good(opener_->OnAnswer(host_.state(), Good(joiner_->Respond(opener_->first_message())))); }
  Bytes Request() { return Good(joiner_->OnOffer(Offer())); }
  void Accept() {
    const std::string label = Good(opener_->OnRequest(host_.state(), Request()));
    EXPECT_TRUE(opener_->Accept(host_.state(), host_.journal->sync(), label));
  }
  Bytes Grant() {
    Accept();
    ListAll(host_);
    return Good(opener_->Grant(host_.state()));
  }
  Result<> OnGrant(const Bytes& grant) {
    return joiner_->OnGrant(grant, guest_.store, guest_.clock, host_.self().sync.relay_key);
  }

  template <class T>
  static T Good(Result<T> result) {
    EXPECT_TRUE(result.has_value());
    return result ? *std::move(result) : T();
  }
  template <class T>
  static Code Refusal(const Result<T>& result) {
    EXPECT_FALSE(result.has_value());
    return result ? Code::kInternal : result.error().code;
  }
  size_t Devices() { return host_.state().person->devices().size(); }

  Device host_;
  Device guest_;
  std::optional<LinkHost> opener_;
  std::optional<LinkGuest> joiner_;
};

TEST_F(CoreLinking, TheGuestBecomesADeviceThatReadsWhatTheHostWrote) {
  host_.Write("from before");
  ASSERT_TRUE(OnGrant(Grant()));
  EXPECT_TRUE(opener_->OnKept(joiner_->Kept()));
  guest_.Reopen();
  EXPECT_EQ(guest_.state().identity.person, host_.state().identity.person);
  EXPECT_TRUE(host_.state().person->IsDevice(guest_.state().device->public_key()));
  EXPECT_EQ(host_.state().labels.at(guest_.state().device->public_key()).second, "kitchen");
  EXPECT_TRUE(host_.self().seats.Listed(guest_.lane().key));
  EXPECT_EQ(guest_.journal->relay()->address, host_.journal->relay()->address);
  host_.Seal();
  Carry(host_, guest_);
  EXPECT_EQ(guest_.Texts(), std::vector<std::string>{"from before"});
}

// ---- The code.

TEST_F(CoreLinking, Adversary16AWrongCodeIsRefusedBeforeAnythingIsSaidAndIsBurnt) {
  LinkGuest wrong(LinkContext(host_), "cabin-lunar-pear", "guess");
  EXPECT_EQ(Refusal(opener_->OnAnswer(host_.state(), Good(wrong.Respond(opener_->first_message())))),
            Code::kPairingFailed);
  const Bytes right = Good(joiner_->Respond(opener_->first_message()));
  EXPECT_EQ(Refusal(opener_->OnAnswer(host_.state(), right)), Code::kPairingFailed) << "one code, one attempt";
}

TEST_F(CoreLinking, Adversary17ADialogToBecomeFriendsLinksNoDevice) {
  PairingContext context = LinkContext(host_);
  context.mode = PairingMode::kFriend;
  LinkGuest guest(context, kCodeWords, "guest");
  EXPECT_EQ(Refusal(opener_->OnAnswer(host_.state(), Good(guest.Respond(opener_->first_message())))),
            Code::kPairingFailed);
}

TEST_F(CoreLinking, AnotherRelayBetweenTheTwoIsNoticed) {
  PairingContext context = LinkContext(host_);
  context.relay_key = RandomId<SignPublic>();
  LinkGuest guest(context, kCodeWords, "guest");
  EXPECT_EQ(Refusal(opener_->OnAnswer(host_.state(), Good(guest.Respond(opener_->first_message())))),
            Code::kPairingFailed);
}

TEST_F(CoreLinking, AnOfferFromAnyoneElseIsRefused) {
  Bytes offer = Offer();
  offer[10] ^= 1;  // in the confirmation
  EXPECT_EQ(Refusal(joiner_->OnOffer(offer)), Code::kPairingFailed);
  EXPECT_EQ(Refusal(joiner_->OnOffer(Bytes(3))), Code::kPairingFailed);
}

// ---- The order.

TEST_F(CoreLinking, NothingIsTakenOutOfItsTurn) {
  EXPECT_EQ(Refusal(opener_->OnRequest(host_.state(), Bytes(100))), Code::kPairingFailed);
  EXPECT_EQ(Refusal(opener_->Accept(host_.state(), host_.journal->sync(), "x")), Code::kPairingFailed);
  EXPECT_EQ(Refusal(opener_->Grant(host_.state())), Code::kPairingFailed);
  EXPECT_EQ(Refusal(opener_->OnKept(Bytes(100))), Code::kPairingFailed);
  EXPECT_EQ(Refusal(joiner_->OnOffer(Bytes(100))), Code::kPairingFailed);
  EXPECT_EQ(Refusal(OnGrant(Bytes(100))), Code::kPairingFailed);
  EXPECT_EQ(Devices(), 1u);
  EXPECT_TRUE(guest_.store.contents().empty());
}

TEST_F(CoreLinking, MessagesOfOneStepAreNotTakenForThoseOfAnother) {
  const Bytes request = Request();
  EXPECT_EQ(Refusal(opener_->OnKept(request)), Code::kPairingFailed);
  EXPECT_EQ(Refusal(OnGrant(request)), Code::kSealBroken);
  ASSERT_TRUE(opener_->OnRequest(host_.state(), request).has_value());
  EXPECT_EQ(Refusal(opener_->OnKept(request)), Code::kPairingFailed);
}

TEST_F(CoreLinking, EachStepIsTakenOnce) {
  const Bytes answer = Good(joiner_->Respond(opener_->first_message()));
  EXPECT_EQ(Refusal(joiner_->Respond(opener_->first_message())), Code::kPairingFailed);
  const Bytes offer = Good(opener_->OnAnswer(host_.state(), answer));
  EXPECT_EQ(Refusal(opener_->OnAnswer(host_.state(), answer)), Code::kPairingFailed);
  const Bytes request = Good(joiner_->OnOffer(offer));
  EXPECT_EQ(Refusal(joiner_->OnOffer(offer)), Code::kPairingFailed);
  ASSERT_TRUE(opener_->OnRequest(host_.state(), request).has_value());
  EXPECT_EQ(Refusal(opener_->OnRequest(host_.state(), request)), Code::kPairingFailed);
}

// ---- The request.

// A guest that has the code, and lies in what it asks for.
class CoreLinkingRequest : public CoreLinking {
 protected:
  // What the host says to a request whose parts were changed after an honest beginning. The pairing keys are the
  // test's own: it plays the joiner.
  template <class Change>
  Code Ask(const Change& change) {
    LinkHost opener(LinkContext(host_), kCodeWords);
    PairingJoiner joiner(LinkContext(host_), kCodeWords, {});
    const Bytes answer = Good(joiner.Respond(opener.first_message()));
    const Bytes offered = Good(opener.OnAnswer(host_.state(), answer));
    Reader reader(offered);
    const auto finished = joiner.Confirm(reader.Prefixed());
    EXPECT_TRUE(finished.has_value());
    const Plaintext plain = Good(OpenPairingMessage(finished->keys.to_joiner, 0, reader.rest()));
    const LinkOffer offer = Good(LinkOffer::Decode(plain.view()));
    AddDevice added{.device = device_.public_key(), .box = BoxPair::Generate().public_key()};
    PersonOp op{.parents = offer.parents, .signer = offer.signer, .kind = added};
    LinkRequest request{.add_device = {}, .countersignature = {}, .lane = RandomId<LaneKey>(), .label = "guest"};
    change(op, request);
    request.add_device = op.Encode();
    request.countersignature = CountersignAddDevice(countersigner(), request.add_device);
    const auto answered =
        opener.OnRequest(host_.state(), SealPairingMessage(finished->keys.to_opener, 0, request.Encode()));
    if (answered) return Code::kCancelled;  // stands for: it would have been let in
    EXPECT_EQ(Refusal(opener.Accept(host_.state(), host_.journal->sync(), "x")), Code::kPairingFailed);
    EXPECT_EQ(Devices(), 1u);
    return answered.error().code;
  }
  const Signer& countersigner() const { return other_ ? *other_ : device_; }

  const Signer device_ = Signer::Generate();
  std::optional<Signer> other_;
};

TEST_F(CoreLinkingRequest, OneThatHoldsIsTaken) {
  EXPECT_EQ(Ask([](PersonOp&, LinkRequest&) {}), Code::kCancelled);
}

TEST_F(CoreLinkingRequest, AnythingButAddingANewDeviceIsRefused) {
  EXPECT_EQ(Ask([&](PersonOp& op, LinkRequest&) { op.kind = RevokeDevice{host_.state().device->public_key()}; }),
            Code::kPairingFailed);
  EXPECT_EQ(Ask([](PersonOp& op, LinkRequest&) { op.signer = RandomId<SignPublic>(); }), Code::kPairingFailed);
  EXPECT_EQ(Ask([](PersonOp& op, LinkRequest&) { op.parents.clear(); }), Code::kPairingFailed);
  EXPECT_EQ(Ask([&](PersonOp& op, LinkRequest&) {
              std::get<AddDevice>(op.kind).device = host_.state().device->public_key();
            }),
            Code::kPairingFailed);
}

TEST_F(CoreLinkingRequest, ALaneThatIsOrWasSomebodysIsRefused) {
  EXPECT_EQ(Ask([&](PersonOp&, LinkRequest& request) { request.lane = host_.lane().key; }), Code::kPairingFailed);
}

TEST_F(CoreLinkingRequest, ANameThatIsTooLongIsRefused) {
  EXPECT_EQ(Ask([](PersonOp&, LinkRequest& request) { request.label = std::string(limits::kLabel + 1, 'x'); }),
            Code::kPairingFailed);
  EXPECT_EQ(Ask([](PersonOp&, LinkRequest& request) { request.label = std::string(limits::kLabel, 'x'); }),
            Code::kCancelled);
}

TEST_F(CoreLinkingRequest, TheNewDevicesOwnKeyMustAgree) {
  other_ = Signer::Generate();
  EXPECT_EQ(Ask([](PersonOp&, LinkRequest&) {}), Code::kSignatureInvalid);
}

// ---- The grant.

TEST_F(CoreLinking, KeysAreHandedOverOnlyToADeviceThatWasAccepted) {
  ASSERT_TRUE(opener_->OnRequest(host_.state(), Request()).has_value());
  EXPECT_FALSE(opener_->Listed(host_.state()));
  EXPECT_EQ(Refusal(opener_->Grant(host_.state())), Code::kPairingFailed);
  ASSERT_TRUE(opener_->Accept(host_.state(), host_.journal->sync(), "kitchen"));
  EXPECT_TRUE(opener_->Grant(host_.state()).has_value());
}

TEST_F(CoreLinking, ADeviceIsListedOnceTheRelayHasTheStatementThatListsIt) {
  Accept();
  EXPECT_FALSE(opener_->Listed(host_.state()));
  host_.self().sync.statements_there = host_.self().seats.number() - 1;
  EXPECT_FALSE(opener_->Listed(host_.state()));
  host_.self().sync.statements_there = host_.self().seats.number();
  EXPECT_TRUE(opener_->Listed(host_.state()));
}

TEST_F(CoreLinking, ADeviceWithoutASeatKeyLetsNobodyIn) {
  const Bytes request = Request();
  ASSERT_TRUE(opener_->OnRequest(host_.state(), request).has_value());
  host_.state().keyring = Keyring();
  EXPECT_EQ(Refusal(opener_->Accept(host_.state(), host_.journal->sync(), "x")), Code::kRelayRefused);
  EXPECT_EQ(Devices(), 1u);
}

TEST_F(CoreLinking, AVaultThatHoldsAJournalIsNotWrittenOver) {
  Found(guest_);
  const MemStore::Contents before = guest_.store.contents();
  EXPECT_EQ(Refusal(OnGrant(Grant())), Code::kVaultNotEmpty);
  EXPECT_EQ(guest_.store.contents(), before);
}

TEST_F(CoreLinking, AGrantIsTriedOnce) {
  const Bytes grant = Grant();
  Bytes altered = grant;
  altered.back() ^= 1;
  EXPECT_EQ(Refusal(OnGrant(altered)), Code::kSealBroken);
  EXPECT_EQ(Refusal(OnGrant(grant)), Code::kPairingFailed);
  EXPECT_TRUE(guest_.store.contents().empty());
}

TEST_F(CoreLinking, AGrantThatNamesAnotherRelayIsRefused) {
  const Bytes grant = Grant();
  EXPECT_EQ(Refusal(joiner_->OnGrant(grant, guest_.store, guest_.clock, RandomId<SignPublic>())), Code::kPairingFailed);
  EXPECT_TRUE(guest_.store.contents().empty());
}

TEST_F(CoreLinking, WhereTheDiskRefusesNothingIsKeptAndTheHostIsNotTold) {
  const Bytes grant = Grant();
  guest_.store.FailWrite(1);
  EXPECT_EQ(Refusal(OnGrant(grant)), Code::kStorageFailed);
  EXPECT_TRUE(guest_.store.contents().empty());
  EXPECT_EQ(Refusal(opener_->OnKept(joiner_->Kept())), Code::kPairingFailed);
}

}  // namespace
}  // namespace kith
