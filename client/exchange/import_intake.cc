#include "client/exchange/import_intake.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "client/exchange/limits.h"
#include "client/model/content.h"
#include "client/model/text.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

// CR LF as LF, no white space at the end.
std::string Normalized(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || i + 1 >= text.size() || text[i + 1] != '\n') out += text[i];
  }
  out.erase(out.find_last_not_of(" \t\r\n") + 1);
  return out;
}

bool InRange(double value, double limit) { return std::isfinite(value) && std::abs(value) <= limit; }

}  // namespace

std::string_view ImportFormatName(ImportFormat format) {
  switch (format) {
    case ImportFormat::kDayOne:
      return "dayone";
    case ImportFormat::kJrnl:
      return "jrnl";
    case ImportFormat::kMarkdown:
      return "markdown";
  }
  return {};
}

std::optional<ImportFormat> ParseImportFormat(std::string_view name) {
  for (const ImportFormat format : {ImportFormat::kDayOne, ImportFormat::kJrnl, ImportFormat::kMarkdown}) {
    if (name == ImportFormatName(format)) return format;
  }
  return std::nullopt;
}

Bytes ImportedEntry::source_name() const {
  Writer out;
  out.Prefixed(ImportFormatName(format));
  if (!source_id.empty()) return out.U8(1).Prefixed(source_id).Take();
  out.U8(2).Prefixed(written_date).Prefixed(Normalized(content.title)).Prefixed(Normalized(content.text));
  return out.U32(ordinal).Take();
}

size_t ImportIntake::KeyHash::operator()(const Key& key) const {
  size_t out = 0;
  std::memcpy(&out, key.data(), sizeof out);
  return out;
}

Result<ImportIntake> ImportIntake::Open(const ImportOptions& options, const ImportSink& sink) {
  std::optional<Zone> fallback;
  if (!options.fallback_zone.empty()) {
    fallback = Zone::Find(options.fallback_zone);
    if (!fallback) {
      return Fail(Code::kInvalidArgument,
                  "that time zone is not known here; give a name such as Europe/London or an offset such as +01:00");
    }
  }
  if (options.journal.size() > kMaxJournal || !IsUtf8(options.journal)) {
    return Fail(Code::kInvalidArgument, "the journal's name is too long, or not valid UTF-8");
  }
  return ImportIntake(options, sink, std::move(fallback));
}

SourceVisitor ImportIntake::Visitor() {
  SourceVisitor visitor;
  visitor.lost = [this](Quarantined lost) { Lose(lost.loss, std::move(lost.where), std::move(lost.reason)); };
  visitor.progress = [this](uint64_t read, std::optional<uint64_t> total) {
    if (sink_.progress) sink_.progress(read, total);
  };
  return visitor;
}

void ImportIntake::Lose(Loss loss, std::string where, std::string reason, std::string_view raw) {
  ++(loss == Loss::kEntry ? summary_.lost_entries : summary_.lost_parts);
  if (!sink_.quarantined) return;
  sink_.quarantined({loss, std::move(where), std::move(reason), ToBytes(raw.substr(0, exchange_limits::kRaw))});
}

// False: there is no date to be had; reported.
bool ImportIntake::SetDate(ImportDraft& draft) {
  if (draft.exact_date) {
    draft.content.date = *draft.exact_date;
    return true;
  }
  Result<ResolvedDate> resolved = ResolveDate(draft.written, draft.zone, fallback_);
  if (resolved && draft.all_day) {
    const WrittenDate day{.time = {.day = DayOf(resolved->date), .second = {}, .offset = {}}, .utc = false};
    resolved = ResolveDate(day, resolved->date.zone, std::nullopt);
  }
  if (!resolved) {
    Lose(Loss::kEntry, draft.where, resolved.error().message, draft.raw);
    return false;
  }
  if (resolved->zone_unknown) {
    Lose(Loss::kPart, draft.where,
         "its time zone is not known here: the instant is kept, the day is that of UTC, the zone's name stays as text");
  }
  draft.content.date = std::move(resolved->date);
  return true;
}

void ImportIntake::FitTags(ImportDraft& draft) {
  std::vector<std::string> tags = NormalizeTags(std::move(draft.content.tags));
  size_t dropped = std::erase_if(tags, [](const std::string& tag) {
    return tag.size() > kMaxTag || !IsUtf8(tag) || tag.find_first_of("\r\n") != std::string::npos;
  });
  if (tags.size() > kMaxTags) {
    dropped += tags.size() - kMaxTags;
    tags.resize(kMaxTags);
  }
  if (dropped > 0)
    Lose(Loss::kPart, draft.where, "tags that are too long or too many, or not one line of text, were left out",
         draft.raw);
  draft.content.tags = std::move(tags);
}

