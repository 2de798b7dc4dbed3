// The protocol's attacks 18 and 19 on the relay's own service, by their numbers there; each with a twin in which the
// same call is let through where nothing but the attack is taken away. (All others: tests/README.md.)
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "relay_fixture.h"
#include "server/data_folder.h"

namespace kith::relay_test {
namespace {

using E = v1::RelayError;

// ---- 18. Replay a signed request: same connection, another, another relay, altered body: refused.

class Adversary18 : public RelayTest {
 protected:
  void SetUp() override {
    RelayTest::SetUp();
    client_ = Connect();
    mailbox_.emplace(MakeMailbox(*client_));
  }
  // A pull as an honest device signs it.
  v1::SignedRequest APull(Client& client) {
    v1::PullBody body;
    body.set_mailbox(Text(mailbox_->id.view()));
    return client.Sign(mailbox_->lane.signer, "Pull", mailbox_->id, body.SerializeAsString());
  }
  static Reason Send(Client& through, const v1::SignedRequest& request) {
    grpc::ClientContext context;
    v1::PullReply reply;
    return OutcomeOf(through.stub().Pull(&context, request, &reply)).reason;
  }

  std::unique_ptr<Client> client_;
  std::optional<Owned> mailbox_;
};

TEST_F(Adversary18, ARequestThatWasSentIsStaleOnEveryConnection) {
  const auto request = APull(*client_);
  ASSERT_EQ(Send(*client_, request), E::UNSPECIFIED);
  EXPECT_EQ(Send(*client_, request), E::STALE_NONCE);
  EXPECT_EQ(Send(*Connect(), request), E::STALE_NONCE);
  // With another counter it would be new, and is not signed.
  auto counted = request;
  counted.set_counter(request.counter() + 1);
  EXPECT_EQ(Send(*client_, counted), E::REFUSED);
  // So would it be with the nonce of another hello.
  const auto other = Connect();
  auto moved = request;
  moved.set_nonce(APull(*other).nonce());
  moved.set_counter(500);
  EXPECT_EQ(Send(*client_, moved), E::REFUSED);
}

TEST_F(Adversary18, TwinTheSameCallSignedAnewIsServed) {
  ASSERT_EQ(Send(*client_, APull(*client_)), E::UNSPECIFIED);
  EXPECT_EQ(Send(*client_, APull(*client_)), E::UNSPECIFIED);
  EXPECT_EQ(Send(*Connect(), APull(*client_)), E::UNSPECIFIED) << "a nonce is no connection's own: only spent once";
}

TEST_F(Adversary18, AnAlteredBodyOrMethodIsRefused) {
  auto request = APull(*client_);
  v1::PullBody body;
  ASSERT_TRUE(body.ParseFromString(request.body()));
  body.set_max_bytes(1);
  request.set_body(body.SerializeAsString());
  EXPECT_EQ(Send(*client_, request), E::REFUSED);
  const auto pull = APull(*client_);
  grpc::ClientContext context;
  v1::StatementsReply reply;
  EXPECT_EQ(OutcomeOf(client_->stub().Statements(&context, pull, &reply)).reason, E::REFUSED);
}

// An altered request counts for nothing: the one that it was made from is still new.
TEST_F(Adversary18, TwinTheBodyAsItWasSignedIsServed) {
  const auto request = APull(*client_);
  auto altered = request;
  altered.mutable_body()->push_back('x');
  EXPECT_NE(Send(*client_, altered), E::UNSPECIFIED);
  EXPECT_EQ(Send(*client_, request), E::UNSPECIFIED);
}

// A relay in the middle has a nonce of this one, and gives it to the client as its own.
class Adversary18AtAnotherRelay : public Adversary18 {
 protected:
  // What a client signs that was told of `relay_key` and of this relay's nonce.
  v1::SignedRequest SignedFor(const SignPublic& relay_key) {
    auto request = APull(*client_);
    RequestAuth auth{
        .relay_key = relay_key, .nonce = {}, .counter = request.counter(), .method = "Pull", .mailbox = mailbox_->id};
    std::ranges::copy(AsBytes(request.nonce()), auth.nonce.value.begin());
    request.set_signature(Text(auth.Sign(mailbox_->lane.signer, AsBytes(request.body())).view()));
    return request;
  }
};

TEST_F(Adversary18AtAnotherRelay, ARequestForOneRelayIsRefusedByAnother) {
  EXPECT_EQ(Send(*client_, SignedFor(Signer::Generate().public_key())), E::REFUSED);
}

TEST_F(Adversary18AtAnotherRelay, TwinTheSameStepsForThisRelayAreServed) {
  EXPECT_EQ(Send(*client_, SignedFor(host_->key())), E::UNSPECIFIED);
}

TEST_F(Adversary18AtAnotherRelay, ARelayThatKnowsNothingOfTheNonceRefusesIt) {
  const auto request = APull(*client_);
  host_.reset();
  options_.folder = folder_ / "another";
  ASSERT_TRUE(relay::CreateIdentity(options_.folder, "127.0.0.1:7788"));
  Start();
  EXPECT_EQ(Send(*Connect(), request), E::STALE_NONCE);
}

// ---- 19. Guess ids; use a lane of one mailbox on another; remove another's lane; prune another's lane: the uniform
// refusal, of one shape.

class Adversary19 : public RelayTest {
 protected:
  void SetUp() override {
    RelayTest::SetUp();
    client_ = Connect();
    ann_.emplace(MakeMailbox(*client_));
    // Bob has a seat in it and a lane.
    ASSERT_TRUE(Take(ann_->seat, {AddSeat{bob_.public_key(), false}}));
    ASSERT_TRUE(Take(bob_, {AddLane{bob_.public_key(), bobs_.signer.public_key()}}));
    ASSERT_TRUE(client_->Push(ann_->lane.signer, ann_->id, {ann_->Write("ann's")}).ok);
  }
  bool Take(const Signer& by, std::vector<SeatChange> changes) {
    const auto statement = ann_->Change(by, SeatStatement::SignedBy::kSeat, std::move(changes));
    return client_->Submit(by, ann_->id, statement).ok;
  }
  Outcome PullWith(const Signer& signer, const MailboxId& mailbox) {
    v1::PullReply reply;
    return client_->Pull(signer, mailbox, {}, &reply);
  }
  // Everything that a client is told of a refusal.
  static std::string Shape(const Outcome& outcome) {
    return std::to_string(outcome.status.error_code()) + "|" + outcome.status.error_message() + "|" +
           outcome.status.error_details();
  }
  // What a mailbox that does not exist says to anybody.
  std::string Uniform() { return Shape(PullWith(Signer::Generate(), RandomId<MailboxId>())); }

