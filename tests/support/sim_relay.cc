#include "tests/support/sim_relay.h"

#include <algorithm>

#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"

namespace kith {
namespace {

bool Permitted(const SeatTable& seats, const SignPublic& signer) {
  return seats.Listed(signer) || seats.seats().contains(signer) || seats.root() == signer;
}

bool Same(const SignedStatement& a, const SignedStatement& b) { return a.body == b.body && a.signature == b.signature; }

size_t SizeOf(const SignedRecord& record) { return record.header.size() + Signature::kSize + record.payload.size(); }

// As server/push_plan.h: another's record must prove itself, one's own is its signer's affair. An empty payload is one
// that was pruned.
Result<RecordHeader> Check(const SignedRecord& record, const SignPublic& signer) {
  KITH_TRY_ASSIGN(const RecordHeader header, RecordHeader::Parse(record.header));
  if (header.lane != signer) {
    auto verified = VerifyRecord(record.header, record.signature, record.payload);
    if (!verified && verified.error().code == Code::kSignatureInvalid) return Fail(Code::kRelayRefused);
    return verified;
  }
  if (record.payload.empty() && header.payload_length > 0) return header;
  if (record.payload.size() != header.payload_length || PayloadHash(record.payload) != header.payload_hash) {
    return Fail(Code::kMalformed);
  }
  return header;
}

// As server/draft.cc: a lane prunes itself; once it is closed, any lane of the same seat does it instead.
bool MayPrune(const SeatTable& seats, const LaneKey& pruner, const LaneKey& lane) {
  if (pruner == lane) return true;
  if (seats.Listed(lane)) return false;
  const SeatKeyId* theirs = seats.SeatOf(lane);
  const SeatKeyId* ours = seats.SeatOf(pruner);
  return theirs != nullptr && ours != nullptr && *theirs == *ours;
}

bool Pruned(const SimRelay::Lane& lane, uint64_t seq) {
  return std::ranges::any_of(lane.pruned,
                             [&](const PruneList::Range& range) { return range.first <= seq && seq <= range.last; });
}

}  // namespace

struct SimRelay::Handler {
  SimRelay& relay;
  SignPublic signer;

  RelayStamp Stamp() const { return {.relay_key = relay.key_, .epoch = relay.database_.epoch}; }

  Result<Mailbox*> Authorize(const MailboxId& id) const {
    const auto found = relay.database_.mailboxes.find(id);
    if (found == relay.database_.mailboxes.end() || !Permitted(found->second.seats, signer))
      return Fail(Code::kRelayRefused);
    return &found->second;
  }

  Result<RelayReply> operator()(const HelloCall&) const { return HelloReply{.stamp = Stamp()}; }

  Result<RelayReply> operator()(const CreateMailboxCall& call) const {
    auto table = SeatTable().Apply(call.statement);
    if (!table) return table.error().code == Code::kSignatureInvalid ? Fail(Code::kRelayRefused) : table.error();
    if (table->mailbox() != call.mailbox) return Fail(Code::kMalformed);
    Database& database = relay.database_;
    if (const auto found = database.mailboxes.find(call.mailbox); found != database.mailboxes.end()) {
      if (!Same(found->second.statements.front(), call.statement)) return Fail(Code::kStatementConflict);
      return CreateMailboxReply{.stamp = Stamp(), .existed = true};
    }
    if (database.tokens.erase(call.token) == 0) return Fail(Code::kTokenInvalid);
    Mailbox& mailbox = database.mailboxes[call.mailbox];
    mailbox.seats = *std::move(table);
    mailbox.statements.push_back(call.statement);
    return CreateMailboxReply{.stamp = Stamp(), .existed = false};
  }

