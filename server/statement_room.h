// How many statements about its seats a mailbox has room for, by whose they are.
#pragma once

#include <cstdint>

#include "crypto/verify/seats.h"

namespace kith::relay {

// Up to which number a statement is taken, in a mailbox whose seats were `before`. What the others may not use up is
// kept for owners, who may have to remove whoever did, and the last for the root, which takes back what was done with
// an owner's stolen key. A statement keeps its number, so a refill is judged as it was the first time.
uint64_t StatementRoom(const SeatTable& before, const SeatStatement& statement);

}  // namespace kith::relay
