// Between a subscriber's registering and the reading of the log's head, something is written. It must be woken for it.
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "relay_fixture.h"

namespace kith::relay_test {
namespace {

using relay::Log;
using relay::LogBatch;
using relay::MailboxNumber;

// The log on the disk, with two places to step in.
class WatchedLog final : public Log {
 public:
  explicit WatchedLog(std::unique_ptr<relay::LevelDbLog> log) : log_(std::move(log)) {}

  // Called once each, in order, on this thread, right after a mailbox's row was read.
  std::deque<std::function<void()>> after_reading;
  // The next write fails.
  std::atomic<bool> fail_write{false};

  Result<std::optional<relay::MailboxRow>> FindMailbox(const MailboxId& id) override {
    auto row = log_->FindMailbox(id);
    if (std::this_thread::get_id() == thread_ && !after_reading.empty()) {
      const auto step = std::move(after_reading.front());
      after_reading.pop_front();
      step();
    }
    return row;
  }
  Result<> Write(const LogBatch& batch) override {
    if (fail_write.exchange(false)) return Fail(Code::kStorageFailed);
    return log_->Write(batch);
  }

  RelayEpoch Epoch() const override { return log_->Epoch(); }
  Result<MailboxNumber> NextMailbox() override { return log_->NextMailbox(); }
  Result<std::vector<SignedStatement>> Statements(MailboxNumber mailbox, uint64_t after, size_t max_bytes) override {
    return log_->Statements(mailbox, after, max_bytes);
  }
  Result<relay::LaneHead> FindLaneHead(MailboxNumber mailbox, const LaneKey& lane) override {
    return log_->FindLaneHead(mailbox, lane);
  }
  Result<std::optional<relay::Placed>> FindPlaced(MailboxNumber mailbox, const LaneKey& lane, uint64_t seq) override {
    return log_->FindPlaced(mailbox, lane, seq);
  }
  Result<> ScanLane(MailboxNumber mailbox, const LaneKey& lane, PruneList::Range range,
                    const VisitPlaced& visit) override {
    return log_->ScanLane(mailbox, lane, range, visit);
  }
  Result<bool> Pruned(MailboxNumber mailbox, const LaneKey& lane, uint64_t seq) override {
    return log_->Pruned(mailbox, lane, seq);
  }
  Result<std::optional<Chain>> ChainAt(MailboxNumber mailbox, uint64_t seq) override {
    return log_->ChainAt(mailbox, seq);
  }
  Result<> ScanRecords(MailboxNumber mailbox, uint64_t first, uint64_t last, const VisitRecord& visit) override {
    return log_->ScanRecords(mailbox, first, last, visit);
  }
  Result<bool> HasToken(const relay::SecretHash& token) override { return log_->HasToken(token); }
  Result<std::optional<relay::InviteRow>> FindInvite(const relay::SecretHash& invite) override {
    return log_->FindInvite(invite);
  }
  Result<std::vector<relay::SecretHash>> InvitesExpiredBy(int64_t now_ms) override {
    return log_->InvitesExpiredBy(now_ms);
  }
  void CompactMailbox(MailboxNumber mailbox) override { log_->CompactMailbox(mailbox); }
  Result<uint64_t> FreeBytes() override { return log_->FreeBytes(); }

 private:
  const std::unique_ptr<relay::LevelDbLog> log_;
  const std::thread::id thread_ = std::this_thread::get_id();
};

class Listener final : public relay::Subscriber {
 public:
  void OnWake(const relay::Wake& wake) override {
    {
      const std::lock_guard lock(mutex_);
      seen_ = wake.head.seq;
    }
    woken_.notify_all();
  }
  void OnEnd(Code) override {}
  void OnTick() override {}
  // Whoever pushes has the answer before the others are woken.
  bool Sees(uint64_t seq) {
    std::unique_lock lock(mutex_);
    return woken_.wait_for(lock, std::chrono::seconds(30), [&] { return seen_ == seq; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable woken_;
  uint64_t seen_ = 0;
};

class SubscribeTest : public testing::Test {
 protected:
  SubscribeTest()
      : log_(*relay::LevelDbLog::Open({.folder = folder_ / "log", .on_event = {}})),
        relay_(log_, identity_, clock_, {.min_free_bytes = 0}),
        nonce_(Hello::Open(hello_.body, hello_.signature)->nonce) {}

  template <class T, class Call>
  Result<T> Await(Call call) {
    std::promise<Result<T>> promise;
    call([&](Result<T> result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }
  relay::SignedCall Sign(std::string_view method, ByteView body) {
    const RequestAuth auth{identity_.public_key(), nonce_, ++counter_, method, mailbox_.id};
    const Signer& lane = mailbox_.lane.signer;
    return {method, mailbox_.id, lane.public_key(), nonce_, counter_, auth.Sign(lane, body), body};
  }
  void MakeMailbox() {
    const auto secret = Await<relay::InviteSecret>(
        [&](auto done) { relay_.Mint({1, 1, clock_.NowMillis() + 60'000}, std::move(done)); });
    const auto tokens =
        Await<std::vector<relay::Token>>([&](auto done) { relay_.Redeem(secret.value(), {}, std::move(done)); });
    ASSERT_TRUE(Await<relay::CreateReply>([&](auto done) {
      relay_.Create(Sign("CreateMailbox", {}), tokens->at(0), mailbox_.statements.front(), std::move(done));
    }));
  }
  // On a thread of its own, as another client's would be.
  Result<relay::PushReply> Push(const SignedRecord& record) {
    const std::vector<relay::RecordView> views{{record.header, record.signature.view(), record.payload}};
    const relay::SignedCall call = Sign("Push", {});
    return std::async(
               std::launch::async,
               [&] { return Await<relay::PushReply>([&](auto done) { relay_.Push(call, views, std::move(done)); }); })
        .get();
  }

  ScratchFolder folder_;
  ManualClock clock_;
  const Signer identity_ = Signer::Generate();
  WatchedLog log_;
  relay::Relay relay_;
  const relay::SignedHello hello_ = relay_.Hello();
  const HelloNonce nonce_;
  uint64_t counter_ = 0;
  Owned mailbox_;
};

// A failed write has the relay forget what it knows, so that the head is read from the log, where we can step in.
TEST_F(SubscribeTest, WhatIsWrittenWhileTheHeadIsReadWakes) {
  MakeMailbox();
  const SignedRecord record = mailbox_.Write("one");
  const auto fail_a_push = [&] {
    log_.fail_write = true;
    EXPECT_EQ(Push(record).error().code, Code::kStorageFailed);
  };
  fail_a_push();
  log_.after_reading.push_back(fail_a_push);  // while the call is authorized: what was read is not kept
  log_.after_reading.push_back([&] { EXPECT_TRUE(Push(record)); });
  const auto listener = std::make_shared<Listener>();
  const auto wake = relay_.Subscribe(Sign("Subscribe", {}), listener);
  ASSERT_TRUE(wake);
  ASSERT_TRUE(log_.after_reading.empty());
  EXPECT_EQ(wake->head.seq, 0u) << "the head was not read before the push: nothing is shown by this test";
  EXPECT_TRUE(listener->Sees(1));
  relay_.Unsubscribe(mailbox_.id, listener.get());
}

}  // namespace
}  // namespace kith::relay_test
