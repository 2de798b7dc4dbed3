// share, outbox, unshare, who.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <memory>

#include "client/cli/display.h"
#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/limits.h"
#include "client/cli/sharing_output.h"
#include "client/cli/text_output.h"

namespace kith {
namespace {

struct ShareOptions {
  std::string entry;
  std::vector<std::string> words;  // with FRIEND
  std::string with;
  std::string version, passage, passage_file, note, hold, expires, part;
  bool has_passage = false;
  bool follow = false, preview = false, yes = false;
};

// FRIEND out of `with FRIEND` or `--with FRIEND`; empty when neither was given.
Result<std::string> FriendNamed(const std::vector<std::string>& words, const std::string& option) {
  if (words.empty()) return option;
  if (words[0] != "with" || words.size() < 2 || !option.empty()) {
    return Fail(Code::kInvalidArgument, "Name one friend, as in: kith share ENTRY with FRIEND");
  }
  std::string name;
  for (size_t i = 1; i < words.size(); ++i) name += (name.empty() ? "" : " ") + words[i];
  return name;
}

Result<std::string> WordsOfFile(Invocation& invocation, const std::string& path) {
  if (path == "-") return WordsFromInput(invocation, "The passage");
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxInput + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    return Fail(Code::kInvalidArgument, "The passage's file cannot be read. Check its path.");
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxInput) return Fail(Code::kTooLarge, "The passage's file is far longer than an entry can be.");
  KITH_TRY(CheckUtf8(text, "The passage"));
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

// Words as an argument, or from standard input for "-".
Result<std::string> Words(Invocation& invocation, const std::string& given, std::string_view what) {
  if (given == "-") return WordsFromInput(invocation, what);
  if (!given.empty()) WarnOfShellHistory(invocation);
  return given;
}

Result<v1::ShareRequest> RequestFor(Invocation& invocation, const ShareOptions& options) {
  v1::ShareRequest request;
  request.set_entry(options.entry);
  KITH_TRY_ASSIGN(*request.mutable_friend_(), FriendNamed(options.words, options.with));
  if (request.friend_().empty()) {
    return Fail(Code::kInvalidArgument, "Name the friend, as in: kith share ENTRY with FRIEND");
  }
  if (!options.hold.empty()) {
    KITH_TRY_ASSIGN(const uint64_t seconds, SpanSeconds(options.hold, "Give the hold as 90s, 15m or 2h, or as none."));
    request.set_hold_seconds(static_cast<uint32_t>(seconds));
  }
  const bool passage_from_input = options.passage == "-" || options.passage_file == "-";
  if (passage_from_input && options.note == "-") {
    return Fail(Code::kInvalidArgument, "Only one of passage and note can come from standard input.");
  }
  if (options.has_passage) {
    KITH_TRY_ASSIGN(*request.mutable_passage(), Words(invocation, options.passage, "The passage"));
  } else if (!options.passage_file.empty()) {
    KITH_TRY_ASSIGN(*request.mutable_passage(), WordsOfFile(invocation, options.passage_file));
  }
  KITH_TRY_ASSIGN(*request.mutable_note(), Words(invocation, options.note, "The note"));
  request.set_follow(options.follow);
  request.set_part(options.part);
  request.set_expires(options.expires);
  return request;
}

void ShowPreview(Invocation& invocation, const v1::ShareReply& reply) {
  if (invocation.json()) {
    invocation.Emit(Json(reply));
    return;
  }
  invocation.terminal.Say("All that " + reply.friend_() + " would see, below who it is from and when it came:");
  invocation.terminal.Print(SharedPage(reply.copy(), invocation.terminal));
}

// A person sees it as the friend will, then says yes or no, once.
Result<void> AskToShare(Invocation& invocation, AgentClient& agent, v1::ShareRequest request) {
  if (!Terminal::CanAsk()) {
    return Fail(Code::kInvalidArgument,
                "There is no terminal to ask at. See it first with --preview; in a script, share it with --yes.");
  }
  request.set_preview(true);
  KITH_TRY_ASSIGN(const v1::ShareReply reply, agent.Share(request));
  const bool at_once = request.has_hold_seconds() && request.hold_seconds() == 0;
  KITH_TRY(invocation.terminal.Show("All that " + Harmless(reply.friend_(), Lines::kOne) +
                                    " will see, below who it is from and when it came:\n\n" +
                                    SharedPage(reply.copy(), invocation.terminal) + "\n"));
  const std::string question = at_once ? "Share it with " + reply.friend_() + " now? It leaves at once, without a hold."
                                       : "Share it with " + reply.friend_() + "?";
  return Confirm(invocation, Consent::kAsk, question, "Nothing was shared.");
}

void TellShared(Invocation& invocation, const v1::ShareReply& reply, const std::string& entry) {
  invocation.Emit(Json(reply));
  if (reply.held() == 0) {
    invocation.Tell("Shared with " + reply.friend_() +
                    ", without a hold. To take it back (what was read stays read): " + "kith unshare " + entry +
                    " --with " + ShellWord(reply.friend_()));
    return;
  }
  invocation.Tell("Held on this device until " + MomentText(reply.leaves()) + ", then shared with " + reply.friend_() +
                  ". Until then nothing of it leaves, and it can be cancelled: kith outbox cancel " +
                  std::to_string(reply.held()));
}

Result<void> Share(Invocation& invocation, const ShareOptions& options) {
  KITH_TRY_ASSIGN(v1::ShareRequest request, RequestFor(invocation, options));
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  if (!options.version.empty()) {
    KITH_TRY_ASSIGN(*request.mutable_version(), FindVersion(*agent, options.entry, options.version));
  }
  if (options.preview) {
    request.set_preview(true);
    KITH_TRY_ASSIGN(const v1::ShareReply reply, agent->Share(request));
    ShowPreview(invocation, reply);
    return {};
  }
  if (!options.yes) KITH_TRY(AskToShare(invocation, *agent, request));
  KITH_TRY_ASSIGN(const v1::ShareReply reply, agent->Share(request));
  TellShared(invocation, reply, ShortId(options.entry));
  return {};
}

Result<void> OutboxList(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::OutboxListReply reply, agent->OutboxList());
  for (const v1::OutboxItem& item : reply.items()) {
    invocation.terminal.Print(invocation.json() ? Json(item) + "\n" : OutboxLine(item, invocation.terminal));
  }
  if (reply.items().empty() && !invocation.json()) invocation.terminal.Say("Nothing is held.");
  return {};
}

Result<void> OutboxCancel(Invocation& invocation, uint64_t number) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::OutboxItemRequest request;
  request.set_number(number);
  KITH_TRY_ASSIGN(const v1::OutboxItem item, agent->OutboxCancel(request));
  invocation.Tell("Cancelled. Nothing of it has left this device; " + item.friend_() + " is not told.");
  invocation.Emit(Json(item));
  return {};
}

