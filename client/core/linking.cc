#include "client/core/linking.h"

#include <algorithm>
#include <utility>

#include "client/core/devices.h"
#include "client/core/founding.h"
#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "client/core/relay_address.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

Error Failed() {
  return Fail(Code::kPairingFailed,
              "The devices did not agree. Make a new code with `kith link` and type it once more.");
}

}  // namespace

Result<Bytes> LinkHost::OnAnswer(const State& state, ByteView message) {
  KITH_TRY_ASSIGN(PairingOpener::Finished finished, opener_.Finish(message));
  keys_ = std::move(finished.keys);
  const Bytes offer =
      LinkOffer{.person = state.person->id(), .parents = state.person->heads(), .signer = state.device->public_key()}
          .Encode();
  return Writer().Prefixed(finished.confirmation).Raw(SealPairingMessage(keys_->to_joiner, 0, offer)).Take();
}

Result<std::string> LinkHost::OnRequest(const State& state, ByteView message) {
  if (!keys_ || request_) return Failed();
  KITH_TRY_ASSIGN(const Plaintext plain, OpenPairingMessage(keys_->to_opener, 0, message));
  KITH_TRY_ASSIGN(LinkRequest request, LinkRequest::Decode(plain.view()));
  KITH_TRY_ASSIGN(const PersonOp op, PersonOp::Decode(request.add_device));
  const auto* added = std::get_if<AddDevice>(&op.kind);
  if (added == nullptr || op.signer != state.device->public_key() || op.parents.empty() ||
      state.person->devices().contains(added->device) || state.self().seats.Known(request.lane) ||
      request.label.size() > limits::kLabel) {
    return Failed();
  }
  KITH_TRY(Verify(added->device, labels::kCountersignPersonOp, request.add_device, request.countersignature));
  device_ = added->device;
  request_ = std::move(request);
  return request_->label;
}

Result<> LinkHost::Accept(State& state, Sync& sync, const std::string& label) {
  if (!request_) return Failed();
  const Keyring::HeldSeat* seat = state.keyring.SeatIn(state.identity.self_mailbox, state.self().seats);
  if (seat == nullptr) return Fail(Code::kRelayRefused, "This device holds no seat key yet. Run `kith sync` first.");
  // Whoever settles a revocation closes what is listed under the seat's old key by nobody known to them.
  if (SeatExposed(state, state.self())) {
    return Fail(Code::kRelayRefused,
                "The revocation of a device is not settled at the relay yet. Run `kith sync`, then link again.");
  }
  Transaction tx(state.store);
  const SignedPersonOp added = SignAddDevice(*state.device, request_->add_device, request_->countersignature);
  const Bytes person_op = EncodeOp(added);
  const Bytes label_op = EncodeOp(DeviceLabelOp{.hlc = state.NextHlc(), .device = device_, .label = label});
  for (const Bytes& op : {person_op, label_op}) {
    const storage::Place place = Outbox(state).Add(tx, state.self(), {&op, 1});
    KITH_TRY(Intake(state).ApplyOp(tx, op, place));
  }
  KITH_TRY(RepublishPersonOp(state, tx, added));
  // Until the lane says so itself: a revocation closes lanes of nobody known.
  storage::Lane& lane = state.lanes.Add(state.self().id, request_->lane);
  lane.device = device_;
  lane.person = state.person->id();
  Lanes::Save(tx, lane);
  KITH_TRY(state.Commit(tx));
  KITH_TRY(sync.ChangeSeats({AddLane{.seat = seat->signer->public_key(), .lane = request_->lane}}));
  return {};
}

bool LinkHost::Listed(const State& state) const {
  // The statement may have been overtaken and made anew since: all that we hold must be there.
  return request_ && state.self().seats.Listed(request_->lane) &&
         state.self().sync.statements_there >= state.self().seats.number();
}

