// Markdown files, one entry each. What Kith exported comes back exactly (front_matter.h). Files of other programs:
//
// - The date is that of the front matter (`created`, else `date`), else of the file's name (2026-11-23.md,
//   2026-11-23-a title.md), else of the first heading (# 2026-11-23). A file without any is reported.
// - The text is all behind the front matter, without blank lines around it. Nothing is taken out of it.
// - The title is that of the front matter, unless it only repeats the date or the file's name with the date: a list of
//   entries shows the date anyway. Without one, the words behind the date in the file's name serve, unless the text
//   begins with a heading.
#include <algorithm>

#include "client/exchange/entry_id_text.h"
#include "client/exchange/formats.h"
#include "client/exchange/front_matter.h"
#include "client/exchange/limits.h"
#include "client/model/text.h"

namespace kith {
namespace {

constexpr size_t kDayLength = 10;  // of "2026-11-23"

// The day that the text begins with, if it does not go on as a longer number.
std::optional<WrittenDate> LeadingDay(std::string_view text) {
  if (text.size() > kDayLength && text[kDayLength] >= '0' && text[kDayLength] <= '9') return std::nullopt;
  return ParseWrittenDate(text.substr(0, kDayLength));
}

std::string_view TrimBlankLines(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  const size_t line = text.find_last_of('\n', first);
  if (line != std::string_view::npos) text.remove_prefix(line + 1);
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

// The words of the heading that the text begins with; empty if there is none.
std::string_view Heading(std::string_view text) {
  const size_t hashes = std::min(text.find_first_not_of('#'), text.size());
  if (hashes == 0 || hashes > 6 || !text.substr(hashes).starts_with(' ')) return {};
  const std::string_view line = text.substr(hashes, text.find('\n') - hashes);
  const size_t first = line.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view() : line.substr(first);
}

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// "a quiet day" of "2026-11-23-a-quiet-day".
std::string TitleOfStem(std::string_view stem) {
  if (!LeadingDay(stem)) return {};
  std::string title(stem.substr(kDayLength));
  if (std::none_of(title.begin(), title.end(), IsWordByte)) return {};
  if (title.find(' ') == std::string::npos) std::replace(title.begin(), title.end(), '-', ' ');
  std::replace(title.begin(), title.end(), '_', ' ');
  const size_t first = title.find_first_not_of(" -");
  return first == std::string::npos ? std::string() : title.substr(first);
}

std::string Title(const FrontMatter& front, std::string_view stem, std::string_view text, const CivilDay& day) {
  if (front.title.empty()) return Heading(text).empty() ? TitleOfStem(stem) : std::string();
  const std::optional<WrittenDate> as_date = ParseWrittenDate(front.title);
  const bool same_day = as_date && as_date->time.day == day;
  const bool dated_name = front.title == stem && LeadingDay(stem) && TitleOfStem(stem).empty();
  return same_day || dated_name ? std::string() : front.title;
}

std::string Join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ", ";
    out += word.substr(0, 50);
  }
  return out;
}

class MarkdownReader {
 public:
  explicit MarkdownReader(ImportIntake& intake) : intake_(intake) {}

  void Read(const Document& document) {
    if (!document.problem.empty()) {
      intake_.Lose(Loss::kEntry, document.name, document.problem, document.bytes);
      return;
    }
    if (!IsUtf8(document.bytes)) {
      intake_.Lose(Loss::kEntry, document.name, "it is not valid UTF-8", document.bytes);
      return;
    }
    const NoteParts parts = SplitNote(document.bytes);
    FrontMatter front;
    if (parts.front) {
      Result<FrontMatter> parsed = ParseFrontMatter(*parts.front);
      if (parsed) {
        front = *std::move(parsed);
      } else {
        intake_.Lose(Loss::kPart, document.name, parsed.error().message, *parts.front);
      }
    }
    if (!front.other_keys.empty()) {
      intake_.Lose(Loss::kPart, document.name, "front matter that is not imported: " + Join(front.other_keys),
                   *parts.front);
    }
    if (front.kith == kExportVersion) {
      AddOwn(document, front, parts.body);
    } else {
      AddForeign(document, front, parts.body);
    }
  }

