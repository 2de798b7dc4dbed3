#include "server/invite.h"

#include <arpa/inet.h>

#include <charconv>

#include "crypto/verify/hash.h"
#include "server/limits.h"

namespace kith::relay {
namespace {

template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int64_t> MillisOf(char unit) {
  if (unit == 's') return 1000;
  if (unit == 'm') return 60'000;
  if (unit == 'h') return 3'600'000;
  if (unit == 'd') return 24LL * 3'600'000;
  return std::nullopt;
}

}  // namespace

std::string RelayText(const std::string& address, const SignPublic& key) {
  return address + "#" + ToBase64(key.view());
}

std::string InviteText(const std::string& address, const SignPublic& key, const InviteSecret& secret) {
  return RelayText(address, key) + "." + ToBase64(secret.view());
}

std::optional<HostPort> ParseAddress(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || text.size() > 255) return std::nullopt;
  const auto port = ParseNumber<uint16_t>(std::string_view(text).substr(colon + 1));
  std::string host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return std::nullopt;
  }
  if (!port || host.empty() || host.find_first_of(" #/[]\n") != std::string::npos) return std::nullopt;
  return HostPort{host, *port};
}

std::string FormatAddress(const HostPort& address) {
  const bool brackets = address.host.find(':') != std::string::npos;
  return (brackets ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

bool IsLoopback(const HostPort& address) {
  if (address.host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, address.host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, address.host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool CanBeReachedAt(const std::string& text) {
  const auto address = ParseAddress(text);
  if (!address || (address->port == 0 && !IsLoopback(*address))) return false;
  in_addr v4{};
  if (inet_pton(AF_INET, address->host.c_str(), &v4) == 1) return v4.s_addr != INADDR_ANY;
  in6_addr v6{};
  return inet_pton(AF_INET6, address->host.c_str(), &v6) != 1 || !IN6_IS_ADDR_UNSPECIFIED(&v6);
}

std::optional<int64_t> ParseDuration(const std::string& text) {
  if (text.size() < 2) return std::nullopt;
  const auto unit = MillisOf(text.back());
  const auto count = ParseNumber<int64_t>(std::string_view(text).substr(0, text.size() - 1));
  if (!unit || !count || *count <= 0 || *count > limits::kMaxInviteMillis / *unit) return std::nullopt;
  return *count * *unit;
}

}  // namespace kith::relay
