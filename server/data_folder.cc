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

// Durable under its final name, or not there at all.
Result<> WriteNewFile(const std::string& folder, const std::string& path, ByteView bytes) {
  const std::string temporary = path + ".new";
  {
    const File file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file.ok() || ::write(file.fd(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fsync(file.fd()) != 0) {
      return CannotWrite(folder);
    }
  }
  const File dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir.ok() || ::rename(temporary.c_str(), path.c_str()) != 0 || ::fsync(dir.fd()) != 0) return CannotWrite(folder);
  return {};
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
  const auto written = WriteNewFile(folder, IdentityPath(folder), bytes);
  Wipe(bytes);
  if (!written) return written.error();
  return identity;
}

Result<Identity> LoadIdentity(const std::string& folder) {
  const File file(::open(IdentityPath(folder).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return Fail(Code::kNoVault, "no relay is set up in " + folder + "; run `kith-relay init` first");
    }
    return Fail(Code::kStorageFailed, "cannot read the relay's identity in " + folder + ": check its owner");
  }
  Bytes bytes(kMaxIdentity);
  const ssize_t got = ::read(file.fd(), bytes.data(), bytes.size());
  if (got < 0) return Fail(Code::kStorageFailed, "cannot read the relay's identity in " + folder);
  auto identity = DecodeIdentity(ByteView(bytes).first(static_cast<size_t>(got)));
  Wipe(bytes);
  return identity;
}

}  // namespace kith::relay
