// The log on LevelDB: one process, one folder. Every write is one synced batch. After any failed write the database is
// closed and opened again before anything else, since LevelDB 1.23 goes on appending to a log whose last record is
// torn, and everything behind that is lost at the next start (DESIGN.md, "The disk is full").
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "server/ports.h"

namespace leveldb {
class DB;
class Env;
}  // namespace leveldb

namespace kith::relay {

class LevelDbLog : public Log {
 public:
  struct Options {
    std::string folder;
    leveldb::Env* env = nullptr;  // nullptr: the system's; must outlive the log
    // Told of storage trouble, by an event's name; any thread.
    std::function<void(std::string_view event)> on_event;
  };

  // Opens the database, or makes one with a fresh epoch. kVaultBusy: another process has it. kNewerFormat: written by a
  // newer relay. kVaultDamaged: what is there does not check. kStorageFailed.
  static Result<std::unique_ptr<LevelDbLog>> Open(Options options);
  ~LevelDbLog() override;

  Result<> Write(const LogBatch& batch) override;
  RelayEpoch Epoch() const override { return epoch_; }
  Result<MailboxNumber> NextMailbox() override;
  Result<std::optional<MailboxRow>> FindMailbox(const MailboxId& id) override;
  Result<std::vector<SignedStatement>> Statements(MailboxNumber mailbox, uint64_t after, size_t max_bytes) override;
  Result<LaneHead> FindLaneHead(MailboxNumber mailbox, const LaneKey& lane) override;
  Result<std::optional<Placed>> FindPlaced(MailboxNumber mailbox, const LaneKey& lane, uint64_t lane_seq) override;
  Result<> ScanLane(MailboxNumber mailbox, const LaneKey& lane, PruneList::Range range,
                    const VisitPlaced& visit) override;
  Result<bool> Pruned(MailboxNumber mailbox, const LaneKey& lane, uint64_t lane_seq) override;
  Result<std::optional<Chain>> ChainAt(MailboxNumber mailbox, uint64_t seq) override;
  Result<> ScanRecords(MailboxNumber mailbox, uint64_t first, uint64_t last, const VisitRecord& visit) override;
  Result<bool> HasToken(const SecretHash& token) override;
  Result<std::optional<InviteRow>> FindInvite(const SecretHash& invite) override;
  Result<std::vector<SecretHash>> InvitesExpiredBy(int64_t now_ms) override;
  void CompactMailbox(MailboxNumber mailbox) override;
  Result<uint64_t> FreeBytes() override;

 private:
  struct Engine;  // the database and what it needs to live
  class Use;      // keeps the database open while something reads it

  explicit LevelDbLog(Options options);
  Result<> OpenEngine();
  Result<> LoadFormat();
  Result<std::optional<std::string>> Get(const Bytes& key);
  void Event(std::string_view name) const;

  const Options options_;
  RelayEpoch epoch_;

  std::mutex mutex_;
  std::condition_variable idle_;
  size_t users_ = 0;      // guarded by mutex_, like those below
  bool closing_ = false;  // a failed write waits for the readers to leave
  int64_t retry_at_ = 0;  // steady milliseconds
  std::unique_ptr<Engine> engine_;
};

}  // namespace kith::relay
