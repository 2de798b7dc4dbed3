// The part of the state that is about other people: who they are, and who is in which circle.
#include <algorithm>

#include "client/core/limits.h"
#include "client/core/state.h"
#include "crypto/base/limits.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

Error Missing() {
  return Fail(Code::kVaultDamaged,
              "The vault lacks something about a friend. Restore it from a backup, or link this device anew.");
}

// Calls `visit` with each operation under a prefix; what it returns ends the scan unless it is OK.
template <class SignedOp, class Visit>
Result<> ForEachOp(Store& store, storage::Prefix prefix, const Visit& visit) {
  Result<> outcome;
  const Bytes from = storage::Key(prefix);
  KITH_TRY(store.Scan(from, storage::After(from), Store::Order::kAscending, [&](ByteView key, ByteView value) {
    auto op = DecodeOp(value);
    const auto* signed_op = op ? std::get_if<SignedOp>(&*op) : nullptr;
    outcome = signed_op == nullptr ? Result<>(Missing()) : visit(key.subspan(1), *signed_op);
    return outcome.has_value();
  }));
  return outcome;
}

// Whether a generation is for just those who are in a circle now, and by one of them: who left may know of their
// leaving.
bool IsCurrent(const State& state, const Roster& roster, const Keyring::Generation& generation) {
  // Before its announcement is read it can only be the first one.
  if (!generation.coverage) return roster.heads().size() == 1 && roster.heads().front() == roster.genesis();
  if (generation.coverage->roster_head != roster.HeadHash()) return false;
  if (roster.pair()) return true;
  const uint32_t lane = generation.coverage->lane;
  return lane != 0 && lane <= state.lanes.all().size() && roster.Has(state.AuthorOf(state.lanes.all()[lane - 1]));
}

}  // namespace

Result<> State::LoadPeople() {
  std::map<PersonId, std::vector<SignedPersonOp>> all;
  KITH_TRY(ForEachOp<SignedPersonOp>(store, storage::Prefix::kOtherPersonOp,
                                     [&](ByteView key, const SignedPersonOp& op) -> Result<> {
                                       const auto id = PersonId::From(key.first(std::min(key.size(), PersonId::kSize)));
                                       if (!id) return Missing();
                                       all[*id].push_back(op);
                                       return {};
                                     }));
  for (const auto& [id, ops] : all) {
    KITH_TRY_ASSIGN(Person known, Person::FromKept(id, ops));
    people.emplace(id, std::move(known));
  }
  return {};
}

Result<> State::LoadRosters() {
  std::map<MailboxId, std::vector<SignedRosterOp>> kept;
  KITH_TRY(ForEachOp<SignedRosterOp>(
      store, storage::Prefix::kRosterOp, [&](ByteView key, const SignedRosterOp& signed_op) -> Result<> {
        const auto circle = MailboxId::From(key.first(std::min(key.size(), MailboxId::kSize)));
        if (!circle) return Missing();
        kept[*circle].push_back(signed_op);
        return {};
      }));
  for (const auto& [circle, ops] : kept) {
    Roster roster;
    if (person) roster.Judge(*person);
    for (const auto& [id, other] : people) roster.Judge(other);
    for (const SignedRosterOp& signed_op : ops) {
      const auto op = RosterOp::Decode(signed_op.body);
      // What was kept may count nothing since. No member's word keeps the vault from being opened.
      roster.AddKept(circle, signed_op, op ? FindPerson(op->person) : nullptr);
    }
    if (!roster.empty()) rosters.emplace(circle, std::move(roster));
  }
  return {};
}

void State::JudgeRosters(const Person& changed) {
  for (auto& [circle, roster] : rosters) roster.Judge(changed);
}

const Person* State::FindPerson(const PersonId& id) const {
  if (id == identity.person) return &*person;
  const auto found = people.find(id);
  return found == people.end() ? nullptr : &found->second;
}

const Roster* State::FindRoster(const MailboxId& circle) const {
  const auto found = rosters.find(circle);
  return found == rosters.end() ? nullptr : &found->second;
}

bool State::IsGroup(const MailboxId& circle) const {
  const auto known = friends.find(circle);
  return known != friends.end() && !known->second.IsPair();
}

