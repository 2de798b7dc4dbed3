#include "client/adapters/sealed_header.h"

#include "crypto/verify/hash.h"

namespace kith::sealed {
namespace {

constexpr std::string_view kMagic = "KITHVF";
constexpr uint8_t kVersion = 1;

}  // namespace

Bytes WriteHeader(const Header& header) {
  Writer out;
  out.Raw(AsBytes(kMagic)).U8(kVersion).U8(static_cast<uint8_t>(header.kind)).Raw(header.salt);
  return out.Take();
}

std::optional<Header> ReadHeader(ByteView bytes) {
  Reader in(bytes);
  const bool known = AsText(in.Raw(kMagic.size())) == kMagic && in.U8() == kVersion;
  const uint8_t kind = in.U8();
  const bool kind_known = kind == static_cast<uint8_t>(Kind::kFrames) || kind == static_cast<uint8_t>(Kind::kPages);
  const auto salt = in.Array<kFileSalt>();
  if (!in.ok() || !known || !kind_known) return std::nullopt;
  return Header{.kind = static_cast<Kind>(kind), .salt = salt};
}

Header NewHeader(Kind kind) {
  Header header{.kind = kind, .salt = {}};
  RandomFill(header.salt);
  return header;
}

}  // namespace kith::sealed
