// The protocol's list of attacks, continued: bytes that are exchanged, flipped, written anew, or looked at for their
// sizes. See adversary_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "client/core/intake.h"
#include "crypto/seal.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/sim/adversary.h"
#include "tests/sim/two_friends.h"

namespace kith {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// ---- 2. Swap records, lanes, wraps or fields: refused; the state is identical to the byte.

// Places in a header.
struct Field {
  const char* name;
  size_t at;
  size_t size;
};
constexpr Field kLaneField{"lane", 34, 32};
constexpr Field kSeqField{"seq", 66, 8};
constexpr Field kPrevField{"prev", 74, 32};
constexpr Field kHashField{"payload hash", 106, 32};

class Adversary02 : public Adversary {
 protected:
  void SetUp() override {
    one_ = lying_.WriteAndSend(first(), "one");
    other_ = lying_.WriteAndSend(second(), "of another device");
    two_ = lying_.WriteAndSend(first(), "two");
    log_ = Log();
    std::vector<SignedRecord> before(log_.begin(), log_.end() - 3);
    Hear(third(), Instead(std::move(before)));
    ASSERT_FALSE(Has(third(), one_) || Has(third(), other_) || Has(third(), two_));
    before_ = third().store;
  }
  // The third device as it was before it was served anything.
  void Rewind() {
    third().store = before_;
    Reopen(third());
  }
  SignedRecord& one() { return log_[log_.size() - 3]; }
  SignedRecord& other() { return log_[log_.size() - 2]; }
  SignedRecord& two() { return log_.back(); }
  static void Exchange(SignedRecord& a, SignedRecord& b, const Field& field) {
    std::swap_ranges(a.header.begin() + static_cast<ptrdiff_t>(field.at),
                     a.header.begin() + static_cast<ptrdiff_t>(field.at + field.size),
                     b.header.begin() + static_cast<ptrdiff_t>(field.at));
  }
  // The third device is served records that were exchanged, each refused for this reason. It has nothing of them.
  void ExpectRefused(const std::vector<SignedRecord>& exchanged, Code why) {
    for (const SignedRecord& record : exchanged)
      EXPECT_EQ(VerifyRecord(record.header, record.signature, record.payload).error().code, why);
    std::vector<SignedRecord> log(log_.begin(), log_.end() - 3);
    log.insert(log.end(), exchanged.begin(), exchanged.end());
    const MemStore::Contents before = WithoutCursor(third());
    const uint64_t refused = third().journal->state().refused;
    third().journal->sync().Restart();
    lying_.Talk(third(), Instead(log));
    // All is asked for once more, in case the true ones come.
    EXPECT_EQ(third().journal->state().refused, refused + 2 * exchanged.size());
    EXPECT_EQ(WithoutCursor(third()), before);
  }