std::optional<Role> State::RoleIn(const MailboxId& circle, const PersonId& who) const {
  const Roster* roster = FindRoster(circle);
  if (roster == nullptr || !roster->Has(who)) return std::nullopt;
  return roster->members().at(who);
}

bool State::MayShare(const MailboxId& circle, const PersonId& who) const {
  if (!IsGroup(circle)) return true;
  const auto role = RoleIn(circle, who);
  return role && *role != Role::kReader;
}

bool State::IsHeard(const MailboxId& circle, const PersonId& who) const {
  if (const Roster* roster = FindRoster(circle)) return roster->pair() ? roster->Has(who) : roster->Names(who);
  if (IsGroup(circle)) return who == identity.person;
  const auto known = friends.find(circle);
  return known != friends.end() && (who == known->second.person || who == identity.person);
}

bool State::Covers(const MailboxId& mailbox, const Keyring::Generation& generation) const {
  static const std::vector<OpId> kNothing;
  if (!person) return false;  // a journal that is restored, before its person is known
  const auto& heads = generation.coverage ? generation.coverage->person_heads : kNothing;
  if (IsSelf(mailbox)) {
    return person->Covers(heads) && person->ReachesTrustees(heads) && (!person->HasRevoked() || person->Reaches(heads));
  }
  const Roster* roster = FindRoster(mailbox);
  if (roster != nullptr && !IsCurrent(*this, *roster, generation)) return false;
  const bool group = IsGroup(mailbox) && generation.coverage;
  const auto covers = [&](const PersonId& id) {
    const Person* member = FindPerson(id);
    if (member == nullptr) return true;
    const auto key = group ? SealingKeyOf(*member) : std::nullopt;
    return member->Covers(heads) && (!key || HasBox(mailbox, generation, *key));
  };
  if (!covers(identity.person)) return false;
  if (roster != nullptr)
    return std::ranges::all_of(roster->members(), [&](const auto& member) { return covers(member.first); });
  const auto known = friends.find(mailbox);
  return known == friends.end() || covers(known->second.person);
}

void State::NoteBoxes(const GenerationId& id, const std::vector<BoxPublic>& keys) {
  for (const BoxPublic& key : keys) boxed_.insert_or_assign(std::pair(id, key), true);
}

bool State::HasBox(const MailboxId& circle, const Keyring::Generation& generation, const BoxPublic& key) const {
  const auto known = boxed_.find({generation.id, key});
  if (known != boxed_.end()) return known->second;
  if (!generation.coverage || generation.coverage->lane == 0 || generation.coverage->lane > lanes.all().size())
    return false;
  const storage::Lane& lane = lanes.all()[generation.coverage->lane - 1];
  const auto record = Lanes::GetRecord(Transaction(store), lane, generation.coverage->seq);
  // Not written yet, or not there: no answer to be remembered.
  if (!record || !*record) return false;
  const auto header = RecordHeader::Parse((*record)->header);
  const auto announcement = ParseAnnouncement((*record)->payload);
  if (!header || !announcement || GenerationIdOf((*record)->payload) != generation.id) return false;
  const Bytes context = BoxContext(circle, header->lane, header->seq, header->prev);
  const BoxPair shared = BoxesPair(generation.key, context);
  const bool found =
      announcement->boxes.size() <= limits::kCircleBoxes && std::ranges::any_of(announcement->boxes, [&](ByteView one) {
        const auto opened = OpenAs(shared, key, labels::kSealBox, context, one);
        return opened && std::ranges::equal(opened->view(), generation.key.Reveal());
      });
  boxed_.insert_or_assign(std::pair(generation.id, key), found);
  return found;
}

const Keyring::Generation* State::SealingGeneration(const MailboxId& mailbox) const {
  // Who has left says there that they have, and takes back: nothing that is kept from those who stay.
  const auto known = friends.find(mailbox);
  if (known != friends.end() && !known->second.IsPair() && known->second.state == FriendState::kLeft)
    return keyring.Newest(mailbox);
  const Keyring::Generation* lowest = nullptr;
  for (const Keyring::Generation* one : keyring.All(mailbox)) {
    if ((lowest == nullptr || one->id < lowest->id) && Covers(mailbox, *one)) lowest = one;
  }
  return lowest;
}

