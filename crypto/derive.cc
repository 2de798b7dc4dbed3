#include "crypto/derive.h"

#include "crypto/base/check.h"
#include "crypto/verify/prefixed_hash.h"

namespace kith {

std::array<uint8_t, 32> DeriveRaw(ByteView key, std::string_view label, std::initializer_list<ByteView> fields) {
  KITH_CHECK(!key.empty());
  PrefixedHash hash(key, 32);
  hash.Field(AsBytes(label));
  for (const ByteView field : fields) hash.Field(field);
  std::array<uint8_t, 32> derived;
  hash.Finish(derived);
  return derived;
}

}  // namespace kith