Result<void> OutboxNow(Invocation& invocation, uint64_t number) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::OutboxItemRequest request;
  request.set_number(number);
  KITH_TRY_ASSIGN(const v1::OutboxItem item, agent->OutboxNow(request));
  invocation.Tell("Shared with " + item.friend_() + " now. To take it back (what was read stays read): kith unshare " +
                  ShortId(item.entry()) + " --with " + ShellWord(item.friend_()));
  invocation.Emit(Json(item));
  return {};
}

// It had been at the relay at least.
bool MayHaveBeenRead(const v1::Audience& audience) {
  return audience.reach() != v1::Audience::HELD && audience.reach() != v1::Audience::WAITING;
}

Result<void> Unshare(Invocation& invocation, const v1::UnshareRequest& request) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::UnshareReply reply, agent->Unshare(request));
  for (const v1::Audience& audience : reply.taken_back()) {
    invocation.Tell(TakenBackText(audience));
    invocation.Emit(Json(audience));
  }
  if (std::ranges::any_of(reply.taken_back(), MayHaveBeenRead)) {
    invocation.Tell("Whether anybody read it, Kith does not know.");
  }
  return {};
}

Result<void> Who(Invocation& invocation, const std::string& entry) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  v1::WhoRequest request;
  request.set_entry(entry);
  KITH_TRY_ASSIGN(const v1::WhoReply reply, agent->Who(request));
  invocation.terminal.Print(invocation.json() ? Json(reply) + "\n" : WhoPage(reply, invocation.terminal));
  return {};
}

