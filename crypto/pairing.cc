#include "crypto/pairing.h"

#include <sodium.h>

#include <algorithm>

#include "crypto/base/check.h"
#include "crypto/derive.h"
#include "crypto/phrase.h"
#include "crypto/verify/hash.h"

namespace kith {
namespace {

constexpr size_t kSidSize = 16;
constexpr size_t kCodeWords = 3;
constexpr uint32_t kMaxNameplate = 9999;
constexpr std::string_view kOpenerRole = "opener";
constexpr std::string_view kJoinerRole = "joiner";

Error Failed() { return Fail(Code::kPairingFailed, "The code did not match. It is used up: ask for a new one."); }
Error BadCode() {
  return Fail(Code::kInvalidArgument, "A code is a number and three words, such as 1234-cabin-lunar-oak.");
}

cpace::Point Share(ByteView scalar, const PairingContext& context, std::string_view words, ByteView sid) {
  cpace::Point generator = cpace::Generator(AsBytes(words), PairingChannel(context), sid);
  const std::optional<cpace::Point> share = cpace::Multiply(scalar, generator);
  Wipe(generator);
  KITH_CHECK(share.has_value());  // the scalar is not zero, the generator not the identity
  return *share;
}

// nullopt when their share is no point, the identity, or our own.
GuardedBytes Agree(ByteView scalar, ByteView sid, const cpace::Side& opener, const cpace::Side& joiner,
                   const cpace::Point& theirs) {
  if (opener.share == joiner.share) return nullptr;
  std::optional<cpace::Point> k = cpace::Multiply(scalar, theirs);
  if (!k) return nullptr;
  GuardedBytes isk = cpace::SessionKey(sid, *k, opener, joiner);
  Wipe(*k);
  return isk;
}

SealKey DirectionKey(ByteView isk, std::string_view to) {
  std::array<uint8_t, 32> raw = DeriveRaw(isk, labels::kPairingKey, {AsBytes(to)});
  SealKey key = SealKey::Copy(raw);
  Wipe(raw);
  return key;
}

PairingKeys DirectionKeys(ByteView isk) {
  return {.to_joiner = DirectionKey(isk, kJoinerRole), .to_opener = DirectionKey(isk, kOpenerRole)};
}

cpace::Side ReadSide(Reader& reader) {
  cpace::Side side;
  side.share = reader.Array<32>();
  const ByteView data = reader.Prefixed();
  side.associated_data.assign(data.begin(), data.end());
  return side;
}

Bytes Counter(uint64_t counter) { return Writer().U64(counter).Take(); }

}  // namespace

Bytes PairingChannel(const PairingContext& context) {
  Writer writer;
  writer.Prefixed(labels::kPairingChannel).U8(static_cast<uint8_t>(context.mode)).Raw(context.relay_key.view());
  writer.U32(context.nameplate).Prefixed(kOpenerRole).Prefixed(kJoinerRole);
  return writer.Take();
}

std::string PairingCode::RandomWords() {
  std::string words;
  for (size_t i = 0; i < kCodeWords; ++i) {
    if (i > 0) words += '-';
    words += WordAt(randombytes_uniform(2048));
  }
  return words;
}

std::string PairingCode::Format() const { return std::to_string(nameplate) + "-" + words; }

Result<PairingCode> PairingCode::Parse(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    const bool separates = c == '-' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!separates) {
      parts.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!parts.back().empty()) {
      parts.emplace_back();
    }
  }
  if (parts.back().empty()) parts.pop_back();
  if (parts.size() != 1 + kCodeWords) return BadCode();
  PairingCode code;
  const std::string& number = parts.front();
  if (number.size() > 4 || !std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return BadCode();
  }
  for (const char c : number) code.nameplate = code.nameplate * 10 + static_cast<uint32_t>(c - '0');
  if (code.nameplate == 0 || code.nameplate > kMaxNameplate) return BadCode();
  for (size_t i = 1; i < parts.size(); ++i) {
    if (WordIndex(parts[i]) < 0) return BadCode();
    code.words += (i > 1 ? "-" : "") + parts[i];
  }
  return code;
}

