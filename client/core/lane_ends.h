// Up to where lanes count that their person has ended: those of a revoked device, and closed ones of nobody known.
// Whatever order it arrives in, every vault comes to the same. Rules: "Revocation" in crypto/DESIGN.md.
#pragma once

#include <optional>
#include <vector>

#include "client/core/ports.h"
#include "client/core/storage.h"
#include "client/core/transaction.h"

namespace kith {

struct Mailbox;
struct State;

class LaneEnds {
 public:
  Result<> Load(Store& store);
  // Keeps the word of somebody who may say it (OfOnePerson). Beyond limits::kEndsPerSpeaker nothing more is kept of
  // what one lane says about another.
  void Take(Transaction& tx, const storage::SaidEnd& said);
  // The highest that a device of the same person has said that is not revoked. Where none has, the highest that another
  // device than the lane's own said within its own lane's end, before it was revoked. nullopt when there is none.
  std::optional<storage::SaidEnd> EndOf(const State& state, uint32_t lane) const;

 private:
  std::vector<storage::SaidEnd> said_;
};

// Whether who writes to `by` speaks for the person whose lane `lane` is: by what the lane says of itself, or else by
// the seat.
bool OfOnePerson(const State& state, const storage::Lane& lane, const storage::Lane& by);

// Whether an end stands on the word of a device that was revoked itself.
bool SaidByRevoked(const State& state, const storage::SaidEnd& said);

// Whether a lane is one of a device that is known to be revoked.
bool Revoked(const State& state, const storage::Lane& lane);

// Whether its relay takes nothing of a lane from anybody any more: it is one of a revoked device, and no statement
// lists it or ever did. Who has words of it keeps them.
bool LostForGood(const State& state, const storage::Lane& lane);

// What becomes of a record at a place of its lane: it counts; it waits until somebody says where the lane ends; or it
// stands past that end and says nothing, ever, unless the end moves up. Lanes of this device always count here.
enum class Standing : uint8_t { kCounts, kWaits, kVoid };
Standing StandingOf(const State& state, const storage::Lane& lane, uint64_t seq);
// Whether nothing more of a lane is to be applied now, for one of these reasons; then nothing is missing of it.
bool Ended(const State& state, const storage::Lane& lane);
// Whether what stands at a place is past its lane's end.
bool IsVoid(const State& state, const storage::Place& place);

// Says, for every ended lane of this person in a mailbox, how far this device has applied it, where nobody has said as
// much, or only devices have that are revoked by now. To be called at the end of the log: what those said is believed
// until all of it that is served was taken in. Waits in the outbox. Errors are those of the store.
Result<> SayLaneEnds(State& state, Transaction& tx, Mailbox& mailbox);
// Says at once how far this device has applied the lanes of one that it revokes, whatever others have said.
Result<> SayLaneEndsOf(State& state, Transaction& tx, Mailbox& mailbox, const DeviceId& device);
// Says it of one lane, whatever was said.
Result<> SayLaneEnd(State& state, Transaction& tx, Mailbox& mailbox, const storage::Lane& lane);

}  // namespace kith