  Result<RelayReply> operator()(const SubmitStatementCall& call) const {
    const auto found = relay.database_.mailboxes.find(call.mailbox);
    if (found == relay.database_.mailboxes.end()) return Fail(Code::kRelayRefused);
    Mailbox& mailbox = found->second;
    const bool permitted = Permitted(mailbox.seats, signer);
    const auto refuse = [&](Error why) {
      if (!permitted) return Fail(Code::kRelayRefused);
      return why.code == Code::kSignatureInvalid ? Fail(Code::kStatementForbidden) : why;
    };
    const auto parsed = SeatStatement::Parse(call.statement.body);
    if (!parsed) return refuse(parsed.error());
    if (parsed->number >= 1 && parsed->number <= mailbox.statements.size()) {
      if (!Same(mailbox.statements[parsed->number - 1], call.statement)) return refuse(Fail(Code::kStatementConflict));
      return SubmitStatementReply{.stamp = Stamp(), .number = mailbox.seats.number()};
    }
    auto next = mailbox.seats.Apply(call.statement);
    if (!next) return refuse(next.error());
    mailbox.seats = *std::move(next);
    mailbox.statements.push_back(call.statement);
    return SubmitStatementReply{.stamp = Stamp(), .number = mailbox.seats.number()};
  }

  Result<RelayReply> operator()(const StatementsCall& call) const {
    KITH_TRY_ASSIGN(const Mailbox* const mailbox, Authorize(call.mailbox));
    StatementsReply reply{.stamp = Stamp(), .statements = {}, .newest = mailbox->seats.number()};
    for (uint64_t number = call.after + 1; number <= reply.newest; ++number) {
      reply.statements.push_back(mailbox->statements[number - 1]);
    }
    return reply;
  }

  Result<RelayReply> operator()(const PushCall& call) const {
    KITH_TRY_ASSIGN(Mailbox* const mailbox, Authorize(call.mailbox));
    if (call.records.empty()) return Fail(Code::kMalformed);
    size_t bytes = 0;
    for (const SignedRecord& record : call.records) bytes += SizeOf(record);
    if (bytes > limits::kPushBytes) return Fail(Code::kTooLarge);
    Mailbox next = *mailbox;  // all or nothing
    PushReply reply{.stamp = Stamp()};
    for (const SignedRecord& record : call.records) KITH_TRY(Place(next, record, reply));
    if (relay.full_ && reply.stored > 0) return Fail(Code::kRelayFull);
    *mailbox = std::move(next);
    reply.head = mailbox->head();
    return reply;
  }

  Result<> Place(Mailbox& mailbox, const SignedRecord& record, PushReply& reply) const {
    KITH_TRY_ASSIGN(const RecordHeader header, Check(record, signer));
    const bool own = header.lane == signer;
    if (own ? !mailbox.seats.Listed(header.lane) : !mailbox.seats.Known(header.lane)) return Fail(Code::kRelayRefused);
    if (header.seq == 0) return Fail(Code::kMalformed);
    Lane& lane = mailbox.lanes[header.lane];
    const RecordId id = RecordIdOf(record.header);
    if (header.seq <= lane.seq) {
      if (lane.ids[header.seq - 1] != id) return Fail(Code::kLaneForked);
      ++reply.duplicates;
      // What a refill left out comes back with the next one that has it, unless it was pruned.
      auto& stored = mailbox.log[lane.at[header.seq - 1]];
      if (stored->payload.empty() && !record.payload.empty() && !Pruned(lane, header.seq)) {
        stored = std::make_shared<const SignedRecord>(record);
      }
      return {};
    }
    if (header.seq > lane.seq + 1) return Fail(Code::kLaneGap);
    if (header.prev != lane.id) return Fail(Code::kLaneForked);
    if (header.kind == RecordKind::kPrune) KITH_TRY(Prune(mailbox, header, record.payload));
    mailbox.Append(header.lane, record);
    // A refill must not bring back what was pruned, in whatever order the lanes come.
    if (header.kind != RecordKind::kPrune && Pruned(lane, header.seq)) Empty(mailbox.log.back());
    ++reply.stored;
    return {};
  }

