// Values that tests begin with.
#pragma once

#include <memory>
#include <string>

#include "client/core/journal.h"
#include "client/core/ports.h"
#include "client/model/entry.h"
#include "crypto/base/hex.h"

namespace kith {

EntryDate ADay(int32_t year = 2023, uint8_t month = 11, uint8_t day = 14);
Content AnEntry(std::string text, std::string title = {});
// A journal from another program: `count` entries, the same ones for the same `source`.
std::vector<Addition> AnImport(uint64_t source, size_t count, const std::string& phrase);

// Founds a person in an empty store and opens their journal. Aborts on an error.
std::unique_ptr<Journal> ANewJournal(Store& store, Clock& clock, const std::string& device_label = "first");
// Likewise, with the recovery phrase.
struct NewJournal {
  std::unique_ptr<Journal> journal;
  std::string phrase;
};
NewJournal ANewJournalAndPhrase(Store& store, Clock& clock, const std::string& device_label = "first");

// Lower-case hexadecimal.
Bytes Unhex(std::string_view text);

}  // namespace kith
