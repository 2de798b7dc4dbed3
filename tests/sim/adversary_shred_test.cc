// Test 24 of the protocol's list of attacks: what was shredded is nowhere, searched with all present keys in every
// vault and at the relay, and nothing brings it back. Each has a twin that shows what the same search finds without the
// defence.
#include <algorithm>

#include "client/core/outbox.h"
#include "client/core/repack.h"
#include "crypto/verify/labels.h"
#include "tests/sim/adversary.h"

namespace kith {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr char kSecret[] = "quince-marmalade-9c1f";

bool Holds(ByteView bytes) {
  const std::string_view secret(kSecret);
  return !std::ranges::search(bytes, secret, [](uint8_t a, char b) { return a == static_cast<uint8_t>(b); }).empty();
}

class Adversary24 : public Adversary {
 protected:
  // Everybody who has keys.
  std::vector<Machine*> All() {
    std::vector<Machine*> all;
    for (Machine& machine : lying_.world().machines()) all.push_back(&machine);
    return all;
  }
  // Whether anybody's keys open a record that holds the words.
  bool RecordHolds(const SignedRecord& record) {
    const auto header = RecordHeader::Parse(record.header);
    if (!header || header->kind != RecordKind::kSealed || record.payload.empty()) return false;
    return std::ranges::any_of(All(), [&](Machine* machine) {
      const auto opened = machine->journal->state().keyring.Open(*header, record.payload);
      const auto pack = opened ? DecodePack(opened->plain.view()) : Result<Pack>(opened.error());
      return pack && std::ranges::any_of(pack->ops, Holds);
    });
  }
  // Where the words are: names of machines, and "relay".
  std::vector<std::string> Found() {
    std::vector<std::string> places;
    for (Machine* machine : All()) {
      const auto contents = machine->store.contents();
      const bool found = std::ranges::any_of(contents, [&](const auto& pair) {
        const auto& [key, value] = pair;
        if (Holds(value)) return true;
        if (key.front() == static_cast<uint8_t>(storage::Prefix::kOutbox)) {
          const auto run = storage::OutboxRun::Decode(key, value);
          const auto ops = run ? DecodeOps(run->ops) : Result<std::vector<Bytes>>(run.error());
          return ops && std::ranges::any_of(*ops, Holds);
        }
        if (key.front() != static_cast<uint8_t>(storage::Prefix::kRecord)) return false;
        const auto record = storage::DecodeRecord(value);
        return record && RecordHolds(*record);
      });
      if (found) places.push_back(machine->name);
    }
    if (std::ranges::any_of(Log(), [&](const SignedRecord& record) { return RecordHolds(record); }))
      places.emplace_back("relay");
    return places;
  }
  // An entry of several versions, by all three devices, in records that hold other entries too.
  EntryId WriteSecret() {
    EXPECT_TRUE(second().journal->Write(AnEntry("before")));
    const auto entry = second().journal->Write(AnEntry(std::string("a secret: ") + kSecret));
    EXPECT_TRUE(second().journal->Write(AnEntry("after")));
    lying_.Heal();
    EXPECT_TRUE(third().journal->Edit(*entry, {}, AnEntry(std::string("edited: ") + kSecret)));
    EXPECT_TRUE(third().journal->Write(AnEntry("beside")));
    lying_.Heal();
    return *entry;
  }
  static void ExpectShredded(Machine& machine, const EntryId& entry) {
    const auto shown = machine.journal->Show(entry);
    ASSERT_FALSE(shown.has_value());
    EXPECT_EQ(shown.error().code, Code::kShredded);
  }
  static std::vector<std::string> Texts(Machine& machine) {
    std::vector<std::string> texts;
    EXPECT_TRUE(machine.journal->ForEach([&](const EntryId&, const Content& content) {
      texts.push_back(content.text);
      return true;
    }));
    return texts;
  }
  void ExpectSound() {
    for (Machine* machine : All()) {
      EXPECT_THAT(AlarmsOf(*machine), IsEmpty()) << machine->name;
      EXPECT_EQ(machine->journal->state().refused, 0u) << machine->name;
      EXPECT_THAT(Texts(*machine), UnorderedElementsAre("before", "after", "beside")) << machine->name;
      for (const storage::Lane& lane : machine->journal->state().lanes.all()) {
        EXPECT_EQ(lane.applied_seq, lane.stored_seq) << machine->name;
        EXPECT_EQ(lane.broken, 0) << machine->name;
      }
      EXPECT_THAT(machine->journal->state().shreds.named(), IsEmpty());
    }
    lying_.world().Check();
    EXPECT_THAT(lying_.world().problems(), IsEmpty());
  }
  void Wipe() {
    lying_.relay().Restore({});
    for (Machine* machine : All()) lying_.Talk(*machine);
    ASSERT_TRUE(first().journal->SetRelay({.address = "relay.test:7787", .key = lying_.relay().key()},
                                          {lying_.relay().MintToken()}));
  }
};

TEST_F(Adversary24, AShreddedEntryIsNowhereOnceAllDevicesHaveSynced) {
  const EntryId entry = WriteSecret();
  const auto outcome = first().journal->Shred(entry);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->versions, 2u);
  EXPECT_THAT(outcome->waiting_for, testing::SizeIs(2)) << "the words stand in the other two devices' lanes";
  lying_.Heal();
  EXPECT_THAT(Found(), IsEmpty());
  for (Machine* machine : All()) ExpectShredded(*machine, entry);
  EXPECT_THAT(first().journal->Shred(entry)->waiting_for, IsEmpty());
  EXPECT_FALSE(outcome->relay_keeps);
  ExpectSound();
}

