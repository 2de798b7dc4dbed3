// Subscriptions and pairing.
#include <future>
#include <thread>

#include "relay_fixture.h"

namespace kith::relay_test {
namespace {

using E = v1::RelayError;

class StreamsTest : public RelayTest {};

struct Listening {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<v1::Wake>> reader;
};

std::unique_ptr<Listening> Listen(Client& client, const Signer& signer, const MailboxId& mailbox) {
  v1::SubscribeBody body;
  body.set_mailbox(Text(mailbox.view()));
  auto listening = std::make_unique<Listening>();
  listening->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  listening->reader =
      client.stub().Subscribe(&listening->context, client.Sign(signer, "Subscribe", mailbox, body.SerializeAsString()));
  return listening;
}

TEST_F(StreamsTest, TheFirstWakeComesAtOnceAndThenOneForEachMove) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  const auto listening = Listen(*client, mailbox.lane.signer, mailbox.id);
  v1::Wake wake;
  ASSERT_TRUE(listening->reader->Read(&wake));
  EXPECT_EQ(wake.head().seq(), 0u);
  EXPECT_EQ(wake.newest_statement(), 1u);
  ASSERT_TRUE(client->Push(mailbox.lane.signer, mailbox.id, {mailbox.Write("one")}).ok);
  // A wake too many is allowed, one too few is not.
  while (wake.head().seq() == 0) ASSERT_TRUE(listening->reader->Read(&wake));
  EXPECT_EQ(wake.head().seq(), 1u);
  listening->context.TryCancel();
  EXPECT_EQ(listening->reader->Finish().error_code(), grpc::CANCELLED);
  EXPECT_TRUE(Eventually([&] { return host_->relay().subscribers() == 0; }));
}

// Subscribing while another writes: whatever the order, the last wake tells of the last record.
TEST_F(StreamsTest, NoWakeIsLostBetweenRegisteringAndReading) {
  const auto writer = Connect();
  const auto reader = Connect();
  Owned mailbox = MakeMailbox(*writer);
  for (uint64_t round = 1; round <= 200; ++round) {
    auto pushing = std::async(std::launch::async,
                              [&] { return writer->Push(mailbox.lane.signer, mailbox.id, {mailbox.Write("x")}).ok; });
    const auto listening = Listen(*reader, mailbox.seat, mailbox.id);
    v1::Wake wake;
    while (wake.head().seq() < round) ASSERT_TRUE(listening->reader->Read(&wake)) << round;
    ASSERT_TRUE(pushing.get());
    listening->context.TryCancel();
    listening->reader->Finish();
  }
}

TEST_F(StreamsTest, SilenceIsBrokenByHeartbeats) {
  options_.heartbeat = std::chrono::milliseconds(40);
  Start();
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  const auto listening = Listen(*client, mailbox.lane.signer, mailbox.id);
  v1::Wake wake;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(listening->reader->Read(&wake));
  listening->context.TryCancel();
  listening->reader->Finish();
}

TEST_F(StreamsTest, ARemovedLaneHearsNoMore) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  const auto listening = Listen(*client, mailbox.lane.signer, mailbox.id);
  v1::Wake wake;
  ASSERT_TRUE(listening->reader->Read(&wake));
  const auto remove =
      mailbox.Change(mailbox.root, SeatStatement::SignedBy::kRoot, {RemoveLane{mailbox.lane.signer.public_key()}});
  ASSERT_TRUE(client->Submit(mailbox.root, mailbox.id, remove).ok);
  while (listening->reader->Read(&wake)) EXPECT_EQ(wake.newest_statement(), 1u);
  EXPECT_EQ(OutcomeOf(listening->reader->Finish()).reason, E::REFUSED);
}

TEST_F(StreamsTest, StrangersMayNotListen) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  const auto listening = Listen(*client, Signer::Generate(), mailbox.id);
  v1::Wake wake;
  EXPECT_FALSE(listening->reader->Read(&wake));
  EXPECT_EQ(OutcomeOf(listening->reader->Finish()).reason, E::REFUSED);
  EXPECT_TRUE(Eventually([&] { return host_->relay().subscribers() == 0; }));
}

TEST_F(StreamsTest, TooManyListenersOfOneMailbox) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  std::vector<std::unique_ptr<Listening>> all;
  v1::Wake wake;
  for (size_t i = 0; i < relay::limits::kSubscribersPerMailbox; ++i) {
    all.push_back(Listen(*client, mailbox.lane.signer, mailbox.id));
    ASSERT_TRUE(all.back()->reader->Read(&wake));
  }
  const auto extra = Listen(*client, mailbox.lane.signer, mailbox.id);
  EXPECT_FALSE(extra->reader->Read(&wake));
  EXPECT_EQ(OutcomeOf(extra->reader->Finish()).reason, E::TOO_MANY);
  for (const auto& listening : all) listening->context.TryCancel();
  for (const auto& listening : all) listening->reader->Finish();
}

