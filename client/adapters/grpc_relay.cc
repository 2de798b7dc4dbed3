#include "client/adapters/grpc_relay.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <set>

#include "client/adapters/grpc_line.h"
#include "client/adapters/relay_errors.h"
#include "client/adapters/relay_messages.h"
#include "crypto/base/limits.h"
#include "crypto/base/mutex.h"
#include "crypto/verify/hash.h"
#include "kith/v1/relay.grpc.pb.h"

namespace kith {
namespace {

constexpr int kCallSeconds = 60;  // a page or a push over a slow line
constexpr uint32_t kProtocol = 1;

std::string Text(ByteView bytes) { return ToString(bytes); }

// What answers is not the relay that was set.
Error Foreign(const char* what) { return Fail(Code::kRelayForeign, what); }

constexpr const char* kNotARelay =
    "What answers at this address is not a relay of Kith. Check the address and ask the relay's keeper.";
constexpr const char* kAnotherRelay =
    "Another relay answers at this address than the one that was set; nothing was sent to it. If its keeper set it up "
    "anew, ask for a new invite and use `kith relay set INVITE`.";
constexpr const char* kSomebodyBetween =
    "Somebody stands between this device and its relay: the relay did not sign the certificate that was shown. Nothing "
    "was sent. Try another network; if this stays, ask the relay's keeper.";

}  // namespace

struct GrpcRelay::Impl {
  explicit Impl(const RelayAddress& at) : relay(at), line(std::make_shared<RelayLine>(at.address)) {}

  const RelayAddress relay;
  Mutex mutex;
  std::shared_ptr<RelayLine> line KITH_GUARDED_BY(mutex);
  HelloNonce nonce KITH_GUARDED_BY(mutex);
  uint64_t counter KITH_GUARDED_BY(mutex) = 0;
  bool cancelled KITH_GUARDED_BY(mutex) = false;
  std::set<grpc::ClientContext*> active KITH_GUARDED_BY(mutex);

  // Registers a call so that CancelAll reaches it.
  class Scope {
   public:
    Scope(Impl& impl, grpc::ClientContext& context) : impl_(impl), context_(context) {
      const MutexLock lock(impl_.mutex);
      impl_.active.insert(&context_);
      if (impl_.cancelled) context_.TryCancel();
    }
    ~Scope() {
      const MutexLock lock(impl_.mutex);
      impl_.active.erase(&context_);
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Impl& impl_;
    grpc::ClientContext& context_;
  };

