#include "crypto/pairing.h"
#include "crypto/phrase.h"
#include "crypto/verify/hash.h"
#include "tests/support/seeded_random.h"
#include "tests/unit/crypto_testing.h"

namespace kith {
namespace {

constexpr std::string_view kWords = "cabin-lunar-oak";

class PairingTest : public testing::Test {
 protected:
  PairingContext context_{.mode = PairingMode::kLink, .relay_key = RandomId<SignPublic>(), .nameplate = 1234};
  const Bytes ada_ = ToBytes("opener's keys"), adb_ = ToBytes("joiner's keys");
  PairingOpener opener_{context_, kWords, ada_};
  PairingJoiner joiner_{context_, kWords, adb_};

  // What the opener makes of a joiner with another idea of something.
  std::optional<Code> OpenerWith(const PairingContext& context, std::string_view words) {
    PairingJoiner other(context, words, adb_);
    const auto answer = other.Respond(opener_.first_message());
    KITH_CHECK(answer.has_value());
    return CodeOf(opener_.Finish(*answer));
  }
  // A joiner's message, with the tag that `isk` gives.
  static Bytes AnswerOf(ByteView sid, const GuardedBytes& isk, const cpace::Side& joiner) {
    return Writer()
        .Raw(joiner.share)
        .Prefixed(joiner.associated_data)
        .Raw(cpace::Confirmation(sid, {isk.get(), cpace::kIskSize}, joiner))
        .Take();
  }
};

TEST_F(PairingTest, BothSidesHaveTheSameKeys) {
  const auto answer = joiner_.Respond(opener_.first_message());
  ASSERT_TRUE(answer);
  const auto opened = opener_.Finish(*answer);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->their_associated_data, adb_);
  const auto joined = joiner_.Confirm(opened->confirmation);
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->their_associated_data, ada_);
  EXPECT_TRUE(SecretEqual(opened->keys.to_joiner.Reveal(), joined->keys.to_joiner.Reveal()));
  EXPECT_TRUE(SecretEqual(opened->keys.to_opener.Reveal(), joined->keys.to_opener.Reveal()));
  EXPECT_FALSE(SecretEqual(opened->keys.to_opener.Reveal(), opened->keys.to_joiner.Reveal()));

  const Bytes sealed = SealPairingMessage(joined->keys.to_opener, 0, ToBytes("hello"));
  const auto message = OpenPairingMessage(opened->keys.to_opener, 0, sealed);
  ASSERT_TRUE(message);
  EXPECT_EQ(AsText(message->view()), "hello");
  EXPECT_EQ(CodeOf(OpenPairingMessage(opened->keys.to_opener, 1, sealed)), Code::kSealBroken) << "replayed later";
  EXPECT_EQ(CodeOf(OpenPairingMessage(opened->keys.to_joiner, 0, sealed)), Code::kSealBroken) << "sent back";
}

// ---- 16. Pairing with a wrong code: abort, burnt, no secret sent; a second try is refused.

// The opener learns of it before it sends anything.
TEST_F(PairingTest, Adversary16AWrongCodeIsRefusedAndBurnsTheAttempt) {
  EXPECT_EQ(OpenerWith(context_, "cabin-lunar-zoo"), Code::kPairingFailed);
  const auto right = joiner_.Respond(opener_.first_message());
  ASSERT_TRUE(right);
  EXPECT_EQ(CodeOf(opener_.Finish(*right)), Code::kPairingFailed) << "even the right code comes too late";
}

// An opener of the same scalar whose attempt is not burnt takes the answer: what refuses it above is the burning alone.
TEST_F(PairingTest, Adversary16TwinAnOpenerThatWouldTryAgainLetsTheSecondIn) {
  const auto opener = [&] {
    const SeededRandom same(7);
    return PairingOpener(context_, kWords, ada_);
  };
  PairingOpener burnt = opener();
  PairingOpener again = opener();
  ASSERT_EQ(burnt.first_message(), again.first_message());
  PairingJoiner wrong(context_, "cabin-lunar-zoo", adb_);
  EXPECT_EQ(CodeOf(burnt.Finish(*wrong.Respond(burnt.first_message()))), Code::kPairingFailed);
  const auto right = joiner_.Respond(burnt.first_message());
  ASSERT_TRUE(right);
  EXPECT_EQ(CodeOf(burnt.Finish(*right)), Code::kPairingFailed);
  EXPECT_EQ(CodeOf(again.Finish(*right)), std::nullopt);
}

