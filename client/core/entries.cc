#include "client/core/entries.h"

#include <algorithm>

#include "client/core/limits.h"
#include "client/model/dates.h"
#include "client/model/practice_words.h"
#include "client/model/quiet.h"
#include "client/model/text.h"

namespace kith {
namespace {

// Reading all keys of the index costs about as much as asking for a sixteenth of them one by one.
constexpr uint64_t kScanShare = 16;

VersionDag DagOf(const storage::EntryVersions& versions) {
  std::vector<VersionInfo> infos;
  infos.reserve(versions.items.size());
  for (const auto& item : versions.items) {
    infos.push_back({.id = item.id, .parents = item.parents, .hlc = item.hlc, .state = item.state});
  }
  return VersionDag(std::move(infos));
}

}  // namespace

bool IsShredded(const storage::EntryVersions& versions) {
  return !versions.items.empty() && versions.items.front().state == VersionState::kShredded;
}

std::vector<VersionId> HeadsOf(const storage::EntryVersions& versions) { return DagOf(versions).HeadIds(); }

storage::Summary Summarize(const EntryId& entry, const EntryView& view) {
  return {.id = entry,
          .kind = view.content.kind,
          .title = view.content.title,
          .tags = view.content.tags,
          .journal = view.content.journal,
          .first_line =
              FindPractice(view.content.kind) != nullptr ? PracticeLine(view.content) : FirstLine(view.content.text),
          .date = view.content.date,
          .starred = view.content.starred,
          .conflict = view.conflict,
          .deleted = view.deleted};
}

Result<> EntryIndex::Load() {
  KITH_TRY_ASSIGN(const auto counts, store_.Get(storage::Key(storage::Prefix::kCounts)));
  if (counts) {
    KITH_TRY_ASSIGN(counts_, storage::Counts::Decode(*counts));
  }
  return {};
}

Result<std::optional<storage::EntryVersions>> EntryIndex::Versions(const Transaction& tx, const EntryId& entry) {
  if (complete_ && !filter_.MayHold(entry)) return std::optional<storage::EntryVersions>();
  KITH_TRY_ASSIGN(const auto bytes, tx.Get(storage::EntryKey(entry)));
  if (!bytes) {
    KITH_TRY(OnUnknown());
    return std::optional<storage::EntryVersions>();
  }
  KITH_TRY_ASSIGN(storage::EntryVersions versions, storage::EntryVersions::Decode(*bytes));
  return std::optional(std::move(versions));
}

// Asking the store for what it does not have is slow, and LevelDB takes it for a reason to merge tables: a first sync
// would spend a quarter of its work so. Where many new entries arrive, the ids of the known ones are read once; for a
// few that would cost more than it saves.
Result<> EntryIndex::OnUnknown() {
  if (complete_ || ++unknown_ <= (counts_.listed + counts_.deleted) / kScanShare) return {};
  const Bytes prefix = storage::Key(storage::Prefix::kEntry);
  KITH_TRY(store_.Scan(prefix, storage::After(prefix), Store::Order::kAscending, [&](ByteView key, ByteView) {
    if (const auto entry = EntryId::From(key.subspan(prefix.size()))) filter_.Add(*entry);
    return true;
  }));
  complete_ = true;
  return {};
}

Result<std::vector<EntryId>> EntryIndex::SayingWhatIsQuiet() {
  if (!saying_) {
    std::set<EntryId> saying;
    Result<> outcome;
    const Bytes rows = storage::Key(storage::Prefix::kListed);
    KITH_TRY(store_.Scan(rows, storage::After(rows), Store::Order::kAscending, [&](ByteView key, ByteView value) {
      const auto summary = storage::Summary::Decode(value);
      if (!summary) {
        outcome = summary.error();
        return false;
      }
      if (SaysWhatIsQuiet(summary->kind)) saying.insert(*EntryId::From(key.last(EntryId::kSize)));
      return true;
    }));
    KITH_TRY(outcome);
    saying_ = std::move(saying);
  }
  return std::vector(saying_->begin(), saying_->end());
}

Result<EntryView> EntryIndex::View(const Transaction& tx, const EntryId& entry,
                                   const storage::EntryVersions& versions) const {
  const VersionDag dag = DagOf(versions);
  Contents contents;
  for (const VersionId& id : NeededContents(dag)) {
    const auto item = std::ranges::find(versions.items, id, &storage::EntryVersions::Item::id);
    KITH_TRY_ASSIGN(Version version, load_(tx, *item));
    contents.emplace(id, std::move(version.content));
  }
  EntryView view = kith::View(entry, dag, std::move(contents));
  const auto last = view.deleted ? NewestContent(dag) : std::nullopt;
  if (!last) return view;
  // A deleted entry is shown by its last words: what a restore would bring back.
  const auto item = std::ranges::find(versions.items, *last, &storage::EntryVersions::Item::id);
  KITH_TRY_ASSIGN(Version version, load_(tx, *item));
  view.content = std::move(version.content);
  return view;
}

Result<std::vector<Version>> EntryIndex::LoadAll(const Transaction& tx, const EntryId& entry,
                                                 const storage::EntryVersions& versions) const {
  std::vector<Version> out;
  for (const auto& item : versions.items) {
    if (item.state == VersionState::kShredded) {
      out.push_back({.id = item.id,
                     .entry = entry,
                     .parents = item.parents,
                     .hlc = item.hlc,
                     .state = item.state,
                     .content = {}});
      continue;
    }
    KITH_TRY_ASSIGN(out.emplace_back(), load_(tx, item));
  }
  return out;
}

Result<EntryIndex::Added> EntryIndex::Add(Transaction& tx, const Version& version, const storage::Place& place) {
  KITH_TRY_ASSIGN(auto known, Versions(tx, version.entry));
  storage::EntryVersions versions = known ? *std::move(known) : storage::EntryVersions();
  const bool first = versions.items.empty();
  const bool stub = version.state == VersionState::kShredded;
  Added added{.known = std::nullopt, .fate = IsShredded(versions) ? Fate::kShreddedBefore : Fate::kStands};
  const auto item = std::ranges::find(versions.items, version.id, &storage::EntryVersions::Item::id);
  if (item != versions.items.end()) added.known = item->place;
  if (added.known && (!stub || added.fate == Fate::kShreddedBefore)) return added;
  if (!added.known) {
    if (versions.items.size() >= limits::kVersionsPerEntry || version.parents.size() > limits::kParents) {
      return Fail(Code::kTooLarge, "An entry has too many versions. Write a new one instead.");
    }
    versions.items.push_back(
        {.id = version.id, .parents = version.parents, .hlc = version.hlc, .state = version.state, .place = place});
  }
  if (stub && added.fate == Fate::kStands) added.fate = Fate::kShreddedNow;
  if (added.fate != Fate::kStands) {
    End(tx, version.entry, versions);
    return added;
  }
  EntryView view;
  if (first && version.state == VersionState::kContent) {
    // Nearly every version of a first sync: nothing to merge and nothing to look up.
    view.content = version.content;
  } else {
    KITH_TRY_ASSIGN(view, View(tx, version.entry, versions));
  }
  KITH_TRY(List(tx, version.entry, versions, view));
  return added;
}

void EntryIndex::End(Transaction& tx, const EntryId& entry, storage::EntryVersions& versions) {
  for (auto& item : versions.items) item.state = VersionState::kShredded;
  Unlist(tx, entry, versions);
  filter_.Add(entry);
  tx.Put(storage::EntryKey(entry), versions.Encode());
}

Result<> EntryIndex::Move(Transaction& tx, const EntryId& entry, const VersionId& id, const storage::Place& place) {
  KITH_TRY_ASSIGN(auto versions, Versions(tx, entry));
  if (!versions) return {};
  const auto item = std::ranges::find(versions->items, id, &storage::EntryVersions::Item::id);
  if (item == versions->items.end()) return {};
  item->place = place;
  tx.Put(storage::EntryKey(entry), versions->Encode());
  return {};
}

void EntryIndex::Unlist(Transaction& tx, const EntryId& entry, storage::EntryVersions& versions) {
  using Listed = storage::EntryVersions::Listed;
  switch (versions.listed) {
    case Listed::kNowhere:
      return;
    case Listed::kListed:
      tx.Delete(storage::ListKey(storage::Prefix::kListed, versions.date, entry));
      --counts_.listed;
      break;
    case Listed::kDeleted:
      tx.Delete(storage::ListKey(storage::Prefix::kDeleted, versions.date, entry));
      --counts_.deleted;
      break;
  }
  versions.listed = Listed::kNowhere;
}

Result<> EntryIndex::List(Transaction& tx, const EntryId& entry, storage::EntryVersions& versions,
                          const EntryView& view) {
  Unlist(tx, entry, versions);
  filter_.Add(entry);
  if (saying_ && SaysWhatIsQuiet(view.content.kind)) saying_->insert(entry);
  versions.date = KeyOf(view.content.date);
  const storage::Prefix prefix = view.deleted ? storage::Prefix::kDeleted : storage::Prefix::kListed;
  versions.listed = view.deleted ? storage::EntryVersions::Listed::kDeleted : storage::EntryVersions::Listed::kListed;
  ++(view.deleted ? counts_.deleted : counts_.listed);
  tx.Put(storage::ListKey(prefix, versions.date, entry), Summarize(entry, view).Encode());
  tx.Put(storage::EntryKey(entry), versions.Encode());
  return {};
}

}  // namespace kith