  template <class Request, class Reply>
  Result<Reply> Unary(RelayLine& on,
                      grpc::Status (v1::Relay::Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                      const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(gpr_time_from_seconds(kCallSeconds, GPR_TIMESPAN));
    const Scope scope(*this, context);
    Reply reply;
    const grpc::Status status = (on.stub().*method)(&context, request, &reply);
    if (!status.ok()) return ErrorOf(status);
    return reply;
  }

  // kCancelled is our own doing only; a stream that the other end cut off is a relay out of reach.
  Error ErrorOf(const grpc::Status& status) {
    const MutexLock lock(mutex);
    return cancelled ? Fail(Code::kCancelled, "Stopped.") : RelayErrorOf(status);
  }

  v1::SignedRequest Sign(const Signer& signer, const char* method, const MailboxId& mailbox, const std::string& body) {
    RequestAuth auth{.relay_key = relay.key, .nonce = {}, .counter = 0, .method = method, .mailbox = mailbox};
    {
      const MutexLock lock(mutex);
      auth.nonce = nonce;
      auth.counter = ++counter;
    }
    v1::SignedRequest request;
    request.set_signer(Text(signer.public_key().view()));
    request.set_nonce(Text(auth.nonce.view()));
    request.set_counter(auth.counter);
    request.set_signature(Text(auth.Sign(signer, AsBytes(body)).view()));
    request.set_body(body);
    return request;
  }

  std::shared_ptr<RelayLine> Line() {
    const MutexLock lock(mutex);
    return line;
  }

  // The line, once a hello has vouched for it.
  Result<std::shared_ptr<RelayLine>> VouchedLine() {
    auto now = Line();
    if (now->vouched()) return now;
    return Fail(Code::kStaleNonce,
                "The relay has to say first who it is. This device asks by itself; if you see this, try once more.");
  }

  // A fresh line in the place of `old`, unless another thread was faster.
  std::shared_ptr<RelayLine> LineInsteadOf(const std::shared_ptr<RelayLine>& old) {
    const MutexLock lock(mutex);
    if (line == old) line = std::make_shared<RelayLine>(relay.address);
    return line;
  }

  Result<RelayReply> Hello() {
    const auto now = Line();
    const auto said = HelloOn(*now);
    if (said || !(now->turned_away() || said.error().code == Code::kRelayForeign)) return said;
    const auto fresh = LineInsteadOf(now);
    // The relay's certificate was renewed, or somebody shows one of theirs: hello on a fresh line tells.
    return now->turned_away() ? HelloOn(*fresh) : said;
  }

  Result<RelayReply> HelloOn(RelayLine& on) {
    v1::HelloRequest request;
    request.set_protocol(kProtocol);
    KITH_TRY_ASSIGN(const v1::HelloReply reply, Unary(on, &v1::Relay::Stub::Hello, request));
    const auto signature = Signature::From(AsBytes(reply.signature()));
    if (!signature) return Foreign(kNotARelay);
    const auto hello = kith::Hello::Open(AsBytes(reply.hello()), *signature);
    if (!hello || hello->relay_key != relay.key) return Foreign(kAnotherRelay);
    if (!on.Vouch(*hello)) return Foreign(kSomebodyBetween);
    const MutexLock lock(mutex);
    nonce = hello->nonce;
    counter = 0;
    return RelayReply(HelloReply{.stamp = {.relay_key = hello->relay_key, .epoch = hello->epoch}});
  }
};

GrpcRelay::GrpcRelay(const RelayAddress& relay) : impl_(std::make_shared<Impl>(relay)) {}
GrpcRelay::~GrpcRelay() = default;

void GrpcRelay::CancelAll() {
  const MutexLock lock(impl_->mutex);
  impl_->cancelled = true;
  for (grpc::ClientContext* context : impl_->active) context->TryCancel();
}

namespace {

// One method of the relay: how its call becomes a body and its answer a reply.
struct Dispatch {
  GrpcRelay::Impl& impl;
  const Signer* signer;

  template <class Call, class Reply>
  Result<RelayReply> Send(grpc::Status (v1::Relay::Stub::*method)(grpc::ClientContext*, const v1::SignedRequest&,
                                                                  Reply*),
                          const char* name, const Call& call) const {
    if (signer == nullptr)
      return Fail(Code::kRelayRefused,
                  "This device has no place at the relay yet. Let another device of yours sync, then try `kith sync`.");
    const std::string body = BodyOf(call).SerializeAsString();
    KITH_TRY_ASSIGN(const auto line, impl.VouchedLine());
    KITH_TRY_ASSIGN(Reply reply, impl.Unary(*line, method, impl.Sign(*signer, name, call.mailbox, body)));
    return ReplyOf(reply);
  }
  Result<RelayReply> operator()(const HelloCall&) const { return impl.Hello(); }
  Result<RelayReply> operator()(const CreateMailboxCall& call) const {
    return Send(&v1::Relay::Stub::CreateMailbox, "CreateMailbox", call);
  }
  Result<RelayReply> operator()(const SubmitStatementCall& call) const {
    return Send(&v1::Relay::Stub::SubmitStatement, "SubmitStatement", call);
  }
  Result<RelayReply> operator()(const StatementsCall& call) const {
    return Send(&v1::Relay::Stub::Statements, "Statements", call);
  }
  Result<RelayReply> operator()(const PushCall& call) const { return Send(&v1::Relay::Stub::Push, "Push", call); }
  Result<RelayReply> operator()(const PullCall& call) const { return Send(&v1::Relay::Stub::Pull, "Pull", call); }
};

}  // namespace

Result<RelayReply> GrpcRelay::Call(const RelayCall& call) {
  return std::visit(Dispatch{.impl = *impl_, .signer = call.signer.get()}, call.body);
}

Result<std::vector<Bytes>> GrpcRelay::RedeemInvite(ByteView secret, ByteView attempt) {
  KITH_TRY(impl_->Hello());
  v1::RedeemInviteRequest request;
  request.set_invite(Text(secret));
  request.set_attempt(Text(attempt));
  KITH_TRY_ASSIGN(const auto line, impl_->VouchedLine());
  KITH_TRY_ASSIGN(const v1::RedeemInviteReply reply, impl_->Unary(*line, &v1::Relay::Stub::RedeemInvite, request));
  std::vector<Bytes> tokens;
  for (const std::string& token : reply.tokens()) tokens.push_back(ToBytes(token));
  return tokens;
}

namespace {

class GrpcSubscription final : public RelaySubscription {
 public:
  GrpcSubscription(std::shared_ptr<GrpcRelay::Impl> impl, std::shared_ptr<RelayLine> line)
      : impl_(std::move(impl)), line_(std::move(line)), scope_(*impl_, context_) {}
  void Start(const v1::SignedRequest& request) { reader_ = line_->stub().Subscribe(&context_, request); }

