// The relay measured beside its limits, on disk (in --folder, else TMPDIR): appends against synced LevelDB batches of
// one thread, disk bytes per plaintext byte, resident memory as stored data and idle subscribers grow. Prints one line
// each.
#include <leveldb/db.h>
#include <leveldb/write_batch.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "crypto/base/check.h"
#include "crypto/verify/hash.h"
#include "tests/relay/relay_client.h"

namespace kith::relay_test {
namespace {

constexpr int kClients = 8;
constexpr int kBatch = 64;
constexpr size_t kRecord = 1024;

double Seconds(std::chrono::steady_clock::duration took) { return std::chrono::duration<double>(took).count(); }

std::string Random(size_t size) {
  Bytes bytes(size);
  RandomFill(bytes);
  return Text(bytes);
}

// Records a second of one thread writing synced batches of 64 records of 1 KiB.
double Baseline(const std::string& folder, double seconds) {
  leveldb::Options options;
  options.create_if_missing = true;
  options.compression = leveldb::kNoCompression;
  leveldb::DB* raw = nullptr;
  KITH_CHECK(leveldb::DB::Open(options, folder, &raw).ok());
  const std::unique_ptr<leveldb::DB> db(raw);
  leveldb::WriteOptions synced;
  synced.sync = true;
  const std::string value = Random(kRecord);
  const auto began = std::chrono::steady_clock::now();
  uint64_t count = 0;
  while (Seconds(std::chrono::steady_clock::now() - began) < seconds) {
    leveldb::WriteBatch batch;
    for (int i = 0; i < kBatch; ++i) batch.Put(Text(Writer().U64(count++).Take()), value);
    KITH_CHECK(db->Write(synced, &batch).ok());
  }
  return static_cast<double>(count) / Seconds(std::chrono::steady_clock::now() - began);
}

// The real program on a fresh folder.
class Serving {
 public:
  Serving(const std::string& program, const std::string& folder) : folder_(folder) {
    KITH_CHECK(std::system((program + " init --data " + folder + " > " + folder + ".invite 2>/dev/null").c_str()) == 0);
    const std::string port_file = folder + ".port";
    pid_ = ::fork();
    if (pid_ == 0) {
      ::execl(program.c_str(), program.c_str(), "serve", "--data", folder.c_str(), "--listen", "127.0.0.1:0",
              "--port-file", port_file.c_str(), nullptr);
      ::_exit(127);
    }
    while (!std::filesystem::exists(port_file)) std::this_thread::yield();
    std::ifstream(port_file) >> port_;
    std::string invite;
    std::ifstream(folder + ".invite") >> invite;
    Client client(port_);
    KITH_CHECK(client.Redeem(*FromBase64(invite.substr(invite.rfind('.') + 1)), {}, &tokens_).ok);
  }
  ~Serving() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  uint16_t port() const { return port_; }
  const std::string& token(size_t i) const { return tokens_.at(i); }
  double RssKiB() const {
    std::ifstream in("/proc/" + std::to_string(pid_) + "/status");
    for (std::string word; in >> word;) {
      if (word == "VmRSS:") {
        double kib = 0;
        in >> kib;
        return kib;
      }
    }
    return 0;
  }
  uint64_t DiskBytes() const {
    uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
      std::error_code gone;  // deleted meanwhile
      const auto size = entry.file_size(gone);
      if (!gone && entry.is_regular_file(gone)) bytes += size;
    }
    return bytes;
  }

