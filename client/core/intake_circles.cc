// The part of intake that is about coming into circles of more than two, and who is in them.
#include <algorithm>
#include <map>

#include "client/core/intake.h"
#include "client/core/invitations.h"
#include "client/core/limits.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

Error WrongAudience() {
  return Fail(Code::kForgedRecord, "A record holds something that has no place there. It does not count.");
}

struct Arrived {
  std::map<PersonId, std::vector<SignedPersonOp>> people;
  std::vector<SignedRosterOp> roster;
};

Arrived Sort(const PersonId& author, std::span<const Bytes> ops) {
  Arrived arrived;
  PersonId about = author;
  for (const Bytes& bytes : ops) {
    auto op = DecodeOp(bytes);
    if (!op) continue;  // counted when its turn comes
    if (auto* roster = std::get_if<SignedRosterOp>(&*op)) arrived.roster.push_back(std::move(*roster));
    auto* person = std::get_if<SignedPersonOp>(&*op);
    if (person == nullptr) continue;
    const auto said = PersonOp::Decode(person->body);
    if (said && std::holds_alternative<PersonGenesis>(said->kind)) about = {PersonOpIdOf(person->body).value};
    arrived.people[about].push_back(std::move(*person));
  }
  return arrived;
}

// Somebody as known here, with what has arrived of them; nullopt for who does not begin.
std::optional<Person> With(const State& state, const PersonId& id, const std::vector<SignedPersonOp>& ops) {
  std::optional<Person> person;
  if (const Person* known = state.FindPerson(id)) person = *known;
  if (!person && PersonOpIdOf(ops.front().body).value == id.value) {
    auto begun = Person::FromGenesis(ops.front());
    if (begun) person = *std::move(begun);
  }
  for (const SignedPersonOp& op : ops) {
    if (person && !person->Add(op)) continue;  // what does not hold is left out
  }
  return person;
}

}  // namespace

Intake::Applied Intake::PassOver(storage::Lane& lane, uint64_t seq) {
  auto& runs = lane.passed_over;
  if (runs.empty()) lane.passed_with = state_.keyring.next_order();
  if (!runs.empty() && seq == runs.back().second + 1) {
    runs.back().second = seq;
  } else if (runs.size() < limits::kPassedRuns) {
    runs.emplace_back(seq, seq);
  }
  // What stood there before this person came is not for them.
  if (seq > lane.taken_to && state_.RoleIn(lane.mailbox, state_.identity.person)) lane.shut_out = seq;
  return Applied::kYes;
}

bool Intake::HasNewer(const storage::Lane& lane, const MailboxId& mailbox) const {
  const auto all = state_.keyring.All(mailbox);
  return std::ranges::any_of(all, [&](const Keyring::Generation* one) { return one->order >= lane.passed_with; });
}

Result<bool> Intake::Opens(const Transaction& tx, const storage::Lane& lane, uint64_t seq) const {
  KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, seq));
  if (!record || record->payload.empty()) return false;
  KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record->header));
  if (header.kind == RecordKind::kSealed) {
    const auto all = state_.keyring.All(lane.mailbox);
    return std::ranges::any_of(all, [&](const Keyring::Generation* one) {
      return one->order >= lane.passed_with && Commits(one->key, labels::kSealPayload, header.Place(), record->payload);
    });
  }
  if (header.kind != RecordKind::kGeneration) return false;
  const GenerationId id = GenerationIdOf(record->payload);
  if (state_.keyring.Has(lane.mailbox, id)) return true;
  // Boxes cost much to try, and open by what this person's own devices say, or by what was granted.
  if (!granted_.contains(lane.mailbox) && !HasNewer(lane, state_.identity.self_mailbox)) return false;
  const auto announcement = ParseAnnouncement(record->payload);
  if (!announcement) return false;
  const auto announced = OpenAnnouncement(header, id, *announcement);
  return announced && *announced;
}

Result<uint64_t> Intake::FirstToOpen(const Transaction& tx, const storage::Lane& lane) const {
  const bool newer = HasNewer(lane, lane.mailbox) || HasNewer(lane, state_.identity.self_mailbox);
  if (!granted_.contains(lane.mailbox) && !newer) return 0;
  for (const auto& [first, last] : lane.passed_over) {
    for (uint64_t seq = first; seq <= last; ++seq) {
      KITH_TRY_ASSIGN(const bool opens, Opens(tx, lane, seq));
      if (opens) return seq;
    }
  }
  return 0;
}

void Intake::TakeKeyBeyond(Transaction& tx, const storage::Lane& lane, const SignedRecord& record) {
  const auto header = RecordHeader::Parse(record.header);
  if (!header || state_.IsSelf(lane.mailbox) || header->kind != RecordKind::kGeneration || record.payload.empty())
    return;
  const GenerationId id = GenerationIdOf(record.payload);
  if (state_.keyring.Has(lane.mailbox, id)) return;
  const auto announcement = ParseAnnouncement(record.payload);
  if (!announcement) return;
  const auto announced = OpenAnnouncement(*header, id, *announcement);
  if (!announced || !*announced) return;
  state_.keyring.AddGeneration(tx, lane.mailbox, id, (*announced)->key.Reveal());
  learned_ = true;
}

Result<> Intake::TakeKeysBeyond(Transaction& tx, const storage::Lane& lane) {
  for (uint64_t seq = lane.applied_seq + 1; seq <= lane.stored_seq; ++seq) {
    KITH_TRY_ASSIGN(const auto record, Lanes::GetRecord(tx, lane, seq));
    if (record) TakeKeyBeyond(tx, lane, *record);
  }
  return {};
}

