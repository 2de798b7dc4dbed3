// How a relay and an invite to it are written for people.
#pragma once

#include <optional>
#include <string>

#include "server/calls.h"

namespace kith::relay {

// ADDRESS#KEY
std::string RelayText(const std::string& address, const SignPublic& key);
// ADDRESS#KEY.SECRET
std::string InviteText(const std::string& address, const SignPublic& key, const InviteSecret& secret);

struct HostPort {
  std::string host;  // without brackets
  uint16_t port = 0;
};
// "127.0.0.1:7787", "[::1]:7787", "localhost:7787", "relay.example:443".
std::optional<HostPort> ParseAddress(const std::string& text);
std::string FormatAddress(const HostPort& address);
// Reaches no further than this machine: 127.0.0.0/8, [::1], localhost. Served without TLS; every other address with it.
bool IsLoopback(const HostPort& address);
// An address that an invite may name: no wildcard, which is only listened on, and a port, which only a relay on
// loopback may leave open (0) until it runs.
bool CanBeReachedAt(const std::string& text);

// "90s", "30m", "12h", "7d"; nullopt for anything else, zero, or more than a year.
std::optional<int64_t> ParseDuration(const std::string& text);

}  // namespace kith::relay
