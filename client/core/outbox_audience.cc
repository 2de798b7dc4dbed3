// The part of the outbox that is about for whom: announcing generations, and saying whose a lane is.
#include <algorithm>

#include "client/core/intake.h"
#include "client/core/outbox.h"
#include "crypto/base/limits.h"
#include "crypto/verify/labels.h"

namespace kith {

bool Outbox::Introduces(const MailboxId& mailbox) const {
  if (state_.IsSelf(mailbox)) return false;
  const storage::Lane* lane = state_.lanes.Own(mailbox);
  const Keyring::Generation* generation = state_.SealingGeneration(mailbox);
  return lane != nullptr && generation != nullptr && lane->generation != generation->id;
}

// Whoever reads the lane needs these to know whose it is, so they stand in its first pack. Who announced a generation
// of a larger circle says there who everybody is, for those who have just come.
Outbox::Batch Outbox::Introduction(const MailboxId& circle) const {
  std::vector<Bytes> ops;
  size_t size = 0;
  const auto add = [&](const auto& operations) {
    for (const auto& op : operations) size += ops.emplace_back(EncodeOp(op)).size();
  };
  add(state_.person->CountedOperations());
  const Roster* roster = state_.FindRoster(circle);
  if (roster != nullptr) add(roster->operations());
  if (roster != nullptr && !roster->pair() && Announced(circle)) {
    for (const auto& [id, role] : roster->members()) {
      const Person* member = id == state_.identity.person ? nullptr : state_.FindPerson(id);
      if (member == nullptr) continue;
      const size_t before = ops.size();
      add(member->CountedOperations());
      if (size <= limits::kOp) continue;
      // It comes with its own lanes.
      ops.resize(before);
      break;
    }
  }
  return {.runs = {}, .count = ops.size(), .bytes = 0, .ops = EncodeOps(ops, CompressionIn(circle))};
}

bool Outbox::Announced(const MailboxId& circle) const {
  const Keyring::Generation* generation = state_.SealingGeneration(circle);
  if (generation == nullptr || !generation->coverage || generation->coverage->lane == 0) return false;
  return state_.lanes.all()[generation->coverage->lane - 1].seed.has_value();
}

Result<std::vector<BoxPublic>> Outbox::Audience(const MailboxId& mailbox) const {
  std::vector<BoxPublic> recipients;
  if (state_.IsSelf(mailbox)) {
    recipients.push_back(state_.person->recovery_box());
    if (const Trustees* trustees = state_.person->trustees()) recipients.push_back(trustees->box);
    for (const auto& [id, device] : state_.person->devices()) {
      if (!device.revoked) recipients.push_back(device.box);
    }
    return recipients;
  }
  const Roster* roster = state_.FindRoster(mailbox);
  if (roster == nullptr) return Fail(Code::kMalformed, "It is not known yet who is in this circle.");
  for (const auto& [id, role] : roster->members()) {
    const Person* member = state_.FindPerson(id);
    const auto key = member == nullptr || !member->SealingKeyCovers() ? std::nullopt : SealingKeyOf(*member);
    if (!key) return Fail(Code::kMalformed, "A friend has not said yet what to seal to.");
    recipients.push_back(*key);
  }
  return recipients;
}

GenerationBody Outbox::Cover(const Mailbox& mailbox, const storage::Lane& lane) {
  GenerationBody body{.certificate = Certify(lane), .hlc = state_.NextHlc()};
  const std::vector<const Keyring::Generation*> parents = state_.keyring.All(mailbox.id);
  for (const Keyring::Generation* parent : parents) body.parents.push_back(parent->id);
  if (const Roster* roster = state_.FindRoster(mailbox.id)) {
    body.roster_head = roster->HeadHash();
    for (const auto& [id, role] : roster->members()) {
      if (const Person* member = state_.FindPerson(id))
        std::ranges::copy(member->heads(), std::back_inserter(body.person_heads));
    }
    std::ranges::sort(body.person_heads);
    return body;
  }
  body.person_heads = state_.person->heads();
  for (const Keyring::Generation* parent : parents) {
    WrappedKey& wrapped = body.wrapped.emplace_back(WrappedKey{.generation = parent->id, .key = {}});
    std::ranges::copy(parent->key.Reveal(), wrapped.key.begin());
  }
  return body;
}

Result<SignedRecord> Outbox::Announce(Transaction& tx, Mailbox& mailbox, storage::Lane& lane,
                                      const GenerationKey& key) {
  RecordHeader header{.kind = RecordKind::kGeneration,
                      .mailbox = mailbox.id,
                      .lane = lane.key,
                      .seq = lane.stored_seq + 1,
                      .prev = lane.stored_id};
  const Bytes context = BoxContext(header.mailbox, header.lane, header.seq, header.prev);
  KITH_TRY_ASSIGN(const std::vector<BoxPublic> recipients, Audience(mailbox.id));
  std::vector<Bytes> boxes;
  for (const BoxPublic& recipient : recipients) {
    KITH_TRY_ASSIGN(boxes.emplace_back(), SealTo(recipient, labels::kSealBox, context, key.Reveal()));
  }
  GenerationBody body = Cover(mailbox, lane);
  Bytes payload = EncodeBoxes(boxes);
  const Bytes ad = GenerationAd(header, payload);
  Bytes plain = EncodeGeneration(body);
  const Bytes sealed = kith::Seal(key, labels::kSealGeneration, ad, plain, Padding::kNone);
  Wipe(plain);
  for (WrappedKey& wrapped : body.wrapped) Wipe(wrapped.key);
  payload.insert(payload.end(), sealed.begin(), sealed.end());
  const GenerationId id = GenerationIdOf(payload);
  Keyring::Coverage coverage{.person_heads = std::move(body.person_heads), .lane = lane.number};
  if (body.roster_head) coverage.roster_head = *body.roster_head;
  state_.keyring.AddGeneration(tx, mailbox.id, id, key.Reveal(), std::move(coverage));
  // In a circle the lane's next pack says whose it is once more, with the operations that show it.
  lane.generation = state_.IsSelf(mailbox.id) ? id : GenerationId();
  lane.last_hlc = body.hlc;
  return Store(tx, lane, header, std::move(payload));
}

}  // namespace kith
