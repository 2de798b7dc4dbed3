// What a relay lacks of a mailbox's records, in the order in which it may have them.
#pragma once

#include "client/core/state.h"

namespace kith {

// The last record of a lane, whose ever it is, that may be sent to its relay; 0: none. Nothing of a lane that came in
// two versions, of which the relay has the other one; nor of one that is not listed, since a restored relay has
// forgotten it: it is refused until its own people list it again. Nothing without its words before a prune says who
// took them away: whoever read it then would think that the relay did.
Result<uint64_t> LastToSend(const State& state, const storage::Lane& lane);

// The next records of any lane that the relay has not acknowledged in this epoch, up to about `max_bytes` of them and
// one at least. Each comes after those that it cites: at no moment does the relay have a record without what its
// author had seen, so nobody who reads while others refill takes that for holding back. Errors are those of the store.
Result<std::vector<SignedRecord>> TakeUnacknowledged(State& state, const MailboxId& mailbox, size_t max_bytes);

}  // namespace kith