TEST_F(StreamsTest, StoppingEndsStreamsAndReturns) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  const auto listening = Listen(*client, mailbox.lane.signer, mailbox.id);
  v1::Wake wake;
  ASSERT_TRUE(listening->reader->Read(&wake));
  const auto began = std::chrono::steady_clock::now();
  auto stopping = std::async(std::launch::async, [&] { host_->Stop(); });
  while (listening->reader->Read(&wake)) {
  }
  const auto outcome = OutcomeOf(listening->reader->Finish());
  EXPECT_EQ(outcome.reason, E::SHUTTING_DOWN);
  EXPECT_EQ(outcome.status.error_code(), grpc::UNAVAILABLE);
  stopping.get();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2 * relay::limits::kShutdownGrace);
}

struct Side {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<v1::PairFrame, v1::PairFrame>> stream;

  explicit Side(Client& client) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    stream = client.stub().Pair(&context);
  }
  bool Open(Client& client, const Signer& signer, const MailboxId& mailbox) {
    v1::PairOpenBody body;
    body.set_mailbox(Text(mailbox.view()));
    v1::PairFrame frame;
    *frame.mutable_open() = client.Sign(signer, "Pair", mailbox, body.SerializeAsString());
    return stream->Write(frame);
  }
  bool Join(uint32_t nameplate) {
    v1::PairFrame frame;
    frame.mutable_join()->set_nameplate(nameplate);
    return stream->Write(frame);
  }
  bool Say(const std::string& message) {
    v1::PairFrame frame;
    frame.set_message(message);
    return stream->Write(frame);
  }
  v1::PairFrame Hear() {
    v1::PairFrame frame;
    stream->Read(&frame);
    return frame;
  }
  E::Reason End() {
    v1::PairFrame frame;
    while (stream->Read(&frame)) {
    }
    return OutcomeOf(stream->Finish()).reason;
  }
};

TEST_F(StreamsTest, TwoSidesTalkAndTheNumberIsBurnt) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  Side opener(*client);
  ASSERT_TRUE(opener.Open(*client, mailbox.lane.signer, mailbox.id));
  const uint32_t nameplate = opener.Hear().opened().nameplate();
  ASSERT_GE(nameplate, 1u);
  ASSERT_LE(nameplate, 9999u);
  ASSERT_TRUE(opener.Say("before anybody came"));

  Side joiner(*client);
  ASSERT_TRUE(joiner.Join(nameplate));
  EXPECT_TRUE(joiner.Hear().has_joined());
  EXPECT_TRUE(opener.Hear().has_joined());
  EXPECT_EQ(joiner.Hear().message(), "before anybody came");
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(joiner.Say("j" + std::to_string(i)));
    ASSERT_TRUE(opener.Say("o" + std::to_string(i)));
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(opener.Hear().message(), "j" + std::to_string(i));
    EXPECT_EQ(joiner.Hear().message(), "o" + std::to_string(i));
  }
  Side third(*client);
  ASSERT_TRUE(third.Join(nameplate));
  EXPECT_EQ(third.End(), E::PAIRING_GONE);
  opener.stream->WritesDone();
  joiner.stream->WritesDone();
  EXPECT_EQ(opener.End(), E::UNSPECIFIED);
  EXPECT_EQ(joiner.End(), E::UNSPECIFIED);
  Side late(*client);
  ASSERT_TRUE(late.Join(nameplate));
  EXPECT_EQ(late.End(), E::PAIRING_GONE);
}

TEST_F(StreamsTest, WhoLeavesEndsTheOther) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  Side opener(*client);
  ASSERT_TRUE(opener.Open(*client, mailbox.lane.signer, mailbox.id));
  const uint32_t nameplate = opener.Hear().opened().nameplate();
  Side joiner(*client);
  ASSERT_TRUE(joiner.Join(nameplate));
  EXPECT_TRUE(joiner.Hear().has_joined());
  joiner.context.TryCancel();
  EXPECT_EQ(opener.End(), E::PAIRING_GONE);
}

TEST_F(StreamsTest, ANumberLivesTenMinutes) {
  options_.heartbeat = std::chrono::milliseconds(20);
  Start();
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  Side opener(*client);
  ASSERT_TRUE(opener.Open(*client, mailbox.lane.signer, mailbox.id));
  const uint32_t nameplate = opener.Hear().opened().nameplate();
  clock_.Advance(relay::limits::kPairingMillis);
  EXPECT_EQ(opener.End(), E::PAIRING_GONE);
  Side joiner(*client);
  ASSERT_TRUE(joiner.Join(nameplate));
  EXPECT_EQ(joiner.End(), E::PAIRING_GONE);
}

TEST_F(StreamsTest, PairingRefusesStrangersAndNonsense) {
  const auto client = Connect();
  Owned mailbox = MakeMailbox(*client);
  Side stranger(*client);
  ASSERT_TRUE(stranger.Open(*client, Signer::Generate(), mailbox.id));
  EXPECT_EQ(stranger.End(), E::REFUSED);
  Side nonsense(*client);
  ASSERT_TRUE(nonsense.Say("hello?"));
  EXPECT_EQ(nonsense.End(), E::MALFORMED);
  Side loud(*client);
  ASSERT_TRUE(loud.Open(*client, mailbox.lane.signer, mailbox.id));
  loud.Hear();
  ASSERT_TRUE(loud.Say(std::string(64 * 1024 + 1, 'x')));
  EXPECT_EQ(loud.End(), E::TOO_LARGE);
}

}  // namespace
}  // namespace kith::relay_test
