// Every refusal by its reason, retries, refills and prunes, over a real connection.
#include "relay_fixture.h"

namespace kith::relay_test {
namespace {

using E = v1::RelayError;

class ServiceTest : public RelayTest {};

v1::Cursor CursorAt(uint64_t seq, const std::string& chain) {
  v1::Cursor cursor;
  cursor.set_seq(seq);
  cursor.set_chain(chain);
  return cursor;
}

TEST_F(ServiceTest, HelloProvesTheRelayAndItsEpoch) {
  const auto client = Connect();
  EXPECT_EQ(client->relay_key(), host_->key());
  EXPECT_EQ(client->epoch(), host_->relay().epoch());
  EXPECT_FALSE(client->epoch().IsZero());
  const RelayEpoch before = client->epoch();
  Start();
  EXPECT_EQ(Connect()->epoch(), before);
}

TEST_F(ServiceTest, RecordsComeBackAsTheyWerePushed) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  const std::vector records{mailbox.Write("one"), mailbox.Write("two"), mailbox.Write("three")};
  v1::PushReply pushed;
  ASSERT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, records, &pushed).ok);
  EXPECT_EQ(pushed.stored(), 3u);
  EXPECT_EQ(pushed.duplicates(), 0u);
  EXPECT_EQ(pushed.head().seq(), 3u);
  EXPECT_EQ(pushed.stamp().relay_key(), Text(host_->key().view()));

  v1::PullReply page;
  ASSERT_TRUE(client->Pull(mailbox.lane.signer, mailbox.id, {}, &page).ok);
  ASSERT_EQ(page.records_size(), 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(page.records(i).header(), Text(records[i].header));
    EXPECT_EQ(page.records(i).signature(), Text(records[i].signature.view()));
    EXPECT_EQ(page.records(i).payload(), Text(records[i].payload));
  }
  EXPECT_EQ(page.next().SerializeAsString(), page.head().SerializeAsString());
  EXPECT_EQ(page.head().SerializeAsString(), pushed.head().SerializeAsString());
  EXPECT_EQ(page.newest_statement(), 1u);
}

TEST_F(ServiceTest, ARepeatedPushStoresNothingTwice) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  std::vector records{mailbox.Write("one"), mailbox.Write("two")};
  v1::PushReply first;
  ASSERT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, records, &first).ok);
  records.push_back(mailbox.Write("three"));
  v1::PushReply second;
  ASSERT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, records, &second).ok);
  EXPECT_EQ(second.stored(), 1u);
  EXPECT_EQ(second.duplicates(), 2u);
  EXPECT_EQ(second.head().seq(), 3u);
}

TEST_F(ServiceTest, ALaneNeitherForksNorSkips) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  const Lane start{Signer::FromSeed(mailbox.lane.signer.seed().Clone()), 0, {}};
  ASSERT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, {mailbox.Write("one")}).ok);

  Lane other{Signer::FromSeed(mailbox.lane.signer.seed().Clone()), 0, {}};
  const auto rival = mailbox.Write(other, "another one");
  EXPECT_EQ(client->Push(mailbox.lane.signer, mailbox.id, {rival}).reason, E::LANE_FORKED);
  const auto onto_rival = mailbox.Write(other, "on top of another");
  EXPECT_EQ(client->Push(mailbox.lane.signer, mailbox.id, {onto_rival}).reason, E::LANE_FORKED);

  const auto two = mailbox.Write("two");
  const auto three = mailbox.Write("three");
  EXPECT_EQ(client->Push(mailbox.lane.signer, mailbox.id, {three}).reason, E::LANE_GAP);
  // All or nothing: the good one before the bad one is not there either.
  EXPECT_EQ(client->Push(mailbox.lane.signer, mailbox.id, {two, onto_rival}).reason, E::LANE_FORKED);
  v1::PullReply page;
  ASSERT_TRUE(client->Pull(mailbox.lane.signer, mailbox.id, {}, &page).ok);
  EXPECT_EQ(page.head().seq(), 1u);
  EXPECT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, {two, three}).ok);
}