PairingOpener::PairingOpener(const PairingContext& context, std::string_view words, ByteView associated_data)
    : sid_(kSidSize), scalar_(cpace::RandomScalar()) {
  RandomFill(sid_);
  ours_.share = Share({scalar_.get(), cpace::kScalarSize}, context, words, sid_);
  ours_.associated_data.assign(associated_data.begin(), associated_data.end());
  first_ = Writer().Raw(sid_).Raw(ours_.share).Prefixed(ours_.associated_data).Take();
}

Result<PairingOpener::Finished> PairingOpener::Finish(ByteView message) {
  const GuardedBytes scalar = std::move(scalar_);  // gone after this attempt, whatever comes of it
  if (!scalar) return Failed();
  Reader reader(message);
  cpace::Side theirs = ReadSide(reader);
  const ByteView tag = reader.Raw(cpace::kTagSize);
  if (!reader.Done()) return Failed();
  const GuardedBytes isk = Agree({scalar.get(), cpace::kScalarSize}, sid_, ours_, theirs, theirs.share);
  if (!isk) return Failed();
  const ByteView session(isk.get(), cpace::kIskSize);
  if (!SecretEqual(tag, cpace::Confirmation(sid_, session, theirs))) return Failed();
  const cpace::Tag confirmation = cpace::Confirmation(sid_, session, ours_);
  return Finished{.confirmation = Bytes(confirmation.begin(), confirmation.end()),
                  .keys = DirectionKeys(session),
                  .their_associated_data = std::move(theirs.associated_data)};
}

PairingJoiner::PairingJoiner(const PairingContext& context, std::string_view words, ByteView associated_data)
    : context_(context), words_(ToBytes(words)) {
  ours_.associated_data.assign(associated_data.begin(), associated_data.end());
}

Result<Bytes> PairingJoiner::Respond(ByteView first_message) {
  const Plaintext words = std::move(words_);  // gone after this attempt, whatever comes of it
  if (words.size() == 0) return Failed();
  Reader reader(first_message);
  const ByteView sid = reader.Raw(kSidSize);
  theirs_ = ReadSide(reader);
  if (!reader.Done()) return Failed();
  sid_.assign(sid.begin(), sid.end());
  const GuardedBytes scalar = cpace::RandomScalar();
  const ByteView scalar_view(scalar.get(), cpace::kScalarSize);
  ours_.share = Share(scalar_view, context_, AsText(words.view()), sid_);
  isk_ = Agree(scalar_view, sid_, theirs_, ours_, theirs_.share);
  if (!isk_) return Failed();
  const cpace::Tag tag = cpace::Confirmation(sid_, {isk_.get(), cpace::kIskSize}, ours_);
  return Writer().Raw(ours_.share).Prefixed(ours_.associated_data).Raw(tag).Take();
}

Result<PairingJoiner::Finished> PairingJoiner::Confirm(ByteView confirmation) {
  const GuardedBytes isk = std::move(isk_);
  if (!isk) return Failed();
  const ByteView session(isk.get(), cpace::kIskSize);
  if (!SecretEqual(confirmation, cpace::Confirmation(sid_, session, theirs_))) return Failed();
  return Finished{.keys = DirectionKeys(session), .their_associated_data = std::move(theirs_.associated_data)};
}

Bytes SealPairingMessage(const SealKey& key, uint64_t counter, ByteView message) {
  return Seal(key, labels::kSealPairing, Counter(counter), message, Padding::kNone);
}

Result<Plaintext> OpenPairingMessage(const SealKey& key, uint64_t counter, ByteView sealed) {
  return Open(key, labels::kSealPairing, Counter(counter), sealed, Padding::kNone);
}

}  // namespace kith