  const Signer bob_ = Signer::Generate();
  Lane bobs_;
  std::unique_ptr<Client> client_;
  std::optional<Owned> ann_;
};

TEST_F(Adversary19, WhoeverGuessesHearsOneRefusal) {
  const std::string uniform = Uniform();
  EXPECT_EQ(PullWith(Signer::Generate(), RandomId<MailboxId>()).reason, E::REFUSED);
  EXPECT_EQ(Shape(PullWith(Signer::Generate(), ann_->id)), uniform) << "a mailbox that is there";
  Owned carol = MakeMailbox(*client_);
  EXPECT_EQ(Shape(PullWith(carol.lane.signer, ann_->id)), uniform) << "a lane of another mailbox";
  EXPECT_EQ(Shape(PullWith(carol.seat, ann_->id)), uniform);
  EXPECT_EQ(Shape(PullWith(carol.root, ann_->id)), uniform);
  // A listed lane's name without its key.
  v1::PullBody body;
  body.set_mailbox(Text(ann_->id.view()));
  auto forged = client_->Sign(ann_->lane.signer, "Pull", ann_->id, body.SerializeAsString());
  forged.mutable_signature()->front() ^= 1;
  grpc::ClientContext context;
  v1::PullReply reply;
  EXPECT_EQ(Shape(OutcomeOf(client_->stub().Pull(&context, forged, &reply))), uniform);
  v1::StatementsReply statements;
  EXPECT_EQ(Shape(client_->Statements(carol.lane.signer, ann_->id, 0, &statements)), uniform);
  Lane strange;
  EXPECT_EQ(Shape(client_->Push(carol.lane.signer, ann_->id, {ann_->Write(strange, "x")})), uniform);
  EXPECT_EQ(Shape(client_->Push(carol.lane.signer, RandomId<MailboxId>(), {ann_->Write(strange, "x")})), uniform);
  // A lane that is listed no more is a stranger.
  ASSERT_TRUE(Take(bob_, {RemoveLane{bobs_.signer.public_key()}}));
  EXPECT_EQ(Shape(PullWith(bobs_.signer, ann_->id)), uniform);
}

TEST_F(Adversary19, TwinWhoIsListedIsServed) {
  EXPECT_TRUE(PullWith(ann_->lane.signer, ann_->id).ok);
  EXPECT_TRUE(PullWith(bobs_.signer, ann_->id).ok);
  EXPECT_TRUE(PullWith(ann_->root, ann_->id).ok);
}

TEST_F(Adversary19, ASeatDoesNotRemoveAnothersLane) {
  const auto statement =
      ann_->Change(bob_, SeatStatement::SignedBy::kSeat, {RemoveLane{ann_->lane.signer.public_key()}});
  EXPECT_EQ(client_->Submit(bob_, ann_->id, statement).reason, E::STATEMENT_FORBIDDEN);
  EXPECT_TRUE(client_->Push(ann_->lane.signer, ann_->id, {ann_->Write("still here")}).ok);
  // Whoever is nobody there is not even told that much.
  const Signer stranger = Signer::Generate();
  const auto by_stranger =
      ann_->Change(stranger, SeatStatement::SignedBy::kSeat, {RemoveLane{ann_->lane.signer.public_key()}});
  EXPECT_EQ(Shape(client_->Submit(stranger, ann_->id, by_stranger)), Uniform());
}

TEST_F(Adversary19, TwinASeatRemovesItsOwnLane) {
  ASSERT_TRUE(Take(ann_->seat, {RemoveLane{ann_->lane.signer.public_key()}}));
  EXPECT_EQ(client_->Push(ann_->lane.signer, ann_->id, {ann_->Write("too late")}).reason, E::REFUSED);
}

TEST_F(Adversary19, AMemberDoesNotPruneAnothersLane) {
  const LaneKey anns = ann_->lane.signer.public_key();
  EXPECT_EQ(Shape(client_->Push(bobs_.signer, ann_->id, {ann_->Prune(bobs_, anns, 1, 1)})), Uniform());
  v1::PullReply page;
  ASSERT_TRUE(client_->Pull(bobs_.signer, ann_->id, {}, &page).ok);
  ASSERT_EQ(page.records_size(), 1);
  EXPECT_EQ(page.records(0).payload(), "ann's");
}

TEST_F(Adversary19, TwinALanePrunesItself) {
  const LaneKey anns = ann_->lane.signer.public_key();
  ASSERT_TRUE(client_->Push(ann_->lane.signer, ann_->id, {ann_->Prune(ann_->lane, anns, 1, 1)}).ok);
  v1::PullReply page;
  ASSERT_TRUE(client_->Pull(bobs_.signer, ann_->id, {}, &page).ok);
  EXPECT_EQ(page.records(0).payload(), "");
}

// ---- 21. Another suite, by a listed lane and by an owner's seat that sign it as it is.

class Adversary21 : public Adversary19 {
 protected:
  static SignedRecord UnderSuite(uint8_t suite, SignedRecord record, const Signer& lane) {
    record.header[0] = suite;
    record.signature = lane.Sign(labels::kSignRecord, record.header);
    return record;
  }
  SignedStatement UnderSuite(uint8_t suite, SignedStatement statement) {
    statement.body[0] = suite;
    statement.signature = ann_->seat.Sign(labels::kSignStatement, statement.body);
    return statement;
  }
};

TEST_F(Adversary21, IsMalformedHereAndNothingOfItIsKept) {
  const SignedRecord record = ann_->Write("two");
  EXPECT_EQ(client_->Push(ann_->lane.signer, ann_->id, {UnderSuite(2, record, ann_->lane.signer)}).reason,
            E::MALFORMED);
  const auto add = ann_->Change(ann_->seat, SeatStatement::SignedBy::kSeat,
                                {AddLane{ann_->seat.public_key(), Signer::Generate().public_key()}});
  EXPECT_EQ(client_->Submit(ann_->lane.signer, ann_->id, UnderSuite(2, add)).reason, E::MALFORMED);
  v1::PullReply page;
  ASSERT_TRUE(client_->Pull(ann_->lane.signer, ann_->id, {}, &page).ok);
  EXPECT_EQ(page.records_size(), 1);
  EXPECT_EQ(page.newest_statement(), 3u);
}

TEST_F(Adversary21, TwinTheSameUnderSuite1IsTaken) {
  const SignedRecord record = ann_->Write("two");
  EXPECT_TRUE(client_->Push(ann_->lane.signer, ann_->id, {UnderSuite(1, record, ann_->lane.signer)}).ok);
  const auto add = ann_->Change(ann_->seat, SeatStatement::SignedBy::kSeat,
                                {AddLane{ann_->seat.public_key(), Signer::Generate().public_key()}});
  EXPECT_TRUE(client_->Submit(ann_->lane.signer, ann_->id, UnderSuite(1, add)).ok);
}

}  // namespace
}  // namespace kith::relay_test
