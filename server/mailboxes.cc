#include "server/mailboxes.h"

#include "server/limits.h"

namespace kith::relay {

bool Permitted(const SeatTable& seats, const SignPublic& signer) {
  return seats.Listed(signer) || seats.seats().contains(signer) || seats.root() == signer;
}

Result<std::shared_ptr<const Mailbox>> Mailboxes::Get(const MailboxId& id) {
  {
    const MutexLock lock(mutex_);
    if (const auto it = cache_.find(id); it != cache_.end()) return it->second;
  }
  const uint64_t before = Changes(id).load();
  KITH_TRY_ASSIGN(auto mailbox, Load(id));
  if (mailbox == nullptr) return mailbox;
  const MutexLock lock(mutex_);
  if (Changes(id).load() == before) Insert(mailbox);
  return mailbox;
}

Result<std::shared_ptr<const Mailbox>> Mailboxes::Load(const MailboxId& id) {
  KITH_TRY_ASSIGN(const auto row, log_.FindMailbox(id));
  if (!row) return std::shared_ptr<const Mailbox>();
  SeatTable table;
  for (;;) {
    KITH_TRY_ASSIGN(const auto statements, log_.Statements(row->number, table.number(), limits::kPageBytes));
    if (statements.empty()) break;
    for (const auto& statement : statements) {
      auto next = table.Apply(statement);
      if (!next) return Fail(Code::kStorageFailed, "a stored seat statement is damaged");
      table = *std::move(next);
    }
  }
  return std::make_shared<const Mailbox>(Mailbox{id, *row, std::make_shared<const SeatTable>(std::move(table))});
}

void Mailboxes::Insert(std::shared_ptr<const Mailbox> mailbox) {
  if (cache_.size() >= capacity_ && !cache_.contains(mailbox->id)) cache_.erase(cache_.begin());
  cache_[mailbox->id] = std::move(mailbox);
}

void Mailboxes::Publish(std::shared_ptr<const Mailbox> mailbox) {
  const MutexLock lock(mutex_);
  ++Changes(mailbox->id);
  Insert(std::move(mailbox));
}

void Mailboxes::ForgetAll() {
  const MutexLock lock(mutex_);
  for (auto& count : changes_) ++count;
  cache_.clear();
}

}  // namespace kith::relay
