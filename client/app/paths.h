// Where one person's device lives on this machine, and which folders are private enough for it.
#pragma once

#include <string>

#include "crypto/base/result.h"

namespace kith {

// Absolute paths. Nothing of it need exist yet.
struct AgentPaths {
  std::string vault_dir;  // the vault's own folder; the agent makes it, mode 0700
  std::string socket;     // at most 107 bytes; lies in a folder that only this user can write to
};

// KITH_HOME set: the vault in KITH_HOME/vault and the socket KITH_HOME/agent.sock, so that several devices can live
// on one machine; a socket path past 107 bytes becomes <private>/kith-<hash of KITH_HOME>/agent.sock.
// Otherwise the vault is $XDG_DATA_HOME/kith (~/.local/share/kith) and the socket <private>/kith/agent.sock.
// <private> is $XDG_RUNTIME_DIR when it is this user's alone, else /tmp with the user's id in the folder's name.
// Reads the environment and the file system; makes nothing. kInvalidArgument: no home folder is known.
Result<AgentPaths> ResolvePaths();

// For small notes that are not secret, such as "this was said once": KITH_HOME or $XDG_STATE_HOME/kith.
Result<std::string> StateDir();

// An absolute folder of this user, a real one and no symbolic link, that nobody else can write to (and, for
// Privacy::kClosed, not even list). Missing ones are made with mode 0700, their parents too.
// kInvalidArgument: it is somebody else's or open to others, with what to do. kStorageFailed: it cannot be made.
enum class Privacy { kOwned, kClosed };
Result<void> EnsurePrivateFolder(const std::string& path, Privacy privacy);

// The folders that an absolute path lies in, with mode 0700 where they are missing. kStorageFailed.
Result<void> MakeParents(const std::string& path);

// The folder of `paths.socket`, made ready by the rule that fits where it lies. Agent and client both call it before
// they bind or connect.
Result<void> EnsureSocketFolder(const AgentPaths& paths);

}  // namespace kith