TEST_F(Adversary24, TwinWithoutAShredTheSearchFindsTheWordsEverywhere) {
  const EntryId entry = WriteSecret();
  ASSERT_TRUE(first().journal->Delete(entry)) << "deleting is not shredding";
  lying_.Heal();
  EXPECT_THAT(Found(), testing::SizeIs(4));
}

TEST_F(Adversary24, TwinWithoutThePrunesTheRelayHasTheWordsStill) {
  const EntryId entry = WriteSecret();
  const auto before = lying_.relay().database();
  ASSERT_TRUE(first().journal->Shred(entry));
  lying_.Heal();
  ASSERT_THAT(Found(), IsEmpty());
  lying_.relay().Pretend(before);
  EXPECT_THAT(Found(), testing::ElementsAre("relay"));
}

TEST_F(Adversary24, AWipedAndRefilledRelayDoesNotBringItBack) {
  const EntryId entry = WriteSecret();
  ASSERT_TRUE(first().journal->Shred(entry));
  lying_.Heal();
  Wipe();
  lying_.Heal();
  EXPECT_THAT(Found(), IsEmpty());
  Machine& fresh = Linked(first());
  lying_.Heal();
  EXPECT_THAT(Found(), IsEmpty());
  ExpectShredded(fresh, entry);
  ExpectSound();
}

TEST_F(Adversary24, ADeviceThatRefillsBeforeItHasHeardBringsItBackForNobody) {
  const EntryId entry = WriteSecret();
  ASSERT_TRUE(first().journal->Shred(entry));
  Hear(first());
  Hear(second());
  Hear(first());
  Wipe();
  Hear(first());
  Hear(third());  // sends what it has, then reads
  lying_.Heal();
  EXPECT_THAT(Found(), IsEmpty());
  ExpectShredded(third(), entry);
  ExpectSound();
}

TEST_F(Adversary24, AShredBeatsAnEditThatDidNotKnowOfIt) {
  const EntryId entry = WriteSecret();
  third().online = false;
  ASSERT_TRUE(third().journal->Edit(entry, {}, AnEntry(std::string("once more: ") + kSecret)));
  ASSERT_TRUE(first().journal->Shred(entry));
  Hear(first());
  third().online = true;
  lying_.Heal();
  EXPECT_THAT(Found(), IsEmpty());
  ExpectShredded(third(), entry);
  const auto edited = third().journal->Edit(entry, {}, AnEntry("again"));
  ASSERT_FALSE(edited.has_value());
  EXPECT_EQ(edited.error().code, Code::kShredded);
  ExpectSound();
}

