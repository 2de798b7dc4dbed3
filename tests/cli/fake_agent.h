// An agent that keeps a few entries in memory and answers as it is told: what the command line makes of replies and
// refusals is tested against it, without a vault.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "crypto/base/result.h"
#include "kith/v1/local.grpc.pb.h"

namespace kith::testing {

class FakeAgent final : public v1::Agent::Service {
 public:
  explicit FakeAgent(const std::string& socket);
  ~FakeAgent() override;

  // Set before a command runs, read after it.
  v1::StatusReply::Vault vault = v1::StatusReply::UNLOCKED;
  std::string passphrase = "correct";
  std::vector<v1::Entry> entries;
  Result<void> next_refusal;  // of the next call that needs words
  v1::WriteRequest written;
  v1::EditRequest edited;
  v1::LinkShowRequest link;
  int unlocks = 0;

 private:
  using Context = grpc::ServerContext;
  template <class Message>
  using Writer = grpc::ServerWriter<Message>;

  grpc::Status Status(Context*, const v1::StatusRequest*, v1::StatusReply* reply) override;
  grpc::Status Init(Context*, const v1::InitRequest*, v1::InitReply* reply) override;
  grpc::Status Unlock(Context*, const v1::UnlockRequest* request, v1::UnlockReply*) override;
  grpc::Status Write(Context*, const v1::WriteRequest* request, v1::EntrySummary* reply) override;
  grpc::Status Edit(Context*, const v1::EditRequest* request, v1::EntrySummary* reply) override;
  grpc::Status Show(Context*, const v1::EntryRequest* request, v1::Entry* reply) override;
  grpc::Status History(Context*, const v1::EntryRequest* request, v1::HistoryReply* reply) override;
  grpc::Status Restore(Context*, const v1::RestoreRequest* request, v1::EntrySummary* reply) override;
  grpc::Status List(Context*, const v1::ListRequest* request, Writer<v1::EntrySummary>* writer) override;
  grpc::Status Import(Context*, const v1::ImportRequest* request, Writer<v1::ImportProgress>* writer) override;
  grpc::Status LinkShow(Context*, const v1::LinkShowRequest* request, Writer<v1::LinkShowProgress>* writer) override;

  // OK when the vault is open and nothing else was asked for.
  grpc::Status Ready();

  std::unique_ptr<grpc::Server> server_;
};

grpc::Status Refusal(const Error& error);

}  // namespace kith::testing
