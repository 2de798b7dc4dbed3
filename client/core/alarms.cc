#include "client/core/alarms.h"

#include <algorithm>

#include "crypto/base/check.h"

namespace kith {
namespace {

using storage::AlarmKind;

// What stands in the store must not change its meaning when codes are added.
AlarmKind KindOf(Code code) {
  static constexpr std::array kKinds = {
      std::pair(Code::kGap, AlarmKind::kGap),
      std::pair(Code::kRollback, AlarmKind::kRollback),
      std::pair(Code::kWithheld, AlarmKind::kWithheld),
      std::pair(Code::kEquivocation, AlarmKind::kEquivocation),
      std::pair(Code::kRelayWiped, AlarmKind::kRelayWiped),
      std::pair(Code::kRelayForeign, AlarmKind::kRelayForeign),
  };
  const auto* const found = std::ranges::find(kKinds, code, &std::pair<Code, AlarmKind>::first);
  KITH_CHECK(found != kKinds.end());
  return found->second;
}

std::optional<Code> CodeOf(uint8_t kind) {
  switch (static_cast<AlarmKind>(kind)) {
    case AlarmKind::kGap:
      return Code::kGap;
    case AlarmKind::kRollback:
      return Code::kRollback;
    case AlarmKind::kWithheld:
      return Code::kWithheld;
    case AlarmKind::kEquivocation:
      return Code::kEquivocation;
    case AlarmKind::kRelayWiped:
      return Code::kRelayWiped;
    case AlarmKind::kRelayForeign:
      return Code::kRelayForeign;
  }
  return std::nullopt;
}

Bytes KeyOf(const Alarm& alarm) { return storage::AlarmKey(alarm.mailbox, KindOf(alarm.code), alarm.lane); }

void Save(Transaction& tx, const Alarm& alarm) {
  tx.Put(KeyOf(alarm), Writer().U64(alarm.seq).U64(alarm.since_ms).U8(alarm.past ? 1 : 0).Take());
}

}  // namespace

Bytes Proof::Encode() const {
  return Writer()
      .Prefixed(header)
      .Raw(signature.view())
      .Prefixed(other_header)
      .Raw(other_signature.view())
      .Raw(cited.view())
      .Raw(by.view())
      .Take();
}

Result<Proof> Proof::Decode(ByteView bytes) {
  Reader reader(bytes);
  const auto copy = [](ByteView view) { return Bytes(view.begin(), view.end()); };
  Proof out;
  out.header = copy(reader.Prefixed());
  out.signature = {reader.Array<Signature::kSize>()};
  out.other_header = copy(reader.Prefixed());
  out.other_signature = {reader.Array<Signature::kSize>()};
  out.cited = {reader.Array<RecordId::kSize>()};
  out.by = {reader.Array<LaneKey::kSize>()};
  if (!reader.Done()) return Fail(Code::kVaultDamaged, "A proof in the vault has a wrong length.");
  return out;
}

Result<> Alarms::Load(Store& store) {
  Result<> outcome;
  const Bytes prefix = storage::Key(storage::Prefix::kAlarm);
  KITH_TRY(store.Scan(prefix, storage::After(prefix), Store::Order::kAscending, [&](ByteView key, ByteView value) {
    Reader name(key.subspan(1));
    Reader reader(value);
    Alarm alarm;
    alarm.mailbox = {name.Array<MailboxId::kSize>()};
    const auto code = CodeOf(name.U8());
    alarm.lane = {name.Array<LaneKey::kSize>()};
    alarm.seq = reader.U64();
    alarm.since_ms = reader.U64();
    alarm.past = reader.U8() != 0;
    if (!code || !name.Done() || !reader.Done()) {
      outcome = Fail(Code::kVaultDamaged,
                     "A value in the vault has a wrong length. Restore it from a backup, or link this device anew.");
      return false;
    }
    alarm.code = *code;
    alarms_[{alarm.mailbox, alarm.code, alarm.lane}] = alarm;
    return true;
  }));
  return outcome;
}

void Alarms::Raise(Transaction& tx, const Alarm& alarm) {
  Alarm& known = alarms_[{alarm.mailbox, alarm.code, alarm.lane}];
  const bool stands = known.since_ms != 0 && !known.past;
  if (stands && known.seq == alarm.seq) return;
  const uint64_t since = stands ? known.since_ms : alarm.since_ms;
  known = alarm;
  known.since_ms = std::max<uint64_t>(since, 1);
  Save(tx, known);
}

void Alarms::End(Transaction& tx, const MailboxId& mailbox, Code code, const LaneKey& lane) {
  const auto found = alarms_.find({mailbox, code, lane});
  if (found == alarms_.end() || found->second.past) return;
  if (code == Code::kRollback) {
    found->second.past = true;
    Save(tx, found->second);
    return;
  }
  tx.Delete(KeyOf(found->second));
  alarms_.erase(found);
}

void Alarms::Dismiss(Transaction& tx) {
  std::erase_if(alarms_, [&](const auto& one) {
    const Alarm& alarm = one.second;
    if (!alarm.past && alarm.code != Code::kEquivocation) return false;
    tx.Delete(KeyOf(alarm));
    return true;
  });
}

bool Alarms::Stands(const MailboxId& mailbox, Code code) const {
  const auto first = alarms_.lower_bound({mailbox, code, LaneKey{}});
  return std::any_of(first, alarms_.end(), [&](const auto& one) {
    return one.second.mailbox == mailbox && one.second.code == code && !one.second.past;
  });
}

}  // namespace kith
