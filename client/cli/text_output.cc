#include "client/cli/text_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "client/cli/display.h"
#include "client/cli/limits.h"
#include "client/model/practice_words.h"
#include "client/wire/practices.h"
#include "crypto/base/hex.h"

namespace kith {
namespace {

constexpr size_t kFewestTitleColumns = 20;  // rather wrap than show less of a title

std::string TagsText(const v1::EntrySummary& entry) {
  std::string tags;
  for (const std::string& tag : entry.tags()) tags += (tags.empty() ? "#" : " #") + Harmless(tag, Lines::kOne);
  return tags;
}

std::string SideHeading(const v1::Head& head) {
  const std::string device = Harmless(head.device(), Lines::kOne);
  const std::string moment = MomentText(head.written());
  return (device.empty() ? "another device" : device) + (moment.empty() ? "" : ", " + moment);
}

std::string PlaceText(const v1::EntryLocation& location) {
  std::string text;
  for (const std::string* part : {&location.place(), &location.locality(), &location.region(), &location.country()}) {
    if (part->empty()) continue;
    text += (text.empty() ? "" : ", ") + Harmless(*part, Lines::kOne);
  }
  return text;
}

std::string Ended(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

}  // namespace

std::string DayText(const v1::EntryDate& date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
}

std::string TimeText(const v1::EntryDate& date) {
  const uint32_t second = date.second();
  return fmt::format("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
}

std::string MomentText(uint64_t millis) {
  if (millis == 0) return "";
  const std::time_t seconds = static_cast<std::time_t>(millis / 1000);
  std::tm local = {};
  if (localtime_r(&seconds, &local) == nullptr) return "";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", local.tm_year + 1900, local.tm_mon + 1, local.tm_mday,
                     local.tm_hour, local.tm_min);
}

std::string ShortId(const std::string& hex) { return Harmless(hex.substr(0, kShortId), Lines::kOne); }

std::string Count(uint64_t number) {
  std::string digits = std::to_string(number);
  for (ptrdiff_t at = static_cast<ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), 1, ',');
  }
  return digits;
}

std::string ListLine(const v1::EntrySummary& entry, const Terminal& terminal) {
  const std::string day = DayText(entry.date());
  std::string title = Harmless(entry.title().empty() ? entry.first_line() : entry.title(), Lines::kOne);
  if (entry.deleted()) title = title.empty() ? "(deleted)" : "(deleted) " + title;
  if (entry.conflict()) title = "(two versions) " + title;
  std::string tags = TagsText(entry);
  if (terminal.columns() > 0) {
    const size_t fixed = day.size() + kShortId + 7;  // three gaps of two columns, and the star
    const size_t room = std::max(terminal.columns() - std::min(terminal.columns(), fixed), kFewestTitleColumns);
    tags = Fit(tags, room / 3);
    title = Fit(title, room - (tags.empty() ? 0 : DisplayWidth(tags) + 2));
  }
  std::string line = day + "  " + terminal.Styled(ShortId(entry.id()), Style::kDim) + "  " +
                     (entry.starred() ? terminal.Styled("*", Style::kAccent) : " ") + "  " + title;
  if (!tags.empty()) line += "  " + terminal.Styled(tags, Style::kDim);
  while (line.ends_with(' ')) line.pop_back();
  return line + "\n";
}

std::string RecordLines(const std::string& kind_name, const v1::Practice& said, Folds folds, const Terminal& terminal) {
  const PracticeKind* const kind = FindPractice(kind_name);
  Content content{.kind = kind_name};
  if (kind == nullptr || !wire::ReadPractice(said, content)) return {};
  std::string lines;
  for (const FieldWords& words : WordsFor(kind_name).fields) {
    const PracticeField& field = *kind->Find(words.field);
    std::string value = Harmless(ValueWords(content, field), Lines::kMany);
    if (value.empty()) continue;
    if (field.folded && folds == Folds::kLeaveOut) value = "(folded; kith show --unfold shows it)";
    lines += terminal.Styled(std::string(words.label) + ": ", Style::kDim) + Ended(std::move(value));
  }
  return lines;
}

