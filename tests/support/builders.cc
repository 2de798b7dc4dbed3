#include "tests/support/builders.h"

#include "client/core/founding.h"
#include "crypto/base/check.h"

namespace kith {

EntryDate ADay(int32_t year, uint8_t month, uint8_t day) {
  return {.year = year, .month = month, .day = day, .second = 43'200, .day_only = true, .zone = "UTC", .instant_ms = 0};
}

Content AnEntry(std::string text, std::string title) {
  return {.title = std::move(title), .text = std::move(text), .date = ADay()};
}

std::vector<Addition> AnImport(uint64_t source, size_t count, const std::string& phrase) {
  std::vector<Addition> additions;
  for (size_t i = 0; i < count; ++i) {
    Addition& addition = additions.emplace_back();
    addition.name = Writer().U64(source).U64(i).Take();
    addition.content = AnEntry("Imported " + std::to_string(source) + "/" + std::to_string(i) + " " + phrase);
    addition.content.date = ADay(1660 + static_cast<int32_t>(i % 9));
  }
  return additions;
}

std::unique_ptr<Journal> ANewJournal(Store& store, Clock& clock, const std::string& device_label) {
  return ANewJournalAndPhrase(store, clock, device_label).journal;
}

NewJournal ANewJournalAndPhrase(Store& store, Clock& clock, const std::string& device_label) {
  auto phrase = FoundPerson(store, clock, device_label);
  KITH_CHECK(phrase.has_value());
  auto journal = Journal::Open(store, clock);
  KITH_CHECK(journal.has_value());
  return {.journal = *std::move(journal), .phrase = *std::move(phrase)};
}

Bytes Unhex(std::string_view text) {
  const auto digit = [](char c) { return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); };
  Bytes out;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
  return out;
}

}  // namespace kith
