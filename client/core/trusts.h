// What is known here of social recovery, from the pairs' circles: shares that this person gave and holds, who asked for
// one, and the witnesses that friends left. By circle. Values alone; what they mean: trustees.h, release.h, witness.h.
#pragma once

#include <map>

#include "client/core/ports.h"
#include "client/core/storage.h"
#include "client/core/transaction.h"
#include "client/wire/ops.h"

namespace kith {

class Trusts {
 public:
  // A share of this person's secret that the friend was given; newest first said.
  struct Given {
    Hlc hlc = 0;
    SignPublic authority;
    DeviceId by;           // that said so
    storage::Place place;  // of its operation
    bool ended = false;    // the friend was told that it is a share no longer
    bool taken = false;    // a device of the friend has opened it
  };
  // What the friend entrusted to this person.
  struct Held {
    Hlc hlc = 0;
    SignPublic authority;
    DeviceId by;        // likewise
    Bytes box;          // sealed to this person; empty: nothing any more
    bool told = false;  // that a device of this person has opened it
  };
  // Somebody asked for a share. Who says what: of this person's journal the friend claims and this person vetoes, of
  // the friend's the other way round. So what one of the two says of the one never stands for the other.
  enum class Whose : uint8_t { kOurs = 0, kTheirs = 1 };  // whose journal it is about: this person's, or the friend's
  struct ClaimPlace {
    MailboxId circle;
    Whose whose = Whose::kOurs;
    BoxPublic claim;  // zeros: all that are made under the authority
    friend auto operator<=>(const ClaimPlace&, const ClaimPlace&) = default;
  };
  struct Claim {
    Hlc hlc = 0;           // 0: only a veto of it was heard of
    SignPublic authority;  // whose share it asks for; with a veto alone, which one was known then
    uint64_t due_ms = 0;
    bool vetoed = false;
  };
  struct Kept {
    Hlc hlc = 0;
    Bytes sealed;
  };
  // The newest witness that this device left there.
  struct Left {
    uint64_t at_ms = 0;  // by this device's clock
  };

  Result<> Load(Store& store);

  void Set(Transaction& tx, const MailboxId& circle, const Given& given);
  void Set(Transaction& tx, const MailboxId& circle, const Held& held);
  void Set(Transaction& tx, const ClaimPlace& place, const Claim& claim);
  void Forget(Transaction& tx, const ClaimPlace& place);
  void Set(Transaction& tx, const MailboxId& circle, const Kept& kept);
  void Set(Transaction& tx, const MailboxId& circle, const Left& left);

  const std::map<MailboxId, Given>& given() const { return given_; }
  const std::map<MailboxId, Held>& held() const { return held_; }
  const std::map<ClaimPlace, Claim>& claims() const { return claims_; }
  const std::map<MailboxId, Kept>& kept() const { return kept_; }
  const std::map<MailboxId, Left>& left() const { return left_; }

 private:
  std::map<MailboxId, Given> given_;
  std::map<MailboxId, Held> held_;
  std::map<ClaimPlace, Claim> claims_;
  std::map<MailboxId, Kept> kept_;
  std::map<MailboxId, Left> left_;
};

}  // namespace kith
