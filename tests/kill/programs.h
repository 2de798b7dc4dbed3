// The real programs as children of the test, to be killed: a relay, and devices with an agent each.
#pragma once

#include <grpcpp/grpcpp.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kith/v1/local.grpc.pb.h"

namespace kith::kill_test {

using std::chrono::milliseconds;

// Waits until `condition` holds, looking every millisecond; gives whether it came to hold in time.
bool Eventually(const std::function<bool()>& condition, milliseconds limit = std::chrono::seconds(30));

// A folder of this test. Removed at the end unless it is to be kept.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  void Keep() { keep_ = true; }

 private:
  std::string path_;
  bool keep_ = false;
};

// A child process. It dies with the thread that started it.
class Process {
 public:
  Process() = default;
  ~Process() { Kill(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // `log` takes what it prints. False: it could not be started.
  bool Start(std::vector<std::string> command, std::vector<std::string> variables, const std::string& log);
  // SIGKILL, and waits until it is gone.
  void Kill();
  // Waits for its own end; the exit code, or -1.
  int Wait();
  // It runs, as far as anybody knows.
  bool Lives();

 private:
  pid_t pid_ = -1;
};

class RelayProgram {
 public:
  explicit RelayProgram(std::string folder) : folder_(std::move(folder)) {}

  // Makes its identity and starts it on a free port, which it keeps.
  bool Found();
  // Starts without waiting.
  bool Launch();
  // Waits until it listens.
  bool Ready();
  void Kill() { process_.Kill(); }
  uint16_t port() const { return port_; }
  // An invite for one mailbox; empty: it gave none.
  std::string Invite() const;

 private:
  std::string folder_;
  std::string port_file_;
  Process process_;
  uint16_t port_ = 0;
  int starts_ = 0;
};

class Device {
 public:
  using Stub = v1::Agent::Stub;
  Device(std::string name, std::string home) : name_(std::move(name)), home_(std::move(home)) {}

  const std::string& name() const { return name_; }
  // Starts the agent without waiting.
  bool Launch();
  // Waits until it listens.
  bool Ready();
  grpc::Status Unlock();
  void Kill() { process_.Kill(); }

  // A connection of its own.
  std::unique_ptr<Stub> Connect() const;
  grpc::Status Init();
  grpc::Status SetRelay(const std::string& invite);
  // Makes `guest` a device of this one's person.
  grpc::Status Link(Device& guest);
  // Asks until both sides have everything, or until the time is up.
  grpc::Status Sync();

 private:
  grpc::Status SyncOnce();

  std::string name_;
  std::string home_;
  Process process_;
};

// A context whose call is given up after a minute.
std::unique_ptr<grpc::ClientContext> Context();
// The code that a refusal bears, such as "LOCKED"; empty when it bears none.
std::string CodeOf(const grpc::Status& status);

}  // namespace kith::kill_test
