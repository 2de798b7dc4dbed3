#include "client/wire/friend_ops.h"

#include <google/protobuf/unknown_field_set.h>

#include "client/model/text.h"
#include "client/wire/proto_fields.h"
#include "kith/v1/sealed.pb.h"

namespace kith {

using wire::Malformed;
using wire::ReadId;
using wire::ReadIds;
using wire::Text;

namespace wire {

void WriteFriend(const FriendOp& op, v1::Friend* to) {
  to->set_hlc(op.hlc);
  to->set_circle(Text(op.circle));
  to->set_person(Text(op.person));
  to->set_label(op.label);
  to->set_state(static_cast<v1::Friend::State>(op.state));
  to->set_verified(op.verified);
  if (!op.roster.IsZero()) to->set_roster(Text(op.roster));
}

void WriteShareNote(const ShareNoteOp& op, v1::ShareNote* to) {
  to->set_hlc(op.hlc);
  to->set_share(Text(op.share));
  to->set_circle(Text(op.circle));
  to->set_entry(Text(op.entry));
  for (const VersionId& version : op.versions) to->add_versions(Text(version));
  to->set_part(static_cast<v1::ShareNote::Part>(op.part));
  to->set_follow(op.follow);
  to->set_taken_back(op.taken_back);
  to->set_shared(op.shared);
  to->set_hold(op.hold_ms);
  to->set_expires(static_cast<uint64_t>(op.expires_ms));
}

// Unknown fields live as their own serialized bytes: appended to a message they are read as the same fields.
void WriteShare(const ShareOp& op, v1::Share* to) {
  if (!op.content.unknown.empty()) to->ParsePartialFromString(op.content.unknown);
  to->set_share(Text(op.share));
  to->set_hlc(op.hlc);
  to->set_kind(op.content.kind);
  to->set_title(op.content.title);
  to->set_text(op.content.text);
  v1::Date* date = to->mutable_date();
  date->set_year(op.content.date.year);
  date->set_month(op.content.date.month);
  date->set_day(op.content.date.day);
  date->set_day_only(true);
  to->set_note(op.content.note);
  to->set_passage(op.content.passage);
  to->set_expires(static_cast<uint64_t>(op.expires_ms));
}

void WriteTakeBack(const TakeBackOp& op, v1::TakeBack* to) {
  to->set_share(Text(op.share));
  to->set_hlc(op.hlc);
}

void WriteHeard(const HeardOp& op, v1::Heard* to) {
  to->set_share(Text(op.share));
  to->set_author(Text(op.author));
  to->set_hlc(op.hlc);
  to->set_text(op.text);
  to->set_wish(static_cast<v1::Heard::Wish>(op.wish));
}

Result<Op> ReadFriend(const v1::Friend& in) {
  FriendOp op{.hlc = in.hlc(), .label = in.label(), .verified = in.verified()};
  KITH_TRY(ReadId(in.circle(), op.circle));
  KITH_TRY(ReadId(in.person(), op.person));
  if (op.label.size() > kMaxFriendLabel || in.state() > v1::Friend::LEFT || in.state() < v1::Friend::ACTIVE) {
    return Malformed();
  }
  op.state = static_cast<FriendState>(in.state());
  if (!in.roster().empty()) KITH_TRY(ReadId(in.roster(), op.roster));
  // Either a person or a circle.
  if (op.person.IsZero() == op.roster.IsZero()) return Malformed();
  return Op(std::move(op));
}

Result<Op> ReadShareNote(const v1::ShareNote& in) {
  ShareNoteOp op{.hlc = in.hlc(),
                 .follow = in.follow(),
                 .taken_back = in.taken_back(),
                 .shared = in.shared(),
                 .hold_ms = in.hold(),
                 .expires_ms = static_cast<int64_t>(in.expires())};
  KITH_TRY(ReadId(in.share(), op.share));
  KITH_TRY(ReadId(in.circle(), op.circle));
  KITH_TRY(ReadId(in.entry(), op.entry));
  KITH_TRY(ReadIds(in.versions(), op.versions));
  if (in.part() > v1::ShareNote::PASSAGE || in.part() < v1::ShareNote::WHOLE || op.expires_ms < 0) return Malformed();
  op.part = static_cast<SharePart>(in.part());
  return Op(std::move(op));
}

Result<Op> ReadShare(v1::Share& in) {
  ShareOp op{.hlc = in.hlc(), .content = {}, .expires_ms = static_cast<int64_t>(in.expires())};
  KITH_TRY(ReadId(in.share(), op.share));
  const v1::Date& date = in.date();
  if (in.text().size() > kMaxText) return Fail(Code::kTooLarge, "a shared text is over the limit");
  if (in.title().size() > kMaxTitle || in.kind().size() > kMaxKind || in.note().size() > kMaxNote || date.month() < 1 ||
      date.month() > 12 || date.day() < 1 || date.day() > 31 || date.year() < 1 || date.year() > 9999 ||
      op.expires_ms < 0) {
    return Malformed();
  }
  op.content.kind = std::move(*in.mutable_kind());
  op.content.title = std::move(*in.mutable_title());
  op.content.text = std::move(*in.mutable_text());
  op.content.note = std::move(*in.mutable_note());
  op.content.passage = in.passage();
  op.content.date = {.year = date.year(),
                     .month = static_cast<uint8_t>(date.month()),
                     .day = static_cast<uint8_t>(date.day()),
                     .day_only = true,
                     .zone = {}};
  const auto& unknown = in.GetReflection()->GetUnknownFields(in);
  if (!unknown.empty()) unknown.SerializeToString(&op.content.unknown);
  return Op(std::move(op));
}

Result<Op> ReadTakeBack(const v1::TakeBack& in) {
  TakeBackOp op{.hlc = in.hlc()};
  KITH_TRY(ReadId(in.share(), op.share));
  return Op(op);
}

Result<Op> ReadHeard(v1::Heard& in) {
  HeardOp op{.hlc = in.hlc(), .text = std::move(*in.mutable_text())};
  KITH_TRY(ReadId(in.share(), op.share));
  KITH_TRY(ReadId(in.author(), op.author));
  // A wish of a newer client is shown as none.
  if (in.wish() == v1::Heard::CALL || in.wish() == v1::Heard::REST) op.wish = static_cast<HeardWish>(in.wish());
  KITH_TRY(CheckHeard(op.text));
  return Op(std::move(op));
}

}  // namespace wire

}  // namespace kith
