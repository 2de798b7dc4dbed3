// Day One's JSON export: documents {"metadata", "entries": [{"uuid", "creationDate" (UTC), "timeZone", "text", "tags",
// "starred", "isAllDay", "location"}]}, one per journal, with photos and the like in folders beside them.
#include "client/exchange/dayone.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

#include "client/exchange/formats.h"
#include "client/exchange/json_entries.h"
#include "client/exchange/json_fields.h"
#include "client/exchange/limits.h"

namespace kith {
namespace {

using nlohmann::json;

constexpr std::string_view kEscaped = "\\`*_{}[]()#+-.!|>~";

// A line that opens or closes fenced code (CommonMark 4.5). Length 0: it is none.
struct Fence {
  char mark = 0;
  size_t length = 0;
  bool bare = false;  // nothing but white space behind it
};

Fence ParseFence(std::string_view line) {
  const size_t indent = line.find_first_not_of(' ');
  if (indent == std::string_view::npos || indent > 3) return {};
  const char mark = line[indent];
  if (mark != '`' && mark != '~') return {};
  size_t end = line.find_first_not_of(mark, indent);
  if (end == std::string_view::npos) end = line.size();
  if (end - indent < 3) return {};
  const std::string_view rest = line.substr(end);
  if (mark == '`' && rest.find('`') != std::string_view::npos) return {};  // code in a line
  return {mark, end - indent, rest.find_first_not_of(" \t\r\n") == std::string_view::npos};
}

// Undoes escapes in a paragraph without fences. Runs of backquotes pair with the next run of the same length
// (CommonMark 6.1).
class Prose {
 public:
  Prose(std::string_view text, std::string& out) : text_(text), out_(out) {
    for (size_t at = 0; at < text_.size();) {
      const size_t length = RunLength(at);
      if (length > 0) runs_[length].push_back(at);
      at += std::max<size_t>(length, 1);
    }
  }

  void Undo() {
    for (size_t at = 0; at < text_.size();) {
      if (text_[at] == '`') {
        at = CopyCode(at);
      } else if (text_[at] == '\\' && at + 1 < text_.size() && kEscaped.find(text_[at + 1]) != std::string_view::npos) {
        out_ += text_[at + 1];
        at += 2;
      } else {
        out_ += text_[at++];
      }
    }
  }

 private:
  size_t RunLength(size_t at) const {
    const size_t end = text_.find_first_not_of('`', at);
    return (end == std::string_view::npos ? text_.size() : end) - at;
  }

  // Copies the run at `at`, and the code behind it if the run is closed. Returns where to go on.
  size_t CopyCode(size_t at) {
    const size_t length = RunLength(at);
    size_t end = at + length;
    if (const auto found = runs_.find(length); found != runs_.end()) {
      const auto close = std::lower_bound(found->second.begin(), found->second.end(), end);
      if (close != found->second.end()) end = *close + length;
    }
    out_ += text_.substr(at, end - at);
    return end;
  }

  std::string_view text_;
  std::string& out_;
  std::map<size_t, std::vector<size_t>> runs_;  // by length, ascending places
};

}  // namespace

std::string UndoDayOneEscapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t paragraph = 0;  // where the prose that is not yet written begins
  Fence open;
  const auto flush = [&](size_t end) { Prose(text.substr(paragraph, end - paragraph), out).Undo(); };
  for (size_t at = 0; at < text.size();) {
    const size_t newline = text.find('\n', at);
    const size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
    const std::string_view line = text.substr(at, end - at);
    const Fence fence = ParseFence(line);
    if (open.length > 0) {
      out += line;
      paragraph = end;
      if (fence.mark == open.mark && fence.length >= open.length && fence.bare) open = {};
    } else if (fence.length > 0) {
      flush(at);
      out += line;
      paragraph = end;
      open = fence;
    } else if (line.find_first_not_of(" \t\r\n") == std::string_view::npos) {
      flush(end);  // a blank line ends the paragraph, and with it any open run of backquotes
      paragraph = end;
    }
    at = end;
  }
  flush(text.size());
  return out;
}

