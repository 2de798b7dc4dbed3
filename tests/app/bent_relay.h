// A relay between a device and the real one: hands calls on, and refuses, holds or ends those it is told to.
#pragma once

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "kith/v1/relay.grpc.pb.h"

namespace kith::app_test {

class BentRelay final : public v1::Relay::Service {
 public:
  explicit BentRelay(const std::string& real);
  ~BentRelay() override;
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  // From now on calls go to this one.
  void Redirect(const std::string& real);
  // From now on `method` is refused so; OK: handed on again.
  void Refuse(const std::string& method, const grpc::Status& status);
  static grpc::Status Refusal(v1::RelayError::Reason reason);
  // From now on calls of `method` are held until Release.
  void Hold(const std::string& method);
  // Those held stay so; later ones pass.
  void HoldNoMore();
  void Release();
  // Ends the streams of wakes that are open.
  void CutStreams();

  // Since the beginning.
  int calls(const std::string& method);
  int held();      // at present
  int streams();   // of wakes, open at present
  int pairings();  // sides of pairings, open at present

  grpc::Status Hello(grpc::ServerContext*, const v1::HelloRequest*, v1::HelloReply*) override;
  grpc::Status RedeemInvite(grpc::ServerContext*, const v1::RedeemInviteRequest*, v1::RedeemInviteReply*) override;
  grpc::Status CreateMailbox(grpc::ServerContext*, const v1::SignedRequest*, v1::CreateMailboxReply*) override;
  grpc::Status SubmitStatement(grpc::ServerContext*, const v1::SignedRequest*, v1::SubmitStatementReply*) override;
  grpc::Status Statements(grpc::ServerContext*, const v1::SignedRequest*, v1::StatementsReply*) override;
  grpc::Status Push(grpc::ServerContext*, const v1::SignedRequest*, v1::PushReply*) override;
  grpc::Status Pull(grpc::ServerContext*, const v1::SignedRequest*, v1::PullReply*) override;
  grpc::Status Subscribe(grpc::ServerContext*, const v1::SignedRequest*, grpc::ServerWriter<v1::Wake>*) override;
  grpc::Status Pair(grpc::ServerContext*, grpc::ServerReaderWriter<v1::PairFrame, v1::PairFrame>*) override;

 private:
  template <class Request, class Reply>
  grpc::Status Forward(const std::string& name, grpc::ServerContext* caller,
                       grpc::Status (v1::Relay::Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                       const Request& request, Reply* reply);
  // Counts the call, and waits while it is to be held.
  grpc::Status Pass(const std::string& method, grpc::ServerContext* caller);

  std::shared_ptr<v1::Relay::Stub> real();

  std::mutex mutex_;
  std::shared_ptr<v1::Relay::Stub> real_;
  std::condition_variable released_;
  std::map<std::string, grpc::Status> refusals_;
  std::string to_hold_;
  int releases_ = 0;
  int held_ = 0;
  int pairings_ = 0;
  std::map<std::string, int> calls_;
  std::map<const void*, grpc::ClientContext*> streams_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace kith::app_test
