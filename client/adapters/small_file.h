// Small files outside the store, read and replaced whole.
#pragma once

#include <string>

#include "client/adapters/disk.h"
#include "crypto/base/bytes.h"
#include "crypto/base/result.h"

namespace kith {

// Puts `bytes` at `path`, mode 0600, in a folder that is there. Durable when it returns OK; after an error or a power
// cut what stood there before is there, or the new bytes, whole. kStorageFailed.
Result<> ReplaceSmallFile(Disk& disk, const std::string& path, ByteView bytes);
// At most `limit` bytes. kTooLarge past it; kStorageFailed.
Result<Bytes> ReadSmallFile(Disk& disk, const std::string& path, uint64_t limit);

// What a failure of the disk is to a person. kStorageFailed.
Error SmallFileError(const leveldb::Status& status);

}  // namespace kith
