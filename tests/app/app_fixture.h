// Whole devices and a whole relay in this process, each on a scratch folder.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "client/app/link_flow.h"
#include "client/app/session.h"
#include "server/host.h"

namespace kith::app_test {

inline constexpr char kPassphrase[] = "a passphrase nobody guesses";
inline constexpr uint32_t kCheapKdf = 64;  // MiB; the floor

class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// A relay that can be stopped, started again at the same port, and wiped.
class TestRelay {
 public:
  explicit TestRelay(uint64_t mailbox_bytes = relay::limits::kMailboxBytes);
  // A copy of a stopped one as it is now, at another port.
  TestRelay(const TestRelay& stopped);
  void Start();
  void Stop();
  // A new database for the same relay. Stopped before and after.
  void Wipe();
  // From its next start on it logs all that it can log, to standard error.
  void LogEverything() { options_.log = relay::EventLog::Level::kCalls; }
  const std::string& folder() const { return options_.folder; }
  // Every byte it keeps, by file.
  std::map<std::string, std::string> Contents() const;
  // "ADDRESS#KEY.SECRET", for some mailboxes, once; `address` if it is reached another way.
  std::string Invite(const std::string& address = {});
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  const SignPublic& key() const { return key_; }

 private:
  ScratchFolder folder_;
  relay::HostOptions options_;
  std::unique_ptr<relay::Host> host_;
  uint16_t port_ = 0;
  SignPublic key_;
};

// A person's device.
class Device {
 public:
  Device();
  void Init(const std::string& label = "first");
  // By the invite, as `kith relay set` does it.
  void SetRelay(const std::string& invite);

  std::shared_ptr<Unlocked> open();
  EntryId Write(const std::string& text);
  uint64_t count();
  std::string text_of(const EntryId& entry);  // empty when it is not there
  SyncStatus status() { return open()->loops.own().status(); }
  Result<> Settle();

 private:
  ScratchFolder folder_;

 public:
  const AgentPaths paths;
  std::unique_ptr<Session> session;
};

// Whether `condition` comes to hold within half a minute; looked at whenever the device's sync moves, and often.
bool Becomes(Device& device, const std::function<bool()>& condition);
bool Becomes(Device& device, SyncStatus::Phase phase);

// Whether `condition` comes to hold within half a minute.
bool Eventually(const std::function<bool()>& condition);

// Links `guest` to `host` through the relay that is set there.
void Link(Device& host, Device& guest);

LinkJoinOptions JoinBy(const std::string& code, const std::string& relay);

// The existing device's end of a link, on a thread of its own.
class HostingLink {
 public:
  struct Options {
    std::chrono::milliseconds life = kCodeLife;
    std::function<Result<std::string>(const std::string&, const std::function<bool()>&)> decide;  // empty: accepts
  };
  HostingLink(Device& host, Options options);
  explicit HostingLink(Device& host) : HostingLink(host, Options()) {}
  ~HostingLink();
  // Blocks until there is one, or the host has ended.
  std::string code();
  std::string relay() const { return relay_; }  // once there is a code
  LinkJoinOptions Join();                       // by its code
  void Cancel() { cancelled_ = true; }
  bool ended() const { return ended_; }
  Result<std::string> Outcome();

 private:
  void Run(Device& host, const Options& options);

  std::atomic<bool> cancelled_{false};
  std::atomic<bool> ended_{false};
  std::mutex mutex_;
  std::condition_variable shown_;
  std::string code_;
  std::string relay_;
  Result<std::string> outcome_ = Fail(Code::kInternal);
  std::thread thread_;
};

// The error's code; kInternal, with a failure noted, when there is none.
template <class T>
Code CodeOf(const Result<T>& result) {
  if (result) ADD_FAILURE() << "expected an error";
  return result ? Code::kInternal : result.error().code;
}

}  // namespace kith::app_test
