#include "server/data_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "crypto/verify/hash.h"
#include "crypto/verify/prefixed_hash.h"

namespace kith::relay {
namespace {

constexpr std::string_view kMagic = "KithRelay";
constexpr uint16_t kIdentityFormat = 1;
constexpr size_t kChecksum = 16;
constexpr size_t kMaxIdentity = 4096;
constexpr size_t kMaxCertificate = 64 * 1024;  // somebody's own may come with a chain

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  const int fd_;
};

std::string IdentityPath(const std::string& folder) { return folder + "/identity"; }
std::string CertificatePath(const std::string& folder) { return folder + "/certificate.pem"; }

// Against accidents, not against attackers: whoever can write here has the key anyway.
std::array<uint8_t, kChecksum> Checksum(ByteView bytes) {
  std::array<uint8_t, kChecksum> sum{};
  PrefixedHash hash({}, sum.size());
  hash.Field(bytes);
  hash.Finish(sum);
  return sum;
}

Bytes EncodeIdentity(const Identity& identity) {
  Writer out;
  out.Raw(AsBytes(kMagic)).U16(kIdentityFormat).Raw(identity.signer.seed().Reveal()).Prefixed(identity.address);
  out.Raw(Checksum(out.bytes()));
  return out.Take();
}

Result<Identity> DecodeIdentity(ByteView bytes) {
  const auto damaged = [] {
    return Fail(Code::kVaultDamaged,
                "the relay's identity file is damaged; put it back from a backup. Without it clients will not trust "
                "this relay again: a new folder and new invites are the way on");
  };
  Reader in(bytes);
  if (AsText(in.Raw(kMagic.size())) != kMagic) return damaged();
  const uint16_t format = in.U16();
  if (in.ok() && format > kIdentityFormat) {
    return Fail(Code::kNewerFormat, "the relay's identity was written by a newer kith-relay: upgrade this one");
  }
  const ByteView seed = in.Raw(SignSeed::kSize);
  const std::string address = ToString(in.Prefixed());
  const ByteView sum = in.Raw(kChecksum);
  if (!in.Done() || !SecretEqual(sum, Checksum(bytes.first(bytes.size() - kChecksum)))) return damaged();
  return Identity{Signer::FromSeed(SignSeed::Copy(seed)), address};
}

Error CannotWrite(const std::string& folder) {
  return Fail(Code::kStorageFailed, "cannot write to " + folder + ": check the path, its owner and the disk");
}

// Durable under its final name; or what was there before is there still.
Result<> WriteWhole(const std::string& folder, const std::string& path, ByteView bytes) {
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());  // of a write that was cut short; its mode may be another
  {
    const File file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.ok() || ::write(file.fd(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fsync(file.fd()) != 0) {
      return CannotWrite(folder);
    }
  }
  const File dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir.ok() || ::rename(temporary.c_str(), path.c_str()) != 0 || ::fsync(dir.fd()) != 0) return CannotWrite(folder);
  return {};
}

// nullopt: no such file. Longer ones are cut off, and are damaged then.
Result<std::optional<Bytes>> ReadFile(const std::string& folder, const std::string& path, size_t max) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok() && (errno == ENOENT || errno == ENOTDIR)) return std::optional<Bytes>();
  Bytes bytes(max);
  const ssize_t got = file.ok() ? ::read(file.fd(), bytes.data(), bytes.size()) : -1;
  if (got < 0) {
    return Fail(Code::kStorageFailed, "cannot read the relay's files in " + folder + ": check their owner");
  }
  bytes.resize(static_cast<size_t>(got));
  return std::optional(std::move(bytes));
}

}  // namespace

std::string DatabasePath(const std::string& folder) { return folder + "/db"; }
std::string AdminSocketName() { return "admin.sock"; }

Result<Identity> CreateIdentity(const std::string& folder, const std::string& address) {
  std::error_code error;
  if (std::filesystem::exists(IdentityPath(folder), error)) {
    return Fail(Code::kVaultExists, "a relay is set up in " + folder + " already; run `kith-relay serve`");
  }
  const std::filesystem::path path(folder);
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return CannotWrite(folder);
  if (::chmod(folder.c_str(), 0700) != 0) return CannotWrite(folder);
  Identity identity{Signer::Generate(), address};
  Bytes bytes = EncodeIdentity(identity);
  const auto written = WriteWhole(folder, IdentityPath(folder), bytes);
  Wipe(bytes);
  if (!written) return written.error();
  return identity;
}

Result<Identity> LoadIdentity(const std::string& folder) {
  KITH_TRY_ASSIGN(auto bytes, ReadFile(folder, IdentityPath(folder), kMaxIdentity));
  if (!bytes) return Fail(Code::kNoVault, "no relay is set up in " + folder + "; run `kith-relay init` first");
  auto identity = DecodeIdentity(*bytes);
  Wipe(*bytes);
  return identity;
}

Result<Certificate> RenewCertificate(const std::string& folder) {
  Certificate certificate = MakeCertificate();
  KITH_TRY(WriteWhole(folder, CertificatePath(folder), AsBytes(certificate.pem)));
  return certificate;
}

Result<std::optional<Certificate>> LoadCertificate(const std::string& folder) {
  KITH_TRY_ASSIGN(auto bytes, ReadFile(folder, CertificatePath(folder), kMaxCertificate));
  if (!bytes) return std::optional<Certificate>();
  auto certificate = ParseCertificate(*bytes);
  Wipe(*bytes);
  if (certificate) return certificate;
  return Fail(Code::kVaultDamaged,
              "certificate.pem in " + folder +
                  " is not a private key and its certificate; `kith-relay certificate renew` makes a new one, which "
                  "clients accept by themselves");
}

}  // namespace kith::relay
