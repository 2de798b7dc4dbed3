// Two people meet by a spoken code: the messages of both sides. No I/O: the caller carries them through the relay's
// pairing slots, as with linking.h. Whoever shows the code founds the circle on their relay.
//
//   host (shows the code)              guest (types it)
//   first_message()            ->      Respond
//   OnAnswer                   <-
//   (confirmation and offer)   ->      OnOffer
//   OnRequest                  <-      (person, fresh seat and lane)
//   Accept, then once the mailbox is at the relay
//   Grant                      ->      OnGrant
//   OnKept                     <-      Kept, once all is on its disk
#pragma once

#include <optional>
#include <string>

#include "client/core/circles.h"
#include "client/core/state.h"
#include "crypto/pairing.h"

namespace kith {

// One object, one attempt; owned by one thread.
class FriendHost {
 public:
  FriendHost(const PairingContext& context, std::string_view words) : opener_(context, words, {}) {}

  const Bytes& first_message() const { return opener_.first_message(); }
  // Checks the guest's confirmation before anything more is sent. kPairingFailed: the code was wrong, and is burnt.
  // Makes the sealing key durable first where it is missing.
  Result<Bytes> OnAnswer(State& state, ByteView message);
  // Who asks. kPairingFailed; kMalformed, kForgedRecord, kSignatureInvalid (who it says it is does not hold);
  // kInvalidArgument (oneself; a friend already), kTooLarge (limits::kFriends).
  Result<> OnRequest(const State& state, ByteView message);
  // Founds the circle and keeps it; durable when OK. Spends one creation token of the self mailbox's relay
  // (kTokenInvalid when none is left here; kNoRelay). The mailbox's sync sends it.
  Result<MailboxId> Accept(State& state, const std::string& label);
  // Whether the relay has the circle's mailbox by now.
  bool Created(const State& state) const;
  // kPairingFailed before Accept.
  Result<Bytes> Grant(const State& state);
  // The guest's word that it has kept all. kPairingFailed for anything else.
  Result<> OnKept(ByteView message);

 private:
  PairingOpener opener_;
  std::optional<PairingKeys> keys_;
  std::optional<PairGuest> guest_;
  MailboxId mailbox_;
};

class FriendGuest {
 public:
  FriendGuest(const PairingContext& context, std::string_view words);

  Result<Bytes> Respond(ByteView first_message);
  // kPairingFailed: the code is wrong, or the other side is not who has it; further as FriendHost::OnRequest. Makes the
  // sealing key durable first where it is missing.
  Result<Bytes> OnOffer(State& state, ByteView message);
  // Takes the circle in; durable when OK. Returns its mailbox. `relay`: as typed. kPairingFailed when what the host
  // says does not hold together, and errors of CheckFriendLabel. Tried once.
  Result<MailboxId> OnGrant(State& state, ByteView message, const std::string& label, const RelayAddress& relay);
  // What tells the host so. Only after OnGrant.
  const Bytes& Kept() const { return kept_; }

 private:
  PairingJoiner joiner_;
  Signer seat_;
  Signer lane_;
  std::vector<SignedPersonOp> host_person_;
  std::optional<PairingKeys> keys_;
  Bytes kept_;
};

// 60 digits, in twelve groups of five, over both person ids; the same on every device of both.
std::string SafetyNumber(const PersonId& one, const PersonId& other);

}  // namespace kith
