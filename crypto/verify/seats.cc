#include "crypto/verify/seats.h"

#include "crypto/verify/labels.h"

namespace kith {
namespace {

constexpr size_t kMaxSeats = 64;
constexpr size_t kMaxLanesOfSeat = 64;

Error Forbidden() { return Fail(Code::kStatementForbidden); }

}  // namespace

// Applies the changes of one statement to a copy of the table. The signer's authority is looked up again for every
// change, so that a seat which replaced itself goes on under its new key and one which removed itself does not go on.
class SeatTable::Changer {
 public:
  Changer(SeatTable& table, const SeatStatement& statement)
      : table_(table), root_(statement.signed_by == SeatStatement::SignedBy::kRoot), signer_(statement.signer) {}

  Result<> operator()(const AddSeat& change) {
    if (!ManagesSeats() || !table_.Fresh(change.seat)) return Forbidden();
    if (table_.seats_.size() >= kMaxSeats) return Fail(Code::kTooLarge);
    table_.seats_[change.seat].owner = change.owner;
    return {};
  }

  Result<> operator()(const RemoveSeat& change) {
    const auto seat = table_.seats_.find(change.seat);
    if (!ManagesSeats() || seat == table_.seats_.end()) return Forbidden();
    for (const LaneKey& lane : seat->second.lanes) {
      table_.seat_of_.erase(lane);
      table_.closed_[lane] = change.seat;
    }
    table_.seats_.erase(seat);
    table_.retired_.insert(change.seat);
    return {};
  }

  Result<> operator()(const ReplaceSeat& change) {
    if (!Is(change.from) || !table_.Fresh(change.to)) return Forbidden();
    auto seat = table_.seats_.extract(change.from);
    if (seat.empty()) return Forbidden();
    seat.key() = change.to;
    table_.seats_.insert(std::move(seat));
    for (auto& [lane, of] : table_.seat_of_) {
      if (of == change.from) of = change.to;
    }
    for (auto& [lane, of] : table_.closed_) {
      if (of == change.from) of = change.to;
    }
    table_.retired_.insert(change.from);
    table_.replaced_[change.from] = change.to;
    if (!root_) signer_ = change.to;
    return {};
  }

  Result<> operator()(const AddLane& change) {
    const auto seat = table_.seats_.find(change.seat);
    if (!Is(change.seat) || seat == table_.seats_.end() || !table_.Fresh(change.lane)) return Forbidden();
    if (seat->second.lanes.size() >= kMaxLanesOfSeat) return Fail(Code::kTooLarge);
    seat->second.lanes.insert(change.lane);
    table_.seat_of_[change.lane] = change.seat;
    return {};
  }

  Result<> operator()(const RemoveLane& change) {
    const auto lane = table_.seat_of_.find(change.lane);
    if (lane == table_.seat_of_.end() || !Is(lane->second)) return Forbidden();
    table_.seats_[lane->second].lanes.erase(change.lane);
    table_.closed_[change.lane] = lane->second;
    table_.seat_of_.erase(lane);
    return {};
  }

  Result<> operator()(const ReplaceRoot& change) {
    if (!root_ || !table_.Fresh(change.root)) return Forbidden();
    table_.retired_.insert(table_.root_);
    table_.root_ = change.root;
    return {};
  }

  Result<> operator()(const SetOwner& change) {
    const auto seat = table_.seats_.find(change.seat);
    if (!ManagesSeats() || seat == table_.seats_.end()) return Forbidden();
    seat->second.owner = change.owner;
    return {};
  }

 private:
  bool ManagesSeats() const {
    if (root_) return true;
    const auto seat = table_.seats_.find(signer_);
    return seat != table_.seats_.end() && seat->second.owner;
  }
  // The root acts for every seat, a seat for itself.
  bool Is(const SeatKeyId& seat) const { return root_ || seat == signer_; }

  SeatTable& table_;
  const bool root_;
  SignPublic signer_;
};

Result<SeatTable> SeatTable::Apply(const SignedStatement& signed_statement) const {
  KITH_TRY_ASSIGN(const SeatStatement statement, SeatStatement::Parse(signed_statement.body));
  SeatTable next = *this;
  if (number_ == 0) {
    next.mailbox_ = MailboxIdOf(statement.signer);
    next.root_ = statement.signer;
  }
  if (statement.number != number_ + 1 || statement.prev != head_) return Fail(Code::kStatementConflict);
  if (statement.mailbox != next.mailbox_) return number_ == 0 ? Forbidden() : Fail(Code::kStatementConflict);
  const bool by_root = statement.signed_by == SeatStatement::SignedBy::kRoot;
  if (by_root ? statement.signer != next.root_ : !seats_.contains(statement.signer)) return Forbidden();
  KITH_TRY(Verify(statement.signer, labels::kSignStatement, signed_statement.body, signed_statement.signature));

  Changer changer(next, statement);
  for (const SeatChange& change : statement.changes) KITH_TRY(std::visit(changer, change));
  if (number_ == 0 && next.seat_of_.empty()) return Forbidden();  // nobody could ever use it
  next.number_ = statement.number;
  next.head_ = StatementIdOf(signed_statement.body);
  return next;
}

const SeatKeyId* SeatTable::SeatOf(const LaneKey& lane) const {
  if (const auto listed = seat_of_.find(lane); listed != seat_of_.end()) return &listed->second;
  const auto closed = closed_.find(lane);
  return closed == closed_.end() ? nullptr : &closed->second;
}

const SeatKeyId* SeatTable::Present(const SeatKeyId& seat) const {
  const SeatKeyId* at = &seat;
  // A key is listed once, so this comes to an end.
  for (auto next = replaced_.find(*at); next != replaced_.end(); next = replaced_.find(*at)) at = &next->second;
  const auto listed = seats_.find(*at);
  return listed == seats_.end() ? nullptr : &listed->first;
}

bool SeatTable::Fresh(const SignPublic& key) const {
  return key != root_ && !seats_.contains(key) && !retired_.contains(key) && !Known(key);
}

}  // namespace kith