TEST_F(Adversary24, AnEditThatIsAtTheRelayAlreadyGoesTheSameWay) {
  const EntryId entry = WriteSecret();
  ASSERT_TRUE(first().journal->Shred(entry));  // not sent yet
  ASSERT_TRUE(third().journal->Edit(entry, {}, AnEntry(std::string("meanwhile: ") + kSecret)));
  Hear(third());
  ASSERT_THAT(Found(), Contains("relay"));
  lying_.Heal();
  EXPECT_THAT(Found(), IsEmpty());
  ExpectSound();
}

TEST_F(Adversary24, ANewDeviceReadsALaneWhoseFirstRecordsWerePruned) {
  const auto entry = first().journal->Write(AnEntry(kSecret));
  WriteSecret();
  std::vector<EntryId> secrets;
  ASSERT_TRUE(first().journal->ForEach([&](const EntryId& id, const Content& content) {
    if (content.text.find(kSecret) != std::string::npos) secrets.push_back(id);
    return true;
  }));
  ASSERT_THAT(secrets, Contains(*entry));
  for (const EntryId& secret : secrets) ASSERT_TRUE(second().journal->Shred(secret));
  lying_.Heal();
  EXPECT_THAT(Found(), IsEmpty());
  Linked(third());
  lying_.Heal();
  ExpectSound();
}

TEST_F(Adversary24, TheRecordsOfALostDeviceAreAdopted) {
  const EntryId entry = WriteSecret();
  ASSERT_TRUE(lying_.world().RevokeNow(first(), second()));
  lying_.Heal();
  ASSERT_TRUE(third().journal->Shred(entry));
  EXPECT_THAT(third().journal->Shred(entry)->waiting_for, IsEmpty());
  lying_.Heal();
  EXPECT_THAT(Found(), Not(Contains("relay")));
  EXPECT_THAT(Found(), Not(Contains(first().name)));
  EXPECT_THAT(Found(), Not(Contains(third().name)));
  Machine& fresh = Linked(first());
  lying_.Heal();
  ExpectShredded(fresh, entry);
  EXPECT_THAT(Texts(fresh), UnorderedElementsAre("before", "after", "beside"));
  EXPECT_THAT(AlarmsOf(fresh), IsEmpty());
  EXPECT_EQ(fresh.journal->state().refused, 0u);
}

TEST_F(Adversary24, TwinARecordThatIsShreddedBeforeItsDeviceIsLostWaitsForIt) {
  const EntryId entry = WriteSecret();
  second().online = false;
  ASSERT_TRUE(third().journal->Shred(entry));
  for (int i = 0; i < 3; ++i) {
    Hear(third());
    Hear(first());
  }
  EXPECT_THAT(Found(), Contains("relay"));
  ASSERT_TRUE(lying_.world().RevokeNow(first(), second()));
  for (int i = 0; i < 3; ++i) {
    Hear(third());
    Hear(first());
  }
  EXPECT_THAT(Found(), Not(Contains("relay")));
}

// Of what was repacked twice, a device that was away looks for the words where they stand now.
TEST_F(Adversary24, ADeviceThatWasAwayDuringTwoShredsKeepsNeither) {
  std::vector<EntryId> secrets;
  for (int i = 0; i < 2; ++i)
    secrets.push_back(*second().journal->Write(AnEntry(std::string(kSecret) + std::to_string(i))));
  ASSERT_TRUE(second().journal->Write(AnEntry("beside")));
  lying_.Heal();
  third().online = false;
  for (const EntryId& secret : secrets) {
    ASSERT_TRUE(second().journal->Shred(secret));
    for (int i = 0; i < 2; ++i) {
      Hear(second());
      Hear(first());
    }
  }
  ASSERT_THAT(Found(), testing::ElementsAre(third().name));
  third().online = true;
  lying_.Heal();
  EXPECT_THAT(Found(), IsEmpty());
  EXPECT_THAT(third().journal->Shred(secrets[0])->waiting_for, IsEmpty());
  EXPECT_THAT(Texts(third()), testing::ElementsAre("beside"));
  EXPECT_EQ(third().journal->state().refused, 0u);
}

