// delete, restore, shred, tag, star.
#include <CLI/CLI.hpp>
#include <memory>

#include "client/cli/display.h"
#include "client/cli/draft.h"
#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/sharing_output.h"
#include "client/cli/text_output.h"

namespace kith {
namespace {

struct TagOptions {
  std::string entry;
  std::vector<std::string> add;
  std::vector<std::string> remove;
};

void Done(Invocation& invocation, const v1::EntrySummary& entry, std::string_view what) {
  invocation.Tell(std::string(what) + " " + ShortId(entry.id()) + " of " + DayText(entry.date()) + ".");
  invocation.Emit(Json(entry));
}

Result<void> Delete(Invocation& invocation, const std::string& id) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::EntryRequest request;
  request.set_entry(id);
  KITH_TRY_ASSIGN(const v1::EntrySummary entry, agent->Delete(request));
  Done(invocation, entry, "Deleted");
  invocation.Tell("It can be brought back: kith restore " + ShortId(entry.id()));
  return {};
}

Result<void> Restore(Invocation& invocation, const std::string& id, const std::string& version) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::RestoreRequest request;
  request.set_entry(id);
  if (!version.empty()) {
    KITH_TRY_ASSIGN(*request.mutable_version(), FindVersion(*agent, id, version));
  }
  KITH_TRY_ASSIGN(const v1::EntrySummary entry, agent->Restore(request));
  Done(invocation, entry, "Restored");
  return {};
}

// Asked for by a word that nobody types by habit.
Result<void> AskToShred(Invocation& invocation, AgentClient& agent, const std::string& id) {
  if (!Terminal::CanAsk()) {
    return Fail(Code::kInvalidArgument, "There is no terminal to ask at. In a script, add --yes.");
  }
  v1::EntryRequest request;
  request.set_entry(id);
  KITH_TRY_ASSIGN(const v1::Entry entry, agent.Show(request));
  const v1::EntrySummary& summary = entry.summary();
  const std::string& words = summary.title().empty() ? summary.first_line() : summary.title();
  KITH_TRY(invocation.terminal.Show(
      "To be shredded: " + ShortId(summary.id()) + "  " + DayText(summary.date()) + "  " +
      Harmless(words, Lines::kOne) +
      "\n\nAll its versions are destroyed: here now, at the relay and on your other devices as they sync. Copies "
      "shared\n"
      "with friends are taken back. Backups, exports and what a friend has read stay. It cannot be undone.\n\n"));
  KITH_TRY_ASSIGN(const std::string typed, invocation.terminal.AskLine("Type the word shred to go on: "));
  if (typed != "shred") return Fail(Code::kCancelled, "Nothing was shredded.");
  return {};
}

void TellShredded(Invocation& invocation, const v1::ShredReply& reply) {
  if (reply.versions() == 0) {
    invocation.Tell("It was shredded before.");
  } else {
    invocation.Tell("Shredded, with " + Counted(reply.versions(), "version", "versions") + ": " +
                    ShortId(reply.entry()) +
                    (reply.kept_by_relay() ? "." : ". The relay drops it with the next sync."));
  }
  if (reply.kept_by_relay()) {
    invocation.Tell(
        "The relay keeps sealed words of shredded entries: what it had before friends brought this journal back cannot "
        "be taken out any more. Ask its keeper to delete it; another relay does not get them.");
  }
  for (const v1::Audience& audience : reply.taken_back()) invocation.Tell(TakenBackText(audience));
  std::string devices;
  for (const std::string& label : reply.waiting_for()) {
    devices +=
        (devices.empty() ? "" : ", ") + (label.empty() ? "a device without a name" : Harmless(label, Lines::kOne));
  }
  if (!devices.empty()) {
    invocation.Tell(
        "Words of shredded entries stand at the relay, and here sealed, until these devices of yours have "
        "synced: " +
        devices + ". One that is lost can be revoked: kith devices revoke NAME");
  }
  for (const std::string& left : Draft::Leftovers()) {
    invocation.Tell("A draft of an interrupted edit is still in memory, and may hold its words: " + left);
  }
}

Result<void> Shred(Invocation& invocation, const std::string& id, Consent consent) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  if (consent == Consent::kAsk) KITH_TRY(AskToShred(invocation, *agent, id));
  v1::EntryRequest request;
  request.set_entry(id);
  KITH_TRY_ASSIGN(const v1::ShredReply reply, agent->Shred(request));
  TellShredded(invocation, reply);
  invocation.Emit(Json(reply));
  return {};
}

