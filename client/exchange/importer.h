// The door for everything that comes from another journal.
//
// An import is a function of the file, the options and the time zone tables alone: no clock, no local zone, no locale,
// no order of a folder. The same file on two devices gives byte-equal Content and equal source names, so that both
// devices make the same entries.
//
// Nothing is lost silently: what is not imported is handed to ImportSink::quarantined, and never stops the rest. An
// entry that is not whole is not imported (a later import of the whole file could not mend it), only handed over.
// Nothing is unpacked to disk. Not thread-safe; one Read at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "client/model/entry.h"
#include "crypto/base/bytes.h"
#include "crypto/base/result.h"

namespace kith {

enum class ImportFormat : uint8_t { kDayOne, kJrnl, kMarkdown };

// "dayone", "jrnl", "markdown": as typed, and as bound into source names. Never changed.
std::string_view ImportFormatName(ImportFormat format);
std::optional<ImportFormat> ParseImportFormat(std::string_view name);

struct ImportOptions {
  ImportFormat format = ImportFormat::kMarkdown;
  std::filesystem::path path;  // a file, an archive or a folder
  // IANA name or offset for dates that name no zone; empty: such dates keep an empty zone, and their instant is counted
  // as if they were UTC. A date written with "Z" says when, not where: with a fallback zone it becomes the day there.
  std::string fallback_zone;
  std::string journal;  // for entries that name none
};

struct ImportedEntry {
  Content content;  // passes CheckContent
  ImportFormat format = ImportFormat::kMarkdown;
  std::string source_id;           // stable id in the source, or empty: then the normalized content names the entry
  std::string written_date;        // the date as the source wrote it, in one spelling; does not depend on options
  uint32_t ordinal = 0;            // counts exact repeats without a source_id within one import
  std::optional<EntryId> kith_id;  // the entry's id in the Kith journal it was exported from

  // What names this entry in every import of the same source, on every device: the input of the KDF of its EntryId.
  //   string format name; then
  //   u8 1, string source_id                                          when there is a source_id
  //   u8 2, string written_date, string title, string text, u32 ordinal  when there is none;
  // a string is a u32 length and its bytes. `title` and `text` have CR LF as LF and no white space at the end, so that
  // a file that passed through an editor on another system names the same entry.
  Bytes source_name() const;
};

// What could not be imported.
enum class Loss : uint8_t {
  kEntry,  // a whole entry, or a whole file
  kPart,   // the entry's text was imported; this part of it was not
};
struct Quarantined {
  Loss loss = Loss::kEntry;
  std::string where;   // file and number of the entry in it; may hold names of the person's files
  std::string reason;  // for people; never holds entry text
  Bytes raw;           // the bytes as found, at most exchange_limits::kRaw; empty for attachments
};

struct ImportSink {
  // Takes one entry. Returns false to cancel.
  std::function<bool(ImportedEntry entry)> entry;
  std::function<void(Quarantined lost)> quarantined;                                 // may be empty
  std::function<void(uint64_t bytes_read, std::optional<uint64_t> total)> progress;  // may be empty
};

struct ImportSummary {
  uint64_t entries = 0;
  uint64_t days = 0;  // distinct civil dates
  uint64_t lost_entries = 0;
  uint64_t lost_parts = 0;
  std::optional<EntryDate> first, last;  // by civil date and time
};

// Reads everything. Errors: kImportUnreadable (nothing could be read as that format; the message says what was
// expected), kInvalidArgument (unknown fallback zone, or a journal's name that is not allowed), kCancelled. What was
// handed to `sink` before an error stays valid.
Result<ImportSummary> ReadImport(const ImportOptions& options, const ImportSink& sink);

}  // namespace kith