// Also where all of it came with one page, so that nothing was ever owed.
TEST_F(Adversary24, EveryDeviceThatLosesTheWordsHasItsDiskCleared) {
  const auto entry = first().journal->Write(AnEntry(kSecret));
  lying_.Heal();
  ASSERT_TRUE(first().journal->Shred(*entry));
  Hear(first());
  for (Machine* machine : {&second(), &third()}) {
    ASSERT_FALSE(machine->journal->state().shreds.compaction_due());
    Hear(*machine);
    EXPECT_TRUE(machine->journal->state().shreds.compaction_due()) << machine->name;
  }
}

// The prune is withdrawn with the old epoch, and the lane that a device was linked with stays open otherwise.
TEST_F(Adversary24, APruneThatWasLostWithTheRelaysEpochIsMadeAgain) {
  const auto entry = first().journal->Write(AnEntry(kSecret));
  ASSERT_TRUE(first().journal->Write(AnEntry("beside")));
  lying_.Heal();
  const auto before = lying_.relay().database();
  ASSERT_TRUE(first().journal->Shred(*entry));
  first().journal->sync().Restart();
  lying_.Talk(first(), {}, [](const RelayCall& call) {
    return std::holds_alternative<PushCall>(call.body) ? std::optional(Code::kRelayFull) : std::nullopt;
  });
  ASSERT_THAT(first().journal->state().shreds.owed(), IsEmpty()) << "its prune is sealed";
  lying_.relay().Restore(before);
  lying_.Heal();
  EXPECT_THAT(Found(), IsEmpty());
  EXPECT_THAT(Texts(second()), testing::ElementsAre("beside"));
}

