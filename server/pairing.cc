#include "server/pairing.h"

#include <algorithm>
#include <cstdlib>

#include "crypto/verify/hash.h"
#include "server/limits.h"

namespace kith::relay {
namespace {

uint32_t RandomNameplate() {
  std::array<uint8_t, 8> bytes{};
  RandomFill(bytes);
  return static_cast<uint32_t>(Reader(bytes).U64() % limits::kNameplates) + 1;
}

}  // namespace

bool Pairing::TryAllowed() {
  const int64_t minute = clock_.NowMillis() / 60'000;
  if (minute != minute_) {
    minute_ = minute;
    tries_ = 0;
  }
  return ++tries_ <= limits::kPairTriesPerMinute;
}

Result<> Pairing::Open(const MailboxId& mailbox, std::shared_ptr<PairSide> side) {
  const MutexLock lock(mutex_);
  if (!TryAllowed()) return Fail(Code::kRelayBusy);
  size_t open = 0;
  size_t open_here = 0;
  for (const auto& [number, slot] : slots_) {
    if (slot.over) continue;
    ++open;
    open_here += slot.mailbox == mailbox ? 1 : 0;
  }
  if (open >= limits::kOpenPairings || open_here >= limits::kOpenPairingsPerMailbox) return Fail(Code::kRelayBusy);
  // Burnt numbers rest for ten minutes; when most are resting, nobody gets one.
  if (slots_.size() >= limits::kNameplates / 2) return Fail(Code::kRelayBusy);
  uint32_t nameplate = RandomNameplate();
  while (slots_.contains(nameplate)) nameplate = RandomNameplate();
  Slot& slot = slots_[nameplate];
  slot.mailbox = mailbox;
  slot.opened_ms = clock_.NowMillis();
  slot.sides[0] = std::move(side);
  slot.sides[0]->OnOpened(nameplate);
  return {};
}

Result<> Pairing::Join(uint32_t nameplate, std::shared_ptr<PairSide> side) {
  const MutexLock lock(mutex_);
  if (!TryAllowed()) return Fail(Code::kRelayBusy);
  const auto it = slots_.find(nameplate);
  if (it == slots_.end() || it->second.over || it->second.joined) return Fail(Code::kPairingGone);
  Slot& slot = it->second;
  if (clock_.NowMillis() - slot.opened_ms >= limits::kPairingMillis) {
    End(slot, Code::kPairingGone);
    return Fail(Code::kPairingGone);
  }
  slot.joined = true;
  slot.sides[1] = std::move(side);
  slot.sides[0]->OnJoined();
  slot.sides[1]->OnJoined();
  if (slot.has_waiting) {
    slot.has_waiting = false;
    slot.sides[1]->OnMessage(std::move(slot.waiting));
  }
  return {};
}

Pairing::Slot* Pairing::Find(uint32_t nameplate, const PairSide* side, int* index) {
  const auto it = slots_.find(nameplate);
  if (it == slots_.end() || it->second.over) return nullptr;
  for (int i : {0, 1}) {
    if (it->second.sides[i].get() == side) {
      *index = i;
      return &it->second;
    }
  }
  return nullptr;
}

void Pairing::Say(uint32_t nameplate, const PairSide* from, std::string message) {
  const MutexLock lock(mutex_);
  int index = 0;
  Slot* const slot = Find(nameplate, from, &index);
  if (slot == nullptr) return;
  if (slot->joined) return slot->sides[1 - index]->OnMessage(std::move(message));
  slot->waiting = std::move(message);
  slot->has_waiting = true;
}

void Pairing::Written(uint32_t nameplate, const PairSide* writer) {
  const MutexLock lock(mutex_);
  int index = 0;
  if (Slot* const slot = Find(nameplate, writer, &index)) slot->sides[1 - index]->OnRoom();
}

void Pairing::Finished(uint32_t nameplate, const PairSide* side) {
  const MutexLock lock(mutex_);
  int index = 0;
  Slot* const slot = Find(nameplate, side, &index);
  if (slot == nullptr) return;
  slot->finished[index] = true;
  if (slot->finished[1 - index]) return End(*slot, std::nullopt);
  // Nobody came, and the one who waited hung up.
  if (!slot->joined) End(*slot, Code::kPairingGone);
}

void Pairing::Leave(uint32_t nameplate, const PairSide* side) {
  const MutexLock lock(mutex_);
  int index = 0;
  if (Slot* const slot = Find(nameplate, side, &index)) {
    // A side that had said everything may go at any time.
    End(*slot, slot->finished[1 - index] ? std::nullopt : std::optional(Code::kPairingGone));
  }
}

void Pairing::End(Slot& slot, std::optional<Code> code) {
  slot.over = true;
  slot.waiting.clear();
  for (auto& side : slot.sides) {
    if (side != nullptr) side->OnOver(code);
    side.reset();
  }
}

void Pairing::Tick() {
  const MutexLock lock(mutex_);
  const int64_t now = clock_.NowMillis();
  for (auto& [number, slot] : slots_) {
    // A clock set back must not keep a code alive.
    if (!slot.over && std::abs(now - slot.opened_ms) >= limits::kPairingMillis) End(slot, Code::kPairingGone);
  }
  std::erase_if(slots_, [now](const auto& entry) {
    return entry.second.over && std::abs(now - entry.second.opened_ms) >= limits::kPairingMillis;
  });
}

void Pairing::EndAll() {
  const MutexLock lock(mutex_);
  for (auto& [number, slot] : slots_) {
    if (!slot.over) End(slot, Code::kCancelled);
  }
}

}  // namespace kith::relay
