// Relays and invites as people paste them, and the relay's own command line. The first byte chooses.
#include "client/core/relay_address.h"
#include "server/invite.h"
#include "tests/fuzz/target.h"

namespace kith::fuzz {
namespace {

Outcome Relay(std::string_view text) {
  const auto relay = ParseRelayAddress(text);
  if (!relay) return Outcome::kRefused;
  const auto again = ParseRelayAddress(FormatRelayAddress(*relay));
  KITH_CHECK(again && again->address == relay->address && again->key == relay->key);
  return Outcome::kAccepted;
}

Outcome Invite(std::string_view text) {
  const auto invite = ParseRelayInvite(text);
  if (!invite) return Outcome::kRefused;
  const auto secret = relay::InviteSecret::From(invite->secret);
  KITH_CHECK(secret.has_value());
  const auto again = ParseRelayInvite(relay::InviteText(invite->relay.address, invite->relay.key, *secret));
  KITH_CHECK(again && again->secret == invite->secret && again->relay.address == invite->relay.address);
  return Outcome::kAccepted;
}

Outcome Address(const std::string& text) {
  const auto address = relay::ParseAddress(text);
  if (!address) return Outcome::kRefused;
  const auto again = relay::ParseAddress(relay::FormatAddress(*address));
  KITH_CHECK(again && again->host == address->host && again->port == address->port);
  KITH_CHECK(relay::IsLoopback(*again) == relay::IsLoopback(*address));
  return Outcome::kAccepted;
}

Outcome Duration(const std::string& text) {
  const auto duration = relay::ParseDuration(text);
  if (duration) KITH_CHECK(*duration > 0 && *duration <= 366LL * 24 * 3600 * 1000);
  return OutcomeOf(duration.has_value());
}

}  // namespace

KITH_FUZZ_TARGET(addresses) {
  if (input.empty()) return Outcome::kRefused;
  const std::string text = ToString(input.subspan(1));
  switch (input[0] % 4) {
    case 0:
      return Relay(text);
    case 1:
      return Invite(text);
    case 2:
      return Address(text);
    case 3:
      return Duration(text);
  }
  return Outcome::kRefused;
}

}  // namespace kith::fuzz