std::string TagName(const std::string& given) {
  return given.starts_with('+') || given.starts_with('#') ? given.substr(1) : given;
}

Result<void> Tag(Invocation& invocation, const TagOptions& options) {
  if (options.add.empty() && options.remove.empty()) {
    return Fail(Code::kInvalidArgument, "Name a tag to add, or --remove one.");
  }
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::EditRequest request;
  request.set_entry(options.entry);
  for (const std::string& tag : options.add) request.add_add_tags(TagName(tag));
  for (const std::string& tag : options.remove) request.add_remove_tags(TagName(tag));
  KITH_TRY_ASSIGN(const v1::EntrySummary entry, agent->Edit(request));
  Done(invocation, entry, "Changed");
  return {};
}

enum class Star { kOn, kOff };

Result<void> SetStar(Invocation& invocation, const std::string& id, Star star) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::EditRequest request;
  request.set_entry(id);
  request.set_starred(star == Star::kOn);
  KITH_TRY_ASSIGN(const v1::EntrySummary entry, agent->Edit(request));
  Done(invocation, entry, star == Star::kOn ? "Starred" : "No longer starred:");
  return {};
}

}  // namespace

void AddChangeCommands(CLI::App& app, Invocation& invocation) {
  auto deleted = std::make_shared<std::string>();
  CLI::App* remove = app.add_subcommand("delete", "Delete an entry; its history stays and it can be restored");
  remove->add_option("ENTRY", *deleted, "Its id or the beginning of it")->required();
  remove->footer("Example:\n  kith delete 3fa94c01");
  remove->callback([&invocation, deleted] { invocation.result = Delete(invocation, *deleted); });

  auto restored = std::make_shared<std::string>();
  auto version = std::make_shared<std::string>();
  CLI::App* restore = app.add_subcommand("restore", "Bring back a deleted entry, or an earlier version");
  restore->add_option("ENTRY", *restored, "Its id or the beginning of it")->required();
  restore->add_option("--version", *version, "Which one, as `kith history` shows it; else the newest with words");
  restore->footer("Example:\n  kith restore 3fa94c01 --version 09bc21d4");
  restore->callback([&invocation, restored, version] { invocation.result = Restore(invocation, *restored, *version); });

  auto shredded = std::make_shared<std::string>();
  auto yes = std::make_shared<bool>(false);
  CLI::App* shred =
      app.add_subcommand("shred", "Destroy an entry's words for good, on all your devices and at the relay");
  shred->add_option("ENTRY", *shredded, "Its id or the beginning of it")->required();
  shred->add_flag("--yes", *yes, "Do not ask");
  shred->footer(
      "Example:\n  kith shred 3fa94c01\n\n"
      "Every version goes, also an edit that another device has not sent yet. Your other devices do the same as they "
      "sync; until then they, and the relay, have what they wrote. Shared copies are taken back. Backups, exports and "
      "what a friend read stay. It cannot be undone.");
  shred->callback([&invocation, shredded, yes] {
    invocation.result = Shred(invocation, *shredded, *yes ? Consent::kGiven : Consent::kAsk);
  });

  auto tags = std::make_shared<TagOptions>();
  CLI::App* tag = app.add_subcommand("tag", "Add tags to an entry, or remove them");
  tag->add_option("ENTRY", tags->entry, "Its id or the beginning of it")->required();
  tag->add_option("NAME", tags->add, "A tag to add; may be repeated");
  tag->add_option("--remove", tags->remove, "A tag to remove; may be repeated")->allow_extra_args(false);
  tag->footer("Example:\n  kith tag 3fa94c01 garden autumn --remove summer");
  tag->callback([&invocation, tags] { invocation.result = Tag(invocation, *tags); });

  auto starred = std::make_shared<std::string>();
  auto off = std::make_shared<bool>(false);
  CLI::App* star = app.add_subcommand("star", "Mark an entry");
  star->add_option("ENTRY", *starred, "Its id or the beginning of it")->required();
  star->add_flag("--off", *off, "Take the mark away");
  star->footer("Example:\n  kith star 3fa94c01");
  star->callback([&invocation, starred, off] {
    invocation.result = SetStar(invocation, *starred, *off ? Star::kOff : Star::kOn);
  });
}

}  // namespace kith
