#include "crypto/derive.h"
#include "crypto/page.h"
#include "crypto/pairing.h"
#include "crypto/phrase.h"
#include "crypto/vault_key.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "crypto/verify/record.h"
#include "crypto/verify/relay_auth.h"
#include "crypto/verify/seats.h"
#include "tests/vectors/kith_v1.h"
#include "tests/vectors/vectors_testing.h"

namespace kith {
namespace {

using Json = nlohmann::json;

// Distinct fixed bytes: what H makes of a name.
Bytes Fixed(std::string_view name, size_t size = 32) {
  const auto digest = Hash("kith/test/fixed", {AsBytes(name)});
  return {digest.begin(), digest.begin() + static_cast<ptrdiff_t>(size)};
}
template <class Key>
Key FixedKey(std::string_view name) {
  return Key::Copy(Fixed(name));
}
template <class IdType>
IdType FixedId(std::string_view name) {
  return *IdType::From(Fixed(name, IdType::kSize));
}
Bytes Scalar(std::string_view name) {
  Bytes scalar = Fixed(name);
  scalar[31] &= 0x0f;  // below the group's order
  return scalar;
}
std::string HexOf(const SignPublic& key) { return Hex(key.view()); }

class Cases {
 public:
  void Add(std::string of, std::string name, std::string expect, Json fields) {
    fields["class"] = std::move(of);
    fields["name"] = std::move(name);
    fields["expect"] = std::move(expect);
    cases_.push_back(std::move(fields));
  }
  void AddWhole(Json test) { cases_.push_back(std::move(test)); }
  // The case with one byte of a field changed.
  void AddFlipped(const Json& good, std::string name, std::string expect, const char* field, size_t byte) {
    Json bad = good;
    Bytes bytes = HexField(good, field);
    bytes.at(byte) ^= 1;
    bad[field] = Hex(bytes);
    Add(good.at("class"), std::move(name), std::move(expect), bad);
  }
  void AddChanged(const Json& good, std::string name, std::string expect, const char* field, Json value) {
    Json bad = good;
    bad[field] = std::move(value);
    Add(good.at("class"), std::move(name), std::move(expect), bad);
  }
  const Json& last() const { return cases_.back(); }
  Json Take() { return std::move(cases_); }

