// Everything that relays were ever sent, and who was ever served what. Kept by the world; searched by its checks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "client/core/ports.h"
#include "crypto/verify/record.h"

namespace kith {

struct Caught {
  RecordHeader header;
  RecordId id;
  std::shared_ptr<const SignedRecord> record;
  size_t author = 0;  // the person whose lane it is
  uint64_t step = 0;  // of the world, when it was first sent
};

class Wiretap {
 public:
  // A machine of `person` sends a record; `wrote` says whether a lane is one of that machine's own.
  void Sent(size_t person, const std::function<bool(const LaneKey&)>& wrote, const SignedRecord& record, uint64_t step);
  // Anything else that passes a relay: a statement, a message of two people who meet.
  void Passed(ByteView bytes) { others_.emplace_back(bytes.begin(), bytes.end()); }
  // A relay answers a machine of `person`.
  void Served(size_t person, const PullReply& page);

  // With their payloads, in the order in which they were first sent.
  const std::vector<Caught>& records() const { return records_; }
  const std::vector<Bytes>& others() const { return others_; }
  // Whether a machine of `person` was ever served a record's payload, or wrote it.
  bool Had(size_t person, const RecordId& record) const { return had_.contains({person, record}); }

 private:
  std::vector<Caught> records_;
  std::vector<Bytes> others_;
  std::set<RecordId> known_;
  std::map<LaneKey, size_t> authors_;
  std::set<std::pair<size_t, RecordId>> had_;
};

}  // namespace kith
