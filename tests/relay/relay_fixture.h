// A relay in this process on a scratch folder, and the real program as a child.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>

#include "relay_client.h"
#include "server/host.h"

namespace kith::relay_test {

class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class ManualClock : public Clock {
 public:
  int64_t NowMillis() override { return now_; }
  void Advance(int64_t millis) { now_ += millis; }

 private:
  std::atomic<int64_t> now_{1'800'000'000'000};
};

// Waits, for at most half a minute, until `condition` holds; gives whether it does.
bool Eventually(const std::function<bool()>& condition);

// The secret of "ADDRESS#KEY.SECRET".
Bytes SecretOf(const std::string& invite);

class RelayTest : public testing::Test {
 protected:
  void SetUp() override;
  // Starts, or starts again, a relay on the folder.
  void Start();
  void Stop() { host_.reset(); }

  std::string MakeInvite(uint16_t mailboxes, uint16_t uses, int64_t lifetime_ms);
  // A client that said hello.
  std::unique_ptr<Client> Connect();
  // A mailbox made on the relay with a token of its own invite.
  Owned MakeMailbox(Client& client);

  ScratchFolder folder_;
  ManualClock clock_;
  relay::HostOptions options_;
  std::unique_ptr<relay::Host> host_;
};

// The real program.
class Program {
 public:
  struct Ended {
    int code = -1;
    std::string out;
    std::string err;
  };
  // Runs to its end.
  static Ended Run(const std::vector<std::string>& arguments);

  // `serve` on a free port; waits until it listens.
  Program(const std::string& folder, const std::vector<std::string>& more = {});
  ~Program();
  uint16_t port() const { return ports_.at(0); }
  // One for each --listen, the fixture's own first.
  const std::vector<uint16_t>& ports() const { return ports_; }
  // What it printed until it listened.
  const std::string& out() const { return out_; }
  pid_t pid() const { return pid_; }
  // Sends the signal and waits; the exit code, or 128 plus the signal.
  int End(int signal);

 private:
  pid_t pid_ = -1;
  std::vector<uint16_t> ports_;
  std::string out_;
};

}  // namespace kith::relay_test
