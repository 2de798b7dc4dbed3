#include "client/core/quiet.h"

#include "crypto/base/hex.h"

namespace kith {
namespace {

// Calls `visit` for each entry that says what lists leave out and is not deleted.
template <class Visit>
Result<> ForEachSaying(State& state, Visit visit) {
  KITH_TRY_ASSIGN(const std::vector<EntryId> entries, state.entries.SayingWhatIsQuiet());
  const Transaction tx(state.store);
  for (const EntryId& entry : entries) {
    KITH_TRY_ASSIGN(const auto versions, state.entries.Versions(tx, entry));
    if (!versions || versions->listed != storage::EntryVersions::Listed::kListed) continue;
    KITH_TRY_ASSIGN(const EntryView view, state.entries.View(tx, entry, *versions));
    visit(entry, view.content);
  }
  return {};
}

}  // namespace

Result<Quiet> QuietOf(State& state) {
  Quiet quiet;
  KITH_TRY(ForEachSaying(state, [&](const EntryId& entry, const Content& content) { quiet.Take(entry, content); }));
  return quiet;
}

Result<Declined> DeclinedShares(State& state) {
  Declined declined;
  KITH_TRY(ForEachSaying(state, [&](const EntryId& entry, const Content& content) {
    if (content.kind != kDeclinedKind) return;
    const auto bytes = FromHex(content.text);
    const auto share = bytes ? ShareId::From(*bytes) : std::nullopt;
    if (share) declined.emplace(*share, entry);
  }));
  return declined;
}

Result<> Decline(Journal& journal, const ShareId& share, const EntryDate& date) {
  KITH_TRY_ASSIGN(const Declined declined, DeclinedShares(journal.state()));
  if (declined.contains(share)) return {};
  KITH_TRY(journal.Write({.kind = std::string(kDeclinedKind), .text = Hex(share.view()), .date = date}));
  return {};
}

Result<> TakeUp(Journal& journal, const ShareId& share) {
  KITH_TRY_ASSIGN(const Declined declined, DeclinedShares(journal.state()));
  const auto [from, to] = declined.equal_range(share);
  for (auto at = from; at != to; ++at) KITH_TRY(journal.Delete(at->second));
  return {};
}

}  // namespace kith
