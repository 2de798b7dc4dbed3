// A relay in memory, by the rules of proto/kith/v1/relay.proto as server/ keeps them: honest, durable, deterministic.
// Faults and lies are added by who stands between it and a device.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "client/core/ports.h"
#include "crypto/verify/record.h"
#include "crypto/verify/seats.h"

namespace kith {

class SimRelay {
 public:
  struct Lane {
    uint64_t seq = 0;
    RecordId id;
    std::vector<RecordId> ids;             // by sequence number, from 1
    std::vector<uint64_t> at;              // where each stands in the log, from 0
    std::vector<PruneList::Range> pruned;  // what prune records named, in whatever order they came
  };
  struct Mailbox {
    SeatTable seats;
    std::vector<SignedStatement> statements;
    std::vector<std::shared_ptr<const SignedRecord>> log;
    std::vector<Chain> chains;  // after each record of the log
    std::map<LaneKey, Lane> lanes;

    // What its lane goes on with; nothing of it is checked.
    void Append(const LaneKey& key, const SignedRecord& record);
    Cursor head() const { return {.seq = log.size(), .chain = chains.empty() ? Chain() : chains.back()}; }
  };
  // What is on its disk. Copies share the records.
  struct Database {
    RelayEpoch epoch;
    std::map<MailboxId, Mailbox> mailboxes;
    std::set<Bytes> tokens;
  };

  SimRelay();
  // The one that had this key and this database.
  SimRelay(const SignPublic& key, Database database);

  // One call on a connection whose hello gave `nonce`. Errors as ports.h names them.
  Result<RelayReply> Handle(const RelayCall& call, uint64_t nonce);
  // What a hello gives now; one of before a restart is stale.
  uint64_t nonce() const { return nonce_; }

  // A token that creates one mailbox.
  Bytes MintToken();

  void Restart() { ++nonce_; }
  const Database& database() const { return database_; }
  // Starts from these contents under a new epoch.
  void Restore(Database database);
  // A lie: from now on it shows these contents, under their own epoch and without a restart.
  void Pretend(Database database) { database_ = std::move(database); }

  void set_full(bool full) { full_ = full; }
  void set_page_bytes(size_t bytes) { page_bytes_ = bytes; }
  const SignPublic& key() const { return key_; }
  // nullptr when there is none.
  const Mailbox* Find(const MailboxId& id) const;

 private:
  struct Handler;

  SignPublic key_;
  Database database_;
  uint64_t nonce_ = 1;
  bool full_ = false;
  size_t page_bytes_;
};

}  // namespace kith
