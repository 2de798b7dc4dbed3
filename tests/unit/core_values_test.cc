// Small parts of core: the clock, relay addresses, layouts of the store.
#include <gtest/gtest.h>

#include "client/core/hlc.h"
#include "client/core/relay_address.h"
#include "client/core/share_storage.h"
#include "client/core/storage.h"
#include "crypto/verify/hash.h"
#include "tests/support/builders.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/core_testing.h"

namespace kith {
namespace {

TEST(CoreHlc, RisesStrictlyWhateverTheClockDoes) {
  HlcClock clock;
  Hlc last = 0;
  for (const int64_t now :
       {FakeClock::kStart, FakeClock::kStart, FakeClock::kStart - FakeClock::kDay, int64_t{-5}, FakeClock::kStart}) {
    const Hlc next = clock.Next(now);
    EXPECT_GT(next, last);
    last = next;
  }
  EXPECT_EQ(HlcClock::Millis(HlcClock().Next(FakeClock::kStart)), FakeClock::kStart);
}

TEST(CoreHlc, FollowsOthersADayAndNoFurther) {
  HlcClock clock;
  const Hlc near = static_cast<Hlc>(FakeClock::kStart + 1000) << 16;
  clock.Observe(near, FakeClock::kStart);
  EXPECT_GT(clock.Next(FakeClock::kStart), near);
  clock.Observe(UINT64_MAX, FakeClock::kStart);
  EXPECT_EQ(HlcClock::Millis(clock.last()), FakeClock::kStart + FakeClock::kDay);
  const Hlc before = clock.last();
  clock.Observe(1, FakeClock::kStart);
  EXPECT_EQ(clock.last(), before);
}

TEST(CoreRelayAddress, ComesBackAsItWasWritten) {
  const RelayAddress relay{.address = "127.0.0.1:7787", .key = RandomId<SignPublic>()};
  const auto read = ParseRelayAddress(FormatRelayAddress(relay));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->address, relay.address);
  EXPECT_EQ(read->key, relay.key);
  const auto invite = ParseRelayInvite(FormatRelayAddress(relay) + "." + ToBase64(Bytes(16, 3)));
  ASSERT_TRUE(invite.has_value());
  EXPECT_EQ(invite->secret, Bytes(16, 3));
  EXPECT_EQ(invite->relay.key, relay.key);
}

TEST(CoreRelayAddress, AnythingElseIsRefused) {
  const std::string good = FormatRelayAddress({.address = "host:1", .key = RandomId<SignPublic>()});
  for (const std::string& wrong :
       {std::string(), std::string("host:1"), std::string("#"), good.substr(0, good.size() - 1), good + "x",
        "host" + good.substr(6), "ho st" + good.substr(4), "ho/st" + good.substr(4),
        good + "." + ToBase64(Bytes(16, 3))}) {
    const auto read = ParseRelayAddress(wrong);
    ASSERT_FALSE(read.has_value()) << wrong;
    EXPECT_EQ(read.error().code, Code::kInvalidArgument);
  }
  for (const std::string& wrong : {good, good + ".", good + "." + ToBase64(Bytes(15, 3))}) {
    EXPECT_EQ(ParseRelayInvite(wrong).error().code, Code::kInvalidArgument) << wrong;
  }
}

// ---- Layouts of the store.

template <class Value>
void RefusesOtherLengths(const Bytes& encoded) {
  for (size_t size = 0; size < encoded.size(); ++size) {
    EXPECT_EQ(Value::Decode(ByteView(encoded).first(size)).error().code, Code::kVaultDamaged) << size;
  }
  Bytes longer = encoded;
  longer.push_back(0);
  EXPECT_EQ(Value::Decode(longer).error().code, Code::kVaultDamaged);
}

TEST(CoreStorage, KeysSortByNumberAndNeverMeet) {
  EXPECT_LT(storage::RecordKey(1, 255), storage::RecordKey(1, 256));
  EXPECT_LT(storage::RecordKey(1, UINT64_MAX), storage::RecordKey(2, 0));
  EXPECT_LT(storage::OutboxKey(1, 9), storage::OutboxKey(1, 10));
  EXPECT_LT(storage::KeyringKey("seat", RandomId<MailboxId>().view()), storage::After(storage::KeyringKey("seat", {})));
  EXPECT_EQ(storage::After(Bytes{1, 0xff, 0xff}), (Bytes{2}));
}

TEST(CoreStorage, ALaneComesBack) {
  storage::Lane lane{.number = 3, .mailbox = RandomId<MailboxId>(), .key = RandomId<LaneKey>()};
  lane.seed.emplace().fill(7);
  lane.retired = true;
  lane.stored_seq = 9;
  lane.stored_id = RandomId<RecordId>();
  lane.applied_seq = 8;
  lane.acked_seq = 7;
  lane.beyond = 2;
  lane.generation = RandomId<GenerationId>();
  lane.last_hlc = 11;
  lane.broken = 5;
  lane.passed_over = {{4, 5}, {7, 7}};
  lane.passed_with = 12;
  lane.taken_to = 6;
  lane.opened = 3;
  lane.shut_out = 5;
  const auto read = storage::Lane::Decode(lane.Encode());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->Encode(), lane.Encode());
  EXPECT_EQ(read->seed, lane.seed);
  EXPECT_EQ(read->acked_seq, 7u);
  EXPECT_EQ(read->broken, 5);
  EXPECT_EQ(read->passed_over, lane.passed_over);
  EXPECT_EQ(read->passed_with, 12u);
  EXPECT_EQ(read->taken_to, 6u);
  EXPECT_EQ(read->opened, 3u);
  EXPECT_EQ(read->shut_out, 5u);
  RefusesOtherLengths<storage::Lane>(lane.Encode());
}

