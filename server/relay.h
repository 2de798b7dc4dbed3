// The relay's door: append, fetch, subscribe, pair, admit. No third-party types, no transport. Reads and the checking
// of signatures happen on the caller's thread (never a transport's own); writes are finished on the committer's.
#pragma once

#include <condition_variable>
#include <set>
#include <thread>

#include "crypto/base/clock.h"
#include "crypto/verify/relay_auth.h"
#include "server/committer.h"
#include "server/limits.h"
#include "server/nonces.h"
#include "server/pairing.h"
#include "server/subscriptions.h"

namespace kith::relay {

struct RelayOptions {
  uint64_t mailbox_bytes = limits::kMailboxBytes;
  uint64_t min_free_bytes = limits::kMinFreeDisk;
  std::array<uint8_t, 32> spki_hash = {};  // of the certificate, for hellos; zeros when there is none
};

struct SignedHello {
  Bytes body;
  Signature signature;
};

// Thread-safe. Errors that any signed call gives: kStaleNonce, kRelayRefused (bad signature, no such mailbox, or not
// listed: the same work and the same answer), kStorageFailed, kCancelled (shutting down).
class Relay {
 public:
  // `log`, `identity` and `clock` must outlive the relay.
  Relay(Log& log, const Signer& identity, Clock& clock, const RelayOptions& options);
  ~Relay();

  const SignPublic& key() const { return identity_.public_key(); }
  const RelayEpoch& epoch() const { return epoch_; }
  SignedHello Hello();

  // Views of `call` and `records` must stay good until `done` is called. Also kMalformed, kTooLarge, kLaneForked,
  // kLaneGap, kRelayFull, kRelayStorageLow, kRelayBusy.
  void Push(const SignedCall& call, const std::vector<RecordView>& records, Done<PushReply> done);
  void Submit(const SignedCall& call, SignedStatement statement, Done<uint64_t> done);
  void Create(const SignedCall& call, const Token& token, SignedStatement statement, Done<CreateReply> done);
  void Redeem(const InviteSecret& secret, const Attempt& attempt, Done<std::vector<Token>> done);
  void Mint(const InviteOrder& order, Done<InviteSecret> done);

  // Records after `cursor`, ascending and dense, up to `max_bytes` (0, or beyond the limit: the limit). `visit` is
  // called for each, with views that are good during the call.
  using VisitRecord = std::function<void(const RecordView&)>;
  Result<PageHead> Fetch(const SignedCall& call, const Cursor& cursor, size_t max_bytes, const VisitRecord& visit);
  Result<StatementPage> Statements(const SignedCall& call, uint64_t after);
  // Where things stand; everything later comes to the subscriber. Unsubscribe when it is done.
  Result<Wake> Subscribe(const SignedCall& call, std::shared_ptr<Subscriber> subscriber);
  void Unsubscribe(const MailboxId& mailbox, const Subscriber* subscriber);
  Result<> OpenPairing(const SignedCall& call, std::shared_ptr<PairSide> side);
  Pairing& pairing() { return pairing_; }
  size_t subscribers() { return subscriptions_.size(); }

  // Once a second or so: heartbeats and the end of pairings.
  void Tick();
  // Refuses writes, finishes those under way, ends subscriptions and pairings. Idempotent; by one thread.
  void Stop();

 private:
  Result<> CheckSignature(const SignedCall& call);
  Result<std::shared_ptr<const Mailbox>> Authorize(const SignedCall& call);
  Result<> CheckDisk();
  void OnCommit(const std::vector<Draft::Change>& changes, bool pruned);
  void CompactLoop();

  Log& log_;
  const Signer& identity_;
  Clock& clock_;
  const RelayOptions options_;
  const RelayEpoch epoch_;
  Nonces nonces_;
  Mailboxes mailboxes_;
  Subscriptions subscriptions_;
  Pairing pairing_;

  // Mailboxes with pruned payloads that still lie on the disk.
  std::mutex compact_mutex_;
  std::condition_variable compact_wake_;
  std::set<MailboxNumber> to_compact_;
  bool stopping_ = false;
  std::thread compactor_;

  Committer committer_;  // last: its thread uses all of the above
};

}  // namespace kith::relay
