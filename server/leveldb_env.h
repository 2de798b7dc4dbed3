// The file system as the relay wants it under LevelDB. Differences from LevelDB's own:
// - tables are read with pread, not mapped: a failing disk is an error and not a SIGBUS, and pages read do not count as
//   this process's memory;
// - a new file's directory entry is synced, so that a log that was synced is still there after a power cut;
// - no LOG file: LevelDB writes keys into it in the clear.
#pragma once

#include <leveldb/env.h>

#include <memory>

namespace kith::relay {

// `base` must outlive the result.
std::unique_ptr<leveldb::Env> NewRelayEnv(leveldb::Env* base);

// For Options::info_log: discards.
std::unique_ptr<leveldb::Logger> NewSilentLogger();

}  // namespace kith::relay
