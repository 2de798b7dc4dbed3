// What the relay is asked and what it answers, as plain values.
#pragma once

#include <functional>
#include <memory>

#include "server/ports.h"

namespace kith::relay {

using InviteSecret = Id<struct InviteSecretTag, 16>;
using Token = Id<struct TokenTag, 16>;
// Chosen at random by who redeems, so that a redemption can be sent again; zeros: it cannot.
using Attempt = Id<struct AttemptTag, 16>;

// The signed part of a call. `body` is what was received and must stay good during the call.
struct SignedCall {
  std::string_view method;  // the RPC's name
  MailboxId mailbox;        // the one the body names
  SignPublic signer;
  HelloNonce nonce;
  uint64_t counter = 0;
  Signature signature;
  ByteView body;
};

struct PushReply {
  uint32_t stored = 0;
  uint32_t duplicates = 0;
  Cursor head;
};

struct PageHead {
  Cursor next;
  Cursor head;
  uint64_t newest_statement = 0;
  bool forked = false;
};

struct StatementPage {
  std::vector<SignedStatement> statements;
  uint64_t newest = 0;
};

struct CreateReply {
  bool existed = false;
};

struct InviteOrder {
  uint16_t mailboxes = 0;  // tokens for each redemption
  uint16_t uses = 1;
  int64_t expires_ms = 0;  // by the relay's clock
};

// What a subscriber learns: where the log and the seats stand.
struct Wake {
  Cursor head;
  uint64_t newest_statement = 0;
};

// Called once, on a thread of the relay's; it must not block.
template <class T>
using Done = std::move_only_function<void(Result<T>)>;

}  // namespace kith::relay