TEST_F(ServiceTest, ARestartForgetsNoncesAndAnotherHelloMendsIt) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  v1::PullBody body;
  body.set_mailbox(Text(mailbox.id.view()));
  const auto unsent = client->Sign(mailbox.lane.signer, "Pull", mailbox.id, body.SerializeAsString());
  Start();
  const auto again = Connect();
  grpc::ClientContext context;
  v1::PullReply reply;
  EXPECT_EQ(OutcomeOf(again->stub().Pull(&context, unsent, &reply)).reason, E::STALE_NONCE);
  EXPECT_TRUE(again->Pull(mailbox.lane.signer, mailbox.id, {}, &reply).ok);
}

TEST_F(ServiceTest, MalformedAndTooLargePushes) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  const auto good = mailbox.Write("text");
  const auto push = [&](const SignedRecord& record) {
    return client->Push(mailbox.lane.signer, mailbox.id, {record}).reason;
  };
  EXPECT_EQ(client->Push(mailbox.lane.signer, mailbox.id, {}).reason, E::MALFORMED);
  auto bent = good;
  bent.payload[0] ^= 1;
  EXPECT_EQ(push(bent), E::MALFORMED);
  bent = good;
  bent.payload.push_back(0);
  EXPECT_EQ(push(bent), E::MALFORMED);
  bent = good;
  bent.header.pop_back();
  EXPECT_EQ(push(bent), E::MALFORMED);
  Owned other;
  Lane lane{Signer::FromSeed(mailbox.lane.signer.seed().Clone()), 0, {}};
  EXPECT_EQ(push(other.Write(lane, "for another mailbox")), E::MALFORMED);
  std::vector<SignedRecord> many;
  Lane big{Signer::FromSeed(mailbox.lane.signer.seed().Clone()), 0, {}};
  for (int i = 0; i < 3; ++i) many.push_back(mailbox.Write(big, std::string(350 * 1024, 'x')));
  EXPECT_EQ(client->Push(mailbox.lane.signer, mailbox.id, many).reason, E::TOO_LARGE);
  EXPECT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, {good}).ok);

  grpc::ClientContext context;
  v1::PullReply reply;
  auto request = client->Sign(mailbox.lane.signer, "Pull", mailbox.id, "\xff\xff not a message");
  EXPECT_EQ(OutcomeOf(client->stub().Pull(&context, request, &reply)).reason, E::MALFORMED);
}

