#include "server/certificate.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "crypto/base/check.h"
#include "crypto/verify/hash.h"

namespace kith::relay {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using X509Certificate = std::unique_ptr<X509, Freed<X509_free>>;

constexpr long kVersion3 = 2;
constexpr size_t kSerialBytes = 16;
// Nobody looks at the dates, so they tell nothing either: not when the relay was set up, and no end (RFC
// 5280, 4.1.2.5).
constexpr const char* kNotBefore = "20000101000000Z";
constexpr const char* kNotAfter = "99991231235959Z";

int NoPassphrase(char*, int, int, void*) { return -1; }

void SetSerial(X509* certificate) {
  std::array<uint8_t, kSerialBytes> bytes{};
  RandomFill(bytes);
  bytes[0] = static_cast<uint8_t>((bytes[0] & 0x3F) | 0x40);  // positive, and of one length
  BIGNUM* const number = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
  KITH_CHECK(number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr);
  BN_free(number);
}

X509Certificate SelfSign(EVP_PKEY* key) {
  X509Certificate certificate(X509_new());
  KITH_CHECK(certificate != nullptr && X509_set_version(certificate.get(), kVersion3) == 1);
  SetSerial(certificate.get());
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  const auto* const relay = reinterpret_cast<const unsigned char*>("relay");
  KITH_CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, relay, -1, -1, 0) == 1);
  KITH_CHECK(X509_set_issuer_name(certificate.get(), name) == 1);
  KITH_CHECK(ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate.get()), kNotBefore) == 1);
  KITH_CHECK(ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate.get()), kNotAfter) == 1);
  KITH_CHECK(X509_set_pubkey(certificate.get(), key) == 1);
  KITH_CHECK(X509_sign(certificate.get(), key, EVP_sha256()) > 0);
  return certificate;
}

std::array<uint8_t, 32> SpkiHash(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  KITH_CHECK(size > 0);
  std::array<uint8_t, 32> hash{};
  const int hashed = EVP_Digest(der, static_cast<size_t>(size), hash.data(), nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  KITH_CHECK(hashed == 1);
  return hash;
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

}  // namespace

Certificate MakeCertificate() {
  const Key key(EVP_EC_gen("P-256"));
  KITH_CHECK(key != nullptr);
  const X509Certificate certificate = SelfSign(key.get());
  const Bio out(BIO_new(BIO_s_mem()));  // wiped when freed
  KITH_CHECK(out != nullptr);
  KITH_CHECK(PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  KITH_CHECK(PEM_write_bio_X509(out.get(), certificate.get()) == 1);
  return {.pem = TextOf(out.get()), .spki_hash = SpkiHash(certificate.get())};
}

std::optional<Certificate> ParseCertificate(ByteView pem) {
  const auto read = [&] { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); };
  const Key key(PEM_read_bio_PrivateKey(read().get(), nullptr, NoPassphrase, nullptr));
  const X509Certificate certificate(PEM_read_bio_X509(read().get(), nullptr, NoPassphrase, nullptr));
  const bool fits = key && certificate && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) return std::nullopt;
  return Certificate{.pem = ToString(pem), .spki_hash = SpkiHash(certificate.get())};
}

}  // namespace kith::relay
