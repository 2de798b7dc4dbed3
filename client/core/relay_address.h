// How a relay, and an invite to one, are written for people.
#pragma once

#include <string>
#include <string_view>

#include "crypto/base/ids.h"
#include "crypto/base/result.h"

namespace kith {

// "ADDRESS#KEY": where it listens and who it is.
struct RelayAddress {
  std::string address;  // "host:port"
  SignPublic key;
};
std::string FormatRelayAddress(const RelayAddress& relay);
// kInvalidArgument with what one looks like.
Result<RelayAddress> ParseRelayAddress(std::string_view text);

// "ADDRESS#KEY.SECRET".
struct RelayInvite {
  RelayAddress relay;
  Bytes secret;  // 16 bytes
};
Result<RelayInvite> ParseRelayInvite(std::string_view text);

}  // namespace kith
