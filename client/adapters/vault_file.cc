#include "client/adapters/vault_file.h"

#include <charconv>

#include "client/adapters/disk.h"
#include "client/adapters/small_file.h"

namespace kith {
namespace {

using leveldb::Status;

constexpr std::string_view kKeyName = "vault.key";
constexpr std::string_view kFormatName = "format";
constexpr std::string_view kFormatWords = "kith vault ";
constexpr int kFormat = 1;
constexpr uint64_t kMostBytes = 4096;  // neither file is near this

Error Damaged(std::string_view name) {
  return Fail(Code::kVaultDamaged,
              "The vault's file `" + std::string(name) +
                  "` is damaged. Restore it from a backup of the vault's folder; the passphrase alone "
                  "cannot replace it.");
}

Result<Bytes> ReadSmall(Disk& disk, const std::string& path, std::string_view name) {
  auto bytes = ReadSmallFile(disk, path, kMostBytes);
  if (!bytes && bytes.error().code == Code::kTooLarge) return Damaged(name);
  return bytes;
}

}  // namespace

VaultFolder::VaultFolder(std::string path) : VaultFolder(MachineDisk(), std::move(path)) {}
VaultFolder::VaultFolder(Disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}

Result<> VaultFolder::Create(ByteView wrapped_key) {
  const std::string key_path = path_ + "/" + std::string(kKeyName);
  if (disk_.FileExists(key_path) || disk_.FileExists(StoreFolder() + "/CURRENT")) {
    return Fail(Code::kVaultExists, "There is a vault here already. Unlock it with `kith unlock`.");
  }
  KITH_TRY(MakeFolders());
  const std::string format = std::string(kFormatWords) + std::to_string(kFormat) + "\n";
  KITH_TRY(WriteWhole(std::string(kFormatName), AsBytes(format)));
  return WriteWhole(std::string(kKeyName), wrapped_key);  // last: with it the vault exists
}

Result<Bytes> VaultFolder::ReadKey() {
  const std::string key_path = path_ + "/" + std::string(kKeyName);
  if (!disk_.FileExists(key_path)) {
    if (disk_.FileExists(StoreFolder() + "/CURRENT")) return Damaged(kKeyName);
    return Fail(Code::kNoVault,
                "There is no vault here yet. Make one with `kith init`, or join yours with `kith link`.");
  }
  KITH_TRY(CheckFormat());
  KITH_TRY_ASSIGN(Bytes key, ReadSmall(disk_, key_path, kKeyName));
  if (key.empty()) return Damaged(kKeyName);
  return key;
}

Result<> VaultFolder::ReplaceKey(ByteView wrapped_key) {
  KITH_TRY(ReadKey());
  return WriteWhole(std::string(kKeyName), wrapped_key);
}

Result<> VaultFolder::CheckFormat() {
  const std::string path = path_ + "/" + std::string(kFormatName);
  if (!disk_.FileExists(path)) return Damaged(kFormatName);
  KITH_TRY_ASSIGN(const Bytes bytes, ReadSmall(disk_, path, kFormatName));
  const std::string_view text = AsText(bytes);
  if (!text.starts_with(kFormatWords) || !text.ends_with('\n')) return Damaged(kFormatName);
  const std::string_view digits = text.substr(kFormatWords.size(), text.size() - kFormatWords.size() - 1);
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < 1) return Damaged(kFormatName);
  if (number > kFormat) {
    return Fail(Code::kNewerFormat,
                "This vault was written by a newer version of Kith. Update Kith on this device, then try again.");
  }
  return {};
}

Result<> VaultFolder::WriteWhole(const std::string& name, ByteView bytes) {
  return ReplaceSmallFile(disk_, path_ + "/" + name, bytes);
}

Result<> VaultFolder::MakeFolders() {
  for (size_t slash = path_.find('/', 1); slash != std::string::npos; slash = path_.find('/', slash + 1)) {
    const std::string parent = path_.substr(0, slash);
    if (disk_.FileExists(parent)) continue;
    const Status made = disk_.CreateDir(parent);
    if (!made.ok()) return SmallFileError(made);
  }
  Status status = disk_.CreateDir(path_);
  if (status.ok()) status = disk_.SyncFolder(FolderOf(path_));
  if (!status.ok()) return SmallFileError(status);
  return {};
}

}  // namespace kith
