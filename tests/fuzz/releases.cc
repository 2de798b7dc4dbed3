// What friends hand over to somebody who lost all devices, and who asks a friend: a friend, or whoever has the code,
// says anything at all. The first byte chooses.
#include "client/core/release.h"
#include "client/core/witness.h"
#include "tests/fuzz/meeting_person.h"
#include "tests/fuzz/target.h"
#include "tests/support/fake_clock.h"

namespace kith::fuzz {
namespace {

constexpr char kWords[] = "cabin-lunar-oak";

PairingContext Context() { return {.mode = PairingMode::kRelease, .relay_key = {}, .nameplate = 7}; }

// Always the same, so that what a seed seals to it opens.
BoxPair Claim() { return BoxPair::FromSecret(BoxSecret::Copy(Bytes(32, 0x41))); }

// What is kept is what was there, and comes back whole.
void CheckKept(const Gathering& gathering) {
  const Bytes kept = gathering.Encode();
  const auto again = Gathering::Decode(kept);
  KITH_CHECK(again.has_value());
  KITH_CHECK((*again)->Encode() == kept && (*again)->claim() == gathering.claim());
  KITH_CHECK((*again)->gathered() == gathering.gathered() && (*again)->needed() == gathering.needed());
}

Outcome ReplyToGuest(ByteView plain) {
  Gathering gathering(Claim());
  ReleaseGuest guest(Context(), kWords, gathering.claim());
  PairingOpener opener(Context(), kWords, {});
  auto finished = opener.Finish(*guest.Respond(opener.first_message()));
  KITH_CHECK(finished.has_value());
  KITH_CHECK(guest.OnConfirmation(finished->confirmation).has_value());
  const Bytes sealed = SealPairingMessage(finished->keys.to_joiner, 0, plain);
  const auto reply = guest.OnReply(sealed);
  KITH_CHECK(!guest.OnReply(sealed));
  if (!reply) return Outcome::kRefused;
  const bool taken = gathering.Take(*reply).has_value();
  CheckKept(gathering);
  return OutcomeOf(taken);
}

// A friend who can seal says any share. One alone never speaks for anybody.
Outcome ShareToGathering(ByteView plain) {
  Gathering gathering(Claim());
  ReleaseReply reply{.outcome = ReleaseReply::Outcome::kReleased};
  const auto box = SealTo(gathering.claim(), labels::kSealRelease, reply.authority.view(), plain);
  KITH_CHECK(box.has_value());
  reply.box = *box;
  const bool taken = gathering.Take(reply).has_value();
  KITH_CHECK(gathering.gathered() == (taken ? 1 : 0));
  KITH_CHECK(!gathering.Take(reply) && !gathering.Combine());
  CheckKept(gathering);
  return OutcomeOf(taken);
}

Outcome KeptGathering(ByteView bytes) {
  const auto gathering = Gathering::Decode(bytes);
  if (!gathering) return Outcome::kRefused;
  CheckKept(**gathering);
  return Outcome::kAccepted;
}

Outcome RequestToHost(ByteView plain) {
  MemStore store = IntakeWorld::Get().store;
  FakeClock clock;
  const auto journal = Journal::Open(store, clock);
  KITH_CHECK(journal.has_value());
  ReleaseHost host(Context(), kWords, {});
  PairingJoiner joiner(Context(), kWords, {});
  const auto confirmation = host.OnAnswer(*joiner.Respond(host.first_message()));
  KITH_CHECK(confirmation.has_value());
  const auto keys = joiner.Confirm(*confirmation);
  KITH_CHECK(keys.has_value());
  const auto before = store.contents();
  // This person holds nobody's share.
  KITH_CHECK(!host.OnRequest((*journal)->state(), SealPairingMessage(keys->keys.to_opener, 0, plain)));
  KITH_CHECK(store.contents() == before);
  return Outcome::kRefused;
}

// What a device of a person signed as a witness, sealed as it should be.
Outcome Witness(ByteView body) {
  const std::vector<SignedPersonOp> operations = SomebodyElse();
  auto person = Person::FromGenesis(operations.front());
  KITH_CHECK(person.has_value());
  for (const SignedPersonOp& op : operations) KITH_CHECK(person->Add(op).has_value());
  const RecoveryKeys recovery = DeriveRecovery(RecoverySecret::Copy(Bytes(RecoverySecret::kSize, 0x31)));
  using Key = SecretKey<struct FuzzWitnessTag>;
  const Key key = Key::Copy(Bytes(Key::kSize, 0x42));
  const ByteView context = person->id().view();
  const Bytes box = *SealTo(recovery.box.public_key(), labels::kSealWitness, context, key.Reveal());
  const Signature signature = FixedSigner(3).Sign(labels::kSignWitness, Writer().Raw(context).Raw(body).Take());
  const Bytes sealed =
      Seal(key, labels::kSealWitness, context, Writer().Raw(body).Raw(signature.view()).Take(), Padding::kNone);
  return OutcomeOf(OpenWitness(recovery.box, *person, Writer().Raw(box).Raw(box).Raw(sealed).Take()).has_value());
}

}  // namespace

KITH_FUZZ_TARGET(releases) {
  if (input.empty()) return Outcome::kRefused;
  const ByteView rest = input.subspan(1);
  switch (input[0] % 5) {
    case 0:
      return ReplyToGuest(rest);
    case 1:
      return ShareToGathering(rest);
    case 2:
      return KeptGathering(rest);
    case 3:
      return RequestToHost(rest);
    case 4:
      return Witness(rest);
  }
  return Outcome::kRefused;
}

}  // namespace kith::fuzz
