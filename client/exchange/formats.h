// The importers, one per format. Each reads the whole source into `intake`. Internal to exchange/.
#pragma once

#include "client/exchange/import_intake.h"

namespace kith {

// Day One's JSON export; see dayone.cc.
Result<> ReadDayOne(const ImportOptions& options, ImportIntake& intake);
inline constexpr std::string_view kDayOneExpected =
    "a Day One JSON export: a zip, a folder or a .json file with \"entries\", each with creationDate and text";

// jrnl's JSON export; see jrnl.cc.
Result<> ReadJrnl(const ImportOptions& options, ImportIntake& intake);
inline constexpr std::string_view kJrnlExpected =
    "a JSON export of jrnl: a .json or .json.gz file with \"entries\", each with date, title and body";

// Markdown files, of other programs or exported by Kith; see markdown_import.cc.
Result<> ReadMarkdown(const ImportOptions& options, ImportIntake& intake);
inline constexpr std::string_view kMarkdownExpected =
    "Markdown: a .md file, or a folder, tar, tar.gz or zip of them, with a date in the front matter, the file's name "
    "or "
    "the first heading";

}  // namespace kith
