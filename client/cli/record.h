// A practice's record as it is put together here: from options, then from answers to questions. What may be said is the
// table of client/model/practice.h; how it is asked, client/model/practice_words.h.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/invocation.h"
#include "client/model/practice.h"

namespace kith {

// Options of one command for the fields of one kind, and for what every record has: --on, --note, --tag. Must outlive
// the parse.
class RecordOptions {
 public:
  explicit RecordOptions(std::string_view kind) : kind_(kind) {}

  // "--worry TEXT" for the field "worry", "--weight-before N" for "weight_before". References have none. Empty: all
  // fields of the kind.
  void AddTo(CLI::App& command, const std::vector<std::string_view>& fields = {});
  // The words behind the command, as one value of this field.
  void AddPositional(CLI::App& command, std::string_view field, const std::string& type_name,
                     const std::string& description);

  bool any() const { return !given_.empty() || !note_.empty(); }
  // What was given. "-" as a text reads standard input, for one field of a command. kInvalidArgument, kNotUtf8,
  // kTooLarge.
  Result<Content> Read(Invocation& invocation) const;
  const std::string& on() const { return on_; }
  const std::vector<std::string>& tags() const { return tags_; }

 private:
  std::string_view kind_;
  std::map<std::string_view, std::vector<std::string>> given_;  // by field
  std::string on_, note_;
  std::vector<std::string> tags_;
};

// Takes what a person typed for a field: a number, a choice or an unambiguous beginning of it, a day (also "today"), a
// text, one line more of a list. kInvalidArgument, saying what can be typed.
Result<void> TakeTyped(Content& content, const PracticeField& field, std::string_view typed);

// Asks for every field that has a question and no value yet, one at a time: Enter skips it, a full stop alone ends the
// questions. `only`: these fields; empty: all. Each answer is kept in a draft on this device at once, so that Ctrl-C
// loses none; an earlier draft of the kind is offered first. kLocked without a terminal.
class Interview {
 public:
  Interview(Invocation& invocation, Content& content) : invocation_(invocation), content_(content) {}

  Result<void> Run(const std::vector<std::string_view>& only = {});
  // Once the record is saved: the draft goes.
  Result<void> Finish();

 private:
  enum class Next : uint8_t { kGoOn, kStop };
  Result<void> OfferDraft();
  Result<Next> Ask(const PracticeField& field);
  Result<Next> AskOnce(const PracticeField& field, const std::string& prompt, bool& answered);
  Result<void> Keep();
  Error Stopped() const;

  Invocation& invocation_;
  Content& content_;
  std::string draft_;  // its id; empty: none yet
};

// Whether somebody sits at the terminal who can be asked: not with --json.
bool CanInterview(const Invocation& invocation);

// Content of a record that is there; of a listed one, what its practice says, its title and its day.
Result<Content> ContentOf(const v1::Entry& entry);
Content ContentOf(const v1::EntrySummary& listed);

// Writes the record, prints which it became (or its JSON).
Result<v1::EntrySummary> SaveRecord(Invocation& invocation, const Content& content, const RecordOptions& options);
// An entry that a record's field refers to: its id or the beginning of it; empty: none.
struct Reference {
  std::string_view field;
  std::string entry;
};

// What most commands do: with options as given, without any by asking `asked` (empty: every question). kInvalidArgument
// when nothing was said; kNotFound, kAmbiguous of the reference.
Result<v1::EntrySummary> Record(Invocation& invocation, std::string_view kind, const RecordOptions& options,
                                const std::vector<std::string_view>& asked = {}, const Reference& refers = {});
// Changes fields of a record of that kind: by options, or by asking `asked`. kInvalidArgument for an entry of another
// kind.
Result<v1::EntrySummary> ChangeRecord(Invocation& invocation, std::string_view kind, const std::string& entry,
                                      const RecordOptions& options, const std::vector<std::string_view>& asked = {});

// Every record of a kind, newest first; what was set quiet as the person asked for, or as `quiet` says.
struct RecordsWanted {
  std::string_view kind;
  std::optional<Quieted> quiet = {};
};
Result<std::vector<v1::EntrySummary>> RecordsOf(Invocation& invocation, const RecordsWanted& wanted);

// Every record of a kind, newest first, that `shows` holds for; as lines, or with --json as objects. Says `none` where
// there is nothing.
Result<void> ListRecords(Invocation& invocation, std::string_view kind, uint32_t limit, std::string_view none,
                         const std::function<bool(const Content&)>& shows = {});

}  // namespace kith
