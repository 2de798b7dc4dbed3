// The part of the outbox that is about for whom: announcing generations, and saying whose a lane is.
#include <algorithm>
#include <set>

#include "client/core/intake.h"
#include "client/core/lane_ends.h"
#include "client/core/limits.h"
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

namespace {

// Whom somebody new has to know: first those who have said anything of who is in the circle, since nothing that follows
// counts before; then who is or was in it. Of each kind those of whom there is little to say come first.
std::vector<const Person*> ToIntroduce(const State& state, const Roster& roster) {
  std::set<PersonId> signers;
  for (const SignedRosterOp& op : roster.operations()) {
    if (const auto said = RosterOp::Decode(op.body)) signers.insert(said->person);
  }
  std::set<PersonId> named = signers;
  for (const auto& [id, role] : roster.members()) named.insert(id);
  for (const auto& [seat, id] : roster.seats()) named.insert(id);
  named.erase(state.identity.person);
  std::vector<const Person*> people;
  for (const PersonId& id : named) {
    if (const Person* person = state.FindPerson(id)) people.push_back(person);
  }
  std::ranges::stable_sort(people, {}, [&](const Person* person) {
    return std::pair(!signers.contains(person->id()), person->CountedOperations().size());
  });
  return people;
}

// What an announcement can name of the generations before it, newest last. Where there are too many, those that an
// unrevoked device has announced stay longest: a thief can make any number.
std::vector<const Keyring::Generation*> Before(const State& state, const MailboxId& mailbox) {
  std::vector<const Keyring::Generation*> all = state.keyring.All(mailbox);
  if (all.size() <= limits::kGenerationParents) return all;
  const auto doubtful = [&](const Keyring::Generation* one) {
    const uint32_t lane = one->coverage ? one->coverage->lane : 0;
    return lane == 0 || lane > state.lanes.all().size() || Revoked(state, state.lanes.all()[lane - 1]);
  };
  std::ranges::stable_partition(all, doubtful);
  all.erase(all.begin(), all.end() - limits::kGenerationParents);
  return all;
}

Error TooMuchToSay() {
  return Fail(Code::kTooLarge,
              "More has changed here of people and devices than can be told to anybody new. What is new stays on this "
              "device and waits: share it in another circle.");
}

}  // namespace

// Whoever reads the lane needs these to know whose it is, so they stand in its first pack. Who announced a generation
// of a larger circle says there who everybody is, for those who have just come.
Result<Outbox::Batch> Outbox::Introduction(const MailboxId& circle) const {
  constexpr size_t kFrame = 4;  // of an operation in a pack
  std::vector<Bytes> ops;
  size_t size = 0;
  const auto add = [&](const auto& operations) {
    for (const auto& op : operations) size += ops.emplace_back(EncodeOp(op)).size() + kFrame;
  };
  add(state_.person->CountedOperations());
  const Roster* roster = state_.FindRoster(circle);
  if (roster != nullptr) add(roster->operations());
  if (size > limits::kOp) return TooMuchToSay();
  if (roster != nullptr && !roster->pair() && Announced(circle)) {
    for (const Person* person : ToIntroduce(state_, *roster)) {
      const size_t ops_before = ops.size();
      const size_t size_before = size;
      add(person->CountedOperations());
      if (size <= limits::kOp) continue;
      // They come with their own lanes, and so does all that stands on their word.
      ops.resize(ops_before);
      size = size_before;
    }
  }
  return Batch{.runs = {}, .count = ops.size(), .bytes = 0, .ops = EncodeOps(ops, CompressionIn(circle))};
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
  const std::vector<const Keyring::Generation*> parents = Before(state_, mailbox.id);
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
  RecordHeader header = Lanes::NextHeader(lane, RecordKind::kGeneration);
  // What stands in the lane next, so that no generation is there that nobody could be told of.
  if (!state_.IsSelf(mailbox.id)) KITH_TRY(Introduction(mailbox.id));
  const Bytes context = BoxContext(header.mailbox, header.lane, header.seq, header.prev);
  KITH_TRY_ASSIGN(const std::vector<BoxPublic> recipients, Audience(mailbox.id));
  std::vector<Bytes> boxes;
  // In a larger circle whoever has the key can tell who else has it.
  std::optional<BoxPair> shared;
  if (state_.IsGroup(mailbox.id)) shared = BoxesPair(key, context);
  for (const BoxPublic& recipient : recipients) {
    KITH_TRY_ASSIGN(boxes.emplace_back(), shared ? SealAs(*shared, recipient, labels::kSealBox, context, key.Reveal())
                                                 : SealTo(recipient, labels::kSealBox, context, key.Reveal()));
  }
  GenerationBody body = Cover(mailbox, lane);
  Bytes payload = EncodeBoxes(boxes);
  const Bytes ad = GenerationAd(header, payload);
  Bytes plain = EncodeGeneration(body);
  const Bytes sealed = kith::Seal(key, labels::kSealGeneration, ad, plain, Padding::kNone);
  Wipe(plain);
  for (WrappedKey& wrapped : body.wrapped) Wipe(wrapped.key);
  payload.insert(payload.end(), sealed.begin(), sealed.end());
  if (payload.size() > limits::kPayload) return TooMuchToSay();
  const GenerationId id = GenerationIdOf(payload);
  Keyring::Coverage coverage{.person_heads = std::move(body.person_heads), .lane = lane.number, .seq = header.seq};
  if (body.roster_head) coverage.roster_head = *body.roster_head;
  if (shared) state_.NoteBoxes(id, recipients);
  state_.keyring.AddGeneration(tx, mailbox.id, id, key.Reveal(), std::move(coverage));
  // In a circle the lane's next pack says whose it is once more, with the operations that show it.
  lane.generation = state_.IsSelf(mailbox.id) ? id : GenerationId();
  lane.last_hlc = body.hlc;
  return Store(tx, lane, header, std::move(payload));
}

}  // namespace kith
