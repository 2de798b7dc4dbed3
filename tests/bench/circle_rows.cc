// A circle as large as they come: what a revocation and a removal cost the device that decides, and another member's.
#include <ctime>

#include "client/adapters/leveldb_store.h"
#include "crypto/verify/record.h"
#include "tests/bench/device.h"
#include "tests/bench/rows.h"
#include "tests/support/family.h"

namespace kith::bench {
namespace {

constexpr size_t kPeople = 50;
constexpr size_t kDevices = 10;  // of each
constexpr size_t kTimes = 5;     // revocations, and removals

// Of this process, the threads that compact a store included.
double CpuSeconds() {
  timespec spent{};
  KITH_CHECK(::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent) == 0);
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

// A device as it was built in memory, on a vault of the disk; what it works is counted, what the relay works is not.
class Measured {
 public:
  Measured(const std::string& folder, Relative& built)
      : store_(Must(LevelDbStore::Open(folder, VaultKey::Generate(), {.missing = LevelDbOptions::Missing::kCreate}))),
        clock_(built.clock) {
    built.journal.reset();
    constexpr size_t kBatch = 1 << 20;
    StoreBatch batch;
    for (const auto& [key, value] : built.store.contents()) {
      batch.Put(key, value);
      if (batch.bytes() > kBatch) Must(store_->Write(std::exchange(batch, {})));
    }
    Must(store_->Write(batch));
    journal_ = Must(Journal::Open(*store_, clock_));
  }

  Journal& journal() { return *journal_; }

  template <class Use>
  double Cost(Use use) {
    const double began = CpuSeconds();
    use(*journal_);
    return CpuSeconds() - began;
  }

  // Until no mailbox has anything left to ask; as the agent does, circles after what they wait for is at the relay.
  double Sync(SimRelay& relay) {
    double spent = 0;
    constexpr int kRounds = 2;
    for (int round = 0; round < kRounds; ++round) {
      for (const MailboxId& mailbox : journal_->mailboxes()) spent += SyncOne(relay, mailbox);
    }
    return spent;
  }

  double SyncOne(SimRelay& relay, const MailboxId& mailbox) {
    double spent = 0;
    kith::Sync& sync = journal_->sync(mailbox);
    sync.Restart();
    for (;;) {
      std::optional<RelayCall> call;
      spent += Cost([&](Journal&) { call = Must(sync.Next()); });
      if (!call) break;
      const auto reply = relay.Handle(*call, relay.nonce());
      spent += Cost([&](Journal&) { Must(sync.OnReply(*call, reply)); });
      KITH_CHECK(!sync.failed());
    }
    KITH_CHECK(!sync.status().problem && sync.status().waiting == 0);
    return spent;
  }

 private:
  const std::unique_ptr<LevelDbStore> store_;
  FakeClock& clock_;
  std::unique_ptr<Journal> journal_;
};

// All have their lanes in the circle; those that are measured have read what all the others say.
struct Largest {
  Largest() {
    std::vector<Relative*> people;
    for (size_t i = 0; i < kPeople; ++i) people.push_back(&family.Add("Person " + std::to_string(i), kPeople + 1));
    for (size_t i = 1; i < kPeople; ++i) family.Befriend(*people[0], *people[i]);
    circle = family.Found(people);
    for (Relative* person : people) {
      for (size_t i = 1; i < kDevices; ++i) {
        Relative& further = family.Link(*person);
        family.Sync(further);
        devices[person].push_back(further.state().device->public_key());
      }
    }
    owner = people[0];
    member = people[1];
    other = people[2];
    for (Relative* one : {owner, member, other}) family.Sync(*one);
    for (size_t i = 0; i < kTimes; ++i) to_go.push_back(people[3 + i]->person());
  }

  size_t LanesAtRelay() const {
    size_t lanes = 0;
    for (const auto& [key, seat] : family.relay().Find(circle)->seats.seats()) lanes += seat.lanes.size();
    return lanes;
  }
  // Of the newest announcement.
  size_t Boxes() const {
    const auto& log = family.relay().Find(circle)->log;
    for (auto record = log.rbegin(); record != log.rend(); ++record) {
      if (Must(RecordHeader::Parse((*record)->header)).kind != RecordKind::kGeneration) continue;
      return Reader((*record)->payload).U16();
    }
    return 0;
  }

  mutable Family family;
  MailboxId circle;
  std::map<Relative*, std::vector<DeviceId>> devices;  // further ones
  Relative* owner = nullptr;
  Relative* member = nullptr;
  Relative* other = nullptr;
  std::vector<PersonId> to_go;
};

Row CostRow(std::string work, const std::vector<double>& costs) {
  const double worst = std::ranges::max(costs);
  return {.work = std::move(work),
          .measured = "CPU " + Time(Median(costs)),
          .limit = "worst " + Time(worst),
          .ratio = "-",
          .required = "under 2 s",
          .pass = worst < 2};
}

}  // namespace

void CircleRows(const Scratch& scratch, Table& table) {
  Largest built;
  SimRelay& relay = built.family.relay();
  const MailboxId& circle = built.circle;
  Measured owner(scratch / "circle-owner", *built.owner);
  Measured member(scratch / "circle-member", *built.member);
  Measured other(scratch / "circle-other", *built.other);
  for (Measured* one : {&owner, &member, &other}) one->Sync(relay);
  KITH_CHECK(built.LanesAtRelay() == kPeople * kDevices);

  std::vector<double> revokes;
  std::vector<double> hears;
  for (size_t i = 0; i < kTimes; ++i) {
    const DeviceId& lost = built.devices.at(built.member)[i];
    revokes.push_back(member.Cost([&](Journal& journal) { Must(journal.RevokeDevice(lost)); }) + member.Sync(relay));
    for (const RevocationPlace& place : member.journal().RevocationPlaces(lost))
      KITH_CHECK(place.cut_off && place.new_keys);
    KITH_CHECK(built.LanesAtRelay() == kPeople * kDevices - i - 1 && built.Boxes() == kPeople);
    hears.push_back(other.SyncOne(relay, circle));
    owner.Sync(relay);
  }
  std::vector<double> removes;
  std::vector<double> misses;
  for (size_t i = 0; i < kTimes; ++i) {
    removes.push_back(owner.Cost([&](Journal& journal) {
      Must(Membership(journal.state()).Remove(circle, built.to_go[i]));
    }) + owner.Sync(relay));
    KITH_CHECK(built.Boxes() == kPeople - i - 1);
    KITH_CHECK(relay.Find(circle)->seats.seats().size() == kPeople - i - 1);
    misses.push_back(other.SyncOne(relay, circle));
  }
  const std::string of = Print("circle of %zu people with %zu devices each, ", kPeople, kDevices);
  table.Add(CostRow(of + "revoking a device", revokes));
  table.Add(CostRow(of + "another member hears of it", hears));
  table.Add(CostRow(of + "removing a member", removes));
  table.Add(CostRow(of + "another member hears of that", misses));
}

}  // namespace kith::bench
