#include "server/statement_room.h"

#include "server/limits.h"

namespace kith::relay {

uint64_t StatementRoom(const SeatTable& before, const SeatStatement& statement) {
  if (statement.signed_by == SeatStatement::SignedBy::kRoot) return limits::kMailboxStatements;
  const auto seat = before.seats().find(statement.signer);
  const bool owner = seat != before.seats().end() && seat->second.owner;
  return owner ? limits::kOwnersStatements : limits::kSeatsStatements;
}

}  // namespace kith::relay
