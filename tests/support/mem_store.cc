#include "tests/support/mem_store.h"

#include <iterator>

namespace kith {
namespace {

Bytes Copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

// Counts down to the call that a fault was set for.
bool Strikes(uint64_t& in) { return in != 0 && --in == 0; }

}  // namespace

Result<std::optional<Bytes>> MemStore::Get(ByteView key) {
  KITH_TRY(CheckUp());
  const auto found = contents_.find(Copy(key));
  if (found == contents_.end()) return std::optional<Bytes>();
  return std::optional<Bytes>(found->second);
}

Result<> MemStore::Write(const StoreBatch& batch) {
  KITH_TRY(CheckUp());
  const bool crashes = Strikes(crash_in_);
  const bool fails = Strikes(fail_in_);
  if (crashes) {
    down_ = true;
    if (interrupted_ == Interrupted::kKept) Apply(batch);
    return CheckUp();
  }
  if (fails) return Fail(Code::kStorageFailed, "The simulated disk refused a write.");
  Apply(batch);
  ++writes_;
  return {};
}

Result<> MemStore::Scan(ByteView from, ByteView to, Order order, const Visit& visit) {
  KITH_TRY(CheckUp());
  const auto begin = contents_.lower_bound(Copy(from));
  const auto end = contents_.lower_bound(Copy(to));
  if (begin == contents_.end() || (end != contents_.end() && end->first < begin->first)) return {};
  const auto walk = [&visit](auto at, auto stop) {
    while (at != stop && visit(at->first, at->second)) ++at;
  };
  if (order == Order::kAscending) {
    walk(begin, end);
  } else {
    walk(std::make_reverse_iterator(end), std::make_reverse_iterator(begin));
  }
  return {};
}

Result<> MemStore::Compact() { return CheckUp(); }

Result<> MemStore::CheckUp() const {
  if (down_) return Fail(Code::kStorageFailed, "The simulated process has crashed.");
  return {};
}

void MemStore::Apply(const StoreBatch& batch) {
  for (const StoreBatch::Change& change : batch.changes()) {
    if (change.value) {
      contents_[change.key] = *change.value;
    } else {
      contents_.erase(change.key);
    }
  }
}

}  // namespace kith
