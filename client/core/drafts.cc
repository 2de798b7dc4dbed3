#include "client/core/drafts.h"

#include <algorithm>

#include "client/core/hlc.h"
#include "client/core/limits.h"
#include "client/core/storage.h"
#include "client/core/transaction.h"
#include "client/model/content.h"
#include "client/wire/ops.h"
#include "crypto/verify/hash.h"

namespace kith {

Result<EntryId> Drafts::Keep(const std::optional<EntryId>& id, const Content& content) {
  KITH_TRY(CheckContent(content));
  KITH_TRY_ASSIGN(const std::vector<PracticeDraft> kept, All());
  const bool known = id && std::ranges::find(kept, *id, &PracticeDraft::id) != kept.end();
  if (!known && kept.size() >= limits::kDrafts) {
    return Fail(Code::kTooLarge, "There are " + std::to_string(limits::kDrafts) +
                                     " drafts already. Finish or drop some; `kith drafts` lists them.");
  }
  const EntryId draft = id ? *id : RandomId<EntryId>();
  const Version version{
      .entry = draft, .parents = {}, .hlc = static_cast<Hlc>(clock_.NowMillis()) << 16, .content = content};
  Transaction tx(store_);
  tx.Put(storage::DraftKey(draft), EncodeOp(version));
  KITH_TRY(tx.Commit());
  return draft;
}

Result<std::vector<PracticeDraft>> Drafts::All() const {
  std::vector<PracticeDraft> out;
  Result<> outcome;
  const Bytes from = storage::Key(storage::Prefix::kDraft);
  KITH_TRY(store_.Scan(from, storage::After(from), Store::Order::kAscending, [&](ByteView, ByteView value) {
    Result<Op> op = DecodeOp(value);
    Version* const version = op ? std::get_if<Version>(&*op) : nullptr;
    if (version == nullptr) {
      outcome = Fail(Code::kVaultDamaged, "A draft in the vault cannot be read. Restore the vault from a backup.");
      return false;
    }
    out.push_back(
        {.id = version->entry, .at_ms = HlcClock::Millis(version->hlc), .content = std::move(version->content)});
    return true;
  }));
  KITH_TRY(outcome);
  std::ranges::stable_sort(out, std::ranges::greater(), &PracticeDraft::at_ms);
  return out;
}

Result<> Drafts::Drop(const EntryId& id) {
  Transaction tx(store_);
  tx.Delete(storage::DraftKey(id));
  return tx.Commit();
}

}  // namespace kith
