// The file an editor works on. It lies in memory, in a folder of this user alone, because a disk may keep what was
// deleted from it. (Memory can still reach swap; the README says so.)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/cli/terminal.h"
#include "crypto/base/result.h"

namespace kith {

// Stays when the object ends, unless Discard was called: whatever goes wrong, the words are still there.
class Draft {
 public:
  // A new file holding `text`, under $XDG_RUNTIME_DIR or /dev/shm, whichever is tmpfs or ramfs. kNoSecureTemp: neither.
  static Result<Draft> Create(std::string_view text);
  // Drafts that earlier runs left behind.
  static std::vector<std::string> Leftovers();

  // Runs $VISUAL, else $EDITOR, else `editor`, and gives back what the file then holds. Vim is told to keep no copies
  // elsewhere; another editor's habits are its own. kCancelled: the editor ended with an error.
  Result<std::string> Edit(Terminal& terminal) const;
  const std::string& path() const { return path_; }
  void Discard();

 private:
  Draft(std::string folder, std::string path) : folder_(std::move(folder)), path_(std::move(path)) {}

  std::string folder_;
  std::string path_;
};

// Words that exist nowhere else yet, when saving them failed: keeps them in memory and says so in the error, with
// `command`, which takes them from standard input.
Error KeepText(Error error, std::string_view text, std::string_view command);

}  // namespace kith
