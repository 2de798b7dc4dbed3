#include "client/core/journal.h"

#include <algorithm>
#include <tuple>

#include "client/core/devices.h"
#include "client/core/heads.h"
#include "client/core/outbox.h"
#include "client/core/release.h"
#include "client/model/content.h"
#include "crypto/base/hex.h"
#include "crypto/derive.h"
#include "crypto/verify/hash.h"

namespace kith {
namespace {

Error NoSuchEntry() { return Fail(Code::kNotFound, "There is no such entry. `kith list` shows their ids."); }

bool IsRefusal(Code code) {
  return code == Code::kNotFound || code == Code::kInvalidArgument || code == Code::kDeviceRevoked;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string FormatEntryId(const EntryId& entry) { return Hex(entry.view()); }

Result<std::unique_ptr<Journal>> Journal::Open(Store& store, Clock& clock) {
  std::unique_ptr<Journal> journal(new Journal(store, clock));
  KITH_TRY(journal->Reload());
  return journal;
}

Result<> Journal::Reload() {
  stale_ = true;
  KITH_TRY_ASSIGN(auto state, State::Load(store_, clock_));
  Transaction tx(store_);
  KITH_TRY(Intake(*state).TakeAgain(tx));
  KITH_TRY(state->Commit(tx));
  syncs_.clear();
  state_ = std::move(state);
  syncs_[mailbox()] = std::make_unique<Sync>(*state_, mailbox());
  stale_ = false;
  ++loads_;
  return {};
}

Result<> Journal::EnsureLoaded() { return stale_ ? Reload() : Result<>(); }

Result<> Journal::Ready() const {
  if (stale_)
    return Fail(Code::kStorageFailed,
                "The vault could not be read after an error of the disk. See to the disk and try again.");
  return {};
}

Result<> Journal::KeepAcknowledged() {
  KITH_TRY(Ready());
  const Result<> kept = state_->CommitAcknowledged();
  if (!kept) KITH_TRY(Reload());
  return kept;
}

Result<> Journal::Finish(Transaction& tx, Result<> outcome) {
  if (outcome) outcome = state_->Commit(tx);
  if (outcome) return {};
  // What is in memory may run ahead of the disk now.
  if (const Result<> reloaded = Reload(); !reloaded) return reloaded;
  return outcome;
}

Result<storage::EntryVersions> Journal::Known(const EntryId& entry) const {
  KITH_TRY(Ready());
  const Transaction tx(store_);
  KITH_TRY_ASSIGN(auto versions, state_->entries.Versions(tx, entry));
  if (!versions) return NoSuchEntry();
  if (IsShredded(*versions)) {
    return Fail(Code::kShredded, "This entry was shredded, here or on another device of yours. Its words are gone.");
  }
  return *std::move(versions);
}

Result<> Journal::Keep(Transaction& tx, const Version& version) {
  Bytes op = EncodeOp(version);
  const storage::Place place = Outbox(*state_).Add(tx, state_->self(), {&op, 1});
  KITH_TRY(Intake(*state_).ApplyOp(tx, op, place));
  Wipe(op);
  return {};
}

Result<VersionId> Journal::Append(Version version) {
  KITH_TRY(Ready());
  version.hlc = state_->NextHlc();
  Transaction tx(store_);
  KITH_TRY(Finish(tx, Keep(tx, version)));
  return HashId<VersionId>(labels::kOp, {EncodeOp(version)});
}

Result<EntryId> Journal::Write(Content content) {
  KITH_TRY(CheckContent(content));
  Version version{.entry = RandomId<EntryId>(), .content = std::move(content)};
  const EntryId entry = version.entry;
  KITH_TRY(Append(std::move(version)));
  return entry;
}

Result<> Journal::Edit(const EntryId& entry, std::vector<VersionId> parents, Content content) {
  KITH_TRY(CheckContent(content));
  KITH_TRY_ASSIGN(const storage::EntryVersions versions, Known(entry));
  for (const VersionId& parent : parents) {
    if (std::ranges::find(versions.items, parent, &storage::EntryVersions::Item::id) == versions.items.end()) {
      return Fail(Code::kNotFound, "The version that was edited is not here. `kith history` shows those that are.");
    }
  }
  if (parents.empty()) parents = HeadsOf(versions);
  KITH_TRY(Append({.entry = entry, .parents = std::move(parents), .content = std::move(content)}));
  return {};
}

Result<> Journal::Delete(const EntryId& entry) {
  KITH_TRY_ASSIGN(const storage::EntryVersions versions, Known(entry));
  if (versions.listed == storage::EntryVersions::Listed::kDeleted) return {};
  KITH_TRY(Append({.entry = entry, .parents = HeadsOf(versions), .state = VersionState::kDeleted}));
  return {};
}

Result<> Journal::Restore(const EntryId& entry, std::optional<VersionId> version) {
  KITH_TRY_ASSIGN(const storage::EntryVersions versions, Known(entry));
  const Transaction tx(store_);
  Content content;
  if (version) {
    KITH_TRY_ASSIGN(std::vector<Version> all, state_->entries.LoadAll(tx, entry, versions));
    const auto wanted = std::ranges::find(all, *version, &Version::id);
    if (wanted == all.end() || wanted->state != VersionState::kContent) {
      return Fail(Code::kNotFound, "That version has no words to bring back. `kith history` shows which have.");
    }
    content = std::move(wanted->content);
  } else {
    if (versions.listed != storage::EntryVersions::Listed::kDeleted) return {};
    KITH_TRY_ASSIGN(EntryView view, state_->entries.View(tx, entry, versions));
    content = std::move(view.content);
  }
  KITH_TRY(Append({.entry = entry, .parents = HeadsOf(versions), .content = std::move(content)}));
  return {};
}

Result<ShredOutcome> Journal::Shred(const EntryId& entry) {
  KITH_TRY(Ready());
  auto outcome = ShredEntry(*state_, entry);
  KITH_TRY(AfterChange(outcome ? Result<>() : Result<>(outcome.error())));
  return outcome;
}

Result<> Journal::CompactIfDue() {
  KITH_TRY(Ready());
  if (!state_->shreds.compaction_due()) return {};
  KITH_TRY(store_.Compact());
  Transaction tx(store_);
  state_->shreds.Compacted(tx);
  return Finish(tx, {});
}

EntryId Journal::IdOf(const Addition& addition) const {
  if (addition.id) return *addition.id;
  const auto raw = DeriveRaw(state_->keyring.import_key()->Reveal(), labels::kImport, {addition.name});
  return *EntryId::From(ByteView(raw).first(EntryId::kSize));
}

Result<bool> Journal::Imported(const Addition& addition) const {
  KITH_TRY(Ready());
  if (state_->keyring.import_key() == nullptr) {
    return Fail(Code::kUnknownGeneration, "This device has not received its import key yet. Run `kith sync` first.");
  }
  const Transaction tx(store_);
  KITH_TRY_ASSIGN(const auto versions, state_->entries.Versions(tx, IdOf(addition)));
  return versions.has_value();
}

Result<size_t> Journal::Import(std::span<const Addition> additions) {
  KITH_TRY(Ready());
  if (state_->keyring.import_key() == nullptr) {
    return Fail(Code::kUnknownGeneration, "This device has not received its import key yet. Run `kith sync` first.");
  }
  for (const Addition& addition : additions) KITH_TRY(CheckContent(addition.content));
  Transaction tx(store_);
  std::vector<Bytes> ops;
  const auto add_all = [&]() -> Result<> {
    const Mailbox& self = state_->self();
    for (const Addition& addition : additions) {
      const EntryId entry = IdOf(addition);
      KITH_TRY_ASSIGN(const auto known, state_->entries.Versions(tx, entry));
      if (known) continue;
      // No time and no parents: the same entry imported on two devices is the same version.
      Bytes op = EncodeOp(Version{.entry = entry, .content = addition.content});
      KITH_TRY(Intake(*state_).ApplyOp(
          tx, op,
          {.kind = storage::Place::Kind::kOutbox, .owner = self.sync.number, .number = self.outbox_next + ops.size()}));
      ops.push_back(std::move(op));
    }
    Outbox(*state_).Add(tx, state_->self(), ops);
    return {};
  };
  KITH_TRY(Finish(tx, add_all()));
  for (Bytes& op : ops) Wipe(op);
  return ops.size();
}

Result<EntryId> Journal::Resolve(std::string_view prefix) const {
  KITH_TRY(Ready());
  constexpr size_t kShortest = 4;
  if (prefix.size() < kShortest || prefix.size() > 2 * EntryId::kSize ||
      std::ranges::any_of(prefix, [](char c) { return HexDigit(c) < 0; })) {
    return Fail(Code::kInvalidArgument,
                "An entry is named by the first digits of its id, at least four. `kith list` shows them.");
  }
  EntryId low;
  EntryId high;
  high.value.fill(0xff);
  for (size_t i = 0; i < prefix.size(); ++i) {
    const int shift = i % 2 == 0 ? 4 : 0;
    const auto clear = static_cast<uint8_t>(~(0xf << shift));
    const auto digit = static_cast<uint8_t>(HexDigit(prefix[i]) << shift);
    low.value[i / 2] = static_cast<uint8_t>((low.value[i / 2] & clear) | digit);
    high.value[i / 2] = static_cast<uint8_t>((high.value[i / 2] & clear) | digit);
  }
  std::vector<EntryId> found;
  Bytes end = storage::EntryKey(high);
  end.push_back(0);
  KITH_TRY(store_.Scan(storage::EntryKey(low), end, Store::Order::kAscending, [&](ByteView key, ByteView) {
    found.push_back(*EntryId::From(key.subspan(1)));
    return found.size() < 2;
  }));
  if (found.empty()) return NoSuchEntry();
  if (found.size() > 1) return Fail(Code::kAmbiguous, "More than one entry's id begins so. Give more digits.");
  return found.front();
}

Result<ShownEntry> Journal::Show(const EntryId& entry) const {
  KITH_TRY_ASSIGN(storage::EntryVersions versions, Known(entry));
  const Transaction tx(store_);
  KITH_TRY_ASSIGN(EntryView view, state_->entries.View(tx, entry, versions));
  return ShownEntry{.view = std::move(view), .versions = std::move(versions)};
}

Result<std::vector<Version>> Journal::History(const EntryId& entry) const {
  KITH_TRY_ASSIGN(const storage::EntryVersions versions, Known(entry));
  const Transaction tx(store_);
  KITH_TRY_ASSIGN(std::vector<Version> all, state_->entries.LoadAll(tx, entry, versions));
  std::vector<VersionInfo> infos;
  for (const Version& version : all) infos.push_back(InfoOf(version));
  const VersionDag dag(std::move(infos));
  std::ranges::sort(all, [&](const Version& a, const Version& b) { return *dag.Find(a.id) > *dag.Find(b.id); });
  return all;
}

uint64_t Journal::entry_count() const { return state_->entries.counts().listed; }

Result<> Journal::RenameDevice(const DeviceId& device, const std::string& label) {
  KITH_TRY(Ready());
  return AfterChange(kith::RenameDevice(*state_, device, label));
}

Result<> Journal::RevokeDevice(const DeviceId& device) {
  KITH_TRY(Ready());
  return AfterChange(RevokeDeviceNow(*state_, device));
}

Result<> Journal::SetTrustees(const TrusteesPlan& plan) {
  KITH_TRY(Ready());
  return AfterChange(kith::SetTrustees(*state_, plan));
}

Result<> Journal::EndTrustees() {
  KITH_TRY(Ready());
  return AfterChange(kith::EndTrustees(*state_));
}

Result<size_t> Journal::VetoClaims() {
  KITH_TRY(Ready());
  auto vetoed = kith::VetoClaims(*state_);
  if (!vetoed) KITH_TRY(AfterChange(vetoed.error()));
  return vetoed;
}

Result<ReleaseReply> Journal::AnswerClaim(const MailboxId& circle, const BoxPublic& claim) {
  KITH_TRY(Ready());
  auto reply = kith::AnswerClaim(*state_, circle, claim);
  if (!reply) KITH_TRY(AfterChange(reply.error()));
  return reply;
}

std::vector<RevocationPlace> Journal::RevocationPlaces(const DeviceId& device) const {
  return kith::RevocationPlaces(*state_, device);
}

bool Journal::unsettled(const MailboxId& mailbox) const {
  const auto known = state_->mailboxes.find(mailbox);
  return known != state_->mailboxes.end() && CanSettle(*state_, known->second);
}

// What is in memory may run ahead of the disk after an error, but for what was refused beforehand.
Result<> Journal::AfterChange(Result<> outcome) {
  if (!outcome && !IsRefusal(outcome.error().code)) KITH_TRY(Reload());
  return outcome;
}

std::vector<DeviceInfo> Journal::Devices() const {
  std::vector<DeviceInfo> out;
  for (const auto& [id, device] : state_->person->devices()) {
    DeviceInfo info{.id = id, .this_device = id == state_->device->public_key(), .revoked = device.revoked};
    if (const auto label = state_->labels.find(id); label != state_->labels.end()) {
      std::tie(info.named, info.label) = label->second;
    }
    for (const storage::Lane& lane : state_->lanes.all()) {
      if (lane.device == id || (info.this_device && lane.seed))
        info.last_seen = std::max(info.last_seen, lane.last_hlc);
    }
    out.push_back(std::move(info));
  }
  return out;
}

std::string Journal::WriterOf(const storage::Place& place) const {
  DeviceId device = state_->device->public_key();
  if (place.kind == storage::Place::Kind::kRecord) {
    const storage::Lane* lane = state_->lanes.Find(place.owner);
    if (lane == nullptr) return {};
    if (!lane->seed) device = lane->device;
  }
  const auto label = state_->labels.find(device);
  return label == state_->labels.end() ? std::string() : label->second.second;
}

Result<> Journal::SetRelay(const RelayAddress& relay, std::vector<Bytes> tokens) {
  KITH_TRY(Ready());
  Transaction tx(store_);
  storage::MailboxSync& sync = state_->self().sync;
  sync.relay_address = relay.address;
  sync.relay_key = relay.key;
  sync.tokens = std::move(tokens);
  state_->SaveMailbox(tx, state_->self());
  // Where the relay was emptied, the friends' places there are gone as well: each takes a token of those beyond the
  // first.
  for (auto& [id, circle] : state_->mailboxes) {
    if (state_->IsSelf(id) || circle.sync.relay_key != relay.key || sync.tokens.size() < 2) continue;
    if (!state_->alarms.Stands(id, Code::kRelayWiped)) continue;
    circle.sync.tokens = {std::move(sync.tokens.back())};
    circle.sync.created = false;  // also where the relay has lost the place alone, and is the same otherwise
    sync.tokens.pop_back();
    state_->SaveMailbox(tx, circle);
    if (const auto known = syncs_.find(id); known != syncs_.end()) known->second->Restart();
  }
  state_->SaveMailbox(tx, state_->self());
  // The same relay under another address keeps the circles that it kept.
  for (auto& [id, circle] : state_->mailboxes) {
    if (state_->IsSelf(id) || circle.sync.relay_key != relay.key || circle.sync.relay_address == relay.address)
      continue;
    circle.sync.relay_address = relay.address;
    state_->SaveMailbox(tx, circle);
    if (const auto known = syncs_.find(id); known != syncs_.end()) known->second->Restart();
  }
  KITH_TRY(Finish(tx, {}));
  syncs_.at(mailbox())->Restart();
  return {};
}

Result<> Journal::ConfirmRecovery() {
  KITH_TRY(Ready());
  Transaction tx(store_);
  const Bytes op = EncodeOp(RecoveryConfirmedOp{.hlc = state_->NextHlc()});
  const storage::Place place = Outbox(*state_).Add(tx, state_->self(), {&op, 1});
  return Finish(tx, Intake(*state_).ApplyOp(tx, op, place));
}

std::vector<MailboxId> Journal::mailboxes() const {
  std::vector<MailboxId> out = {mailbox()};
  for (const auto& [id, circle] : state_->mailboxes) {
    if (state_->IsSelf(id) || state_->keyring.Seat(id) == nullptr) continue;
    const auto known = state_->friends.find(id);
    const FriendState is = known == state_->friends.end() ? FriendState::kActive : known->second.state;
    switch (is) {
      case FriendState::kActive:
        out.push_back(id);
        break;
      case FriendState::kResting:
        if (Unsettled(*state_, circle)) out.push_back(id);
        break;
      case FriendState::kLeft:
        if (Ending(*state_, circle) || Unsettled(*state_, circle)) out.push_back(id);
        break;
    }
  }
  return out;
}

std::vector<Alarm> Journal::Alarms() const {
  std::vector<Alarm> out;
  for (const auto& [place, alarm] : state_->alarms.all()) {
    const auto known = state_->friends.find(alarm.mailbox);
    if (known != state_->friends.end() && known->second.state == FriendState::kLeft) continue;
    out.push_back(alarm);
  }
  return out;
}

Result<> Journal::DismissAlarms() {
  KITH_TRY(Ready());
  Transaction tx(store_);
  state_->alarms.Dismiss(tx);
  return Finish(tx, {});
}

Result<std::vector<std::string>> Journal::CheckWords(const MailboxId& mailbox) {
  KITH_TRY(Ready());
  if (!state_->mailboxes.contains(mailbox)) return Fail(Code::kNotFound, "There is no such mailbox here.");
  const SyncStatus status = sync(mailbox).status();
  if (status.phase != SyncStatus::Phase::kLive) {
    return status.problem ? *status.problem
                          : Fail(Code::kRelayUnreachable,
                                 "This device is not in step with the relay yet, so the words would tell nothing. Run "
                                 "`kith sync` and try again.");
  }
  return Heads(*state_).CheckWords(mailbox);
}

Sync& Journal::sync(const MailboxId& mailbox) {
  std::unique_ptr<Sync>& sync = syncs_[mailbox];
  if (sync == nullptr) sync = std::make_unique<Sync>(*state_, mailbox);
  return *sync;
}

SyncEra Journal::sync_era(const MailboxId& mailbox) const {
  const auto known = syncs_.find(mailbox);
  return {.loads = loads_, .rounds = known == syncs_.end() ? 0 : known->second->rounds()};
}

std::optional<RelayAddress> Journal::relay() const {
  if (state_->self().sync.relay_address.empty()) return std::nullopt;
  return RelayAddress{.address = state_->self().sync.relay_address, .key = state_->self().sync.relay_key};
}

}  // namespace kith
