#include <functional>
#include <map>

#include "crypto/derive.h"
#include "crypto/page.h"
#include "crypto/pairing.h"
#include "crypto/phrase.h"
#include "crypto/vault_key.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/record.h"
#include "crypto/verify/relay_auth.h"
#include "crypto/verify/seats.h"
#include "tests/vectors/kith_v1.h"
#include "tests/vectors/vectors_testing.h"

namespace kith {
namespace {

using Json = nlohmann::json;

std::string Text(const Json& test, const char* name) { return test.at(name).get<std::string>(); }
uint64_t Number(const Json& test, const char* name) { return test.at(name).get<uint64_t>(); }

template <class Key>
Key KeyIn(const Json& test, const char* name) {
  return Key::Copy(HexField(test, name));
}
template <class IdType>
IdType IdIn(const Json& test, const char* name) {
  const auto id = IdType::From(HexField(test, name));
  KITH_CHECK(id.has_value());
  return *id;
}

template <class T>
std::string Refusal(const Result<T>& result) {
  return CodeName(result.error().code);
}
std::string Same(ByteView got, const Bytes& wanted, const char* what) {
  return std::ranges::equal(got, wanted) ? "OK" : std::string("another ") + what;
}

// Views over all elements of a JSON array of hex texts, for calls that take a list.
std::array<uint8_t, 32> HashOf(std::string_view label, const std::vector<Bytes>& fields, const Bytes* key) {
  const auto call = [&](std::initializer_list<ByteView> list) {
    return key == nullptr ? Hash(label, list) : DeriveRaw(*key, label, list);
  };
  switch (fields.size()) {
    case 0:
      return call({});
    case 1:
      return call({fields[0]});
    case 2:
      return call({fields[0], fields[1]});
    case 3:
      return call({fields[0], fields[1], fields[2]});
  }
  CheckFailed("at most three fields", __FILE__, __LINE__);
}
std::vector<Bytes> FieldsIn(const Json& test) {
  std::vector<Bytes> fields;
  for (const Json& field : test.at("fields")) fields.push_back(HexBytes(field.get<std::string>()));
  return fields;
}

std::string CheckHash(const Json& test) {
  return Same(HashOf(Text(test, "label"), FieldsIn(test), nullptr), HexField(test, "digest"), "digest");
}

std::string CheckDerive(const Json& test) {
  const Bytes key = HexField(test, "key");
  return Same(HashOf(Text(test, "label"), FieldsIn(test), &key), HexField(test, "derived"), "key");
}

Padding PaddingIn(const Json& test) { return test.at("padded").get<bool>() ? Padding::kPadme : Padding::kNone; }

std::string CheckSeal(const Json& test) {
  const auto key = KeyIn<SealKey>(test, "key");
  const Bytes ad = HexField(test, "ad"), sealed = HexField(test, "sealed");
  const std::string label = Text(test, "label");
  const auto opened = Open(key, label, ad, sealed, PaddingIn(test));
  if (!opened) return Refusal(opened);
  if (!std::ranges::equal(opened->view(), HexField(test, "message"))) return "another message";
  const ScriptedRandom nonce(Bytes(sealed.begin() + 1, sealed.begin() + 25));
  return Same(Seal(key, label, ad, opened->view(), PaddingIn(test)), sealed, "seal");
}

std::string CheckBox(const Json& test) {
  const BoxPair recipient = BoxPair::FromSecret(KeyIn<BoxSecret>(test, "recipient_secret"));
  const Bytes context = HexField(test, "context"), box = HexField(test, "box");
  const std::string label = Text(test, "label");
  const auto opened = OpenFrom(recipient, label, context, box);
  if (!opened) return Refusal(opened);
  if (!std::ranges::equal(opened->view(), HexField(test, "message"))) return "another message";
  const ScriptedRandom script(
      Writer().Raw(HexField(test, "ephemeral_secret")).Raw(ByteView(box).subspan(33, 24)).Take());
  const auto again = SealTo(recipient.public_key(), label, context, opened->view());
  return again ? Same(*again, box, "box") : Refusal(again);
}

std::string CheckSealTo(const Json& test) {
  const auto box = SealTo(IdIn<BoxPublic>(test, "recipient"), Text(test, "label"), {}, {});
  return box ? "OK" : Refusal(box);
}

std::string CheckRecord(const Json& test) {
  const Bytes header = HexField(test, "header"), payload = HexField(test, "payload");
  const auto signature = IdIn<Signature>(test, "signature");
  const auto parsed = VerifyRecord(header, signature, payload);
  if (!parsed) return Refusal(parsed);
  if (!std::ranges::equal(parsed->Encode(), header)) return "another header";
  if (!std::ranges::equal(parsed->Place(), ByteView(header).first(106))) return "another place";
  if (payload.empty()) return Same(RecordIdOf(header).view(), HexField(test, "id"), "id");
  const auto lane = Signer::FromSeed(KeyIn<SignSeed>(test, "lane_seed"));
  const SignedRecord again = SignRecord(lane, *parsed, payload);
  if (again.header != header || again.signature != signature) return "another record";
  return Same(RecordIdOf(header).view(), HexField(test, "id"), "id");
}

std::string CheckPrune(const Json& test) {
  const Bytes payload = HexField(test, "payload");
  const auto list = PruneList::Parse(payload);
  return list ? Same(list->Encode(), payload, "list") : Refusal(list);
}

std::string CheckHello(const Json& test) {
  const Bytes body = HexField(test, "body");
  const auto hello = Hello::Open(body, IdIn<Signature>(test, "signature"));
  return hello ? Same(hello->Encode(), body, "hello") : Refusal(hello);
}

std::string CheckRequest(const Json& test) {
  const std::string method = Text(test, "method");
  const RequestAuth auth{.relay_key = IdIn<SignPublic>(test, "relay_key"),
                         .nonce = IdIn<HelloNonce>(test, "nonce"),
                         .counter = Number(test, "counter"),
                         .method = method,
                         .mailbox = IdIn<MailboxId>(test, "mailbox")};
  const Bytes body = HexField(test, "body");
  const auto verified = auth.Verify(IdIn<LaneKey>(test, "lane"), body, IdIn<Signature>(test, "signature"));
  return verified ? Same(auth.Encode(body), HexField(test, "covered"), "covered bytes") : Refusal(verified);
}

std::string CheckStatements(const Json& test) {
  SeatTable table;
  for (const Json& statement : test.at("statements")) {
    const auto next =
        table.Apply({.body = HexField(statement, "body"), .signature = IdIn<Signature>(statement, "signature")});
    if (!next) return Refusal(next);
    table = *next;
  }
  std::set<std::string> listed, wanted;
  for (const auto& [seat, what] : table.seats()) {
    for (const LaneKey& lane : what.lanes) listed.insert(Hex(seat.view()) + ":" + Hex(lane.view()));
  }
  for (const Json& lane : test.at("lanes")) wanted.insert(lane.get<std::string>());
  if (listed != wanted) return "other lanes";
  return Same(table.mailbox().view(), HexField(test, "mailbox"), "mailbox");
}

std::string CheckVaultKey(const Json& test) {
  const Bytes file = HexField(test, "file");
  const auto key = UnwrapVaultKey(file, Text(test, "passphrase"));
  return key ? Same(key->Reveal(), HexField(test, "vault_key"), "vault key") : Refusal(key);
}

std::string CheckPage(const Json& test) {
  const PageCipher cipher(KeyIn<VaultKey>(test, "vault_key"), HexField(test, "salt"));
  const Bytes sealed = HexField(test, "sealed");
  const auto flags = static_cast<uint8_t>(Number(test, "flags"));
  Bytes plain(sealed.size() - kPageTag), again(sealed.size());
  if (!cipher.Decrypt(Number(test, "number"), flags, sealed, plain.data())) return "REFUSED";
  cipher.Encrypt(Number(test, "number"), flags, plain, again.data());
  if (again != sealed) return "another page";
  return Same(plain, HexField(test, "plain"), "plaintext");
}

std::string CheckRecovery(const Json& test) {
  const auto secret = ParsePhrase(Text(test, "phrase"));
  if (!secret) return Refusal(secret);
  const RecoveryKeys keys = DeriveRecovery(*secret);
  const bool same = keys.sign.public_key() == IdIn<SignPublic>(test, "sign") &&
                    keys.box.public_key() == IdIn<BoxPublic>(test, "box") &&
                    keys.root.public_key() == IdIn<SignPublic>(test, "root") &&
                    MailboxIdOf(keys.root.public_key()) == IdIn<MailboxId>(test, "self_mailbox");
  return same ? "OK" : "other keys";
}

// Replays both sides with the scripted scalars and compares every message and key.
std::string CheckPairing(const Json& test) {
  const PairingContext context{.mode = static_cast<PairingMode>(Number(test, "mode")),
                               .relay_key = IdIn<SignPublic>(test, "relay_key"),
                               .nameplate = static_cast<uint32_t>(Number(test, "nameplate"))};
  if (PairingChannel(context) != HexField(test, "channel")) return "another channel";
  const auto opener = [&] {
    const ScriptedRandom script(Writer().Raw(HexField(test, "opener_scalar")).Raw(HexField(test, "sid")).Take());
    return PairingOpener(context, Text(test, "words"), HexField(test, "opener_data"));
  };
  PairingOpener side = opener();
  if (side.first_message() != HexField(test, "first")) return "another first message";
  const Bytes answer = HexField(test, "answer");
  auto opened = side.Finish(answer);
  if (!opened) return Refusal(opened);
  if (opened->confirmation != HexField(test, "confirmation")) return "another confirmation";
  PairingJoiner joiner(context, Text(test, "words"), HexField(test, "joiner_data"));
  {
    const ScriptedRandom script(HexField(test, "joiner_scalar"));
    const auto responded = joiner.Respond(side.first_message());
    if (!responded) return Refusal(responded);
    if (*responded != answer) return "another answer";
  }
  const auto joined = joiner.Confirm(opened->confirmation);
  if (!joined) return Refusal(joined);
  if (!std::ranges::equal(joined->keys.to_joiner.Reveal(), HexField(test, "to_joiner"))) return "another key";
  return Same(opened->keys.to_opener.Reveal(), HexField(test, "to_opener"), "key");
}

}  // namespace

std::string Evaluate(const Json& test) {
  static const std::map<std::string, std::function<std::string(const Json&)>> checks = {
      {"hash", CheckHash},          {"derive", CheckDerive},
      {"seal", CheckSeal},          {"box", CheckBox},
      {"seal_to", CheckSealTo},     {"record", CheckRecord},
      {"prune", CheckPrune},        {"hello", CheckHello},
      {"request", CheckRequest},    {"page", CheckPage},
      {"vault_key", CheckVaultKey}, {"recovery", CheckRecovery},
      {"pairing", CheckPairing},    {"statements", CheckStatements},
      {"roster", CheckRoster},      {"safety_number", CheckSafetyNumber}};
  return checks.at(Text(test, "class"))(test);
}

}  // namespace kith
