#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "crypto/verify/record.h"
#include "crypto/verify/relay_auth.h"
#include "tests/unit/crypto_testing.h"

namespace kith {
namespace {

const Signer& LaneSigner() {
  static const Signer signer = Signer::FromSeed(KeyOf<SignSeed>(5));
  return signer;
}

RecordHeader SecondHeader() {
  RecordHeader header;
  header.mailbox = RandomId<MailboxId>();
  header.seq = 2;
  header.prev = RandomId<RecordId>();
  return header;
}

SignedRecord SomeRecord() { return SignRecord(LaneSigner(), SecondHeader(), ToBytes("payload")); }

std::optional<Code> Check(const SignedRecord& record) {
  return CodeOf(VerifyRecord(record.header, record.signature, record.payload));
}

TEST(Sign, IsForOneKeyLabelAndBody) {
  const Signer& signer = LaneSigner();
  const Bytes body = ToBytes("body");
  const Signature signature = signer.Sign(labels::kSignRecord, body);
  EXPECT_EQ(CodeOf(Verify(signer.public_key(), labels::kSignRecord, body, signature)), std::nullopt);
  EXPECT_EQ(CodeOf(Verify(signer.public_key(), labels::kSignHello, body, signature)), Code::kSignatureInvalid);
  EXPECT_EQ(CodeOf(Verify(signer.public_key(), labels::kSignRecord, ToBytes("bodz"), signature)),
            Code::kSignatureInvalid);
  EXPECT_EQ(CodeOf(Verify(Signer::Generate().public_key(), labels::kSignRecord, body, signature)),
            Code::kSignatureInvalid);
  EXPECT_EQ(CodeOf(Verify(SignPublic{}, labels::kSignRecord, body, Signature{})), Code::kSignatureInvalid)
      << "a key of small order signs everything";
  EXPECT_EQ(Signer::FromSeed(SignSeed::Copy(signer.seed().Reveal())).public_key(), signer.public_key());
}

TEST(RecordHeader, HasItsLayout) {
  RecordHeader header;
  header.kind = RecordKind::kPrune;
  header.mailbox.value.fill(0xaa);
  header.lane.value.fill(0xbb);
  header.seq = 0x0102030405060708;
  header.prev.value.fill(0xcc);
  header.payload_hash.fill(0xdd);
  header.payload_length = 0x00010203;
  const auto bytes = header.Encode();
  Writer expected;
  expected.U8(1).U8(3).Raw(Bytes(32, 0xaa)).Raw(Bytes(32, 0xbb)).U64(0x0102030405060708).Raw(Bytes(32, 0xcc));
  EXPECT_EQ(expected.bytes().size(), RecordHeader::kPlaceSize);
  EXPECT_TRUE(std::ranges::equal(header.Place(), expected.bytes()));
  expected.Raw(Bytes(32, 0xdd)).U32(0x00010203);
  EXPECT_TRUE(std::ranges::equal(bytes, expected.bytes()));
  const auto parsed = RecordHeader::Parse(bytes);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, header);
}

TEST(RecordHeader, RefusesWhatItIsNot) {
  const auto code = [](const std::function<void(Bytes&)>& change) {
    Bytes bytes = SomeRecord().header;
    change(bytes);
    return CodeOf(RecordHeader::Parse(bytes));
  };
  EXPECT_EQ(code([](Bytes&) {}), std::nullopt);
  EXPECT_EQ(code([](Bytes& b) { b.pop_back(); }), Code::kMalformed);
  EXPECT_EQ(code([](Bytes& b) { b.push_back(0); }), Code::kMalformed);
  EXPECT_EQ(code([](Bytes& b) { b.clear(); }), Code::kMalformed);
  EXPECT_EQ(code([](Bytes& b) { b[0] = 2; }), Code::kSuiteUnsupported);
  EXPECT_EQ(code([](Bytes& b) { b[0] = 0; }), Code::kSuiteUnsupported);
  EXPECT_EQ(code([](Bytes& b) { b[1] = 0; }), Code::kMalformed);
  EXPECT_EQ(code([](Bytes& b) { b[1] = 4; }), Code::kMalformed);
  EXPECT_EQ(code([](Bytes& b) { b[73] = 0; }), Code::kMalformed) << "number 0";
  EXPECT_EQ(code([](Bytes& b) { b[73] = 1; }), Code::kMalformed) << "a first record with a predecessor";
  EXPECT_EQ(code([](Bytes& b) { std::fill_n(b.begin() + 74, 32, uint8_t{0}); }), Code::kMalformed)
      << "a later record without one";
  EXPECT_EQ(code([](Bytes& b) { b[141] = 0; }), Code::kMalformed) << "no payload at all";
  EXPECT_EQ(code([](Bytes& b) { b[138] = 1; }), Code::kTooLarge);
}

TEST(Record, VerifiesWithAndWithoutItsPayload) {
  SignedRecord record = SomeRecord();
  EXPECT_EQ(Check(record), std::nullopt);
  const auto header = RecordHeader::Parse(record.header);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->lane, LaneSigner().public_key());
  EXPECT_EQ(header->payload_length, 7U);
  record.payload.clear();
  EXPECT_EQ(Check(record), std::nullopt) << "pruned";
}

