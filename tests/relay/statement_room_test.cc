// Who can still change a mailbox's seats once somebody has changed them very often.
#include "server/statement_room.h"

#include <gtest/gtest.h>

#include "relay_client.h"
#include "server/limits.h"

namespace kith::relay_test {
namespace {

using relay::StatementRoom;

SeatStatement By(const Signer& signer, SeatStatement::SignedBy as) {
  return {.mailbox = {}, .number = 2, .prev = {}, .signed_by = as, .signer = signer.public_key(), .changes = {}};
}

TEST(StatementRoom, APlainSeatLeavesRoomForOwnersAndTheseForTheRoot) {
  Owned mailbox;
  const Signer plain = Signer::Generate();
  mailbox.Change(mailbox.seat, SeatStatement::SignedBy::kSeat, {AddSeat{.seat = plain.public_key(), .owner = false}});
  const uint64_t plain_room = StatementRoom(mailbox.table, By(plain, SeatStatement::SignedBy::kSeat));
  const uint64_t owners_room = StatementRoom(mailbox.table, By(mailbox.seat, SeatStatement::SignedBy::kSeat));
  const uint64_t roots_room = StatementRoom(mailbox.table, By(mailbox.root, SeatStatement::SignedBy::kRoot));
  // Each has at least as many left as removing every seat and lane by single statements would take.
  constexpr uint64_t kEnough = 64;
  EXPECT_GE(owners_room, plain_room + kEnough);
  EXPECT_GE(roots_room, owners_room + kEnough);
  EXPECT_EQ(roots_room, relay::limits::kMailboxStatements);
  mailbox.Change(mailbox.seat, SeatStatement::SignedBy::kSeat, {SetOwner{.seat = plain.public_key(), .owner = true}});
  EXPECT_EQ(StatementRoom(mailbox.table, By(plain, SeatStatement::SignedBy::kSeat)), owners_room);
}

}  // namespace
}  // namespace kith::relay_test
