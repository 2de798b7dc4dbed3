// Reading a journal back with nothing but its recovery phrase, or its trustees' shares, and its relay, and taking it
// over with a new device. Like
// Sync a machine without I/O: Next() says what to ask of which relay, OnReply() takes the answer. The relay is trusted
// with nothing: what it serves goes through the same intake as on any device. Steps: "Recovery" in client/DESIGN.md.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/core/authority.h"
#include "client/core/ports.h"
#include "client/core/relay_address.h"
#include "client/core/state.h"
#include "client/core/sync.h"

namespace kith {

class Recovery {
 public:
  enum class Purpose : uint8_t {
    kTakeOver,  // the root lists a new device's seat and lane, in the place of all others
    kDrill,     // nothing is asked for but what can be read
  };
  // What to do when the relay does not serve all that what it serves speaks of.
  enum class Missing : uint8_t { kRefuse, kAccept };
  struct Options {
    Purpose purpose = Purpose::kTakeOver;
    Missing missing = Missing::kRefuse;
    std::vector<Bytes> witnesses = {};  // that friends kept: what the relay serves is held against them
  };

  // `store` is empty, and outlives this as `clock` does. It is a vault once Found has returned OK, and nothing before.
  Recovery(Store& store, Clock& clock, RecoveryAuthority authority, const RelayAddress& relay, Options options);
  Recovery(Store& store, Clock& clock, const RecoverySecret& secret, const RelayAddress& relay, Options options)
      : Recovery(store, clock, AuthorityOf(secret), relay, std::move(options)) {}
  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;

  struct Ask {
    RelayAddress relay;
    RelayCall call;
  };
  // What to ask next; nullopt once all is read. Errors end the recovery: kRelayRefused (no such journal there),
  // kRelayUnreachable, kRelayForeign and so on of the person's own relay; kWithheld, kGap, kEquivocation, kRollback
  // when not all of it is served (Missing::kRefuse); kRecoveryMismatch when it is another's, or the shares are of an
  // older set; those of the store.
  Result<std::optional<Ask>> Next();
  // The answer to the call that Next gave last. Errors are those of the store.
  Result<> OnReply(const RelayCall& call, const Result<RelayReply>& reply);
  // Whether the last call failed in a way that may pass: wait a while before Next.
  bool failed() const { return failed_; }
  // Whether anything may have changed at a relay: before, stopping leaves no trace anywhere. After, the other devices
  // may be cut off, and a new recovery is what helps.
  bool claiming() const { return claiming_; }
  // Of the mailbox that is being read.
  SyncStatus status() const { return sync_->status(); }

  // A circle that could not be restored now, and why.
  struct Left {
    MailboxId circle;
    Error why;
  };
  const std::vector<Left>& left() const { return left_; }

  // Makes the store this person's vault on a new device of this name, once nothing is left to ask. One durable write;
  // nothing of it is there after an error. kTooLarge for the name. Once.
  Result<> Found(const std::string& label);
  // What was read.
  const State& state() const { return state_; }

 private:
  Mailbox& self() { return state_.self(); }
  void Begin(const MailboxId& mailbox, std::shared_ptr<const Signer> reader);
  // As the authority, or as the seat that took its place.
  void BeginOwn();
  void ListCircles();
  void BeginNextCircle();
  void TryNextKey();
  // What is left to ask where a mailbox was read to its end, or its reading stopped; nullopt: go on.
  Result<std::optional<RelayCall>> OnOwnRead();
  Result<std::optional<RelayCall>> OnCircleRead();
  // Why what was read of the own mailbox is not all there is; nullopt when nothing tells of more.
  std::optional<Error> Incomplete() const;
  bool ByPhrase() const { return authority_.kind == RecoveryAuthority::Kind::kPhrase; }
  // What may be wrong with shares that fit together: kRecoveryMismatch.
  Result<> CheckTrustees() const;
  std::optional<Error> ServedLess() const;  // than a witness says
  // What the authority is to say: nobody's seat and lanes but this device's.
  std::vector<SeatChange> OwnChanges() const;
  std::vector<SeatChange> TrusteesChanges() const;
  // Where this person's seat was last, in the circle that is read, and whether another owner took it away.
  struct CirclePlace {
    SeatKeyId seat;
    bool taken_by_other = false;
  };
  Result<CirclePlace> OwnPlace() const;
  // The same of that circle, where another device took the seat.
  std::vector<SeatChange> CircleChanges(const SeatKeyId& seat);
  std::optional<Signer> CircleRoot() const;  // of the circle that is read, if this person founded it
  Result<std::optional<RelayCall>> Claim(std::vector<SeatChange> changes, const Signer& signer,
                                         SeatStatement::SignedBy as);
  Result<> OnClaimed(const SignedStatement& statement);
  void NoteFailure(const std::optional<Error>& error);
  // Of the mailbox that is read; with the own one all is over.
  void GiveUp(const Error& why);

  const RecoveryAuthority authority_;
  const Options options_;
  Restoring restoring_;
  State state_;
  const Signer seat_;  // of this new device, in the own mailbox
  const Signer lane_;
  std::unique_ptr<Sync> sync_;
  MailboxId reading_;
  std::vector<MailboxId> to_read_;  // circles
  bool circles_read_ = false;
  bool claiming_ = false;
  bool replaced_ = false;  // the trustees' seat is this device's now, as far as is known
  std::vector<std::shared_ptr<const Signer>> keys_to_try_;  // that may read the circle, the next one last
  std::map<MailboxId, Signer> circle_seats_;                // that take the place of lost ones
  std::vector<Left> left_;
  bool over_ = false;
  std::optional<Error> ended_;
  bool failed_ = false;
  int failures_ = 0;       // of one mailbox, in a row
  int conflicts_ = 0;      // another device's statement was faster
  uint64_t furthest_ = 0;  // that one mailbox was read
};

}  // namespace kith
