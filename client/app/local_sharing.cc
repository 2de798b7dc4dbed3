// Sharing entries, and what friends shared.
#include <algorithm>

#include "client/app/entry_dates.h"
#include "client/app/local_use.h"
#include "client/core/limits.h"
#include "client/core/quiet.h"
#include "client/model/text.h"

namespace kith {
namespace {

void WriteCopy(const SharedContent& content, v1::SharedCopy* to) {
  to->set_kind(content.kind);
  to->set_title(content.title);
  to->set_text(content.text);
  WriteDate(content.date, to->mutable_date());
  to->set_note(content.note);
  to->set_passage(content.passage);
}

v1::Audience::Reach ReachOf(Reach reach) {
  switch (reach) {
    case Reach::kHeld:
      return v1::Audience::HELD;
    case Reach::kWaiting:
      return v1::Audience::WAITING;
    case Reach::kUnknown:
      return v1::Audience::UNKNOWN;
    case Reach::kFetched:
      return v1::Audience::FETCHED;
    case Reach::kTakenBack:
      return v1::Audience::TAKEN_BACK;
  }
  return v1::Audience::UNKNOWN;
}

Result<> WriteAudience(const Journal& journal, const SentShare& share, v1::Audience* to) {
  to->set_entry(FormatEntryId(share.entry));
  to->set_friend_(share.friend_label);
  to->set_reach(ReachOf(share.reach));
  to->set_before(ReachOf(share.before));
  to->set_passage(share.passage);
  to->set_follow(share.follow);
  to->set_shared(WrittenAt(share.shared));
  to->set_expires(static_cast<uint64_t>(share.expires_ms));
  const auto shown = journal.Show(share.entry);
  if (shown) {
    *to->mutable_summary() = SummaryOf(Summarize(share.entry, shown->view));
  } else if (shown.error().code != Code::kNotFound && shown.error().code != Code::kShredded) {
    return shown.error();
  }
  return {};
}

void WriteAnswer(const Answer& answer, v1::AnswerInfo* to) {
  if (!answer.own) to->set_friend_(answer.friend_label);
  to->set_at(WrittenAt(answer.at));
  to->set_text(answer.text);
  switch (answer.wish) {
    case HeardWish::kNone:
      to->set_wish(v1::AnswerInfo::NONE);
      break;
    case HeardWish::kCall:
      to->set_wish(v1::AnswerInfo::CALL);
      break;
    case HeardWish::kRest:
      to->set_wish(v1::AnswerInfo::REST);
      break;
  }
}

Result<HeardWish> WishOf(v1::AnswerInfo::Wish wish) {
  if (wish == v1::AnswerInfo::NONE) return HeardWish::kNone;
  if (wish == v1::AnswerInfo::CALL) return HeardWish::kCall;
  if (wish == v1::AnswerInfo::REST) return HeardWish::kRest;
  return Fail(Code::kInvalidArgument, "An answer can wish for a call, for rest, or for nothing.");
}

void WriteHeld(const HeldShare& held, v1::OutboxItem* to) {
  to->set_number(held.number);
  to->set_entry(FormatEntryId(held.entry));
  to->set_friend_(held.friend_label);
  to->set_leaves(static_cast<uint64_t>(held.leaves_ms));
  to->set_expires(static_cast<uint64_t>(held.expires_ms));
  WriteCopy(held.content, to->mutable_copy());
}

Result<HeldShare> FindHeld(Journal& journal, uint64_t number) {
  KITH_TRY_ASSIGN(std::vector<HeldShare> held, journal.sharing().Held());
  const auto found = std::ranges::find(held, number, &HeldShare::number);
  if (found == held.end()) {
    return Fail(Code::kNotFound, "Nothing is held under this number. `kith outbox list` shows what is.");
  }
  return std::move(*found);
}

Result<ShareWish> WishOf(Journal& journal, const v1::ShareRequest& request, int64_t now_ms, std::string* friend_label) {
  KITH_TRY_ASSIGN(const EntryId entry, journal.Resolve(request.entry()));
  KITH_TRY_ASSIGN(const FriendInfo with, journal.sharing().FindFriend(request.friend_()));
  *friend_label = with.label;
  ShareWish wish{.entry = entry,
                 .circle = with.circle,
                 .version = {},
                 .passage = {},
                 .note = request.note(),
                 .follow = request.follow(),
                 .hold_ms = request.has_hold_seconds() ? int64_t{request.hold_seconds()} * 1'000 : limits::kHoldMillis};
  if (!request.version().empty()) {
    KITH_TRY_ASSIGN(wish.version, VersionOf(request.version()));
  }
  if (request.has_passage()) wish.passage = request.passage();
  wish.part = request.part();
  KITH_TRY_ASSIGN(wish.expires_ms, ExpiryFor(request.expires(), now_ms));
  return wish;
}

Result<> Share(Journal& journal, const v1::ShareRequest& request, int64_t now_ms, v1::ShareReply* reply) {
  KITH_TRY_ASSIGN(const ShareWish wish, WishOf(journal, request, now_ms, reply->mutable_friend_()));
  if (request.preview()) {
    KITH_TRY_ASSIGN(const SharedContent copy, journal.sharing().Preview(wish));
    WriteCopy(copy, reply->mutable_copy());
    return {};
  }
  KITH_TRY_ASSIGN(const Sharing::Placed placed, journal.sharing().Share(wish));
  WriteCopy(placed.content, reply->mutable_copy());
  if (!placed.held) return {};
  reply->set_held(placed.held->number);
  reply->set_leaves(static_cast<uint64_t>(placed.held->leaves_ms));
  return {};
}

// An item of the outbox as it was, and what is to happen to it.
template <class Do>
Result<> WithHeld(Unlocked& unlocked, uint64_t number, v1::OutboxItem* reply, Do use) {
  return unlocked.vault->Share([&](Journal& journal) -> Result<> {
    KITH_TRY_ASSIGN(const HeldShare held, FindHeld(journal, number));
    KITH_TRY(use(journal));
    WriteHeld(held, reply);
    return {};
  });
}

// What a friend of that name let this person see, or the one item whose id begins so.
Result<std::vector<ShareId>> SharesNamed(Journal& journal, const std::string& name) {
  const auto by_name = journal.sharing().FindFriend(name);
  if (!by_name) {
    if (by_name.error().code == Code::kAmbiguous) return by_name.error();
    KITH_TRY_ASSIGN(const ReceivedShare share, journal.sharing().Received(name));
    return std::vector{share.id};
  }
  std::vector<ShareId> shares;
  KITH_TRY(journal.sharing().Inbox([&](const ReceivedShare& share) {
    if (share.circle == by_name->circle) shares.push_back(share.id);
    return true;
  }));
  if (shares.empty()) return Fail(Code::kNotFound, "Nothing of theirs is here. `kith inbox` shows what is.");
  return shares;
}

v1::InboxItem ItemOf(const ReceivedShare& share) {
  v1::InboxItem item;
  item.set_id(Hex(share.id.view()));
  item.set_friend_(share.friend_label);
  item.set_at(WrittenAt(share.at));
  item.set_expires(static_cast<uint64_t>(share.expires_ms));
  WriteCopy(share.content, item.mutable_copy());
  return item;
}

}  // namespace

grpc::Status LocalService::Share(grpc::ServerContext*, const v1::ShareRequest* request, v1::ShareReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    const int64_t now = unlocked.vault->clock().NowMillis();
    KITH_TRY(unlocked.vault->Share([&](Journal& journal) { return kith::Share(journal, *request, now, reply); }));
    if (request->preview()) return {};
    unlocked.holds.Poke();
    unlocked.loops.Poke();
    return {};
  }));
}