 private:
  Json cases_ = Json::array();
};

void AddHashes(Cases& cases) {
  const Bytes a = ToBytes("ab"), b = ToBytes("c");
  cases.Add("hash", "no fields", "OK",
            {{"label", labels::kOp}, {"fields", Json::array()}, {"digest", Hex(Hash(labels::kOp, {}))}});
  cases.Add("hash", "two fields", "OK",
            {{"label", labels::kOp}, {"fields", {Hex(a), Hex(b)}}, {"digest", Hex(Hash(labels::kOp, {a, b}))}});
  const Bytes key = Fixed("derive");
  cases.Add("derive", "import id", "OK",
            {{"key", Hex(key)},
             {"label", labels::kImport},
             {"fields", {Hex(a), Hex(b)}},
             {"derived", Hex(DeriveRaw(key, labels::kImport, {a, b}))}});
}

Json SealCase(std::string_view message, Padding padding) {
  const Bytes ad = Fixed("ad", 20);
  const ScriptedRandom nonce(Fixed("nonce", 24));
  const Bytes sealed = Seal(FixedKey<SealKey>("key"), labels::kSealPayload, ad, AsBytes(message), padding);
  return {{"key", Hex(Fixed("key"))},
          {"label", labels::kSealPayload},
          {"ad", Hex(ad)},
          {"padded", padding == Padding::kPadme},
          {"sealed", Hex(sealed)},
          {"message", Hex(AsBytes(message))}};
}

void AddSeals(Cases& cases) {
  cases.Add("seal", "empty", "OK", SealCase("", Padding::kNone));
  cases.Add("seal", "padded", "OK", SealCase("padded words", Padding::kPadme));
  cases.Add("seal", "padded above the floor", "OK", SealCase(std::string(1600, 'w'), Padding::kPadme));
  cases.Add("seal", "words", "OK", SealCase("some words", Padding::kNone));
  const Json good = cases.last();
  const std::string sealed = good.at("sealed");
  cases.AddFlipped(good, "wrong key", "SEAL_BROKEN", "key", 0);
  cases.AddFlipped(good, "wrong AD", "SEAL_BROKEN", "ad", 19);
  cases.AddChanged(good, "wrong label", "SEAL_BROKEN", "label", labels::kSealBox);
  cases.AddFlipped(good, "flipped nonce", "SEAL_BROKEN", "sealed", 1);
  cases.AddFlipped(good, "flipped commitment", "SEAL_BROKEN", "sealed", 25);
  cases.AddFlipped(good, "flipped ciphertext", "SEAL_BROKEN", "sealed", 57);
  cases.AddFlipped(good, "flipped tag", "SEAL_BROKEN", "sealed", sealed.size() / 2 - 1);
  cases.AddChanged(good, "truncated", "SEAL_BROKEN", "sealed", sealed.substr(0, sealed.size() - 2));
  cases.AddChanged(good, "extended", "SEAL_BROKEN", "sealed", sealed + "00");
  cases.AddChanged(good, "too short", "SEAL_BROKEN", "sealed", sealed.substr(0, 144));
  cases.AddChanged(good, "empty text", "SEAL_BROKEN", "sealed", "");
  cases.AddChanged(good, "other suite", "SUITE_UNSUPPORTED", "sealed", "02" + sealed.substr(2));
  cases.AddChanged(good, "bad padding: no marker", "SEAL_BROKEN", "padded", true);
  Json marked = SealCase(std::string("w\x80\0\1", 4), Padding::kNone);
  marked["padded"] = true;
  cases.Add("seal", "bad padding: not only zeros", "SEAL_BROKEN", marked);
}

void AddBoxes(Cases& cases) {
  const BoxPair recipient = BoxPair::FromSecret(FixedKey<BoxSecret>("recipient"));
  const Bytes context = Fixed("context");
  Bytes box;
  {
    const ScriptedRandom script(Writer().Raw(Fixed("ephemeral")).Raw(Fixed("box nonce", 24)).Take());
    const auto made = SealTo(recipient.public_key(), labels::kSealBox, context, Fixed("generation key"));
    KITH_CHECK(made.has_value());
    box = *made;
  }
  cases.Add("box", "generation key", "OK",
            {{"recipient_secret", Hex(Fixed("recipient"))},
             {"recipient", Hex(recipient.public_key().view())},
             {"ephemeral_secret", Hex(Fixed("ephemeral"))},
             {"label", labels::kSealBox},
             {"context", Hex(context)},
             {"box", Hex(box)},
             {"message", Hex(Fixed("generation key"))}});
  const Json good = cases.last();
  cases.AddChanged(good, "another recipient", "SEAL_BROKEN", "recipient_secret", Hex(Fixed("other")));
  cases.AddFlipped(good, "another context", "SEAL_BROKEN", "context", 0);
  cases.AddChanged(good, "another label", "SEAL_BROKEN", "label", labels::kSealPayload);
  cases.AddFlipped(good, "another ephemeral key", "SEAL_BROKEN", "box", 0);
  cases.AddFlipped(good, "flipped tag", "SEAL_BROKEN", "box", box.size() - 1);
  cases.AddChanged(good, "ephemeral key of small order", "SEAL_BROKEN", "box",
                   std::string(64, '0') + good.at("box").get<std::string>().substr(64));
  cases.AddChanged(good, "truncated", "SEAL_BROKEN", "box", Hex(ByteView(box).first(100)));
  cases.Add("seal_to", "recipient of small order", "PUBLIC_KEY_INVALID",
            {{"recipient", std::string(64, '0')}, {"label", labels::kSealBox}});
}

void AddRecords(Cases& cases) {
  const Signer lane = Signer::FromSeed(FixedKey<SignSeed>("lane"));
  RecordHeader header;
  header.mailbox = FixedId<MailboxId>("mailbox");
  header.lane = lane.public_key();
  header.seq = 1;
  // A first record whose payload is sealed to its place, as it is on the wire.
  Bytes payload;
  {
    const ScriptedRandom nonce(Fixed("record nonce", 24));
    payload = Seal(FixedKey<GenerationKey>("generation key"), labels::kSealPayload, header.Place(),
                   Writer().U8(0).Raw(ToBytes("\x09\1\2\3\4\5\6\7\x08")).Take(), Padding::kPadme);
  }
  const auto add = [&](const char* name, const RecordHeader& from, const Bytes& with) {
    const SignedRecord record = SignRecord(lane, from, with);
    cases.Add("record", name, "OK",
              {{"lane_seed", Hex(Fixed("lane"))},
               {"header", Hex(record.header)},
               {"signature", Hex(record.signature.view())},
               {"payload", Hex(record.payload)},
               {"id", Hex(RecordIdOf(record.header).view())}});
    return record;
  };
  const SignedRecord first = add("first, sealed under H of the name 'generation key'", header, payload);
  cases.AddChanged(cases.last(), "pruned", "OK", "payload", "");
  header.seq = 2;
  header.prev = RecordIdOf(first.header);
  header.kind = RecordKind::kPrune;
  const PruneList list{.lane = lane.public_key(), .ranges = {{1, 1}, {3, 7}}};
  add("second, a prune", header, list.Encode());
  const Json good = cases.last();
  cases.AddFlipped(good, "bad signature", "SIGNATURE_INVALID", "signature", 3);
  cases.AddFlipped(good, "other mailbox", "SIGNATURE_INVALID", "header", 2);
  cases.AddFlipped(good, "other place", "SIGNATURE_INVALID", "header", 72);
  cases.AddFlipped(good, "other predecessor", "SIGNATURE_INVALID", "header", 80);
  cases.AddFlipped(good, "other payload", "MALFORMED", "payload", 0);
  cases.AddFlipped(good, "other suite", "SUITE_UNSUPPORTED", "header", 0);
  cases.AddChanged(good, "truncated payload", "MALFORMED", "payload", Hex(ByteView(list.Encode()).first(20)));
  cases.AddChanged(good, "truncated header", "MALFORMED", "header", good.at("header").get<std::string>().substr(2));
  Bytes unknown = HexField(good, "header");
  unknown[1] = 9;
  cases.AddChanged(good, "unknown kind", "MALFORMED", "header", Hex(unknown));
  cases.Add("prune", "two ranges", "OK", {{"payload", Hex(list.Encode())}});
  cases.Add("prune", "ranges that touch", "MALFORMED",
            {{"payload", Hex(PruneList{.lane = list.lane, .ranges = {{1, 2}, {3, 4}}}.Encode())}});
}

void AddRelay(Cases& cases) {
  const Signer relay = Signer::FromSeed(FixedKey<SignSeed>("relay"));
  const Hello hello{.relay_key = relay.public_key(),
                    .epoch = FixedId<RelayEpoch>("epoch"),
                    .nonce = FixedId<HelloNonce>("hello nonce"),
                    .time_ms = 1'790'000'000'000,
                    .spki_hash = FixedId<RecordId>("spki").value};
  const Bytes body = hello.Encode();
  cases.Add("hello", "hello", "OK",
            {{"body", Hex(body)}, {"signature", Hex(relay.Sign(labels::kSignHello, body).view())}});
  const Json good = cases.last();
  cases.AddFlipped(good, "bad signature", "SIGNATURE_INVALID", "signature", 0);
  cases.AddFlipped(good, "another certificate", "SIGNATURE_INVALID", "body", 104);
  cases.AddFlipped(good, "other suite", "SUITE_UNSUPPORTED", "body", 0);
  cases.AddChanged(good, "truncated", "MALFORMED", "body", Hex(ByteView(body).first(104)));

  const Signer lane = Signer::FromSeed(FixedKey<SignSeed>("lane"));
  const RequestAuth auth{.relay_key = relay.public_key(),
                         .nonce = hello.nonce,
                         .counter = 7,
                         .method = "Push",
                         .mailbox = FixedId<MailboxId>("mailbox")};
  const Bytes request = ToBytes("a serialized PushBody");
  cases.Add("request", "push", "OK",
            {{"relay_key", HexOf(auth.relay_key)},
             {"nonce", Hex(auth.nonce.view())},
             {"counter", auth.counter},
             {"method", auth.method},
             {"mailbox", Hex(auth.mailbox.view())},
             {"body", Hex(request)},
             {"covered", Hex(auth.Encode(request))},
             {"lane", HexOf(lane.public_key())},
             {"signature", Hex(auth.Sign(lane, request).view())}});
  const Json push = cases.last();
  cases.AddChanged(push, "replayed under another counter", "SIGNATURE_INVALID", "counter", 8);
  cases.AddChanged(push, "another method", "SIGNATURE_INVALID", "method", "Pull");
  cases.AddFlipped(push, "another relay", "SIGNATURE_INVALID", "relay_key", 0);
  cases.AddFlipped(push, "another mailbox", "SIGNATURE_INVALID", "mailbox", 0);
  cases.AddFlipped(push, "altered body", "SIGNATURE_INVALID", "body", 0);
}

void AddStatements(Cases& cases) {
  const Signer root = Signer::FromSeed(FixedKey<SignSeed>("root")), ann = Signer::FromSeed(FixedKey<SignSeed>("ann"));
  const LaneKey one = Signer::FromSeed(FixedKey<SignSeed>("lane")).public_key();
  const LaneKey two = Signer::FromSeed(FixedKey<SignSeed>("lane two")).public_key();
  SeatStatement first{.mailbox = MailboxIdOf(root.public_key()),
                      .number = 1,
                      .signer = root.public_key(),
                      .changes = {AddSeat{ann.public_key(), true}, AddLane{ann.public_key(), one}}};
  const auto json = [](const SignedStatement& signed_statement) {
    return Json{{"body", Hex(signed_statement.body)}, {"signature", Hex(signed_statement.signature.view())}};
  };
  const SignedStatement begun = SignStatement(root, first);
  SeatStatement second{.mailbox = first.mailbox,
                       .number = 2,
                       .prev = StatementIdOf(begun.body),
                       .signed_by = SeatStatement::SignedBy::kSeat,
                       .signer = ann.public_key(),
                       .changes = {RemoveLane{one}, AddLane{ann.public_key(), two}}};
  const auto fields = [&](std::vector<Json> statements, const LaneKey& lane) {
    return Json{{"statements", std::move(statements)},
                {"mailbox", Hex(first.mailbox.view())},
                {"lanes", {HexOf(ann.public_key()) + ":" + HexOf(lane)}}};
  };
  cases.Add("statements", "begun", "OK", fields({json(begun)}, one));
  cases.Add("statements", "a lane replaced by its seat", "OK",
            fields({json(begun), json(SignStatement(ann, second))}, two));
  cases.Add("statements", "forged by another key", "SIGNATURE_INVALID",
            fields({json(begun), json(SignStatement(root, second))}, two));
  cases.Add("statements", "repeated", "STATEMENT_CONFLICT", fields({json(begun), json(begun)}, one));
  cases.Add("statements", "out of order", "STATEMENT_CONFLICT", fields({json(SignStatement(ann, second))}, one));
  const SeatStatement stranger = [&] {
    SeatStatement other = second;
    other.signer = root.public_key();
    return other;
  }();
  cases.Add("statements", "the root is no seat", "STATEMENT_FORBIDDEN",
            fields({json(begun), json(SignStatement(root, stranger))}, two));
  first.mailbox = FixedId<MailboxId>("mailbox");
  cases.Add("statements", "a mailbox that is not the root's", "STATEMENT_FORBIDDEN",
            fields({json(SignStatement(root, first))}, one));
  second.changes = {AddLane{ann.public_key(), one}};
  cases.Add("statements", "a lane listed twice", "STATEMENT_FORBIDDEN",
            fields({json(begun), json(SignStatement(ann, second))}, one));
  Bytes other_suite = begun.body;
  other_suite[0] = 2;
  cases.Add("statements", "other suite", "SUITE_UNSUPPORTED",
            fields({json({.body = other_suite, .signature = begun.signature})}, one));
}

void AddVault(Cases& cases) {
  Bytes file;
  {
    const ScriptedRandom script(Writer().Raw(Fixed("kdf salt", 16)).Raw(Fixed("wrap nonce", 24)).Take());
    const auto wrapped = WrapVaultKey(FixedKey<VaultKey>("vault key"), "correct horse", kKdfFloor);
    KITH_CHECK(wrapped.has_value());
    file = *wrapped;
  }
  cases.Add("vault_key", "at the floor", "OK",
            {{"file", Hex(file)}, {"passphrase", "correct horse"}, {"vault_key", Hex(Fixed("vault key"))}});
  const Json good = cases.last();
  cases.AddChanged(good, "wrong passphrase", "WRONG_PASSPHRASE", "passphrase", "correct house");
  cases.AddFlipped(good, "weak KDF: two passes", "KDF_TOO_WEAK", "file", 12);
  Bytes weak = file;
  weak[14] = 0;
  cases.AddChanged(good, "weak KDF: no memory", "KDF_TOO_WEAK", "file", Hex(weak));
  cases.AddFlipped(good, "flipped commitment", "WRONG_PASSPHRASE", "file", 60);
  cases.AddFlipped(good, "no such file", "VAULT_DAMAGED", "file", 0);
  cases.AddChanged(good, "truncated", "VAULT_DAMAGED", "file", Hex(ByteView(file).first(137)));
  Bytes newer = file;
  newer[7] = 2;
  cases.AddChanged(good, "newer format", "NEWER_FORMAT", "file", Hex(newer));

  const PageCipher cipher(FixedKey<VaultKey>("vault key"), Fixed("file salt"));
  const Bytes plain = ToBytes("a page of a file");
  Bytes sealed(plain.size() + kPageTag);
  cipher.Encrypt(258, 3, plain, sealed.data());
  cases.Add("page", "page 258", "OK",
            {{"vault_key", Hex(Fixed("vault key"))},
             {"salt", Hex(Fixed("file salt"))},
             {"number", 258},
             {"flags", 3},
             {"plain", Hex(plain)},
             {"sealed", Hex(sealed)}});
  const Json page = cases.last();
  cases.AddChanged(page, "moved", "REFUSED", "number", 257);
  cases.AddChanged(page, "other flags", "REFUSED", "flags", 2);
  cases.AddFlipped(page, "of another file", "REFUSED", "salt", 0);
  cases.AddFlipped(page, "flipped", "REFUSED", "sealed", 0);
}

void AddRecovery(Cases& cases) {
  const auto secret = FixedKey<RecoverySecret>("phrase");
  const RecoveryKeys keys = DeriveRecovery(secret);
  const std::string phrase = FormatPhrase(secret);
  cases.Add("recovery", "phrase", "OK",
            {{"phrase", phrase},
             {"sign", HexOf(keys.sign.public_key())},
             {"box", Hex(keys.box.public_key().view())},
             {"root", HexOf(keys.root.public_key())},
             {"self_mailbox", Hex(MailboxIdOf(keys.root.public_key()).view())}});
  const Json good = cases.last();
  cases.AddChanged(good, "one word missing", "WORD_COUNT", "phrase", phrase.substr(phrase.find(' ') + 1));
  cases.AddChanged(good, "wrong checksum", "WORD_CHECKSUM", "phrase", "zoo" + phrase.substr(phrase.find(' ')));
}

void AddPairing(Cases& cases) {
  const PairingContext context{
      .mode = PairingMode::kLink, .relay_key = FixedId<SignPublic>("relay key"), .nameplate = 1234};
  constexpr std::string_view kWords = "cabin-lunar-oak";
  const Bytes sid = Fixed("sid", 16), ya = Scalar("ya"), yb = Scalar("yb");
  const Bytes ada = Fixed("opener data"), adb = Fixed("joiner data");
  PairingOpener opener = [&] {
    const ScriptedRandom script(Writer().Raw(ya).Raw(sid).Take());
    return PairingOpener(context, kWords, ada);
  }();
  const ScriptedRandom script(yb);
  PairingJoiner joiner(context, kWords, adb);
  const auto answer = joiner.Respond(opener.first_message());
  KITH_CHECK(answer.has_value());
  const auto opened = opener.Finish(*answer);
  KITH_CHECK(opened.has_value());
  cases.Add("pairing", "link", "OK",
            {{"mode", 1},
             {"relay_key", HexOf(context.relay_key)},
             {"nameplate", context.nameplate},
             {"words", kWords},
             {"channel", Hex(PairingChannel(context))},
             {"sid", Hex(sid)},
             {"opener_scalar", Hex(ya)},
             {"joiner_scalar", Hex(yb)},
             {"opener_data", Hex(ada)},
             {"joiner_data", Hex(adb)},
             {"first", Hex(opener.first_message())},
             {"answer", Hex(*answer)},
             {"confirmation", Hex(opened->confirmation)},
             {"to_joiner", Hex(opened->keys.to_joiner.Reveal())},
             {"to_opener", Hex(opened->keys.to_opener.Reveal())}});
  const Json good = cases.last();
  cases.AddFlipped(good, "flipped confirmation", "PAIRING_FAILED", "answer", answer->size() - 1);
  cases.AddFlipped(good, "altered keys", "PAIRING_FAILED", "answer", 40);
  cases.AddChanged(good, "identity point", "PAIRING_FAILED", "answer",
                   std::string(64, '0') + good.at("answer").get<std::string>().substr(64));
  // With everything right, as only one who knows the opener's scalar could make it: the reflection itself is refused.
  const ByteView share = ByteView(opener.first_message()).subspan(16, 32);
  cpace::Side ours{.share = {}, .associated_data = ada}, reflected{.share = {}, .associated_data = adb};
  std::ranges::copy(share, ours.share.begin());
  reflected.share = ours.share;
  const auto k = cpace::Multiply(ya, ours.share);
  KITH_CHECK(k.has_value());
  const GuardedBytes isk = cpace::SessionKey(sid, *k, ours, reflected);
  const cpace::Tag tag = cpace::Confirmation(sid, {isk.get(), cpace::kIskSize}, reflected);
  cases.AddChanged(good, "own share reflected", "PAIRING_FAILED", "answer",
                   Hex(Writer().Raw(share).Prefixed(adb).Raw(tag).Take()));
}

}  // namespace

Json GenerateKithV1() {
  Cases cases;
  AddHashes(cases);
  AddSeals(cases);
  AddBoxes(cases);
  AddRecords(cases);
  AddRelay(cases);
  AddStatements(cases);
  AddVault(cases);
  AddRecovery(cases);
  AddPairing(cases);
  for (Json& test : CircleCases()) cases.AddWhole(std::move(test));
  return {
      {"format", "kith/1"},
      {"about",
       "Layouts: crypto/DESIGN.md. Bytes are hex. 'expect' is OK or the code of the refusal; pages have one refusal."},
      {"cases", cases.Take()}};
}

}  // namespace kith