Result<> Intake::Rewind(Transaction& tx) {
  for (storage::Lane& lane : state_.lanes.all()) {
    if (lane.broken != 0) continue;
    const bool beyond = !state_.IsSelf(lane.mailbox) && lane.applied_seq < lane.stored_seq && kith::Ended(state_, lane);
    if (beyond && HasNewer(lane, state_.identity.self_mailbox)) KITH_TRY(TakeKeysBeyond(tx, lane));
    if (beyond && lane.passed_over.empty()) lane.passed_with = state_.keyring.next_order();
    if (lane.passed_over.empty()) continue;
    KITH_TRY_ASSIGN(const uint64_t first, FirstToOpen(tx, lane));
    lane.passed_with = state_.keyring.next_order();
    if (first != 0) {
      // Taking in once more what was taken in already changes nothing.
      lane.taken_to = std::max(lane.taken_to, lane.applied_seq);
      lane.applied_seq = first - 1;
      lane.generation = {};
      std::erase_if(lane.passed_over, [&](const auto& run) { return run.first >= first; });
      if (!lane.passed_over.empty() && lane.passed_over.back().second >= first)
        lane.passed_over.back().second = first - 1;
    }
    Lanes::Save(tx, lane);
  }
  granted_.clear();
  return {};
}

Result<> Intake::TakePeople(Transaction& tx, const MailboxId& circle, const PersonId& author,
                            std::span<const Bytes> ops, Author said_by) {
  const Arrived arrived = Sort(author, ops);
  if (!state_.person || (arrived.people.empty() && arrived.roster.empty())) return {};
  std::map<PersonId, Person> people;
  for (const auto& [id, theirs] : arrived.people) {
    if (auto person = With(state_, id, theirs)) people.emplace(id, *std::move(person));
  }
  // What was said by devices that are revoked is judged by all that has come with it.
  const auto judge = [&](const PersonId& id, const Person& person) {
    const auto known = state_.rosters.find(circle);
    if (known != state_.rosters.end() && known->second.Names(id)) known->second.Judge(person);
  };
  for (const auto& [id, person] : people) judge(id, person);
  const auto taken = [this](const Result<bool>& outcome) -> Result<> {
    if (outcome) {
      learned_ = learned_ || *outcome;
      return {};
    }
    if (IsStoreError(outcome.error().code)) return outcome.error();
    // Who signed it may come with another lane, where the same operation stands behind all that proves it.
    if (outcome.error().code != Code::kUnknownDevice) ++state_.refused;
    return {};
  };
  for (const SignedRosterOp& op : arrived.roster) {
    const auto said = RosterOp::Decode(op.body);
    if (!said) {
      ++state_.refused;
      continue;
    }
    const auto signer = people.find(said->person);
    KITH_TRY(taken(signer == people.end() ? state_.AddRosterOp(tx, circle, op)
                                          : state_.AddRosterOp(tx, circle, op, signer->second)));
  }
  // Of strangers to the circle nothing is kept. One's own operations come in the self mailbox.
  const Roster* roster = state_.FindRoster(circle);
  for (const auto& [id, theirs] : arrived.people) {
    if (id == state_.identity.person || roster == nullptr || !roster->Names(id)) continue;
    // Only they themselves may say what has to wait: anybody could make up such operations of another one.
    const bool may_wait = id == author && said_by == Author::kProven;
    const auto whole = people.find(id);
    for (const SignedPersonOp& op : theirs) {
      const bool stands = whole != people.end() && whole->second.Stands(PersonOpIdOf(op.body));
      if (may_wait || stands) KITH_TRY(taken(state_.AddPersonOp(tx, id, op)));
    }
  }
  // By what was kept of it.
  for (const auto& [id, person] : people) {
    if (const Person* known = state_.FindPerson(id)) judge(id, *known);
  }
  return {};
}

Result<> Intake::ApplyGroupOp(Transaction& tx, const MailboxId& circle, const PersonId& author, const Op& op) {
  const auto* grant = std::get_if<HistoryGrantOp>(&op);
  if (grant == nullptr) return std::holds_alternative<UnknownOp>(op) ? Result<>() : WrongAudience();
  if (state_.RoleIn(circle, author) != Role::kOwner) return WrongAudience();
  if (grant->person != state_.identity.person) return {};
  KITH_TRY_ASSIGN(const bool added, KeepGrant(state_, tx, circle, author, *grant));
  if (added) granted_.insert(circle);
  learned_ = learned_ || added;
  return {};
}

Result<> Intake::ApplyPairOp(Transaction& tx, const MailboxId& pair, const PersonId& author, const Op& op,
                             const storage::Place& place, const OpId& id) {
  if (const auto* invite = std::get_if<CircleInviteOp>(&op)) {
    state_.hlc.Observe(invite->hlc, state_.clock.NowMillis());
    return KeepInvite(state_, tx,
                      {.id = id, .pair = pair, .author = author, .said_here = SaidHere(state_, place), .op = *invite});
  }
  if (const auto* answer = std::get_if<CircleAnswerOp>(&op)) {
    state_.hlc.Observe(answer->hlc, state_.clock.NowMillis());
    KITH_TRY(KeepAnswer(state_, tx, {.id = id, .pair = pair, .author = author, .op = *answer}));
    KITH_TRY_ASSIGN(const auto counts, FindAnswer(tx, answer->invite, author));
    return counts ? AdmitGuest(state_, tx, *counts) : Result<>();
  }
  return std::holds_alternative<UnknownOp>(op) ? Result<>() : WrongAudience();
}

}  // namespace kith
