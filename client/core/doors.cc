#include "client/core/doors.h"

#include <algorithm>

#include "client/model/dates.h"
#include "client/model/practice.h"
#include "client/model/practice_words.h"

namespace kith {
namespace {

struct Found {
  EntryId entry;
  Content content;
  Hlc written = 0;  // last; 0: imported
};

// Entries of a kind that are not deleted, oldest day first.
Result<std::vector<Found>> AllOf(State& state, std::string_view kind) {
  std::vector<EntryId> entries;
  Result<> outcome;
  const Bytes from = storage::Key(storage::Prefix::kListed);
  KITH_TRY(state.store.Scan(from, storage::After(from), Store::Order::kAscending, [&](ByteView key, ByteView value) {
    const auto summary = storage::Summary::Decode(value);
    if (!summary) {
      outcome = summary.error();
      return false;
    }
    if (summary->kind == kind) entries.push_back(*EntryId::From(key.last(EntryId::kSize)));
    return true;
  }));
  KITH_TRY(outcome);
  const Transaction tx(state.store);
  std::vector<Found> found;
  for (const EntryId& entry : entries) {
    KITH_TRY_ASSIGN(const auto versions, state.entries.Versions(tx, entry));
    if (!versions) continue;
    KITH_TRY_ASSIGN(EntryView view, state.entries.View(tx, entry, *versions));
    Hlc written = 0;
    for (const auto& version : versions->items) written = std::max(written, version.hlc);
    found.push_back({.entry = entry, .content = std::move(view.content), .written = written});
  }
  return found;
}

std::vector<PersonId> ReadersOf(State& state, const MailboxId& circle) {
  std::vector<PersonId> readers;
  if (const Roster* const roster = state.FindRoster(circle)) {
    for (const auto& [person, role] : roster->members()) {
      if (person != state.identity.person) readers.push_back(person);
    }
  }
  const auto known = state.friends.find(circle);
  const bool pair = known != state.friends.end() && known->second.IsPair();
  if (pair && std::ranges::find(readers, known->second.person) == readers.end()) {
    readers.push_back(known->second.person);
  }
  return readers;
}

int32_t DepthOf(const Content& content) {
  if (content.kind == "ladder") return std::max<int32_t>(content.depth, NumberOf(content, "depth").value_or(0));
  return content.depth;
}

Result<bool> IsSafe(State& state, const PersonId& person) {
  KITH_TRY_ASSIGN(const std::vector<PinnedPerson> people, PinnedPeople(state));
  return std::ranges::any_of(people, [&](const PinnedPerson& pinned) {
    return FriendOf(pinned.content, "friend") == person && ChoiceOf(pinned.content, "ring") == "safe";
  });
}

}  // namespace

Result<std::vector<PinnedPerson>> PinnedPeople(State& state) {
  KITH_TRY_ASSIGN(std::vector<Found> found, AllOf(state, "person"));
  std::vector<PinnedPerson> people;
  for (Found& one : found) people.push_back({.entry = one.entry, .content = std::move(one.content)});
  return people;
}

Result<std::optional<int32_t>> DoorOf(State& state, const PersonId& person) {
  KITH_TRY_ASSIGN(const std::vector<PinnedPerson> people, PinnedPeople(state));
  KITH_TRY_ASSIGN(const std::vector<Found> notes, AllOf(state, "trust"));
  std::optional<int32_t> door;
  std::pair<DateKey, Hlc> newest{};
  for (const Found& note : notes) {
    const auto said = NumberOf(note.content, "door");
    const auto pinned = EntryOf(note.content, "person");
    const bool about = FriendOf(note.content, "friend") == person ||
                       (pinned && std::ranges::any_of(people, [&](const PinnedPerson& one) {
                          return one.entry == *pinned && FriendOf(one.content, "friend") == person;
                        }));
    const std::pair at(KeyOf(note.content.date), note.written);
    if (!said || !about || at < newest) continue;
    // Of two that nothing tells apart the lower one: rather too closed than too open.
    door = door && at == newest ? std::min(*door, *said) : *said;
    newest = at;
  }
  return door;
}

Result<> CheckDoors(State& state, const MailboxId& circle, const Content& content) {
  const bool only_safe = content.kind == "step";
  const int32_t depth = DepthOf(content);
  if (depth == 0 && !only_safe) return {};
  for (const PersonId& reader : ReadersOf(state, circle)) {
    if (only_safe) {
      KITH_TRY_ASSIGN(const bool safe, IsSafe(state, reader));
      if (!safe) return Fail(Code::kDoorClosed, std::string(sentences::kOnlySafe));
    }
    KITH_TRY_ASSIGN(const std::optional<int32_t> door, DoorOf(state, reader));
    if (door && depth > *door) {
      return Fail(Code::kDoorClosed, "This entry has depth " + std::to_string(depth) + ", and the door is open to " +
                                         std::to_string(*door) + std::string(sentences::kChangeDoor));
    }
  }
  return {};
}

}  // namespace kith
