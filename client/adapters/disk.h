// What the vault asks of a file system: LevelDB's Env, and folders whose entries can be made durable, which Env has
// no call for. The machine's own disk is MachineDisk(); tests put a faulty one in its place.
#pragma once

#include <leveldb/env.h>

#include <string>

namespace kith {

// All calls are thread-safe, as Env demands.
class Disk : public leveldb::EnvWrapper {
 public:
  using EnvWrapper::EnvWrapper;

  // Makes creations, renames and removals in `folder` last through a power cut.
  virtual leveldb::Status SyncFolder(const std::string& folder) = 0;
};

// Differs from leveldb::Env::Default() where that one would harm a vault: files are 0600 and folders 0700; tables are
// read with pread and never mapped, for a bad sector under a mapping kills the process, and mapped pages count as
// resident memory; writes are not buffered a second time. Never deleted.
Disk& MachineDisk();

// An errno value as a status. ENOSPC and EDQUOT can be told again with IsDiskFull.
leveldb::Status DiskError(const std::string& what, int error);
bool IsDiskFull(const leveldb::Status& status);

// The part of `path` before its last slash; "." when there is none.
std::string FolderOf(const std::string& path);

}  // namespace kith
