// The keyring: which key opens what, and which of two values that devices made at once counts for all.
#include <gtest/gtest.h>

#include "client/core/keyring.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/support/mem_store.h"

namespace kith {
namespace {

class CoreKeyring : public testing::Test {
 protected:
  GenerationId Add(const MailboxId& mailbox, const GenerationKey& key) {
    const auto id = RandomId<GenerationId>();
    Transaction tx(store_);
    ring_.AddGeneration(tx, mailbox, id, key.Reveal());
    EXPECT_TRUE(tx.Commit());
    return id;
  }
  Bytes Sealed(const GenerationKey& key, ByteView words) const {
    return Seal(key, labels::kSealPayload, header_.Place(), words, Padding::kPadme);
  }
  // What a keyring knows after it was read from the disk again.
  Result<> Reloaded(Keyring& ring) { return ring.Load(store_); }

  MailboxId mailbox_ = RandomId<MailboxId>();
  RecordHeader header_{.mailbox = mailbox_, .lane = RandomId<LaneKey>(), .seq = 1};
  MemStore store_;
  Keyring ring_;
};

TEST_F(CoreKeyring, TheGenerationIsFoundByWhatThePayloadCommitsTo) {
  const auto keys = {GenerationKey::Generate(), GenerationKey::Generate(), GenerationKey::Generate()};
  for (const GenerationKey& key : keys) {
    const GenerationId id = Add(mailbox_, key);
    const auto opened = ring_.Open(header_, Sealed(key, AsBytes("words")));
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(opened->generation, id);
    EXPECT_EQ(ToString(opened->plain.view()), "words");
  }
  // An older one still opens what was written under it.
  EXPECT_TRUE(ring_.Open(header_, Sealed(*keys.begin(), AsBytes("words"))).has_value());
}

TEST_F(CoreKeyring, WithoutItsKeyAPayloadIsOfAnUnknownGeneration) {
  const GenerationKey key = GenerationKey::Generate();
  const Bytes sealed = Sealed(key, AsBytes("words"));
  EXPECT_EQ(ring_.Open(header_, sealed).error().code, Code::kUnknownGeneration);
  Add(mailbox_, GenerationKey::Generate());
  EXPECT_EQ(ring_.Open(header_, sealed).error().code, Code::kUnknownGeneration);
  Add(RandomId<MailboxId>(), key);
  EXPECT_EQ(ring_.Open(header_, sealed).error().code, Code::kUnknownGeneration) << "a key of another mailbox";
}

TEST_F(CoreKeyring, AlteredWordsAreBrokenAndNotWaitedFor) {
  const GenerationKey key = GenerationKey::Generate();
  Add(mailbox_, key);
  Bytes sealed = Sealed(key, AsBytes("words"));
  sealed.back() ^= 1;
  EXPECT_EQ(ring_.Open(header_, sealed).error().code, Code::kSealBroken);
}

TEST_F(CoreKeyring, APayloadOpensAtItsOwnPlaceOnly) {
  const GenerationKey key = GenerationKey::Generate();
  Add(mailbox_, key);
  const Bytes sealed = Sealed(key, AsBytes("words"));
  header_.seq = 2;
  EXPECT_FALSE(ring_.Open(header_, sealed).has_value());
  header_.seq = 1;
  header_.lane = RandomId<LaneKey>();
  EXPECT_FALSE(ring_.Open(header_, sealed).has_value());
}

TEST_F(CoreKeyring, AKnownGenerationKeepsItsKey) {
  const GenerationKey key = GenerationKey::Generate();
  const GenerationId id = Add(mailbox_, key);
  Transaction tx(store_);
  ring_.AddGeneration(tx, mailbox_, id, GenerationKey::Generate().Reveal());
  EXPECT_TRUE(tx.empty());
  EXPECT_EQ(ring_.All(mailbox_).size(), 1u);
  EXPECT_TRUE(ring_.Open(header_, Sealed(key, AsBytes("words"))).has_value());
}

TEST_F(CoreKeyring, TheNewestIsTheOneLearnedLastAlsoAfterARestart) {
  EXPECT_EQ(ring_.Newest(mailbox_), nullptr);
  std::vector<GenerationId> learned;
  // Enough that the order of the keys in the store is not by chance the order of learning.
  for (int i = 0; i < 8; ++i) {
    learned.push_back(Add(mailbox_, GenerationKey::Generate()));
    Add(RandomId<MailboxId>(), GenerationKey::Generate());
  }
  Keyring again;
  ASSERT_TRUE(Reloaded(again));
  for (const Keyring* ring : {&ring_, &again}) {
    std::vector<GenerationId> all;
    for (const Keyring::Generation* generation : ring->All(mailbox_)) all.push_back(generation->id);
    EXPECT_EQ(all, learned);
    EXPECT_EQ(ring->Newest(mailbox_)->id, learned.back());
  }
  // What is learned after the restart comes last too.
  Transaction tx(store_);
  const auto last = RandomId<GenerationId>();
  again.AddGeneration(tx, mailbox_, last, GenerationKey::Generate().Reveal());
  ASSERT_TRUE(tx.Commit());
  Keyring third;
  ASSERT_TRUE(Reloaded(third));
  EXPECT_EQ(third.Newest(mailbox_)->id, last);
}

std::array<uint8_t, 32> Filled(uint8_t value) {
  std::array<uint8_t, 32> out{};
  out.fill(value);
  return out;
}

Bytes Revealed(const ImportKey* key) {
  if (key == nullptr) return {};
  const ByteView view = key->Reveal();
  return {view.begin(), view.end()};
}

TEST_F(CoreKeyring, DevicesAgreeOnTheImportKeyWhateverOrderItArrivesIn) {
  const ImportKeyOp early{.hlc = 4, .key = Filled(9)};
  const ImportKeyOp late{.hlc = 5, .key = Filled(1)};
  const ImportKeyOp late_and_larger{.hlc = 5, .key = Filled(2)};
  std::vector<ImportKeyOp> ops = {early, late, late_and_larger};
  EXPECT_EQ(ring_.import_key(), nullptr);
  for (size_t turn = 0; turn < ops.size(); ++turn) {
    for (const auto& order : {std::array{0, 1, 2}, std::array{2, 1, 0}, std::array{1, 2, 0}}) {
      MemStore store;
      Keyring ring;
      Transaction tx(store);
      for (const int i : order) ring.TakeImportKey(tx, ops[(static_cast<size_t>(i) + turn) % ops.size()]);
      ASSERT_TRUE(tx.Commit());
      const Bytes expected(32, 2);
      EXPECT_EQ(Revealed(ring.import_key()), expected);
      Keyring again;
      ASSERT_TRUE(again.Load(store));
      EXPECT_EQ(Revealed(again.import_key()), expected);
      // The stamp is kept too: what lost before loses again.
      Transaction later(store);
      again.TakeImportKey(later, early);
      EXPECT_TRUE(later.empty());
    }
  }
}

TEST_F(CoreKeyring, DevicesAgreeOnASeatAndKeepThoseOfOtherMailboxesApart) {
  const SeatKeyOp early{.hlc = 4, .mailbox = mailbox_, .seed = Filled(9), .relay = {}};
  const SeatKeyOp late{.hlc = 5, .mailbox = mailbox_, .seed = Filled(1), .relay = {}};
  const SeatKeyOp other{.hlc = 9, .mailbox = RandomId<MailboxId>(), .seed = Filled(7), .relay = {}};
  const SignPublic expected = Signer::FromSeed(SignSeed::Copy(late.seed)).public_key();
  EXPECT_EQ(ring_.Seat(mailbox_), nullptr);
  for (const auto& order : {std::vector{early, other, late}, std::vector{late, other, early}}) {
    MemStore store;
    Keyring ring;
    Transaction tx(store);
    for (const SeatKeyOp& op : order) ring.TakeSeat(tx, op, {}, {});
    ASSERT_TRUE(tx.Commit());
    Keyring again;
    ASSERT_TRUE(again.Load(store));
    for (const Keyring* known : {&ring, &again}) {
      ASSERT_NE(known->Seat(mailbox_), nullptr);
      EXPECT_EQ(known->Seat(mailbox_)->public_key(), expected);
      EXPECT_NE(known->Seat(other.mailbox)->public_key(), expected);
    }
  }
}

TEST_F(CoreKeyring, ADamagedKeyIsNotTakenForAnother) {
  for (const Bytes& key : {storage::GenerationKey(RandomId<MailboxId>(), RandomId<GenerationId>()),
                           storage::KeyringKey("import", {}), storage::KeyringKey("seat", mailbox_.view())}) {
    MemStore store;
    Transaction tx(store);
    tx.Put(key, Bytes(39, 1));  // a byte short for the two smaller ones, and more for the generation
    ASSERT_TRUE(tx.Commit());
    Keyring ring;
    const auto loaded = ring.Load(store);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().code, Code::kVaultDamaged);
  }
}

}  // namespace
}  // namespace kith