std::string EntryPage(const v1::Entry& entry, Folds folds, const Terminal& terminal) {
  const v1::EntrySummary& summary = entry.summary();
  std::string page = DayText(summary.date());
  if (!summary.date().day_only()) page += " " + TimeText(summary.date()).substr(0, 5);
  if (!summary.date().zone().empty()) page += " " + Harmless(summary.date().zone(), Lines::kOne);
  page += "  " + terminal.Styled(ShortId(summary.id()), Style::kDim);
  if (summary.starred()) page += "  " + terminal.Styled("*", Style::kAccent);
  if (summary.deleted()) page += "  (deleted)";
  page += "\n";
  if (!summary.title().empty()) page += terminal.Styled(Harmless(summary.title(), Lines::kOne), Style::kBold) + "\n";
  if (entry.depth() != 0) page += terminal.Styled("depth " + std::to_string(entry.depth()), Style::kDim) + "\n";
  std::string about = summary.journal().empty() ? "" : "in " + Harmless(summary.journal(), Lines::kOne);
  if (const std::string tags = TagsText(summary); !tags.empty()) about += (about.empty() ? "" : "  ") + tags;
  if (const std::string place = PlaceText(entry.location()); !place.empty()) {
    about += (about.empty() ? "at " : "  at ") + place;
  }
  if (!about.empty()) page += terminal.Styled(about, Style::kDim) + "\n";
  if (entry.sides().empty()) {
    if (const std::string record = RecordLines(summary.kind(), entry.practice(), folds, terminal); !record.empty()) {
      page += "\n" + record;
    }
    if (!entry.text().empty()) page += "\n" + Ended(Harmless(entry.text(), Lines::kMany));
    if (entry.merged()) page += terminal.Styled("\nPut together from changes made on several devices.\n", Style::kDim);
    return page;
  }
  page += "\nChanged on several devices at the same place. Both are here; `kith edit` makes them one.\n";
  for (const v1::Side& side : entry.sides()) {
    page += "\n" + terminal.Styled("--- " + SideHeading(side.head()), Style::kBold) + "\n";
    if (!side.title().empty()) page += Harmless(side.title(), Lines::kOne) + "\n";
    page += RecordLines(summary.kind(), side.practice(), folds, terminal);
    page += side.deleted() ? "(deleted there)\n" : Ended(Harmless(side.text(), Lines::kMany));
  }
  return page;
}

std::string HistoryLine(const v1::HistoryVersion& version, const Terminal& terminal) {
  const std::string moment = version.written() == 0 ? "imported        " : MomentText(version.written());
  std::string said = Harmless(
      version.title().empty() ? version.text().substr(0, version.text().find('\n')) : version.title(), Lines::kOne);
  if (version.deleted()) said = "(deleted)";
  const std::string device = Fit(Harmless(version.device(), Lines::kOne), 16);
  const std::string middle = moment + "  " + (version.head() ? "now" : "   ") + "  " + device + "  ";
  if (terminal.columns() > 0) {
    const size_t fixed = kShortId + 2 + DisplayWidth(middle);
    said = Fit(said, std::max(terminal.columns() - std::min(terminal.columns(), fixed), kFewestTitleColumns));
  }
  return terminal.Styled(Hex(AsBytes(version.version())).substr(0, kShortId), Style::kDim) + "  " + middle + said +
         "\n";
}

std::string EditableText(const v1::Entry& entry) {
  if (entry.sides().empty()) return entry.text();
  std::string text;
  for (const v1::Side& side : entry.sides()) {
    if (side.deleted()) continue;
    text += "--- " + SideHeading(side.head()) + " (delete this line when both are one)\n\n" + Ended(side.text()) + "\n";
  }
  return text;
}

}  // namespace kith