// ---- 17. One's own message reflected; identity or invalid point; a friend's code in the link dialog: abort each.

// And a relay in the middle.
TEST_F(PairingTest, Adversary17EveryPartOfTheContextCounts) {
  PairingContext other = context_;
  other.mode = PairingMode::kFriend;
  EXPECT_EQ(OpenerWith(other, kWords), Code::kPairingFailed);
  other = context_;
  other.relay_key.value[0] ^= 1;
  opener_ = PairingOpener(context_, kWords, ada_);
  EXPECT_EQ(OpenerWith(other, kWords), Code::kPairingFailed);
  other = context_;
  other.nameplate = 1235;
  opener_ = PairingOpener(context_, kWords, ada_);
  EXPECT_EQ(OpenerWith(other, kWords), Code::kPairingFailed);
  opener_ = PairingOpener(context_, kWords, ada_);
  EXPECT_EQ(OpenerWith(context_, kWords), std::nullopt);
}

TEST_F(PairingTest, Adversary17OnesOwnMessagesComeBackInVain) {
  EXPECT_EQ(CodeOf(opener_.Finish(opener_.first_message())), Code::kPairingFailed);

  // Our own share with a tag that its sender could only have from us.
  opener_ = PairingOpener(context_, kWords, ada_);
  const Bytes& first = opener_.first_message();
  const Bytes reflected = Writer().Raw(ByteView(first).subspan(16)).Raw(Bytes(64)).Take();
  EXPECT_EQ(CodeOf(opener_.Finish(reflected)), Code::kPairingFailed);

  const auto answer = joiner_.Respond(first);
  ASSERT_TRUE(answer);
  EXPECT_EQ(CodeOf(joiner_.Confirm(ByteView(*answer).last(64))), Code::kPairingFailed) << "the joiner's own tag";
}

TEST_F(PairingTest, Adversary17PointsThatAreNoneAreRefused) {
  const Bytes identity(32, 0), no_point(32, 0xff);
  for (const Bytes& share : {identity, no_point}) {
    PairingJoiner joiner(context_, kWords, adb_);
    const Bytes first = Writer().Raw(Bytes(16)).Raw(share).Prefixed("").Take();
    EXPECT_EQ(CodeOf(joiner.Respond(first)), Code::kPairingFailed);
    EXPECT_EQ(CodeOf(joiner.Respond(opener_.first_message())), Code::kPairingFailed) << "burnt";
    PairingOpener opener(context_, kWords, ada_);
    const Bytes answer = Writer().Raw(share).Prefixed("").Raw(Bytes(64)).Take();
    EXPECT_EQ(CodeOf(opener.Finish(answer)), Code::kPairingFailed);
  }
}

// Whoever sends the identity knows what it multiplies to, whatever the words: the tag over it is right.
TEST_F(PairingTest, Adversary17TheIdentityIsRefusedBesideATagThatIsRight) {
  Reader first(opener_.first_message());
  const ByteView sid = first.Raw(16);
  const cpace::Side opener{.share = first.Array<32>(), .associated_data = ada_};
  const cpace::Side attacker{.share = {}, .associated_data = adb_};
  const GuardedBytes isk = cpace::SessionKey(sid, cpace::Point(), opener, attacker);
  EXPECT_EQ(CodeOf(opener_.Finish(AnswerOf(sid, isk, attacker))), Code::kPairingFailed);
}

// The same steps with a point that is one, by who knows the words: taken. So it is the point that is refused above.
TEST_F(PairingTest, Adversary17TwinTheSameStepsWithAPointAreAnAnswer) {
  Reader first(opener_.first_message());
  const ByteView sid = first.Raw(16);
  const cpace::Side opener{.share = first.Array<32>(), .associated_data = ada_};
  const GuardedBytes scalar = cpace::RandomScalar();
  const ByteView secret(scalar.get(), cpace::kScalarSize);
  const cpace::Point generator = cpace::Generator(AsBytes(kWords), PairingChannel(context_), sid);
  const cpace::Side joiner{.share = *cpace::Multiply(secret, generator), .associated_data = adb_};
  const GuardedBytes isk = cpace::SessionKey(sid, *cpace::Multiply(secret, opener.share), opener, joiner);
  EXPECT_EQ(CodeOf(opener_.Finish(AnswerOf(sid, isk, joiner))), std::nullopt);
}