void AddShare(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<ShareOptions>();
  CLI::App* share = app.add_subcommand("share", "Let a friend see a copy of one entry, after a hold");
  share->add_option("ENTRY", options->entry, "Its id or the beginning of it")->required();
  share->add_option("FRIEND", options->words, "The word `with`, then your name for them");
  share->add_option("--with", options->with, "The same as an option")->type_name("FRIEND");
  share->add_option("--version", options->version, "An earlier version, as `kith history` shows it");
  CLI::Option* passage = share->add_option("--passage", options->passage,
                                           "Only this part of the text, word for word; - reads standard input");
  share
      ->add_option("--passage-file", options->passage_file, "The same from a file; one line end at its end is left out")
      ->type_name("FILE")
      ->excludes(passage);
  share->add_option("--part", options->part,
                    "Of a practice's record, which part; without it the one that goes by default");
  share->add_option("--note", options->note, "A line they see before the words; - reads standard input");
  share->add_flag("--follow", options->follow, "Later edits too, each after a hold; else later edits stay yours");
  share->add_flag("--preview", options->preview, "Show it just as they would see it; share nothing");
  share->add_option("--hold", options->hold, "How long it can be cancelled: 90s, 15m (the default), 2h, or none")
      ->type_name("TIME");
  share
      ->add_option("--expires", options->expires, "Taken back by itself then: 36h, 7d, 2w, or through the end of a day")
      ->type_name("WHEN");
  share->add_flag("--yes", options->yes, "Without showing it and asking");
  share->footer(
      "Example:\n  kith share 3fa94c01 with Anna --note \"About last winter\" --hold 2h\n\n"
      "A friend sees the words, the note and the day: never tags, journal, place, who else sees it, or that you are "
      "here. A locked vault holds it for longer. It can be taken back, though what was read stays read: kith "
      "unshare. What --expires says counts by each device's own clock; their devices stop showing it then, yours have "
      "the "
      "relay drop it as soon as one of them is unlocked and online.");
  share->callback([&invocation, options, passage] {
    options->has_passage = passage->count() > 0;
    invocation.result = Share(invocation, *options);
  });
}

void AddOutbox(CLI::App& app, Invocation& invocation) {
  CLI::App* outbox = app.add_subcommand("outbox", "What is held and has not left this device");
  outbox->require_subcommand(1);
  outbox->footer("Example:\n  kith outbox list");
  CLI::App* list = outbox->add_subcommand("list", "What leaves when, and for whom");
  list->footer("Example:\n  kith outbox list");
  list->callback([&invocation] { invocation.result = OutboxList(invocation); });
  auto number = std::make_shared<uint64_t>(0);
  CLI::App* cancel = outbox->add_subcommand("cancel", "Do not share it; no trace of it is at the relay");
  cancel->add_option("N", *number, "Its number, as `kith outbox list` shows it")->required();
  cancel->footer("Example:\n  kith outbox cancel 3");
  cancel->callback([&invocation, number] { invocation.result = OutboxCancel(invocation, *number); });
  CLI::App* now = outbox->add_subcommand("now", "Share it without waiting any longer");
  now->add_option("N", *number, "Its number, as `kith outbox list` shows it")->required();
  now->footer("Example:\n  kith outbox now 3");
  now->callback([&invocation, number] { invocation.result = OutboxNow(invocation, *number); });
}

void AddUnshare(CLI::App& app, Invocation& invocation) {
  auto request = std::make_shared<v1::UnshareRequest>();
  CLI::App* unshare = app.add_subcommand("unshare", "Take a shared entry back, as far as that can be done");
  unshare
      ->add_option_function<std::string>(
          "ENTRY", [request](const std::string& id) { request->set_entry(id); }, "Its id or the beginning of it")
      ->required();
  unshare
      ->add_option_function<std::string>(
          "--with", [request](const std::string& name) { request->set_friend_(name); },
          "Only from this friend; else from everybody")
      ->type_name("FRIEND");
  unshare->footer(
      "Example:\n  kith unshare 3fa94c01 --with Anna\n\n"
      "The relay is asked to drop it, and their devices to take it off their lists. It says whether a device had "
      "fetched it. What was read stays read; whether it was read is not told.");
  unshare->callback([&invocation, request] { invocation.result = Unshare(invocation, *request); });
}

}  // namespace

void AddShareCommands(CLI::App& app, Invocation& invocation) {
  AddShare(app, invocation);
  AddOutbox(app, invocation);
  AddUnshare(app, invocation);
  auto entry = std::make_shared<std::string>();
  CLI::App* who = app.add_subcommand("who", "Who can see an entry, how far it got, and what they answered");
  who->add_option("ENTRY", *entry, "Its id or the beginning of it; without it, every entry that somebody can see");
  who->footer("Example:\n  kith who 3fa94c01");
  who->callback([&invocation, entry] { invocation.result = Who(invocation, *entry); });
}

}  // namespace kith
