#include "tests/fuzz/intake_world.h"

#include "crypto/base/check.h"
#include "tests/support/builders.h"
#include "tests/support/world.h"

namespace kith::fuzz {
namespace {

const IntakeWorld* Make() {
  World world(1, Weather::Calm(), 0);
  world.Heal();
  Machine& reader = world.machines().front();
  const auto entry = reader.journal->Write(AnEntry("One paragraph.\n\nAnother paragraph.", "Title"));
  KITH_CHECK(entry.has_value());
  Machine* const writer = world.LinkNow(reader);
  KITH_CHECK(writer != nullptr);
  world.Heal();  // starts it
  KITH_CHECK(writer->journal->Write(AnEntry("Written there.")).has_value());
  world.Heal();
  KITH_CHECK(world.problems().empty());

  auto* const made = new IntakeWorld;
  State& state = writer->journal->state();
  made->store = reader.store;
  const MailboxId& self = state.identity.self_mailbox;
  made->lane = HostileLane::Of(state, self, state.keyring.Newest(self)->key);
  made->entry = *entry;
  made->head = reader.journal->Show(*entry)->view.heads.front();
  made->device = state.device->public_key();
  return made;
}

}  // namespace

const IntakeWorld& IntakeWorld::Get() {
  static const IntakeWorld* const world = Make();
  return *world;
}

}  // namespace kith::fuzz
