// The relay's TLS certificate: a key of its own, and a self-signed certificate that says nothing about the machine.
// Clients trust neither names nor dates in it, only the SPKI hash that the relay's signed hello carries.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "crypto/base/bytes.h"

namespace kith::relay {

struct Certificate {
  std::string pem;                         // private key and certificate, as gRPC and proxies take them
  std::array<uint8_t, 32> spki_hash = {};  // SHA-256 of the SubjectPublicKeyInfo
};

// ECDSA over P-256, with the subject "relay", a random serial number, and dates that do not end.
Certificate MakeCertificate();

// nullopt: not a private key without a passphrase together with its certificate.
std::optional<Certificate> ParseCertificate(ByteView pem);

}  // namespace kith::relay
