// Linking a new device of the same person: the messages of both sides, after layout "link" of crypto/DESIGN.md. No I/O:
// the caller carries messages between them through the relay's pairing slots.
//
//   host                               guest
//   first_message()            ->      Respond
//   OnAnswer                   <-
//   (confirmation and offer)   ->      OnOffer
//   OnRequest                  <-      (its keys, countersigned)
//   Accept, then once the lane is listed at the relay
//   Grant                      ->      OnGrant
//   OnKept                     <-      Kept, once its vault is on its disk
#pragma once

#include <optional>
#include <string>

#include "client/core/state.h"
#include "client/core/sync.h"
#include "client/wire/link.h"
#include "crypto/pairing.h"

namespace kith {

// The existing device. One object, one attempt; owned by one thread.
class LinkHost {
 public:
  LinkHost(const PairingContext& context, std::string_view words) : opener_(context, words, {}) {}

  const Bytes& first_message() const { return opener_.first_message(); }
  // Checks the guest's confirmation before anything more is sent. kPairingFailed: the code was wrong, and is burnt.
  Result<Bytes> OnAnswer(const State& state, ByteView message);
  // The guest's keys; returns what it calls itself. kPairingFailed, kSealBroken, kMalformed, kSignatureInvalid.
  Result<std::string> OnRequest(const State& state, ByteView message);
  // Takes the device in: its operation, its name, and the statement that lists its lane. Durable when OK; `sync` sends
  // it.
  Result<> Accept(State& state, Sync& sync, const std::string& label);
  // Whether the relay lists the new lane by now.
  bool Listed(const State& state) const;
  // All that the new device needs to begin. kPairingFailed before Accept.
  Result<Bytes> Grant(const State& state);
  // The guest's word that it has kept all. kPairingFailed for anything else.
  Result<> OnKept(ByteView message);

 private:
  PairingOpener opener_;
  std::optional<PairingKeys> keys_;
  std::optional<LinkRequest> request_;
  DeviceId device_;
};

// The new device, which has no vault yet.
class LinkGuest {
 public:
  LinkGuest(const PairingContext& context, std::string_view words, std::string label);

  Result<Bytes> Respond(ByteView first_message);
  // kPairingFailed: the code is wrong, or the other side is not who has it.
  Result<Bytes> OnOffer(ByteView message);
  // Checks the grant and writes the new vault's first contents into an empty store. Nothing is written on an error, and
  // this object is spent either way.
  Result<> OnGrant(ByteView message, Store& store, Clock& clock, const SignPublic& relay_key);
  // What tells the host so. Only after OnGrant.
  const Bytes& Kept() const { return kept_; }

 private:
  PairingJoiner joiner_;
  std::string label_;
  Signer device_;
  BoxPair box_;
  Signer lane_;
  std::optional<PairingKeys> keys_;
  Bytes kept_;
  Bytes add_device_;
  PersonId person_;
};

}  // namespace kith
