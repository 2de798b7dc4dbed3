// Reading the words of every entry, so that others get at the journal in between.
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "client/app/session.h"

namespace kith {

inline constexpr size_t kReadTogether = 64;  // entries for which the journal is held at once

// Calls `take(total, entry, content)` for each entry that is not deleted, without holding the journal; `total` is how
// many there were at the beginning. Ends with the first error of `take`, with kCancelled when the vault is being
// locked, or with an error of the store.
template <class Take>
Result<> ReadAll(Unlocked& unlocked, Take take) {
  KITH_TRY_ASSIGN(const std::vector<EntryId> entries,
                  unlocked.vault->With([](Journal& journal) { return journal.Present(); }));
  std::vector<std::pair<EntryId, Content>> read;
  for (size_t at = 0; at < entries.size(); at += kReadTogether) {
    KITH_TRY(unlocked.StillOpen());
    const std::span<const EntryId> some = std::span(entries).subspan(at, std::min(kReadTogether, entries.size() - at));
    read.clear();
    KITH_TRY(unlocked.vault->With([&](Journal& journal) {
      return journal.Read(some, [&](const EntryId& entry, const Content& content) {
        read.emplace_back(entry, content);
        return true;
      });
    }));
    for (const auto& [entry, content] : read) KITH_TRY(take(entries.size(), entry, content));
  }
  return {};
}

}  // namespace kith