grpc::Status LocalService::OutboxList(grpc::ServerContext*, const v1::OutboxListRequest*, v1::OutboxListReply* reply) {
  return StatusOf(WithJournal([&](Journal& journal) -> Result<> {
    KITH_TRY_ASSIGN(const std::vector<HeldShare> all, journal.sharing().Held());
    for (const HeldShare& held : all) WriteHeld(held, reply->add_items());
    return {};
  }));
}

grpc::Status LocalService::OutboxCancel(grpc::ServerContext*, const v1::OutboxItemRequest* request,
                                        v1::OutboxItem* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) {
    return WithHeld(unlocked, request->number(), reply,
                    [&](Journal& journal) { return journal.sharing().Cancel(request->number()); });
  }));
}

grpc::Status LocalService::OutboxNow(grpc::ServerContext*, const v1::OutboxItemRequest* request,
                                     v1::OutboxItem* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY(WithHeld(unlocked, request->number(), reply,
                      [&](Journal& journal) { return journal.sharing().ReleaseNow(request->number()); }));
    unlocked.loops.Poke();
    return {};
  }));
}

grpc::Status LocalService::Unshare(grpc::ServerContext*, const v1::UnshareRequest* request, v1::UnshareReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY(unlocked.vault->Share([&](Journal& journal) -> Result<> {
      KITH_TRY_ASSIGN(const EntryId entry, journal.Resolve(request->entry()));
      std::optional<MailboxId> circle;
      if (!request->friend_().empty()) {
        KITH_TRY_ASSIGN(const FriendInfo with, journal.sharing().FindFriend(request->friend_()));
        circle = with.circle;
      }
      KITH_TRY_ASSIGN(const std::vector<SentShare> taken_back, journal.sharing().TakeBack(entry, circle));
      for (const SentShare& share : taken_back) KITH_TRY(WriteAudience(journal, share, reply->add_taken_back()));
      return {};
    }));
    unlocked.loops.Poke();
    return {};
  }));
}

