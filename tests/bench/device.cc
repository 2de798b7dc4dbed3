#include "tests/bench/device.h"

#include <algorithm>
#include <future>
#include <thread>

#include "client/app/friend_flow.h"
#include "client/core/founding.h"
#include "client/core/linking.h"
#include "crypto/verify/hash.h"
#include "tests/bench/words.h"

namespace kith::bench {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

double SecondsSince(steady_clock::time_point began) {
  return std::chrono::duration<double>(steady_clock::now() - began).count();
}

std::unique_ptr<LevelDbStore> Device::Create() {
  return Must(LevelDbStore::Open(folder_, key_, {.missing = LevelDbOptions::Missing::kCreate}));
}

Device::Device(std::string folder) : folder_(std::move(folder)) {
  SystemClock clock;
  Must(FoundPerson(*Create(), clock, "first"));
  Load();
}

// The messages of linking, carried by hand; what the relay must know goes there by the host's own loop.
Device::Device(std::string folder, Device& host) : folder_(std::move(folder)) {
  const SignPublic relay = host.With([](Journal& journal) { return journal.relay()->key; });
  const PairingContext context{.mode = PairingMode::kLink, .relay_key = relay, .nameplate = 1};
  const std::string words = PairingCode::RandomWords();
  LinkHost opener(context, words);
  LinkGuest guest(context, words, "further");
  const Bytes answer = Must(guest.Respond(opener.first_message()));
  const Bytes offer = host.With([&](Journal& journal) { return Must(opener.OnAnswer(journal.state(), answer)); });
  const Bytes request = Must(guest.OnOffer(offer));
  host.With([&](Journal& journal) {
    Must(opener.OnRequest(journal.state(), request));
    Must(opener.Accept(journal.state(), journal.sync(), "further"));
  });
  SyncLoop& loop = host.unlocked().loops.own();
  loop.Poke();
  for (uint64_t seen = 0;;) {
    const bool listed = host.With(
        [&](Journal& journal) { return opener.Listed(journal.state()) && journal.sync().status().waiting == 0; });
    if (listed) break;
    seen = loop.AwaitChange(seen, milliseconds(100));
  }
  const Bytes grant = host.With([&](Journal& journal) { return Must(opener.Grant(journal.state())); });
  SystemClock clock;
  Must(guest.OnGrant(grant, *Create(), clock, relay));
  Load();
}

void Device::Load() {
  vault_ = std::make_unique<OpenVault>(Must(LevelDbStore::Open(folder_, key_, {})));
  Must(vault_->Load());
}

void Device::Run() {
  if (!vault_) Load();
  unlocked_ = std::make_unique<Unlocked>(std::move(vault_), key_.Clone());
}

void Device::Stop() {
  unlocked_.reset();
  vault_.reset();
}

void Device::SetRelay(const RelayInvite& invite) {
  GrpcRelay relay(invite.relay);
  std::array<uint8_t, 16> attempt{};
  RandomFill(attempt);
  const std::vector<Bytes> tokens = Must(relay.RedeemInvite(invite.secret, attempt));
  With([&](Journal& journal) { Must(journal.SetRelay(invite.relay, tokens)); });
}

void Device::Import(Words& words, size_t first, size_t count) {
  constexpr size_t kAtOnce = 500;
  for (size_t done = 0; done < count; done += kAtOnce) {
    const auto additions = Entries(words, first + done, std::min(kAtOnce, count - done));
    With([&](Journal& journal) { KITH_CHECK(Must(journal.Import(additions)) == additions.size()); });
  }
}

void Device::AwaitInStep() {
  unlocked_->loops.Match();
  for (const MailboxId& mailbox : With([](Journal& journal) { return journal.mailboxes(); })) {
    const auto loop = unlocked_->loops.Find(mailbox);
    KITH_CHECK(loop != nullptr);
    for (uint64_t seen = 0;;) {
      const SyncStatus status = loop->status();
      if (status.phase == SyncStatus::Phase::kOff) break;
      if (status.problem) Must(Result<>(*status.problem));
      if (status.phase == SyncStatus::Phase::kLive && status.waiting == 0) break;
      seen = loop->AwaitChange(seen, milliseconds(1000));
    }
  }
}

void Device::AwaitLive(uint64_t entries) {
  for (uint64_t seen = 0;;) {
    AwaitInStep();
    if (With([&](Journal& journal) { return journal.entry_count() == entries; })) return;
    seen = unlocked_->loops.own().AwaitChange(seen, milliseconds(1000));
  }
}

MailboxId Befriend(Device& host, Device& guest, const std::string& guest_label, const std::string& host_label) {
  const RelayAddress relay = host.With([](Journal& journal) { return journal.relay().value(); });
  const auto stays = [] { return false; };
  std::promise<std::string> shown;
  std::thread hosting([&] {
    Must(HostFriend(host.unlocked(), {.label = guest_label,
                                      .show = [&](const std::string& code, const std::string&) -> Result<> {
                                        shown.set_value(code);
                                        return {};
                                      },
                                      .cancelled = stays}));
  });
  const MailboxId circle = Must(JoinFriend(
      guest.unlocked(), {.code = shown.get_future().get(), .relay = relay, .label = host_label, .cancelled = stays}));
  hosting.join();
  host.AwaitInStep();
  guest.AwaitInStep();
  return circle;
}

}  // namespace kith::bench