TEST(Record, Adversary07EveryBitCounts) {
  const SignedRecord record = SomeRecord();
  ExpectEveryFlipRefused(record.header,
                         [&](ByteView header) { return !VerifyRecord(header, record.signature, record.payload); });
  ExpectEveryFlipRefused(record.payload,
                         [&](ByteView payload) { return !VerifyRecord(record.header, record.signature, payload); });
  ExpectEveryFlipRefused(Bytes(record.signature.value.begin(), record.signature.value.end()), [&](ByteView signature) {
    return CodeOf(VerifyRecord(record.header, *Signature::From(signature), record.payload)) == Code::kSignatureInvalid;
  });
}

TEST(Record, NamesWhatIsWrong) {
  SignedRecord longer = SomeRecord();
  longer.payload.push_back(0);
  EXPECT_EQ(Check(longer), Code::kMalformed);
  SignedRecord other = SomeRecord();
  other.payload[0] ^= 1;
  EXPECT_EQ(Check(other), Code::kMalformed);
  SignedRecord moved = SomeRecord();
  moved.header[2] ^= 1;  // another mailbox
  EXPECT_EQ(Check(moved), Code::kSignatureInvalid);
  SignedRecord taken = SomeRecord();
  std::ranges::copy(Signer::Generate().public_key().value, taken.header.begin() + 34);  // another lane
  EXPECT_EQ(Check(taken), Code::kSignatureInvalid);
}

TEST(Record, IdIsOfTheHeaderAlone) {
  const SignedRecord record = SomeRecord();
  EXPECT_EQ(RecordIdOf(record.header).value, Hash(labels::kRecord, {record.header}));
}

TEST(PruneList, RoundTripsInOneFormOnly) {
  const auto code = [](std::vector<PruneList::Range> ranges) {
    return CodeOf(PruneList::Parse(PruneList{.lane = LaneSigner().public_key(), .ranges = std::move(ranges)}.Encode()));
  };
  const PruneList list{.lane = LaneSigner().public_key(), .ranges = {{1, 1}, {3, 9}, {11, kMaxPrunedSeq}}};
  const auto parsed = PruneList::Parse(list.Encode());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->lane, list.lane);
  EXPECT_EQ(parsed->ranges, list.ranges);
  EXPECT_EQ(code({{0, 1}}), Code::kMalformed);
  EXPECT_EQ(code({{3, 2}}), Code::kMalformed);
  EXPECT_EQ(code({{1, 2}, {3, 4}}), Code::kMalformed) << "these two are one range";
  EXPECT_EQ(code({{5, 6}, {1, 2}}), Code::kMalformed);
  EXPECT_EQ(code({{1, 5}, {5, 6}}), Code::kMalformed);
  EXPECT_EQ(code({{1, UINT64_MAX}, {1, 2}}), Code::kMalformed);
  const Bytes bytes = list.Encode();
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_EQ(CodeOf(PruneList::Parse(ByteView(bytes).first(length))), Code::kMalformed);
  }
  EXPECT_EQ(CodeOf(PruneList::Parse(Writer().Raw(bytes).U8(0).Take())), Code::kMalformed);
  EXPECT_EQ(CodeOf(PruneList::Parse(Writer().Raw(Bytes(32)).U16(0).Take())), Code::kMalformed);
  EXPECT_EQ(CodeOf(PruneList::Parse(Writer().Raw(Bytes(32)).U16(4097).Take())), Code::kTooLarge);
}

Hello SomeHello(const Signer& relay) {
  Hello hello;
  hello.relay_key = relay.public_key();
  hello.epoch = RandomId<RelayEpoch>();
  hello.nonce = RandomId<HelloNonce>();
  hello.time_ms = 1'700'000'000'000;
  hello.spki_hash.fill(4);
  return hello;
}

