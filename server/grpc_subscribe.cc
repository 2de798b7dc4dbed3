#include "server/grpc_status.h"
#include "server/grpc_streams.h"
#include "server/grpc_values.h"

namespace kith::relay {
namespace {

// One write at a time, and nothing queued behind it: a later wake replaces an earlier one.
class Subscription final : public grpc::ServerWriteReactor<v1::Wake>,
                           public Subscriber,
                           public std::enable_shared_from_this<Subscription> {
 public:
  Subscription(Relay& relay, std::chrono::milliseconds heartbeat) : relay_(relay), heartbeat_(heartbeat) {}

  void KeepAlive() { self_ = shared_from_this(); }

  // On a worker. Until it returns nothing is finished, so the request is good.
  void Start(const v1::SignedRequest& request) {
    const auto wake = Register(request);
    const std::lock_guard lock(mutex_);
    starting_ = false;
    if (wake) {
      Merge(*wake);
    } else {
      end_ = StatusOf(relay_, wake.error().code);
    }
    Pump();
  }

  void Refuse(Code code) {
    const std::lock_guard lock(mutex_);
    starting_ = false;
    end_ = StatusOf(relay_, code);
    Pump();
  }

  void OnWake(const Wake& wake) override {
    const std::lock_guard lock(mutex_);
    Merge(wake);
    Pump();
  }

  void OnEnd(Code code) override {
    const std::lock_guard lock(mutex_);
    if (!end_) end_ = StatusOf(relay_, code);
    Pump();
  }

  void OnTick() override {
    const std::lock_guard lock(mutex_);
    if (std::chrono::steady_clock::now() - written_at_ >= heartbeat_) due_ = true;
    Pump();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    written_at_ = std::chrono::steady_clock::now();
    if (!ok && !end_) end_ = grpc::Status::CANCELLED;
    Pump();
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    if (!end_) end_ = grpc::Status::CANCELLED;
    Pump();
  }

  void OnDone() override {
    if (mailbox_) relay_.Unsubscribe(*mailbox_, this);
    const auto last = std::move(self_);
  }

 private:
  Result<Wake> Register(const v1::SignedRequest& request) {
    v1::SubscribeBody body;
    if (!body.ParseFromString(request.body())) return Fail(Code::kMalformed);
    KITH_TRY_ASSIGN(const auto call, CallOf("Subscribe", request, body.mailbox()));
    mailbox_ = call.mailbox;
    return relay_.Subscribe(call, shared_from_this());
  }

  // Wakes may overtake one another; places only grow.
  void Merge(const Wake& wake) {
    if (wake.head.seq >= wake_.head.seq) wake_.head = wake.head;
    wake_.newest_statement = std::max(wake_.newest_statement, wake.newest_statement);
    due_ = true;
  }

  // With the lock held.
  void Pump() {
    if (starting_ || writing_ || finished_) return;
    if (end_) {
      finished_ = true;
      return Finish(*end_);
    }
    if (!due_) return;
    due_ = false;
    writing_ = true;
    Stamp(relay_, message_.mutable_stamp());
    SetCursor(message_.mutable_head(), wake_.head);
    message_.set_newest_statement(wake_.newest_statement);
    StartWrite(&message_);
  }

  Relay& relay_;
  const std::chrono::milliseconds heartbeat_;
  std::shared_ptr<Subscription> self_;
  std::optional<MailboxId> mailbox_;

  std::mutex mutex_;
  Wake wake_;  // guarded by mutex_, like everything below
  v1::Wake message_;
  bool starting_ = true;
  bool due_ = false;
  bool writing_ = false;
  bool finished_ = false;
  std::optional<grpc::Status> end_;
  std::chrono::steady_clock::time_point written_at_ = std::chrono::steady_clock::now();
};

}  // namespace

grpc::ServerWriteReactor<v1::Wake>* StartSubscription(Relay& relay, Workers& workers, const v1::SignedRequest* request,
                                                      bool refusing, std::chrono::milliseconds heartbeat) {
  auto subscription = std::make_shared<Subscription>(relay, heartbeat);
  subscription->KeepAlive();
  if (refusing) {
    subscription->Refuse(Code::kCancelled);
  } else if (!workers.Submit(0, [subscription, request] { subscription->Start(*request); })) {
    subscription->Refuse(Code::kRelayBusy);
  }
  return subscription.get();
}

}  // namespace kith::relay
