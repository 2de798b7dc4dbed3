// A whole relay in this process: folder, database, relay, server and administrator's socket, started and stopped in
// order. What `serve` runs, and what tests run.
#pragma once

#include "server/admin.h"
#include "server/data_folder.h"
#include "server/event_log.h"
#include "server/grpc_server.h"
#include "server/leveldb_log.h"
#include "server/relay.h"
#include "server/workers.h"

namespace kith::relay {

struct HostOptions {
  std::string folder;
  std::vector<std::string> listen;  // empty: as kith-relay serve without --listen
  RelayOptions relay;
  std::chrono::milliseconds heartbeat = limits::kHeartbeat;
  EventLog::Level log = EventLog::Level::kEvents;
  Clock* clock = nullptr;       // nullptr: the system's; must outlive the host
  leveldb::Env* env = nullptr;  // as in LevelDbLog::Options
};

class Host {
 public:
  // kInvalidArgument: not an address. Other errors: those of LoadIdentity, LoadCertificate, RenewCertificate,
  // LevelDbLog::Open, GrpcServer::Start and AdminServer::Start.
  static Result<std::unique_ptr<Host>> Start(const HostOptions& options);
  // Stops.
  ~Host();

  // Those listened on, in the order given, with the ports in use.
  const std::vector<HostPort>& addresses() const { return server_->addresses(); }
  uint16_t port() const { return addresses().front().port; }  // the first one's
  const SignPublic& key() const { return identity_.signer.public_key(); }
  Relay& relay() { return *relay_; }

  // Refuses new calls, makes everything accepted durable and answers it, ends streams, then stops listening. Takes no
  // longer than limits::kShutdownGrace beyond the disk's own time. Idempotent.
  void Stop();

 private:
  Host(Identity identity, const HostOptions& options);
  Result<std::string> Administer(const std::string& line);

  Identity identity_;
  EventLog log_;
  std::unique_ptr<Clock> own_clock_;
  Clock* clock_;
  std::unique_ptr<LevelDbLog> store_;
  std::unique_ptr<Relay> relay_;
  std::unique_ptr<Workers> workers_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<AdminServer> admin_;
  bool stopped_ = false;
};

// An invite from a relay on `folder`, running or not: asks the one that runs, else opens the database itself.
struct InviteRequest {
  uint32_t mailboxes = limits::kOwnerInviteMailboxes;
  uint32_t uses = 1;
  int64_t lifetime_ms = limits::kInviteMillis;
  std::string address;  // empty: the one given to init
};
Result<std::string> MakeInvite(const std::string& folder, const InviteRequest& request);

}  // namespace kith::relay
