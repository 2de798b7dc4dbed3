// What people of the world shared, held, cancelled, took back and answered, as the world itself saw it done: what the
// machines are held to at the end.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/core/sharing.h"

namespace kith {

struct Ledger {
  struct Share {
    size_t author = 0;
    MailboxId circle;
    EntryId entry;
    bool follow = false;
    std::vector<SharedContent> contents;  // everything it was ever to say
    std::optional<uint64_t> released;     // the step at which a machine first let it go; nullopt: none ever did
    bool certain = false;                 // its release was acknowledged, and was not destroyed since with a machine
    enum class Back : uint8_t { kNo, kPerhaps, kYes } back = Back::kNo;  // taken back
  };
  struct Answer {
    ShareId share;
    size_t person = 0;
    std::string text;
    HeardWish wish = HeardWish::kNone;
    bool certain = true;
  };

  // Words of a call that was interrupted: they may have been let go, or not.
  struct Perhaps {
    size_t person = 0;
    std::string words;
    uint64_t step = 0;
  };

  std::map<ShareId, Share> shares;
  std::vector<Perhaps> perhaps;
  std::vector<Answer> answers;
  std::map<std::string, size_t> happened;  // how often, by the name of what
};

}  // namespace kith
