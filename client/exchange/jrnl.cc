// jrnl's JSON export: {"tags", "entries": [{"title", "body", "date", "time", "tags", "starred"}]}. jrnl knows no ids
// and no zones. Its title is the first sentence of the entry, cut off the body (or, in some exports, only copied from
// it).
#include "client/exchange/formats.h"
#include "client/exchange/json_entries.h"
#include "client/exchange/json_fields.h"
#include "client/exchange/limits.h"

namespace kith {
namespace {

using nlohmann::json;

bool IsEntry(const json& object) {
  return object.contains("date") && (object.contains("body") || object.contains("title"));
}

// One text again: nothing said twice, nothing left out. Without the newline that jrnl sets at the end.
std::string JoinText(const std::string& title, const std::string& body) {
  std::string text = body;
  if (!body.starts_with(title)) text = body.empty() ? title : title + (body.starts_with('\n') ? "" : "\n") + body;
  text.erase(text.find_last_not_of("\r\n") + 1);
  return text;
}

// The mark is part of how jrnl finds a tag in the text, where it stays.
std::string BareTag(const std::string& tag) {
  return tag.starts_with('@') || tag.starts_with('#') ? tag.substr(1) : tag;
}

class JrnlReader {
 public:
  explicit JrnlReader(ImportIntake& intake) : intake_(intake) {}

  void Read(const Document& document) {
    JsonVisitor visitor;
    visitor.is_entry = IsEntry;
    visitor.visit = [&](const JsonEntry& entry) {
      const std::string where = document.name + ", entry " + std::to_string(entry.number);
      if (entry.value == nullptr) {
        intake_.Lose(Loss::kEntry, where, entry.reason, entry.raw);
      } else {
        Add(*entry.value, where, entry.raw);
      }
      return !intake_.stopped();
    };
    const JsonReport report = ReadJsonEntries(document.bytes, visitor);
    if (report.found) intake_.Recognize();
    if (!report.found) intake_.Lose(Loss::kEntry, document.name, "there is no list of entries in it", document.bytes);
    if (!document.problem.empty()) {
      intake_.Lose(Loss::kPart, document.name, document.problem + "; check the entries that came from it");
    }
  }

 private:
  void Add(const json& entry, const std::string& where, std::string_view raw) {
    const std::string time = TextField(entry, "time");
    const std::optional<WrittenDate> written =
        ParseWrittenDate(TextField(entry, "date") + (time.empty() ? "" : " " + time));
    if (!written) {
      intake_.Lose(Loss::kEntry, where, "it has no date that could be read", raw);
      return;
    }
    ImportDraft draft;
    draft.where = where;
    draft.raw = raw;
    draft.written = *written;
    draft.content.text = JoinText(TextField(entry, "title"), TextField(entry, "body"));
    for (const std::string& tag : TextsField(entry, "tags")) draft.content.tags.push_back(BareTag(tag));
    draft.content.starred = FlagField(entry, "starred");
    intake_.Add(std::move(draft));
  }

  ImportIntake& intake_;
};

}  // namespace

Result<> ReadJrnl(const ImportOptions& options, ImportIntake& intake) {
  JrnlReader reader(intake);
  SourceVisitor visitor = intake.Visitor();
  visitor.largest = exchange_limits::kDocument;
  visitor.want = [](std::string_view name) {
    if (IsSystemFile(name)) return Want::kIgnore;
    return HasSuffix(name, ".json") ? Want::kRead : Want::kReport;
  };
  visitor.document = [&](const Document& document) {
    reader.Read(document);
    return !intake.stopped();
  };
  return ReadSource(options.path, visitor);
}

}  // namespace kith
