// The friend's side: what arrived, and answering to it.
#include <algorithm>

#include "client/core/limits.h"
#include "client/core/sharing_parts.h"
#include "crypto/base/hex.h"

namespace kith {
namespace {

using storage::KnownShare;

struct Found {
  MailboxId circle;
  PersonId author;
  ShareId id;
  KnownShare known;
  Hlc at = 0;  // of what is shown of it
  int64_t expires_ms = 0;
};

// What can be read of another's share: the newest copy that counts, unless its end has come by this device's clock.
const KnownShare::Copy* Readable(const State& state, const MailboxId& circle, const PersonId& author,
                                 const KnownShare& known) {
  const auto* shown = known.Shown(sharing::ShownOf(state, circle, author));
  const bool over = shown != nullptr && shown->expires_ms != 0 && state.clock.NowMillis() >= shown->expires_ms;
  return over ? nullptr : shown;
}

// Shares of others that stand, from friends who were not left.
Result<std::vector<Found>> ReadReceived(const State& state) {
  std::vector<Found> found;
  Result<> outcome;
  const Bytes prefix = storage::Key(storage::Prefix::kKnownShare);
  KITH_TRY(
      state.store.Scan(prefix, storage::After(prefix), Store::Order::kAscending, [&](ByteView key, ByteView value) {
        Reader reader(key.subspan(1));
        Found share{.circle = MailboxId{reader.Array<MailboxId::kSize>()},
                    .author = PersonId{reader.Array<PersonId::kSize>()},
                    .id = ShareId{reader.Array<ShareId::kSize>()},
                    .known = {},
                    .at = 0,
                    .expires_ms = 0};
        if (share.author == state.identity.person || !sharing::ActiveFriend(state, share.circle)) return true;
        auto known = KnownShare::Decode(value);
        if (!known || !reader.Done()) {
          outcome = known ? Result<>(Fail(Code::kVaultDamaged, "A share's key has a wrong length.")) : known.error();
          return false;
        }
        share.known = *std::move(known);
        const auto* shown = Readable(state, share.circle, share.author, share.known);
        if (shown == nullptr) return true;
        share.at = shown->hlc;
        share.expires_ms = shown->expires_ms;
        found.push_back(std::move(share));
        return true;
      }));
  KITH_TRY(outcome);
  return found;
}

Result<ReceivedShare> Show(State& state, const Found& found) {
  const Transaction tx(state.store);
  KITH_TRY_ASSIGN(auto content, sharing::ReadShared(state, tx, found.known));
  if (!content) return Fail(Code::kNotFound, "This share is not here any more.");
  return ReceivedShare{.id = found.id,
                       .circle = found.circle,
                       .author = found.author,
                       .friend_label = sharing::NameIn(state, found.circle, found.author),
                       .at = found.at,
                       .expires_ms = found.expires_ms,
                       .content = *std::move(content)};
}

Result<std::string> CheckPrefix(std::string_view prefix) {
  constexpr size_t kShortest = 4;
  std::string digits(prefix);
  for (char& c : digits) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  if (digits.size() < kShortest || digits.size() > 2 * ShareId::kSize ||
      digits.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return Fail(Code::kInvalidArgument,
                "What a friend shared is named by the first digits of its id, at least four. `kith inbox` shows them.");
  }
  return digits;
}

}  // namespace

uint64_t sharing::CountReceived(const State& state, const FriendOp& known) {
  const bool ends = std::ranges::any_of(state.lanes.all(), [&](const storage::Lane& lane) {
    return lane.mailbox == known.circle && state.lane_ends.EndOf(state, lane.number);
  });
  const auto with_end = storage::ReadCount(Transaction(state.store), storage::EndingKey(known.circle));
  if (!ends && with_end.value_or(0) == 0 && known.IsPair())
    return storage::ReadCount(Transaction(state.store), storage::StandingKey(known.circle, known.person)).value_or(0);
  const auto found = ReadReceived(state);
  return !found ? 0 : static_cast<uint64_t>(std::ranges::count(*found, known.circle, &Found::circle));
}

Result<> Sharing::Inbox(const std::function<bool(const ReceivedShare&)>& visit) const {
  KITH_TRY_ASSIGN(auto found, ReadReceived(state_));
  std::ranges::sort(found, std::greater(), [](const Found& share) { return std::pair(share.at, share.id); });
  for (const Found& share : found) {
    KITH_TRY_ASSIGN(const ReceivedShare shown, Show(state_, share));
    if (!visit(shown)) break;
  }
  return {};
}

Result<ReceivedShare> Sharing::Received(std::string_view prefix) const {
  KITH_TRY_ASSIGN(const std::string digits, CheckPrefix(prefix));
  KITH_TRY_ASSIGN(auto found, ReadReceived(state_));
  std::erase_if(found, [&](const Found& share) { return !Hex(share.id.view()).starts_with(digits); });
  if (found.empty()) {
    return Fail(Code::kNotFound,
                "Nothing like this was shared with you, or it was taken back. `kith inbox` shows what is.");
  }
  if (found.size() > 1) return Fail(Code::kAmbiguous, "More than one share's id begins so. Give more digits.");
  return Show(state_, found.front());
}

Result<std::vector<Answer>> Sharing::Answers(const ReceivedShare& share) const {
  KITH_TRY_ASSIGN(const auto kept, storage::ReadAnswers(state_.store, share.circle, share.author, share.id));
  std::vector<Answer> answers;
  for (const storage::KeptAnswer& answer : kept) {
    const bool own = answer.person == state_.identity.person;
    if (!sharing::Counts(state_, answer.place) || !(own || sharing::Heard(state_, share.circle, answer.person)))
      continue;
    answers.push_back({.person = answer.person,
                       .friend_label = own ? std::string() : sharing::NameIn(state_, share.circle, answer.person),
                       .at = answer.op.hlc,
                       .text = answer.op.text,
                       .wish = answer.op.wish,
                       .own = own});
  }
  return answers;
}

Result<> Sharing::Hear(const ReceivedShare& share, const std::string& text, HeardWish wish) {
  KITH_TRY(CheckHeard(text));
  KITH_TRY(sharing::ActiveFriend(state_, share.circle));
  KITH_TRY_ASSIGN(Mailbox * circle, sharing::CircleOf(state_, share.circle));
  Transaction tx(state_.store);
  KITH_TRY_ASSIGN(const auto known,
                  storage::ReadKnown(tx, storage::KnownShareKey(share.circle, share.author, share.id)));
  if (!known || Readable(state_, share.circle, share.author, *known) == nullptr ||
      share.author == state_.identity.person) {
    return Fail(Code::kNotFound, "This was taken back, or was never shared with you. `kith inbox` shows what is.");
  }
  const Bytes count = storage::AnswerCountKey(share.circle, share.author, share.id, state_.identity.person);
  KITH_TRY_ASSIGN(const uint64_t answers, storage::ReadCount(tx, count));
  if (answers >= limits::kHeardPerShare) {
    return Fail(Code::kTooLarge, "You have answered this 1,000 times. No more answers can be given.");
  }
  KITH_TRY(sharing::Say(
      state_, tx, *circle,
      HeardOp{.share = share.id, .author = share.author, .hlc = state_.NextHlc(), .text = text, .wish = wish}));
  return state_.Commit(tx);
}

}  // namespace kith
