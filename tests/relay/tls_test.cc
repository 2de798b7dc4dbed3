// The relay over TLS, and how a client knows it: by the relay key, whose signed hello names the certificate.
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/support/server_interceptor.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <fstream>
#include <map>
#include <mutex>

#include "client/adapters/grpc_line.h"
#include "client/adapters/grpc_relay.h"
#include "crypto/verify/hash.h"
#include "relay_fixture.h"

namespace kith::relay_test {
namespace {

const RelayCall kHello{.signer = nullptr, .body = HelloCall{}};

// 127.0.0.1 written as none of the rule's loopback addresses: TLS that never leaves this machine.
std::string Mapped(uint16_t port) { return "[::ffff:127.0.0.1]:" + std::to_string(port); }

template <class T>
Code CodeOf(const Result<T>& result) {
  EXPECT_FALSE(result);
  if (result) return Code::kInvalidArgument;
  EXPECT_TRUE(result.error().message.ends_with('.')) << result.error().message;
  return result.error().code;
}

RelayCall SomeCall() {
  return {.signer = std::make_shared<Signer>(Signer::Generate()),
          .body = PullCall{.mailbox = RandomId<MailboxId>(), .cursor = {}}};
}

// Terminates TLS with a certificate of its own and hands hellos on to the real relay. Counts every call that reaches
// it.
class Between final : public v1::Relay::Service {
 public:
  Between(uint16_t port, uint16_t real, const relay::Certificate& certificate)
      : real_(v1::Relay::NewStub(
            grpc::CreateChannel("127.0.0.1:" + std::to_string(real), grpc::InsecureChannelCredentials()))) {
    const grpc::experimental::IdentityKeyCertPair pair{certificate.pem, certificate.pem};
    grpc::experimental::TlsServerCredentialsOptions options(
        std::make_shared<grpc::experimental::StaticDataCertificateProvider>(std::vector{pair}));
    options.watch_identity_key_cert_pairs();
    EXPECT_TRUE(Eventually([&] {  // connections that close may hold the port for a moment
      grpc::ServerBuilder builder;
      std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> counting;
      counting.push_back(std::make_unique<Counting>(*this));
      builder.experimental().SetInterceptorCreators(std::move(counting));
      builder.AddListeningPort(Mapped(port), grpc::experimental::TlsServerCredentials(options), &port_);
      builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
      builder.RegisterService(this);
      server_ = builder.BuildAndStart();
      return server_ != nullptr;
    }));
  }
  ~Between() override { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string address() const { return Mapped(static_cast<uint16_t>(port_)); }
  std::map<std::string, int> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

  grpc::Status Hello(grpc::ServerContext*, const v1::HelloRequest* request, v1::HelloReply* reply) override {
    grpc::ClientContext context;
    return real_->Hello(&context, *request, reply);
  }

 private:
  struct Counting final : grpc::experimental::ServerInterceptorFactoryInterface {
    explicit Counting(Between& counted) : between(counted) {}
    grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override {
      const std::lock_guard lock(between.mutex_);
      ++between.calls_[info->method()];
      return nullptr;
    }
    Between& between;
  };

  const std::unique_ptr<v1::Relay::Stub> real_;
  std::mutex mutex_;
  std::map<std::string, int> calls_;  // guarded by mutex_
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

const std::map<std::string, int> kOneHello{{"/kith.v1.Relay/Hello", 1}};

// A relay with TLS on one address and without on another.
class TlsTest : public RelayTest {
 protected:
  void SetUp() override {
    RelayTest::SetUp();
    options_.listen = {Mapped(0), "127.0.0.1:0"};
    Start();
    ListenAgain(port());
  }

  // From the next start on: with TLS there, without on any port.
  void ListenAgain(uint16_t port) { options_.listen = {Mapped(port), "127.0.0.1:0"}; }
  void Restart() {
    Stop();
    ASSERT_TRUE(Eventually([&] {
      auto host = relay::Host::Start(options_);
      if (host) host_ = *std::move(host);
      return host_ != nullptr;
    }));
  }
  uint16_t port() const { return host_->port(); }
  uint16_t plain_port() const { return host_->addresses().at(1).port; }
  RelayAddress At(const std::string& address) const { return {.address = address, .key = host_->key()}; }
  RelayAddress there() const { return At(Mapped(port())); }
  std::string certificate_file() const { return folder_ / "relay/certificate.pem"; }
};

TEST_F(TlsTest, OneHelloVouchesForTheLineAndCallsFollow) {
  GrpcRelay relay(there());
  ASSERT_TRUE(relay.Call(kHello));
  const auto tokens = relay.RedeemInvite(SecretOf(MakeInvite(2, 1, 60'000)), Bytes(16, 1));
  ASSERT_TRUE(tokens) << tokens.error().message;
  EXPECT_EQ(tokens->size(), 2u);
  EXPECT_EQ(CodeOf(relay.Call(SomeCall())), Code::kRelayRefused);  // answered: no such mailbox
}

TEST_F(TlsTest, BeforeAHelloNothingElseIsSent) {
  Between between(0, plain_port(), *relay::LoadCertificate(options_.folder).value());
  GrpcRelay relay(At(between.address()));
  EXPECT_EQ(CodeOf(relay.Call(SomeCall())), Code::kStaleNonce);
  EXPECT_EQ(CodeOf(relay.Subscribe(std::make_shared<Signer>(Signer::Generate()), MailboxId())), Code::kStaleNonce);
  EXPECT_TRUE(between.calls().empty());
}

// Such as a reverse proxy of the relay's keeper.
TEST_F(TlsTest, WhoHasTheCertificatesKeyMayTerminateTls) {
  Between between(0, plain_port(), *relay::LoadCertificate(options_.folder).value());
  GrpcRelay relay(At(between.address()));
  EXPECT_TRUE(relay.Call(kHello));
}

TEST_F(TlsTest, AnotherRelayKeyIsForeign) {
  GrpcRelay relay({.address = Mapped(port()), .key = Signer::Generate().public_key()});
  EXPECT_EQ(CodeOf(relay.Call(kHello)), Code::kRelayForeign);
  EXPECT_EQ(CodeOf(relay.RedeemInvite(SecretOf(MakeInvite(1, 1, 60'000)), Bytes(16, 1))), Code::kRelayForeign);
  EXPECT_EQ(CodeOf(relay.JoinPairing(1)), Code::kRelayForeign);
}

TEST_F(TlsTest, ARenewedCertificateIsAcceptedAfterAnotherHello) {
  GrpcRelay relay(there());
  ASSERT_TRUE(relay.Call(kHello));
  for (int renewal = 0; renewal < 2; ++renewal) {
    ASSERT_TRUE(relay::RenewCertificate(options_.folder));
    Restart();
    // The new certificate is turned away until a hello has vouched for it.
    EXPECT_EQ(CodeOf(relay.Call(SomeCall())), Code::kRelayUnreachable);
    const auto hello = relay.Call(kHello);
    ASSERT_TRUE(hello) << hello.error().message;
    EXPECT_EQ(CodeOf(relay.Call(SomeCall())), Code::kRelayRefused);
  }
}

TEST_F(TlsTest, WhoStandsBetweenGetsNothingButAHello) {
  Between between(0, plain_port(), relay::MakeCertificate());
  GrpcRelay relay(At(between.address()));
  EXPECT_EQ(CodeOf(relay.Call(kHello)), Code::kRelayForeign);
  EXPECT_EQ(CodeOf(relay.Call(SomeCall())), Code::kStaleNonce);
  EXPECT_EQ(between.calls(), kOneHello);
  EXPECT_EQ(CodeOf(relay.RedeemInvite(SecretOf(MakeInvite(1, 1, 60'000)), Bytes(16, 1))), Code::kRelayForeign);
  EXPECT_EQ(between.calls().size(), 1u);
}

TEST_F(TlsTest, WhoStepsInLaterGetsNothingButAHello) {
  const RelayAddress before = there();
  const uint16_t taken = port();
  GrpcRelay relay(before);
  ASSERT_TRUE(relay.Call(kHello));
  ListenAgain(0);
  Restart();
  Between between(taken, plain_port(), relay::MakeCertificate());
  EXPECT_EQ(CodeOf(relay.Call(SomeCall())), Code::kRelayUnreachable);
  EXPECT_TRUE(between.calls().empty());
  EXPECT_EQ(CodeOf(relay.Call(kHello)), Code::kRelayForeign);
  EXPECT_EQ(CodeOf(relay.Call(SomeCall())), Code::kStaleNonce);
  EXPECT_EQ(between.calls(), kOneHello);
}

TEST_F(TlsTest, AHelloWithoutACertificateVouchesForNone) {
  std::filesystem::remove(certificate_file());
  options_.listen = {"127.0.0.1:0"};
  Restart();
  Between between(0, port(), relay::MakeCertificate());
  GrpcRelay relay(At(between.address()));
  EXPECT_EQ(CodeOf(relay.Call(kHello)), Code::kRelayForeign);
  EXPECT_EQ(between.calls(), kOneHello);
}

// Each way round: no answer, and no minute of waiting for one.
TEST_F(TlsTest, WithTlsAndWithoutDoNotMeet) {
  const auto began = std::chrono::steady_clock::now();
  GrpcRelay plain_to_tls(At("127.0.0.1:" + std::to_string(port())));
  EXPECT_EQ(CodeOf(plain_to_tls.Call(kHello)), Code::kRelayUnreachable);
  GrpcRelay tls_to_plain(At(Mapped(plain_port())));
  EXPECT_EQ(CodeOf(tls_to_plain.Call(kHello)), Code::kRelayUnreachable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(50));
}

TEST_F(TlsTest, AFolderWithoutACertificateGetsOneAndKeepsIt) {
  std::filesystem::remove(certificate_file());
  Restart();
  struct stat made = {};
  ASSERT_EQ(::stat(certificate_file().c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 0777, 0600u);
  const auto first = relay::LoadCertificate(options_.folder).value();
  Restart();
  EXPECT_EQ(relay::LoadCertificate(options_.folder).value()->pem, first->pem);
  GrpcRelay relay(there());
  EXPECT_TRUE(relay.Call(kHello));
}

TEST_F(TlsTest, ADamagedCertificateIsRefusedAndRenewed) {
  Stop();
  const std::string other = relay::MakeCertificate().pem;
  const std::string own = relay::LoadCertificate(options_.folder).value()->pem;
  const size_t key_end = own.find("-----BEGIN CERTIFICATE");
  for (const std::string& wrong :
       {std::string(), own.substr(0, own.size() / 2), own.substr(key_end), own.substr(0, key_end),
        own.substr(0, key_end) + other.substr(other.find("-----BEGIN CERTIFICATE"))}) {
    std::ofstream(certificate_file(), std::ios::trunc) << wrong;
    const auto host = relay::Host::Start(options_);
    ASSERT_FALSE(host) << wrong;
    EXPECT_EQ(host.error().code, Code::kVaultDamaged);
  }
  ASSERT_TRUE(relay::RenewCertificate(options_.folder));
  Restart();
}

TEST(CertificateTest, SaysNothingOfTheMachineAndIsAnotherEachTime) {
  const auto one = relay::MakeCertificate();
  EXPECT_NE(one.spki_hash, relay::MakeCertificate().spki_hash);
  const auto read = relay::ParseCertificate(AsBytes(one.pem));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->spki_hash, one.spki_hash);
  BIO* const in = BIO_new_mem_buf(one.pem.data(), static_cast<int>(one.pem.size()));
  X509* const certificate = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
  char name[64];
  EXPECT_STREQ(X509_NAME_oneline(X509_get_subject_name(certificate), name, sizeof name), "/CN=relay");
  EXPECT_STREQ(X509_NAME_oneline(X509_get_issuer_name(certificate), name, sizeof name), "/CN=relay");
  EXPECT_EQ(X509_get_ext_count(certificate), 0);
  EXPECT_EQ(X509_cmp_time(X509_get0_notAfter(certificate), nullptr), 1);  // in the future
  X509_free(certificate);
  BIO_free(in);
}

TEST(LoopbackTest, IsOfThisMachineOnBothSidesAlike) {
  for (const char* address : {"127.0.0.1:1", "127.8.9.10:1", "[::1]:1", "localhost:1"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
    EXPECT_TRUE(relay::IsLoopback(*relay::ParseAddress(address))) << address;
  }
  for (const char* address : {"127.0.0.1.example.org:1", "localhost.example:1", "128.0.0.1:1", "0.0.0.0:1", "[::]:1",
                              "[::ffff:127.0.0.1]:1", "relay.example:1", "127.1:1", "unix:1"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
    EXPECT_FALSE(relay::IsLoopback(*relay::ParseAddress(address))) << address;
  }
}

}  // namespace
}  // namespace kith::relay_test
