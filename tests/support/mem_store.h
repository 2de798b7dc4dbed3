// A Store in memory for simulated worlds: ordered, deterministic, and able to fail and to crash on demand.
// Copying it copies the contents: a restored backup.
#pragma once

#include <map>

#include "client/core/ports.h"

namespace kith {

class MemStore final : public Store {
 public:
  using Contents = std::map<Bytes, Bytes>;

  Result<std::optional<Bytes>> Get(ByteView key) override;
  Result<> Write(const StoreBatch& batch) override;
  Result<> Scan(ByteView from, ByteView to, Order order, const Visit& visit) override;
  Result<> Compact() override;

  // The nth write from now (1: the next) fails with kStorageFailed and leaves nothing.
  void FailWrite(uint64_t nth) { fail_in_ = nth; }

  // The nth write from now is interrupted by the end of the process: it fails, and so does every call until Restart.
  // Its batch is there after the restart or not, as a real crash may have it; what was acknowledged before always is.
  enum class Interrupted { kLost, kKept };
  void CrashAtWrite(uint64_t nth, Interrupted batch) {
    crash_in_ = nth;
    interrupted_ = batch;
  }
  void Restart() { down_ = false; }
  bool down() const { return down_; }

  const Contents& contents() const { return contents_; }
  uint64_t writes() const { return writes_; }  // acknowledged

 private:
  Result<> CheckUp() const;
  void Apply(const StoreBatch& batch);

  Contents contents_;
  uint64_t writes_ = 0;
  uint64_t fail_in_ = 0;   // 0: never
  uint64_t crash_in_ = 0;  // 0: never
  Interrupted interrupted_ = Interrupted::kLost;
  bool down_ = false;
};

}  // namespace kith