 private:
  const std::string folder_;
  pid_t pid_ = -1;
  uint16_t port_ = 0;
  std::vector<std::string> tokens_;
};

struct Writing {
  std::unique_ptr<Client> client;
  Owned mailbox;
};

// Pushes made beforehand, so that the clients' own signing is not measured with the relay on the same cores.
double Appends(const Serving& relay, int pushes) {
  std::vector<Writing> writers(kClients);
  std::vector<std::vector<std::string>> bodies(kClients);
  for (int i = 0; i < kClients; ++i) {
    writers[i].client = std::make_unique<Client>(relay.port());
    KITH_CHECK(writers[i].client->Hello().ok && writers[i].client->Create(writers[i].mailbox, relay.token(i)).ok);
    for (int p = 0; p < pushes; ++p) {
      std::vector<SignedRecord> records;
      for (int r = 0; r < kBatch; ++r) records.push_back(writers[i].mailbox.Write(Random(kRecord)));
      bodies[i].push_back(PushBodyOf(writers[i].mailbox.id, records).SerializeAsString());
    }
  }
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&, i] {
      for (auto& body : bodies[i]) {
        grpc::ClientContext context;
        v1::PushReply reply;
        auto& [client, mailbox] = writers[i];
        const auto request = client->Sign(mailbox.lane.signer, "Push", mailbox.id, std::move(body));
        KITH_CHECK(client->stub().Push(&context, request, &reply).ok());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return kClients * pushes * kBatch / Seconds(std::chrono::steady_clock::now() - began);
}

// Packs of 60 entries of 1 KiB, until `entries` are stored.
void Fill(Client& client, Owned& mailbox, int entries) {
  for (int stored = 0; stored < entries; stored += 960) {
    std::vector<SignedRecord> records;
    for (int r = 0; r < 16; ++r) records.push_back(mailbox.Write(Random(60 * 1024)));
    KITH_CHECK(client.Push(mailbox.lane.signer, mailbox.id, records).ok);
  }
}

// LevelDB writes out and deletes in the background: waits until the folder's size stands still for half a second.
void Settle(const Serving& relay) {
  uint64_t size = relay.DiskBytes();
  auto since = std::chrono::steady_clock::now();
  while (Seconds(std::chrono::steady_clock::now() - since) < 0.5) {
    std::this_thread::yield();
    if (const uint64_t now = relay.DiskBytes(); now != size) {
      size = now;
      since = std::chrono::steady_clock::now();
    }
  }
}

void Growth(const Serving& relay) {
  Client client(relay.port());
  Owned mailbox;
  KITH_CHECK(client.Hello().ok && client.Create(mailbox, relay.token(0)).ok);
  Fill(client, mailbox, 10'000);
  const double small = relay.RssKiB();
  Settle(relay);
  const double plain = static_cast<double>(mailbox.lane.seq) * 60 * 1024;
  std::printf("disk bytes over plaintext, 10,000 entries: %.3f\n", static_cast<double>(relay.DiskBytes()) / plain);
  Fill(client, mailbox, 90'000);
  std::printf("resident MiB with 10,000 and 100,000 entries: %.1f %.1f, growth %.1f\n", small / 1024,
              relay.RssKiB() / 1024, (relay.RssKiB() - small) / 1024);
}

void Subscribers(const Serving& relay, int count) {
  Client first(relay.port());
  std::vector<Owned> mailboxes(4);
  KITH_CHECK(first.Hello().ok);
  for (size_t i = 0; i < mailboxes.size(); ++i) KITH_CHECK(first.Create(mailboxes[i], relay.token(i)).ok);
  const int each = std::min(count, 60 * static_cast<int>(mailboxes.size()));
  const double before = relay.RssKiB();
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::Wake>>> readers;
  for (int i = 0; i < each; ++i) {
    const Owned& mailbox = mailboxes[static_cast<size_t>(i) % mailboxes.size()];
    clients.push_back(std::make_unique<Client>(relay.port()));
    KITH_CHECK(clients.back()->Hello().ok);
    v1::SubscribeBody body;
    body.set_mailbox(Text(mailbox.id.view()));
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(clients.back()->stub().Subscribe(
        contexts.back().get(),
        clients.back()->Sign(mailbox.lane.signer, "Subscribe", mailbox.id, body.SerializeAsString())));
    v1::Wake wake;
    KITH_CHECK(readers.back()->Read(&wake));
  }
  std::printf("resident KiB per idle subscriber (%d, own connections): %.1f\n", each, (relay.RssKiB() - before) / each);
  for (auto& context : contexts) context->TryCancel();
  for (auto& reader : readers) reader->Finish();
}

int Main(int argc, char** argv) {
  InitCrypto();
  std::string folder = std::filesystem::temp_directory_path() / "kith-relay-bench";
  std::string program = KITH_RELAY_BINARY;
  CLI::App app("Measures kith-relay");
  app.add_option("--folder", folder, "Scratch folder; emptied first")->capture_default_str();
  app.add_option("--program", program, "The relay");
  CLI11_PARSE(app, argc, argv);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  {
    const double limit = Baseline(folder + "/limit", 3);
    const Serving relay(program, folder + "/appends");
    const double rate = Appends(relay, 100);
    std::printf("appends: %.0f records/s, limit %.0f, ratio %.2f\n", rate, limit, rate / limit);
  }
  Growth(Serving(program, folder + "/growth"));
  Subscribers(Serving(program, folder + "/idle"), 240);
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace kith::relay_test

int main(int argc, char** argv) { return kith::relay_test::Main(argc, argv); }
