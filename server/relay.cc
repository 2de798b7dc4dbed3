#include "server/relay.h"

#include "crypto/verify/labels.h"

namespace kith::relay {
namespace {

// An operation of any result: `apply` makes it on the draft, `done` hears of it once it is durable.
template <class T, class Change>
class OperationOf : public Committer::Operation {
 public:
  OperationOf(size_t bytes, bool alone, Change apply, Done<T> done)
      : bytes_(bytes), alone_(alone), apply_(std::move(apply)), done_(std::move(done)) {}

  size_t Bytes() const override { return bytes_; }
  bool Alone() const override { return alone_; }
  void Apply(Draft& draft) override { result_ = apply_(draft); }
  void Finish(const Result<>& committed) override {
    // A refusal may rest on what the same batch was about to store, so it too waits for the write.
    if (!committed) return done_(Error(committed.error()));
    done_(std::move(*result_));
  }

 private:
  const size_t bytes_;
  const bool alone_;
  Change apply_;
  Done<T> done_;
  std::optional<Result<T>> result_;
};

enum class Grouping { kTogether, kAlone };

template <class T, class Apply>
std::unique_ptr<Committer::Operation> MakeOperation(size_t bytes, Grouping grouping, Apply apply, Done<T> done) {
  return std::make_unique<OperationOf<T, Apply>>(bytes, grouping == Grouping::kAlone, std::move(apply),
                                                 std::move(done));
}

constexpr size_t kSmallOperation = 1024;

}  // namespace

Relay::Relay(Log& log, const Signer& identity, Clock& clock, const RelayOptions& options)
    : log_(log),
      identity_(identity),
      clock_(clock),
      options_(options),
      epoch_(log.Epoch()),
      nonces_(limits::kNonces),
      mailboxes_(log, limits::kCachedMailboxes),
      pairing_(clock),
      compactor_([this] { CompactLoop(); }),
      committer_(log, mailboxes_, options.mailbox_bytes,
                 [this](const auto& changes, bool pruned) { OnCommit(changes, pruned); }) {}

Relay::~Relay() { Stop(); }

SignedHello Relay::Hello() {
  kith::Hello hello;
  hello.relay_key = identity_.public_key();
  hello.epoch = epoch_;
  hello.nonce = nonces_.Issue();
  hello.time_ms = static_cast<uint64_t>(clock_.NowMillis());
  hello.spki_hash = options_.spki_hash;
  Bytes body = hello.Encode();
  const Signature signature = identity_.Sign(labels::kSignHello, body);
  return {std::move(body), signature};
}

Result<> Relay::CheckSignature(const SignedCall& call) {
  if (!nonces_.Known(call.nonce)) return Fail(Code::kStaleNonce);
  const RequestAuth auth{identity_.public_key(), call.nonce, call.counter, call.method, call.mailbox};
  if (!auth.Verify(call.signer, call.body, call.signature)) return Fail(Code::kRelayRefused);
  if (!nonces_.Accept(call.nonce, call.counter)) return Fail(Code::kStaleNonce);
  return {};
}

Result<std::shared_ptr<const Mailbox>> Relay::Authorize(const SignedCall& call) {
  KITH_TRY(CheckSignature(call));
  KITH_TRY_ASSIGN(auto mailbox, mailboxes_.Get(call.mailbox));
  if (mailbox == nullptr || !Permitted(*mailbox->seats, call.signer)) return Fail(Code::kRelayRefused);
  return mailbox;
}

Result<> Relay::CheckDisk() {
  KITH_TRY_ASSIGN(const uint64_t free, log_.FreeBytes());
  if (free < options_.min_free_bytes) return Fail(Code::kRelayStorageLow);
  return {};
}

void Relay::Push(const SignedCall& call, const std::vector<RecordView>& records, Done<PushReply> done) {
  const auto mailbox = Authorize(call);
  if (!mailbox) return done(mailbox.error());
  if (const auto room = CheckDisk(); !room) return done(room.error());
  auto plan = PlanPush(call.mailbox, call.signer, records);
  if (!plan) return done(std::move(plan).error());
  const size_t bytes = plan->bytes + kSmallOperation;
  const auto grouping = plan->refills_or_prunes ? Grouping::kAlone : Grouping::kTogether;
  committer_.Submit(MakeOperation<PushReply>(
      bytes, grouping, [plan = *std::move(plan)](Draft& draft) { return draft.Push(plan); }, std::move(done)));
}

void Relay::Submit(const SignedCall& call, SignedStatement statement, Done<uint64_t> done) {
  if (const auto good = CheckSignature(call); !good) return done(good.error());
  const size_t bytes = kSmallOperation + statement.body.size();  // before it is moved from
  committer_.Submit(MakeOperation<uint64_t>(
      bytes, Grouping::kAlone,
      [mailbox = call.mailbox, signer = call.signer, statement = std::move(statement)](Draft& draft) {
        return draft.Submit(mailbox, signer, statement);
      },
      std::move(done)));
}

void Relay::Create(const SignedCall& call, const Token& token, SignedStatement statement, Done<CreateReply> done) {
  if (const auto good = CheckSignature(call); !good) return done(good.error());
  if (const auto room = CheckDisk(); !room) return done(room.error());
  const size_t bytes = kSmallOperation + statement.body.size();  // before it is moved from
  committer_.Submit(MakeOperation<CreateReply>(
      bytes, Grouping::kAlone,
      [mailbox = call.mailbox, token, statement = std::move(statement)](Draft& draft) {
        return draft.Create(mailbox, token, statement);
      },
      std::move(done)));
}

void Relay::Redeem(const InviteSecret& secret, const Attempt& attempt, Done<std::vector<Token>> done) {
  committer_.Submit(MakeOperation<std::vector<Token>>(
      kSmallOperation, Grouping::kAlone,
      [secret, attempt, now = clock_.NowMillis()](Draft& draft) { return draft.Redeem(secret, attempt, now); },
      std::move(done)));
}

void Relay::Mint(const InviteOrder& order, Done<InviteSecret> done) {
  committer_.Submit(MakeOperation<InviteSecret>(
      kSmallOperation, Grouping::kAlone,
      [order, now = clock_.NowMillis()](Draft& draft) { return draft.Mint(order, now); }, std::move(done)));
}

Result<PageHead> Relay::Fetch(const SignedCall& call, const Cursor& cursor, size_t max_bytes,
                              const VisitRecord& visit) {
  KITH_TRY_ASSIGN(const auto mailbox, Authorize(call));
  PageHead page{cursor, mailbox->row.head, mailbox->seats->number(), false};
  std::optional<Chain> here = Chain();
  if (cursor.seq > page.head.seq) {
    here.reset();
  } else if (cursor.seq > 0) {
    KITH_TRY_ASSIGN(here, log_.ChainAt(mailbox->row.number, cursor.seq));
  }
  if (!here || *here != cursor.chain) {
    page.forked = true;
    page.next = {};
    return page;
  }
  if (max_bytes == 0 || max_bytes > limits::kPageBytes) max_bytes = limits::kPageBytes;
  size_t bytes = 0;
  KITH_TRY(log_.ScanRecords(mailbox->row.number, cursor.seq + 1, page.head.seq,
                            [&](uint64_t seq, const Chain& chain, const RecordView& record) {
                              bytes += record.header.size() + record.signature.size() + record.payload.size();
                              if (bytes > max_bytes && page.next.seq != cursor.seq) return false;
                              visit(record);
                              page.next = {seq, chain};
                              return bytes < max_bytes;
                            }));
  return page;
}

Result<StatementPage> Relay::Statements(const SignedCall& call, uint64_t after) {
  KITH_TRY_ASSIGN(const auto mailbox, Authorize(call));
  StatementPage page;
  page.newest = mailbox->seats->number();
  if (after >= page.newest) return page;
  KITH_TRY_ASSIGN(page.statements, log_.Statements(mailbox->row.number, after, limits::kPageBytes));
  return page;
}

Result<Wake> Relay::Subscribe(const SignedCall& call, std::shared_ptr<Subscriber> subscriber) {
  KITH_TRY(Authorize(call));
  const Subscriber* const raw = subscriber.get();
  // Registered before the head is read, or a commit between the two would wake nobody.
  KITH_TRY(subscriptions_.Add(call.mailbox, call.signer, std::move(subscriber)));
  const auto mailbox = mailboxes_.Get(call.mailbox);
  if (mailbox && *mailbox != nullptr && Permitted(*(*mailbox)->seats, call.signer)) {
    return Wake{(*mailbox)->row.head, (*mailbox)->seats->number()};
  }
  subscriptions_.Remove(call.mailbox, raw);
  return mailbox ? Fail(Code::kRelayRefused) : mailbox.error();
}

void Relay::Unsubscribe(const MailboxId& mailbox, const Subscriber* subscriber) {
  subscriptions_.Remove(mailbox, subscriber);
}

Result<> Relay::OpenPairing(const SignedCall& call, std::shared_ptr<PairSide> side) {
  KITH_TRY(Authorize(call));
  return pairing_.Open(call.mailbox, std::move(side));
}

void Relay::OnCommit(const std::vector<Draft::Change>& changes, bool pruned) {
  for (const auto& change : changes) {
    if (change.seats_changed) {
      subscriptions_.NotifySeats(*change.mailbox);
    } else {
      subscriptions_.Notify(*change.mailbox);
    }
  }
  if (!pruned) return;
  {
    const std::lock_guard lock(compact_mutex_);
    for (const auto& change : changes) to_compact_.insert(change.mailbox->row.number);
  }
  compact_wake_.notify_one();
}

void Relay::CompactLoop() {
  std::unique_lock lock(compact_mutex_);
  for (;;) {
    compact_wake_.wait(lock, [this] { return stopping_ || !to_compact_.empty(); });
    if (stopping_) return;
    const MailboxNumber number = *to_compact_.begin();
    to_compact_.erase(to_compact_.begin());
    lock.unlock();
    log_.CompactMailbox(number);
    lock.lock();
  }
}

void Relay::Tick() {
  subscriptions_.Tick();
  pairing_.Tick();
}

void Relay::Stop() {
  committer_.Stop();
  subscriptions_.EndAll();
  pairing_.EndAll();
  {
    const std::lock_guard lock(compact_mutex_);
    stopping_ = true;
  }
  compact_wake_.notify_one();
  if (compactor_.joinable()) compactor_.join();
}

}  // namespace kith::relay