 private:
  static ImportDraft StartDraft(const Document& document, const FrontMatter& front) {
    ImportDraft draft;
    draft.where = document.name;
    draft.raw = document.bytes;
    draft.zone = front.zone;
    draft.source_id = front.id;
    draft.content.tags = front.tags;
    draft.content.starred = front.starred;
    draft.content.journal = front.journal;
    draft.content.location = front.location;
    return draft;
  }

  void AddOwn(const Document& document, const FrontMatter& front, std::string_view body) {
    ImportDraft draft = StartDraft(document, front);
    const std::optional<WrittenDate> written = ParseWrittenDate(front.created);
    if (!written) {
      intake_.Lose(Loss::kEntry, document.name, "it has no date that could be read", document.bytes);
      return;
    }
    draft.written = *written;
    draft.exact_date = ExactDate(*written, front);
    draft.kith_id = ParseEntryId(front.id);
    if (!front.kind.empty()) draft.content.kind = front.kind;
    draft.content.depth = front.depth;
    draft.content.practice = front.practice;
    draft.content.unknown = front.unknown;
    draft.content.title = front.title;
    body.remove_prefix(body.starts_with("\r\n") ? 2 : body.starts_with('\n') ? 1 : 0);
    if (body.ends_with('\n')) body.remove_suffix(1);
    draft.content.text = body;
    intake_.Add(std::move(draft));
  }

  // nullopt when somebody has changed the date since, so that the instant no longer fits it.
  static std::optional<EntryDate> ExactDate(const WrittenDate& written, const FrontMatter& front) {
    static constexpr int64_t kFurthestZoneMs = 26LL * 3600 * 1000;
    if (!front.instant_ms) return std::nullopt;
    Result<ResolvedDate> resolved = ResolveDate(written, "", Zone::Utc());
    if (!resolved) return std::nullopt;
    EntryDate date = resolved->date;
    if (*front.instant_ms - date.instant_ms > kFurthestZoneMs) return std::nullopt;
    if (date.instant_ms - *front.instant_ms > kFurthestZoneMs) return std::nullopt;
    date.zone = front.zone;
    date.instant_ms = *front.instant_ms;
    return date;
  }

  void AddForeign(const Document& document, const FrontMatter& front, std::string_view body) {
    const std::string_view stem = FileStem(document.name);
    const std::string_view text = TrimBlankLines(body);
    std::optional<WrittenDate> written = ParseWrittenDate(front.created);
    const bool bad_date = !front.created.empty() && !written;
    if (!written) written = LeadingDay(stem);
    if (!written) written = LeadingDay(Heading(text));
    if (!written) {
      intake_.Lose(Loss::kEntry, document.name,
                   bad_date ? "its date could not be read; write it as 2026-11-23 or 2026-11-23 21:00"
                            : "it has no date: none in the front matter, the file's name or the first heading",
                   document.bytes);
      return;
    }
    if (bad_date) {
      intake_.Lose(Loss::kPart, document.name, "the date in its front matter could not be read; another one was used",
                   *SplitNote(document.bytes).front);
    }
    ImportDraft draft = StartDraft(document, front);
    for (std::string& tag : draft.content.tags) {
      if (tag.starts_with('#')) tag.erase(0, 1);  // as some programs mark tags
    }
    draft.written = *written;
    draft.content.text = text;
    draft.content.title = Title(front, stem, text, written->time.day);
    intake_.Add(std::move(draft));
  }

  ImportIntake& intake_;
};

}  // namespace

Result<> ReadMarkdown(const ImportOptions& options, ImportIntake& intake) {
  MarkdownReader reader(intake);
  SourceVisitor visitor = intake.Visitor();
  visitor.largest = exchange_limits::kNote;
  visitor.want = [](std::string_view name) {
    if (IsSystemFile(name)) return Want::kIgnore;
    return HasSuffix(name, ".md") || HasSuffix(name, ".markdown") ? Want::kRead : Want::kReport;
  };
  visitor.document = [&](const Document& document) {
    reader.Read(document);
    return !intake.stopped();
  };
  return ReadSource(options.path, visitor);
}

}  // namespace kith