grpc::Status LocalService::Shred(grpc::ServerContext*, const v1::EntryRequest* request, v1::ShredReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY(unlocked.vault->Share([&](Journal& journal) -> Result<> {
      KITH_TRY_ASSIGN(const EntryId entry, journal.Resolve(request->entry()));
      KITH_TRY_ASSIGN(const ShredOutcome outcome, journal.Shred(entry));
      reply->set_entry(FormatEntryId(entry));
      reply->set_versions(outcome.versions);
      for (const SentShare& share : outcome.taken_back)
        KITH_TRY(WriteAudience(journal, share, reply->add_taken_back()));
      for (const std::string& label : outcome.waiting_for) reply->add_waiting_for(label);
      reply->set_relay_keeps(outcome.relay_keeps);
      return {};
    }));
    unlocked.loops.Poke();
    const Result<> gone = unlocked.vault->With([](Journal& journal) { return journal.CompactIfDue(); });
    if (gone) return {};
    return Fail(gone.error().code, "The entry is shredded, but the disk did not let go of its old words (" +
                                       gone.error().message + ") It is tried again by itself; look at `kith status`.");
  }));
}

grpc::Status LocalService::Who(grpc::ServerContext*, const v1::WhoRequest* request, v1::WhoReply* reply) {
  return StatusOf(WithJournal([&](Journal& journal) -> Result<> {
    std::optional<EntryId> entry;
    if (!request->entry().empty()) {
      KITH_TRY_ASSIGN(entry, journal.Resolve(request->entry()));
      KITH_TRY_ASSIGN(const std::vector<Answer> answers, journal.sharing().AnswersTo(*entry));
      for (const Answer& answer : answers) WriteAnswer(answer, reply->add_answers());
    }
    KITH_TRY_ASSIGN(const std::vector<SentShare> audience, journal.sharing().Audience(entry));
    for (const SentShare& share : audience) KITH_TRY(WriteAudience(journal, share, reply->add_audience()));
    reply->set_devices(static_cast<uint32_t>(std::ranges::count(journal.Devices(), false, &DeviceInfo::revoked)));
    return {};
  }));
}

