// Changes that become durable together, readable before they are.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "client/core/ports.h"

namespace kith {

// Owned by one thread. Reads see this transaction's own writes.
class Transaction {
 public:
  explicit Transaction(Store& store) : store_(store) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Result<std::optional<Bytes>> Get(const Bytes& key) const {
    if (const auto found = changes_.find(key); found != changes_.end()) return found->second;
    return store_.Get(key);
  }
  void Put(Bytes key, Bytes value) { changes_.insert_or_assign(std::move(key), std::move(value)); }
  void Delete(Bytes key) { changes_.insert_or_assign(std::move(key), std::nullopt); }
  bool empty() const { return changes_.empty(); }
  // What a scan of the store would miss: the keys from `from` to before `to` that were put or deleted here.
  std::vector<Bytes> ChangedBetween(const Bytes& from, const Bytes& to) const {
    std::vector<Bytes> keys;
    for (auto at = changes_.lower_bound(from); at != changes_.end() && at->first < to; ++at) keys.push_back(at->first);
    return keys;
  }

  // Durable when OK. After an error nothing was written. Once.
  Result<> Commit() {
    StoreBatch batch;
    for (auto& [key, value] : changes_) {
      if (value) {
        batch.Put(key, *std::move(value));
      } else {
        batch.Delete(key);
      }
    }
    changes_.clear();
    if (batch.empty()) return {};
    return store_.Write(batch);
  }

 private:
  Store& store_;
  std::map<Bytes, std::optional<Bytes>> changes_;
};

}  // namespace kith
