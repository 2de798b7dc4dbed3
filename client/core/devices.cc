#include "client/core/devices.h"

#include <algorithm>

#include "client/core/intake.h"
#include "client/core/limits.h"
#include "client/core/membership.h"
#include "client/core/outbox.h"
#include "client/core/sharing_parts.h"
#include "client/core/sync.h"
#include "client/core/trustees.h"
#include "client/model/text.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

Error NoDevice() { return Fail(Code::kNotFound, "You have no such device. `kith devices` shows their names and ids."); }

std::string HexOf(const DeviceId& device) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const uint8_t byte : device.value) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

// Puts an operation into the self mailbox's outbox and takes it in here.
Result<> Say(State& state, Transaction& tx, const Op& op) {
  Bytes bytes = EncodeOp(op);
  const storage::Place place = Outbox(state).Add(tx, state.self(), {&bytes, 1});
  const Result<> taken = Intake(state).ApplyOp(tx, bytes, place);
  Wipe(bytes);
  return taken;
}

SignedPersonOp SignRevocation(const State& state, const DeviceId& device) {
  SignedPersonOp op{.body = PersonOp{.parents = state.person->heads(),
                                     .signer = state.device->public_key(),
                                     .kind = RevokeDevice{.device = device}}
                                .Encode(),
                    .signature = {},
                    .countersignature = {}};
  op.signature = state.device->Sign(labels::kSignPersonOp, op.body);
  return op;
}

// Whether a device that is revoked by now can have a seat's key: it was told under a generation, or made by somebody,
// that did not know of the revocation. Nobody can tell while the generation's announcement is not here.
bool Exposed(const State& state, const MailboxId& self, const Keyring::HeldSeat& seat) {
  if (seat.stored.told_under.IsZero()) return !state.person->Covers(seat.stored.known);
  for (const Keyring::Generation* one : state.keyring.All(self)) {
    if (one->id == seat.stored.told_under) return one->coverage && !state.person->Covers(one->coverage->person_heads);
  }
  return false;
}

// A key to the seat that was told to the other devices and never came into force; nullptr when there is none.
const Keyring::HeldSeat* SpareSeat(const State& state, const Mailbox& mailbox, const Keyring::HeldSeat& present) {
  for (const Keyring::HeldSeat& seat : state.keyring.Seats(mailbox.id)) {
    if (std::pair(seat.stored.hlc, seat.signer->public_key()) <=
        std::pair(present.stored.hlc, present.signer->public_key()))
      break;
    if (mailbox.seats.EverListed(seat.signer->public_key()) || !seat.stored.told_under.IsZero()) continue;
    if (!Exposed(state, state.identity.self_mailbox, seat)) return &seat;
  }
  return nullptr;
}

Result<> TellNewSeat(State& state, Transaction& tx, const Mailbox& mailbox, const Keyring::HeldSeat& present) {
  const Signer seat = Signer::Generate();
  SeatKeyOp op{
      .hlc = state.NextHlcAfter(present.stored.hlc), .mailbox = mailbox.id, .seed = {}, .relay = {}, .sealed_root = {}};
  if (!state.IsSelf(mailbox.id))
    op.relay = FormatRelayAddress({.address = mailbox.sync.relay_address, .key = mailbox.sync.relay_key});
  std::ranges::copy(seat.seed().Reveal(), op.seed.begin());
  const Result<> said = Say(state, tx, op);
  Wipe(op.seed);
  return said;
}

// In one go for all mailboxes, so that they wait for one answer only.
Result<> TellNewSeats(State& state, Transaction& tx) {
  for (const auto& [id, mailbox] : state.mailboxes) {
    const Keyring::HeldSeat* seat = state.keyring.SeatIn(id, mailbox.seats);
    if (seat == nullptr || !Exposed(state, state.identity.self_mailbox, *seat)) continue;
    if (SpareSeat(state, mailbox, *seat) == nullptr) KITH_TRY(TellNewSeat(state, tx, mailbox, *seat));
  }
  return {};
}

// Whether a listed lane under this person's seat may stay. One that has not said whose it is may be a thief's.
bool Stays(State& state, const LaneKey& key, bool exposed) {
  const storage::Lane* lane = state.lanes.Find(key);
  if (lane != nullptr && lane->seed) return true;
  if (lane == nullptr || lane->device.IsZero()) return !exposed;
  return !Revoked(state, *lane);
}

}  // namespace