  std::optional<RelayWake> Next() override {
    v1::Wake wake;
    if (!reader_->Read(&wake)) return std::nullopt;
    return RelayWake{.head = CursorOf(wake.head()), .newest_statement = wake.newest_statement()};
  }
  void Cancel() override { context_.TryCancel(); }
  ~GrpcSubscription() override {
    context_.TryCancel();
    [[maybe_unused]] const grpc::Status ended = reader_->Finish();  // it was ended here
  }

 private:
  std::shared_ptr<GrpcRelay::Impl> impl_;
  std::shared_ptr<RelayLine> line_;
  grpc::ClientContext context_;
  GrpcRelay::Impl::Scope scope_;
  std::unique_ptr<grpc::ClientReader<v1::Wake>> reader_;
};

class GrpcPairing final : public RelayPairing {
 public:
  GrpcPairing(std::shared_ptr<GrpcRelay::Impl> impl, std::shared_ptr<RelayLine> line)
      : impl_(std::move(impl)), line_(std::move(line)), scope_(*impl_, context_) {
    context_.set_deadline(gpr_time_from_millis(limits::kPairingMillis + 60'000, GPR_TIMESPAN));
    stream_ = line_->stub().Pair(&context_);
  }
  ~GrpcPairing() override {
    if (!finished_) {
      stream_->WritesDone();
      context_.TryCancel();
      [[maybe_unused]] const grpc::Status ended = stream_->Finish();  // it was ended here
    }
  }

  Result<> Begin(const v1::PairFrame& first, bool opens) {
    if (!stream_->Write(first)) return End();
    if (!opens) return {};
    KITH_TRY_ASSIGN(const v1::PairFrame frame, Read());
    if (!frame.has_opened())
      return Fail(Code::kMalformed,
                  "The relay answered a pairing in an unknown way. It or Kith on this device may need an upgrade.");
    nameplate_ = frame.opened().nameplate();
    return {};
  }
  uint32_t nameplate() const override { return nameplate_; }
  Result<> AwaitPeer() override {
    KITH_TRY_ASSIGN(const v1::PairFrame frame, Read());
    if (!frame.has_joined())
      return Fail(Code::kMalformed,
                  "The relay answered a pairing in an unknown way. It or Kith on this device may need an upgrade.");
    return {};
  }
  Result<> Send(ByteView message) override {
    v1::PairFrame frame;
    frame.set_message(Text(message));
    if (stream_->Write(frame)) return {};
    // Whoever receives on another thread hears why.
    if (reading_) return OtherSideGone();
    return End();
  }
  Result<Bytes> Receive() override {
    KITH_TRY_ASSIGN(const v1::PairFrame frame, Read());
    if (!frame.has_message() || frame.message().size() > limits::kPairMessage) {
      return Fail(Code::kMalformed,
                  "The relay answered a pairing in an unknown way. It or Kith on this device may need an upgrade.");
    }
    return ToBytes(frame.message());
  }
  void Cancel() override {
    cancelled_ = true;
    context_.TryCancel();
  }

 private:
  static Error OtherSideGone() {
    return Fail(Code::kPairingGone,
                "The other device went away. Make a new code with `kith link` there, and try again.");
  }
  Result<v1::PairFrame> Read() {
    v1::PairFrame frame;
    reading_ = true;
    const bool read = stream_->Read(&frame);
    reading_ = false;
    if (!read) return End();
    return frame;
  }
  Error End() {
    if (finished_) return OtherSideGone();
    finished_ = true;
    const grpc::Status status = stream_->Finish();
    if (cancelled_) return Fail(Code::kCancelled, "Stopped.");
    return status.ok() ? OtherSideGone() : impl_->ErrorOf(status);
  }

  std::shared_ptr<GrpcRelay::Impl> impl_;
  std::shared_ptr<RelayLine> line_;
  grpc::ClientContext context_;
  GrpcRelay::Impl::Scope scope_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::PairFrame, v1::PairFrame>> stream_;
  uint32_t nameplate_ = 0;
  std::atomic<bool> reading_{false};
  std::atomic<bool> cancelled_{false};
  bool finished_ = false;  // by the thread that receives, or before there is one
};

}  // namespace

Result<std::unique_ptr<RelaySubscription>> GrpcRelay::Subscribe(const std::shared_ptr<const Signer>& signer,
                                                                const MailboxId& mailbox) {
  if (signer == nullptr)
    return Fail(Code::kRelayRefused,
                "This device has no place at the relay yet. Let another device of yours sync, then try `kith sync`.");
  KITH_TRY_ASSIGN(auto line, impl_->VouchedLine());
  v1::SubscribeBody body;
  body.set_mailbox(Text(mailbox.view()));
  auto subscription = std::make_unique<GrpcSubscription>(impl_, std::move(line));
  subscription->Start(impl_->Sign(*signer, "Subscribe", mailbox, body.SerializeAsString()));
  return std::unique_ptr<RelaySubscription>(std::move(subscription));
}

Result<std::unique_ptr<RelayPairing>> GrpcRelay::OpenPairing(const std::shared_ptr<const Signer>& signer,
                                                             const MailboxId& mailbox) {
  if (signer == nullptr)
    return Fail(Code::kRelayRefused,
                "This device has no place at the relay yet. Let another device of yours sync, then try `kith sync`.");
  KITH_TRY(impl_->Hello());
  KITH_TRY_ASSIGN(auto line, impl_->VouchedLine());
  v1::PairOpenBody body;
  body.set_mailbox(Text(mailbox.view()));
  v1::PairFrame first;
  *first.mutable_open() = impl_->Sign(*signer, "Pair", mailbox, body.SerializeAsString());
  auto pairing = std::make_unique<GrpcPairing>(impl_, std::move(line));
  KITH_TRY(pairing->Begin(first, true));
  return std::unique_ptr<RelayPairing>(std::move(pairing));
}

Result<std::unique_ptr<RelayPairing>> GrpcRelay::JoinPairing(uint32_t nameplate) {
  KITH_TRY(impl_->Hello());
  KITH_TRY_ASSIGN(auto line, impl_->VouchedLine());
  v1::PairFrame first;
  first.mutable_join()->set_nameplate(nameplate);
  auto pairing = std::make_unique<GrpcPairing>(impl_, std::move(line));
  KITH_TRY(pairing->Begin(first, false));
  return std::unique_ptr<RelayPairing>(std::move(pairing));
}

}  // namespace kith
