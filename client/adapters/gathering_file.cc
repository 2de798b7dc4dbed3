#include "client/adapters/gathering_file.h"

#include "client/adapters/disk.h"
#include "client/adapters/small_file.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

constexpr uint64_t kMostBytes = 256 * 1024;  // far more than limits::kGathered answers

Error Damaged() {
  return Fail(Code::kVaultDamaged,
              "What was kept of the recovery with friends is damaged. Begin anew with `kith recover --with-friends "
              "--anew`; a delay that friends keep begins anew too.");
}

}  // namespace

bool GatheringFile::there() const { return MachineDisk().FileExists(path_); }

Result<KeptGathering> GatheringFile::Begin(std::string_view passphrase, const KdfCost& cost) const {
  if (passphrase.empty())
    return Fail(Code::kInvalidArgument, "The passphrase is empty. Choose one that nobody near you would guess.");
  KeptGathering kept{
      .wrapped_key = {}, .key = VaultKey::Generate(), .gathering = std::make_unique<Gathering>(BoxPair::Generate())};
  KITH_TRY_ASSIGN(kept.wrapped_key, WrapVaultKey(kept.key, passphrase, cost));
  KITH_TRY(Keep(kept));
  return kept;
}

Result<KeptGathering> GatheringFile::Open(std::string_view passphrase) const {
  const auto bytes = ReadSmallFile(MachineDisk(), path_, kMostBytes);
  if (!bytes && bytes.error().code == Code::kTooLarge) return Damaged();
  KITH_TRY(bytes);
  Reader reader(*bytes);
  const ByteView wrapped = reader.Prefixed();
  const ByteView sealed = reader.Prefixed();
  if (!reader.Done()) return Damaged();
  KITH_TRY_ASSIGN(VaultKey key, UnwrapVaultKey(wrapped, passphrase));
  const auto plain = kith::Open(key, labels::kSealGathering, wrapped, sealed, Padding::kPadme);
  if (!plain) return Damaged();
  auto gathering = Gathering::Decode(plain->view());
  if (!gathering) return Damaged();
  return KeptGathering{
      .wrapped_key = Bytes(wrapped.begin(), wrapped.end()), .key = std::move(key), .gathering = *std::move(gathering)};
}

Result<> GatheringFile::Keep(const KeptGathering& kept) const {
  Bytes plain = kept.gathering->Encode();
  const Bytes sealed = Seal(kept.key, labels::kSealGathering, kept.wrapped_key, plain, Padding::kPadme);
  Wipe(plain);
  return ReplaceSmallFile(MachineDisk(), path_, Writer().Prefixed(kept.wrapped_key).Prefixed(sealed).Take());
}

void GatheringFile::Forget() const {
  if (!there()) return;
  // What stays when the disk refuses is sealed, and of no use once the journal is back.
  const auto ignored = MachineDisk().RemoveFile(path_);
  static_cast<void>(ignored);
}

}  // namespace kith
