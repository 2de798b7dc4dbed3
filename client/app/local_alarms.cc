// What relays were found to do, in words for people; and the words by which two devices compare what they have.
#include "client/app/local_use.h"
#include "client/core/lane_ends.h"

namespace kith {
namespace {

struct Subject {
  std::string where;   // as AlarmInfo.where
  std::string device;  // as AlarmInfo.device
  std::string whose;   // the same in a sentence
  bool circle = false;
  bool lost_for_good = false;
};

Subject SubjectOf(Journal& journal, const Alarm& alarm) {
  const State& state = journal.state();
  Subject subject{.where = "your own relay", .device = {}, .whose = "one of your devices"};
  if (const auto known = state.friends.find(alarm.mailbox); known != state.friends.end()) {
    subject.circle = true;
    subject.where = known->second.label;
    subject.whose = "a device of yours or of " + known->second.label;
  }
  const storage::Lane* lane = journal.state().lanes.Find(alarm.lane);
  if (lane == nullptr) return subject;
  subject.lost_for_good = LostForGood(state, *lane);
  const auto label = state.labels.find(lane->seed ? state.device->public_key() : lane->device);
  if (label != state.labels.end()) {
    subject.device = label->second.second;
    subject.whose = "your device \"" + label->second.second + "\"";
  } else if (!lane->person.IsZero() && lane->person != state.identity.person) {
    subject.whose = "a device of " + subject.where;
  }
  return subject;
}

constexpr char kKeeper[] = "Ask the relay's keeper. If it stays so, move to another relay with `kith relay set`.";

struct Explanation {
  std::string message;
  std::string advice;
};

Explanation OfRecords(Code code, const Subject& subject) {
  if (code == Code::kGap)
    return {"The relay left out a record of " + subject.whose +
                ". What came after it waits, so newer words may be missing here. Nothing that is here is lost.",
            "Let that device sync. " + std::string(kKeeper)};
  if (code == Code::kWithheld)
    return {"The relay does not hand over records of " + subject.whose +
                " that another device has had from it. There is something newer than what you see here.",
            "Let your other devices sync: after a relay was put back from an older copy, they bring back what it lost. "
            "If it stays so, the relay holds something back: compare with `kith sync --check`, and ask its keeper."};
  if (code == Code::kEquivocation)
    return {"There are two different records at one place in what " + subject.whose +
                " wrote. Its vault was copied and both copies were used, or somebody has its keys, or the relay shows "
                "your devices different things. What was here first stays, and a proof is kept.",
            "If you copied or restored that device, let both copies sync, then dismiss this with `kith status "
            "--dismiss`. If not, take the device out with `kith devices revoke`, or talk to your friend if it is "
            "theirs."};
  if (subject.lost_for_good)
    return {"The relay lost what " + subject.whose +
                " had written. That device was taken out since, so nobody can send it again. What had arrived here "
                "stays here; other devices of yours may lack it.",
            "Ask the relay's keeper whether an older copy was put back. Write down what matters to you of it: an entry "
            "of your own goes to all your devices."};
  return {
      "The relay served less than it had before: an older copy of its data was put back, or it hid something. "
      "Nothing here was lost or changed, and what was missing there is sent again.",
      "Ask the relay's keeper whether an older copy was put back. If not, do not rely on this relay."};
}

Explanation Explain(Code code, const Subject& subject) {
  if (code == Code::kRelayWiped)
    return {
        "The relay was set up anew and no longer has what is kept here. Nothing here is lost.",
        subject.circle
            ? "Whoever of you keeps it asks its keeper for an invite and uses `kith relay set INVITE`: everything is "
              "sent again."
            : "Ask its keeper for an invite and use `kith relay set INVITE`: everything is sent again."};
  if (code == Code::kRelayForeign)
    return {"Another relay answers at this address. Nothing was sent to it.",
            "If the keeper set it up anew, ask for a new invite and use `kith relay set`. If not, somebody may stand "
            "between you and the relay."};
  return OfRecords(code, subject);
}

}  // namespace

void WriteAlarms(Journal& journal, v1::StatusReply* reply) {
  for (const Alarm& alarm : journal.Alarms()) {
    v1::AlarmInfo* to = reply->add_alarms();
    const Subject subject = SubjectOf(journal, alarm);
    to->set_code(CodeName(alarm.code));
    to->set_where(subject.where);
    to->set_device(subject.device);
    to->set_since(alarm.since_ms);
    to->set_past(alarm.past);
    Explanation text = Explain(alarm.code, subject);
    to->set_message(std::move(text.message));
    to->set_advice(std::move(text.advice));
  }
  reply->set_refused(journal.state().refused);
}

grpc::Status LocalService::CheckWords(grpc::ServerContext*, const v1::CheckWordsRequest* request,
                                      v1::CheckWordsReply* reply) {
  return StatusOf(WithJournal([&](Journal& journal) -> Result<> {
    MailboxId mailbox = journal.mailbox();
    if (!request->friend_().empty()) {
      KITH_TRY_ASSIGN(const FriendInfo known, journal.sharing().FindFriend(request->friend_()));
      mailbox = known.circle;
    }
    KITH_TRY_ASSIGN(const std::vector<std::string> words, journal.CheckWords(mailbox));
    for (const std::string& word : words) reply->add_words(word);
    return {};
  }));
}

grpc::Status LocalService::DismissAlarms(grpc::ServerContext*, const v1::DismissAlarmsRequest*,
                                         v1::DismissAlarmsReply* reply) {
  return StatusOf(WithJournal([&](Journal& journal) -> Result<> {
    const size_t before = journal.Alarms().size();
    KITH_TRY(journal.DismissAlarms());
    reply->set_dismissed(before - journal.Alarms().size());
    return {};
  }));
}

}  // namespace kith