Result<DeviceId> FindDevice(const State& state, const std::string& text) {
  std::vector<DeviceId> named;
  std::vector<DeviceId> standing;
  for (const auto& [id, device] : state.person->devices()) {
    if (FoldCase(text) == HexOf(id)) return id;
    const auto label = state.labels.find(id);
    if (label == state.labels.end() || FoldCase(label->second.second) != FoldCase(text)) continue;
    named.push_back(id);
    if (!device.revoked) standing.push_back(id);
  }
  if (standing.size() == 1) return standing.front();
  if (named.size() == 1) return named.front();
  constexpr size_t kShortestId = 4;
  if (named.empty() && text.size() >= kShortestId) {
    for (const auto& [id, device] : state.person->devices()) {
      if (HexOf(id).starts_with(FoldCase(text))) named.push_back(id);
    }
    if (named.size() == 1) return named.front();
  }
  if (named.empty()) return NoDevice();
  return Fail(Code::kAmbiguous, "Several of your devices have this name. Use the id that `kith devices` shows.");
}

Result<> RenameDevice(State& state, const DeviceId& device, const std::string& label) {
  if (!state.person->devices().contains(device)) return NoDevice();
  if (label.empty()) return Fail(Code::kInvalidArgument, "A device's name has at least one letter.");
  if (label.size() > limits::kLabel)
    return Fail(Code::kInvalidArgument, "A device's name is at most 100 bytes long. Choose a shorter one.");
  const auto known = state.labels.find(device);
  Transaction tx(state.store);
  KITH_TRY(Say(state, tx,
               DeviceLabelOp{.hlc = state.NextHlcAfter(known == state.labels.end() ? 0 : known->second.first),
                             .device = device,
                             .label = label}));
  return state.Commit(tx);
}

Result<> CheckRevocable(const State& state, const DeviceId& device) {
  const DeviceId here = state.device->public_key();
  if (!state.person->IsDevice(here)) {
    return Fail(Code::kDeviceRevoked,
                "This device is revoked itself, so what it says does not count. Use another one of yours, or the "
                "recovery phrase on a new one: `kith recover`.");
  }
  if (device == here)
    return Fail(Code::kInvalidArgument, "A device does not revoke itself. Do it from another one of yours.");
  return state.person->devices().contains(device) ? Result<>() : NoDevice();
}

Result<> RevokeDeviceNow(State& state, const DeviceId& device) {
  KITH_TRY(CheckRevocable(state, device));
  if (!state.person->IsDevice(device)) return {};
  Transaction tx(state.store);
  KITH_TRY(Say(state, tx, SignRevocation(state, device)));
  // Where its lanes end is fixed now: by what this device has taken in of them.
  for (auto& [id, mailbox] : state.mailboxes) {
    KITH_TRY(SayLaneEndsOf(state, tx, mailbox, device));
    KITH_TRY(SayWhatHolds(state, tx, id));
  }
  KITH_TRY(TellNewSeats(state, tx));
  return state.Commit(tx);
}

bool SeatExposed(const State& state, const Mailbox& mailbox) {
  const Keyring::HeldSeat* seat = state.keyring.SeatIn(mailbox.id, mailbox.seats);
  return seat != nullptr && Exposed(state, state.identity.self_mailbox, *seat);
}

bool Unsettled(State& state, const Mailbox& mailbox) {
  if (!state.person->IsDevice(state.device->public_key())) return false;
  if (state.IsSelf(mailbox.id) && !TrusteesSeatsDue(state).empty()) return true;
  if (state.IsGroup(mailbox.id)) {
    // The others are to hear that this person has left.
    if (state.friends.at(mailbox.id).state == FriendState::kLeft) return Ending(state, mailbox);
    if (!MemberSeatsDue(state, mailbox).empty() || Outbox(state).Rerolls(mailbox.id)) return true;
  }
  if (TrusteeWordsDue(state, mailbox.id)) return true;
  if (!state.person->HasRevoked()) return false;
  if (mailbox.sync.statements_there < mailbox.seats.number() || SeatExposed(state, mailbox)) return true;
  // Linked when the circle rested or was left already, this device has never asked which key is in force there.
  if (mailbox.seats.number() == 0) {
    return std::ranges::any_of(state.keyring.Seats(mailbox.id), [&](const Keyring::HeldSeat& seat) {
      return Exposed(state, state.identity.self_mailbox, seat);
    });
  }
  const auto known = state.friends.find(mailbox.id);
  const bool left = known != state.friends.end() && known->second.state == FriendState::kLeft;
  return !left && Outbox(state).Rerolls(mailbox.id);
}

