#include "server/grpc_status.h"
#include "server/grpc_streams.h"
#include "server/grpc_values.h"

namespace kith::relay {
namespace {

// One side of a pairing. Locks: the pairing table's before this one's, so the table is never called with this one held.
class PairStream final : public grpc::ServerBidiReactor<v1::PairFrame, v1::PairFrame>,
                         public PairSide,
                         public std::enable_shared_from_this<PairStream> {
 public:
  PairStream(Relay& relay, Workers& workers) : relay_(relay), workers_(workers) {}

  void KeepAlive() { self_ = shared_from_this(); }
  void Begin() { StartRead(&incoming_); }

  void End(const grpc::Status& status) {
    const std::lock_guard lock(mutex_);
    if (!end_) end_ = status;
    Pump();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Hangup();
    if (nameplate_ == 0) {
      // The first frame says which side this is; checking it is a worker's.
      const bool taken = workers_.Submit(0, [self = shared_from_this()] { self->Enter(); });
      if (!taken) End(StatusOf(relay_, Code::kRelayBusy));
      return;
    }
    if (incoming_.kind_case() != v1::PairFrame::kMessage) return Break(Code::kMalformed);
    if (incoming_.message().size() > limits::kPairMessage) return Break(Code::kTooLarge);
    // The next read waits for OnRoom: one message is under way in each direction, never more.
    relay_.pairing().Say(nameplate_, this, std::move(*incoming_.mutable_message()));
  }

  void OnWriteDone(bool ok) override {
    bool was_message = false;
    {
      const std::lock_guard lock(mutex_);
      was_message = outgoing_.front().kind_case() == v1::PairFrame::kMessage;
      outgoing_.pop_front();
      writing_ = false;
      if (!ok) {
        outgoing_.clear();
        if (!end_) end_ = grpc::Status::CANCELLED;
      }
      Pump();
    }
    if (was_message) relay_.pairing().Written(nameplate_, this);
  }

  void OnCancel() override {
    {
      const std::lock_guard lock(mutex_);
      cancelled_ = true;
      if (!end_) end_ = grpc::Status::CANCELLED;
      Pump();
    }
    Leave();
  }

  void OnDone() override {
    Leave();
    const auto last = std::move(self_);
  }

  void OnOpened(uint32_t nameplate) override {
    nameplate_ = nameplate;
    v1::PairFrame frame;
    Stamp(relay_, frame.mutable_opened()->mutable_stamp());
    frame.mutable_opened()->set_nameplate(nameplate);
    Send(std::move(frame));
  }
  void OnJoined() override {
    v1::PairFrame frame;
    Stamp(relay_, frame.mutable_joined()->mutable_stamp());
    Send(std::move(frame));
  }
  void OnMessage(std::string message) override {
    v1::PairFrame frame;
    frame.set_message(std::move(message));
    Send(std::move(frame));
  }
  void OnRoom() override {
    const std::lock_guard lock(mutex_);
    if (!finished_) StartRead(&incoming_);
  }
  void OnOver(std::optional<Code> code) override { End(code ? StatusOf(relay_, *code) : grpc::Status::OK); }

 private:
  // On a worker: takes a slot, then reads on.
  void Enter() {
    const auto entered = incoming_.has_open()   ? Open(incoming_.open())
                         : incoming_.has_join() ? Join(incoming_.join().nameplate())
                                                : Result<>(Fail(Code::kMalformed));
    if (!entered) return End(StatusOf(relay_, entered.error().code));
    bool late = false;
    {
      const std::lock_guard lock(mutex_);
      late = cancelled_;
      if (!finished_) StartRead(&incoming_);
    }
    if (late) Leave();
  }

  Result<> Open(const v1::SignedRequest& request) {
    v1::PairOpenBody body;
    if (!body.ParseFromString(request.body())) return Fail(Code::kMalformed);
    KITH_TRY_ASSIGN(const auto call, CallOf("Pair", request, body.mailbox()));
    return relay_.OpenPairing(call, shared_from_this());
  }

  Result<> Join(uint32_t nameplate) {
    if (nameplate == 0) return Fail(Code::kPairingGone);
    nameplate_ = nameplate;
    return relay_.pairing().Join(nameplate, shared_from_this());
  }

  // The client will send nothing more, or is gone.
  void Hangup() {
    if (nameplate_ == 0) return End(StatusOf(relay_, Code::kMalformed));
    relay_.pairing().Finished(nameplate_, this);
  }

  void Break(Code code) {
    End(StatusOf(relay_, code));
    Leave();
  }

  void Leave() {
    if (nameplate_ != 0) relay_.pairing().Leave(nameplate_, this);
  }

  void Send(v1::PairFrame frame) {
    const std::lock_guard lock(mutex_);
    if (cancelled_) return;
    outgoing_.push_back(std::move(frame));
    Pump();
  }

  // With the lock held. What was handed over is written before the end.
  void Pump() {
    if (writing_ || finished_) return;
    if (!outgoing_.empty() && !cancelled_) {
      writing_ = true;
      return StartWrite(&outgoing_.front());
    }
    if (!end_) return;
    finished_ = true;
    Finish(*end_);
  }

  Relay& relay_;
  Workers& workers_;
  std::shared_ptr<PairStream> self_;
  std::atomic<uint32_t> nameplate_{0};
  v1::PairFrame incoming_;

  std::mutex mutex_;
  std::deque<v1::PairFrame> outgoing_;  // guarded by mutex_, like everything below; at most three frames
  bool writing_ = false;
  bool finished_ = false;
  bool cancelled_ = false;
  std::optional<grpc::Status> end_;
};

}  // namespace

grpc::ServerBidiReactor<v1::PairFrame, v1::PairFrame>* StartPairing(Relay& relay, Workers& workers, bool refusing) {
  auto stream = std::make_shared<PairStream>(relay, workers);
  stream->KeepAlive();
  if (refusing) {
    stream->End(StatusOf(relay, Code::kCancelled));
  } else {
    stream->Begin();
  }
  return stream.get();
}

}  // namespace kith::relay
