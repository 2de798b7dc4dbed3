// Where the documents of an import lie: a folder, a zip, a tar, a tar in gzip, a document in gzip, or one document.
// What it is is read from its first bytes, never from its name. Symbolic links are not followed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "client/exchange/importer.h"

namespace kith {

// One document, expanded in memory.
struct Document {
  std::string name;     // path inside of the source, '/' between; the file's own name if there is only one
  std::string bytes;    // as far as it could be read
  std::string problem;  // why that is not all, or not as it was packed; empty: it is whole
};

enum class Want { kRead, kReport, kIgnore };

struct SourceVisitor {
  // kRead for documents of the format; kReport for attachments; kIgnore for what systems leave lying about.
  std::function<Want(std::string_view name)> want;
  std::function<bool(Document document)> document;  // returns false to stop
  std::function<void(Quarantined lost)> lost;
  std::function<void(uint64_t bytes_read, std::optional<uint64_t> total)> progress;
  size_t largest = 0;  // bytes of a document; longer ones are reported
};

// Files of a folder come in byte order of their paths; those of an archive as they lie in it. kImportUnreadable:
// nothing is there, or it may not be read.
Result<> ReadSource(const std::filesystem::path& path, const SourceVisitor& visitor);

// "c" of "a/b/c.d".
std::string_view FileStem(std::string_view name);
// Whether the name ends with `suffix` (lower case), in any case.
bool HasSuffix(std::string_view name, std::string_view suffix);
// Hidden files and folders, and those that macOS puts into archives.
bool IsSystemFile(std::string_view name);

}  // namespace kith
