// Key derivation: BLAKE2b keyed by a 32-byte key over length-prefixed fields that begin with a label. Thread-safe.
#pragma once

#include <initializer_list>

#include "crypto/verify/labels.h"
#include "crypto/verify/secret.h"

namespace kith {

// 32 bytes for the purpose named by `label` and `fields`.
template <class To, class FromTag>
To Derive(const SecretKey<FromTag>& key, std::string_view label, std::initializer_list<ByteView> fields = {});

// As Derive, for values that are not secret, such as an imported entry's id.
std::array<uint8_t, 32> DeriveRaw(ByteView key, std::string_view label, std::initializer_list<ByteView> fields);

template <class To, class FromTag>
To Derive(const SecretKey<FromTag>& key, std::string_view label, std::initializer_list<ByteView> fields) {
  std::array<uint8_t, 32> raw = DeriveRaw(key.Reveal(), label, fields);
  To derived = To::Copy(raw);
  Wipe(raw);
  return derived;
}

}  // namespace kith
