// From what a relay answers to a code.
#include "client/adapters/grpc_relay.h"

#include "app_fixture.h"
#include "bent_relay.h"
#include "client/adapters/relay_errors.h"

namespace kith::app_test {
namespace {

using E = v1::RelayError;

struct Mapping {
  E::Reason reason;
  Code code;
};
constexpr Mapping kMappings[] = {
    {E::REFUSED, Code::kRelayRefused},
    {E::STALE_NONCE, Code::kStaleNonce},
    {E::INVITE_INVALID, Code::kInviteInvalid},
    {E::TOKEN_INVALID, Code::kTokenInvalid},
    {E::MAILBOX_FULL, Code::kRelayFull},
    {E::STORAGE_LOW, Code::kRelayStorageLow},
    {E::LANE_FORKED, Code::kLaneForked},
    {E::LANE_GAP, Code::kLaneGap},
    {E::STATEMENT_CONFLICT, Code::kStatementConflict},
    {E::STATEMENT_FORBIDDEN, Code::kStatementForbidden},
    {E::MALFORMED, Code::kMalformed},
    {E::TOO_LARGE, Code::kTooLarge},
    {E::TOO_MANY, Code::kRelayBusy},
    {E::PAIRING_GONE, Code::kPairingGone},
    {E::SHUTTING_DOWN, Code::kRelayUnreachable},
    {E::UNSPECIFIED, Code::kRelayUnreachable},
};

TEST(RelayErrorsTest, EveryReasonHasItsCodeAndAMessageForPeople) {
  ASSERT_EQ(std::size(kMappings), static_cast<size_t>(E::Reason_ARRAYSIZE));
  for (const Mapping& mapping : kMappings) {
    const Error error = RelayErrorOf(BentRelay::Refusal(mapping.reason));
    EXPECT_EQ(error.code, mapping.code) << E::Reason_Name(mapping.reason);
    EXPECT_TRUE(error.message.ends_with('.')) << error.message;
  }
}

TEST(RelayErrorsTest, WhatIsNoRefusalOfARelay) {
  E unknown;
  unknown.set_reason(static_cast<E::Reason>(999));
  EXPECT_EQ(RelayErrorOf({grpc::StatusCode::ABORTED, "", unknown.SerializeAsString()}).code, Code::kRelayUnreachable);
  EXPECT_EQ(RelayErrorOf({grpc::StatusCode::UNAVAILABLE, ""}).code, Code::kRelayUnreachable);
  EXPECT_EQ(RelayErrorOf({grpc::StatusCode::DEADLINE_EXCEEDED, ""}).code, Code::kRelayUnreachable);
  EXPECT_EQ(RelayErrorOf({grpc::StatusCode::UNIMPLEMENTED, ""}).code, Code::kRelayForeign);
  // Not our doing, so nobody stopped anything.
  EXPECT_EQ(RelayErrorOf({grpc::StatusCode::CANCELLED, ""}).code, Code::kRelayUnreachable);
}

struct GrpcRelayTest : testing::Test {
  TestRelay real;
  BentRelay bent{real.address()};
  GrpcRelay relay{{.address = bent.address(), .key = real.key()}};
  const RelayCall hello{.signer = nullptr, .body = HelloCall{}};
};

TEST_F(GrpcRelayTest, ARefusalReachesTheCaller) {
  ASSERT_TRUE(relay.Call(hello));
  bent.Refuse("Hello", BentRelay::Refusal(E::TOO_MANY));
  EXPECT_EQ(CodeOf(relay.Call(hello)), Code::kRelayBusy);
}

TEST_F(GrpcRelayTest, AnUnknownInviteIsInvalidAndAttemptsAreRepeatable) {
  const Bytes attempt(16, 1);
  EXPECT_EQ(CodeOf(relay.RedeemInvite(Bytes(16, 9), attempt)), Code::kInviteInvalid);
  const auto invite = ParseRelayInvite(real.Invite());
  const auto tokens = relay.RedeemInvite(invite->secret, attempt);
  ASSERT_TRUE(tokens);
  EXPECT_EQ(relay.RedeemInvite(invite->secret, attempt).value(), *tokens);
  EXPECT_EQ(CodeOf(relay.RedeemInvite(invite->secret, Bytes(16, 2))), Code::kInviteInvalid);
}

TEST_F(GrpcRelayTest, AnotherIdentityIsForeign) {
  GrpcRelay wrong({.address = real.address(), .key = Signer::Generate().public_key()});
  EXPECT_EQ(CodeOf(wrong.Call(hello)), Code::kRelayForeign);
  EXPECT_EQ(CodeOf(wrong.JoinPairing(1)), Code::kRelayForeign);
}

TEST_F(GrpcRelayTest, OnlyThisMachineIsSpokenToInTheClear) {
  // This machine too, but not by one of the addresses that can be no other.
  const std::string port = bent.address().substr(bent.address().rfind(':'));
  GrpcRelay far({.address = "[::ffff:127.0.0.1]" + port, .key = real.key()});
  EXPECT_EQ(CodeOf(far.Call(hello)), Code::kRelayUnreachable);
  EXPECT_EQ(bent.calls("Hello"), 0);
}

TEST_F(GrpcRelayTest, WithoutASignerNothingIsAsked) {
  EXPECT_EQ(CodeOf(relay.Call({.signer = nullptr, .body = PullCall{}})), Code::kRelayRefused);
  EXPECT_EQ(CodeOf(relay.Subscribe(nullptr, MailboxId())), Code::kRelayRefused);
  EXPECT_EQ(CodeOf(relay.OpenPairing(nullptr, MailboxId())), Code::kRelayRefused);
}

TEST_F(GrpcRelayTest, CancelAllEndsWhatIsUnderWayAndAllThatComes) {
  bent.Hold("Hello");
  std::thread caller([&] { EXPECT_EQ(CodeOf(relay.Call(hello)), Code::kCancelled); });
  ASSERT_TRUE(Eventually([&] { return bent.held() == 1; }));
  relay.CancelAll();
  caller.join();
  bent.Release();
  EXPECT_EQ(CodeOf(relay.Call(hello)), Code::kCancelled);
}

TEST_F(GrpcRelayTest, AStreamOutlivesItsRelayObject) {
  auto owned = std::make_unique<GrpcRelay>(RelayAddress{.address = real.address(), .key = real.key()});
  ASSERT_TRUE(owned->Call(hello));
  auto stream = owned->Subscribe(std::make_shared<Signer>(Signer::Generate()), MailboxId());
  ASSERT_TRUE(stream);
  owned.reset();
  EXPECT_EQ((*stream)->Next(), std::nullopt);  // refused: nobody is listed there
}

}  // namespace
}  // namespace kith::app_test