  EntryId one_, other_, two_;
  MemStore before_;
  std::vector<SignedRecord> log_;
};

TEST_F(Adversary02, ExchangedPayloadsAreRefused) {
  ASSERT_EQ(one().payload.size(), two().payload.size());
  std::swap(one().payload, two().payload);
  ExpectRefused({one(), two()}, Code::kMalformed);
}

TEST_F(Adversary02, ExchangedSignaturesAreRefused) {
  std::swap(one().signature, other().signature);
  ExpectRefused({one(), other()}, Code::kSignatureInvalid);
}

TEST_F(Adversary02, ExchangedFieldsOfHeadersAreRefused) {
  const std::vector<SignedRecord> honest = log_;
  for (const Field& field : {kSeqField, kPrevField, kHashField}) {
    SCOPED_TRACE(field.name);
    log_ = honest;
    Rewind();
    Exchange(one(), two(), field);
    ExpectRefused({one(), two()}, Code::kSignatureInvalid);
  }
}

TEST_F(Adversary02, ExchangedLanesAreRefused) {
  Exchange(one(), other(), kLaneField);
  ExpectRefused({one(), other()}, Code::kSignatureInvalid);
}

// Records in another order are still each in its place.
TEST_F(Adversary02, RecordsOutOfOrderAreTheSameLog) {
  std::swap(one(), two());
  Hear(third(), Instead(log_));
  EXPECT_TRUE(Has(third(), one_) && Has(third(), other_) && Has(third(), two_));
  EXPECT_THAT(AlarmsOf(third()), IsEmpty());
  EXPECT_EQ(third().journal->state().refused, 0u);
}

// A device that has the lane's key and exchanges the words under right signatures: they are sealed for their places.
TEST_F(Adversary02, WordsAtAnotherPlaceOpenWithNoKeyWhoeverSignsThem) {
  const Signer& lane = *first().journal->sync().signer();
  const SignedRecord moved = SignRecord(lane, HeaderOf(one()), two().payload);
  ASSERT_TRUE(VerifyRecord(moved.header, moved.signature, moved.payload)) << "nothing else is wrong";
  EXPECT_EQ(third().journal->state().keyring.Open(HeaderOf(moved), moved.payload).error().code,
            Code::kUnknownGeneration);
  EXPECT_TRUE(third().journal->state().keyring.Open(HeaderOf(two()), two().payload)) << "where they were sealed";
}

// Exchanged, sealed and signed anew by their own author: that is no attack.
TEST_F(Adversary02, TwinWhatItsAuthorExchangedIsTakenIn) {
  const SignedRecord early = MovedTo(first(), two(), HeaderOf(one()));
  RecordHeader place = HeaderOf(two());
  place.prev = RecordIdOf(early.header);
  const SignedRecord late = MovedTo(first(), one(), place);
  std::vector<SignedRecord> log(log_.begin(), log_.end() - 3);
  log.insert(log.end(), {early, late});
  Hear(third(), Instead(log));
  EXPECT_TRUE(Has(third(), one_) && Has(third(), two_));
  EXPECT_EQ(third().journal->state().refused, 0u);
}

// ---- 7. Flip every bit of every stored object: each is refused, nothing crashes. (What a relay stores; a vault's
// files and each layout by itself: tests/unit.)

class Adversary07 : public Adversary {
 protected:
  // Everything that another device has not heard of yet, as one record after another: a sealed one, a prune, a
  // generation.
  void SetUp() override {
    lying_.WriteAndSend(first(), "words");
    const SignedRecord sealed = Log().back();
    objects_.push_back(sealed);
    const Signer& lane = *first().journal->sync().signer();
    RecordHeader next = HeaderOf(sealed);
    next.seq += 1;
    next.prev = RecordIdOf(sealed.header);
    next.kind = RecordKind::kPrune;
    objects_.push_back(SignRecord(lane, next, PruneList{.lane = lane.public_key(), .ranges = {{1, 1}}}.Encode()));
    for (const SignedRecord& record : Log()) {
      if (HeaderOf(record).kind == RecordKind::kGeneration) objects_.push_back(record);
    }
    ASSERT_THAT(objects_, SizeIs(testing::Ge(3u)));
  }
  // How a record with one bit flipped is refused, by where the bit stands.
  static void ExpectRefused(const SignedRecord& flipped, size_t header_bit) {
    const auto verified = VerifyRecord(flipped.header, flipped.signature, flipped.payload);
    ASSERT_FALSE(verified) << "bit " << header_bit;
    const Code code = verified.error().code;
    const size_t byte = header_bit / 8;
    if (byte == 0) {
      EXPECT_EQ(code, Code::kSuiteUnsupported);
    } else if (byte >= 138) {  // the payload's length
      EXPECT_TRUE(code == Code::kMalformed || code == Code::kTooLarge) << CodeName(code);
    } else if (byte == 1 || (byte >= 66 && byte < 106)) {  // kind, seq and prev: also what no record can say
      EXPECT_TRUE(code == Code::kSignatureInvalid || code == Code::kMalformed) << CodeName(code);
    } else {
      EXPECT_EQ(code, Code::kSignatureInvalid) << "bit " << header_bit;
    }
  }
  static void Flip(uint8_t* bytes, size_t bit) { bytes[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8)); }
  // Hands a record to the second device.
  void Hand(const SignedRecord& record) {
    State& state = second().journal->state();
    Transaction tx(second().store);
    Intake intake(state);
    ASSERT_TRUE(intake.Receive(tx, state.self(), record));
    ASSERT_TRUE(intake.Retry(tx));
    ASSERT_TRUE(state.Commit(tx));
  }

  std::vector<SignedRecord> objects_;
};

