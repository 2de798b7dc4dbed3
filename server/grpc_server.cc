#include "server/grpc_server.h"

#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "crypto/base/check.h"
#include "server/grpc_service.h"

namespace kith::relay {
namespace {

// gRPC prints addresses; what the relay has to say goes through the event log.
void DiscardGrpcLog(gpr_log_func_args*) {}

void Configure(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(limits::kReceiveBytes);
  builder.SetMaxSendMessageSize(limits::kReceiveBytes);
  builder.SetDefaultCompressionAlgorithm(GRPC_COMPRESS_NONE);
  // Off in both directions: ciphertext does not shrink, and a small message must not unfold into a large one.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits::kStreamsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, limits::kMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, limits::kLookaheadBytes);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, limits::kKeepaliveMillis);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, limits::kKeepaliveTimeoutMillis);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, limits::kMinPingMillis);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, limits::kConnectionAgeMillis);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, limits::kConnectionGraceMillis);
  // Two relays on one port would each hold half of the clients.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  grpc::ResourceQuota quota("relay");
  quota.Resize(limits::kGrpcMemory);
  quota.SetMaxThreads(limits::kGrpcThreads);
  builder.SetResourceQuota(quota);
}

// The one place where it is decided who is served without TLS.
std::shared_ptr<grpc::ServerCredentials> CredentialsFor(const HostPort& address, const Certificate* certificate) {
  if (IsLoopback(address)) return grpc::InsecureServerCredentials();
  KITH_CHECK(certificate != nullptr);
  using grpc::experimental::IdentityKeyCertPair;
  const IdentityKeyCertPair pair{.private_key = certificate->pem, .certificate_chain = certificate->pem};
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<grpc::experimental::StaticDataCertificateProvider>(std::vector{pair}));
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  return grpc::experimental::TlsServerCredentials(options);
}

// A name could be made to mean something else than this machine.
HostPort BoundAs(const HostPort& address) {
  return address.host == "localhost" ? HostPort{"127.0.0.1", address.port} : address;
}

}  // namespace

struct GrpcServer::Parts {
  Parts(Relay& relay, Workers& workers, EventLog& log, std::chrono::milliseconds heartbeat)
      : service(relay, workers, log, heartbeat) {}

  void TickLoop(Relay& relay, std::chrono::milliseconds every) {
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, every, [this] { return stopping; })) {
      lock.unlock();
      relay.Tick();
      lock.lock();
    }
  }

  GrpcService service;
  std::unique_ptr<grpc::Server> server;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;  // guarded by mutex
  std::thread ticker;
};

GrpcServer::GrpcServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

GrpcServer::~GrpcServer() { Stop(); }

Result<std::unique_ptr<GrpcServer>> GrpcServer::Start(Relay& relay, Workers& workers, EventLog& log,
                                                      const Options& options) {
  gpr_set_log_function(DiscardGrpcLog);
  auto parts = std::make_unique<Parts>(relay, workers, log, options.heartbeat);
  grpc::ServerBuilder builder;
  Configure(builder);
  std::vector<int> ports(options.listen.size());
  for (size_t i = 0; i < ports.size(); ++i) {
    const HostPort& address = options.listen[i];
    builder.AddListeningPort(FormatAddress(BoundAs(address)), CredentialsFor(address, options.certificate), &ports[i]);
  }
  builder.RegisterService(&parts->service);
  parts->server = builder.BuildAndStart();
  if (parts->server == nullptr) {
    const auto refused = std::ranges::find(ports, 0) - ports.begin();
    const HostPort& address = options.listen[std::min(static_cast<size_t>(refused), ports.size() - 1)];
    return Fail(Code::kRelayUnreachable, "cannot listen on " + FormatAddress(address) +
                                             ": is the port taken, or the address another machine's? choose another "
                                             "with --listen");
  }
  const auto tick = std::min(std::chrono::milliseconds(1000), options.heartbeat / 2);
  parts->ticker = std::thread([raw = parts.get(), &relay, tick] { raw->TickLoop(relay, tick); });
  std::unique_ptr<GrpcServer> server(new GrpcServer(std::move(parts)));
  server->addresses_ = options.listen;
  for (size_t i = 0; i < ports.size(); ++i) server->addresses_[i].port = static_cast<uint16_t>(ports[i]);
  return server;
}

void GrpcServer::RefuseAll() { parts_->service.RefuseAll(); }

void GrpcServer::Stop() {
  {
    const std::lock_guard lock(parts_->mutex);
    parts_->stopping = true;
  }
  parts_->wake.notify_all();
  if (parts_->ticker.joinable()) parts_->ticker.join();
  parts_->server->Shutdown(std::chrono::system_clock::now() + limits::kShutdownGrace);
  parts_->server->Wait();
}

}  // namespace kith::relay
