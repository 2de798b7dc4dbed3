#include "client/core/keyring.h"

#include <algorithm>
#include <ranges>

#include "crypto/base/check.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "crypto/verify/record.h"

namespace kith {
namespace {

constexpr std::string_view kImportName = "import";

Bytes StampValue(Hlc hlc, ByteView value) { return Writer().U64(hlc).Raw(value).Take(); }

}  // namespace

Bytes BoxContext(const MailboxId& mailbox, const LaneKey& lane, uint64_t seq, const RecordId& prev) {
  return Writer().Raw(mailbox.view()).Raw(lane.view()).U64(seq).Raw(prev.view()).Take();
}

GenerationId GenerationIdOf(ByteView payload) { return HashId<GenerationId>(labels::kGeneration, {payload}); }

Result<> Keyring::Load(Store& store) {
  Result<> outcome;
  const Bytes generations = storage::Key(storage::Prefix::kGeneration);
  KITH_TRY(
      store.Scan(generations, storage::After(generations), Store::Order::kAscending, [&](ByteView key, ByteView value) {
        auto stored = storage::StoredGeneration::Decode(value);
        const ByteView ids = key.subspan(1);
        const auto mailbox = MailboxId::From(ids.first(std::min(ids.size(), MailboxId::kSize)));
        const auto id = GenerationId::From(ids.subspan(std::min(ids.size(), MailboxId::kSize)));
        if (!stored || !mailbox || !id) {
          outcome =
              Fail(Code::kVaultDamaged,
                   "A generation key in the vault is damaged. Restore it from a backup, or link this device anew.");
          return false;
        }
        generations_[*mailbox].push_back({.id = *id,
                                          .key = kith::GenerationKey::Copy(stored->key),
                                          .order = stored->order,
                                          .coverage = std::move(stored->coverage)});
        next_order_ = std::max(next_order_, stored->order + 1);
        Wipe(stored->key);
        return true;
      }));
  KITH_TRY(outcome);
  for (auto& [mailbox, list] : generations_) std::ranges::sort(list, {}, &Generation::order);

  KITH_TRY_ASSIGN(const auto import, store.Get(storage::KeyringKey(kImportName, {})));
  if (import) {
    Reader reader(*import);
    import_stamp_ = {.hlc = reader.U64(), .value = reader.Array<32>()};
    if (!reader.Done())
      return Fail(Code::kVaultDamaged,
                  "The import key in the vault is damaged. Restore it from a backup, or link this device anew.");
    import_key_ = ImportKey::Copy(import_stamp_.value);
  }
  const Bytes seats = storage::SeatsKey();
  KITH_TRY(store.Scan(seats, storage::After(seats), Store::Order::kAscending, [&](ByteView key, ByteView value) {
    const auto stored = storage::StoredSeat::Decode(value);
    const ByteView ids = key.last(std::min(key.size(), MailboxId::kSize + SeatKeyId::kSize));
    const auto mailbox = MailboxId::From(ids.first(std::min(ids.size(), MailboxId::kSize)));
    if (!stored || !mailbox) {
      outcome = Fail(Code::kVaultDamaged,
                     "A seat key in the vault is damaged. Restore it from a backup, or link this device anew.");
      return false;
    }
    Keep(*mailbox, *stored);
    return true;
  }));
  return outcome;
}

void Keyring::AddGeneration(Transaction& tx, const MailboxId& mailbox, const GenerationId& id, ByteView key,
                            std::optional<Coverage> coverage) {
  std::vector<Generation>& list = generations_[mailbox];
  storage::StoredGeneration stored;
  if (const auto known = std::ranges::find(list, id, &Generation::id); known != list.end()) {
    if (known->coverage || !coverage) return;
    known->coverage = coverage;
    stored.order = known->order;
    std::ranges::copy(known->key.Reveal(), stored.key.begin());
  } else {
    stored.order = next_order_++;
    std::ranges::copy(key.first(32), stored.key.begin());
    list.push_back(
        {.id = id, .key = kith::GenerationKey::Copy(stored.key), .order = stored.order, .coverage = coverage});
  }
  stored.coverage = std::move(coverage);
  tx.Put(storage::GenerationKey(mailbox, id), stored.Encode());
  Wipe(stored.key);
}

void Keyring::Uncover(Transaction& tx, const MailboxId& mailbox, const GenerationId& id) {
  std::vector<Generation>& list = generations_[mailbox];
  const auto known = std::ranges::find(list, id, &Generation::id);
  if (known == list.end()) return;
  known->coverage.reset();
  storage::StoredGeneration stored{.key = {}, .order = known->order, .coverage = std::nullopt};
  std::ranges::copy(known->key.Reveal(), stored.key.begin());
  tx.Put(storage::GenerationKey(mailbox, id), stored.Encode());
  Wipe(stored.key);
}

GenerationId Keyring::Correct(Transaction& tx, const MailboxId& mailbox, const GenerationId& id, ByteView proven) {
  std::vector<Generation>& list = generations_[mailbox];
  const auto known = std::ranges::find(list, id, &Generation::id);
  KITH_CHECK(known != list.end());
  const auto own = HashId<GenerationId>(labels::kGeneration, {id.view(), known->key.Reveal()});
  known->id = own;
  known->coverage = Coverage();  // of no roster: nobody else has this key, so nothing more is sealed under it
  storage::StoredGeneration stored{.key = {}, .order = known->order, .coverage = known->coverage};
  std::ranges::copy(known->key.Reveal(), stored.key.begin());
  tx.Put(storage::GenerationKey(mailbox, own), stored.Encode());
  Wipe(stored.key);
  AddGeneration(tx, mailbox, id, proven);
  return own;
}

const Keyring::Generation* Keyring::Newest(const MailboxId& mailbox) const {
  const auto found = generations_.find(mailbox);
  return found == generations_.end() || found->second.empty() ? nullptr : &found->second.back();
}

bool Keyring::Has(const MailboxId& mailbox, const GenerationId& id) const {
  const auto found = generations_.find(mailbox);
  return found != generations_.end() && std::ranges::find(found->second, id, &Generation::id) != found->second.end();
}

std::vector<const Keyring::Generation*> Keyring::All(const MailboxId& mailbox) const {
  std::vector<const Generation*> out;
  if (const auto found = generations_.find(mailbox); found != generations_.end()) {
    for (const Generation& generation : found->second) out.push_back(&generation);
  }
  return out;
}

Result<Keyring::Opened> Keyring::Open(const RecordHeader& header, ByteView payload) const {
  // Not a key that is still on its way: none will ever open it.
  if (!payload.empty() && payload[0] != kSuite1) {
    return Fail(Code::kSuiteUnsupported, "A record uses another cryptographic suite. Install a newer Kith.");
  }
  const auto ad = header.Place();
  for (const Generation* generation : std::views::reverse(All(header.mailbox))) {
    if (!Commits(generation->key, labels::kSealPayload, ad, payload)) continue;
    KITH_TRY_ASSIGN(Plaintext plain, kith::Open(generation->key, labels::kSealPayload, ad, payload, Padding::kPadme));
    return Opened{.plain = std::move(plain), .generation = generation->id};
  }
  return Fail(Code::kUnknownGeneration,
              "No key here opens this record. Let your other devices sync, then try `kith sync`.");
}

void Keyring::TakeImportKey(Transaction& tx, const ImportKeyOp& op) {
  const Stamp stamp{.hlc = op.hlc, .value = op.key};
  if (import_key_ && stamp <= import_stamp_) return;
  import_stamp_ = stamp;
  import_key_ = ImportKey::Copy(op.key);
  tx.Put(storage::KeyringKey(kImportName, {}), StampValue(op.hlc, op.key));
}

void Keyring::TakeSeat(Transaction& tx, const SeatKeyOp& op, const GenerationId& told_under, std::vector<OpId> known) {
  const storage::StoredSeat stored{.hlc = op.hlc, .seed = op.seed, .told_under = told_under, .known = std::move(known)};
  const HeldSeat* kept = Keep(op.mailbox, stored);
  if (kept == nullptr) return;
  tx.Put(storage::SeatKeyOf(op.mailbox, kept->signer->public_key()), stored.Encode());
}

const Keyring::HeldSeat* Keyring::Keep(const MailboxId& mailbox, const storage::StoredSeat& stored) {
  auto signer = std::make_shared<const Signer>(Signer::FromSeed(SignSeed::Copy(stored.seed)));
  std::vector<HeldSeat>& seats = seats_[mailbox];
  const auto same = [&](const HeldSeat& seat) { return seat.signer->public_key() == signer->public_key(); };
  if (std::ranges::any_of(seats, same)) return nullptr;
  const auto before = [](const HeldSeat& a, const HeldSeat& b) {
    return std::pair(a.stored.hlc, a.signer->public_key()) > std::pair(b.stored.hlc, b.signer->public_key());
  };
  HeldSeat seat{.signer = std::move(signer), .stored = stored};
  seat.stored.seed = {};
  return &*seats.insert(std::ranges::upper_bound(seats, seat, before), std::move(seat));
}

const std::vector<Keyring::HeldSeat>& Keyring::Seats(const MailboxId& mailbox) const {
  static const std::vector<HeldSeat> kNone;
  const auto found = seats_.find(mailbox);
  return found == seats_.end() ? kNone : found->second;
}

std::shared_ptr<const Signer> Keyring::Seat(const MailboxId& mailbox) const {
  const std::vector<HeldSeat>& seats = Seats(mailbox);
  return seats.empty() ? nullptr : seats.front().signer;
}

const Keyring::HeldSeat* Keyring::SeatIn(const MailboxId& mailbox, const SeatTable& table) const {
  const std::vector<HeldSeat>& seats = Seats(mailbox);
  const auto listed = std::ranges::find_if(
      seats, [&](const HeldSeat& seat) { return table.seats().contains(seat.signer->public_key()); });
  return listed == seats.end() ? nullptr : &*listed;
}

}  // namespace kith
