// Those who write while programs are killed, and remember what was acknowledged to them.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/kill/programs.h"
#include "tests/relay/relay_client.h"
#include "tests/support/seeded_random.h"

namespace kith::kill_test {

// What all writers of a round share. Thread-safe.
class Acknowledged {
 public:
  // `text` of this entry was acknowledged.
  void Add(const std::string& entry, std::string text);
  // An entry to edit, by whichever device; empty while there is none.
  std::string Any(Dice& dice) const;
  // By entry: every text that one of its versions must have.
  std::map<std::string, std::vector<std::string>> entries() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> texts_;
  std::vector<std::string> order_;
};

// Counts acknowledgements and collects what must not happen. Thread-safe.
class Tally {
 public:
  void Count() { ++count_; }
  uint64_t count() const { return count_; }
  void Problem(std::string what);
  std::vector<std::string> problems() const;

 private:
  std::atomic<uint64_t> count_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> problems_;
};

// Writes and edits entries through a device's own API, as fast as they are acknowledged.
class DeviceWriter {
 public:
  DeviceWriter(const Device& device, uint64_t seed, Acknowledged& acknowledged, Tally& tally);
  // Stops after the call under way.
  ~DeviceWriter();

 private:
  void Run();
  grpc::Status Act(Device::Stub& stub);
  grpc::Status Write(Device::Stub& stub);
  grpc::Status Edit(Device::Stub& stub, const std::string& entry);
  std::string NextText();

  const Device& device_;
  Dice dice_;
  Acknowledged& acknowledged_;
  Tally& tally_;
  uint64_t texts_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// Pushes records to a mailbox of its own, past all of Kith's client, so that nothing but the relay can have them.
class RelayWriter {
 public:
  // `invite` is for one mailbox.
  RelayWriter(const RelayProgram& relay, const std::string& invite, uint64_t seed, Tally& tally);
  ~RelayWriter() { Stop(); }
  // After the call under way.
  void Stop();
  // Reads the mailbox from its beginning; what was acknowledged and is not there, or not whole, is a problem.
  void Check();

 private:
  void Run();
  bool Found(const std::string& invite);
  std::vector<SignedRecord> NextRecords();

  const RelayProgram& relay_;
  Dice dice_;
  Tally& tally_;
  relay_test::Owned mailbox_;
  std::vector<RecordId> acknowledged_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace kith::kill_test