// What is too long for its field but no reason to lose the entry.
void ImportIntake::Fit(ImportDraft& draft) {
  Content& content = draft.content;
  FitTags(draft);
  if (content.title.size() > kMaxTitle) {
    content.text = content.title + "\n\n" + content.text;
    content.title.clear();
  }
  if (content.journal.size() > kMaxJournal) {
    Lose(Loss::kPart, draft.where, "the name of its journal is too long and was left out", draft.raw);
    content.journal.clear();
  }
  if (content.date.zone.size() > kMaxZone) {
    Lose(Loss::kPart, draft.where, "the name of its time zone is too long and was left out", draft.raw);
    content.date.zone.clear();
  }
  if (content.journal.empty() && !draft.exact_date) content.journal = options_.journal;
  if (!content.location) return;
  Location& location = *content.location;
  const bool both = location.latitude && location.longitude;
  if (both ? !InRange(*location.latitude, 90) || !InRange(*location.longitude, 180)
           : location.latitude.has_value() || location.longitude.has_value()) {
    Lose(Loss::kPart, draft.where, "its coordinates are no place on Earth and were left out", draft.raw);
    location.latitude.reset();
    location.longitude.reset();
  }
  for (std::string* text : {&location.place, &location.locality, &location.region, &location.country}) {
    if (text->size() <= kMaxPlace) continue;
    Lose(Loss::kPart, draft.where, "the name of its place is too long and was left out", draft.raw);
    text->clear();
  }
  if (location == Location{}) content.location.reset();
}

// False: the entry came before, word for word.
bool ImportIntake::SetName(const ImportDraft& draft, ImportedEntry& entry) {
  entry.format = options_.format;
  entry.written_date = draft.exact_date ? std::to_string(draft.exact_date->instant_ms) : draft.written.Canonical();
  const Key content = Hash(labels::kImportTable, {entry.source_name()});
  if (!draft.source_id.empty() && draft.source_id.size() <= exchange_limits::kSourceId) {
    const auto [at, added] = ids_.try_emplace(Hash(labels::kImportTable, {AsBytes(draft.source_id)}), content);
    if (!added && at->second == content) return false;
    if (added) {
      entry.source_id = draft.source_id;
      return true;
    }
    // One id for two entries: the second one goes by what it says, so that neither hides the other.
  }
  entry.ordinal = repeats_[content]++;
  return true;
}

void ImportIntake::Count(const EntryDate& date) {
  ++summary_.entries;
  days_.insert(DayOf(date));
  summary_.days = days_.size();
  if (!summary_.first || KeyOf(date) < KeyOf(*summary_.first)) summary_.first = date;
  if (!summary_.last || KeyOf(date) > KeyOf(*summary_.last)) summary_.last = date;
}

void ImportIntake::Add(ImportDraft draft) {
  if (stopped_) return;
  if (summary_.entries >= exchange_limits::kEntries) {
    Lose(Loss::kEntry, draft.where, "there are too many entries for one import; this and all behind it were not read");
    stopped_ = true;
    return;
  }
  if (!SetDate(draft)) return;
  Fit(draft);
  if (const Result<> allowed = CheckContent(draft.content); !allowed) {
    Lose(Loss::kEntry, std::move(draft.where), allowed.error().message, draft.raw);
    return;
  }
  ImportedEntry entry;
  entry.content = std::move(draft.content);
  entry.kith_id = draft.kith_id;
  if (!SetName(draft, entry)) {
    Lose(Loss::kPart, std::move(draft.where), "the same entry came before", draft.raw);
    return;
  }
  Count(entry.content.date);
  if (!sink_.entry(std::move(entry))) stopped_ = cancelled_ = true;
}

Result<ImportSummary> ImportIntake::Finish(std::string_view expected) const {
  if (cancelled_) return Fail(Code::kCancelled, "the import was cancelled");
  if (summary_.entries == 0 && (!recognized_ || summary_.lost_entries > 0)) {
    return Fail(Code::kImportUnreadable, "nothing there could be read; expected " + std::string(expected));
  }
  return summary_;
}

}  // namespace kith
