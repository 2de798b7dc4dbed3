#include "client/adapters/small_file.h"

#include <memory>

namespace kith {

using leveldb::Slice;
using leveldb::Status;

Error SmallFileError(const Status& status) {
  if (IsDiskFull(status)) {
    return Fail(Code::kStorageFailed, "The disk is full. Nothing was changed; free some space and try again.");
  }
  return Fail(
      Code::kStorageFailed,
      "The vault's folder cannot be read or written. Check that the disk is connected and that the folder is yours, "
      "then try again.");
}

Result<> ReplaceSmallFile(Disk& disk, const std::string& path, ByteView bytes) {
  const std::string temporary = path + ".new";
  leveldb::WritableFile* file = nullptr;
  Status status = disk.NewWritableFile(temporary, &file);
  if (!status.ok()) return SmallFileError(status);
  const std::unique_ptr<leveldb::WritableFile> owned(file);
  status = file->Append(Slice(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  if (status.ok()) status = file->Sync();
  if (status.ok()) status = file->Close();
  if (status.ok()) status = disk.RenameFile(temporary, path);
  if (status.ok()) status = disk.SyncFolder(FolderOf(path));
  if (!status.ok()) return SmallFileError(status);
  return {};
}

Result<Bytes> ReadSmallFile(Disk& disk, const std::string& path, uint64_t limit) {
  uint64_t size = 0;
  Status status = disk.GetFileSize(path, &size);
  if (status.ok() && size > limit) return Fail(Code::kTooLarge, "A file of the vault's is far too long.");
  std::string text;
  if (status.ok()) status = leveldb::ReadFileToString(&disk, path, &text);
  if (!status.ok()) return SmallFileError(status);
  return ToBytes(text);
}

}  // namespace kith