  static void Empty(std::shared_ptr<const SignedRecord>& stored) {
    auto emptied = std::make_shared<SignedRecord>(*stored);
    emptied->payload.clear();
    stored = std::move(emptied);
  }

  static Result<> Prune(Mailbox& mailbox, const RecordHeader& header, ByteView payload) {
    if (payload.empty()) return {};
    KITH_TRY_ASSIGN(const PruneList list, PruneList::Parse(payload));
    // A lane prunes what it has written, never what it might write.
    if (list.lane == header.lane && list.ranges.back().last >= header.seq) return Fail(Code::kMalformed);
    if (!MayPrune(mailbox.seats, header.lane, list.lane)) return Fail(Code::kRelayRefused);
    Lane& lane = mailbox.lanes[list.lane];
    for (const PruneList::Range& range : list.ranges) {
      lane.pruned.push_back(range);
      for (uint64_t seq = range.first; seq <= std::min(range.last, lane.seq); ++seq) {
        auto& stored = mailbox.log[lane.at[seq - 1]];
        // What says that something was pruned is itself kept.
        if (RecordHeader::Parse(stored->header)->kind != RecordKind::kPrune) Empty(stored);
      }
    }
    return {};
  }

  Result<RelayReply> operator()(const PullCall& call) const {
    KITH_TRY_ASSIGN(const Mailbox* const mailbox, Authorize(call.mailbox));
    PullReply reply{
        .stamp = Stamp(), .next = call.cursor, .head = mailbox->head(), .newest_statement = mailbox->seats.number()};
    const uint64_t from = call.cursor.seq;
    if (from > reply.head.seq || (from == 0 ? Chain() : mailbox->chains[from - 1]) != call.cursor.chain) {
      reply.forked = true;
      reply.next = {};
      return reply;
    }
    size_t bytes = 0;
    for (uint64_t seq = from + 1; seq <= reply.head.seq; ++seq) {
      const SignedRecord& record = *mailbox->log[seq - 1];
      bytes += SizeOf(record);
      if (bytes > relay.page_bytes_ && !reply.records.empty()) break;
      reply.records.push_back(record);
      reply.next = {.seq = seq, .chain = mailbox->chains[seq - 1]};
    }
    return reply;
  }
};

void SimRelay::Mailbox::Append(const LaneKey& key, const SignedRecord& record) {
  Lane& lane = lanes[key];
  ++lane.seq;
  lane.id = RecordIdOf(record.header);
  lane.ids.push_back(lane.id);
  lane.at.push_back(log.size());
  chains.push_back(NextChain(head().chain, lane.id));
  log.push_back(std::make_shared<const SignedRecord>(record));
}

SimRelay::SimRelay() : key_(RandomId<SignPublic>()), page_bytes_(limits::kPageBytes) {
  database_.epoch = RandomId<RelayEpoch>();
}

SimRelay::SimRelay(const SignPublic& key, Database database)
    : key_(key), database_(std::move(database)), page_bytes_(limits::kPageBytes) {}

Result<RelayReply> SimRelay::Handle(const RelayCall& call, uint64_t nonce) {
  if (!std::holds_alternative<HelloCall>(call.body)) {
    if (nonce != nonce_) return Fail(Code::kStaleNonce);
    if (call.signer == nullptr) return Fail(Code::kRelayRefused);
  }
  const Handler handler{*this, call.signer == nullptr ? SignPublic() : call.signer->public_key()};
  return std::visit(handler, call.body);
}

Bytes SimRelay::MintToken() {
  Bytes token(16);
  RandomFill(token);
  database_.tokens.insert(token);
  return token;
}

void SimRelay::Restore(Database database) {
  database_ = std::move(database);
  database_.epoch = RandomId<RelayEpoch>();
  Restart();
}

const SimRelay::Mailbox* SimRelay::Find(const MailboxId& id) const {
  const auto found = database_.mailboxes.find(id);
  return found == database_.mailboxes.end() ? nullptr : &found->second;
}

}  // namespace kith
