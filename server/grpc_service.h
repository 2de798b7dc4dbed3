// The relay over gRPC's callback API: parses, hands to the workers, and turns results into replies. Its threads only
// enqueue. Streams are in grpc_streams.h.
#pragma once

#include "kith/v1/relay.grpc.pb.h"
#include "server/event_log.h"
#include "server/relay.h"
#include "server/workers.h"

namespace kith::relay {

class GrpcService final : public v1::Relay::CallbackService {
 public:
  // All must outlive the service.
  GrpcService(Relay& relay, Workers& workers, EventLog& log, std::chrono::milliseconds heartbeat)
      : relay_(relay), workers_(workers), log_(log), heartbeat_(heartbeat) {}

  // From now on every new call is refused with SHUTTING_DOWN.
  void RefuseAll() { refusing_ = true; }

  grpc::ServerUnaryReactor* Hello(grpc::CallbackServerContext* context, const v1::HelloRequest* request,
                                  v1::HelloReply* reply) override;
  grpc::ServerUnaryReactor* RedeemInvite(grpc::CallbackServerContext* context, const v1::RedeemInviteRequest* request,
                                         v1::RedeemInviteReply* reply) override;
  grpc::ServerUnaryReactor* CreateMailbox(grpc::CallbackServerContext* context, const v1::SignedRequest* request,
                                          v1::CreateMailboxReply* reply) override;
  grpc::ServerUnaryReactor* SubmitStatement(grpc::CallbackServerContext* context, const v1::SignedRequest* request,
                                            v1::SubmitStatementReply* reply) override;
  grpc::ServerUnaryReactor* Statements(grpc::CallbackServerContext* context, const v1::SignedRequest* request,
                                       v1::StatementsReply* reply) override;
  grpc::ServerUnaryReactor* Push(grpc::CallbackServerContext* context, const v1::SignedRequest* request,
                                 v1::PushReply* reply) override;
  grpc::ServerUnaryReactor* Pull(grpc::CallbackServerContext* context, const v1::SignedRequest* request,
                                 v1::PullReply* reply) override;
  grpc::ServerWriteReactor<v1::Wake>* Subscribe(grpc::CallbackServerContext* context,
                                                const v1::SignedRequest* request) override;
  grpc::ServerBidiReactor<v1::PairFrame, v1::PairFrame>* Pair(grpc::CallbackServerContext* context) override;

 private:
  class Answer;
  template <class Body, class Reply, class Work>
  grpc::ServerUnaryReactor* Signed(grpc::CallbackServerContext* context, const v1::SignedRequest* request, Reply* reply,
                                   const char* method, Work work);
  template <class Work>
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const char* method, size_t bytes, Work work);

  Relay& relay_;
  Workers& workers_;
  EventLog& log_;
  const std::chrono::milliseconds heartbeat_;
  std::atomic<bool> refusing_{false};
};

// The signed part of a request; kMalformed when a length is wrong. Views go into the request.
Result<SignedCall> CallOf(const char* method, const v1::SignedRequest& request, const std::string& mailbox);

}  // namespace kith::relay
