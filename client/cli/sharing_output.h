// Friends and shares for people. Everything that came from somebody is made harmless here; styled where the terminal
// takes styles. Reading is never claimed: only what a device is known to have fetched.
#pragma once

#include <string>

#include "client/cli/terminal.h"
#include "kith/v1/local.pb.h"

namespace kith {

// As one word of a shell's command line, quoted where it has to be. Made harmless.
std::string ShellWord(const std::string& label);
// "1 share", "2,000 shares".
std::string Counted(uint64_t number, const char* one, const char* several);

// One friend, and a second line when their relay has a problem.
std::string FriendLine(const v1::FriendInfo& person, const Terminal& terminal);
// Who was asked for a share of this journal, when, and what comes of it.
std::string ClaimLine(const v1::ShareClaim& claim);
// Twelve groups of five digits, four in a line.
std::string SafetyNumberText(const std::string& number);

// The copy, the same for the preview and for the friend who reads it.
std::string SharedPage(const v1::SharedCopy& copy, const Terminal& terminal);
std::string OutboxLine(const v1::OutboxItem& item, const Terminal& terminal);
// Where there is a content note, it stands in the words' place.
std::string InboxLine(const v1::InboxItem& item, const Terminal& terminal);
// Who it is from and when it came, SharedPage, then what was answered.
std::string InboxPage(const v1::InboxItem& item, const Terminal& terminal);

// Whom an entry, or each of several, has reached; answers; the user's own devices.
std::string WhoPage(const v1::WhoReply& reply, const Terminal& terminal);
// What is known of a copy that was taken back, and what that cannot undo.
std::string TakenBackText(const v1::Audience& audience);

// One page, before the first entry of a friend is shown: how to listen.
const char* ListeningGuide();

// An answer of a friend, below the entry that it is to.
std::string HeardPage(const v1::Audience& shared, const v1::AnswerInfo& answer, const Terminal& terminal);

}  // namespace kith
