// What clients read out of opened seals: operations, packs, generations, linking. The first byte chooses. What was read
// must survive being written and read again.
#include "client/wire/introduction.h"
#include "client/wire/link.h"
#include "client/wire/ops.h"
#include "client/wire/pack.h"
#include "client/wire/release.h"
#include "tests/fuzz/target.h"

namespace kith::fuzz {
namespace {

// `decode` gives a Result of a value, `encode` bytes of it. One writing settles the form: a second changes nothing.
template <class Decode, class Encode>
Outcome Settles(ByteView bytes, Decode decode, Encode encode) {
  const auto value = decode(bytes);
  if (!value) return Outcome::kRefused;
  const Bytes once = encode(*value);
  const auto again = decode(once);
  KITH_CHECK(again.has_value());
  KITH_CHECK(encode(*again) == once);
  return Outcome::kAccepted;
}

template <class Message>
Outcome MemberSettles(ByteView bytes) {
  return Settles(bytes, Message::Decode, [](const Message& message) { return message.Encode(); });
}

Outcome OneOp(ByteView bytes) {
  const auto op = DecodeOp(bytes);
  if (op && std::holds_alternative<UnknownOp>(*op)) return Outcome::kRefused;
  return Settles(bytes, DecodeOp, EncodeOp);
}

Outcome Announcement(ByteView payload) {
  const auto view = ParseAnnouncement(payload);
  if (!view) return Outcome::kRefused;
  std::vector<Bytes> boxes;
  for (const ByteView box : view->boxes) boxes.emplace_back(box.begin(), box.end());
  const Bytes written = EncodeBoxes(boxes);
  KITH_CHECK(std::ranges::equal(written, view->boxes_part));
  KITH_CHECK(view->boxes_part.size() + view->sealed.size() == payload.size());
  return Outcome::kAccepted;
}

}  // namespace

KITH_FUZZ_TARGET(messages) {
  if (input.empty()) return Outcome::kRefused;
  const ByteView rest = input.subspan(1);
  switch (input[0] % 16) {
    case 0:
      return OneOp(rest);
    case 1:
      return MemberSettles<PersonOp>(rest);
    case 2:
      return Settles(rest, DecodePack, [](const Pack& pack) { return EncodePack(pack, Compression::kNone); });
    case 3:
      return Settles(rest, DecodeGeneration, EncodeGeneration);
    case 4:
      return MemberSettles<LaneCertificate>(rest);
    case 5:
      return Announcement(rest);
    case 6:
      return MemberSettles<LinkOffer>(rest);
    case 7:
      return MemberSettles<LinkRequest>(rest);
    case 8:
      return MemberSettles<LinkGrant>(rest);
    case 9:
      return MemberSettles<FriendOffer>(rest);
    case 10:
      return MemberSettles<FriendRequest>(rest);
    case 11:
      return MemberSettles<FriendGrant>(rest);
    case 12:
      return MemberSettles<RosterOp>(rest);
    case 13:
      return MemberSettles<EntrustedShare>(rest);
    case 14:
      return MemberSettles<ReleaseRequest>(rest);
    case 15:
      return MemberSettles<ReleaseReply>(rest);
  }
  return Outcome::kRefused;
}

}  // namespace kith::fuzz
