#include "bent_relay.h"

#include <thread>

namespace kith::app_test {

BentRelay::BentRelay(const std::string& real)
    : real_(v1::Relay::NewStub(grpc::CreateChannel(real, grpc::InsecureChannelCredentials()))) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

BentRelay::~BentRelay() {
  Release();
  CutStreams();
  server_->Shutdown(std::chrono::system_clock::now());
}

void BentRelay::Redirect(const std::string& real) {
  std::shared_ptr<v1::Relay::Stub> stub =
      v1::Relay::NewStub(grpc::CreateChannel(real, grpc::InsecureChannelCredentials()));
  const std::lock_guard lock(mutex_);
  real_ = std::move(stub);
}

std::shared_ptr<v1::Relay::Stub> BentRelay::real() {
  const std::lock_guard lock(mutex_);
  return real_;
}

void BentRelay::Refuse(const std::string& method, const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  refusals_[method] = status;
}

grpc::Status BentRelay::Refusal(v1::RelayError::Reason reason) {
  v1::RelayError error;
  error.set_reason(reason);
  return {grpc::StatusCode::FAILED_PRECONDITION, "", error.SerializeAsString()};
}

void BentRelay::Hold(const std::string& method) {
  const std::lock_guard lock(mutex_);
  to_hold_ = method;
}

void BentRelay::Release() {
  const std::lock_guard lock(mutex_);
  to_hold_.clear();
  ++releases_;
  released_.notify_all();
}

void BentRelay::HoldNoMore() {
  const std::lock_guard lock(mutex_);
  to_hold_.clear();
}

void BentRelay::CutStreams() {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, context] : streams_) context->TryCancel();
}

int BentRelay::calls(const std::string& method) {
  const std::lock_guard lock(mutex_);
  return calls_[method];
}

int BentRelay::held() {
  const std::lock_guard lock(mutex_);
  return held_;
}

int BentRelay::streams() {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(streams_.size());
}

int BentRelay::pairings() {
  const std::lock_guard lock(mutex_);
  return pairings_;
}

grpc::Status BentRelay::Pair(grpc::ServerContext* c, grpc::ServerReaderWriter<v1::PairFrame, v1::PairFrame>* caller) {
  {
    const std::lock_guard lock(mutex_);
    ++pairings_;
  }
  grpc::ClientContext context;
  const auto onward = real()->Pair(&context);
  std::thread down([&] {
    v1::PairFrame frame;
    while (onward->Read(&frame) && caller->Write(frame)) {
    }
    c->TryCancel();  // ends the reading below
  });
  v1::PairFrame frame;
  while (caller->Read(&frame) && onward->Write(frame)) {
  }
  context.TryCancel();
  down.join();
  const grpc::Status ended = onward->Finish();
  const std::lock_guard lock(mutex_);
  --pairings_;
  return ended;
}

grpc::Status BentRelay::Pass(const std::string& method, grpc::ServerContext* caller) {
  std::unique_lock lock(mutex_);
  ++calls_[method];
  ++held_;
  const bool hold = to_hold_ == method;
  const int releases = releases_;
  while (hold && releases_ == releases && !caller->IsCancelled()) {
    released_.wait_for(lock, std::chrono::milliseconds(5));
  }
  --held_;
  return refusals_[method];
}

template <class Request, class Reply>
grpc::Status BentRelay::Forward(const std::string& name, grpc::ServerContext* caller,
                                grpc::Status (v1::Relay::Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                                const Request& request, Reply* reply) {
  const grpc::Status refused = Pass(name, caller);
  if (!refused.ok()) return refused;
  grpc::ClientContext context;
  return (real().get()->*method)(&context, request, reply);
}

grpc::Status BentRelay::Hello(grpc::ServerContext* c, const v1::HelloRequest* q, v1::HelloReply* r) {
  return Forward("Hello", c, &v1::Relay::Stub::Hello, *q, r);
}
grpc::Status BentRelay::RedeemInvite(grpc::ServerContext* c, const v1::RedeemInviteRequest* q,
                                     v1::RedeemInviteReply* r) {
  return Forward("RedeemInvite", c, &v1::Relay::Stub::RedeemInvite, *q, r);
}
grpc::Status BentRelay::CreateMailbox(grpc::ServerContext* c, const v1::SignedRequest* q, v1::CreateMailboxReply* r) {
  return Forward("CreateMailbox", c, &v1::Relay::Stub::CreateMailbox, *q, r);
}
grpc::Status BentRelay::SubmitStatement(grpc::ServerContext* c, const v1::SignedRequest* q,
                                        v1::SubmitStatementReply* r) {
  return Forward("SubmitStatement", c, &v1::Relay::Stub::SubmitStatement, *q, r);
}
grpc::Status BentRelay::Statements(grpc::ServerContext* c, const v1::SignedRequest* q, v1::StatementsReply* r) {
  return Forward("Statements", c, &v1::Relay::Stub::Statements, *q, r);
}
grpc::Status BentRelay::Push(grpc::ServerContext* c, const v1::SignedRequest* q, v1::PushReply* r) {
  return Forward("Push", c, &v1::Relay::Stub::Push, *q, r);
}
grpc::Status BentRelay::Pull(grpc::ServerContext* c, const v1::SignedRequest* q, v1::PullReply* r) {
  return Forward("Pull", c, &v1::Relay::Stub::Pull, *q, r);
}

grpc::Status BentRelay::Subscribe(grpc::ServerContext* caller, const v1::SignedRequest* request,
                                  grpc::ServerWriter<v1::Wake>* writer) {
  const grpc::Status refused = Pass("Subscribe", caller);
  if (!refused.ok()) return refused;
  const auto context = grpc::ClientContext::FromServerContext(*caller);  // ends when the caller's stream does
  {
    const std::lock_guard lock(mutex_);
    streams_[context.get()] = context.get();
  }
  const auto reader = real()->Subscribe(context.get(), *request);
  v1::Wake wake;
  while (reader->Read(&wake) && writer->Write(wake)) {
  }
  {
    const std::lock_guard lock(mutex_);
    streams_.erase(context.get());
  }
  context->TryCancel();
  reader->Finish();
  return {grpc::StatusCode::UNAVAILABLE, "cut"};
}

}  // namespace kith::app_test
