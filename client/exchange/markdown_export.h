// Writes a journal as Markdown files that any editor opens and that ReadImport reads back exactly (front_matter.h).
//
//   DIR/.kith-export                      marks the folder, and lists what this export wrote
//   DIR/2026/2026-11-23-1f0e9a3b.md       day and the beginning of the entry's id
//
// The files are NOT encrypted: whoever may read the folder may read the journal. Folders made here have mode 0700,
// files 0600. Each file is whole or not there at all. A later export to the same folder brings it up to date: entries
// that are gone lose their file; files that somebody has changed since are never overwritten or removed but set aside
// or left. Not thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "client/model/entry.h"
#include "crypto/base/result.h"

namespace kith {

struct ExportSummary {
  uint64_t written = 0;    // files made or replaced
  uint64_t unchanged = 0;  // files that were there already, byte for byte
  uint64_t removed = 0;    // files of an earlier export whose entry is gone
  uint64_t set_aside = 0;  // files that were changed by hand: kept as "...-edited-N.md", or left where they were
};

class MarkdownExport {
 public:
  // Makes `folder` if it is missing; its parent must be there. kInvalidArgument: it holds other things than an earlier
  // export, or is no folder. kStorageFailed.
  static Result<MarkdownExport> Begin(const std::filesystem::path& folder);
  MarkdownExport(MarkdownExport&&) noexcept;
  ~MarkdownExport();

  // Writes one entry. kStorageFailed: the file is as it was before; the export can go on or be begun again.
  Result<> Add(const EntryId& id, const Content& content);
  // Removes what is gone, and makes all of it durable. Without this call the folder can be exported to again. Once.
  Result<ExportSummary> Finish();

 private:
  struct State;
  explicit MarkdownExport(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kith
