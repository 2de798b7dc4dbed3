// How two people of the world become friends: the messages are carried by hand, one each time.
#include <algorithm>

#include "tests/support/world.h"

namespace kith {
namespace {

constexpr const char* kCode = "cabin-lunar-oak";

bool HasFriend(Machine& machine, const MailboxId& circle) {
  return std::ranges::any_of(machine.journal->sharing().Friends(),
                             [&](const FriendInfo& one) { return one.circle == circle; });
}

}  // namespace

void World::Meet(size_t host, size_t guest, uint32_t nameplate) {
  const PairingContext context{
      .mode = PairingMode::kFriend, .relay_key = HomeOf(machines_[host]).key(), .nameplate = nameplate};
  meeting_.emplace(Meeting{.host = host,
                           .guest = guest,
                           .opener = FriendHost(context, kCode),
                           .joiner = FriendGuest(context, kCode),
                           .message = {},
                           .founded = {}});
}

void World::StartMeeting() {
  if (meeting_ || circle_ || dice_.Below(8) != 0) return;
  const size_t host = dice_.Below(machines_.size());
  const size_t guest = dice_.Below(machines_.size());
  if (machines_[host].person + machines_[guest].person != 1 || Gone(machines_[host]) || Gone(machines_[guest])) return;
  Meet(host, guest, 3);
}

void World::ContinueMeeting() {
  if (!friendly() || circle_) return;
  StartMeeting();
  if (!meeting_ || dice_.Below(3) == 0) return;
  Machine& host = machines_[meeting_->host];
  Machine& guest = machines_[meeting_->guest];
  if (!Start(host) || !Start(guest)) return;
  const bool lost =
      dice_.Chance(weather_.request_lost / 4) || dice_.Chance(weather_.reply_lost / 4) || --meeting_->patience == 0;
  const bool guests_turn = meeting_->stage == 0 || meeting_->stage == 2 || meeting_->stage == 6;
  const auto outcome = lost ? Result<>(Fail(Code::kRelayUnreachable)) : MeetingStage();
  if (meeting_) wiretap_.Passed(meeting_->message);
  if (outcome) return;
  if (outcome.error().code == Code::kStorageFailed) Recover(guests_turn ? guest : host, outcome.error());
  meeting_.reset();
  const bool tolerable = outcome.error().code == Code::kStorageFailed ||
                         outcome.error().code == Code::kRelayUnreachable ||
                         outcome.error().code == Code::kTokenInvalid ||       // another device has the tokens
                         outcome.error().code == Code::kUnknownGeneration ||  // linked, and not in sync yet
                         outcome.error().code == Code::kInvalidArgument;      // of the first attempt, not left yet
  if (!tolerable) Problem(std::string("an introduction fails: ") + CodeName(outcome.error().code));
  LeaveHalves();
}

// A circle that only one side has is left, so that the two can meet again.
void World::LeaveHalves() {
  for (Machine& machine : machines_) {
    if (!Start(machine)) return;
    if (Gone(machine)) continue;
    for (const FriendInfo& one : machine.journal->sharing().Friends()) {
      const bool whole = std::ranges::any_of(machines_, [&](Machine& other) {
        return other.person != machine.person && Start(other) && !Gone(other) && HasFriend(other, one.circle);
      });
      if (whole) {
        circle_ = one.circle;
        continue;
      }
      Count("half a circle left");
      const auto left = machine.journal->sharing().Leave(one.circle);
      if (!left) return Recover(machine, left.error());
    }
  }
}

Result<> World::MeetingStage() {
  Meeting& meeting = *meeting_;
  Machine& host = machines_[meeting.host];
  Machine& guest = machines_[meeting.guest];
  State& hosts = host.journal->state();
  switch (meeting.stage++) {
    case 0: {
      KITH_TRY_ASSIGN(meeting.message, meeting.joiner.Respond(meeting.opener.first_message()));
      return {};
    }
    case 1: {
      KITH_TRY_ASSIGN(meeting.message, meeting.opener.OnAnswer(hosts, meeting.message));
      return {};
    }
    case 2: {
      KITH_TRY_ASSIGN(meeting.message, meeting.joiner.OnOffer(guest.journal->state(), meeting.message));
      return {};
    }
    case 3: {
      KITH_TRY(meeting.opener.OnRequest(hosts, meeting.message));
      KITH_TRY_ASSIGN(meeting.founded, meeting.opener.Accept(hosts, "friend of " + std::to_string(host.person)));
      return {};
    }
    case 4:
      if (!meeting.opener.Created(hosts)) {
        --meeting.stage;
        Exchange(host);
      }
      return {};
    case 5: {
      KITH_TRY_ASSIGN(meeting.message, meeting.opener.Grant(hosts));
      return {};
    }
    case 6: {
      KITH_TRY_ASSIGN(
          const MailboxId joined,
          meeting.joiner.OnGrant(guest.journal->state(), meeting.message, "friend of " + std::to_string(guest.person),
                                 {.address = "relay.test:7787", .key = HomeOf(host).key()}));
      if (joined != *meeting.founded) Problem("the two are in different circles");
      circle_ = joined;
      Count("met");
      return {};
    }
  }
  const auto kept = meeting.opener.OnKept(meeting.joiner.Kept());
  meeting_.reset();
  return kept;
}

bool World::IntroduceNow(Machine& host, Machine& guest) {
  const Weather weather = std::exchange(weather_, Weather::Calm());
  meeting_.reset();
  LeaveHalves();
  Heal();
  size_t hosting = 0;
  size_t visiting = 0;
  while (&machines_[hosting] != &host) ++hosting;
  while (&machines_[visiting] != &guest) ++visiting;
  SetRelay(host);
  Result<> outcome;
  if (!circle_) {
    Meet(hosting, visiting, 5);
    for (int i = 0; meeting_ && outcome && i < 400; ++i) {
      outcome = MeetingStage();
      if (meeting_) wiretap_.Passed(meeting_->message);
    }
  }
  meeting_.reset();
  weather_ = weather;
  if (outcome && circle_) return true;
  Problem(std::string("two people cannot be introduced: ") +
          (outcome ? "no mailbox came about" : std::string(CodeName(outcome.error().code)) + outcome.error().message));
  return false;
}

}  // namespace kith
