// A vault's key file that somebody has had their hands on: the input is a number of changes to a good one, or the whole
// file. Nothing but the good one gives a key, and none asks for less than the floor or for more memory than it may.
#include "crypto/vault_key.h"
#include "tests/fuzz/target.h"

namespace kith::fuzz {
namespace {

constexpr std::string_view kPassphrase = "a good long passphrase";
constexpr size_t kPassesAt = 9, kMemoryAt = 13, kSaltAt = 17, kSuiteAt = 33, kFileSize = 138;

const Bytes& Good() {
  static const Bytes file = *WrapVaultKey(VaultKey::Copy(Bytes(32, 6)), kPassphrase, kKdfFloor);
  return file;
}

// Each change is two bytes: where, and with what.
Bytes Changed(ByteView changes) {
  Bytes file = Good();
  for (size_t i = 0; i + 2 <= changes.size(); i += 2) file[changes[i] % file.size()] ^= changes[i + 1];
  return file;
}

// Deriving takes a fifth of a second at the floor, so only what it says is tried: above the floor by nothing.
bool Derives(ByteView file) {
  if (file.size() != kFileSize || file[kSuiteAt] != 1) return false;
  Reader cost(file.subspan(kPassesAt, kSaltAt - kPassesAt));
  const uint32_t passes = cost.U32();
  const uint32_t memory_kib = cost.U32();
  return passes >= kKdfFloor.passes && passes <= kKdfCeiling.passes && memory_kib >= kKdfFloor.memory_mib * 1024 &&
         memory_kib <= kKdfCeiling.memory_mib * 1024;
}

}  // namespace

KITH_FUZZ_TARGET(key_files) {
  static_assert(kMemoryAt == kPassesAt + 4 && kSaltAt == kMemoryAt + 4);
  if (input.empty()) return Outcome::kRefused;
  const ByteView rest = input.subspan(1);
  const Bytes file = input[0] % 2 == 0 ? Changed(rest) : Bytes(rest.begin(), rest.end());
  if (file == Good()) {
    static const bool opens = UnwrapVaultKey(Good(), kPassphrase).has_value();
    return OutcomeOf(opens);
  }
  if (Derives(file)) return Outcome::kRefused;
  const auto key = UnwrapVaultKey(file, kPassphrase);
  KITH_CHECK(!key);
  const Code code = key.error().code;
  KITH_CHECK(code == Code::kVaultDamaged || code == Code::kNewerFormat || code == Code::kKdfTooWeak ||
             code == Code::kSuiteUnsupported);
  return Outcome::kRefused;
}

}  // namespace kith::fuzz