TEST(Hello, RoundTripsAndEveryBitCounts) {
  const Signer relay = Signer::Generate();
  const Hello hello = SomeHello(relay);
  const Bytes body = hello.Encode();
  EXPECT_EQ(body.size(), 105U);
  const Signature signature = relay.Sign(labels::kSignHello, body);
  const auto opened = Hello::Open(body, signature);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->Encode(), body);
  EXPECT_EQ(opened->nonce, hello.nonce);
  ExpectEveryFlipRefused(body, [&](ByteView changed) {
    const auto code = CodeOf(Hello::Open(changed, signature));
    if (code) {
      EXPECT_EQ(*code, changed[0] == 1 ? Code::kSignatureInvalid : Code::kSuiteUnsupported);
    }
    return code.has_value();
  });
  for (size_t length = 0; length < body.size(); ++length) {
    EXPECT_EQ(CodeOf(Hello::Open(ByteView(body).first(length), signature)), Code::kMalformed);
  }
  EXPECT_EQ(CodeOf(Hello::Open(body, Signer::Generate().Sign(labels::kSignHello, body))), Code::kSignatureInvalid);
  EXPECT_EQ(CodeOf(Hello::Open(body, relay.Sign(labels::kSignRequest, body))), Code::kSignatureInvalid);
}

// ---- 18, as far as the signature goes. (At the relay: adversary_test.cc of tests/relay.)

TEST(RequestAuth, Adversary18CoversEveryField) {
  const Signer lane = Signer::Generate();
  const Bytes body = ToBytes("body");
  const RequestAuth auth{.relay_key = RandomId<SignPublic>(),
                         .nonce = RandomId<HelloNonce>(),
                         .counter = 3,
                         .method = "Push",
                         .mailbox = RandomId<MailboxId>()};
  const Signature signature = auth.Sign(lane, body);
  EXPECT_EQ(CodeOf(auth.Verify(lane.public_key(), body, signature)), std::nullopt);
  const auto changed = [&](const std::function<void(RequestAuth&)>& change) {
    RequestAuth other = auth;
    change(other);
    return CodeOf(other.Verify(lane.public_key(), body, signature));
  };
  EXPECT_EQ(changed([](RequestAuth& a) { a.relay_key.value[0] ^= 1; }), Code::kSignatureInvalid);
  EXPECT_EQ(changed([](RequestAuth& a) { a.nonce.value[0] ^= 1; }), Code::kSignatureInvalid);
  EXPECT_EQ(changed([](RequestAuth& a) { a.counter = 4; }), Code::kSignatureInvalid);
  EXPECT_EQ(changed([](RequestAuth& a) { a.method = "Pull"; }), Code::kSignatureInvalid);
  EXPECT_EQ(changed([](RequestAuth& a) { a.mailbox.value[0] ^= 1; }), Code::kSignatureInvalid);
  EXPECT_EQ(CodeOf(auth.Verify(lane.public_key(), ToBytes("bodz"), signature)), Code::kSignatureInvalid);
  EXPECT_EQ(CodeOf(auth.Verify(Signer::Generate().public_key(), body, signature)), Code::kSignatureInvalid);
}

TEST(CounterWindow, TakesEachOnceWithinTheWindow) {
  CounterWindow window;
  EXPECT_TRUE(window.Accept(0));
  EXPECT_FALSE(window.Accept(0));
  EXPECT_TRUE(window.Accept(2));
  EXPECT_TRUE(window.Accept(1));
  EXPECT_FALSE(window.Accept(1));
  EXPECT_TRUE(window.Accept(1023));
  EXPECT_TRUE(window.Accept(1024));
  EXPECT_FALSE(window.Accept(0)) << "too old";
  EXPECT_TRUE(window.Accept(5000));
  EXPECT_FALSE(window.Accept(5000 - 1024));
  EXPECT_TRUE(window.Accept(5000 - 1023));
  EXPECT_TRUE(window.Accept(UINT64_MAX));
  EXPECT_FALSE(window.Accept(UINT64_MAX));
}

// Against a set that forgets nothing.
TEST(CounterWindow, AgreesWithAPlainSet) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Walk walk(seed);
    CounterWindow window;
    std::set<uint64_t> seen;
    uint64_t highest = 0;
    for (int step = 0; step < 5000; ++step) {
      const uint64_t low = highest > 1100 ? highest - 1100 : 0;
      const uint64_t counter = walk.Next(100) == 0 ? highest + walk.Next(3000) : low + walk.Next(1200);
      const bool fresh = !seen.contains(counter) && (counter > highest || highest - counter < limits::kNonceWindow);
      ASSERT_EQ(window.Accept(counter), fresh) << "seed " << seed << " step " << step;
      if (fresh) seen.insert(counter);
      if (fresh) highest = std::max(highest, counter);
    }
  }
}

}  // namespace
}  // namespace kith