TEST_F(PairingTest, EveryByteOfTheAnswerCounts) {
  const auto flipped = [&](size_t byte) {
    PairingOpener opener(context_, kWords, ada_);
    PairingJoiner joiner(context_, kWords, adb_);
    Result<Bytes> answer = joiner.Respond(opener.first_message());
    KITH_CHECK(answer.has_value() && byte < answer->size());
    (*answer)[byte] ^= 0x10;
    return CodeOf(opener.Finish(*answer));
  };
  for (size_t byte = 0; byte < 32 + 4 + adb_.size() + 64; ++byte)
    EXPECT_EQ(flipped(byte), Code::kPairingFailed) << byte;
}

TEST_F(PairingTest, ATamperedFirstMessageIsFoundOut) {
  for (size_t byte = 0; byte < opener_.first_message().size(); ++byte) {
    PairingOpener opener(context_, kWords, ada_);
    Bytes first = opener.first_message();
    first[byte] ^= 0x10;
    PairingJoiner joiner(context_, kWords, adb_);
    const auto answer = joiner.Respond(first);
    if (!answer) {
      EXPECT_EQ(answer.error().code, Code::kPairingFailed);
      continue;
    }
    EXPECT_EQ(CodeOf(opener.Finish(*answer)), Code::kPairingFailed) << byte;
  }
}

TEST_F(PairingTest, EachStepIsTakenOnceAndInOrder) {
  EXPECT_EQ(CodeOf(joiner_.Confirm(Bytes(64))), Code::kPairingFailed) << "before anything";
  const auto answer = joiner_.Respond(opener_.first_message());
  ASSERT_TRUE(answer);
  EXPECT_EQ(CodeOf(joiner_.Respond(opener_.first_message())), Code::kPairingFailed);
  const auto opened = opener_.Finish(*answer);
  ASSERT_TRUE(opened);
  EXPECT_EQ(CodeOf(opener_.Finish(*answer)), Code::kPairingFailed);
  Bytes wrong = opened->confirmation;
  wrong[0] ^= 1;
  EXPECT_EQ(CodeOf(joiner_.Confirm(wrong)), Code::kPairingFailed);
  EXPECT_EQ(CodeOf(joiner_.Confirm(opened->confirmation)), Code::kPairingFailed) << "burnt by the wrong one";
}

TEST(PairingCode, IsReadAsPeopleTypeIt) {
  for (const char* text :
       {"1234-cabin-lunar-oak", "1234 cabin lunar oak", " 1234 - Cabin-LUNAR oak\n", "1234--cabin\tlunar-oak"}) {
    const auto code = PairingCode::Parse(text);
    ASSERT_TRUE(code) << text;
    EXPECT_EQ(code->nameplate, 1234U);
    EXPECT_EQ(code->words, kWords);
    EXPECT_EQ(code->Format(), "1234-cabin-lunar-oak");
  }
}

TEST(PairingCode, RefusesWhatIsNone) {
  for (const char* text : {"", "1234", "cabin-lunar-oak", "1234-cabin-lunar", "1234-cabin-lunar-oak-zoo",
                           "0-cabin-lunar-oak", "12345-cabin-lunar-oak", "12a4-cabin-lunar-oak", "1234-cabin-lunar-oax",
                           "99999999999999999999-cabin-lunar-oak"}) {
    EXPECT_EQ(CodeOf(PairingCode::Parse(text)), Code::kInvalidArgument) << text;
  }
}

TEST(PairingCode, RandomWordsAreThreeOfTheList) {
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    const std::string words = PairingCode::RandomWords();
    EXPECT_TRUE(PairingCode::Parse("1-" + words)) << words;
    seen.insert(words);
  }
  EXPECT_EQ(seen.size(), 50U);
}

}  // namespace
}  // namespace kith
