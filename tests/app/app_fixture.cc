#include "app_fixture.h"

#include <poll.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "client/adapters/grpc_relay.h"
#include "crypto/base/check.h"
#include "crypto/verify/hash.h"

namespace kith::app_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(30);
constexpr uint16_t kMailboxes = 8;  // of one invite: one's own, and friends' circles
const bool kCryptoReady = (InitCrypto(), true);

Content Words(const std::string& text) {
  Content content;
  content.text = text;
  content.kind = "entry";
  content.date.year = 2026;
  content.date.month = 11;
  content.date.day = 23;
  return content;
}

}  // namespace

ScratchFolder::ScratchFolder() {
  KITH_CHECK(kCryptoReady);
  std::string pattern = (std::filesystem::temp_directory_path() / "kith-app-XXXXXX").string();
  path_ = ::mkdtemp(pattern.data());
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

TestRelay::TestRelay(uint64_t mailbox_bytes) {
  options_.folder = folder_ / "relay";
  options_.listen = {"127.0.0.1:0"};
  options_.log = relay::EventLog::Level::kQuiet;
  options_.relay.mailbox_bytes = mailbox_bytes;
  options_.relay.min_free_bytes = 0;
  KITH_CHECK(relay::CreateIdentity(options_.folder, "127.0.0.1:7787").has_value());
  Start();
}

TestRelay::TestRelay(const TestRelay& stopped) : options_(stopped.options_) {
  options_.folder = folder_ / "relay";
  options_.listen = {"127.0.0.1:0"};
  std::filesystem::copy(stopped.options_.folder, options_.folder, std::filesystem::copy_options::recursive);
  Start();
}

void TestRelay::Start() {
  // Its port may still be held for a moment by connections that are closing.
  KITH_CHECK(Eventually([this] {
    auto host = relay::Host::Start(options_);
    if (host) host_ = *std::move(host);
    return host_ != nullptr;
  }));
  port_ = host_->port();
  key_ = host_->key();
  options_.listen = {address()};
}

void TestRelay::Stop() { host_.reset(); }

void TestRelay::Wipe() {
  for (const auto& item : std::filesystem::directory_iterator(options_.folder)) {
    if (item.is_directory()) std::filesystem::remove_all(item.path());
  }
}

std::map<std::string, std::string> TestRelay::Contents() const {
  std::map<std::string, std::string> files;
  for (const auto& item : std::filesystem::recursive_directory_iterator(options_.folder)) {
    if (!item.is_regular_file()) continue;
    std::ifstream in(item.path(), std::ios::binary);
    files[item.path()] = {std::istreambuf_iterator<char>(in), {}};
  }
  return files;
}

std::string TestRelay::Invite(const std::string& address) {
  std::promise<Result<relay::InviteSecret>> minted;
  const int64_t now =
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  host_->relay().Mint({kMailboxes, 1, now + 600'000},
                      [&](Result<relay::InviteSecret> secret) { minted.set_value(std::move(secret)); });
  const auto secret = minted.get_future().get();
  const RelayAddress at{.address = address.empty() ? this->address() : address, .key = key_};
  return FormatRelayAddress(at) + "." + ToBase64(secret.value().view());
}

Device::Device()
    : paths{.vault_dir = folder_ / "home/vault", .socket = folder_ / "agent.sock"}, session(new Session(paths)) {}

void Device::Init(const std::string& label) {
  const auto phrase = session->Init(kPassphrase, label, kCheapKdf);
  ASSERT_TRUE(phrase) << phrase.error().message;
}

void Device::SetRelay(const std::string& text) {
  const auto invite = ParseRelayInvite(text);
  ASSERT_TRUE(invite);
  GrpcRelay connection(invite->relay);
  auto tokens = connection.RedeemInvite(invite->secret, Bytes(16, 7));
  ASSERT_TRUE(tokens) << tokens.error().message;
  const auto unlocked = open();
  ASSERT_TRUE(
      unlocked->vault->With([&](Journal& journal) { return journal.SetRelay(invite->relay, *std::move(tokens)); }));
  unlocked->loops.own().Poke();
}

std::shared_ptr<Unlocked> Device::open() {
  auto unlocked = session->Open();
  KITH_CHECK(unlocked.has_value());
  return *unlocked;
}

EntryId Device::Write(const std::string& text) {
  const auto unlocked = open();
  const auto entry = unlocked->vault->With([&](Journal& journal) { return journal.Write(Words(text)); });
  EXPECT_TRUE(entry) << entry.error().message;
  unlocked->loops.own().Poke();
  return entry.value_or(EntryId());
}

uint64_t Device::count() {
  return open()->vault->With([](Journal& journal) { return journal.entry_count(); });
}

std::string Device::text_of(const EntryId& entry) {
  return open()->vault->With([&](Journal& journal) {
    const auto shown = journal.Show(entry);
    return shown ? shown->view.content.text : std::string();
  });
}

Result<> Device::Settle() {
  return open()->loops.own().Settle(kPatience, [](const SyncStatus&) { return true; });
}

bool Becomes(Device& device, const std::function<bool()>& condition) {
  const auto unlocked = device.open();
  const auto end = steady_clock::now() + kPatience;
  for (uint64_t seen = 0; !condition();) {
    if (steady_clock::now() > end) return false;
    seen = unlocked->loops.own().AwaitChange(seen, milliseconds(20));
  }
  return true;
}

bool Becomes(Device& device, SyncStatus::Phase phase) {
  return Becomes(device, [&] { return device.status().phase == phase && !device.status().problem; });
}

bool Eventually(const std::function<bool()>& condition) {
  const auto end = steady_clock::now() + kPatience;
  while (!condition()) {
    if (steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

HostingLink::HostingLink(Device& host, Options options) {
  thread_ = std::thread([this, &host, options = std::move(options)] { Run(host, options); });
}

void HostingLink::Run(Device& host, const Options& options) {
  const auto accept = [](const std::string& asking, const std::function<bool()>&) {
    return Result<std::string>(asking);
  };
  {
    const auto unlocked = host.open();
    outcome_ = HostLink(*unlocked, {.show = [this](const std::string& code, const std::string& relay) -> Result<> {
                                      const std::lock_guard lock(mutex_);
                                      code_ = code;
                                      relay_ = relay;
                                      shown_.notify_all();
                                      return {};
                                    },
                                    .decide = options.decide ? options.decide : accept,
                                    .cancelled = [this] { return cancelled_.load(); },
                                    .life = options.life});
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  shown_.notify_all();
}

HostingLink::~HostingLink() {
  cancelled_ = true;
  if (thread_.joinable()) thread_.join();
}

std::string HostingLink::code() {
  std::unique_lock lock(mutex_);
  shown_.wait(lock, [this] { return ended_ || !code_.empty(); });
  return code_;
}

LinkJoinOptions HostingLink::Join() {
  const std::string shown = code();
  return JoinBy(shown, relay());
}

Result<std::string> HostingLink::Outcome() {
  thread_.join();
  return outcome_;
}

LinkJoinOptions JoinBy(const std::string& code, const std::string& relay) {
  const auto at = ParseRelayAddress(relay);
  return {.code = code,
          .relay = at ? *at : RelayAddress(),
          .passphrase = kPassphrase,
          .label = "second",
          .kdf_memory_mib = kCheapKdf,
          .cancelled = [] { return false; }};
}

void Link(Device& host, Device& guest) {
  HostingLink hosting(host);
  const std::string code = hosting.code();
  ASSERT_FALSE(code.empty()) << hosting.Outcome().error().message;
  const Result<> joined = JoinLink(*guest.session, JoinBy(code, hosting.relay()));
  ASSERT_TRUE(joined) << joined.error().message;
  const auto outcome = hosting.Outcome();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(*outcome, "second");
}

}  // namespace kith::app_test
