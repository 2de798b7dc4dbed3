// One device inside this process: a vault on the disk, and the loop that keeps it in step with a relay.
#pragma once

#include <memory>
#include <string>

#include "client/app/link_flow.h"
#include "client/app/session.h"
#include "crypto/base/check.h"
#include "crypto/verify/secret.h"

namespace kith::bench {

// The value, or the end of the bench with the error.
template <class T>
T Must(Result<T> result) {
  if (!result) std::fprintf(stderr, "%s: %s\n", CodeName(result.error().code), result.error().message.c_str());
  KITH_CHECK(result.has_value());
  return *std::move(result);
}
inline void Must(const Result<>& result) {
  if (!result) std::fprintf(stderr, "%s: %s\n", CodeName(result.error().code), result.error().message.c_str());
  KITH_CHECK(result.has_value());
}

double SecondsSince(std::chrono::steady_clock::time_point began);

class Device {
 public:
  // A new person's first device in `folder`.
  explicit Device(std::string folder);
  // A further device of the person whose `host` is running. Not running yet; its vault is open.
  Device(std::string folder, Device& host);

  // Starts syncing; with Load before it, what starting costs is not measured.
  void Load();
  void Run();
  void Stop();
  bool running() const { return unlocked_ != nullptr; }

  // Redeems the invite and keeps the relay. Not while it runs.
  void SetRelay(const RelayInvite& invite);
  void Import(class Words& words, size_t first, size_t count);
  // Until every mailbox is in step with its relay, where it has one.
  void AwaitInStep();
  // Until it holds `entries` too.
  void AwaitLive(uint64_t entries);

  template <class Use>
  auto With(Use use) {
    return (unlocked_ ? *unlocked_->vault : *vault_).With(use);
  }
  Unlocked& unlocked() { return *unlocked_; }
  const std::string& folder() const { return folder_; }

 private:
  std::unique_ptr<LevelDbStore> Create();

  const std::string folder_;
  const VaultKey key_ = VaultKey::Generate();
  std::unique_ptr<OpenVault> vault_;    // loaded and not running
  std::unique_ptr<Unlocked> unlocked_;  // running
};

// Two people meet by a spoken code, on the host's relay; both devices run. Returns their circle, once all that came of
// it is where it belongs.
MailboxId Befriend(Device& host, Device& guest, const std::string& guest_label, const std::string& host_label);

}  // namespace kith::bench
