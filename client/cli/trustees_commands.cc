// trustees set, list, end, veto; held and release for whoever is one.
#include <CLI/CLI.hpp>
#include <memory>

#include "client/cli/display.h"
#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/sharing_output.h"
#include "client/cli/text_output.h"

namespace kith {
namespace {

struct SetOptions {
  std::vector<std::string> friends;
  uint32_t needed = 2;
  std::string delay = "none";
  bool yes = false;
};

constexpr char kLimits[] =
    "What this cannot do: as many friends as are needed, if they agree, can take the journal over without you; your "
    "recovery phrase takes it back. A friend's device that was tampered with releases at once. A relay that keeps your "
    "veto from a friend until the delay is over makes it useless, and so does somebody who holds an unlocked device of "
    "yours. What was written while a set was in force its members can open later, if enough of them and a relay agree; "
    "a new set protects what is written after it. The relay can tell that you have trustees, not who they are. Friends "
    "bring back the journal; circles whose place was taken at the relay need the recovery phrase.";

std::string Name(const std::string& label) {
  return label.empty() ? "a friend you have left" : Harmless(label, Lines::kOne);
}

std::string Named(const std::vector<std::string>& friends) {
  std::string text;
  for (size_t i = 0; i < friends.size(); ++i)
    text += (i == 0 ? "" : i + 1 == friends.size() ? " and " : ", ") + Name(friends[i]);
  return text;
}

std::string DelayText(uint64_t seconds) {
  constexpr uint64_t kDay = 86'400;
  constexpr uint64_t kHour = 3'600;
  constexpr uint64_t kMinute = 60;
  if (seconds == 0) return "none";
  if (seconds % kDay == 0) return Counted(seconds / kDay, "day", "days");
  if (seconds % kHour == 0) return Counted(seconds / kHour, "hour", "hours");
  if (seconds % kMinute == 0) return Counted(seconds / kMinute, "minute", "minutes");
  return Counted(seconds, "second", "seconds");
}

const char* StateText(const v1::Trustee& trustee) {
  if (trustee.taken()) return "has it";
  return trustee.sent() ? "at the relay; no device of theirs has opened it yet" : "waits to be sent";
}

void TellTrustees(Invocation& invocation, const v1::TrusteesReply& reply) {
  for (const v1::Trustee& trustee : reply.trustees())
    invocation.Tell("  " + Name(trustee.friend_()) + "  " + StateText(trustee));
}

Result<void> Set(Invocation& invocation, const SetOptions& options) {
  v1::TrusteesSetRequest request;
  for (const std::string& name : options.friends) request.add_friends(name);
  request.set_needed(options.needed);
  KITH_TRY_ASSIGN(const uint64_t delay, SpanSeconds(options.delay, "Give the delay as 12h, 3d or 1w, or as none."));
  request.set_delay_seconds(delay);
  const std::string some = "Any " + Count(options.needed) + " of " + Named(options.friends);
  if (!invocation.json()) {
    invocation.terminal.Say(some +
                            " can bring this journal back for you when all your devices are lost. The same ones, if "
                            "they agree, could take it over without you.");
    invocation.terminal.Say(delay == 0 ? "There is no delay: whoever they believe to be you gets it at once. With "
                                         "--delay 3d your devices have time to say no."
                                       : "They hand nothing over until " + DelayText(delay) +
                                             " after they were asked. Your devices tell of it, and can say no.");
  }
  KITH_TRY(Confirm(invocation, options.yes ? Consent::kGiven : Consent::kAsk,
                   "Give each of them a share, in place of whoever had one before?", "Nothing was changed."));
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::TrusteesReply reply, agent->TrusteesSet(request));
  invocation.Tell(some + " can bring this journal back, once they have their shares; `kith trustees list` tells.");
  invocation.Emit(Json(reply));
  return {};
}

Result<void> List(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::TrusteesReply reply, agent->Trustees());
  invocation.Emit(Json(reply));
  if (!reply.problem().empty()) invocation.Tell(reply.problem());
  if (reply.needed() == 0) {
    if (!reply.problem().empty()) return {};
    invocation.Tell("Nobody holds a share of this journal. Friends are made trustees with: kith trustees set");
    return {};
  }
  invocation.Tell("Any " + Count(reply.needed()) + " of " + Count(reply.made()) + " can bring this journal back:");
  TellTrustees(invocation, reply);
  for (const v1::ShareClaim& claim : reply.claims()) invocation.Tell(ClaimLine(claim));
  return {};
}

