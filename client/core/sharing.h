// Friends and shares as a person handles them: the door beside journal.h. Rules: "Sharing" in client/DESIGN.md.
//
// A share is a copy in a friend's circle. Until its hold is over it exists on this device only. Taking back hides it
// from the friend's devices and has the relay drop its words; what a friend has read is read.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/core/state.h"
#include "client/model/share.h"

namespace kith {

struct FriendInfo {
  MailboxId circle;
  PersonId person;  // zeros for a circle of more than two
  std::string label;
  FriendState state = FriendState::kActive;
  bool verified = false;
  uint64_t shared = 0;    // shares of ours that stand
  uint64_t received = 0;  // theirs that stand
  RelayAddress relay;
};

// What is known of a copy's way.
enum class Reach : uint8_t {
  kHeld,     // on this device only
  kWaiting,  // released, not at the relay yet
  kUnknown,  // at the relay; whether a device fetched it is not known
  kFetched,  // a device of the friend had it when it last wrote something here
  kTakenBack,
};

struct SentShare {
  ShareId id;
  EntryId entry;
  MailboxId circle;
  std::string friend_label;
  bool passage = false;
  bool follow = false;
  Hlc shared = 0;
  Reach reach = Reach::kUnknown;
  Reach before = Reach::kUnknown;  // kTakenBack: what was known then: kWaiting (it never left), kUnknown or kFetched
  int64_t expires_ms = 0;          // when it is taken back by itself, in milliseconds since 1970; 0: never
};

struct HeldShare {
  uint64_t number = 0;  // names it on this device
  ShareId id;
  EntryId entry;
  MailboxId circle;
  std::string friend_label;
  int64_t leaves_ms = 0;   // when, in local milliseconds since 1970
  int64_t expires_ms = 0;  // 0: never
  SharedContent content;
};

struct Answer {
  PersonId person;
  std::string friend_label;
  Hlc at = 0;
  std::string text;
  HeardWish wish = HeardWish::kNone;
  bool own = false;
};

struct ReceivedShare {
  ShareId id;
  MailboxId circle;
  PersonId author;
  std::string friend_label;
  Hlc at = 0;
  int64_t expires_ms = 0;  // from then on it is not shown; 0: no end
  SharedContent content;
};

struct ShareWish {
  EntryId entry;
  MailboxId circle;
  std::optional<VersionId> version;    // nullopt: as it is shown now
  std::optional<std::string> passage;  // nullopt: all of it
  std::string part;  // of a practice's record (practice_cards.h); empty: the part that goes by default
  std::string note;
  bool follow = false;     // not with a passage or a version (kInvalidArgument)
  int64_t hold_ms = 0;     // 0: leaves at once; else limits::kHoldLeast to kHoldMost
  int64_t expires_ms = 0;  // milliseconds since 1970, after the hold; 0: never
};

// Every change is durable when it returns OK; after an error of the store the journal is read again. Codes beside the
// store's: kNotFound, kInvalidArgument, kTooLarge, kNotUtf8.
class Sharing {
 public:
  explicit Sharing(State& state) : state_(state) {}

  // ---- Friends.
  // Pairs, by label; those that were left are not among them. Circles of more than two: membership.h. Reads kept
  // counts, never what they count; one that the disk does not give is 0.
  std::vector<FriendInfo> Friends() const;
  // A friend or a circle of more than two, by label, whole, in any case: whatever can be shared with. kNotFound,
  // kAmbiguous.
  Result<FriendInfo> FindFriend(const std::string& label) const;
  // Likewise by its mailbox.
  Result<FriendInfo> Find(const MailboxId& circle) const;
  Result<> Rename(const MailboxId& circle, const std::string& label);
  Result<> SetVerified(const MailboxId& circle);
  enum class Rest : uint8_t { kBegin, kEnd };
  Result<> SetResting(const MailboxId& circle, Rest rest);
  // Takes back what was shared there, and ends. Nobody is told; the mailbox's sync sends what is left to send and
  // closes this person's lanes.
  Result<> Leave(const MailboxId& circle);

