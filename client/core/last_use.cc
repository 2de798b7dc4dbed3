#include "client/core/last_use.h"

#include "client/core/storage.h"
#include "client/core/transaction.h"

namespace kith {

Result<bool> NoteUse(Store& store, Clock& clock) {
  const Bytes key = storage::Key(storage::Prefix::kLastUse);
  const int64_t now = clock.NowMillis();
  Transaction tx(store);
  KITH_TRY_ASSIGN(const auto kept, tx.Get(key));
  bool long_away = false;
  if (kept) {
    KITH_TRY_ASSIGN(const uint64_t before, storage::DecodeU64(*kept));
    long_away = now - static_cast<int64_t>(before) >= kLongAwayMillis;
  }
  tx.Put(key, storage::EncodeU64(static_cast<uint64_t>(now)));
  KITH_TRY(tx.Commit());
  return long_away;
}

}  // namespace kith
