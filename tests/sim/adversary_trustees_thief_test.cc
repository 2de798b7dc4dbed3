// The protocol's list of attacks, number 25, continued: a thief who had one of the owner's devices, and friends who
// flood.
#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "tests/sim/trustees_world.h"

namespace kith {
namespace {

Code CodeOf(const Result<>& result) { return result ? Code::kInternal : result.error().code; }

class Adversary25Thief : public TrusteesWorld {
 protected:
  // Says operations in a circle as a device that keeps to no rule: they only wait to be sent.
  void Say(Machine& machine, const MailboxId& circle, const std::vector<Op>& ops) {
    std::vector<Bytes> bytes;
    for (const Op& op : ops) bytes.push_back(EncodeOp(op));
    Transaction tx(machine.store);
    Outbox(state(machine)).Add(tx, state(machine).mailboxes.at(circle), bytes);
    ASSERT_TRUE(state(machine).Commit(tx));
    Heal();
  }
  std::vector<Op> Claims(size_t count) {
    std::vector<Op> ops;
    for (size_t i = 0; i < count; ++i)
      ops.emplace_back(TrusteeClaimOp{
          .hlc = 9 + i, .authority = Authority(), .claim = BoxPair::Generate().public_key(), .due_ms = 0});
    return ops;
  }
  SignPublic Authority() { return state(owner()).person->trustees()->sign; }
};

// ---- The delay.

TEST_F(Adversary25Thief, AClaimThatIsSaidAsTheOwnerShortensNoDelay) {
  Set({1, 2, 3}, 2, 3 * kDay);
  Gathering gathering(BoxPair::Generate());
  Say(owner(), circle(1),
      {TrusteeClaimOp{.hlc = 9, .authority = Authority(), .claim = gathering.claim(), .due_ms = 0}});
  EXPECT_EQ(CodeOf(Gather(gathering, {1})), Code::kTrusteesDelay);
  Heal();
  ASSERT_EQ(ClaimsOnOwn(state(owner())).size(), 1u);
  EXPECT_EQ(*owner().journal->VetoClaims(), 1u);
  Heal();
  Pass(4 * kDay);
  EXPECT_EQ(CodeOf(Gather(gathering, {1})), Code::kVetoed);
}

// ---- Floods.

TEST_F(Adversary25Thief, AFriendWhoIsNoTrusteeMakesNoClaims) {
  Set({1, 2}, 2, 3 * kDay);
  Say(trustee(3), circle(3), Claims(300));
  EXPECT_TRUE(ClaimsOnOwn(state(owner())).empty());
  EXPECT_LE(state(owner()).trusts.claims().size(), limits::kShareClaims);
  Gathering gathering(BoxPair::Generate());
  EXPECT_EQ(CodeOf(Gather(gathering, {1})), Code::kTrusteesDelay);
  Heal();
  EXPECT_EQ(ClaimsOnOwn(state(owner())).size(), 1u);
}

TEST_F(Adversary25Thief, ATrusteeWhoFloodsHidesNoClaimOnAnotherAndStopsNoVeto) {
  Set({1, 2, 3}, 2, 3 * kDay);
  Say(trustee(2), circle(2), Claims(300));
  Gathering gathering(BoxPair::Generate());
  EXPECT_EQ(CodeOf(Gather(gathering, {1})), Code::kTrusteesDelay);
  Heal();
  EXPECT_EQ(*owner().journal->VetoClaims(), limits::kShareClaims + 1);
  Heal();
  EXPECT_EQ(CodeOf(Gather(gathering, {1})), Code::kVetoed);
  EXPECT_EQ(CodeOf(Gather(gathering, {3})), Code::kVetoed);
  // The person's own claim is not among what was vetoed.
  Gathering own(BoxPair::Generate());
  EXPECT_EQ(CodeOf(Gather(own, {1})), Code::kTrusteesDelay);
}

}  // namespace
}  // namespace kith