TEST_F(ServiceTest, InvitesAndTokens) {
  const auto client = Connect();
  const Bytes invite = SecretOf(MakeInvite(2, 1, 60'000));
  const std::string attempt(16, 'a');
  std::vector<std::string> tokens;
  ASSERT_TRUE(client->Redeem(invite, AsBytes(attempt), &tokens).ok);
  ASSERT_EQ(tokens.size(), 2u);
  // A lost reply: sent again it gives the same; another attempt gives nothing.
  std::vector<std::string> again;
  ASSERT_TRUE(client->Redeem(invite, AsBytes(attempt), &again).ok);
  EXPECT_EQ(again, tokens);
  EXPECT_EQ(client->Redeem(invite, AsBytes(std::string(16, 'b')), nullptr).reason, E::INVITE_INVALID);
  EXPECT_EQ(client->Redeem(invite, {}, nullptr).reason, E::INVITE_INVALID);
  EXPECT_EQ(client->Redeem(Bytes(16, 7), {}, nullptr).reason, E::INVITE_INVALID);
  EXPECT_EQ(client->Redeem(Bytes(15, 7), {}, nullptr).reason, E::MALFORMED);

  const Bytes late = SecretOf(MakeInvite(1, 1, 1000));
  clock_.Advance(1000);
  EXPECT_EQ(client->Redeem(late, {}, nullptr).reason, E::INVITE_INVALID);

  Owned mailbox;
  bool existed = true;
  ASSERT_TRUE(client->Create(mailbox, tokens[0], &existed).ok);
  EXPECT_FALSE(existed);
  // Sent again: there already, and no token is spent for it.
  ASSERT_TRUE(client->Create(mailbox, tokens[1], &existed).ok);
  EXPECT_TRUE(existed);
  Owned second;
  EXPECT_EQ(client->Create(second, tokens[0]).reason, E::TOKEN_INVALID);
  EXPECT_EQ(client->Create(second, std::string(16, 't')).reason, E::TOKEN_INVALID);
  EXPECT_TRUE(client->Create(second, tokens[1]).ok);
}

TEST_F(ServiceTest, AnInviteForSeveralGivesEachTheirOwn) {
  const auto client = Connect();
  const Bytes invite = SecretOf(MakeInvite(1, 2, 60'000));
  std::vector<std::string> first;
  std::vector<std::string> second;
  ASSERT_TRUE(client->Redeem(invite, {}, &first).ok);
  ASSERT_TRUE(client->Redeem(invite, {}, &second).ok);
  EXPECT_NE(first, second);
  EXPECT_EQ(client->Redeem(invite, {}, nullptr).reason, E::INVITE_INVALID);
}

TEST_F(ServiceTest, StatementsAreComparedAndSwapped) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  Lane phone;
  const auto seat = [&](std::vector<SeatChange> changes) {
    return mailbox.Change(mailbox.seat, SeatStatement::SignedBy::kSeat, std::move(changes));
  };
  const auto add = seat({AddLane{mailbox.seat.public_key(), phone.signer.public_key()}});
  uint64_t number = 0;
  ASSERT_TRUE(client->Submit(mailbox.lane.signer, mailbox.id, add, &number).ok);
  EXPECT_EQ(number, 2u);
  // A lost reply, sent again.
  ASSERT_TRUE(client->Submit(mailbox.lane.signer, mailbox.id, add, &number).ok);
  EXPECT_EQ(number, 2u);
  EXPECT_TRUE(client->Push(phone.signer, mailbox.id, {mailbox.Write(phone, "from the phone")}).ok);

  SeatStatement rival;
  rival.mailbox = mailbox.id;
  rival.number = 2;
  rival.prev = StatementIdOf(mailbox.statements[0].body);
  rival.signed_by = SeatStatement::SignedBy::kSeat;
  rival.signer = mailbox.seat.public_key();
  rival.changes = {AddLane{mailbox.seat.public_key(), Signer::Generate().public_key()}};
  EXPECT_EQ(client->Submit(phone.signer, mailbox.id, SignStatement(mailbox.seat, rival)).reason, E::STATEMENT_CONFLICT);

  const Signer stranger = Signer::Generate();
  const auto forbidden =
      mailbox.Change(stranger, SeatStatement::SignedBy::kSeat, {RemoveSeat{mailbox.seat.public_key()}});
  EXPECT_EQ(client->Submit(phone.signer, mailbox.id, forbidden).reason, E::STATEMENT_FORBIDDEN);
  EXPECT_EQ(client->Submit(phone.signer, mailbox.id, {Bytes{1, 2, 3}, {}}).reason, E::MALFORMED);

  // The root recovers from outside: it is not a lane, and may read and change seats, but not append.
  v1::StatementsReply statements;
  ASSERT_TRUE(client->Statements(mailbox.root, mailbox.id, 0, &statements).ok);
  ASSERT_EQ(statements.statements_size(), 2);
  EXPECT_EQ(statements.statements(1).body(), Text(add.body));
  EXPECT_EQ(statements.newest(), 2u);
  ASSERT_TRUE(client->Statements(mailbox.root, mailbox.id, 2, &statements).ok);
  EXPECT_EQ(statements.statements_size(), 0);
  Lane of_root{Signer::FromSeed(mailbox.root.seed().Clone()), 0, {}};
  EXPECT_EQ(client->Push(mailbox.root, mailbox.id, {mailbox.Write(of_root, "x")}).reason, E::REFUSED);

  const auto remove =
      mailbox.Change(mailbox.root, SeatStatement::SignedBy::kRoot, {RemoveLane{phone.signer.public_key()}});
  ASSERT_TRUE(client->Submit(mailbox.root, mailbox.id, remove, &number).ok);
  EXPECT_EQ(number, 3u);
  EXPECT_EQ(client->Push(phone.signer, mailbox.id, {mailbox.Write(phone, "too late")}).reason, E::REFUSED);
}

TEST_F(ServiceTest, AFullMailboxRefusesAndTakesAPrune) {
  options_.relay.mailbox_bytes = 20'000;
  Start();
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  ASSERT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, {mailbox.Write(std::string(15'000, 'a'))}).ok);
  Lane fork{Signer::FromSeed(mailbox.lane.signer.seed().Clone()), 1, mailbox.lane.head};
  const auto too_much = mailbox.Write(fork, std::string(15'000, 'b'));
  EXPECT_EQ(client->Push(mailbox.lane.signer, mailbox.id, {too_much}).reason, E::MAILBOX_FULL);
  v1::PullReply page;
  ASSERT_TRUE(client->Pull(mailbox.lane.signer, mailbox.id, {}, &page).ok);
  EXPECT_EQ(page.head().seq(), 1u);
  const auto prune = mailbox.Prune(mailbox.lane, mailbox.lane.signer.public_key(), 1, 1);
  ASSERT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, {prune}).ok);
  EXPECT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, {mailbox.Write(std::string(15'000, 'c'))}).ok);
}

TEST_F(ServiceTest, PruningDropsPayloadsAndKeepsHeaders) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  const auto one = mailbox.Write("shredded");
  const auto two = mailbox.Write("kept");
  ASSERT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, {one, two}).ok);
  const auto prune = mailbox.Prune(mailbox.lane, mailbox.lane.signer.public_key(), 1, 1);
  ASSERT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, {prune}).ok);
  // Pushing it again does not bring it back, now or after a restart.
  v1::PushReply pushed;
  ASSERT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, {one, two}, &pushed).ok);
  EXPECT_EQ(pushed.duplicates(), 2u);
  Start();
  const auto again = Connect();
  v1::PullReply page;
  ASSERT_TRUE(again->Pull(mailbox.lane.signer, mailbox.id, {}, &page).ok);
  ASSERT_EQ(page.records_size(), 3);
  EXPECT_EQ(page.records(0).header(), Text(one.header));
  EXPECT_EQ(page.records(0).payload(), "");
  EXPECT_EQ(page.records(1).payload(), "kept");
  EXPECT_EQ(page.records(2).payload(), Text(prune.payload));
}

TEST_F(ServiceTest, OnlyTheLaneOrItsSeatAfterItsClosePrunes) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  Lane phone;
  ASSERT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, {mailbox.Write("mine")}).ok);
  const auto add = mailbox.Change(mailbox.seat, SeatStatement::SignedBy::kSeat,
                                  {AddLane{mailbox.seat.public_key(), phone.signer.public_key()}});
  ASSERT_TRUE(client->Submit(mailbox.lane.signer, mailbox.id, add).ok);
  const LaneKey first = mailbox.lane.signer.public_key();
  Lane attempt{Signer::FromSeed(phone.signer.seed().Clone()), 0, {}};
  const auto bad = mailbox.Prune(attempt, first, 1, 1);
  EXPECT_EQ(client->Push(phone.signer, mailbox.id, {bad}).reason, E::REFUSED);
  const auto close = mailbox.Change(mailbox.seat, SeatStatement::SignedBy::kSeat, {RemoveLane{first}});
  ASSERT_TRUE(client->Submit(phone.signer, mailbox.id, close).ok);
  const auto good = mailbox.Prune(phone, first, 1, 1);
  EXPECT_TRUE(client->Push(phone.signer, mailbox.id, {good}).ok);
  v1::PullReply page;
  ASSERT_TRUE(client->Pull(phone.signer, mailbox.id, {}, &page).ok);
  EXPECT_EQ(page.records(0).payload(), "");
}

