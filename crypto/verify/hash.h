// Hashing with a label. Source: BLAKE2b (RFC 7693) as in libsodium's crypto_generichash.
// Thread-safe.
#pragma once

#include <initializer_list>
#include <string_view>

#include "crypto/base/bytes.h"
#include "crypto/base/ids.h"

namespace kith {

// Loads libsodium; aborts if that fails. Call once before anything else of crypto/.
void InitCrypto();

// BLAKE2b-256 over label and fields, each behind its u32 length.
std::array<uint8_t, 32> Hash(std::string_view label, std::initializer_list<ByteView> fields);

template <class IdType>
IdType HashId(std::string_view label, std::initializer_list<ByteView> fields) {
  static_assert(IdType::kSize == 32);
  return IdType{Hash(label, fields)};
}

// The relay's chain over a mailbox's log: the first 16 bytes of Hash(chain label, {previous, record id}).
Chain NextChain(const Chain& previous, const RecordId& record);

// In constant time; false when the lengths differ.
bool SecretEqual(ByteView a, ByteView b);

// URL-safe base64 without padding, as keys are written for people.
std::string ToBase64(ByteView bytes);
// nullopt unless `text` is exactly such a text.
std::optional<Bytes> FromBase64(std::string_view text);

void RandomFill(std::span<uint8_t> out);
template <class IdType>
IdType RandomId() {
  IdType id;
  RandomFill(id.value);
  return id;
}

}  // namespace kith
