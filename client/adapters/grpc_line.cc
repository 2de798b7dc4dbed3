#include "client/adapters/grpc_line.h"

#include <arpa/inet.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/base/limits.h"
#include "crypto/base/mutex.h"

namespace kith {
namespace {

using SpkiHash = decltype(Hello::spki_hash);

// nullopt: not a certificate.
std::optional<SpkiHash> SpkiHashOf(std::string_view pem) {
  BIO* const in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* const certificate = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  unsigned char* der = nullptr;
  const int size = certificate != nullptr ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der) : 0;
  X509_free(certificate);
  SpkiHash hash{};
  const bool hashed =
      size > 0 && EVP_Digest(der, static_cast<size_t>(size), hash.data(), nullptr, EVP_sha256(), nullptr) == 1;
  OPENSSL_free(der);
  ERR_clear_error();
  return hashed ? std::optional(hash) : std::nullopt;
}

}  // namespace

// What a line knows of its certificate. Every handshake of the channel, also after it was cut, must show the same key,
// so whatever hello vouches for holds for each connection that the channel has or will have.
class CertificatePin {
 public:
  bool Accept(std::string_view pem) {
    const auto hash = SpkiHashOf(pem);
    const MutexLock lock(mutex_);
    if (!hash) return false;
    if (!first_) first_ = hash;
    if (*hash == *first_) return true;
    turned_away_ = true;
    return false;
  }
  bool Is(const SpkiHash& hash) const {
    const MutexLock lock(mutex_);
    return first_ && *first_ == hash;
  }
  bool turned_away() const {
    const MutexLock lock(mutex_);
    return turned_away_;
  }

 private:
  mutable Mutex mutex_;
  std::optional<SpkiHash> first_ KITH_GUARDED_BY(mutex_);
  bool turned_away_ KITH_GUARDED_BY(mutex_) = false;
};

namespace {

grpc::ChannelArguments Settings() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(limits::kPageBytes + limits::kPayload + 256 * 1024));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  // The default of 2 would silently end keepalive on a stream that only listens.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Despite its name, how long one attempt to connect may take, TLS included: a slow line takes a second or more.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 10'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  // Each line has a connection of its own: one that is reset does not disturb another.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return arguments;
}

// Never read as anything but host and port: gRPC also knows names such as "unix:file". localhost could be made to mean
// another machine.
std::string TargetOf(const std::string& address) {
  constexpr std::string_view kLocalhost = "localhost:";
  if (address.starts_with(kLocalhost)) return "dns:///127.0.0.1:" + address.substr(kLocalhost.size());
  std::string target = "dns:///";
  for (const char c : address) {
    if (c == '[' || c == ']' || c == '%') {
      target += c == '[' ? "%5B" : c == ']' ? "%5D" : "%25";
    } else {
      target += c;
    }
  }
  return target;
}

// Called by gRPC after each handshake, when the peer has shown that it has the certificate's key.
class Verifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  explicit Verifier(std::shared_ptr<CertificatePin> pin) : pin_(std::move(pin)) {}

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* status) override {
    const grpc::string_ref pem = request->peer_cert();
    *status = pin_->Accept({pem.data(), pem.size()})
                  ? grpc::Status::OK
                  : grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "another certificate than before");
    return true;
  }
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::shared_ptr<CertificatePin> pin_;
};

std::shared_ptr<grpc::ChannelCredentials> CredentialsFor(const std::shared_ptr<CertificatePin>& pin) {
  if (pin == nullptr) return grpc::InsecureChannelCredentials();
  using grpc::experimental::ExternalCertificateVerifier;
  grpc::experimental::TlsChannelCredentialsOptions options;
  // No authority and no name says who the relay is: its signed hello does.
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(ExternalCertificateVerifier::Create<Verifier>(pin));
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace

bool IsLoopback(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  if (host == "localhost" || host == "[::1]") return true;
  // A name may begin like a number.
  in_addr number = {};
  return inet_pton(AF_INET, host.c_str(), &number) == 1 && ntohl(number.s_addr) >> 24 == 127;
}

RelayLine::RelayLine(const std::string& address)
    : pin_(IsLoopback(address) ? nullptr : std::make_shared<CertificatePin>()), stub_([&] {
        grpc::ChannelArguments settings = Settings();
        // What goes to this machine goes to no proxy; there is no TLS around it.
        if (pin_ == nullptr) settings.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
        return v1::Relay::NewStub(grpc::CreateCustomChannel(TargetOf(address), CredentialsFor(pin_), settings));
      }()) {}

bool RelayLine::Vouch(const Hello& hello) {
  const bool same = pin_ == nullptr || pin_->Is(hello.spki_hash);
  if (same) vouched_ = true;
  return same;
}

bool RelayLine::turned_away() const { return pin_ != nullptr && pin_->turned_away(); }

}  // namespace kith
