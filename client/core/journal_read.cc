// Lists and searches: the parts of the journal's door that go through many entries.
#include <algorithm>

#include "client/core/journal.h"
#include "client/model/search.h"

namespace kith {
namespace {

bool Fits(const storage::Summary& summary, const ListQuery& query) {
  if (query.which == ListQuery::Which::kStarred && !summary.starred) return false;
  if (query.journal && summary.journal != *query.journal) return false;
  if (!query.kinds.empty() && std::ranges::find(query.kinds, summary.kind) == query.kinds.end()) return false;
  return std::ranges::all_of(query.tags,
                             [&](const std::string& tag) { return std::ranges::binary_search(summary.tags, tag); });
}

// An entry to be read, and where its only head's words are; entries of several heads are merged when read.
struct Candidate {
  storage::Place at;
  EntryId entry;
};

}  // namespace

Result<> Journal::List(const ListQuery& query, const std::function<bool(const storage::Summary&)>& visit) const {
  KITH_TRY(Ready());
  const bool deleted = query.which == ListQuery::Which::kDeleted;
  const storage::Prefix prefix = deleted ? storage::Prefix::kDeleted : storage::Prefix::kListed;
  Bytes from = storage::Key(prefix);
  Bytes to = storage::After(from);
  if (query.from) from = storage::ListKey(prefix, KeyOf(*query.from, 0), EntryId{});
  if (query.to) to = storage::ListKey(prefix, KeyOf(AddDays(*query.to, 1), 0), EntryId{});
  const auto order =
      query.order == ListQuery::Order::kNewestFirst ? Store::Order::kDescending : Store::Order::kAscending;
  size_t shown = 0;
  Result<> outcome;
  KITH_TRY(store_.Scan(from, to, order, [&](ByteView key, ByteView value) {
    auto summary = storage::Summary::Decode(value);
    if (!summary) {
      outcome = summary.error();
      return false;
    }
    if (!Fits(*summary, query)) return true;
    summary->id = *EntryId::From(key.last(EntryId::kSize));
    summary->deleted = deleted;
    if (query.quiet != nullptr) {
      const Result<bool> quiet = IsQuiet(*query.quiet, *summary);
      if (!quiet) {
        outcome = quiet.error();
        return false;
      }
      summary->quiet = *quiet;
    }
    if (summary->quiet && !query.with_quiet) return true;
    if (!visit(*summary)) return false;
    return ++shown != query.limit;
  }));
  return outcome;
}

Result<bool> Journal::IsQuiet(const Quiet& quiet, const storage::Summary& summary) const {
  Content content{.kind = summary.kind, .date = summary.date};
  if (quiet.any_person() && MayNameSomebody(summary.kind)) {
    KITH_TRY_ASSIGN(ShownEntry shown, Show(summary.id));
    content = std::move(shown.view.content);
  }
  return quiet.Covers(summary.id, content);
}

Result<std::vector<EntryId>> Journal::Present() const {
  KITH_TRY(Ready());
  std::vector<Candidate> candidates;
  candidates.reserve(entry_count());
  Result<> outcome;
  const Bytes entries = storage::Key(storage::Prefix::kEntry);
  KITH_TRY(store_.Scan(entries, storage::After(entries), Store::Order::kAscending, [&](ByteView key, ByteView value) {
    const auto versions = storage::EntryVersions::Decode(value);
    if (!versions) {
      outcome = versions.error();
      return false;
    }
    if (versions->listed != storage::EntryVersions::Listed::kListed) return true;
    candidates.push_back({.at = versions->items.back().place, .entry = *EntryId::From(key.subspan(1))});
    return true;
  }));
  KITH_TRY(outcome);
  // In the order of the records, so that each pack is opened once.
  std::ranges::sort(candidates, {}, &Candidate::at);
  std::vector<EntryId> present;
  present.reserve(candidates.size());
  for (const Candidate& candidate : candidates) present.push_back(candidate.entry);
  return present;
}

Result<> Journal::Read(std::span<const EntryId> entries,
                       const std::function<bool(const EntryId&, const Content&)>& visit) const {
  KITH_TRY(Ready());
  const Transaction tx(store_);
  for (const EntryId& entry : entries) {
    KITH_TRY_ASSIGN(const auto versions, state_->entries.Versions(tx, entry));
    if (!versions || versions->listed != storage::EntryVersions::Listed::kListed) continue;
    KITH_TRY_ASSIGN(const EntryView view, state_->entries.View(tx, entry, *versions));
    if (!visit(entry, view.content)) return Fail(Code::kCancelled, "Stopped.");
  }
  return {};
}

Result<> Journal::ForEach(const std::function<bool(const EntryId&, const Content&)>& visit) const {
  KITH_TRY_ASSIGN(const std::vector<EntryId> present, Present());
  return Read(present, visit);
}

Result<std::vector<Journal::Hit>> Journal::Search(std::span<const std::string> words, size_t limit) const {
  SearchHits hits(words);
  KITH_TRY(ForEach([&](const EntryId& entry, const Content& content) {
    hits.Take(entry, content);
    return true;
  }));
  return hits.Finish(limit);
}

void SearchHits::Take(const EntryId& entry, const Content& content) {
  if (!Matches(content, words_)) return;
  EntryView view;
  view.content = content;
  hits_.push_back({.summary = Summarize(entry, view), .snippet = Snippet(content, words_)});
}

std::vector<Journal::Hit> SearchHits::Finish(size_t limit) {
  std::ranges::sort(hits_, [](const Journal::Hit& a, const Journal::Hit& b) {
    return std::pair(KeyOf(a.summary.date), a.summary.id) > std::pair(KeyOf(b.summary.date), b.summary.id);
  });
  if (limit != 0 && hits_.size() > limit) hits_.resize(limit);
  return std::move(hits_);
}

}  // namespace kith