grpc::Status LocalService::Inbox(grpc::ServerContext*, const v1::InboxRequest* request,
                                 grpc::ServerWriter<v1::InboxItem>* writer) {
  // Gathered first: a caller that reads slowly must hold neither the journal nor the lock on it.
  std::vector<v1::InboxItem> found;
  const Result<> listed = WithJournal([&](Journal& journal) -> Result<> {
    std::optional<MailboxId> circle;
    if (!request->friend_().empty()) {
      KITH_TRY_ASSIGN(const FriendInfo from, journal.sharing().FindFriend(request->friend_()));
      circle = from.circle;
    }
    KITH_TRY_ASSIGN(const Declined declined, DeclinedShares(journal.state()));
    KITH_TRY_ASSIGN(const Quiet quiet, QuietOf(journal.state()));
    return journal.sharing().Inbox([&](const ReceivedShare& share) {
      if (circle ? share.circle != *circle : !request->quiet() && quiet.CoversFriend(share.author)) return true;
      if (declined.contains(share.id) != request->declined()) return true;
      found.push_back(ItemOf(share));
      found.back().set_declined(request->declined());
      if (request->declined()) {
        found.back().clear_copy();
      } else {
        found.back().mutable_copy()->set_text(FirstLine(share.content.text));
      }
      return request->limit() == 0 || found.size() < request->limit();
    });
  });
  for (const v1::InboxItem& item : found) {
    if (!listed || !writer->Write(item)) break;
  }
  return StatusOf(listed);
}

grpc::Status LocalService::InboxShow(grpc::ServerContext*, const v1::InboxShowRequest* request, v1::InboxItem* reply) {
  return StatusOf(WithJournal([&](Journal& journal) -> Result<> {
    KITH_TRY_ASSIGN(const ReceivedShare share, journal.sharing().Received(request->item()));
    KITH_TRY_ASSIGN(const std::vector<Answer> answers, journal.sharing().Answers(share));
    KITH_TRY_ASSIGN(const Declined declined, DeclinedShares(journal.state()));
    *reply = ItemOf(share);
    reply->set_declined(declined.contains(share.id));
    if (reply->declined() && !request->declined()) {
      reply->clear_copy();
      return {};
    }
    for (const Answer& answer : answers) WriteAnswer(answer, reply->add_answers());
    return {};
  }));
}

grpc::Status LocalService::InboxDecline(grpc::ServerContext*, const v1::InboxDeclineRequest* request,
                                        v1::InboxDeclineReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY_ASSIGN(const EntryDate date, DateFor({}, {}, unlocked.vault->clock().NowMillis()));
    KITH_TRY(unlocked.vault->With([&](Journal& journal) -> Result<> {
      KITH_TRY_ASSIGN(const std::vector<ShareId> shares, SharesNamed(journal, request->item()));
      for (const ShareId& share : shares) {
        KITH_TRY(request->take_up() ? TakeUp(journal, share) : Decline(journal, share, date));
        reply->add_items(Hex(share.view()));
      }
      return {};
    }));
    unlocked.loops.own().Poke();
    return {};
  }));
}

grpc::Status LocalService::Heard(grpc::ServerContext*, const v1::HeardRequest* request, v1::HeardReply*) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY_ASSIGN(const HeardWish wish, WishOf(request->wish()));
    KITH_TRY(unlocked.vault->Share([&](Journal& journal) -> Result<> {
      KITH_TRY_ASSIGN(const ReceivedShare share, journal.sharing().Received(request->item()));
      return journal.sharing().Hear(share, request->text(), wish);
    }));
    unlocked.loops.Poke();
    return {};
  }));
}

// What the state of the vault tells of friends. An error of the disk leaves out what it concerns: the state is told
// however it is.
void LocalService::WriteAudienceState(Unlocked& unlocked, v1::StatusReply* reply) {
  std::vector<FriendInfo> friends;
  unlocked.vault->With([&](Journal& journal) {
    friends = journal.sharing().Friends();
    if (const auto held = journal.sharing().HeldCount()) reply->set_held(*held);
    if (const auto shared = journal.sharing().SharedEntries()) reply->set_shared_entries(*shared);
  });
  for (const FriendInfo& known : friends) WriteFriend(known, unlocked.loops, reply->add_friends());
}

}  // namespace kith
