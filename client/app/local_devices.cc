// This person's devices: their list, names, and revoking one.
#include <algorithm>
#include <chrono>

#include "client/app/link_flow.h"
#include "client/app/local_use.h"
#include "client/core/devices.h"
#include "client/core/hlc.h"

namespace kith {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kGlance{200};  // how often it is looked whether relays have heard
// What the device may have sent is fetched first, so that none of its words is lost; a relay that is away holds nobody
// up.
constexpr milliseconds kFetchFirst{10'000};

void WriteDevice(const DeviceInfo& device, v1::Device* out) {
  out->set_id(Hex(device.id.view()));
  out->set_label(device.label);
  out->set_this_device(device.this_device);
  out->set_revoked(device.revoked);
  out->set_last_seen(device.last_seen == 0 ? 0 : static_cast<uint64_t>(HlcClock::Millis(device.last_seen)));
}

Result<> WriteDevice(const Journal& journal, const DeviceId& id, v1::Device* out) {
  const std::vector<DeviceInfo> devices = journal.Devices();
  const auto found = std::ranges::find(devices, id, &DeviceInfo::id);
  if (found == devices.end()) return Fail(Code::kNotFound, "You have no such device. `kith devices` shows them.");
  WriteDevice(*found, out);
  return {};
}

// Follows a revocation until every relay has heard of it.
class Revocation {
 public:
  Revocation(Unlocked& unlocked, const DeviceId& device) : unlocked_(unlocked), device_(device) {}

  // How far it is now.
  v1::DeviceRevokeProgress Look() {
    v1::DeviceRevokeProgress progress;
    struct Seen {
      RevocationPlace place;
      std::string label;
    };
    const auto seen = unlocked_.vault->With([&](Journal& journal) {
      std::vector<Seen> all;
      for (const RevocationPlace& place : journal.RevocationPlaces(device_)) {
        const auto known = journal.state().friends.find(place.mailbox);
        all.push_back({place, known == journal.state().friends.end() ? std::string() : known->second.label});
      }
      return all;
    });
    over_ = true;
    for (const auto& [place, label] : seen) {
      v1::DeviceRevokeProgress::Place* out = progress.add_places();
      out->set_friend_(label);
      out->set_cut_off(place.cut_off);
      out->set_new_keys(place.new_keys);
      if (place.cut_off && place.new_keys) continue;
      over_ = false;
      const auto loop = unlocked_.loops.Find(place.mailbox);
      const SyncStatus status = loop ? loop->status() : SyncStatus();
      if (!status.problem) continue;
      out->set_problem_code(CodeName(status.problem->code));
      out->set_problem(status.problem->message);
    }
    return progress;
  }
  bool over() const { return over_; }

 private:
  Unlocked& unlocked_;
  const DeviceId device_;
  bool over_ = false;
};

}  // namespace

grpc::Status LocalService::Devices(grpc::ServerContext*, const v1::DevicesRequest*, v1::DevicesReply* reply) {
  return StatusOf(WithJournal([&](Journal& journal) -> Result<> {
    for (const DeviceInfo& device : journal.Devices()) WriteDevice(device, reply->add_devices());
    return {};
  }));
}

grpc::Status LocalService::DeviceRename(grpc::ServerContext*, const v1::DeviceRenameRequest* request,
                                        v1::Device* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY(CheckDeviceName(request->label()));
    KITH_TRY(unlocked.vault->With([&](Journal& journal) -> Result<> {
      KITH_TRY(journal.EnsureLoaded());
      KITH_TRY_ASSIGN(const DeviceId id, FindDevice(journal.state(), request->device()));
      KITH_TRY(journal.RenameDevice(id, request->label()));
      return WriteDevice(journal, id, reply);
    }));
    unlocked.loops.Poke();
    return {};
  }));
}

Result<> LocalService::Revoke(Unlocked& unlocked, const v1::DeviceRevokeRequest& request, Caller& caller,
                              grpc::ServerWriter<v1::DeviceRevokeProgress>& writer) {
  v1::DeviceRevokeProgress first;
  KITH_TRY_ASSIGN(const DeviceId device, unlocked.vault->With([&](Journal& journal) -> Result<DeviceId> {
    KITH_TRY(journal.EnsureLoaded());
    KITH_TRY_ASSIGN(const DeviceId id, FindDevice(journal.state(), request.device()));
    KITH_TRY(CheckRevocable(journal.state(), id));
    KITH_TRY(WriteDevice(journal, id, first.mutable_device()));
    return id;
  }));
  Revocation revocation(unlocked, device);
  *first.mutable_places() = revocation.Look().places();
  first.set_done(request.preview());
  if (request.preview()) {
    writer.Write(first);
    return {};
  }
  KITH_TRY(session_.CheckPassphrase(request.passphrase()));
  writer.Write(first);
  std::vector<SyncLoops::Other> others;
  const Result<> fetched = unlocked.loops.Settle(kFetchFirst, [&] { return !caller.gone(); }, &others);
  if (!fetched && caller.gone()) return Fail(Code::kCancelled, "Stopped. The device was not revoked.");
  KITH_TRY(unlocked.StillOpen());
  KITH_TRY(unlocked.vault->With([&](Journal& journal) { return journal.RevokeDevice(device); }));
  unlocked.loops.Match();
  unlocked.loops.Poke();
  return FollowRevocation(unlocked, device, request.timeout_ms(), caller, writer);
}

Result<> LocalService::FollowRevocation(Unlocked& unlocked, const DeviceId& device, uint32_t timeout_ms, Caller& caller,
                                        grpc::ServerWriter<v1::DeviceRevokeProgress>& writer) {
  Revocation revocation(unlocked, device);
  const auto end = steady_clock::now() + milliseconds(timeout_ms);
  const bool relay = unlocked.vault->With([](Journal& journal) { return journal.relay().has_value(); });
  std::string told;
  for (uint64_t seen = 0; !caller.gone();) {
    KITH_TRY(unlocked.StillOpen());
    v1::DeviceRevokeProgress progress = revocation.Look();
    const bool late = timeout_ms != 0 && steady_clock::now() >= end;
    progress.set_done(revocation.over() || late || !relay);
    const std::string now = progress.SerializeAsString();
    if (now != told) writer.Write(progress);
    if (progress.done()) break;
    told = now;
    seen = unlocked.loops.own().AwaitChange(seen, kGlance);
  }
  return {};
}

grpc::Status LocalService::DeviceRevoke(grpc::ServerContext* context, const v1::DeviceRevokeRequest* request,
                                        grpc::ServerWriter<v1::DeviceRevokeProgress>* writer) {
  const WipedField passphrase(request->passphrase());
  Caller caller(*context);
  return StatusOf(WithVault([&](Unlocked& unlocked) { return Revoke(unlocked, *request, caller, *writer); }));
}

}  // namespace kith