TEST_F(Adversary07, EveryBitOfEveryHeaderAndSignatureCounts) {
  for (SignedRecord record : objects_) {
    ASSERT_TRUE(VerifyRecord(record.header, record.signature, record.payload));
    for (size_t bit = 0; bit < record.header.size() * 8; ++bit) {
      Flip(record.header.data(), bit);
      ExpectRefused(record, bit);
      Flip(record.header.data(), bit);
    }
    for (size_t bit = 0; bit < record.signature.value.size() * 8; ++bit) {
      Flip(record.signature.value.data(), bit);
      const auto verified = VerifyRecord(record.header, record.signature, record.payload);
      ASSERT_FALSE(verified) << bit;
      EXPECT_EQ(verified.error().code, Code::kSignatureInvalid);
      Flip(record.signature.value.data(), bit);
    }
  }
}

TEST_F(Adversary07, EveryBitOfEveryPayloadCounts) {
  for (SignedRecord record : objects_) {
    for (size_t bit = 0; bit < record.payload.size() * 8; ++bit) {
      Flip(record.payload.data(), bit);
      const auto verified = VerifyRecord(record.header, record.signature, record.payload);
      ASSERT_FALSE(verified) << bit;
      EXPECT_EQ(verified.error().code, Code::kMalformed);
      Flip(record.payload.data(), bit);
    }
  }
}

TEST_F(Adversary07, EveryBitOfEveryStatementCounts) {
  const std::vector<SignedStatement> statements = lying_.mailbox().statements;
  ASSERT_THAT(statements, SizeIs(testing::Ge(2u)));
  SeatTable table;
  for (const SignedStatement& statement : statements) {
    SignedStatement changed = statement;
    for (size_t bit = 0; bit < changed.body.size() * 8; ++bit) {
      Flip(changed.body.data(), bit);
      const auto applied = table.Apply(changed);
      ASSERT_FALSE(applied) << bit;
      const Code code = applied.error().code;
      if (bit < 8) {
        EXPECT_EQ(code, Code::kSuiteUnsupported);
      } else {
        EXPECT_TRUE(code == Code::kSignatureInvalid || code == Code::kMalformed || code == Code::kStatementConflict ||
                    code == Code::kStatementForbidden)
            << bit << " " << CodeName(code);
      }
      Flip(changed.body.data(), bit);
    }
    auto next = table.Apply(statement);
    ASSERT_TRUE(next);
    table = *std::move(next);
  }
}

// What a device is served so is counted, and leaves it as it was to the byte.
TEST_F(Adversary07, ADeviceKeepsNothingOfThem) {
  const MemStore::Contents before = second().store.contents();
  const uint64_t refused = second().journal->state().refused;
  uint64_t served = 0;
  SignedRecord record = objects_.front();
  for (size_t bit = 0; bit < record.header.size() * 8; ++bit, ++served) {
    Flip(record.header.data(), bit);
    Hand(record);
    Flip(record.header.data(), bit);
  }
  for (size_t bit = 0; bit < record.payload.size() * 8; bit += 7, ++served) {
    Flip(record.payload.data(), bit);
    Hand(record);
    Flip(record.payload.data(), bit);
  }
  EXPECT_EQ(second().journal->state().refused, refused + served);
  EXPECT_EQ(second().store.contents(), before);
}

// As it was sent it is taken in; and a flipped payload under its author's signature passes until its seal is opened.
TEST_F(Adversary07, TwinUnderItsAuthorsSignatureAFlippedPayloadIsVerified) {
  SignedRecord record = objects_.front();
  Flip(record.payload.data(), 5000);
  const SignedRecord made = SignRecord(*first().journal->sync().signer(), HeaderOf(record), record.payload);
  EXPECT_TRUE(VerifyRecord(made.header, made.signature, made.payload));
  const auto opened = second().journal->state().keyring.Open(HeaderOf(made), made.payload);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kSealBroken);
  const MemStore::Contents before = second().store.contents();
  Hand(objects_.front());
  EXPECT_NE(second().store.contents(), before);
}

// ---- 22. A re-encoded protobuf under the original signature: refused; the original bytes verify.

