// The cases about circles: who is in one, what two friends compare, and what the founder's recovery key opens.
#include "client/core/circles.h"
#include "client/core/introduction.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/vectors/kith_v1.h"
#include "tests/vectors/vectors_testing.h"

namespace kith {
namespace {

using Json = nlohmann::json;

Bytes Fixed(std::string_view name) {
  const auto digest = Hash("kith/test/fixed", {AsBytes(name)});
  return {digest.begin(), digest.end()};
}
Signer FixedSigner(std::string_view name) { return Signer::FromSeed(SignSeed::Copy(Fixed(name))); }
BoxPair FixedBox(std::string_view name) { return BoxPair::FromSecret(BoxSecret::Copy(Fixed(name))); }

template <class IdType>
IdType IdIn(const Json& test, const char* name) {
  const auto id = IdType::From(HexField(test, name));
  KITH_CHECK(id.has_value());
  return *id;
}

// A person with one device, by the operations that make them.
struct SomeBody {
  explicit SomeBody(const std::string& name) : device(FixedSigner(name + " device")) {
    const Signer recovery = FixedSigner(name + " recovery");
    genesis.body = PersonOp{.parents = {},
                            .signer = recovery.public_key(),
                            .kind = PersonGenesis{.recovery_sign = recovery.public_key(),
                                                  .recovery_box = FixedBox(name + " recovery box").public_key(),
                                                  .salt = {}}}
                       .Encode();
    genesis.signature = recovery.Sign(labels::kSignPersonOp, genesis.body);
    Bytes body = PersonOp{.parents = {PersonOpIdOf(genesis.body)},
                          .signer = recovery.public_key(),
                          .kind = AddDevice{.device = device.public_key(), .box = FixedBox(name + " box").public_key()}}
                     .Encode();
    const Signature countersignature = CountersignAddDevice(device, body);
    add_device = SignAddDevice(recovery, std::move(body), countersignature);
  }
  PersonId id() const { return {PersonOpIdOf(genesis.body).value}; }

  Signer device;
  SignedPersonOp genesis;
  SignedPersonOp add_device;
};

Json Of(const SignedPersonOp& op) {
  Json json = {{"body", Hex(op.body)}, {"signature", Hex(op.signature.view())}};
  if (op.countersignature) json["countersignature"] = Hex(op.countersignature->view());
  return json;
}

Result<Person> PersonIn(const Json& test) {
  std::vector<SignedPersonOp> ops;
  for (const Json& op : test.at("person_ops")) {
    SignedPersonOp& read =
        ops.emplace_back(SignedPersonOp{.body = HexField(op, "body"), .signature = IdIn<Signature>(op, "signature")});
    if (op.contains("countersignature")) read.countersignature = IdIn<Signature>(op, "countersignature");
  }
  return Person::FromAll(ops);
}

class RosterCases {
 public:
  Json Good() { return Case("a pair", "OK", genesis_, ann_); }

  void AddRefused(std::vector<Json>& cases) {
    Json flipped = Good();
    flipped["name"] = "bad signature";
    flipped["expect"] = "SIGNATURE_INVALID";
    Bytes signature = HexField(flipped, "signature");
    signature[0] ^= 1;
    flipped["signature"] = Hex(signature);
    cases.push_back(flipped);

    RosterOp changed = genesis_;
    Members(changed)[0].role = Role::kWriter;
    cases.push_back(Case("not by an owner", "FORGED_RECORD", changed, ann_));
    changed = genesis_;
    changed.person = bea_.id();
    cases.push_back(Case("by somebody else than it says", "FORGED_RECORD", changed, ann_));
    changed = genesis_;
    Members(changed).push_back({.person = SomeBody("cleo").id(), .role = Role::kReader});
    cases.push_back(Case("a pair of three", "FORGED_RECORD", changed, ann_));
    changed = genesis_;
    Members(changed)[1] = Members(changed)[0];
    cases.push_back(Case("somebody twice", "FORGED_RECORD", changed, ann_));
    changed = genesis_;
    std::get<RosterGenesis>(changed.kind).mailbox = MailboxId{SomeBody("cleo").id().value};
    cases.push_back(Case("of another mailbox", "FORGED_RECORD", changed, ann_));
    changed = genesis_;
    changed.parents = {OpId{mailbox_.value}};
    cases.push_back(Case("with a parent", "FORGED_RECORD", changed, ann_));

    Json unknown = Good();
    unknown["name"] = "by a device that nobody added";
    unknown["expect"] = "UNKNOWN_DEVICE";
    unknown["person_ops"].erase(1);
    cases.push_back(unknown);
    Json truncated = Good();
    truncated["name"] = "truncated";
    truncated["expect"] = "MALFORMED";
    truncated["body"] = truncated.at("body").get<std::string>().substr(2);
    cases.push_back(truncated);
  }

