#include "client/core/relay_address.h"

#include "crypto/verify/hash.h"

namespace kith {
namespace {
constexpr size_t kInviteSecret = 16;
constexpr size_t kMaxAddress = 256;
}  // namespace

std::string FormatRelayAddress(const RelayAddress& relay) { return relay.address + "#" + ToBase64(relay.key.view()); }

Result<RelayAddress> ParseRelayAddress(std::string_view text) {
  const Error wrong =
      Fail(Code::kInvalidArgument, "A relay is written ADDRESS#KEY, such as 127.0.0.1:7787#Q2h…. Copy it whole.");
  const size_t hash = text.find('#');
  if (hash == std::string_view::npos || hash == 0 || hash > kMaxAddress) return wrong;
  const std::string_view address = text.substr(0, hash);
  if (address.find(':') == std::string_view::npos) return wrong;
  for (const char c : address) {
    if (c <= ' ' || c >= 0x7f || c == '/') return wrong;
  }
  const auto key = FromBase64(text.substr(hash + 1));
  const auto id = key ? SignPublic::From(*key) : std::nullopt;
  if (!id) return wrong;
  return RelayAddress{.address = std::string(address), .key = *id};
}

Result<RelayInvite> ParseRelayInvite(std::string_view text) {
  const Error wrong = Fail(Code::kInvalidArgument,
                           "An invite is written ADDRESS#KEY.SECRET, as `kith-relay invite` prints it. Copy it whole.");
  const size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return wrong;
  const auto relay = ParseRelayAddress(text.substr(0, dot));
  const auto secret = FromBase64(text.substr(dot + 1));
  if (!relay || !secret || secret->size() != kInviteSecret) return wrong;
  return RelayInvite{.relay = *relay, .secret = *secret};
}

}  // namespace kith
