// What people do in the world, and the list of what was acknowledged.
#include <algorithm>

#include "client/core/storage.h"
#include "tests/support/builders.h"
#include "tests/support/world.h"

namespace kith {
namespace {

constexpr const char* kWords[] = {"rain",   "letter", "quiet", "walk", "morning",
                                  "garden", "slept",  "badly", "tea",  "window"};

// Changes one paragraph, or adds or drops one.
std::string Changed(Dice& dice, const std::string& text, const std::string& addition) {
  std::vector<std::string> paragraphs;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find("\n\n", at), text.size());
    paragraphs.push_back(text.substr(at, end - at));
    at = end + 2;
  }
  switch (dice.Below(4)) {
    case 0:
      paragraphs.push_back(addition);
      break;
    case 1:
      paragraphs.insert(paragraphs.begin(), addition);
      break;
    case 2:
      if (paragraphs.size() > 1)
        paragraphs.erase(paragraphs.begin() + static_cast<ptrdiff_t>(dice.Below(paragraphs.size())));
      break;
    case 3:
      dice.Pick(paragraphs) += " " + addition;
      break;
  }
  std::string out;
  for (const std::string& paragraph : paragraphs) out += (out.empty() ? "" : "\n\n") + paragraph;
  return out;
}

}  // namespace

std::string World::SomeText(const Machine& machine) {
  std::string text = residents_[machine.person].phrase + " " + std::to_string(++texts_) + ";";
  for (uint64_t i = 1 + dice_.Below(6); i > 0; --i) text += std::string(" ") + dice_.Pick(kWords);
  return text;
}

World::Versions World::VersionsIn(const MemStore& store) {
  Versions out;
  const Bytes first = storage::Key(storage::Prefix::kEntry);
  const Bytes end = storage::After(first);
  for (auto at = store.contents().lower_bound(first); at != store.contents().end() && at->first < end; ++at) {
    const EntryId entry = *EntryId::From(ByteView(at->first).subspan(1));
    const auto versions = storage::EntryVersions::Decode(at->second);
    if (!versions) continue;
    for (const auto& item : versions->items) out.emplace(item.id, entry);
  }
  return out;
}

void World::Write(Machine& machine) {
  if (!Start(machine)) return;
  const Versions before = VersionsIn(machine.store);
  const auto outcome = Act(machine);
  if (outcome) return Acknowledge(machine, before);
  // The journal read its store again; the exchange that was under way went with it.
  for (auto& [mailbox, line] : machine.lines) line.late.reset();
  if (machine.store.down()) machine.journal.reset();
  const Code code = outcome.error().code;
  const bool shredded = code == Code::kShredded && !shreds_.empty();
  if (code != Code::kStorageFailed && code != Code::kUnknownGeneration && !shredded) {
    Problem(machine.name + " refuses to write: " + CodeName(code));
  }
}

void World::Acknowledge(Machine& machine, const Versions& before) {
  std::set<EntryId> changed;
  for (const auto& [version, entry] : VersionsIn(machine.store)) {
    if (before.contains(version)) continue;
    changed.insert(entry);
    const auto history = machine.journal->History(entry);
    if (!history) {
      Problem("what was just written cannot be read");
      continue;
    }
    for (const Version& one : *history) {
      if (one.id == version)
        kept_[version] = {.person = machine.person,
                          .writer = machine.device,
                          .entry = entry,
                          .state = one.state,
                          .content = one.content};
    }
  }
  for (const EntryId& entry : changed) {
    if (!friendly() || !machine.journal || Gone(machine)) break;
    if (const auto followed = FollowUp(machine, entry); !followed) Recover(machine, followed.error());
  }
}

Result<> World::Act(Machine& machine) {
  Journal& journal = *machine.journal;
  std::vector<EntryId> entries;
  std::set<EntryId> known;
  for (const auto& [version, entry] : VersionsIn(machine.store)) {
    if (known.insert(entry).second) entries.push_back(entry);
  }
  const uint64_t what = dice_.Below(100);
  if (entries.empty() || what < 30) {
    Content content = AnEntry(SomeText(machine));
    content.date.day = static_cast<uint8_t>(1 + dice_.Below(28));
    KITH_TRY_ASSIGN(const EntryId entry, journal.Write(std::move(content)));
    return known.contains(entry) ? Result<>(Fail(Code::kInternal)) : Result<>();
  }
  if (what < 35) {
    const auto additions = AnImport(dice_.Below(2), 4, residents_[machine.person].phrase + " of an import;");
    KITH_TRY_ASSIGN(const size_t added, journal.Import(additions));
    return added <= additions.size() ? Result<>() : Result<>(Fail(Code::kInternal));
  }
  const EntryId entry = dice_.Pick(entries);
  if (what < 80) {
    Count("edited");
    return Edit(machine, entry);
  }
  if (what < 90) {
    Count("deleted");
    return journal.Delete(entry);
  }
  if (what < 95) return journal.Restore(entry, std::nullopt);
  KITH_TRY_ASSIGN(const auto history, journal.History(entry));
  const Version& old = dice_.Pick(history);
  if (old.state != VersionState::kContent) return {};
  return journal.Restore(entry, old.id);
}

Result<> World::Edit(Machine& machine, const EntryId& entry) {
  Journal& journal = *machine.journal;
  KITH_TRY_ASSIGN(const ShownEntry shown, journal.Show(entry));
  Content content = shown.view.content;
  switch (dice_.Below(6)) {
    case 0:
      content.title = SomeText(machine);
      break;
    case 1:
      content.starred = !content.starred;
      break;
    case 2: {
      const std::string tag = residents_[machine.person].phrase + " tag " + dice_.Pick(kWords);
      if (std::erase(content.tags, tag) == 0) content.tags.push_back(tag);
      std::sort(content.tags.begin(), content.tags.end());
      break;
    }
    case 3:
      content.journal = residents_[machine.person].phrase + " journal " + dice_.Pick(kWords);
      break;
    case 4:
    case 5:
      content.text = Changed(dice_, content.text, SomeText(machine));
      break;
  }
  // Deleted before its words arrived: there is nothing to edit yet.
  if (content.text.empty()) return {};
  std::vector<VersionId> parents = shown.view.heads;
  // Now and then somebody edits what they had on screen since yesterday.
  if (dice_.Below(6) == 0) parents = {dice_.Pick(shown.versions.items).id};
  return journal.Edit(entry, std::move(parents), std::move(content));
}

}  // namespace kith
