// What a program on this machine sends to the agent: the name of a call, and bytes for its message. Whatever they are,
// the call ends with a status whose code scripts know, and the journal can be read. Calls that would leave the machine,
// read or write files of the input's choosing, or derive keys from passphrases are not made here: their fields are
// other targets' (addresses, codes, imports, key_files).
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <array>

#include "client/app/local_service.h"
#include "tests/fuzz/memory_folder.h"
#include "tests/fuzz/target.h"

namespace kith::fuzz {
namespace {

constexpr char kPassphrase[] = "a good long passphrase";
constexpr uint64_t kEntriesAtMost = 300;  // then another journal is begun
constexpr std::array kCalls = {
    "Write",      "Edit",     "Delete",      "Restore",      "Show",          "History",         "List",
    "Search",     "Devices",  "CheckWords",  "DeviceRename", "LinkConfirm",   "Friends",         "FriendRename",
    "FriendRest", "Share",    "FriendLeave", "FriendVerify", "DismissAlarms", "OutboxList",      "OutboxCancel",
    "OutboxNow",  "Unshare",  "Who",         "Inbox",        "InboxShow",     "RecoveryConfirm", "Heard",
    "Status",     "Trustees", "TrusteesSet", "TrusteesEnd",  "TrusteesVeto",  "TrusteesHeld"};

// An agent with a journal of its own.
class Agent {
 public:
  Agent() {
    session_ = std::make_unique<Session>(
        AgentPaths{.vault_dir = folder_.path() / "vault", .socket = folder_.path() / "agent.sock"});
    KITH_CHECK(session_->Init(kPassphrase, "desk", 64).has_value());
    service_ = std::make_unique<LocalService>(*session_, [] {});
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = std::make_unique<grpc::GenericStub>(server_->InProcessChannel({}));
  }
  ~Agent() {
    stub_.reset();
    session_->AskToClose();
    server_->Shutdown();
    session_.reset();
  }
  uint64_t entries() {
    const auto open = session_->Open();
    KITH_CHECK(open.has_value());
    return (*open)->vault->With([](Journal& journal) { return journal.entry_count(); });
  }

  grpc::Status Call(const std::string& name, ByteView bytes) {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    const auto call = stub_->PrepareCall(&context, "/kith.v1.Agent/" + name, &queue);
    const auto done = [&] {
      void* tag = nullptr;
      bool ok = false;
      KITH_CHECK(queue.Next(&tag, &ok));
      return ok;
    };
    call->StartCall(nullptr);
    bool ok = done();
    const grpc::Slice slice(bytes.data(), bytes.size());
    if (ok) {
      call->WriteLast(grpc::ByteBuffer(&slice, 1), {}, nullptr);
      ok = done();
    }
    while (ok) {
      grpc::ByteBuffer reply;
      call->Read(&reply, nullptr);
      ok = done();
    }
    grpc::Status status;
    call->Finish(&status, nullptr);
    done();
    return status;
  }

 private:
  MemoryFolder folder_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<LocalService> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::GenericStub> stub_;
};

}  // namespace

KITH_FUZZ_TARGET(requests) {
  if (input.empty()) return Outcome::kRefused;
  static std::unique_ptr<Agent> agent;
  if (agent == nullptr || agent->entries() > kEntriesAtMost) agent = std::make_unique<Agent>();
  const grpc::Status status = agent->Call(kCalls[input[0] % kCalls.size()], input.subspan(1));
  // gRPC itself refuses what is no message.
  if (!status.ok() && !status.error_details().empty()) {
    v1::LocalError error;
    KITH_CHECK(error.ParseFromString(status.error_details()) && !error.code().empty());
    KITH_CHECK(error.code() != "INTERNAL" && status.error_message().ends_with('.'));
  }
  KITH_CHECK(agent->entries() <= kEntriesAtMost + 1);
  return OutcomeOf(status.ok());
}

}  // namespace kith::fuzz