 private:
  static std::vector<RosterGenesis::Member>& Members(RosterOp& op) { return std::get<RosterGenesis>(op.kind).members; }
  Json Case(const std::string& name, const std::string& expect, const RosterOp& op, const SomeBody& by) const {
    const Bytes body = op.Encode();
    Json fields = {{"class", "roster"},
                   {"name", name},
                   {"expect", expect},
                   {"mailbox", Hex(mailbox_.view())},
                   {"person_ops", {Of(by.genesis), Of(by.add_device)}},
                   {"body", Hex(body)},
                   {"signature", Hex(by.device.Sign(labels::kSignRosterOp, body).view())}};
    if (expect != "OK") return fields;
    Roster roster;
    const auto person = PersonIn(fields);
    KITH_CHECK(person &&
               roster.Add(mailbox_, {.body = body, .signature = IdIn<Signature>(fields, "signature")}, *person));
    fields["id"] = Hex(RosterOpIdOf(body).view());
    fields["head"] = Hex(roster.HeadHash());
    fields["members"] = Json::array();
    for (const auto& [member, role] : roster.members()) {
      fields["members"].push_back(Hex(member.view()) + ":" + std::to_string(static_cast<int>(role)));
    }
    return fields;
  }

  const SomeBody ann_{"ann"};
  const SomeBody bea_{"bea"};
  const MailboxId mailbox_ = MailboxIdOf(FixedSigner("circle root").public_key());
  const RosterOp genesis_ = {.parents = {},
                             .person = ann_.id(),
                             .signer = ann_.device.public_key(),
                             .kind = RosterGenesis{.mailbox = mailbox_,
                                                   .members = {{.person = ann_.id(), .role = Role::kOwner},
                                                               {.person = bea_.id(), .role = Role::kWriter}},
                                                   .pair = true}};
};

// A box like any other; its label and context are what matters.
Json RootCase() {
  const Signer root = FixedSigner("circle root");
  const MailboxId mailbox = MailboxIdOf(root.public_key());
  const BoxPair recovery = FixedBox("ann recovery box");
  Bytes nonce = Fixed("root nonce");
  nonce.resize(24);
  const ScriptedRandom script(Writer().Raw(Fixed("root ephemeral")).Raw(nonce).Take());
  const auto box = SealTo(recovery.public_key(), labels::kSealRoot, mailbox.view(), root.seed().Reveal());
  KITH_CHECK(box.has_value());
  return {{"class", "box"},
          {"name", "a circle's root, for its founder's recovery key"},
          {"expect", "OK"},
          {"recipient_secret", Hex(recovery.secret().Reveal())},
          {"recipient", Hex(recovery.public_key().view())},
          {"ephemeral_secret", Hex(Fixed("root ephemeral"))},
          {"label", labels::kSealRoot},
          {"context", Hex(mailbox.view())},
          {"box", Hex(*box)},
          {"message", Hex(root.seed().Reveal())}};
}

Json SafetyCase(const std::string& name, const PersonId& one, const PersonId& other) {
  return {{"class", "safety_number"},
          {"name", name},
          {"expect", "OK"},
          {"one", Hex(one.view())},
          {"other", Hex(other.view())},
          {"number", SafetyNumber(one, other)}};
}

}  // namespace

std::vector<Json> CircleCases() {
  RosterCases roster;
  std::vector<Json> cases = {roster.Good()};
  roster.AddRefused(cases);
  cases.push_back(RootCase());
  const PersonId ann = SomeBody("ann").id();
  const PersonId bea = SomeBody("bea").id();
  cases.push_back(SafetyCase("as one side computes it", ann, bea));
  cases.push_back(SafetyCase("as the other side does", bea, ann));
  return cases;
}

std::string CheckRoster(const Json& test) {
  const auto person = PersonIn(test);
  if (!person) return CodeName(person.error().code);
  const SignedRosterOp op{.body = HexField(test, "body"), .signature = IdIn<Signature>(test, "signature")};
  Roster roster;
  const auto id = roster.Add(IdIn<MailboxId>(test, "mailbox"), op, *person);
  if (!id) return CodeName(id.error().code);
  if (Hex(id->view()) != test.at("id")) return "another id";
  if (Hex(roster.HeadHash()) != test.at("head")) return "another head";
  const auto parsed = RosterOp::Decode(op.body);
  if (!parsed || parsed->Encode() != op.body) return "another body";
  Json members = Json::array();
  for (const auto& [member, role] : roster.members()) {
    members.push_back(Hex(member.view()) + ":" + std::to_string(static_cast<int>(role)));
  }
  return members == test.at("members") ? "OK" : "other members";
}

std::string CheckSafetyNumber(const Json& test) {
  const std::string number = SafetyNumber(IdIn<PersonId>(test, "one"), IdIn<PersonId>(test, "other"));
  return number == test.at("number") ? "OK" : "another number";
}

}  // namespace kith
