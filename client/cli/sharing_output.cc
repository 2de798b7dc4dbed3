#include "client/cli/sharing_output.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "client/cli/display.h"
#include "client/cli/json_output.h"
#include "client/cli/limits.h"
#include "client/cli/text_output.h"

namespace kith {
namespace {

constexpr std::string_view kKnownKind = "entry";
constexpr size_t kDigitsInGroup = 5;
constexpr size_t kGroupsInLine = 4;
constexpr size_t kFewestColumns = 20;  // rather wrap than show less of a title

std::string Name(const std::string& label) { return Harmless(label, Lines::kOne); }

std::string KindText(const std::string& kind) {
  if (kind.empty() || kind == kKnownKind) return "";
  return "(a kind this version does not know: " + Harmless(kind, Lines::kOne) + ")";
}

// What a list shows of a copy.
std::string Gist(const v1::SharedCopy& copy) {
  if (!copy.note().empty()) return "Note: " + Harmless(copy.note(), Lines::kOne);
  const std::string words = copy.title().empty() ? copy.text().substr(0, copy.text().find('\n')) : copy.title();
  const std::string kind = KindText(copy.kind());
  return Harmless(words, Lines::kOne) + (kind.empty() || words.empty() ? kind : " " + kind);
}

std::string Fitted(const std::string& before, const std::string& last, const Terminal& terminal) {
  if (terminal.columns() == 0) return last;
  const size_t taken = std::min(terminal.columns(), DisplayWidth(before));
  return Fit(last, std::max(terminal.columns() - taken, kFewestColumns));
}

std::string Indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    out += "  " + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string AnswerText(const v1::AnswerInfo& answer, const Terminal& terminal) {
  std::string line = answer.friend_().empty() ? "You answered" : "Heard by " + Name(answer.friend_());
  if (const std::string at = MomentText(answer.at()); !at.empty()) line += ", " + at;
  if (answer.wish() == v1::AnswerInfo::CALL) line += "; a call would be welcome";
  if (answer.wish() == v1::AnswerInfo::REST) line += "; resting for now";
  return terminal.Styled(line, Style::kBold) + "\n" + Indented(Harmless(answer.text(), Lines::kMany));
}

// One that was taken back: whether somebody may have it all the same.
const char* TakenBackReach(v1::Audience::Reach before) {
  switch (before) {
    case v1::Audience::WAITING:
      return "taken back before it left this device";
    case v1::Audience::FETCHED:
      return "taken back; a device of theirs had fetched it before";
    case v1::Audience::HELD:
    case v1::Audience::TAKEN_BACK:
    case v1::Audience::UNKNOWN:
    case v1::Audience_Reach_Audience_Reach_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::Audience_Reach_Audience_Reach_INT_MAX_SENTINEL_DO_NOT_USE_:
      return "taken back; it may have been fetched before";
  }
  return "taken back; it may have been fetched before";
}

const char* ReachText(const v1::Audience& audience) {
  switch (audience.reach()) {
    case v1::Audience::HELD:
      return "held on this device; nothing of it has left";
    case v1::Audience::WAITING:
      return "not at the relay yet";
    case v1::Audience::FETCHED:
      return "fetched by a device of theirs";
    case v1::Audience::TAKEN_BACK:
      return TakenBackReach(audience.before());
    case v1::Audience::UNKNOWN:
    case v1::Audience_Reach_Audience_Reach_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::Audience_Reach_Audience_Reach_INT_MAX_SENTINEL_DO_NOT_USE_:
      return "at the relay; whether a device has fetched it is not known";
  }
  return "not known";
}

std::string AudienceLine(const v1::Audience& audience, const Terminal& terminal) {
  std::string line = "  " + terminal.Styled(Name(audience.friend_()), Style::kBold) + "  " + ReachText(audience);
  if (audience.passage()) line += "; a passage";
  if (audience.follow()) line += "; later edits too";
  if (audience.expires() != 0 && audience.reach() != v1::Audience::TAKEN_BACK)
    line += "; until " + MomentText(audience.expires());
  if (const std::string at = MomentText(audience.shared()); !at.empty() && audience.reach() != v1::Audience::HELD) {
    line += "; shared " + at;
  }
  return line + "\n";
}

std::string EntryHeading(const v1::Audience& audience, const Terminal& terminal) {
  const v1::EntrySummary& summary = audience.summary();
  std::string line = terminal.Styled(ShortId(audience.entry()), Style::kDim);
  if (summary.has_date()) line += "  " + DayText(summary.date());
  const std::string words = Harmless(summary.title().empty() ? summary.first_line() : summary.title(), Lines::kOne);
  if (!words.empty()) line += "  " + words;
  return line + "\n";
}

// Said last: who sees it besides the people above.
std::string NobodyElse(const v1::WhoReply& reply) {
  const auto has = [](v1::Audience::Reach reach) {
    return [reach](const v1::Audience& one) { return one.reach() == reach; };
  };
  const auto& audience = reply.audience();
  const auto unseen = std::ranges::count_if(audience, has(v1::Audience::TAKEN_BACK)) +
                      std::ranges::count_if(audience, has(v1::Audience::HELD));
  std::string devices = "on your own devices";
  if (reply.devices() == 1) devices = "on this device";
  if (reply.devices() > 1) devices = "on your " + Counted(reply.devices(), "device", "devices");
  if (unseen < audience.size()) return "And you, " + devices + ".\n";
  if (std::ranges::any_of(audience, has(v1::Audience::TAKEN_BACK)) || !reply.answers().empty()) {
    return "Nobody but you now, " + devices + "; what was read or copied before stays with whoever has it.\n";
  }
  return "Nobody but you now, " + devices + ".\n";
}

}  // namespace

std::string ShellWord(const std::string& label) {
  const std::string shown = Name(label);
  const bool plain = !shown.empty() && shown[0] != '-' && std::all_of(shown.begin(), shown.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.';
  });
  if (plain) return shown;
  std::string quoted = "'";
  for (const char c : shown) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string Counted(uint64_t number, const char* one, const char* several) {
  return Count(number) + " " + (number == 1 ? one : several);
}

std::string FriendLine(const v1::FriendInfo& person, const Terminal& terminal) {
  std::string line = terminal.Styled(Name(person.label()), Style::kBold);
  line += std::string("  ") +
          (person.state() == v1::FriendInfo::RESTING ? FriendStateName(person.state()) : SyncStateName(person.sync()));
  line += "  " + Count(person.shared()) + " shared, " + Count(person.received()) + " received";
  line += person.verified() ? "  safety number compared" : "  safety number not compared yet";
  if (!person.problem().empty()) line += "\n    " + Harmless(person.problem(), Lines::kOne);
  return line + "\n";
}

std::string ClaimLine(const v1::ShareClaim& claim) {
  const std::string who = claim.friend_().empty() ? "a friend you have left" : Name(claim.friend_());
  const std::string line = "Somebody asked " + who + " for the share of this journal on " + MomentText(claim.asked());
  return line + (claim.vetoed() ? "; you said no." : ". It is handed over from " + MomentText(claim.due()) + " on.");
}

std::string SafetyNumberText(const std::string& number) {
  std::string text;
  size_t digits = 0;
  for (const char digit : number) {
    if (std::isdigit(static_cast<unsigned char>(digit)) == 0) continue;
    if (digits > 0 && digits % kDigitsInGroup == 0) text += digits % (kDigitsInGroup * kGroupsInLine) == 0 ? '\n' : ' ';
    text += digit;
    ++digits;
  }
  return text + "\n";
}

std::string SharedPage(const v1::SharedCopy& copy, const Terminal& terminal) {
  std::string about = copy.has_date() ? DayText(copy.date()) : "";
  if (copy.passage()) about += std::string(about.empty() ? "" : "  ") + "(a passage)";
  if (const std::string kind = KindText(copy.kind()); !kind.empty()) about += (about.empty() ? "" : "  ") + kind;
  std::string page = about.empty() ? "" : about + "\n";
  if (!copy.note().empty()) page += "Note: " + Harmless(copy.note(), Lines::kMany) + "\n";
  if (!copy.title().empty()) page += terminal.Styled(Harmless(copy.title(), Lines::kOne), Style::kBold) + "\n";
  if (copy.text().empty()) return page;
  page += "\n" + Harmless(copy.text(), Lines::kMany);
  if (!page.ends_with('\n')) page += '\n';
  return page;
}

std::string OutboxLine(const v1::OutboxItem& item, const Terminal& terminal) {
  const std::string before = Count(item.number()) + "  leaves " + MomentText(item.leaves()) + "  for " +
                             Name(item.friend_()) + "  " + ShortId(item.entry()) + "  ";
  return before + Fitted(before, Gist(item.copy()), terminal) + "\n";
}

std::string InboxLine(const v1::InboxItem& item, const Terminal& terminal) {
  const std::string day = MomentText(item.at());
  const std::string id = ShortId(item.id());
  const std::string name = Name(item.friend_());
  const std::string said = item.declined() ? "(declined)" : Gist(item.copy());
  const std::string gist = Fitted(day + "  " + id + "  " + name + "  ", said, terminal);
  return day + "  " + terminal.Styled(id, Style::kDim) + "  " + terminal.Styled(name, Style::kBold) + "  " + gist +
         "\n";
}

std::string InboxPage(const v1::InboxItem& item, const Terminal& terminal) {
  std::string page = "From " + Name(item.friend_());
  if (item.expires() != 0) page += ", until " + MomentText(item.expires());
  if (const std::string at = MomentText(item.at()); !at.empty()) page += ", came " + at;
  page += "  " + terminal.Styled(ShortId(item.id()), Style::kDim) + "\n" + SharedPage(item.copy(), terminal);
  for (const v1::AnswerInfo& answer : item.answers()) page += "\n" + AnswerText(answer, terminal);
  return page;
}

std::string WhoPage(const v1::WhoReply& reply, const Terminal& terminal) {
  std::string page;
  std::string entry;
  for (const v1::Audience& audience : reply.audience()) {
    if (audience.entry() != entry || page.empty()) page += EntryHeading(audience, terminal);
    entry = audience.entry();
    page += AudienceLine(audience, terminal);
  }
  page += NobodyElse(reply);
  for (const v1::AnswerInfo& answer : reply.answers()) page += "\n" + AnswerText(answer, terminal);
  return page;
}

std::string TakenBackText(const v1::Audience& audience) {
  const std::string name = Name(audience.friend_());
  switch (audience.reach()) {
    case v1::Audience::HELD:
      return name + ": it had not left this device, and never will.";
    case v1::Audience::WAITING:
      return name + ": it had not reached the relay.";
    case v1::Audience::FETCHED:
      return name +
             ": a device of theirs had fetched it. The relay is asked to drop it, and their devices to take it off "
             "their "
             "lists. What was read stays read, and a copy made elsewhere stays where it is.";
    case v1::Audience::TAKEN_BACK:
      return name + ": it was taken back before.";
    case v1::Audience::UNKNOWN:
    case v1::Audience_Reach_Audience_Reach_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::Audience_Reach_Audience_Reach_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return name +
         ": it was at the relay, and whether a device of theirs had fetched it is not known. The relay is asked to "
         "drop "
         "it, and a device that has it to take it off its list. What was read stays read.";
}

const char* ListeningGuide() {
  return "Before you read what a friend let you see\n\n"
         "  Believe it. It is theirs, and they chose you for it.\n"
         "  Ask rather than guess. One question is enough.\n"
         "  Nothing has to be fixed. Being heard is often what was missing.\n"
         "  Do not confront anybody about it, and do not tell others. Both are theirs to decide.\n"
         "  `kith heard ID` tells them that you heard it. They are told nothing else: not that it came, not that you\n"
         "  read it. Answering later, or not at all, is fine, and so is: kith heard ID --rest\n"
         "  You are not an emergency service, and neither is Kith. If somebody is in danger, call the one where they "
         "are.\n";
}

std::string HeardPage(const v1::Audience& shared, const v1::AnswerInfo& answer, const Terminal& terminal) {
  return ListLine(shared.summary(), terminal) + Indented(AnswerText(answer, terminal));
}

}  // namespace kith