TEST(CoreStorage, ACitationComesBack) {
  const Bytes encoded = storage::Cited{.seq = 7, .record = RandomId<RecordId>(), .by = 3, .at = 9}.Encode();
  const auto read = storage::Cited::Decode(encoded);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->Encode(), encoded);
  EXPECT_EQ(read->at, 9u);
  RefusesOtherLengths<storage::Cited>(encoded);
}

TEST(CoreStorage, EntriesComeBack) {
  storage::EntryVersions versions;
  versions.listed = storage::EntryVersions::Listed::kDeleted;
  versions.date.fill(4);
  versions.items.push_back({.id = RandomId<VersionId>(),
                            .parents = {},
                            .hlc = 0,
                            .state = VersionState::kContent,
                            .place = {.kind = storage::Place::Kind::kRecord, .owner = 1, .number = 2, .index = 3}});
  versions.items.push_back({.id = RandomId<VersionId>(),
                            .parents = {versions.items[0].id},
                            .hlc = 5,
                            .state = VersionState::kDeleted,
                            .place = {.kind = storage::Place::Kind::kOutbox, .owner = 1, .number = 9}});
  const auto read = storage::EntryVersions::Decode(versions.Encode());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->listed, versions.listed);
  EXPECT_EQ(read->items[0].place, versions.items[0].place);
  EXPECT_EQ(read->items[1].place, versions.items[1].place);
  EXPECT_EQ(read->items[1].parents, versions.items[1].parents);
  RefusesOtherLengths<storage::EntryVersions>(versions.Encode());
}

// A name that is left out, or words that come back, would be a lie about what the vault holds.
TEST(CoreStorage, DamageIsNotReadOver) {
  const DeviceId named = RandomId<DeviceId>();
  const std::vector<std::pair<Bytes, Bytes>> damaged = {
      {storage::LabelKey(named), Bytes(7)},
      {storage::PrunedKey(1, 5), Bytes(7)},
      {storage::PrunedKey(1, 5), storage::EncodeU64(4)},
      {storage::ToPruneKey(1, 5), {}},
      {storage::PackedKey(1, 5), Bytes(3)},
  };
  for (const auto& [key, value] : damaged) {
    Device device;
    Found(device);
    Transaction tx(device.store);
    tx.Put(value.empty() ? Bytes(key.begin(), key.end() - 1) : key, value);
    ASSERT_TRUE(tx.Commit());
    EXPECT_EQ(State::Load(device.store, device.clock).error().code, Code::kVaultDamaged) << key.front();
  }
}

TEST(CoreStorage, OtherValuesComeBack) {
  const storage::Summary summary{.kind = "entry",
                                 .title = "T",
                                 .tags = {"a", "b"},
                                 .journal = "J",
                                 .first_line = "L",
                                 .date = ADay(1660),
                                 .starred = true,
                                 .conflict = true};
  const auto summary_read = storage::Summary::Decode(summary.Encode());
  ASSERT_TRUE(summary_read.has_value());
  EXPECT_EQ(summary_read->tags, summary.tags);
  EXPECT_EQ(summary_read->date, summary.date);
  EXPECT_TRUE(summary_read->conflict);
  RefusesOtherLengths<storage::Summary>(summary.Encode());

  const storage::MailboxSync sync{.number = 1,
                                  .relay_address = "h:1",
                                  .relay_key = RandomId<SignPublic>(),
                                  .epoch = RandomId<RelayEpoch>(),
                                  .cursor_seq = 4,
                                  .statements_there = 2,
                                  .tokens = {Bytes(16, 1)},
                                  .created = true};
  const auto sync_read = storage::MailboxSync::Decode(sync.Encode());
  ASSERT_TRUE(sync_read.has_value());
  EXPECT_EQ(sync_read->tokens, sync.tokens);
  EXPECT_EQ(sync_read->epoch, sync.epoch);
  RefusesOtherLengths<storage::MailboxSync>(sync.Encode());

  const storage::Packed packed{.first = 70, .count = 3, .lane = 2, .seq = 8};
  const auto packed_read = storage::Packed::Decode(storage::PackedKey(1, 70), packed.Encode());
  ASSERT_TRUE(packed_read.has_value());
  EXPECT_EQ(packed_read->first, 70u);
  EXPECT_EQ(packed_read->seq, 8u);
  EXPECT_EQ(storage::DecodeU64(Bytes(7)).error().code, Code::kVaultDamaged);
  EXPECT_EQ(*storage::DecodeU64(storage::EncodeU64(5)), 5u);
  EXPECT_EQ(storage::DecodeRecord(Bytes(100)).error().code, Code::kVaultDamaged);
}

}  // namespace
}  // namespace kith