  // ---- The writer's side.
  // Just what would be sent. Changes nothing.
  Result<SharedContent> Preview(const ShareWish& wish) const;
  // Holds it, or releases it at once where the hold is 0. Returns what it is known by.
  struct InOutbox {
    uint64_t number = 0;
    int64_t leaves_ms = 0;
  };
  struct Placed {
    ShareId id;
    std::optional<InOutbox> held;
    SharedContent content;
  };
  Result<Placed> Share(const ShareWish& wish);
  Result<std::vector<HeldShare>> Held() const;  // oldest first
  // No trace of it is left. kNotFound when it has left, or never was there.
  Result<> Cancel(uint64_t number);
  Result<> ReleaseNow(uint64_t number);
  // Releases what is due and takes back what has come to its end; returns how many those were, and when the next one
  // is.
  struct Due {
    std::optional<int64_t> next_ms;  // milliseconds since 1970; nullopt: nothing is held and nothing ends
    size_t released = 0;
    size_t ended = 0;
  };
  Result<Due> ReleaseDue();
  // Called once when the vault is unlocked: what came due while it was locked begins its hold anew.
  Result<> ExtendHolds();
  // Takes back. An entry's share with one friend, or with all (nullopt). Held ones are cancelled. What was known of
  // each before. kNotFound when nothing of it is shared there.
  Result<std::vector<SentShare>> TakeBack(const EntryId& entry, const std::optional<MailboxId>& circle);
  // Who can see what, standing ones and held ones, and of one entry also those that were taken back; nullopt: of all
  // entries.
  Result<std::vector<SentShare>> Audience(const std::optional<EntryId>& entry) const;
  // How many entries have a share that left and was not taken back, and how many shares are held.
  Result<uint64_t> SharedEntries() const;
  Result<uint64_t> HeldCount() const;
  // What friends answered to the shares of an entry, oldest first.
  Result<std::vector<Answer>> AnswersTo(const EntryId& entry) const;
  // Shares with `follow` whose entry has changed are sent anew, under a hold like the first. Called after every change
  // of entries.
  Result<> FollowUp(const EntryId& entry);

  // ---- The friend's side.
  // Newest first; `visit` returns false to stop.
  Result<> Inbox(const std::function<bool(const ReceivedShare&)>& visit) const;
  // By the first hex digits of its id, at least four. kNotFound, kAmbiguous, kInvalidArgument.
  Result<ReceivedShare> Received(std::string_view prefix) const;
  Result<std::vector<Answer>> Answers(const ReceivedShare& share) const;
  // Deliberately tells the writer. Only this makes an answer.
  Result<> Hear(const ReceivedShare& share, const std::string& text, HeardWish wish);

 private:
  State& state_;
};

// Takes back what is shared of an entry with one friend, or with all (nullopt), and drops what is held of it. What was
// known of each before. Errors are those of the store.
Result<std::vector<SentShare>> TakeBackShares(State& state, Transaction& tx, const EntryId& entry,
                                              const std::optional<MailboxId>& circle);

// Takes in operations of a circle; called by intake.h. `author` is the person whose lane it came in. kForgedRecord for
// what the author may not say; nothing of it is taken then.
class ShareIntake {
 public:
  explicit ShareIntake(State& state) : state_(state) {}

  Result<> Take(Transaction& tx, const ShareOp& op, const PersonId& author, const MailboxId& circle,
                const storage::Place& place, const OpId& id);
  Result<> Take(Transaction& tx, const TakeBackOp& op, const PersonId& author, const MailboxId& circle);
  Result<> Take(Transaction& tx, const HeardOp& op, const PersonId& author, const MailboxId& circle,
                const storage::Place& place, const OpId& id);
  // In the self mailbox.
  Result<> Take(Transaction& tx, const FriendOp& op, const OpId& id);
  Result<> Take(Transaction& tx, const ShareNoteOp& op, const OpId& id);
  // A record's words were taken away by its author: what it shared is gone from here too.
  Result<> Pruned(Transaction& tx, const MailboxId& circle, uint32_t lane, uint64_t first, uint64_t last);
  // A friend's lane had this record of ours when it wrote.
  void Seen(Transaction& tx, uint32_t by_lane, uint32_t our_lane, uint64_t seq);

 private:
  // All that this person's devices shared in a circle that was left, before or after they heard of that.
  Result<> TakeBackAll(Transaction& tx, const MailboxId& circle);
  // A record that is about to lose its words no longer shows anything here.
  Result<> Leave(Transaction& tx, const MailboxId& circle, const storage::Lane& lane, uint64_t seq);
  // Likewise for an answer, if it is read there: anybody can put another's words into their own record.
  Result<> LeaveAnswer(Transaction& tx, const PersonId& author, const Bytes& key, const storage::Lane& lane,
                       uint64_t seq);
  Result<> LeaveShare(Transaction& tx, const PersonId& author, const ShareId& share, const storage::Lane& lane,
                      uint64_t seq);

  State& state_;
};

}  // namespace kith