// The words of a record go out only with the prune that took them, whatever waits between.
TEST_F(Adversary24, AShredDuringALongSendingNeverSkipsARecord) {
  const auto refuse = [](const RelayCall& call) {
    return std::holds_alternative<PushCall>(call.body) ? std::optional(Code::kRelayFull) : std::nullopt;
  };
  const auto entry = first().journal->Write(AnEntry(kSecret));
  first().journal->sync().Restart();
  lying_.Talk(first(), {}, refuse);
  Dice random(7);
  for (int i = 0; i < 8; ++i) {
    std::string text;
    for (int letter = 0; letter < 400'000; ++letter) text += static_cast<char>('!' + random.Below(90));
    ASSERT_TRUE(first().journal->Write(AnEntry(text)));
  }
  ASSERT_TRUE(first().journal->Shred(*entry));
  first().journal->sync().Restart();
  lying_.Talk(first(), [](const RelayCall&, Result<RelayReply>& reply) {
    EXPECT_TRUE(reply || reply.error().code != Code::kLaneGap);
  });
  lying_.Heal();
  EXPECT_THAT(Found(), IsEmpty());
  EXPECT_EQ(second().journal->entry_count(), 8u);
}

// A device that closes another's lane and prunes it takes nothing that anybody still has, whoever is gone.
TEST_F(Adversary24, WhatAThiefPrunesOfAnothersLaneIsSaidAgain) {
  WriteSecret();
  second().online = false;
  const storage::Lane lane = *third().journal->state().lanes.Find(LaneOf(second()));
  ASSERT_TRUE(third().journal->sync().ChangeSeats({RemoveLane{.lane = lane.key}}));
  Hear(third());
  State& state = third().journal->state();
  Transaction tx(third().store);
  for (uint64_t seq = 1; seq <= lane.stored_seq; ++seq) state.prunes.Want(tx, lane.number, seq);
  ASSERT_TRUE(state.Commit(tx));
  Hear(third());
  ASSERT_TRUE(std::ranges::all_of(Log(), [&](const SignedRecord& record) {
    const RecordHeader header = HeaderOf(record);
    return header.lane != lane.key || header.kind == RecordKind::kPrune || record.payload.empty();
  })) << "the relay has dropped all of it";
  Hear(first());
  ASSERT_TRUE(lying_.world().RevokeNow(first(), third()));
  Hear(first());
  Hear(first());
  Machine& fresh = Linked(first());
  Hear(fresh);
  EXPECT_THAT(Texts(fresh), testing::IsSupersetOf({"before", "after"}));
}

// What stands for a lane's certificate once its first record is pruned.
class Adversary24Certificates : public Adversary24 {
 protected:
  // In an epoch's new lanes a device's first record has words beside the certificate.
  Adversary24Certificates() { BeginLanes(); }

  void BeginLanes() {
    lying_.relay().Restore(lying_.relay().database());
    lying_.Heal();
  }
  LaneCertificate Claim(Machine& device) {
    const State& state = device.journal->state();
    return {.mailbox = mailbox(),
            .lane = LaneOf(second()),
            .device = state.device->public_key(),
            .person = state.identity.person,
            .person_head = state.person->HeadHash()};
  }
  // The third device says so of the second one's lane.
  void Say(const KeptCertificateOp& op) {
    State& state = third().journal->state();
    const Bytes bytes = EncodeOp(op);
    Transaction tx(third().store);
    Outbox(state).Add(tx, state.self(), {&bytes, 1});
    ASSERT_TRUE(state.Commit(tx));
    Hear(third());
  }
  // A new device reads what stands in that lane behind its first record, which was pruned.
  void ExpectRead(const LaneKey& lane, const EntryId& later) {
    Machine& fresh = Linked(first());
    for (int i = 0; i < 3; ++i) Hear(fresh);
    State& state = fresh.journal->state();
    const storage::Lane* read = state.lanes.Find(lane);
    ASSERT_NE(read, nullptr);
    ASSERT_TRUE(state.prunes.Covers(read->number, 1)) << "else it has its own certificate";
    ASSERT_EQ(state.certificates.size(), 2u);
    EXPECT_EQ(read->broken, 0);
    EXPECT_EQ(read->device, second().device);
    EXPECT_TRUE(Has(fresh, later));
  }
};

TEST_F(Adversary24Certificates, OneThatNobodySignedEndsNobodysLane) {
  Say({.body = Claim(second()).Encode(), .signature = {}});
  const LaneKey lane = LaneOf(second());
  const EntryId entry = WriteSecret();
  const EntryId later = lying_.WriteAndSend(second(), "later");
  ASSERT_TRUE(lying_.world().RevokeNow(first(), second()));
  // So that what is said before anything true is read before it, too.
  BeginLanes();
  ASSERT_TRUE(first().journal->Shred(entry));
  lying_.Heal();
  ExpectRead(lane, later);
}

TEST_F(Adversary24Certificates, OneByWhichAThiefClaimsALaneDoesNotTakeItAway) {
  const Bytes body = Claim(third()).Encode();
  Say({.body = body, .signature = third().journal->state().device->Sign(labels::kSignLane, body)});
  const LaneKey lane = LaneOf(second());
  const EntryId entry = WriteSecret();
  const EntryId later = lying_.WriteAndSend(second(), "later");
  // New lanes for everybody, and the old one is closed to be pruned.
  BeginLanes();
  ASSERT_TRUE(second().journal->Shred(entry));
  lying_.Heal();
  ASSERT_FALSE(first().journal->state().self().seats.Listed(lane));
  ASSERT_TRUE(lying_.world().RevokeNow(first(), third()));
  lying_.Heal();
  ExpectRead(lane, later);
}

// A device cannot take away what survives nowhere: what it claims to have repacked is looked for.
TEST_F(Adversary24, APruneOfWhatSurvivesNowhereTakesNothingFromThoseWhoHaveIt) {
  WriteSecret();
  State& state = second().journal->state();
  const storage::Lane& own = *state.lanes.Own(mailbox());
  Transaction tx(second().store);
  for (uint64_t seq = 1; seq <= own.stored_seq; ++seq) state.prunes.Want(tx, own.number, seq);
  ASSERT_TRUE(state.Commit(tx));
  Hear(second());
  Hear(first());
  EXPECT_GT(first().journal->state().refused, 0u);
  EXPECT_THAT(Texts(first()), testing::IsSupersetOf({"before", "after", "beside"}));
}

}  // namespace
}  // namespace kith