Result<> SaySettlement(State& state, Transaction& tx, Mailbox& mailbox) {
  KITH_TRY(SayLaneEnds(state, tx, mailbox));
  KITH_TRY(TellNewSeats(state, tx));
  if (!state.IsSelf(mailbox.id)) KITH_TRY(sharing::PruneTakenBack(state, tx, mailbox));
  KITH_TRY(SayWhatHolds(state, tx, mailbox.id));
  // A lane that has just got its end is this device's to repack.
  if (state.IsSelf(mailbox.id)) KITH_TRY(RepackOwed(state, tx));
  const bool sealable = state.IsSelf(mailbox.id) && state.SealingGeneration(mailbox.id) != nullptr;
  if (sealable && state.person->HasSealed()) KITH_TRY(EnsureSealingKey(state, tx));
  return {};
}

Result<std::vector<SeatChange>> SeatChangesDue(State& state, Transaction& tx, Mailbox& mailbox) {
  std::vector<SeatChange> changes;
  const Keyring::HeldSeat* seat = state.keyring.SeatIn(mailbox.id, mailbox.seats);
  if (seat == nullptr) return changes;
  if (state.IsSelf(mailbox.id)) changes = TrusteesSeatsDue(state);
  if (!state.person->HasRevoked()) return changes;
  const bool exposed = Exposed(state, state.identity.self_mailbox, *seat);
  const SeatKeyId present = seat->signer->public_key();
  for (const LaneKey& key : mailbox.seats.seats().at(present).lanes) {
    if (Stays(state, key, exposed)) continue;
    changes.emplace_back(RemoveLane{.lane = key});
    // Nothing of it counts. If it is honest after all, its device says so itself, and opens another.
    storage::Lane* lane = state.lanes.Find(key);
    if (lane != nullptr && !lane->device.IsZero()) continue;
    if (lane == nullptr) {
      lane = &state.lanes.Add(mailbox.id, key);
      Lanes::Save(tx, *lane);
    }
    if (!state.lane_ends.EndOf(state, lane->number)) KITH_TRY(SayLaneEnd(state, tx, mailbox, *lane));
  }
  const Keyring::HeldSeat* spare = exposed && Told(state) ? SpareSeat(state, mailbox, *seat) : nullptr;
  if (spare != nullptr) changes.emplace_back(ReplaceSeat{.from = present, .to = spare->signer->public_key()});
  return changes;
}

bool Told(const State& state) {
  return state.self().outbox_waiting == 0 && std::ranges::none_of(state.lanes.all(), [&](const storage::Lane& lane) {
           return lane.seed && state.IsSelf(lane.mailbox) && lane.acked_seq < lane.stored_seq;
         });
}

bool CanSettle(State& state, const Mailbox& mailbox) {
  return Unsettled(state, mailbox) && (!SeatExposed(state, mailbox) || Told(state));
}

std::vector<RevocationPlace> RevocationPlaces(const State& state, const DeviceId& device) {
  std::vector<RevocationPlace> places;
  for (const auto& [id, mailbox] : state.mailboxes) {
    if (state.keyring.Seats(id).empty()) continue;
    const auto friends = state.friends.find(id);
    const bool left = friends != state.friends.end() && friends->second.state == FriendState::kLeft;
    const bool acknowledged = mailbox.sync.statements_there >= mailbox.seats.number();
    const bool listed = std::ranges::any_of(state.lanes.all(), [&](const storage::Lane& lane) {
      return lane.mailbox == id && lane.device == device && !lane.seed && mailbox.seats.Listed(lane.key);
    });
    const auto unsent = [&](const storage::Lane& lane) {
      return lane.mailbox == id && lane.acked_seq < lane.stored_seq;
    };
    RevocationPlace place{.mailbox = id,
                          .cut_off = acknowledged && !listed && !SeatExposed(state, mailbox),
                          .new_keys = left || (state.SealingGeneration(id) != nullptr &&
                                               std::ranges::none_of(state.lanes.all(), unsent))};
    if (state.IsSelf(id)) {
      places.insert(places.begin(), place);
    } else {
      places.push_back(place);
    }
  }
  return places;
}

}  // namespace kith