// A wiped relay is filled again by a device that carries everybody's records.
TEST_F(ServiceTest, ARefillBringsOtherLanesAndNothingPruned) {
  auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  Lane phone;
  mailbox.Change(mailbox.seat, SeatStatement::SignedBy::kSeat,
                 {AddLane{mailbox.seat.public_key(), phone.signer.public_key()}});
  const auto mine = mailbox.Write("mine");
  const auto hidden = mailbox.Write("shredded");
  const auto prune = mailbox.Prune(mailbox.lane, mailbox.lane.signer.public_key(), 2, 2);
  const auto theirs = mailbox.Write(phone, "theirs");
  Owned elsewhere;
  auto forged = theirs;
  forged.signature.value[0] ^= 1;

  ASSERT_TRUE(client->Submit(phone.signer, mailbox.id, mailbox.statements[1]).ok);
  EXPECT_EQ(client->Push(mailbox.lane.signer, mailbox.id, {forged}).reason, E::REFUSED);
  Lane unknown;
  EXPECT_EQ(client->Push(mailbox.lane.signer, mailbox.id, {mailbox.Write(unknown, "x")}).reason, E::REFUSED);
  // Without the payload first: a later push that has it puts it back.
  auto bare = mine;
  bare.payload.clear();
  ASSERT_TRUE(client->Push(phone.signer, mailbox.id, {bare, hidden, prune, theirs}).ok);
  ASSERT_TRUE(client->Push(phone.signer, mailbox.id, {mine, hidden}).ok);
  v1::PullReply page;
  ASSERT_TRUE(client->Pull(phone.signer, mailbox.id, {}, &page).ok);
  ASSERT_EQ(page.records_size(), 4);
  EXPECT_EQ(page.records(0).payload(), "mine");
  EXPECT_EQ(page.records(1).payload(), "");
  EXPECT_EQ(page.records(3).payload(), "theirs");
}

