// A page that does not follow on what was read: its records count, and are still to be served in the log's order.
#include <gtest/gtest.h>

#include "tests/sim/lies.h"
#include "tests/support/builders.h"

namespace kith {
namespace {

// A record that the other device wrote, on a page that leads elsewhere; from then on the relay has never had it.
void ServeOnceOutOfOrder(LyingRelay& lying, const SimRelay::Database& from_then_on) {
  lying.world().Wake(lying.second());
  bool served = false;
  lying.Talk(lying.second(), [&](const RelayCall&, Result<RelayReply>& reply) {
    auto* page = reply ? std::get_if<PullReply>(&*reply) : nullptr;
    if (page == nullptr || page->records.empty() || served) return;
    ++page->next.seq;
    served = true;
    lying.relay().Pretend(from_then_on);
  });
  ASSERT_TRUE(served);
}

TEST(LyingRelay, WhatItServedOutOfOrderAndNeverAgainIsMissed) {
  LyingRelay lying;
  const SimRelay::Database before = lying.relay().database();
  const EntryId entry = *lying.first().journal->Write(AnEntry("served once"));
  lying.Talk(lying.first());
  ServeOnceOutOfOrder(lying, before);
  lying.Talk(lying.second());
  EXPECT_TRUE(Has(lying.second(), entry));
  EXPECT_EQ(OnlyAlarm(lying.second()).code, Code::kRollback);
  lying.Heal();
  EXPECT_TRUE(Has(lying.first(), entry));
  EXPECT_TRUE(lying.world().problems().empty());
}

TEST(LyingRelay, WhatItServedOutOfOrderAndThenInOrderIsNot) {
  LyingRelay lying;
  const EntryId entry = *lying.first().journal->Write(AnEntry("served twice"));
  lying.Talk(lying.first());
  const SimRelay::Database there = lying.relay().database();
  ServeOnceOutOfOrder(lying, there);
  lying.Talk(lying.second());
  EXPECT_TRUE(Has(lying.second(), entry));
  EXPECT_TRUE(lying.second().journal->Alarms().empty());
}

}  // namespace
}  // namespace kith
