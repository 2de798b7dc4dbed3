// The vault: making, opening, locking it; the agent's state.
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include "client/app/entry_dates.h"
#include "client/app/link_flow.h"
#include "client/app/local_use.h"
#include "client/core/hlc.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/secret.h"

namespace kith {
namespace {

constexpr int64_t kNoticeMillis = 14LL * 24 * 3600 * 1000;  // how long a new device is spoken of

std::string DayText(int64_t millis) {
  const auto date = DateFor({}, {}, millis);
  if (!date) return "a day unknown";
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", date->year, date->month, date->day);
  return text.data();
}

// Devices that came after this one, for two weeks; one that never got a name for as long as it is there.
std::vector<std::string> NoticesOf(Journal& journal, int64_t now_ms) {
  const std::vector<DeviceInfo> devices = journal.Devices();
  const auto own = std::ranges::find(devices, true, &DeviceInfo::this_device);
  const Hlc since = own == devices.end() ? 0 : own->named;
  std::vector<std::string> notices;
  if (const char* problem = TrusteesProblem(journal)) notices.emplace_back(problem);
  for (const DeviceInfo& device : devices) {
    if (device.this_device || device.revoked) continue;
    if (device.named == 0) {
      notices.emplace_back(
          "A device without a name is one of yours. If you did not just link it, somebody else may be reading: see "
          "`kith "
          "devices`.");
      continue;
    }
    const int64_t added = HlcClock::Millis(device.named);
    if (device.named <= since || now_ms - added > kNoticeMillis) continue;
    notices.push_back("The device \"" + device.label + "\" was added on " + DayText(added) +
                      ". If you did not link it, somebody who knows your passphrase did, and can read this journal.");
  }
  return notices;
}

// Three numbers of words, ascending.
std::set<uint32_t> DrawWords() {
  constexpr uint8_t kWords = 24;
  std::set<uint32_t> drawn;
  while (drawn.size() < 3) {
    std::array<uint8_t, 1> byte{};
    RandomFill(byte);
    if (byte[0] < 240) drawn.insert(1U + byte[0] % kWords);
  }
  return drawn;
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

grpc::Status StatusOf(const Result<>& result) {
  if (result) return grpc::Status::OK;
  v1::LocalError error;
  error.set_code(CodeName(result.error().code));
  return {GrpcCodeOf(result.error().code), result.error().message, error.SerializeAsString()};
}

std::string HostName() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "this device";
  return std::string(name.data()).substr(0, 100);
}

// Asleep counts: a journal does not stay open because its owner closed the lid.
int64_t LocalService::IdleFor() const {
  const int64_t used = last_use_;
  return used == 0 || busy_ > 0 ? 0 : MillisSinceBoot() - used;
}

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
  reply->set_gathering(session_.Gathered().there());
  const auto unlocked = session_.Open();
  if (!unlocked) return grpc::Status::OK;
  (*unlocked)->vault->With([&](Journal& journal) {
    reply->set_entries(journal.entry_count());
    reply->set_recovery_confirmed(journal.recovery_confirmed());
    if (const auto relay = journal.relay()) {
      reply->set_relay_set(true);
      reply->set_relay_address(relay->address);
      reply->set_relay(FormatRelayAddress(*relay));
    }
    WriteAlarms(journal, reply);
    std::vector<ShareClaim> claims = ClaimsOnOwn(journal.state());
    std::erase_if(claims, [](const ShareClaim& claim) { return claim.vetoed; });
    WriteClaims(journal, claims, reply->mutable_claims());
    for (std::string& notice : NoticesOf(journal, (*unlocked)->vault->clock().NowMillis())) {
      reply->add_notices(std::move(notice));
    }
  });
  WriteAudienceState(**unlocked, reply);
  const SyncLoops::Progress all = (*unlocked)->loops.progress();
  reply->set_waiting(all.waiting);
  reply->set_behind(all.behind);
  const SyncStatus status = (*unlocked)->loops.own().status();
  reply->set_sync(StateOf(status));
  if (status.problem) {
    reply->set_problem_code(CodeName(status.problem->code));
    reply->set_problem(status.problem->message);
  }
  return grpc::Status::OK;
}

grpc::Status LocalService::Stop(grpc::ServerContext*, const v1::StopRequest*, v1::StopReply*) {
  stop_();
  return grpc::Status::OK;
}

grpc::Status LocalService::Init(grpc::ServerContext*, const v1::InitRequest* request, v1::InitReply* reply) {
  const Use counted(*this);
  const WipedField passphrase(request->passphrase());
  const std::string label = request->device_label().empty() ? HostName() : request->device_label();
  if (const Result<> named = CheckDeviceName(label); !named) return StatusOf(named);
  const auto phrase = session_.Init(request->passphrase(), label, request->kdf_memory_mib());
  if (!phrase) return StatusOf(phrase.error());
  const WipedField shown(*phrase);
  reply->set_phrase(*phrase);
  for (const uint32_t number : DrawWords()) reply->add_ask(number);
  return grpc::Status::OK;
}

grpc::Status LocalService::Unlock(grpc::ServerContext*, const v1::UnlockRequest* request, v1::UnlockReply* reply) {
  const Use counted(*this);
  const WipedField passphrase(request->passphrase());
  const Result<> opened = session_.Unlock(request->passphrase());
  if (!opened) return StatusOf(opened);
  // A disk that does not take the note keeps nobody out.
  if (const auto unlocked = session_.Open()) {
    const Result<bool> long_away = (*unlocked)->vault->With([](Journal& journal) { return journal.NoteUse(); });
    reply->set_welcome(long_away.value_or(false));
  }
  return grpc::Status::OK;
}

grpc::Status LocalService::Lock(grpc::ServerContext*, const v1::LockRequest*, v1::LockReply*) {
  session_.Lock();
  return grpc::Status::OK;
}

grpc::Status LocalService::ChangePassphrase(grpc::ServerContext*, const v1::ChangePassphraseRequest* request,
                                            v1::ChangePassphraseReply*) {
  const Use counted(*this);
  const WipedField old_passphrase(request->old_passphrase());
  const WipedField new_passphrase(request->new_passphrase());
  return StatusOf(
      session_.ChangePassphrase(request->old_passphrase(), request->new_passphrase(), request->kdf_memory_mib()));
}

}  // namespace kith
