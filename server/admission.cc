// The parts of a draft that admit: invites, tokens, mailboxes and their seats.
#include <algorithm>

#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "server/draft.h"
#include "server/statement_room.h"

namespace kith::relay {
namespace {

SecretHash HashOf(std::string_view label, ByteView secret) { return HashId<SecretHash>(label, {secret}); }

// Tokens follow from the invite and the attempt, so a redemption sent again gives the same ones, while what is stored
// (hashes of each) links none of them.
Token MintToken(const InviteSecret& secret, const Attempt& attempt, uint16_t index) {
  if (attempt.IsZero()) return RandomId<Token>();
  Writer number;
  number.U16(index);
  const auto hash = Hash(labels::kTokenMint, {secret.view(), attempt.view(), number.bytes()});
  return *Token::From(ByteView(hash).first(Token::kSize));
}

std::vector<Token> MintTokens(const InviteSecret& secret, const Attempt& attempt, uint16_t count) {
  std::vector<Token> tokens;
  for (uint16_t i = 0; i < count; ++i) tokens.push_back(MintToken(secret, attempt, i));
  return tokens;
}

bool SameStatement(const SignedStatement& a, const SignedStatement& b) {
  return a.body == b.body && a.signature == b.signature;
}

// The number a statement claims; the caller checks everything else.
Result<uint64_t> NumberOf(const SignedStatement& statement) {
  KITH_TRY_ASSIGN(const auto parsed, SeatStatement::Parse(statement.body));
  return parsed.number;
}

}  // namespace

Result<uint64_t> Draft::Submit(const MailboxId& mailbox, const SignPublic& signer, const SignedStatement& statement) {
  KITH_TRY_ASSIGN(Working* const working, Open(mailbox));
  if (working == nullptr) return Fail(Code::kRelayRefused);
  // Whoever brings a statement that fits has proved enough: a refill begins before its own lane is listed. Everybody
  // else learns only that they were refused.
  const bool permitted = Permitted(*working->seats, signer);
  const auto refuse = [&](const Error& why) {
    if (!permitted) return Fail(Code::kRelayRefused);
    return why.code == Code::kSignatureInvalid ? Fail(Code::kStatementForbidden) : why;
  };
  const auto number = NumberOf(statement);
  if (!number) return refuse(number.error());
  if (*number >= 1 && *number <= working->seats->number()) {
    KITH_TRY_ASSIGN(const auto stored, log_.Statements(working->row.number, *number - 1, 1));
    if (!stored.empty() && SameStatement(stored.front(), statement)) return working->seats->number();
    return refuse(Fail(Code::kStatementConflict));
  }
  auto next = working->seats->Apply(statement);
  if (!next) return refuse(next.error());
  KITH_TRY_ASSIGN(const SeatStatement parsed, SeatStatement::Parse(statement.body));
  if (next->number() > StatementRoom(*working->seats, parsed)) return refuse(Fail(Code::kRelayBusy));
  batch_.statements.push_back({working->row.number, next->number(), &statement});
  working->row.bytes += statement.body.size() + Signature::kSize;
  working->seats = std::make_shared<const SeatTable>(*std::move(next));
  working->changed = working->seats_changed = true;
  return working->seats->number();
}

Result<CreateReply> Draft::Create(const MailboxId& mailbox, const Token& token, const SignedStatement& statement) {
  auto table = SeatTable().Apply(statement);
  if (!table) return table.error().code == Code::kSignatureInvalid ? Fail(Code::kRelayRefused) : table.error();
  if (table->mailbox() != mailbox) return Fail(Code::kMalformed);
  KITH_TRY_ASSIGN(Working* const existing, Open(mailbox));
  if (existing != nullptr) {
    KITH_TRY_ASSIGN(const auto first, log_.Statements(existing->row.number, 0, 1));
    if (!first.empty() && SameStatement(first.front(), statement)) return CreateReply{.existed = true};
    return Fail(Code::kStatementConflict);
  }
  const SecretHash hash = HashOf(labels::kToken, token.view());
  KITH_TRY_ASSIGN(const bool good, log_.HasToken(hash));
  if (!good) return Fail(Code::kTokenInvalid);
  KITH_TRY_ASSIGN(const MailboxNumber number, log_.NextMailbox());
  batch_.next_mailbox = number + 1;
  batch_.tokens_spent.push_back(hash);
  batch_.statements.push_back({number, 1, &statement});
  Working working;
  working.row.number = number;
  working.row.bytes = statement.body.size() + Signature::kSize;
  working.seats = std::make_shared<const SeatTable>(*std::move(table));
  working.changed = working.seats_changed = true;
  working_.emplace(mailbox, std::move(working));
  return CreateReply{.existed = false};
}

Result<std::vector<Token>> Draft::Redeem(const InviteSecret& secret, const Attempt& attempt, int64_t now_ms) {
  const SecretHash hash = HashOf(labels::kInvite, secret.view());
  KITH_TRY_ASSIGN(auto row, log_.FindInvite(hash));
  if (!row || row->expires_ms <= now_ms) return Fail(Code::kInviteInvalid);
  const SecretHash attempt_hash = HashOf(labels::kInviteAttempt, attempt.view());
  if (!attempt.IsZero() && std::ranges::find(row->attempts, attempt_hash) != row->attempts.end()) {
    return MintTokens(secret, attempt, row->tokens);
  }
  if (row->uses == 0) return Fail(Code::kInviteInvalid);
  --row->uses;
  if (!attempt.IsZero()) row->attempts.push_back(attempt_hash);
  auto tokens = MintTokens(secret, attempt, row->tokens);
  for (const auto& token : tokens) batch_.tokens_added.push_back(HashOf(labels::kToken, token.view()));
  // Shuffled by their hashes, so that not even the order in the write-ahead log says which came first.
  std::ranges::sort(batch_.tokens_added);
  batch_.invites.push_back({hash, std::move(row)});
  return tokens;
}

Result<InviteSecret> Draft::Mint(const InviteOrder& order, int64_t now_ms) {
  KITH_TRY_ASSIGN(const auto expired, log_.InvitesExpiredBy(now_ms));
  for (const auto& hash : expired) batch_.invites.push_back({hash, std::nullopt});
  const auto secret = RandomId<InviteSecret>();
  batch_.invites.push_back(
      {HashOf(labels::kInvite, secret.view()), InviteRow{order.expires_ms, order.uses, order.mailboxes, {}}});
  return secret;
}

}  // namespace kith::relay
