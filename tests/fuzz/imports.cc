// Files of other programs, and the head of a Markdown file. The first byte chooses the format. What is handed over may
// be written into a journal as it is.
#include <filesystem>
#include <fstream>

#include "client/exchange/front_matter.h"
#include "client/exchange/importer.h"
#include "client/model/content.h"
#include "client/model/text.h"
#include "tests/fuzz/memory_folder.h"
#include "tests/fuzz/target.h"

namespace kith::fuzz {
namespace {

class InputFile {
 public:
  std::filesystem::path Hold(ByteView bytes) const {
    auto path = folder_.path() / "2026-11-23 input";
    std::ofstream(path, std::ios::binary).write(AsText(bytes).data(), static_cast<std::streamsize>(bytes.size()));
    return path;
  }

 private:
  MemoryFolder folder_;
};

Outcome Import(ImportFormat format, ByteView bytes) {
  static const InputFile file;
  const ImportOptions options{
      .format = format, .path = file.Hold(bytes), .fallback_zone = "Europe/London", .journal = "imported"};
  uint64_t entries = 0;
  ImportSink sink;
  sink.entry = [&](const ImportedEntry& entry) {
    KITH_CHECK(CheckContent(entry.content));
    KITH_CHECK(!entry.source_name().empty());
    ++entries;
    return true;
  };
  sink.quarantined = [](const Quarantined& lost) { KITH_CHECK(!lost.reason.empty()); };
  const auto summary = ReadImport(options, sink);
  if (summary) KITH_CHECK(summary->entries == entries && summary->first.has_value() == (entries > 0));
  return OutcomeOf(entries > 0);
}

Outcome Front(ByteView bytes) {
  const NoteParts parts = SplitNote(AsText(bytes));
  if (!parts.front) return Outcome::kRefused;
  if (!IsUtf8(*parts.front)) return Outcome::kRefused;  // refused where content enters the journal
  const auto front = ParseFrontMatter(*parts.front);
  if (!front) return Outcome::kRefused;
  // What we write of it reads as the same again.
  const std::string written = FormatFrontMatter(*front);
  const NoteParts again_parts = SplitNote(written);
  KITH_CHECK(again_parts.front && again_parts.body.empty());
  const auto again = ParseFrontMatter(*again_parts.front);
  KITH_CHECK(again && again->title == front->title && again->tags == front->tags && again->unknown == front->unknown);
  return Outcome::kAccepted;
}

}  // namespace

KITH_FUZZ_TARGET(imports) {
  if (input.empty()) return Outcome::kRefused;
  const ByteView rest = input.subspan(1);
  switch (input[0] % 4) {
    case 0:
      return Import(ImportFormat::kDayOne, rest);
    case 1:
      return Import(ImportFormat::kJrnl, rest);
    case 2:
      return Import(ImportFormat::kMarkdown, rest);
    case 3:
      return Front(rest);
  }
  return Outcome::kRefused;
}

}  // namespace kith::fuzz
