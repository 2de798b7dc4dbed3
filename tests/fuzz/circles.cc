// An owner of a circle whose keys are good turns hostile: a record of theirs, in the circle or in the pair's mailbox,
// says anything at all. Whatever was taken from it, the vault opens again and tells who is in the circle. The first
// byte chooses where the record stands and what of it is the input.
#include "client/core/limits.h"
#include "client/core/membership.h"
#include "crypto/base/limits.h"
#include "tests/fuzz/circle_world.h"
#include "tests/fuzz/target.h"

namespace kith::fuzz {
namespace {

void ReadAll(Journal& journal) {
  Membership membership(journal.state());
  for (const CircleInfo& circle : membership.Circles()) {
    const auto members = membership.Members(circle.circle);
    KITH_CHECK(members.has_value() && members->size() <= limits::kMembers);
  }
  KITH_CHECK(membership.Invitations().has_value());
  KITH_CHECK(journal.sharing().Inbox([](const ReceivedShare&) { return true; }));
  KITH_CHECK(journal.sharing().Friends().size() == 2);
}

}  // namespace

KITH_FUZZ_TARGET(circles) {
  if (input.size() < 2 || input.size() > limits::kPackOps) return Outcome::kRefused;
  const CircleWorld& world = CircleWorld::Get();
  const ByteView rest = input.subspan(1);
  switch (input[0] % 4) {
    case 0:
      return Receive(world.store, world.circle, RecordKind::kSealed, PackOf(rest), ReadAll);
    case 1:
      return Receive(world.store, world.circle, RecordKind::kSealed, rest, ReadAll);
    case 2:
      return Receive(world.store, world.circle, RecordKind::kGeneration, rest, ReadAll);
    case 3:
      return Receive(world.store, world.pair, RecordKind::kSealed, PackOf(rest), ReadAll);
  }
  return Outcome::kRefused;
}

}  // namespace kith::fuzz
