// The real program: its commands, its exit codes, its symbols, and its end at any moment.
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "crypto/verify/hash.h"
#include "relay_fixture.h"

namespace kith::relay_test {
namespace {

Program::Ended Init(const ScratchFolder& folder) {
  return Program::Run({"init", "--data", folder / "r", "--address", "127.0.0.1:7787"});
}

TEST(ProgramTest, InitPrintsTheInviteAloneAndOnlyOnce) {
  const ScratchFolder folder;
  const auto first = Init(folder);
  EXPECT_EQ(first.code, 0) << first.err;
  ASSERT_TRUE(first.out.starts_with("127.0.0.1:7787#")) << first.out;
  EXPECT_EQ(std::ranges::count(first.out, '\n'), 1);
  const size_t dot = first.out.rfind('.');
  EXPECT_EQ(FromBase64(first.out.substr(15, dot - 15))->size(), 32u);
  EXPECT_EQ(FromBase64(first.out.substr(dot + 1, first.out.size() - dot - 2))->size(), 16u);
  EXPECT_NE(first.err.find("kith relay set"), std::string::npos);
  const auto second = Init(folder);
  EXPECT_EQ(second.code, 4);
  EXPECT_EQ(second.out, "");
}

TEST(ProgramTest, InvitesComeWhileItRunsAndWhileItDoesNot) {
  const ScratchFolder folder;
  const auto init = Init(folder);
  ASSERT_EQ(init.code, 0);
  const std::string owner = init.out.substr(0, init.out.size() - 1);
  const auto offline = Program::Run({"invite", "--data", folder / "r", "--mailboxes", "3", "--expires", "1h"});
  ASSERT_EQ(offline.code, 0) << offline.err;
  Program relay(folder / "r");
  const auto online = Program::Run({"invite", "--data", folder / "r", "--mailboxes", "5"});
  ASSERT_EQ(online.code, 0) << online.err;
  Client client(relay.port());
  const auto tokens = [&](std::string invite) {
    invite.erase(std::remove(invite.begin(), invite.end(), '\n'), invite.end());
    std::vector<std::string> out;
    EXPECT_TRUE(client.Redeem(SecretOf(invite), {}, &out).ok);
    return out.size();
  };
  EXPECT_EQ(tokens(owner), 8u);
  EXPECT_EQ(tokens(offline.out), 3u);
  EXPECT_EQ(tokens(online.out), 5u);
  EXPECT_EQ(Program::Run({"serve", "--data", folder / "r", "--listen", "127.0.0.1:0"}).code, 5);
  EXPECT_EQ(relay.End(SIGTERM), 0);
}

TEST(ProgramTest, WrongUseHasItsExitCodes) {
  const ScratchFolder folder;
  EXPECT_EQ(Program::Run({"serve", "--data", folder / "none"}).code, 3);
  EXPECT_EQ(Program::Run({"invite", "--data", folder / "none"}).code, 3);
  EXPECT_EQ(Program::Run({}).code, 2);
  EXPECT_EQ(Program::Run({"serve", "--nonsense"}).code, 2);
  EXPECT_EQ(Program::Run({"version"}).out, std::string("kith-relay ") + KITH_VERSION + "\n");
  ASSERT_EQ(Init(folder).code, 0);
  EXPECT_EQ(Program::Run({"invite", "--data", folder / "r", "--expires", "soon"}).code, 2);
  EXPECT_EQ(Program::Run({"invite", "--data", folder / "r", "--mailboxes", "65"}).code, 2);
  // Documentation's own address: of no machine, so of another one than this.
  for (const char* address : {"192.0.2.1:7787", "nonsense", "127.0.0.1"}) {
    const auto ended = Program::Run({"serve", "--data", folder / "r", "--listen", address});
    EXPECT_EQ(ended.code, 8) << address;
    EXPECT_NE(ended.err.find(ended.err.starts_with("kith-relay: not an address") ? "127.0.0.1:7787" : address),
              std::string::npos)
        << ended.err;
  }
  for (const char* address : {"0.0.0.0:7788", "[::]:7788", "relay.example:0", "relay.example", "nonsense", "a b:1"}) {
    EXPECT_EQ(Program::Run({"init", "--data", folder / "other", "--address", address}).code, 2) << address;
    EXPECT_EQ(Program::Run({"invite", "--data", folder / "r", "--address", address}).code, 2) << address;
  }
  EXPECT_EQ(Program::Run({"certificate"}).code, 2);
  EXPECT_EQ(Program::Run({"certificate", "renew", "--data", folder / "none"}).code, 3);
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

TEST(ProgramTest, TheCertificateIsForItsOwnerOnlyAndRenewedWhole) {
  const ScratchFolder folder;
  ASSERT_EQ(Init(folder).code, 0);
  const std::string path = folder / "r/certificate.pem";
  const auto mode = [&] { return std::filesystem::status(path).permissions(); };
  EXPECT_EQ(mode(), std::filesystem::perms(0600));
  const std::string first = ReadFile(path);
  // Left by a renewal that was cut short, and readable by others.
  std::ofstream(path + ".new") << "half";
  std::filesystem::permissions(path + ".new", std::filesystem::perms(0644));
  const auto renewed = Program::Run({"certificate", "renew", "--data", folder / "r"});
  EXPECT_EQ(renewed.code, 0) << renewed.err;
  EXPECT_NE(renewed.err.find("Restart the relay"), std::string::npos);
  EXPECT_NE(ReadFile(path), first);
  EXPECT_EQ(mode(), std::filesystem::perms(0600));
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST(ProgramTest, AnInviteNamesTheAddressThatOthersReach) {
  const ScratchFolder folder;
  const auto init = Program::Run({"init", "--data", folder / "r", "--address", "relay.example:7788"});
  ASSERT_EQ(init.code, 0) << init.err;
  EXPECT_TRUE(init.out.starts_with("relay.example:7788#")) << init.out;
  const auto address_of = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"invite", "--data", folder / "r"});
    const auto invite = Program::Run(more);
    EXPECT_EQ(invite.code, 0) << invite.err;
    return invite.out.substr(0, invite.out.find('#'));
  };
  const auto all_three = [&] {
    EXPECT_EQ(address_of({}), "relay.example:7788");
    EXPECT_EQ(address_of({"--address", "192.0.2.7:443"}), "192.0.2.7:443");
    EXPECT_EQ(address_of({"--address", "[2001:db8::1]:443"}), "[2001:db8::1]:443");
  };
  all_three();
  const Program relay(folder / "r");
  all_three();
}

TEST(ProgramTest, ItListensOnSeveralAddressesAndSaysHow) {
  const ScratchFolder folder;
  ASSERT_EQ(Init(folder).code, 0);
  Program relay(folder / "r", {"--listen", "[::ffff:127.0.0.1]:0"});
  ASSERT_EQ(relay.ports().size(), 2u);
  EXPECT_NE(relay.ports().at(0), relay.ports().at(1));
  EXPECT_TRUE(Client(relay.port()).Hello().ok);
  EXPECT_FALSE(Client(relay.ports().at(1)).Hello().ok);  // it speaks no TLS
  EXPECT_NE(relay.out().find(std::to_string(relay.ports().at(0)) + " without TLS, for this machine only\n"),
            std::string::npos)
      << relay.out();
  EXPECT_NE(relay.out().find(std::to_string(relay.ports().at(1)) + " with TLS\n"), std::string::npos) << relay.out();
}

TEST(ProgramTest, EveryCommandHasHelpWithAnExample) {
  for (const char* command : {"init", "invite", "serve", "certificate", "version"}) {
    const auto help = Program::Run({command, "--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_NE(help.out.find("Example:\n  kith-relay " + std::string(command)), std::string::npos) << help.out;
  }
  EXPECT_NE(Program::Run({"--help"}).out.find("Exit codes:"), std::string::npos);
}

// The relay cannot read what it carries: it imports nothing that could.
TEST(ProgramTest, ImportsNoDecryption) {
  const std::set<std::string> allowed{
      "crypto_generichash",
      "crypto_generichash_init",
      "crypto_generichash_update",
      "crypto_generichash_final",
      "crypto_sign_detached",
      "crypto_sign_verify_detached",
      "crypto_sign_seed_keypair",
      "crypto_sign_keypair",
      "randombytes_buf",
      "sodium_init",
      "sodium_malloc",
      "sodium_free",
      "sodium_memcmp",
      "sodium_memzero",
      "sodium_mlock",
      "sodium_munlock",
      "sodium_base642bin",
      "sodium_bin2base64",
      "sodium_base64_encoded_len",
      "sodium_mprotect_readonly",
      "sodium_mprotect_noaccess",
      "sodium_mprotect_readwrite",
  };
  FILE* const pipe = ::popen("nm -D --undefined-only '" KITH_RELAY_BINARY "'", "r");
  ASSERT_NE(pipe, nullptr);
  std::string listing;
  char buffer[4096];
  while (const size_t got = std::fread(buffer, 1, sizeof buffer, pipe)) listing.append(buffer, got);
  ASSERT_EQ(::pclose(pipe), 0);
  std::istringstream words(listing);
  size_t seen = 0;
  for (std::string word; words >> word;) {
    const std::string name = word.substr(0, word.find('@'));
    const bool of_crypto =
        name.starts_with("crypto_") || name.starts_with("sodium_") || name.starts_with("randombytes");
    if (!of_crypto) continue;
    ++seen;
    EXPECT_TRUE(allowed.contains(name)) << name;
  }
  EXPECT_GE(seen, 5u);
}

// Pushes single records until the relay dies; gives the headers that were acknowledged.
std::vector<std::string> PushUntilItDies(uint16_t port, Owned& mailbox) {
  Client client(port);
  std::vector<std::string> acknowledged;
  if (!client.Hello().ok) return acknowledged;
  for (;;) {
    const auto record = mailbox.Write(std::string(3000, 'k'));
    if (!client.Push(mailbox.lane.signer, mailbox.id, {record}).ok) return acknowledged;
    acknowledged.push_back(Text(record.header));
  }
}

TEST(ProgramTest, KilledUnderLoadNothingAcknowledgedIsMissing) {
  std::mt19937 random(7);
  const ScratchFolder folder;
  const auto init = Init(folder);
  ASSERT_EQ(init.code, 0);
  std::vector<std::string> tokens;
  std::vector<Owned> mailboxes(4);
  {
    Program relay(folder / "r", {"--min-free-bytes", "0"});
    Client client(relay.port());
    ASSERT_TRUE(client.Hello().ok);
    ASSERT_TRUE(client.Redeem(SecretOf(init.out.substr(0, init.out.size() - 1)), {}, &tokens).ok);
    for (size_t i = 0; i < mailboxes.size(); ++i) ASSERT_TRUE(client.Create(mailboxes[i], tokens[i]).ok);
  }
  std::vector<std::vector<std::string>> acknowledged(mailboxes.size());
  for (int round = 0; round < 5; ++round) {
    Program relay(folder / "r", {"--min-free-bytes", "0"});
    std::vector<std::future<std::vector<std::string>>> writers;
    for (auto& mailbox : mailboxes) {
      writers.push_back(std::async(std::launch::async, [&] { return PushUntilItDies(relay.port(), mailbox); }));
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(50 + random() % 300);
    EXPECT_TRUE(Eventually([&] { return std::chrono::steady_clock::now() > until; }));
    EXPECT_EQ(relay.End(SIGKILL), 128 + SIGKILL);
    for (size_t i = 0; i < writers.size(); ++i) {
      for (auto& header : writers[i].get()) acknowledged[i].push_back(std::move(header));
    }
    // Each lane goes on from what the relay has, as a client does.
    Program again(folder / "r", {"--min-free-bytes", "0"});
    Client client(again.port());
    ASSERT_TRUE(client.Hello().ok);
    for (size_t i = 0; i < mailboxes.size(); ++i) {
      std::set<std::string> served;
      v1::Cursor cursor;
      std::string last;
      for (v1::PullReply page;; page.Clear()) {
        ASSERT_TRUE(client.Pull(mailboxes[i].lane.signer, mailboxes[i].id, cursor, &page).ok);
        for (const auto& record : page.records()) served.insert(last = record.header());
        cursor = page.next();
        if (cursor.seq() == page.head().seq()) break;
      }
      for (const auto& header : acknowledged[i]) ASSERT_TRUE(served.contains(header));
      mailboxes[i].lane.seq = served.size();
      mailboxes[i].lane.head = served.empty() ? RecordId() : RecordIdOf(AsBytes(last));
    }
    EXPECT_EQ(again.End(SIGTERM), 0);
  }
  for (const auto& headers : acknowledged) EXPECT_GT(headers.size(), 0u);
}

}  // namespace
}  // namespace kith::relay_test