Result<void> End(Invocation& invocation, Consent consent) {
  KITH_TRY(Confirm(invocation, consent,
                   "Make all shares worthless? Only the recovery phrase can bring this journal back then.",
                   "Nothing was changed."));
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY(agent->TrusteesEnd());
  invocation.Tell(
      "Nobody holds a share that opens anything any more. The relay and your friends hear of it with the next "
      "sync.");
  invocation.Emit(Json({{"trustees", "ended"}}));
  return {};
}

Result<void> Veto(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::TrusteesVetoReply reply, agent->TrusteesVeto());
  invocation.Tell(
      "Said no to whoever asked. A friend's device obeys once it has heard it, with its next sync; a share "
      "that was handed over before stays with who has it.");
  invocation.Tell("To make such a share worthless, name trustees anew: kith trustees set");
  invocation.Emit(Json(reply));
  return {};
}

Result<void> Held(Invocation& invocation) {
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  KITH_TRY_ASSIGN(const v1::TrusteesHeldReply reply, agent->TrusteesHeld());
  for (const v1::HeldShare& share : reply.shares()) {
    invocation.Tell(Name(share.friend_()) + (share.readable()
                                                 ? "  any " + Count(share.needed()) + " of " + Count(share.made()) +
                                                       " are needed; delay: " + DelayText(share.delay_seconds())
                                                 : "  its key has not arrived on this device yet; run `kith sync`"));
  }
  for (const v1::ShareClaim& claim : reply.claims()) {
    invocation.Tell("  Asked for the share of " + Name(claim.friend_()) + " on " + MomentText(claim.asked()) +
                    (claim.vetoed() ? "; a device of theirs said no."
                                    : "; to be handed over from " + MomentText(claim.due()) + " on."));
  }
  if (reply.shares().empty()) invocation.Tell("You hold nobody's share.");
  invocation.Emit(Json(reply));
  return {};
}

void ShowCode(Invocation& invocation, const std::string& name, const v1::TrusteesReleaseProgress& progress) {
  invocation.terminal.Say(
      "Say this code to " + name +
      ", face to face or on a call on which you know the voice. Whoever types it gets the share. It "
      "is good for ten minutes and one attempt. They type:");
  invocation.terminal.Say("  kith recover --with-friends --code " + progress.code() + " --relay '" + progress.relay() +
                          "'");
  invocation.terminal.Say("Waiting for them. Ctrl-C takes the code back.");
  invocation.Tell(progress.code());
  invocation.Emit(Json(progress));
}

std::string OutcomeText(const std::string& name, const v1::TrusteesReleaseProgress& progress) {
  switch (progress.outcome()) {
    case v1::TrusteesReleaseProgress::RELEASED:
      return "The share was handed over. If you doubt now that it was " + name +
             ", warn them in another way: with a device they still have, `kith trustees set` makes it worthless.";
    case v1::TrusteesReleaseProgress::WAITS:
      return "Noted. The share is handed over from " + MomentText(progress.due()) +
             " on, unless a device of theirs says no: run this again then, with a new code.";
    case v1::TrusteesReleaseProgress::VETOED:
      return "Nothing was handed over: a device of " + name +
             " has said no, or has named other trustees since. Whoever asked you may not be " + name + ".";
    case v1::TrusteesReleaseProgress::NO_SHARE:
      return "You hold no share of theirs now. What was handed over only says how far their journal reached, so that "
             "an "
             "older copy of it is noticed.";
    case v1::TrusteesReleaseProgress::NONE:
    case v1::TrusteesReleaseProgress_Outcome_TrusteesReleaseProgress_Outcome_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::TrusteesReleaseProgress_Outcome_TrusteesReleaseProgress_Outcome_INT_MAX_SENTINEL_DO_NOT_USE_:
      return "";
  }
  return "";
}