Result<Bytes> LinkHost::Grant(const State& state) {
  const Mailbox& self = state.self();
  // Its lane is in the seat table since Accept: before a person has agreed, no key leaves.
  if (!keys_ || !request_ || !self.seats.Listed(request_->lane)) return Failed();
  LinkGrant grant{.person = state.person->Operations(),
                  .mailbox = self.id,
                  .generations = {},
                  .heads = {},
                  .statements = {},
                  .relay = FormatRelayAddress({.address = self.sync.relay_address, .key = self.sync.relay_key}),
                  .epoch = self.sync.epoch};
  for (const Keyring::Generation* generation : state.keyring.All(self.id)) {
    WrappedKey& wrapped = grant.generations.emplace_back(WrappedKey{.generation = generation->id, .key = {}});
    std::ranges::copy(generation->key.Reveal(), wrapped.key.begin());
  }
  for (const storage::Lane& lane : state.lanes.all()) {
    // What the relay has not acknowledged may still be withdrawn.
    if (lane.mailbox == self.id && lane.stored_seq > 0 && lane.acked_seq >= lane.stored_seq && lane.broken == 0) {
      grant.heads.push_back({.lane = lane.key, .seq = lane.stored_seq, .record = lane.stored_id});
    }
  }
  for (uint64_t number = 1; number <= self.seats.number(); ++number) {
    KITH_TRY_ASSIGN(const auto bytes, state.store.Get(storage::StatementKey(self.id, number)));
    if (!bytes)
      return Fail(Code::kVaultDamaged,
                  "A statement is missing from the vault. Restore it from a backup, or link this device anew.");
    KITH_TRY_ASSIGN(SignedStatement statement, storage::DecodeStatement(*bytes));
    grant.statements.push_back({.body = std::move(statement.body), .signature = statement.signature});
  }
  Bytes plain = grant.Encode();
  Bytes sealed = SealPairingMessage(keys_->to_joiner, 1, plain);
  Wipe(plain);
  for (WrappedKey& wrapped : grant.generations) Wipe(wrapped.key);
  return sealed;
}

Result<> LinkHost::OnKept(ByteView message) {
  if (!keys_ || !request_ || !OpenPairingMessage(keys_->to_opener, 1, message)) return Failed();
  return {};
}

LinkGuest::LinkGuest(const PairingContext& context, std::string_view words, std::string label)
    : joiner_(context, words, {}),
      label_(std::move(label)),
      device_(Signer::Generate()),
      box_(BoxPair::Generate()),
      lane_(Signer::Generate()) {}

Result<Bytes> LinkGuest::Respond(ByteView first_message) { return joiner_.Respond(first_message); }

Result<Bytes> LinkGuest::OnOffer(ByteView message) {
  Reader reader(message);
  const ByteView confirmation = reader.Prefixed();
  if (!reader.ok()) return Failed();
  KITH_TRY_ASSIGN(PairingJoiner::Finished finished, joiner_.Confirm(confirmation));
  keys_ = std::move(finished.keys);
  KITH_TRY_ASSIGN(const Plaintext plain, OpenPairingMessage(keys_->to_joiner, 0, reader.rest()));
  KITH_TRY_ASSIGN(const LinkOffer offer, LinkOffer::Decode(plain.view()));
  person_ = offer.person;
  add_device_ = PersonOp{.parents = offer.parents,
                         .signer = offer.signer,
                         .kind = AddDevice{.device = device_.public_key(), .box = box_.public_key()}}
                    .Encode();
  const Bytes request = LinkRequest{.add_device = add_device_,
                                    .countersignature = CountersignAddDevice(device_, add_device_),
                                    .lane = lane_.public_key(),
                                    .label = label_}
                            .Encode();
  return SealPairingMessage(keys_->to_opener, 0, request);
}

Result<> LinkGuest::OnGrant(ByteView message, Store& store, Clock& clock, const SignPublic& relay_key) {
  if (!keys_) return Failed();
  // One attempt: the keys of this device go into its vault or nowhere.
  const PairingKeys keys = *std::exchange(keys_, std::nullopt);
  KITH_TRY_ASSIGN(const Plaintext plain, OpenPairingMessage(keys.to_joiner, 1, message));
  KITH_TRY_ASSIGN(LinkGrant grant, LinkGrant::Decode(plain.view()));
  KITH_TRY_ASSIGN(const RelayAddress relay, ParseRelayAddress(grant.relay));
  if (relay.key != relay_key || grant.person.empty() || grant.statements.empty() || grant.generations.empty()) {
    return Failed();
  }
  const Result<> founded = FoundLinked(store, clock,
                                       {.person = person_,
                                        .grant = std::move(grant),
                                        .relay = relay,
                                        .device = std::move(device_),
                                        .box = std::move(box_),
                                        .lane = std::move(lane_)});
  if (founded) kept_ = SealPairingMessage(keys.to_opener, 1, {});
  return founded;
}

}  // namespace kith
