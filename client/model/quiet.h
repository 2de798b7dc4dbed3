// What a person has set quiet: people they pinned, and dates. It stays out of lists, searches and looks back until it
// is asked for; nothing is taken away. Both are said by entries of one's own, so that every device knows. Pure.
#pragma once

#include <set>
#include <string_view>
#include <utility>

#include "client/model/dates.h"
#include "client/model/entry.h"

namespace kith {

// An entry of this kind says that its date is quiet; with this tag, that day of every year.
inline constexpr std::string_view kQuietDateKind = "quiet";
inline constexpr std::string_view kEveryYearTag = "every-year";
// An entry of this kind says that something a friend let this person see is not to be shown; its text is the id, in
// hex.
inline constexpr std::string_view kDeclinedKind = "declined";

// Whether entries of a kind say what lists leave out.
bool SaysWhatIsQuiet(std::string_view kind);
// Whether a record of the kind may name somebody who is pinned, or a friend.
bool MayNameSomebody(std::string_view kind);

class Quiet {
 public:
  // Takes in an entry of one of the kinds of SaysWhatIsQuiet; others change nothing.
  void Take(const EntryId& entry, const Content& content);

  // An entry is covered that says what is quiet; that is of a quiet date, or is about somebody quiet, as its record
  // says: its words are not looked at. What is kept for use on any day (a support list, prompts, people, helpers,
  // messages drafted for later) is of no date.
  bool Covers(const EntryId& entry, const Content& content) const;
  bool CoversDay(const CivilDay& day) const;
  bool CoversFriend(const PersonId& person) const { return friends_.contains(person); }
  bool any_person() const { return !people_.empty(); }

 private:
  bool IsAboutSomebody(const Content& content) const;

  std::set<EntryId> people_;
  std::set<PersonId> friends_;
  std::set<CivilDay> days_;
  std::set<std::pair<uint8_t, uint8_t>> every_year_;  // month and day
};

}  // namespace kith