class Adversary22 : public Adversary {
 protected:
  // The same message by any reader of protobuf: its first field is moved behind the others. Each of ours is shorter
  // than 128 bytes, so its tag and its length are a byte each.
  static Bytes Reordered(const Bytes& body) {
    const size_t first = 2 + size_t{body.at(1)};
    Bytes out(body.begin() + static_cast<ptrdiff_t>(first), body.end());
    out.insert(out.end(), body.begin(), body.begin() + static_cast<ptrdiff_t>(first));
    return out;
  }
  // What the person says of a device, and the person that they are without it.
  void SetUp() override {
    for (const SignedPersonOp& op : first().journal->state().person->Operations()) {
      const auto decoded = PersonOp::Decode(op.body);
      ASSERT_TRUE(decoded);
      if (std::holds_alternative<AddDevice>(decoded->kind) && !decoded->parents.empty()) added_ = op;
    }
    ASSERT_FALSE(added_.body.empty());
    reordered_ = added_;
    reordered_.body = Reordered(added_.body);
    ASSERT_NE(reordered_.body, added_.body);
    ASSERT_EQ(PersonOp::Decode(reordered_.body)->Encode(), added_.body) << "the same message";
  }
  Person Without() const {
    const auto all = lying_world().machines()[0].journal->state().person->Operations();
    Person person = *Person::FromGenesis(all.front());
    for (const SignedPersonOp& op : all) {
      if (op.body == added_.body) break;
      EXPECT_TRUE(person.Add(op));
    }
    return person;
  }
  World& lying_world() const { return const_cast<Adversary22*>(this)->lying_.world(); }

  SignedPersonOp added_, reordered_;
};

TEST_F(Adversary22, AReencodedOperationIsRefusedUnderTheOriginalSignature) {
  Person person = Without();
  const size_t devices = person.devices().size();
  EXPECT_EQ(person.Add(reordered_).error().code, Code::kSignatureInvalid);
  EXPECT_EQ(person.devices().size(), devices);
  EXPECT_TRUE(person.Add(added_));
  EXPECT_EQ(person.devices().size(), devices + 1);
}

// Whoever signed these bytes is taken at these bytes: they are kept, named and handed on as they came.
TEST_F(Adversary22, AnUnusualEncodingThatWasSignedSoIsKeptAsItCame) {
  const Machine& owner = lying_.world().machines()[0];
  ASSERT_EQ(PersonOp::Decode(added_.body)->signer, owner.journal->state().device->public_key());
  const Signer device = Signer::Generate();
  PersonOp other = *PersonOp::Decode(added_.body);
  std::get<AddDevice>(other.kind).device = device.public_key();
  const Bytes body = Reordered(other.Encode());
  const Signature agreed = CountersignAddDevice(device, body);
  const SignedPersonOp op = SignAddDevice(*owner.journal->state().device, body, agreed);
  Person person = Without();
  const auto id = person.Add(op);
  ASSERT_TRUE(id);
  EXPECT_EQ(*id, PersonOpIdOf(body));
  EXPECT_NE(*id, PersonOpIdOf(other.Encode()));
  EXPECT_TRUE(person.IsDevice(device.public_key()));
  EXPECT_EQ(person.Operations().back().body, body);
}

// One who serializes again before checking would be taken in.
TEST_F(Adversary22, TwinAReaderThatSerializesAgainWouldTakeIt) {
  const PersonOp read = *PersonOp::Decode(reordered_.body);
  EXPECT_TRUE(Verify(read.signer, labels::kSignPersonOp, read.Encode(), reordered_.signature));
  EXPECT_EQ(Verify(read.signer, labels::kSignPersonOp, reordered_.body, reordered_.signature).error().code,
            Code::kSignatureInvalid);
}

// ---- 23. Entries of 1 to 900 bytes: the same stored sizes; equal words of two friends: no shared ids.

class Adversary23 : public Adversary {
 protected:
  // The first device writes texts of these lengths, each a record of its own, from the first of its lane on.
  std::vector<SignedRecord> Written(const std::vector<size_t>& lengths) {
    const size_t before = Log().size();
    for (const size_t length : lengths) lying_.WriteAndSend(first(), std::string(length, 'w'));
    const std::vector<SignedRecord> log = Log();
    return {log.begin() + static_cast<ptrdiff_t>(before), log.end()};
  }
  // The sizes that these would have without padding.
  std::set<size_t> Bare(const std::vector<SignedRecord>& records) {
    std::set<size_t> sizes;
    for (const SignedRecord& record : records)
      sizes.insert(first().journal->state().keyring.Open(HeaderOf(record), record.payload)->plain.size());
    return sizes;
  }
  static std::set<size_t> Stored(const std::vector<SignedRecord>& records) {
    std::set<size_t> sizes;
    for (const SignedRecord& record : records) sizes.insert(record.payload.size());
    return sizes;
  }
};

