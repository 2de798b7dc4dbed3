#include "client/core/share_storage.h"

#include <algorithm>

namespace kith::storage {
namespace {

Error Damaged() {
  return Fail(Code::kVaultDamaged,
              "A value in the vault has a wrong length. Restore it from a backup, or link this device anew.");
}

Writer Start(Prefix prefix) {
  Writer writer;
  writer.U8(static_cast<uint8_t>(prefix));
  return writer;
}

template <class IdType>
IdType ReadId(Reader& reader) {
  return IdType{reader.Array<IdType::kSize>()};
}

// Every value under `prefix`, decoded; the first that does not hold ends it.
template <class T, class Decode>
Result<std::vector<T>> ReadAll(Store& store, const Bytes& prefix, const Decode& decode) {
  std::vector<T> out;
  Result<> outcome;
  KITH_TRY(store.Scan(prefix, After(prefix), Store::Order::kAscending, [&](ByteView key, ByteView value) {
    auto item = decode(key, value);
    if (!item) {
      outcome = item.error();
      return false;
    }
    out.push_back(*std::move(item));
    return true;
  }));
  KITH_TRY(outcome);
  return out;
}

}  // namespace

Bytes FriendKey(const MailboxId& circle) { return Start(Prefix::kFriend).Raw(circle.view()).Take(); }
Bytes ShareNoteKey(const EntryId& entry, const ShareId& share) {
  return Start(Prefix::kShareNote).Raw(entry.view()).Raw(share.view()).Take();
}
Bytes HeldKey(uint64_t number) { return Start(Prefix::kHeld).U64(number).Take(); }
Bytes KnownShareKey(const MailboxId& circle, const PersonId& author, const ShareId& share) {
  return Start(Prefix::kKnownShare).Raw(circle.view()).Raw(author.view()).Raw(share.view()).Take();
}
Bytes AnswersKey(const MailboxId& circle, const PersonId& author, const ShareId& share) {
  return Start(Prefix::kAnswer).Raw(circle.view()).Raw(author.view()).Raw(share.view()).Take();
}
Bytes AnswerKey(const MailboxId& circle, const PersonId& author, const ShareId& share, const OpId& answer) {
  return Writer().Raw(AnswersKey(circle, author, share)).Raw(answer.view()).Take();
}
Bytes ShareCountKey(const MailboxId& circle, const PersonId& author) {
  return Start(Prefix::kShareCount).Raw(circle.view()).Raw(author.view()).Take();
}
Bytes AnswerCountKey(const MailboxId& circle, const PersonId& author, const ShareId& share, const PersonId& by) {
  return Start(Prefix::kShareCount).Raw(circle.view()).Raw(author.view()).Raw(share.view()).Raw(by.view()).Take();
}
Bytes StandingKey(const MailboxId& circle, const PersonId& author) {
  return Start(Prefix::kStanding).Raw(circle.view()).Raw(author.view()).Take();
}
Bytes StandingKey(const MailboxId& circle) { return Start(Prefix::kStanding).Raw(circle.view()).Take(); }
Bytes StandingKey(const EntryId& entry) { return Start(Prefix::kStanding).Raw(entry.view()).Take(); }
Bytes SharedEntriesKey() { return Key(Prefix::kStanding); }
Bytes EndingKey(const MailboxId& circle) { return Start(Prefix::kNamedByPrune).Raw(circle.view()).Take(); }
Bytes SeenKey(uint32_t by_lane, uint32_t our_lane) { return Start(Prefix::kSeen).U32(by_lane).U32(our_lane).Take(); }
Bytes PrunedKey(uint32_t lane, uint64_t first) { return Start(Prefix::kPruned).U32(lane).U64(first).Take(); }
Bytes ToPruneKey(uint32_t lane, uint64_t seq) { return Start(Prefix::kToPrune).U32(lane).U64(seq).Take(); }
Bytes WithdrawnKey(uint32_t lane, uint64_t seq) { return Start(Prefix::kWithdrawn).U32(lane).U64(seq).Take(); }

Result<Withdrawn> Withdrawn::Decode(ByteView value) {
  Reader reader(value);
  Withdrawn out;
  out.record = {reader.Array<RecordId::kSize>()};
  out.emptied = reader.U8() != 0;
  out.share = {reader.Array<ShareId::kSize>()};
  if (!reader.Done()) return Fail(Code::kVaultDamaged, "A value in the vault has a wrong length.");
  return out;
}

Bytes HeldItem::Encode() const {
  Writer writer;
  writer.Raw(share.view()).Raw(circle.view()).Raw(entry.view()).U8(follow ? 1 : 0).U64(shared);
  writer.U64(static_cast<uint64_t>(hold_ms)).U64(static_cast<uint64_t>(leaves_ms));
  writer.U16(static_cast<uint16_t>(versions.size()));
  for (const VersionId& version : versions) writer.Raw(version.view());
  Bytes op = EncodeOp(ShareOp{.share = share, .content = content, .expires_ms = expires_ms});
  writer.Raw(op);
  Wipe(op);
  return writer.Take();
}

Result<HeldItem> HeldItem::Decode(ByteView key, ByteView value) {
  Reader tail(key.last(std::min<size_t>(key.size(), 8)));
  Reader reader(value);
  HeldItem out{.number = tail.U64(), .content = {}};
  out.share = ReadId<ShareId>(reader);
  out.circle = ReadId<MailboxId>(reader);
  out.entry = ReadId<EntryId>(reader);
  out.follow = reader.U8() != 0;
  out.shared = reader.U64();
  out.hold_ms = static_cast<int64_t>(reader.U64());
  out.leaves_ms = static_cast<int64_t>(reader.U64());
  const size_t count = reader.U16();
  for (size_t i = 0; i < count && reader.ok(); ++i) out.versions.push_back(ReadId<VersionId>(reader));
  if (!tail.Done() || !reader.ok()) return Damaged();
  KITH_TRY_ASSIGN(Op op, DecodeOp(reader.rest()));
  auto* kept = std::get_if<ShareOp>(&op);
  if (kept == nullptr) return Damaged();
  out.content = std::move(kept->content);
  out.expires_ms = kept->expires_ms;
  return out;
}

const KnownShare::Copy* KnownShare::Shown(const std::function<bool(const Place&)>& counts) const {
  const Copy* newest = nullptr;
  if (taken_back) return newest;
  for (const Copy& copy : copies) {
    const bool later = newest == nullptr || std::pair(copy.hlc, copy.op) > std::pair(newest->hlc, newest->op);
    if (later && counts(copy.place)) newest = &copy;
  }
  return newest;
}

Bytes KnownShare::Encode() const {
  Writer writer;
  writer.U8(taken_back ? static_cast<uint8_t>(1 + static_cast<uint8_t>(before)) : 0);
  writer.U64(hlc).Raw(op.view()).U8(static_cast<uint8_t>(copies.size()));
  for (const Copy& copy : copies) {
    writer.Raw(copy.op.view()).U64(copy.hlc);
    WritePlace(writer, copy.place);
  }
  // Few have an end.
  if (std::ranges::any_of(copies, [](const Copy& copy) { return copy.expires_ms != 0; })) {
    for (const Copy& copy : copies) writer.U64(static_cast<uint64_t>(copy.expires_ms));
  }
  return writer.Take();
}

Result<KnownShare> KnownShare::Decode(ByteView value) {
  Reader reader(value);
  KnownShare out;
  const uint8_t taken = reader.U8();
  out.taken_back = taken != 0;
  if (taken > 1 + static_cast<uint8_t>(Before::kNeverLeft)) return Damaged();
  if (taken > 0) out.before = static_cast<Before>(taken - 1);
  out.hlc = reader.U64();
  out.op = ReadId<OpId>(reader);
  const size_t count = reader.U8();
  for (size_t i = 0; i < count && reader.ok(); ++i) {
    const OpId id = ReadId<OpId>(reader);
    const Hlc hlc = reader.U64();
    out.copies.push_back({.op = id, .hlc = hlc, .place = ReadPlace(reader)});
  }
  if (reader.ok() && !reader.rest().empty()) {
    for (Copy& copy : out.copies) copy.expires_ms = static_cast<int64_t>(reader.U64());
  }
  if (!reader.Done()) return Damaged();
  return out;
}

Bytes KeptAnswer::Encode() const {
  Writer writer;
  writer.Raw(person.view());
  WritePlace(writer, place);
  return writer.Raw(EncodeOp(op)).Take();
}

Result<KeptAnswer> KeptAnswer::Decode(ByteView value) {
  Reader reader(value);
  KeptAnswer out;
  out.person = ReadId<PersonId>(reader);
  out.place = ReadPlace(reader);
  if (!reader.ok()) return Damaged();
  KITH_TRY_ASSIGN(Op op, DecodeOp(reader.rest()));
  auto* heard = std::get_if<HeardOp>(&op);
  if (heard == nullptr) return Damaged();
  out.op = std::move(*heard);
  return out;
}

Result<std::vector<ShareNoteOp>> ReadNotes(Store& store, const std::optional<EntryId>& entry) {
  Writer prefix = Start(Prefix::kShareNote);
  if (entry) prefix.Raw(entry->view());
  return ReadAll<ShareNoteOp>(store, prefix.Take(), [](ByteView, ByteView value) -> Result<ShareNoteOp> {
    KITH_TRY_ASSIGN(auto note, Stamped<ShareNoteOp>::Decode(value));
    return std::move(note.op);
  });
}

Result<std::vector<HeldItem>> ReadHeld(Store& store) {
  return ReadAll<HeldItem>(store, Key(Prefix::kHeld), HeldItem::Decode);
}

Result<std::vector<KeptAnswer>> ReadAnswers(Store& store, const MailboxId& circle, const PersonId& author,
                                            const ShareId& share) {
  KITH_TRY_ASSIGN(std::vector<KeptAnswer> answers,
                  ReadAll<KeptAnswer>(store, AnswersKey(circle, author, share),
                                      [](ByteView, ByteView value) { return KeptAnswer::Decode(value); }));
  std::ranges::stable_sort(answers, {}, [](const KeptAnswer& answer) { return answer.op.hlc; });
  return answers;
}

Result<std::optional<KnownShare>> ReadKnown(const Transaction& tx, const Bytes& key) {
  KITH_TRY_ASSIGN(const auto value, tx.Get(key));
  if (!value) return std::optional<KnownShare>();
  KITH_TRY_ASSIGN(KnownShare known, KnownShare::Decode(*value));
  return std::optional(std::move(known));
}

Result<uint64_t> ReadCount(const Transaction& tx, const Bytes& key) {
  KITH_TRY_ASSIGN(const auto value, tx.Get(key));
  if (!value) return uint64_t{0};
  return DecodeU64(*value);
}

Result<uint64_t> CountHeld(Store& store) {
  uint64_t count = 0;
  const Bytes prefix = Key(Prefix::kHeld);
  KITH_TRY(store.Scan(prefix, After(prefix), Store::Order::kAscending, [&](ByteView, ByteView) {
    ++count;
    return true;
  }));
  return count;
}

Result<uint64_t> AddOne(Transaction& tx, const Bytes& key) {
  KITH_TRY_ASSIGN(const uint64_t count, ReadCount(tx, key));
  tx.Put(key, EncodeU64(count + 1));
  return count + 1;
}

Result<uint64_t> TakeOne(Transaction& tx, const Bytes& key) {
  KITH_TRY_ASSIGN(const uint64_t count, ReadCount(tx, key));
  if (count < 2) {
    tx.Delete(key);
    return uint64_t{0};
  }
  tx.Put(key, EncodeU64(count - 1));
  return count - 1;
}

}  // namespace kith::storage