Mailbox& State::AddMailbox(Transaction& tx, const MailboxId& id, const RelayAddress& relay) {
  uint32_t number = 0;
  for (const auto& [known, mailbox] : mailboxes) number = std::max(number, mailbox.sync.number);
  Mailbox& mailbox = mailboxes[id];
  mailbox.id = id;
  mailbox.sync.number = number + 1;
  mailbox.sync.relay_address = relay.address;
  mailbox.sync.relay_key = relay.key;
  SaveMailbox(tx, mailbox);
  return mailbox;
}

Result<> State::BeginPerson(const SignedPersonOp& genesis) {
  KITH_TRY_ASSIGN(const PersonOp op, PersonOp::Decode(genesis.body));
  const auto* kind = std::get_if<PersonGenesis>(&op.kind);
  const auto theirs = [&](const RecoveryAuthority& by) {
    if (by.kind == RecoveryAuthority::Kind::kTrustees) return by.person.value == PersonOpIdOf(genesis.body).value;
    return kind->recovery_sign == by.sign.public_key() && kind->recovery_box == by.box.public_key();
  };
  if (restoring == nullptr || kind == nullptr || !theirs(restoring->authority)) {
    return Fail(Code::kRecoveryMismatch, "This person's journal is restored by other words, or by other friends.");
  }
  KITH_TRY_ASSIGN(person, Person::FromGenesis(genesis));
  identity.person = person->id();
  return {};
}

Result<bool> State::AddPersonOp(Transaction& tx, const PersonId& id, const SignedPersonOp& op) {
  auto known = people.find(id);
  if (known == people.end()) {
    if (PersonOpIdOf(op.body).value != id.value) {
      return Fail(Code::kForgedRecord, "Something was said of a person before who they are. It was refused.");
    }
    KITH_TRY_ASSIGN(Person begun, Person::FromGenesis(op));
    known = people.emplace(id, std::move(begun)).first;
  } else if (known->second.Has(PersonOpIdOf(op.body))) {
    return false;
  }
  KITH_TRY_ASSIGN(const OpId op_id, known->second.Add(op, limits::kOthersPersonOps));
  tx.Put(storage::OtherPersonOpKey(id, op_id), EncodeOp(op));
  JudgeRosters(known->second);
  return true;
}

Result<bool> State::AddRosterOp(Transaction& tx, const MailboxId& circle, const SignedRosterOp& signed_op) {
  KITH_TRY_ASSIGN(const RosterOp op, RosterOp::Decode(signed_op.body));
  const Person* signer = FindPerson(op.person);
  if (signer == nullptr) return Fail(Code::kUnknownDevice, "Who says who is in a circle is not known yet.");
  return AddRosterOp(tx, circle, signed_op, *signer);
}

Result<bool> State::AddRosterOp(Transaction& tx, const MailboxId& circle, const SignedRosterOp& signed_op,
                                const Person& signer) {
  const auto known = friends.find(circle);
  if (known == friends.end()) return Fail(Code::kUnknownDevice, "It is not known yet what this circle is.");
  const OpId id = RosterOpIdOf(signed_op.body);
  const auto roster = rosters.find(circle);
  if (roster != rosters.end() && roster->second.HasOp(id)) return false;
  if (known->second.IsPair()) {
    Roster first = roster == rosters.end() ? Roster() : roster->second;
    KITH_TRY(first.Add(circle, signed_op, signer));
    if (!first.pair() || !first.Has(identity.person) || !first.Has(known->second.person)) {
      return Fail(Code::kForgedRecord, "A friend's circle names somebody else. That was refused.");
    }
    rosters.insert_or_assign(circle, std::move(first));
  } else {
    const bool begun = roster != rosters.end();
    if (begun == (id == known->second.roster))
      return Fail(Code::kForgedRecord, "A circle begins otherwise than was said to you. That was refused.");
    Roster next = begun ? roster->second : Roster();
    KITH_TRY(next.Add(circle, signed_op, signer));
    // Of who is not in it nothing is kept; where they are, it comes again behind what says so.
    if (!next.Names(signer.id()))
      return Fail(Code::kUnknownDevice, "Somebody says who is in a circle who is not known to have been in it.");
    if (next.pair()) return Fail(Code::kForgedRecord, "A circle calls itself a friendship. That was refused.");
    rosters.insert_or_assign(circle, std::move(next));
  }
  tx.Put(storage::RosterOpKey(circle, id), EncodeOp(signed_op));
  return true;
}

}  // namespace kith