TEST_F(ServiceTest, PagesAreDenseAndACursorOfAnotherLogIsForked) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  for (int i = 0; i < 5; ++i) {
    std::vector<SignedRecord> records;
    for (int j = 0; j < 4; ++j) records.push_back(mailbox.Write(std::string(100'000, static_cast<char>('a' + j))));
    ASSERT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, records).ok);
  }
  v1::Cursor cursor;
  int pages = 0;
  uint64_t records = 0;
  for (;; ++pages) {
    v1::PullReply page;
    ASSERT_TRUE(client->Pull(mailbox.lane.signer, mailbox.id, cursor, &page).ok);
    EXPECT_LE(page.ByteSizeLong(), size_t{1100 * 1024});
    for (const auto& record : page.records()) {
      EXPECT_EQ(RecordHeader::Parse(AsBytes(record.header()))->seq, ++records);
    }
    cursor = page.next();
    if (cursor.seq() == page.head().seq()) break;
  }
  EXPECT_EQ(records, 20u);
  EXPECT_EQ(pages, 1);

  v1::PullReply small;
  ASSERT_TRUE(client->Pull(mailbox.lane.signer, mailbox.id, {}, &small, 1).ok);
  EXPECT_EQ(small.records_size(), 1);
  v1::PullReply forked;
  ASSERT_TRUE(client->Pull(mailbox.lane.signer, mailbox.id, CursorAt(3, std::string(16, 'x')), &forked).ok);
  EXPECT_TRUE(forked.forked());
  EXPECT_EQ(forked.records_size(), 0);
  EXPECT_EQ(forked.head().seq(), 20u);
  ASSERT_TRUE(client->Pull(mailbox.lane.signer, mailbox.id, CursorAt(21, cursor.chain()), &forked).ok);
  EXPECT_TRUE(forked.forked());
  EXPECT_EQ(client->Pull(mailbox.lane.signer, mailbox.id, CursorAt(3, "short"), &forked).reason, E::MALFORMED);
}

TEST_F(ServiceTest, ALowDiskRefusesPushesButServes) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  options_.relay.min_free_bytes = UINT64_MAX;
  Start();
  const auto again = Connect();
  EXPECT_EQ(again->Push(mailbox.lane.signer, mailbox.id, {mailbox.Write("x")}).reason, E::STORAGE_LOW);
  v1::PullReply page;
  EXPECT_TRUE(again->Pull(mailbox.lane.signer, mailbox.id, {}, &page).ok);
}

}  // namespace
}  // namespace kith::relay_test
