// The vault: making, opening, locking it; the agent's state.
#include <unistd.h>

#include <algorithm>

#include "client/app/local_use.h"
#include "crypto/verify/secret.h"

namespace kith {
namespace {

std::string HostName() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "this device";
  return std::string(name.data()).substr(0, 100);
}

// Passphrases leave nothing behind in the request.
void WipeField(const std::string& field) { Wipe(const_cast<std::string&>(field)); }

v1::SyncState StateOf(const SyncStatus& status) {
  switch (status.phase) {
    case SyncStatus::Phase::kOff:
      return v1::SYNC_OFF;
    case SyncStatus::Phase::kConnecting:
      return status.problem ? v1::SYNC_WAITING : v1::SYNC_CONNECTING;
    case SyncStatus::Phase::kCatchingUp:
      return v1::SYNC_CATCHING_UP;
    case SyncStatus::Phase::kLive:
      return status.problem ? v1::SYNC_WAITING : v1::SYNC_LIVE;
    case SyncStatus::Phase::kStopped:
      return v1::SYNC_STOPPED;
  }
  return v1::SYNC_OFF;
}

grpc::StatusCode GrpcCodeOf(Code code) {
  if (code == Code::kNotFound || code == Code::kNoVault) return grpc::StatusCode::NOT_FOUND;
  if (code == Code::kLocked || code == Code::kWrongPassphrase) return grpc::StatusCode::UNAUTHENTICATED;
  if (code == Code::kCancelled) return grpc::StatusCode::CANCELLED;
  if (code == Code::kInvalidArgument || code == Code::kTooLarge || code == Code::kNotUtf8) {
    return grpc::StatusCode::INVALID_ARGUMENT;
  }
  return grpc::StatusCode::FAILED_PRECONDITION;
}

}  // namespace

grpc::Status StatusOf(const Result<>& result) {
  if (result) return grpc::Status::OK;
  v1::LocalError error;
  error.set_code(CodeName(result.error().code));
  return {GrpcCodeOf(result.error().code), result.error().message, error.SerializeAsString()};
}

Result<EntryId> EntryOf(const Journal& journal, const std::string& text) { return journal.Resolve(text); }

grpc::Status LocalService::Status(grpc::ServerContext*, const v1::StatusRequest*, v1::StatusReply* reply) {
  reply->set_version(KITH_VERSION);
  reply->set_pid(static_cast<uint32_t>(getpid()));
  reply->set_memory_locked(MemoryLockWorks());
  switch (session_.vault()) {
    case Session::Vault::kNone:
      reply->set_vault(v1::StatusReply::NONE);
      break;
    case Session::Vault::kLocked:
      reply->set_vault(v1::StatusReply::LOCKED);
      break;
    case Session::Vault::kUnlocked:
      reply->set_vault(v1::StatusReply::UNLOCKED);
      break;
  }
  const auto unlocked = session_.Open();
  if (!unlocked) return grpc::Status::OK;
  (*unlocked)->vault->With([&](Journal& journal) {
    reply->set_entries(journal.entry_count());
    const SyncStatus status = journal.sync().status();
    reply->set_waiting(status.waiting);
    reply->set_behind(status.behind);
    reply->set_sync(StateOf(status));
    if (const auto relay = journal.relay()) {
      reply->set_relay_set(true);
      reply->set_relay_address(relay->address);
    }
    if (status.problem) {
      reply->set_problem_code(CodeName(status.problem->code));
      reply->set_problem(status.problem->message);
    }
  });
  return grpc::Status::OK;
}

grpc::Status LocalService::Stop(grpc::ServerContext*, const v1::StopRequest*, v1::StopReply*) {
  stop_();
  return grpc::Status::OK;
}

grpc::Status LocalService::Init(grpc::ServerContext*, const v1::InitRequest* request, v1::InitReply* reply) {
  const Use counted(*this);
  const auto phrase = session_.Init(request->passphrase(),
                                    request->device_label().empty() ? HostName() : request->device_label(),
                                    request->kdf_memory_mib());
  WipeField(request->passphrase());
  if (!phrase) return StatusOf(phrase.error());
  reply->set_phrase(*phrase);
  WipeField(*phrase);
  return grpc::Status::OK;
}

grpc::Status LocalService::Unlock(grpc::ServerContext*, const v1::UnlockRequest* request, v1::UnlockReply*) {
  const Use counted(*this);
  const Result<> unlocked = session_.Unlock(request->passphrase());
  WipeField(request->passphrase());
  return StatusOf(unlocked);
}

grpc::Status LocalService::Lock(grpc::ServerContext*, const v1::LockRequest*, v1::LockReply*) {
  session_.Lock();
  return grpc::Status::OK;
}

grpc::Status LocalService::ChangePassphrase(grpc::ServerContext*, const v1::ChangePassphraseRequest* request,
                                            v1::ChangePassphraseReply*) {
  const Use counted(*this);
  const Result<> changed =
      session_.ChangePassphrase(request->old_passphrase(), request->new_passphrase(), request->kdf_memory_mib());
  WipeField(request->old_passphrase());
  WipeField(request->new_passphrase());
  return StatusOf(changed);
}

}  // namespace kith