Result<void> Release(Invocation& invocation, const std::string& label, Consent consent) {
  const std::string name = Harmless(label, Lines::kOne);
  KITH_TRY(Confirm(invocation, consent,
                   "Do you see " + name +
                       " now, or hear a voice you know? A message or a stranger's call is not enough: " +
                       "with enough shares somebody can read all of their journal. Go on?",
                   "Nothing was begun."));
  v1::TrusteesReleaseRequest request;
  request.set_friend_(label);
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  return agent->TrusteesRelease(request, [&](const v1::TrusteesReleaseProgress& progress) -> Result<void> {
    if (progress.code().empty()) {
      if (!invocation.json()) invocation.terminal.Say(OutcomeText(name, progress));  // standard output is the code's
      invocation.Emit(Json(progress));
      return {};
    }
    ShowCode(invocation, name, progress);
    return invocation.terminal.Finish();  // the code must reach whoever waits for it now
  });
}

void AddSet(CLI::App& trustees, Invocation& invocation) {
  auto options = std::make_shared<SetOptions>();
  CLI::App* set = trustees.add_subcommand("set", "Give friends a share each, in place of whoever had one before");
  set->add_option("FRIEND", options->friends, "Who; two to sixteen")->required()->expected(1, 16);
  set->add_option("--needed", options->needed, "How many of them it takes, at least 2 (the usual)")
      ->type_name("NUMBER");
  set->add_option(
         "--delay", options->delay,
         "How long they wait after they were asked, at most 30 days, so that you can say no: 12h, 3d, none (the "
         "usual)")
      ->type_name("TIME");
  set->add_flag("--yes", options->yes, "Without asking");
  set->footer(std::string("Example:\n  kith trustees set Anna Ben Cleo --needed 2 --delay 3d\n\n") + kLimits);
  set->callback([&invocation, options] { invocation.result = Set(invocation, *options); });
}

void AddOwners(CLI::App& trustees, Invocation& invocation) {
  CLI::App* list = trustees.add_subcommand("list", "Who has a share of this journal, and who was asked for it");
  list->footer("Example:\n  kith trustees list");
  list->callback([&invocation] { invocation.result = List(invocation); });

  auto yes = std::make_shared<bool>(false);
  CLI::App* end = trustees.add_subcommand("end", "Make all shares worthless");
  end->add_flag("--yes", *yes, "Without asking");
  end->footer("Example:\n  kith trustees end");
  end->callback([&invocation, yes] { invocation.result = End(invocation, *yes ? Consent::kGiven : Consent::kAsk); });

  CLI::App* veto = trustees.add_subcommand("veto", "Say no: your trustees give nothing to whoever has asked so far");
  veto->footer(
      "Example:\n  kith trustees veto\n\n"
      "It reaches a friend's device with its next sync. What was handed over before stays with who has it; `kith "
      "trustees set` makes that worthless.");
  veto->callback([&invocation] { invocation.result = Veto(invocation); });
}

void AddTrustees(CLI::App& trustees, Invocation& invocation) {
  CLI::App* held = trustees.add_subcommand("held", "Whose shares you hold, and who asked you for them");
  held->footer("Example:\n  kith trustees held");
  held->callback([&invocation] { invocation.result = Held(invocation); });

  auto name = std::make_shared<std::string>();
  auto yes = std::make_shared<bool>(false);
  CLI::App* release = trustees.add_subcommand(
      "release", "Hand your share to a friend who lost all devices: shows a code to say to them");
  release->add_option("FRIEND", *name, "Whose share")->required();
  release->add_flag("--yes", *yes, "Without asking whether you are sure who it is");
  release->footer(
      "Example:\n  kith trustees release Ada\n\n"
      "Be sure who you talk to: face to face, or by a voice you know. Your device asks the relay first whether a "
      "device of "
      "theirs has said no, and waits for the delay that they chose.");
  release->callback([&invocation, name, yes] {
    invocation.result = Release(invocation, *name, *yes ? Consent::kGiven : Consent::kAsk);
  });
}

}  // namespace

void AddTrusteesCommands(CLI::App& app, Invocation& invocation) {
  CLI::App* trustees =
      app.add_subcommand("trustees", "Friends who together can bring this journal back when all devices are lost");
  trustees->require_subcommand(1);
  trustees->footer(
      "Example:\n  kith trustees set Anna Ben Cleo --needed 2 --delay 3d          (you, while you have a device)\n"
      "  kith recover --with-friends                                     (you, when you have none)\n"
      "  kith trustees release Ada                                       (a friend, when you ask)");
  AddSet(*trustees, invocation);
  AddOwners(*trustees, invocation);
  AddTrustees(*trustees, invocation);
}

}  // namespace kith