TEST_F(Adversary23, EntriesOf1To900BytesAreStoredInOneSize) {
  std::vector<size_t> lengths = {1, 2, 31, 32, 255, 256, 511, 512, 899, 900};
  for (size_t length = 50; length < 900; length += 50) lengths.push_back(length);
  const auto records = Written(lengths);
  ASSERT_THAT(records, SizeIs(lengths.size()));
  EXPECT_THAT(Stored(records), SizeIs(1));
}

TEST_F(Adversary23, TwinWithoutPaddingTheirSizesTell) {
  const std::vector<size_t> lengths = {1, 300, 600, 900};
  const auto records = Written(lengths);
  // A pack of the self mailbox is compressed: what repeats is short, so the sizes differ by less than the words do.
  EXPECT_THAT(Bare(records), SizeIs(testing::Gt(1u)));
  EXPECT_THAT(Stored(records), SizeIs(1));
}

class Adversary23Friends : public TwoFriends {
 protected:
  // Everything in the relays' rows that names something: mailboxes, lanes, records, hashes of payloads; and each
  // sixteen bytes of ciphertext.
  std::set<Bytes> NamesIn(const MailboxId& mailbox) {
    std::set<Bytes> names;
    const auto add = [&](ByteView bytes) { names.emplace(bytes.begin(), bytes.end()); };
    const SimRelay::Mailbox& at = *world_.Find(mailbox);
    add(mailbox.view());
    for (const auto& record : at.log) {
      const auto header = RecordHeader::Parse(record->header);
      add(header->lane.view());
      add(RecordIdOf(record->header).view());
      add(header->payload_hash);
      for (size_t i = 0; i + 16 <= record->payload.size(); ++i) add(ByteView(record->payload).subspan(i, 16));
    }
    for (const auto& [seat, place] : at.seats.seats()) add(seat.view());
    add(at.seats.root().view());
    return names;
  }
  static std::vector<Bytes> Shared(const std::set<Bytes>& a, const std::set<Bytes>& b) {
    std::vector<Bytes> out;
    std::ranges::set_intersection(a, b, std::back_inserter(out));
    return out;
  }
};

TEST_F(Adversary23Friends, EqualWordsOfTwoFriendsShareNothingAtTheRelays) {
  for (Machine* machine : {&writer(), &reader()}) {
    const EntryId entry = *machine->journal->Write(AnEntry("The very same words, on the very same day."));
    ASSERT_TRUE(machine->journal->sharing().Share({.entry = entry, .circle = circle()}));
    ASSERT_TRUE(machine->journal->Import(AnImport(7, 5, "the same file")));
  }
  world_.Heal();
  const auto writers = NamesIn(writer().journal->mailbox());
  const auto readers = NamesIn(reader().journal->mailbox());
  const auto circles = NamesIn(circle());
  EXPECT_THAT(Shared(writers, readers), IsEmpty());
  EXPECT_THAT(Shared(writers, circles), IsEmpty());
  EXPECT_THAT(Shared(readers, circles), IsEmpty());
}

TEST_F(Adversary23Friends, EqualFilesImportedByTwoFriendsHaveNoIdInCommon) {
  const auto ids = [](Machine& machine) {
    std::set<EntryId> out;
    EXPECT_TRUE(machine.journal->Import(AnImport(7, 5, "the same file")));
    EXPECT_TRUE(machine.journal->ForEach([&](const EntryId& entry, const Content&) {
      out.insert(entry);
      return true;
    }));
    return out;
  };
  const std::set<EntryId> mine = ids(writer());
  const std::set<EntryId> theirs = ids(reader());
  ASSERT_THAT(mine, SizeIs(5));
  std::vector<EntryId> common;
  std::ranges::set_intersection(mine, theirs, std::back_inserter(common));
  EXPECT_THAT(common, IsEmpty());
  // The twin: with the same import key, on another device of the same person, they are the same ids.
  EXPECT_EQ(ids(writers_other()), mine);
}

}  // namespace
}  // namespace kith
