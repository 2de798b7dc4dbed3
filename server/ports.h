// What the relay asks of its storage: a log per mailbox, with what belongs to it. Implementations: leveldb_log.h; a
// PostgreSQL one fits behind the same door (one transaction per Write, the mailbox row locked while it runs).
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "crypto/base/ids.h"
#include "crypto/base/result.h"
#include "crypto/verify/record.h"
#include "crypto/verify/seats.h"

namespace kith::relay {

// A mailbox's number in this database: short, so that keys are. Never sent.
using MailboxNumber = uint32_t;
// H of an invite's or a token's secret: the secrets themselves are never stored.
using SecretHash = Id<struct SecretHashTag, 32>;

// A place in a mailbox's log. Sequence numbers are dense from 1; 0, with a chain of zeros, is before the first record.
struct Cursor {
  uint64_t seq = 0;
  Chain chain;
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

struct MailboxRow {
  MailboxNumber number = 0;
  Cursor head;
  uint64_t bytes = 0;  // what counts against the limit
  uint64_t limit = 0;  // bytes; 0: the relay's default
};

// The newest record of a lane; seq 0 before the first.
struct LaneHead {
  uint64_t seq = 0;
  RecordId id;
};

// Where a record of a lane stands in the log.
struct Placed {
  uint64_t log_seq = 0;
  RecordId id;
  RecordKind kind = RecordKind::kSealed;
  uint32_t payload = 0;  // bytes of payload in store; 0: empty, pruned or never given
};

// Views into bytes that somebody else owns.
struct RecordView {
  ByteView header;     // RecordHeader::kSize bytes
  ByteView signature;  // 64 bytes
  ByteView payload;
};

struct InviteRow {
  int64_t expires_ms = 0;
  uint16_t uses = 0;                 // redemptions left
  uint16_t tokens = 0;               // creation tokens for each
  std::vector<SecretHash> attempts;  // redemptions made, so that one may be sent again
};

// Changes that become durable together or not at all. Views must stay good until Write returns.
struct LogBatch {
  struct Mailbox {
    MailboxId id;
    MailboxRow row;
  };
  struct LanePlace {
    MailboxNumber mailbox;
    LaneKey lane;
    uint64_t lane_seq;
    Placed placed;
  };
  struct Record {
    LanePlace place;
    Chain chain;
    RecordView record;
  };
  struct Payload {  // of a record that is stored already; empty: drop it
    LanePlace place;
    ByteView payload;
  };
  struct Prune {
    MailboxNumber mailbox;
    LaneKey lane;
    PruneList::Range range;
  };
  struct Statement {
    MailboxNumber mailbox;
    uint64_t number;
    const SignedStatement* statement;
  };
  struct Invite {
    SecretHash hash;
    std::optional<InviteRow> row;  // nullopt: delete
  };

  std::vector<Mailbox> mailboxes;
  std::vector<Record> records;
  std::vector<Payload> payloads;
  std::vector<Prune> prunes;
  std::vector<Statement> statements;
  std::vector<SecretHash> tokens_added;
  std::vector<SecretHash> tokens_spent;
  std::vector<Invite> invites;
  std::optional<MailboxNumber> next_mailbox;

  bool empty() const {
    return mailboxes.empty() && records.empty() && payloads.empty() && prunes.empty() && statements.empty() &&
           tokens_added.empty() && tokens_spent.empty() && invites.empty() && !next_mailbox;
  }
};

// Every error is kStorageFailed: the disk refused, or what it gave back is damaged.
// Reads: from any thread. Write and CompactMailbox: each from one thread at a time.
class Log {
 public:
  virtual ~Log() = default;

  // Durable when it returns OK. After an error the outcome is unknown until the next read: nothing may be acknowledged
  // on the strength of what was known before. The log reopens itself before it accepts or answers anything more.
  virtual Result<> Write(const LogBatch& batch) = 0;

  // Random per database creation or restore.
  virtual RelayEpoch Epoch() const = 0;
  virtual Result<MailboxNumber> NextMailbox() = 0;
  virtual Result<std::optional<MailboxRow>> FindMailbox(const MailboxId& id) = 0;

  // Statements with numbers above `after`, ascending, until they fill `max_bytes`; at least one if there is one.
  virtual Result<std::vector<SignedStatement>> Statements(MailboxNumber mailbox, uint64_t after, size_t max_bytes) = 0;

  virtual Result<LaneHead> FindLaneHead(MailboxNumber mailbox, const LaneKey& lane) = 0;
  virtual Result<std::optional<Placed>> FindPlaced(MailboxNumber mailbox, const LaneKey& lane, uint64_t lane_seq) = 0;
  using VisitPlaced = std::function<void(uint64_t lane_seq, const Placed&)>;
  virtual Result<> ScanLane(MailboxNumber mailbox, const LaneKey& lane, PruneList::Range range,
                            const VisitPlaced& visit) = 0;
  // Whether a prune record names this place, stored before or after it.
  virtual Result<bool> Pruned(MailboxNumber mailbox, const LaneKey& lane, uint64_t lane_seq) = 0;

  // nullopt: no record there.
  virtual Result<std::optional<Chain>> ChainAt(MailboxNumber mailbox, uint64_t seq) = 0;
  // Records in [first, last], ascending, until `visit` returns false. The views are good during the call only.
  using VisitRecord = std::function<bool(uint64_t seq, const Chain& chain, const RecordView& record)>;
  virtual Result<> ScanRecords(MailboxNumber mailbox, uint64_t first, uint64_t last, const VisitRecord& visit) = 0;

  virtual Result<bool> HasToken(const SecretHash& token) = 0;
  virtual Result<std::optional<InviteRow>> FindInvite(const SecretHash& invite) = 0;
  virtual Result<std::vector<SecretHash>> InvitesExpiredBy(int64_t now_ms) = 0;

  // Rewrites storage so that dropped payloads of this mailbox are gone from the disk. Slow: not for the committer. If
  // it fails they stay until the engine's own rewriting; nobody is served them either way.
  virtual void CompactMailbox(MailboxNumber mailbox) = 0;
  // What is left on the disk.
  virtual Result<uint64_t> FreeBytes() = 0;
};

}  // namespace kith::relay
