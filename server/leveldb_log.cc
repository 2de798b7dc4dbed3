#include "server/leveldb_log.h"

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>

#include "crypto/verify/hash.h"
#include "server/leveldb_env.h"
#include "server/leveldb_rows.h"
#include "server/limits.h"

namespace kith::relay {
namespace {

leveldb::Slice SliceOf(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
ByteView ViewOf(const leveldb::Slice& slice) { return {reinterpret_cast<const uint8_t*>(slice.data()), slice.size()}; }

int64_t SteadyMillis() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

Error Damaged() { return Fail(Code::kStorageFailed, "a row of the database is damaged"); }
Error Unreadable() { return Fail(Code::kStorageFailed, "the database could not be read"); }

Error OpenError(const leveldb::Status& status) {
  if (status.IsCorruption()) {
    return Fail(Code::kVaultDamaged,
                "the relay's database is damaged; keep a copy of its folder, then restore a backup or start with an "
                "empty folder: the clients refill it");
  }
  // LevelDB has no code of its own for this.
  if (status.ToString().find("lock") != std::string::npos) {
    return Fail(Code::kVaultBusy, "another process has the relay's database open");
  }
  return Fail(Code::kStorageFailed, "the relay's database could not be opened: check its folder and the disk");
}

void PutPlace(leveldb::WriteBatch& out, const LogBatch::LanePlace& place) {
  out.Put(SliceOf(rows::LaneRowKey(rows::Prefix::kPlace, place.mailbox, place.lane, place.lane_seq)),
          SliceOf(rows::Encode(place.placed)));
}

void PutRecord(leveldb::WriteBatch& out, const LogBatch::Record& record) {
  const auto& [mailbox, lane, lane_seq, placed] = record.place;
  std::array<uint8_t, rows::kHeadSize> head;
  auto to = std::ranges::copy(record.chain.view(), head.begin()).out;
  to = std::ranges::copy(record.record.header, to).out;
  std::ranges::copy(record.record.signature, to);
  out.Put(SliceOf(rows::RecordKey(mailbox, placed.log_seq, rows::Part::kHead)), SliceOf(head));
  if (!record.record.payload.empty()) {
    out.Put(SliceOf(rows::RecordKey(mailbox, placed.log_seq, rows::Part::kPayload)), SliceOf(record.record.payload));
  }
  PutPlace(out, record.place);
}

void PutPayload(leveldb::WriteBatch& out, const LogBatch::Payload& payload) {
  const Bytes key = rows::RecordKey(payload.place.mailbox, payload.place.placed.log_seq, rows::Part::kPayload);
  if (payload.payload.empty()) {
    out.Delete(SliceOf(key));
  } else {
    out.Put(SliceOf(key), SliceOf(payload.payload));
  }
  PutPlace(out, payload.place);
}

void PutAdmission(leveldb::WriteBatch& out, const LogBatch& batch) {
  for (const auto& s : batch.statements) {
    const Bytes value = Writer().Raw(s.statement->signature.view()).Raw(s.statement->body).Take();
    out.Put(SliceOf(rows::StatementKey(s.mailbox, s.number)), SliceOf(value));
  }
  for (const auto& t : batch.tokens_added) out.Put(SliceOf(rows::HashKey(rows::Prefix::kToken, t)), {});
  for (const auto& t : batch.tokens_spent) out.Delete(SliceOf(rows::HashKey(rows::Prefix::kToken, t)));
  for (const auto& invite : batch.invites) {
    const Bytes key = rows::HashKey(rows::Prefix::kInvite, invite.hash);
    if (invite.row) {
      out.Put(SliceOf(key), SliceOf(rows::Encode(*invite.row)));
    } else {
      out.Delete(SliceOf(key));
    }
  }
}

leveldb::WriteBatch Translate(const LogBatch& batch) {
  leveldb::WriteBatch out;
  for (const auto& record : batch.records) PutRecord(out, record);
  for (const auto& payload : batch.payloads) PutPayload(out, payload);
  for (const auto& prune : batch.prunes) {
    out.Put(SliceOf(rows::PruneKey(prune.mailbox, prune.lane, prune.range)), {});
  }
  PutAdmission(out, batch);
  for (const auto& mailbox : batch.mailboxes) {
    out.Put(SliceOf(rows::MailboxKey(mailbox.id)), SliceOf(rows::Encode(mailbox.row)));
  }
  if (batch.next_mailbox) {
    out.Put(SliceOf(rows::NextKey()), SliceOf(Writer().U32(*batch.next_mailbox).Take()));
  }
  return out;
}

}  // namespace

struct LevelDbLog::Engine {
  std::unique_ptr<leveldb::Env> env;
  std::unique_ptr<leveldb::Logger> logger;
  std::unique_ptr<leveldb::Cache> cache;
  std::unique_ptr<const leveldb::FilterPolicy> filter;
  std::unique_ptr<leveldb::DB> db;  // last, so closed first
};

// Holds the database open. Null when it failed to open again; it is tried anew once a second.
class LevelDbLog::Use {
 public:
  explicit Use(LevelDbLog& log) : log_(log) {
    std::unique_lock lock(log_.mutex_);
    log_.idle_.wait(lock, [this] { return !log_.closing_; });
    if (log_.engine_ == nullptr && SteadyMillis() >= log_.retry_at_) {
      log_.retry_at_ = SteadyMillis() + limits::kReopenEvery.count();
      if (log_.OpenEngine()) log_.Event("storage_reopened");
    }
    if (log_.engine_ == nullptr) return;
    db_ = log_.engine_->db.get();
    ++log_.users_;
  }
  ~Use() {
    if (db_ == nullptr) return;
    {
      const std::lock_guard lock(log_.mutex_);
      --log_.users_;
    }
    log_.idle_.notify_all();
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  leveldb::DB* db() const { return db_; }
  // A failure was seen: closes the database once every reader has left, and opens it again.
  void Reopen() {
    log_.Event("storage_failed");
    std::unique_lock lock(log_.mutex_);
    --log_.users_;
    db_ = nullptr;
    log_.closing_ = true;
    log_.idle_.wait(lock, [this] { return log_.users_ == 0; });
    log_.engine_.reset();
    log_.closing_ = false;
    log_.retry_at_ = SteadyMillis() + limits::kReopenEvery.count();
    if (log_.OpenEngine()) log_.Event("storage_reopened");
    lock.unlock();
    log_.idle_.notify_all();
  }

 private:
  LevelDbLog& log_;
  leveldb::DB* db_ = nullptr;
};

LevelDbLog::LevelDbLog(Options options) : options_(std::move(options)) {}
LevelDbLog::~LevelDbLog() = default;

Result<std::unique_ptr<LevelDbLog>> LevelDbLog::Open(Options options) {
  std::unique_ptr<LevelDbLog> log(new LevelDbLog(std::move(options)));
  KITH_TRY(log->OpenEngine());
  KITH_TRY(log->LoadFormat());
  return log;
}

Result<> LevelDbLog::OpenEngine() {
  auto engine = std::make_unique<Engine>();
  engine->env = NewRelayEnv(options_.env != nullptr ? options_.env : leveldb::Env::Default());
  engine->logger = NewSilentLogger();
  engine->cache.reset(leveldb::NewLRUCache(limits::kBlockCache));
  engine->filter.reset(leveldb::NewBloomFilterPolicy(limits::kBloomBits));
  leveldb::Options o;
  o.create_if_missing = true;
  o.paranoid_checks = true;
  o.env = engine->env.get();
  o.info_log = engine->logger.get();
  o.block_cache = engine->cache.get();
  o.filter_policy = engine->filter.get();
  o.write_buffer_size = limits::kWriteBuffer;
  o.max_file_size = limits::kTableFile;
  o.max_open_files = limits::kOpenFiles;
  o.compression = leveldb::kNoCompression;
  leveldb::DB* db = nullptr;
  const leveldb::Status status = leveldb::DB::Open(o, options_.folder, &db);
  if (!status.ok()) return OpenError(status);
  engine->db.reset(db);
  engine_ = std::move(engine);
  return {};
}

Result<> LevelDbLog::LoadFormat() {
  KITH_TRY_ASSIGN(const auto value, Get(rows::FormatKey()));
  if (!value) {
    epoch_ = RandomId<RelayEpoch>();
    const Bytes row = Writer().U32(rows::kFormatNow).Raw(epoch_.view()).Take();
    leveldb::WriteOptions synced;
    synced.sync = true;
    if (!engine_->db->Put(synced, SliceOf(rows::FormatKey()), SliceOf(row)).ok()) return Unreadable();
    return {};
  }
  Reader in(AsBytes(*value));
  const uint32_t format = in.U32();
  if (in.ok() && format > rows::kFormatNow) {
    return Fail(Code::kNewerFormat, "the relay's database was written by a newer kith-relay: upgrade this one");
  }
  epoch_.value = in.Array<RelayEpoch::kSize>();
  if (!in.Done())
    return Fail(
        Code::kVaultDamaged,
        "the relay's database is damaged, or is none of kith-relay's: put it back from a backup, or move `db` away. "
        "An empty one begins anew: give new invites, and clients send everything again");
  return {};
}

void LevelDbLog::Event(std::string_view name) const {
  if (options_.on_event) options_.on_event(name);
}

Result<> LevelDbLog::Write(const LogBatch& batch) {
  Use use(*this);
  if (use.db() == nullptr) return Unreadable();
  leveldb::WriteBatch translated = Translate(batch);
  leveldb::WriteOptions synced;
  synced.sync = true;
  if (use.db()->Write(synced, &translated).ok()) return {};
  use.Reopen();
  return Fail(Code::kStorageFailed, "the disk refused a write");
}

Result<std::optional<std::string>> LevelDbLog::Get(const Bytes& key) {
  const Use use(*this);
  if (use.db() == nullptr) return Unreadable();
  std::string value;
  leveldb::ReadOptions checked;
  checked.verify_checksums = true;
  const leveldb::Status status = use.db()->Get(checked, SliceOf(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return Unreadable();
  return std::optional(std::move(value));
}

Result<MailboxNumber> LevelDbLog::NextMailbox() {
  KITH_TRY_ASSIGN(const auto value, Get(rows::NextKey()));
  if (!value) return 1;
  Reader in(AsBytes(*value));
  const MailboxNumber next = in.U32();
  if (!in.Done()) return Damaged();
  return next;
}

Result<std::optional<MailboxRow>> LevelDbLog::FindMailbox(const MailboxId& id) {
  KITH_TRY_ASSIGN(const auto value, Get(rows::MailboxKey(id)));
  if (!value) return std::optional<MailboxRow>();
  const auto row = rows::DecodeMailbox(AsBytes(*value));
  if (!row) return Damaged();
  return row;
}

Result<std::optional<Placed>> LevelDbLog::FindPlaced(MailboxNumber mailbox, const LaneKey& lane, uint64_t lane_seq) {
  KITH_TRY_ASSIGN(const auto value, Get(rows::LaneRowKey(rows::Prefix::kPlace, mailbox, lane, lane_seq)));
  if (!value) return std::optional<Placed>();
  const auto placed = rows::DecodePlaced(AsBytes(*value));
  if (!placed) return Damaged();
  return placed;
}

Result<bool> LevelDbLog::HasToken(const SecretHash& token) {
  KITH_TRY_ASSIGN(const auto value, Get(rows::HashKey(rows::Prefix::kToken, token)));
  return value.has_value();
}

Result<std::optional<InviteRow>> LevelDbLog::FindInvite(const SecretHash& invite) {
  KITH_TRY_ASSIGN(const auto value, Get(rows::HashKey(rows::Prefix::kInvite, invite)));
  if (!value) return std::optional<InviteRow>();
  auto row = rows::DecodeInvite(AsBytes(*value));
  if (!row) return Damaged();
  return row;
}

Result<std::optional<Chain>> LevelDbLog::ChainAt(MailboxNumber mailbox, uint64_t seq) {
  KITH_TRY_ASSIGN(const auto value, Get(rows::RecordKey(mailbox, seq, rows::Part::kHead)));
  if (!value) return std::optional<Chain>();
  if (value->size() != rows::kHeadSize) return Damaged();
  return Chain::From(AsBytes(*value).first(Chain::kSize));
}

namespace {

leveldb::ReadOptions ScanOptions() {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;  // a catch-up reads everything once
  return options;
}

bool StartsWith(const leveldb::Slice& key, const Bytes& prefix) { return key.starts_with(SliceOf(prefix)); }

// The number at the end of a key.
uint64_t TailOf(const leveldb::Slice& key) { return Reader(ViewOf(key).last(8)).U64(); }

// Stands on the last key at or below `key`, or is not valid.
void SeekBack(leveldb::Iterator& it, const Bytes& key) {
  it.Seek(SliceOf(key));
  if (!it.Valid()) {
    it.SeekToLast();
  } else if (it.key() != SliceOf(key)) {
    it.Prev();
  }
}

}  // namespace

Result<std::vector<SignedStatement>> LevelDbLog::Statements(MailboxNumber mailbox, uint64_t after, size_t max_bytes) {
  const Use use(*this);
  if (use.db() == nullptr) return Unreadable();
  const Bytes prefix = Writer().U8(static_cast<uint8_t>(rows::Prefix::kStatement)).U32(mailbox).Take();
  std::vector<SignedStatement> out;
  size_t bytes = 0;
  const std::unique_ptr<leveldb::Iterator> it(use.db()->NewIterator(ScanOptions()));
  for (it->Seek(SliceOf(rows::StatementKey(mailbox, after + 1))); it->Valid() && StartsWith(it->key(), prefix);
       it->Next()) {
    const ByteView value = ViewOf(it->value());
    if (value.size() < Signature::kSize) return Damaged();
    bytes += value.size();
    if (bytes > max_bytes && !out.empty()) break;
    const ByteView body = value.subspan(Signature::kSize);
    out.push_back({Bytes(body.begin(), body.end()), *Signature::From(value.first(Signature::kSize))});
  }
  if (!it->status().ok()) return Unreadable();
  return out;
}

Result<LaneHead> LevelDbLog::FindLaneHead(MailboxNumber mailbox, const LaneKey& lane) {
  const Use use(*this);
  if (use.db() == nullptr) return Unreadable();
  const std::unique_ptr<leveldb::Iterator> it(use.db()->NewIterator(ScanOptions()));
  SeekBack(*it, rows::LaneRowKey(rows::Prefix::kPlace, mailbox, lane, UINT64_MAX));
  if (!it->status().ok()) return Unreadable();
  if (!it->Valid() || !StartsWith(it->key(), rows::LaneKeyPrefix(rows::Prefix::kPlace, mailbox, lane))) {
    return LaneHead{};
  }
  const auto placed = rows::DecodePlaced(ViewOf(it->value()));
  if (!placed) return Damaged();
  return LaneHead{TailOf(it->key()), placed->id};
}

Result<> LevelDbLog::ScanLane(MailboxNumber mailbox, const LaneKey& lane, PruneList::Range range,
                              const VisitPlaced& visit) {
  const Use use(*this);
  if (use.db() == nullptr) return Unreadable();
  const Bytes prefix = rows::LaneKeyPrefix(rows::Prefix::kPlace, mailbox, lane);
  const std::unique_ptr<leveldb::Iterator> it(use.db()->NewIterator(ScanOptions()));
  for (it->Seek(SliceOf(rows::LaneRowKey(rows::Prefix::kPlace, mailbox, lane, range.first)));
       it->Valid() && StartsWith(it->key(), prefix) && TailOf(it->key()) <= range.last; it->Next()) {
    const auto placed = rows::DecodePlaced(ViewOf(it->value()));
    if (!placed) return Damaged();
    visit(TailOf(it->key()), *placed);
  }
  if (!it->status().ok()) return Unreadable();
  return {};
}

Result<bool> LevelDbLog::Pruned(MailboxNumber mailbox, const LaneKey& lane, uint64_t lane_seq) {
  const Use use(*this);
  if (use.db() == nullptr) return Unreadable();
  const Bytes prefix = rows::LaneKeyPrefix(rows::Prefix::kPrune, mailbox, lane);
  const std::unique_ptr<leveldb::Iterator> it(use.db()->NewIterator(ScanOptions()));
  // Later prunes may begin before earlier ones end, so all that begin at or below the place are looked at.
  SeekBack(*it, rows::PruneKey(mailbox, lane, {lane_seq, UINT64_MAX}));
  for (; it->Valid() && StartsWith(it->key(), prefix); it->Prev()) {
    if (it->key().size() != prefix.size() + 16) return Damaged();
    if (TailOf(it->key()) >= lane_seq) return true;
    // No range is wider than a prune record may name.
    const uint64_t first = Reader(ViewOf(it->key()).subspan(prefix.size())).U64();
    if (lane_seq - first > limits::kPrunedPerRecord) break;
  }
  if (!it->status().ok()) return Unreadable();
  return false;
}

Result<> LevelDbLog::ScanRecords(MailboxNumber mailbox, uint64_t first, uint64_t last, const VisitRecord& visit) {
  const Use use(*this);
  if (use.db() == nullptr) return Unreadable();
  const std::unique_ptr<leveldb::Iterator> it(use.db()->NewIterator(ScanOptions()));
  it->Seek(SliceOf(rows::RecordKey(mailbox, first, rows::Part::kHead)));
  for (uint64_t seq = first; seq <= last; ++seq) {
    // Dense: a hole is damage, and is never skipped.
    if (!it->Valid() || it->key() != SliceOf(rows::RecordKey(mailbox, seq, rows::Part::kHead))) {
      return it->status().ok() ? Damaged() : Unreadable();
    }
    if (it->value().size() != rows::kHeadSize) return Damaged();
    std::array<uint8_t, rows::kHeadSize> head;
    std::ranges::copy(ViewOf(it->value()), head.begin());
    it->Next();
    RecordView record;
    if (it->Valid() && it->key() == SliceOf(rows::RecordKey(mailbox, seq, rows::Part::kPayload))) {
      record.payload = ViewOf(it->value());
    }
    const ByteView view(head);
    record.header = view.subspan(Chain::kSize, RecordHeader::kSize);
    record.signature = view.last(Signature::kSize);
    if (!visit(seq, *Chain::From(view.first(Chain::kSize)), record)) break;
    if (!record.payload.empty()) it->Next();
  }
  if (!it->status().ok()) return Unreadable();
  return {};
}

Result<std::vector<SecretHash>> LevelDbLog::InvitesExpiredBy(int64_t now_ms) {
  const Use use(*this);
  if (use.db() == nullptr) return Unreadable();
  const Bytes prefix = Writer().U8(static_cast<uint8_t>(rows::Prefix::kInvite)).Take();
  std::vector<SecretHash> out;
  const std::unique_ptr<leveldb::Iterator> it(use.db()->NewIterator(ScanOptions()));
  for (it->Seek(SliceOf(prefix)); it->Valid() && StartsWith(it->key(), prefix); it->Next()) {
    const auto row = rows::DecodeInvite(ViewOf(it->value()));
    const auto hash = SecretHash::From(ViewOf(it->key()).subspan(1));
    if (!row || !hash) return Damaged();
    if (row->expires_ms <= now_ms) out.push_back(*hash);
  }
  if (!it->status().ok()) return Unreadable();
  return out;
}

void LevelDbLog::CompactMailbox(MailboxNumber mailbox) {
  const Use use(*this);
  if (use.db() == nullptr) return;
  const Bytes from = rows::RecordKey(mailbox, 0, rows::Part::kHead);
  const Bytes to = rows::RecordKey(mailbox, UINT64_MAX, rows::Part::kPayload);
  const leveldb::Slice first = SliceOf(from);
  const leveldb::Slice last = SliceOf(to);
  use.db()->CompactRange(&first, &last);
}

Result<uint64_t> LevelDbLog::FreeBytes() {
  struct statvfs disk{};
  if (::statvfs(options_.folder.c_str(), &disk) != 0) return Unreadable();
  return static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize;
}

}  // namespace kith::relay
