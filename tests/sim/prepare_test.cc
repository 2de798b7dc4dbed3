// While a relay works on a push, the next one is made ready.
#include <gtest/gtest.h>

#include "client/core/founding.h"
#include "client/core/journal.h"
#include "crypto/verify/hash.h"
#include "tests/support/fake_clock.h"
#include "tests/support/mem_store.h"
#include "tests/support/sim_relay.h"

namespace kith {
namespace {

class Prepare : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(FoundPerson(store_, clock_, "first"));
    journal_ = std::move(*Journal::Open(store_, clock_));
    ASSERT_TRUE(journal_->SetRelay({.address = "relay.test:7787", .key = relay_.key()}, {relay_.MintToken()}));
    // More than two pushes hold, of words that do not shrink.
    for (int i = 0; i < 8; ++i) {
      Bytes random(300'000);
      RandomFill(random);
      std::string text(random.size(), ' ');
      for (size_t k = 0; k < text.size(); ++k) text[k] = static_cast<char>(' ' + random[k] % 94);
      ASSERT_TRUE(journal_->Write({.kind = "entry", .text = text}));
    }
  }

  Sync& sync() { return journal_->sync(); }
  // Up to the first push, which is given and not sent.
  RelayCall FirstPush() {
    for (;;) {
      auto call = sync().Next();
      EXPECT_TRUE(call.has_value() && call->has_value());
      if (std::holds_alternative<PushCall>((*call)->body)) return **call;
      EXPECT_TRUE(sync().OnReply(**call, relay_.Handle(**call, relay_.nonce())));
    }
  }
  static std::vector<uint64_t> Numbers(const RelayCall& call) {
    std::vector<uint64_t> numbers;
    for (const SignedRecord& record : std::get<PushCall>(call.body).records) {
      numbers.push_back(RecordHeader::Parse(record.header)->seq);
    }
    return numbers;
  }
  void Settle() {
    for (;;) {
      auto call = sync().Next();
      ASSERT_TRUE(call.has_value());
      if (!*call) return;
      ASSERT_TRUE(sync().OnReply(**call, relay_.Handle(**call, relay_.nonce())));
    }
  }
  size_t Stored() const { return relay_.Find(journal_->mailbox())->log.size(); }

  MemStore store_;
  FakeClock clock_;
  SimRelay relay_;
  std::unique_ptr<Journal> journal_;
};

TEST_F(Prepare, SealsDurablyWhatFollowsAndSendsItNext) {
  const RelayCall first = FirstPush();
  const uint64_t writes = store_.writes();
  ASSERT_TRUE(sync().Prepare(first));
  EXPECT_EQ(store_.writes(), writes + 1);
  ASSERT_TRUE(sync().Prepare(first));
  EXPECT_EQ(store_.writes(), writes + 1) << "one push ahead, no more";
  EXPECT_GT(sync().status().waiting, Numbers(first).size()) << "nothing was acknowledged by it";
  ASSERT_TRUE(sync().OnReply(first, relay_.Handle(first, relay_.nonce())));
  const auto second = sync().Next();
  ASSERT_TRUE(second.has_value() && second->has_value());
  EXPECT_EQ(store_.writes(), writes + 1) << "it was sealed already";
  EXPECT_EQ(Numbers(**second).front(), Numbers(first).back() + 1);
  ASSERT_TRUE(sync().OnReply(**second, relay_.Handle(**second, relay_.nonce())));
  Settle();
  EXPECT_EQ(sync().status().waiting, 0u);
  EXPECT_EQ(Stored(), journal_->state().lanes.Own(journal_->mailbox())->stored_seq);
}

TEST_F(Prepare, WhatTheRelayNeverAnsweredComesFirst) {
  const RelayCall first = FirstPush();
  ASSERT_TRUE(sync().Prepare(first));
  ASSERT_TRUE(sync().OnReply(first, Fail(Code::kRelayUnreachable)));
  const RelayCall again = FirstPush();
  EXPECT_EQ(Numbers(again).front(), Numbers(first).front());
  ASSERT_TRUE(sync().OnReply(again, relay_.Handle(again, relay_.nonce())));
  Settle();
  EXPECT_EQ(sync().status().waiting, 0u);
}

TEST_F(Prepare, ARelayThatIsFullLosesNothing) {
  const RelayCall first = FirstPush();
  ASSERT_TRUE(sync().Prepare(first));
  relay_.set_full(true);
  ASSERT_TRUE(sync().OnReply(first, relay_.Handle(first, relay_.nonce())));
  EXPECT_EQ(sync().status().problem->code, Code::kRelayFull);
  relay_.set_full(false);
  sync().Restart();
  Settle();
  EXPECT_EQ(sync().status().waiting, 0u);
  EXPECT_EQ(Stored(), journal_->state().lanes.Own(journal_->mailbox())->stored_seq);
}

TEST_F(Prepare, ADiskThatRefusesIsReported) {
  const RelayCall first = FirstPush();
  store_.FailWrite(1);
  EXPECT_EQ(sync().Prepare(first).error().code, Code::kStorageFailed);
  ASSERT_TRUE(journal_->Reload());
  Settle();
  EXPECT_EQ(sync().status().waiting, 0u);
}

}  // namespace
}  // namespace kith
