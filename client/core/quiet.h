// What lists leave out, as this journal's own entries say it, and what a friend let this person see and they declined.
#pragma once

#include <map>

#include "client/core/journal.h"
#include "client/model/quiet.h"

namespace kith {

Result<Quiet> QuietOf(State& state);

// Of what friends shared: which this person declined, and the entries that say so. One may be declined on two devices
// at once.
using Declined = std::multimap<ShareId, EntryId>;
Result<Declined> DeclinedShares(State& state);
// Nothing of it reaches whoever shared it. One that is declined already changes nothing. Errors of Journal::Write.
Result<> Decline(Journal& journal, const ShareId& share, const EntryDate& date);
// Takes it up again. One that is not declined changes nothing.
Result<> TakeUp(Journal& journal, const ShareId& share);

}  // namespace kith
