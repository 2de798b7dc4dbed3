// The relay alone: appends by eight clients at once, and what a subscriber that waits costs.
#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <thread>

#include "crypto/verify/hash.h"
#include "tests/bench/device.h"
#include "tests/bench/rows.h"
#include "tests/relay/relay_client.h"

namespace kith::bench {
namespace {

using relay_test::Client;
using relay_test::Owned;
using std::chrono::steady_clock;

constexpr int kClients = 8;
constexpr int kRecords = 64;  // a push
constexpr int kPushes = 25;   // a client and round
constexpr int kRounds = 7;
constexpr size_t kRecordBytes = 1024;
constexpr int kSubscribers = 240;
constexpr size_t kMailboxes = 4;  // a mailbox takes at most 64 subscribers

std::string Random(size_t size) {
  Bytes bytes(size);
  RandomFill(bytes);
  return ToString(bytes);
}

std::vector<std::string> TokensOf(const RelayProcess& relay) {
  std::vector<std::string> tokens;
  KITH_CHECK(Client(relay.port()).Redeem(relay.invite().secret, {}, &tokens).ok);
  return tokens;
}

// One thread writing synced batches.
class Limit {
 public:
  explicit Limit(const std::string& folder) {
    leveldb::Options options;
    options.create_if_missing = true;
    options.compression = leveldb::kNoCompression;
    leveldb::DB* db = nullptr;
    KITH_CHECK(leveldb::DB::Open(options, folder, &db).ok());
    db_.reset(db);
  }
  double Seconds(int batches) {
    const std::string value = Random(kRecordBytes);
    leveldb::WriteOptions synced;
    synced.sync = true;
    const auto began = steady_clock::now();
    for (int b = 0; b < batches; ++b) {
      leveldb::WriteBatch batch;
      for (int i = 0; i < kRecords; ++i) batch.Put(ToString(Writer().U64(next_++).Take()), value);
      KITH_CHECK(db_->Write(synced, &batch).ok());
    }
    return SecondsSince(began);
  }

 private:
  std::unique_ptr<leveldb::DB> db_;
  uint64_t next_ = 0;
};

// One client with a mailbox of its own.
class Writing {
 public:
  Writing(uint16_t port, const std::string& token) : client_(port) {
    KITH_CHECK(client_.Hello().ok && client_.Create(mailbox_, token).ok);
  }
  // What clients do to their own records beforehand is not measured with the relay on the same cores.
  void Prepare() {
    for (int p = 0; p < kPushes; ++p) {
      std::vector<SignedRecord> records;
      for (int r = 0; r < kRecords; ++r) records.push_back(mailbox_.Write(Random(kRecordBytes)));
      bodies_.push_back(relay_test::PushBodyOf(mailbox_.id, records).SerializeAsString());
    }
  }
  void Push() {
    for (std::string& body : bodies_) {
      grpc::ClientContext context;
      v1::PushReply reply;
      const auto request = client_.Sign(mailbox_.lane.signer, "Push", mailbox_.id, std::move(body));
      KITH_CHECK(client_.stub().Push(&context, request, &reply).ok());
    }
    bodies_.clear();
  }

 private:
  Client client_;
  Owned mailbox_;
  std::vector<std::string> bodies_;
};

double PushAll(std::vector<std::unique_ptr<Writing>>& writers) {
  for (const auto& writer : writers) writer->Prepare();
  const auto began = steady_clock::now();
  std::vector<std::thread> threads;
  for (const auto& writer : writers) threads.emplace_back([&writer] { writer->Push(); });
  for (std::thread& thread : threads) thread.join();
  return SecondsSince(began);
}

void Appends(const RelayProcess& relay, const std::string& limit_folder, Table& table) {
  const std::vector<std::string> tokens = TokensOf(relay);
  std::vector<std::unique_ptr<Writing>> writers;
  for (int i = 0; i < kClients; ++i) writers.push_back(std::make_unique<Writing>(relay.port(), tokens.at(i)));
  Limit limit(limit_folder);
  Pairs pairs;
  for (int round = 0; round < kRounds; ++round) {
    pairs.measured.push_back(PushAll(writers));
    pairs.limit.push_back(limit.Seconds(kClients * kPushes));
  }
  const double ratio = Median(pairs.Ratios());
  const double records = kClients * kPushes * kRecords;
  table.Add({.work = "relay appends, 8 clients, 64 records of 1 KiB a push",
             .measured = Print("%.0f/s", records / Median(pairs.measured)),
             .limit = Print("synced LevelDB batches, one thread %.0f/s", records / Median(pairs.limit)),
             .ratio = Print("%.2f", ratio),
             .required = "at least 0.4",
             .pass = ratio >= 0.4});
}

// A connection of its own that has heard where the log ends, and waits.
struct Subscriber {
  Client client;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<v1::Wake>> wakes;

  Subscriber(uint16_t port, const Owned& mailbox) : client(port) {
    KITH_CHECK(client.Hello().ok);
    v1::SubscribeBody body;
    body.set_mailbox(ToString(mailbox.id.view()));
    const auto request = client.Sign(mailbox.lane.signer, "Subscribe", mailbox.id, body.SerializeAsString());
    wakes = client.stub().Subscribe(&context, request);
    v1::Wake first;
    KITH_CHECK(wakes->Read(&first));
  }
  ~Subscriber() {
    context.TryCancel();
    wakes->Finish();
  }
};

void Subscribers(const RelayProcess& relay, Table& table) {
  const std::vector<std::string> tokens = TokensOf(relay);
  Client owner(relay.port());
  KITH_CHECK(owner.Hello().ok);
  std::vector<Owned> mailboxes(kMailboxes);
  for (size_t i = 0; i < kMailboxes; ++i) KITH_CHECK(owner.Create(mailboxes[i], tokens.at(i)).ok);
  const Memory before = relay.memory();
  std::vector<std::unique_ptr<Subscriber>> waiting;
  for (size_t i = 0; i < kSubscribers; ++i) {
    waiting.push_back(std::make_unique<Subscriber>(relay.port(), mailboxes[i % kMailboxes]));
  }
  const Memory after = relay.memory();
  const double each = (after.resident - before.resident) / kSubscribers;
  table.Add({.work = Print("relay's memory for an idle subscriber (of %d, own connections)", kSubscribers),
             .measured = Print("%.1f KiB", each),
             .limit = Print("relay %.1f MiB (peak %.1f)", after.resident / 1024, after.peak / 1024),
             .ratio = "-",
             .required = "at most 48 KiB",
             .pass = each <= 48});
}

}  // namespace

void RelayRows(const Programs& programs, const Scratch& scratch, Table& table) {
  Appends(RelayProcess(programs.relay, scratch / "appends-relay"), scratch / "appends-limit", table);
  Subscribers(RelayProcess(programs.relay, scratch / "idle-relay"), table);
}

}  // namespace kith::bench