namespace {

bool IsEntry(const json& object) { return object.contains("creationDate") && object.contains("uuid"); }

std::optional<Location> ReadLocation(const json& object) {
  if (!object.is_object()) return std::nullopt;
  Location location;
  location.latitude = NumberField(object, "latitude");
  location.longitude = NumberField(object, "longitude");
  location.place = TextField(object, "placeName");
  location.locality = TextField(object, "localityName");
  location.region = TextField(object, "administrativeArea");
  location.country = TextField(object, "country");
  return location;
}

// What Kith has no place for, by the names Day One gives it; empty if there is nothing.
std::string PartsLeft(const json& entry) {
  static constexpr std::string_view kParts[] = {"photos", "videos",     "audios",       "pdfAttachments", "weather",
                                                "music",  "publishUrl", "userActivity", "steps"};
  std::string left;
  for (const std::string_view part : kParts) {
    const auto found = entry.find(part);
    if (found == entry.end() || found->is_null() || (found->is_structured() && found->empty())) continue;
    if (!left.empty()) left += ", ";
    left += part;
    if (found->is_array()) left += " (" + std::to_string(found->size()) + ")";
  }
  return left;
}

class DayOneReader {
 public:
  DayOneReader(ImportIntake& intake, bool name_journals) : intake_(intake), name_journals_(name_journals) {}

  void Read(const Document& document) {
    JsonVisitor visitor;
    visitor.is_entry = IsEntry;
    visitor.visit = [&](const JsonEntry& entry) {
      const std::string where = document.name + ", entry " + std::to_string(entry.number);
      if (entry.value == nullptr) {
        intake_.Lose(Loss::kEntry, where, entry.reason, entry.raw);
      } else {
        Add(*entry.value, where, entry.raw, document);
      }
      return !intake_.stopped();
    };
    const JsonReport report = ReadJsonEntries(document.bytes, visitor);
    if (report.found) intake_.Recognize();
    if (!report.found) intake_.Lose(Loss::kEntry, document.name, "there is no list of entries in it", document.bytes);
    for (const std::string& key : report.other_keys) {
      intake_.Lose(Loss::kPart, document.name, "the part \"" + key.substr(0, 50) + "\" is not imported");
    }
    if (!document.problem.empty()) {
      intake_.Lose(Loss::kPart, document.name, document.problem + "; check the entries that came from it");
    }
  }

 private:
  void Add(const json& entry, const std::string& where, std::string_view raw, const Document& document) {
    const std::optional<WrittenDate> written = ParseWrittenDate(TextField(entry, "creationDate"));
    if (!written) {
      intake_.Lose(Loss::kEntry, where, "it has no creationDate that could be read", raw);
      return;
    }
    ImportDraft draft;
    draft.where = where;
    draft.raw = raw;
    draft.written = *written;
    draft.zone = TextField(entry, "timeZone");
    draft.all_day = FlagField(entry, "isAllDay");
    draft.source_id = TextField(entry, "uuid");
    draft.content.text = UndoDayOneEscapes(TextField(entry, "text"));
    draft.content.tags = TextsField(entry, "tags");
    draft.content.starred = FlagField(entry, "starred");
    if (name_journals_) draft.content.journal = FileStem(document.name);
    if (const auto location = entry.find("location"); location != entry.end()) {
      draft.content.location = ReadLocation(*location);
    }
    if (const std::string parts = PartsLeft(entry); !parts.empty()) {
      intake_.Lose(Loss::kPart, where, "not imported, the text is: " + parts);
    }
    intake_.Add(std::move(draft));
  }

  ImportIntake& intake_;
  const bool name_journals_;
};

}  // namespace

Result<> ReadDayOne(const ImportOptions& options, ImportIntake& intake) {
  std::vector<Document> documents;
  SourceVisitor visitor = intake.Visitor();
  visitor.largest = exchange_limits::kDocument;
  visitor.want = [](std::string_view name) {
    if (IsSystemFile(name)) return Want::kIgnore;
    return HasSuffix(name, ".json") ? Want::kRead : Want::kReport;
  };
  visitor.document = [&](Document document) {
    documents.push_back(std::move(document));
    return true;
  };
  KITH_TRY(ReadSource(options.path, visitor));
  // Several journals in one export must not flow into one another; a single one keeps to the person's own choice.
  DayOneReader reader(intake, documents.size() > 1 && options.journal.empty());
  for (Document& document : documents) {
    reader.Read(document);
    document = {};
    if (intake.stopped()) break;
  }
  return {};
}

}  // namespace kith
