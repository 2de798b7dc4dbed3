#include "client/core/trusts.h"

namespace kith {
namespace {

using storage::Prefix;

// After the prefix, before the circle.
enum class Kind : uint8_t { kGiven = 'g', kHeld = 'h', kClaim = 'c', kKept = 'k', kLeft = 'l' };

Writer KeyOf(Prefix prefix, Kind kind, const MailboxId& circle) {
  Writer writer;
  writer.U8(static_cast<uint8_t>(prefix)).U8(static_cast<uint8_t>(kind)).Raw(circle.view());
  return writer;
}

// Reads one value under the circle of its key.
template <class T, class Read>
bool LoadOne(Reader& value, const MailboxId& circle, std::map<MailboxId, T>& to, const Read& read) {
  to[circle] = read(value);
  return value.Done();
}

Trusts::Given ReadGiven(Reader& in) {
  Trusts::Given given;
  given.hlc = in.U64();
  given.authority = {in.Array<32>()};
  given.by = {in.Array<32>()};
  given.place = storage::ReadPlace(in);
  given.ended = in.U8() != 0;
  given.taken = in.U8() != 0;
  return given;
}

Trusts::Held ReadHeld(Reader& in) {
  Trusts::Held held;
  held.hlc = in.U64();
  held.authority = {in.Array<32>()};
  held.by = {in.Array<32>()};
  const ByteView box = in.Prefixed();
  held.box = Bytes(box.begin(), box.end());
  held.told = in.U8() != 0;
  return held;
}

Trusts::Claim ReadClaim(Reader& in) {
  Trusts::Claim claim;
  claim.hlc = in.U64();
  claim.authority = {in.Array<32>()};
  claim.due_ms = in.U64();
  claim.vetoed = in.U8() != 0;
  return claim;
}

Trusts::Kept ReadKept(Reader& in) {
  Trusts::Kept kept;
  kept.hlc = in.U64();
  const ByteView sealed = in.Prefixed();
  kept.sealed = Bytes(sealed.begin(), sealed.end());
  return kept;
}

Bytes KeyOf(const Trusts::ClaimPlace& place) {
  return KeyOf(Prefix::kClaims, Kind::kClaim, place.circle)
      .U8(static_cast<uint8_t>(place.whose))
      .Raw(place.claim.view())
      .Take();
}

Trusts::Left ReadLeft(Reader& in) {
  Trusts::Left left;
  left.at_ms = in.U64();
  return left;
}

}  // namespace

Result<> Trusts::Load(Store& store) {
  for (const Prefix prefix : {Prefix::kTrustees, Prefix::kClaims}) {
    bool sound = true;
    const Bytes from = storage::Key(prefix);
    KITH_TRY(store.Scan(from, storage::After(from), Store::Order::kAscending, [&](ByteView key, ByteView value) {
      Reader name(key.subspan(1));
      const auto kind = static_cast<Kind>(name.U8());
      const MailboxId circle{name.Array<32>()};
      Reader in(value);
      switch (kind) {
        case Kind::kGiven:
          sound = LoadOne(in, circle, given_, ReadGiven);
          break;
        case Kind::kHeld:
          sound = LoadOne(in, circle, held_, ReadHeld);
          break;
        case Kind::kClaim: {
          const auto whose = static_cast<Whose>(name.U8() & 1);
          claims_[{.circle = circle, .whose = whose, .claim = {name.Array<32>()}}] = ReadClaim(in);
          sound = in.Done();
          break;
        }
        case Kind::kKept:
          sound = LoadOne(in, circle, kept_, ReadKept);
          break;
        case Kind::kLeft:
          sound = LoadOne(in, circle, left_, ReadLeft);
          break;
      }
      sound = sound && name.Done();
      return sound;
    }));
    if (!sound)
      return Fail(Code::kVaultDamaged,
                  "What the vault keeps of your trustees is damaged. Restore it from a backup, or link this device "
                  "anew.");
  }
  return {};
}

void Trusts::Set(Transaction& tx, const MailboxId& circle, const Given& given) {
  given_[circle] = given;
  Writer value;
  value.U64(given.hlc).Raw(given.authority.view()).Raw(given.by.view());
  storage::WritePlace(value, given.place);
  tx.Put(KeyOf(Prefix::kTrustees, Kind::kGiven, circle).Take(),
         value.U8(given.ended ? 1 : 0).U8(given.taken ? 1 : 0).Take());
}

void Trusts::Set(Transaction& tx, const MailboxId& circle, const Held& held) {
  held_[circle] = held;
  tx.Put(KeyOf(Prefix::kTrustees, Kind::kHeld, circle).Take(), Writer()
                                                                   .U64(held.hlc)
                                                                   .Raw(held.authority.view())
                                                                   .Raw(held.by.view())
                                                                   .Prefixed(held.box)
                                                                   .U8(held.told ? 1 : 0)
                                                                   .Take());
}

void Trusts::Set(Transaction& tx, const ClaimPlace& place, const Claim& claim) {
  claims_[place] = claim;
  tx.Put(KeyOf(place),
         Writer().U64(claim.hlc).Raw(claim.authority.view()).U64(claim.due_ms).U8(claim.vetoed ? 1 : 0).Take());
}

void Trusts::Forget(Transaction& tx, const ClaimPlace& place) {
  claims_.erase(place);
  tx.Delete(KeyOf(place));
}

void Trusts::Set(Transaction& tx, const MailboxId& circle, const Kept& kept) {
  kept_[circle] = kept;
  tx.Put(KeyOf(Prefix::kClaims, Kind::kKept, circle).Take(), Writer().U64(kept.hlc).Prefixed(kept.sealed).Take());
}

void Trusts::Set(Transaction& tx, const MailboxId& circle, const Left& left) {
  left_[circle] = left;
  tx.Put(KeyOf(Prefix::kClaims, Kind::kLeft, circle).Take(), Writer().U64(left.at_ms).Take());
}

}  // namespace kith
