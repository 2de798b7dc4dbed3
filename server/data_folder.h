// The relay's folder: its identity (one small file), its certificate, its database, and the administrator's socket.
// Mode 0700; identity and certificate 0600. Whoever has the identity can pretend to be this relay, though never read
// what it carries.
#pragma once

#include <optional>
#include <string>

#include "crypto/verify/sign.h"
#include "server/certificate.h"

namespace kith::relay {

struct Identity {
  Signer signer;
  std::string address;  // as clients should reach it; goes into invites
};

std::string DatabasePath(const std::string& folder);
std::string AdminSocketName();

// Makes the folder and a fresh identity. kVaultExists: one is there already. kStorageFailed.
Result<Identity> CreateIdentity(const std::string& folder, const std::string& address);
// kNoVault: there is none. kVaultDamaged. kNewerFormat. kStorageFailed.
Result<Identity> LoadIdentity(const std::string& folder);

// Makes a certificate and puts it in the place of the one before, all or nothing. kStorageFailed.
Result<Certificate> RenewCertificate(const std::string& folder);
// nullopt: there is none, as in folders of the first versions. kVaultDamaged: not a key and its certificate.
// kStorageFailed.
Result<std::optional<Certificate>> LoadCertificate(const std::string& folder);

}  // namespace kith::relay
