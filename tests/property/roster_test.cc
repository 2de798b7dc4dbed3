// Rosters on random histories: who is in a circle does not depend on the order in which that is learned.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <set>

#include "client/core/circles.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/support/builders.h"
#include "tests/support/fake_clock.h"
#include "tests/support/mem_store.h"

namespace kith {
namespace {

struct Somebody {
  MemStore store;
  FakeClock clock;
  std::unique_ptr<Journal> journal = ANewJournal(store, clock);
  const Person& person() { return *journal->state().person; }
};

// Made once: what is random is what they do.
std::deque<Somebody>& People() {
  InitCrypto();
  static std::deque<Somebody> people(5);
  return people;
}

SignedRosterOp Said(size_t by, std::vector<OpId> parents, decltype(RosterOp::kind) kind) {
  State& state = People()[by].journal->state();
  SignedRosterOp op{.body = RosterOp{.parents = std::move(parents),
                                     .person = state.identity.person,
                                     .signer = state.device->public_key(),
                                     .kind = std::move(kind)}
                                .Encode(),
                    .signature = {}};
  op.signature = state.device->Sign(labels::kSignRosterOp, op.body);
  return op;
}

Result<OpId> Take(Roster& roster, const MailboxId& circle, const SignedRosterOp& op) {
  const RosterOp said = *RosterOp::Decode(op.body);
  for (Somebody& one : People()) {
    if (one.person().id() == said.person) return roster.Add(circle, op, one.person());
  }
  return Fail(Code::kUnknownDevice);
}

PersonId IdOf(size_t person) { return People()[person].person().id(); }

// Each of several copies says something by what it knows, or hears all of another one.
struct History {
  MailboxId circle = RandomId<MailboxId>();
  std::vector<SignedRosterOp> all;

  History() {
    all.push_back(
        Said(0, {},
             RosterGenesis{.mailbox = circle,
                           .members = {{.person = IdOf(0), .role = Role::kOwner, .seat = RandomId<SeatKeyId>()},
                                       {.person = IdOf(1), .role = Role::kOwner, .seat = RandomId<SeatKeyId>()},
                                       {.person = IdOf(2), .role = Role::kWriter, .seat = RandomId<SeatKeyId>()}},
                           .pair = false}));
    constexpr size_t kCopies = 3;
    std::vector<Roster> copies(kCopies);
    for (Roster& copy : copies) RC_ASSERT(Take(copy, circle, all.front()).has_value());
    const int steps = *rc::gen::inRange(1, 24);
    for (int i = 0; i < steps; ++i) {
      Roster& copy = copies[*rc::gen::inRange<size_t>(0, kCopies)];
      const auto by = *rc::gen::inRange<size_t>(0, People().size());
      const auto whom = *rc::gen::inRange<size_t>(0, People().size());
      decltype(RosterOp::kind) kind;
      switch (*rc::gen::inRange(0, 6)) {
        case 0:
        case 1:
          kind = AddMember{.member = {.person = IdOf(whom),
                                      .role = static_cast<Role>(*rc::gen::inRange(1, 4)),
                                      .seat = RandomId<SeatKeyId>()},
                           .invite = RandomId<OpId>()};
          break;
        case 2:
          kind = RemoveMember{.person = IdOf(whom)};
          break;
        case 3:
          kind = SetRole{.person = IdOf(whom), .role = static_cast<Role>(*rc::gen::inRange(1, 4))};
          break;
        case 4:
          kind = LeaveCircle{};
          break;
        default:
          for (const SignedRosterOp& op : copies[*rc::gen::inRange<size_t>(0, kCopies)].operations())
            RC_ASSERT(Take(copy, circle, op).has_value());
          continue;
      }
      const SignedRosterOp op = Said(by, copy.heads(), std::move(kind));
      if (Take(copy, circle, op)) all.push_back(op);
    }
  }
};

RC_GTEST_PROP(PropertyRoster, AnyOrderGivesTheSameMembers, ()) {
  const History history;
  Roster straight;
  for (const SignedRosterOp& op : history.all) RC_ASSERT(Take(straight, history.circle, op).has_value());
  std::vector<size_t> order(history.all.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[*rc::gen::inRange<size_t>(0, i)]);
  Roster shuffled;
  for (const size_t i : order) {
    const auto taken = Take(shuffled, history.circle, history.all[i]);
    RC_ASSERT(taken.has_value());
    RC_ASSERT(Take(shuffled, history.circle, history.all[i]).has_value());
  }
  RC_ASSERT(shuffled.members() == straight.members());
  RC_ASSERT(shuffled.HeadHash() == straight.HeadHash());
  for (const auto& [person, role] : straight.members()) {
    RC_ASSERT(shuffled.Find(person)->seat == straight.Find(person)->seat);
  }
}

RC_GTEST_PROP(PropertyRoster, WhoWasRemovedIsBackOnlyByAnAdditionThatFollows, ()) {
  const History history;
  Roster roster;
  std::map<OpId, RosterOp> ops;
  for (const SignedRosterOp& op : history.all) {
    RC_ASSERT(Take(roster, history.circle, op).has_value());
    ops.emplace(RosterOpIdOf(op.body), *RosterOp::Decode(op.body));
  }
  const auto below = [&](const OpId& id) {
    std::set<OpId> seen;
    std::vector<OpId> open = ops.at(id).parents;
    while (!open.empty()) {
      const OpId next = open.back();
      open.pop_back();
      if (!seen.insert(next).second) continue;
      open.insert(open.end(), ops.at(next).parents.begin(), ops.at(next).parents.end());
    }
    return seen;
  };
  for (const auto& [removal, op] : ops) {
    const auto* removed = std::get_if<RemoveMember>(&op.kind);
    if (removed == nullptr || !roster.Has(removed->person)) continue;
    const bool back = std::ranges::any_of(ops, [&](const auto& other) {
      const auto* add = std::get_if<AddMember>(&other.second.kind);
      return add != nullptr && add->member.person == removed->person && below(other.first).contains(removal);
    });
    RC_ASSERT(back);
  }
}

}  // namespace
}  // namespace kith
