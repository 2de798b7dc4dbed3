#include "tests/fuzz/seeds.h"

#include "client/core/circles.h"
#include "client/core/limits.h"
#include "client/core/release.h"
#include "client/model/dates.h"
#include "client/wire/introduction.h"
#include "client/wire/link.h"
#include "client/wire/ops.h"
#include "client/wire/pack.h"
#include "crypto/pairing.h"
#include "crypto/phrase.h"
#include "crypto/shares.h"
#include "crypto/verify/labels.h"
#include "crypto/verify/record.h"
#include "crypto/verify/relay_auth.h"
#include "crypto/verify/seats.h"
#include "server/invite.h"
#include "tests/fuzz/circle_world.h"
#include "tests/fuzz/intake_world.h"
#include "tests/fuzz/meeting_person.h"
#include "tests/fuzz/records_keys.h"
#include "tests/fuzz/seed_maker.h"
#include "tests/support/builders.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace kith::fuzz {
namespace {

constexpr Hlc kNow = Hlc{1'700'000'000'000} << 16;

SignPublic KeyOf(size_t signer) { return FixedSigner(signer).public_key(); }
// What the target reads as KeyOf(signer) in a history of statements.
SignPublic Short(uint8_t signer) { return {{signer}}; }

EntrustedShare AnEntrustedShare() {
  return {.needed = 2,
          .made = 3,
          .delay_ms = 1,
          .mailbox = {},
          .person = {},
          .relay = "127.0.0.1:1#key",
          .words = FormatShare(SplitSecret(Bytes(32, 0x51), {.needed = 2, .made = 3})->front())};
}

Bytes StatementBy(uint8_t signer, SeatStatement::SignedBy as, std::vector<SeatChange> changes) {
  return SeatStatement{.mailbox = MailboxIdOf(KeyOf(0)),
                       .number = 1,
                       .prev = {},
                       .signed_by = as,
                       .signer = Short(signer),
                       .changes = std::move(changes)}
      .Encode();
}

void Records(Maker& to) {
  const SignedRecord record =
      SignRecord(FixedSigner(1), {.mailbox = MailboxIdOf(KeyOf(0)), .seq = 1}, ToBytes("a payload"));
  to.Add("records", "ok-header", 0, record.header);
  to.Add("records", "ok-record", 1,
         Writer().Raw(record.signature.view()).Raw(record.header).Raw(record.payload).Take());
  to.Add("records", "ok-signed-here", 2, "\x01\x02payload");
  to.Add("records", "ok-prune", 3, PruneList{.lane = KeyOf(1), .ranges = {{1, 4}, {6, 6}, {9, 12}}}.Encode());
  using By = SeatStatement::SignedBy;
  const Bytes first = StatementBy(0, By::kRoot, {AddSeat{Short(1), true}, AddLane{Short(1), Short(2)}});
  const Bytes second = StatementBy(1, By::kSeat, {AddSeat{Short(3), false}, AddLane{Short(1), Short(4)}});
  const Bytes third =
      StatementBy(0, By::kRoot,
                  {RemoveLane{Short(2)}, ReplaceSeat{Short(1), Short(5)}, RemoveSeat{Short(3)}, ReplaceRoot{Short(6)}});
  Writer history;
  for (const Bytes* statement : {&first, &second, &third}) {
    history.U16(static_cast<uint16_t>(statement->size())).Raw(*statement);
  }
  to.Add("records", "ok-statement", 4, third);
  to.Add("records", "ok-history", 5, history.bytes());
  to.Add("records", "ok-hello", 6,
         Hello{.relay_key = KeyOf(0), .epoch = {}, .nonce = {}, .time_ms = 1, .spki_hash = {}}.Encode());
  to.Add("records", "no-short-header", 0, ByteView(record.header).first(100));
}

Version AVersion() {
  Content content = AnEntry("Words.\n\nMore words.", "Title");
  content.tags = {"one", "two"};
  content.journal = "travel";
  content.location =
      Location{.latitude = 51.5, .longitude = -0.07, .place = "", .locality = "", .region = "", .country = ""};
  return {.id = {}, .entry = {}, .parents = {OpId{}}, .hlc = kNow, .content = std::move(content)};
}

SignedPersonOp APersonOp() {
  const Bytes body =
      PersonOp{.parents = {OpId{}}, .signer = KeyOf(0), .kind = AddDevice{.device = KeyOf(1), .box = {}}}.Encode();
  return {.body = body, .signature = FixedSigner(0).Sign(labels::kSignPersonOp, body), .countersignature = Signature{}};
}

CircleInviteOp AnInvite() {
  return {.hlc = kNow,
          .circle = MailboxIdOf(KeyOf(3)),
          .roster = OpId{{5}},
          .name = "family",
          .relay = relay::RelayText("127.0.0.1:7787", KeyOf(0)),
          .role = Role::kWriter,
          .members = 3};
}

CircleAnswerOp AnAnswer() {
  return {.hlc = kNow,
          .invite = OpId{{6}},
          .circle = MailboxIdOf(KeyOf(3)),
          .accepted = true,
          .seat = KeyOf(4),
          .name = "Ann"};
}

void Messages(Maker& to) {
  to.Add("messages", "ok-version", 0, EncodeOp(AVersion()));
  to.Add("messages", "ok-person-op", 0, EncodeOp(APersonOp()));
  to.Add("messages", "ok-label", 0, EncodeOp(DeviceLabelOp{.hlc = kNow, .device = KeyOf(1), .label = "phone"}));
  to.Add("messages", "ok-heartbeat", 0,
         EncodeOp(HeartbeatOp{.hlc = kNow, .seen = {{.lane = KeyOf(2), .seq = 3, .record = {}}}}));
  to.Add("messages", "ok-recovery-confirmed", 0, EncodeOp(RecoveryConfirmedOp{.hlc = kNow}));
  to.Add("messages", "ok-lane-end", 0,
         EncodeOp(LaneEndOp{.hlc = kNow, .lane = KeyOf(2), .seq = 3, .record = RecordId{{7}}}));
  to.Add("messages", "ok-kept-certificate", 0, EncodeOp(KeptCertificateOp{.body = Bytes(161, 7), .signature = {}}));
  to.Add("messages", "ok-shredded", 0,
         EncodeOp(Version{
             .id = {}, .entry = {}, .parents = {{}}, .hlc = kNow, .state = VersionState::kShredded, .content = {}}));
  to.Add("messages", "ok-seat-key", 0, EncodeOp(SeatKeyOp{.hlc = kNow, .mailbox = {}, .relay = "127.0.0.1:1#key"}));
  to.Add("messages", "ok-add-device", 1, APersonOp().body);
  const LaneCertificate certificate{.mailbox = {}, .lane = KeyOf(2), .device = KeyOf(1), .person = {}};
  Pack pack{
      .hlc = kNow, .person_head = std::array<uint8_t, 32>{}, .seen = {{.lane = KeyOf(2), .seq = 3, .record = {}}}};
  pack.certificate = {.body = certificate.Encode(), .signature = {}};
  pack.ops = {EncodeOp(AVersion()), EncodeOp(AVersion())};
  to.Add("messages", "ok-pack", 2, EncodePack(pack, Compression::kNone));
  to.Add("messages", "ok-packed", 2, EncodePack(pack, Compression::kZstd));
  GenerationBody generation{.parents = {GenerationId{}}, .person_heads = {{}}, .wrapped = {{}}, .hlc = kNow};
  generation.certificate = pack.certificate;
  to.Add("messages", "ok-generation", 3, EncodeGeneration(generation));
  to.Add("messages", "ok-certificate", 4, certificate.Encode());
  to.Add("messages", "ok-boxes", 5,
         Writer().Raw(EncodeBoxes({Bytes(105, 1), Bytes(105, 2)})).U8(1).Raw(Bytes(89, 3)).Take());
  to.Add("messages", "ok-offer", 6, LinkOffer{.person = {}, .parents = {OpId{}}, .signer = KeyOf(0)}.Encode());
  to.Add(
      "messages", "ok-request", 7,
      LinkRequest{.add_device = APersonOp().body, .countersignature = {}, .lane = KeyOf(2), .label = "phone"}.Encode());
  to.Add("messages", "ok-grant", 8,
         LinkGrant{.person = {APersonOp()},
                   .mailbox = {},
                   .generations = {{}},
                   .heads = {{.lane = KeyOf(2), .seq = 3, .record = {}}},
                   .statements = {{.body = Bytes(10, 1), .signature = {}}},
                   .relay = "127.0.0.1:7787#key"}
             .Encode());
  to.Add("messages", "ok-friend-offer", 9, FriendOffer{.person = {APersonOp()}}.Encode());
  to.Add("messages", "ok-friend-request", 10,
         FriendRequest{.person = {APersonOp()}, .seat = KeyOf(1), .lane = KeyOf(2)}.Encode());
  to.Add("messages", "ok-friend-grant", 11,
         FriendGrant{.mailbox = {},
                     .statements = {{.body = Bytes(10, 1), .signature = {}}},
                     .roster = {.body = Bytes(10, 2), .signature = {}},
                     .generation = {}}
             .Encode());
  to.Add("messages", "ok-roster", 12,
         RosterOp{.parents = {},
                  .person = {},
                  .signer = KeyOf(0),
                  .kind = RosterGenesis{.mailbox = {}, .members = {{.person = {}, .role = Role::kOwner}}, .pair = true}}
             .Encode());
  to.Add("messages", "ok-trustees", 1,
         PersonOp{.parents = {OpId{}},
                  .signer = KeyOf(0),
                  .kind = Trustees{.sign = KeyOf(1), .box = BoxPublic{{8}}, .seat = KeyOf(2), .needed = 2, .made = 3}}
             .Encode());
  to.Add("messages", "ok-trustee-share", 0,
         EncodeOp(TrusteeShareOp{.hlc = kNow, .authority = KeyOf(1), .box = Bytes(200, 5)}));
  to.Add("messages", "ok-trustee-taken", 0, EncodeOp(TrusteeTakenOp{.hlc = kNow, .authority = KeyOf(1)}));
  to.Add("messages", "ok-trustee-claim", 0,
         EncodeOp(TrusteeClaimOp{.hlc = kNow, .authority = KeyOf(1), .claim = BoxPublic{{8}}, .due_ms = 1}));
  to.Add("messages", "ok-trustee-veto", 0, EncodeOp(TrusteeVetoOp{.hlc = kNow, .claim = BoxPublic{{8}}}));
  to.Add("messages", "ok-witness", 0, EncodeOp(WitnessOp{.hlc = kNow, .sealed = Bytes(300, 6)}));
  to.Add("messages", "ok-entrusted-share", 13, AnEntrustedShare().Encode());
  to.Add("messages", "ok-release-request", 14, ReleaseRequest{.claim = BoxPublic{{8}}}.Encode());
  to.Add("messages", "ok-release-reply", 15, ReleaseReply{.due_ms = 1, .box = Bytes(9, 1)}.Encode());
  to.Add("messages", "no-release-reply", 15, Bytes(77, 9));
  const auto roster = [&](const char* name, decltype(RosterOp::kind) kind) {
    to.Add("messages", name, 12,
           RosterOp{.parents = {OpId{}}, .person = {}, .signer = KeyOf(0), .kind = std::move(kind)}.Encode());
  };
  roster("ok-roster-add",
         AddMember{.member = {.person = {}, .role = Role::kReader, .seat = KeyOf(1), .name = "Ann"}, .invite = {}});
  roster("ok-roster-remove", RemoveMember{.person = {}});
  roster("ok-roster-role", SetRole{.person = {}, .role = Role::kWriter});
  roster("ok-roster-leave", LeaveCircle{});
  to.Add("messages", "ok-circle-invite", 0, EncodeOp(AnInvite()));
  to.Add("messages", "ok-circle-answer", 0, EncodeOp(AnAnswer()));
  to.Add("messages", "ok-history-grant", 0,
         EncodeOp(HistoryGrantOp{.hlc = kNow, .person = {}, .box = Bytes(105 + 2 + 64, 7)}));
  to.Add("messages", "no-op", 0, "\xff\xff\xff");
}

Bytes Behind(const Bytes& op) { return Writer().U16(static_cast<uint16_t>(op.size())).Raw(op).Take(); }

void IntakeSeeds(Maker& to) {
  const IntakeWorld& world = IntakeWorld::Get();
  Version first = AVersion();
  first.parents.clear();
  Version edit = AVersion();
  edit.entry = world.entry;
  edit.parents = {world.head};
  Version other = edit;
  other.content.text = "Another paragraph.";
  Version deletion{
      .id = {}, .entry = world.entry, .parents = {world.head}, .hlc = kNow, .state = VersionState::kDeleted};
  const Bytes both = Writer().Raw(Behind(EncodeOp(edit))).Raw(Behind(EncodeOp(other))).Take();
  to.Add("intake", "ok-new", 0, Behind(EncodeOp(first)));
  to.Add("intake", "ok-two-heads", 0, both);
  to.Add("intake", "ok-deletion", 0, Behind(EncodeOp(deletion)));
  Version shredded = deletion;
  shredded.state = VersionState::kShredded;
  to.Add("intake", "ok-shredded", 0, Behind(EncodeOp(shredded)));
  to.Add("intake", "ok-label", 0,
         Behind(EncodeOp(DeviceLabelOp{.hlc = kNow, .device = world.device, .label = "renamed"})));
  to.Add("intake", "ok-heartbeat", 0,
         Behind(EncodeOp(HeartbeatOp{.hlc = kNow, .seen = {{.lane = KeyOf(2), .seq = 3, .record = {}}}})));
  to.Add("intake", "ok-import-key", 0, Behind(EncodeOp(ImportKeyOp{.hlc = kNow, .key = {}})));
  Pack pack{.hlc = kNow, .ops = {EncodeOp(first)}};
  to.Add("intake", "ok-pack", 1, EncodePack(pack, Compression::kZstd));
  to.Add("intake", "ok-boxes", 2, Writer().Raw(EncodeBoxes({Bytes(105, 1)})).U8(1).Raw(Bytes(89, 3)).Take());
  to.Add("intake", "no-prune", 3, PruneList{.lane = world.lane.signer->public_key(), .ranges = {{1, 1}}}.Encode());
  to.Add("intake", "no-pack", 1, "\x00\xff\xff\xff");
}

// What an owner says, honestly and otherwise.
void Circles(Maker& to) {
  const CircleWorld& world = CircleWorld::Get();
  MemStore store = world.hostile;
  FakeClock clock;
  const auto journal = Journal::Open(store, clock);
  const State& state = (*journal)->state();
  const Roster& roster = *state.FindRoster(world.circle.mailbox);
  const auto say = [&](const char* name, auto kind) {
    to.Add("circles", name, 0, Behind(EncodeOp(SignRosterOp(state, roster, std::move(kind)))));
  };
  say("ok-remove", RemoveMember{.person = world.third});
  say("ok-remove-the-reader", RemoveMember{.person = world.self});
  say("ok-role", SetRole{.person = world.third, .role = Role::kReader});
  say("ok-leave", LeaveCircle{});
  say("no-add-twice",
      AddMember{.member = {.person = world.third, .role = Role::kOwner, .seat = KeyOf(1), .name = "Ann"},
                .invite = OpId{{9}}});
  SignedRosterOp forged = SignRosterOp(state, roster, RemoveMember{.person = world.self});
  forged.signature.value[0] ^= 1;
  to.Add("circles", "no-signature", 0, Behind(EncodeOp(forged)));
  to.Add("circles", "ok-grant", 0,
         Behind(EncodeOp(HistoryGrantOp{.hlc = kNow, .person = world.self, .box = Bytes(105 + 2 + 64, 7)})));
  to.Add("circles", "no-invite-in-the-circle", 0, Behind(EncodeOp(AnInvite())));
  to.Add("circles", "ok-pack", 1, EncodePack({.hlc = kNow, .ops = {}}, Compression::kNone));
  // Long enough to be worth it: a short one is left as it is.
  const Bytes grant = EncodeOp(HistoryGrantOp{.hlc = kNow, .person = world.third, .box = Bytes(4'000, 7)});
  to.Add("circles", "ok-long-pack", 1, EncodePack({.hlc = kNow, .ops = {grant}}, Compression::kNone));
  to.Add("circles", "no-compressed-pack", 1, EncodePack({.hlc = kNow, .ops = {grant}}, Compression::kZstd));
  to.Add("circles", "ok-boxes", 2, Writer().Raw(EncodeBoxes({Bytes(105, 1)})).U8(1).Raw(Bytes(89, 3)).Take());
  to.Add("circles", "ok-invite", 3, Behind(EncodeOp(AnInvite())));
  to.Add("circles", "ok-answer", 3, Behind(EncodeOp(AnAnswer())));
  to.Add("circles", "no-grant-in-a-pair", 3,
         Behind(EncodeOp(HistoryGrantOp{.hlc = kNow, .person = world.self, .box = Bytes(105 + 2 + 64, 7)})));
}

void Codes(Maker& to) {
  const PairingContext context{.mode = PairingMode::kLink, .relay_key = {}, .nameplate = 7};
  PairingOpener opener(context, "cabin-lunar-oak", {});
  PairingJoiner joiner(context, "cabin-lunar-oak", {});
  const auto answer = joiner.Respond(opener.first_message());
  to.Add("codes", "ok-code", 0, "1234-cabin-lunar-oak");
  to.Add("codes", "ok-spaced", 0, "  7 Cabin LUNAR oak ");
  to.Add("codes", "no-nameplate", 0, "0-cabin-lunar-oak");
  to.Add("codes", "ok-phrase", 1, EntropyToWords(Bytes(32, 0x7f)));
  to.Add("codes", "no-answer", 2, *answer);
  to.Add("codes", "ok-first-message", 3, opener.first_message());
  to.Add("codes", "no-confirmation", 4, Bytes(64, 5));
}

void Shares(Maker& to) {
  const auto shares = SplitSecret(Bytes(32, 0x7f), {.needed = 2, .made = 3});
  const std::string words = FormatShare((*shares)[0]);
  to.Add("shares", "ok-typed", 0, words);
  to.Add(
      "shares", "ok-short", 0,
      "shadow pistol academic acid actress prayer class unknown daughter sweater depict flip twice unkind craft early "
      "superior advocate guest smoking");
  to.Add("shares", "no-last-word", 0, words.substr(0, words.rfind(' ')) + " academic");
  to.Add("shares", "no-few-words", 0, words.substr(0, words.rfind(' ')));
  to.Add("shares", "ok-built", 1,
         Writer().U16(0x1235).U8(2).U8(1).U8(15).U8(8).U8(0x21).U8(3).Raw(Bytes(32, 9)).Take());
  // Id, groups, group threshold, length; then for each share its place, threshold and value.
  Writer two = Writer().U16(0x1235).U8(0).U8(0).U8(8);
  for (size_t i = 0; i < 2; ++i) two.U8(static_cast<uint8_t>(i)).U8(1).Raw((*shares)[i].value.Reveal());
  to.Add("shares", "ok-two-of-three", 2, two.bytes());
  to.Add("shares", "no-one-of-three", 2, ByteView(two.bytes()).first(5 + 34));
  two.U8(2).U8(1).Raw(Bytes(32));
  to.Add("shares", "no-forged", 2, two.bytes());
  to.Add("shares", "ok-groups", 2,
         Writer().U16(4).U8(1).U8(0).U8(0).U8(0x00).U8(0).Raw(Bytes(16, 1)).U8(0x10).U8(0).Raw(Bytes(16, 1)).Take());
}

void Addresses(Maker& to) {
  const std::string relay = relay::RelayText("127.0.0.1:7787", KeyOf(0));
  to.Add("addresses", "ok-relay", 0, relay);
  to.Add("addresses", "ok-relay-six", 0, relay::RelayText("[::1]:7787", KeyOf(0)));
  to.Add("addresses", "ok-invite", 1, relay::InviteText("relay.example:443", KeyOf(1), relay::InviteSecret{}));
  to.Add("addresses", "no-invite", 1, relay);
  to.Add("addresses", "ok-six", 2, "[::1]:7787");
  to.Add("addresses", "ok-name", 2, "localhost:80");
  to.Add("addresses", "ok-duration", 3, "30m");
  to.Add("addresses", "no-duration", 3, "0s");
}

void Imports(Maker& to) {
  to.Add(
      "imports", "ok-dayone", 0,
      R"({"metadata":{"version":"1.0"},"entries":[{"uuid":"ABC","creationDate":"1660-01-10T12:00:00Z","timeZone":"Europe\/London",)"
      R"("text":"# Title\n\nUp early\\.","starred":true,"tags":["a b"],"location":{"latitude":51.5,"longitude":-0.07,"placeName":"Axe Yard"}}]})");
  to.Add(
      "imports", "ok-jrnl", 1,
      R"({"tags":{"@a":1},"entries":[{"title":"Up early.","body":"To the office.","date":"1660-01-10","time":"09:30","tags":["@a"],"starred":false}]})");
  to.Add("imports", "ok-note", 2, "---\ntitle: \"T\"\ndate: 2020-02-29\ntags: [a, b]\n---\n\nWords.\n");
  to.Add("imports", "ok-plain-note", 2, "# 2021-03-04 Heading\n\nWords.\n");
  to.Add("imports", "ok-export", 3,
         "---\nkith: 1\nid: 00112233445566778899aabbccddeeff\ntitle: \"T\"\ncreated: 2026-11-23T21:00:00\nzone: "
         "Europe/London\n"
         "instant_ms: 1795467600000\ntags: [\"a\", \"b\"]\nstarred: true\njournal: \"j\"\nlocation: {latitude: 51.5, "
         "longitude: "
         "-0.07, place: \"p\"}\nunknown: AAAA\n---\n\nWords.\n");
  // One entry in an archive, and one packed.
  to.Add("imports", "ok-zip", 0,
         Unhex("504b03041400000008000000775dd3ae8c2477000000870000000c0000004a6f75726e616c2e6a736f6e15cdad0ec3301003"
               "e077316ebbcb4041d8fed8e0465a0d44cb818026557a99264579f75e2523fb935cb1b038efc4c156fc386f2145589881d03a"
               "70941c78839d2b4a095e97cbf5860edfcc4e94de9df0c1c7917a32bda197395b22cda44ac2c2538a8778949c563e3d53f47a"
               "a013ff45ebf73aa07dda0e504b010214031400000008000000775dd3ae8c2477000000870000000c00000000000000000000"
               "008001000000004a6f75726e616c2e6a736f6e504b050600000000010001003a000000a10000000000"));
  to.Add("imports", "ok-gzip", 1,
         Unhex("1f8b08000000000002031dcccd0a80201004e05789395b284190efd1293a6cb885603fe85e227cf7b4dbcc37302ff894e839"
               "c1ce2fc44b60584c77c314c3d34161bddc53a824475247330cbad5a635ba98f8a39a1e6dff57daebd3a29084626407bb5148"
               "9c97fc01a05560396a000000"));
  to.Add("imports", "no-zip", 0, std::string_view("PK\x03\x04\x14\x00\x00\x00\x08\x00", 10));
  to.Add("imports", "no-gzip", 1, std::string_view("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10));
  to.Add("imports", "no-yaml", 3, "---\n[[[[\n---\n");
}

void Times(Maker& to) {
  for (const char* const text : {"2026-11-23", "2026-11-23 21:30", "2026-11-23T21:30:15.250Z",
                                 "2026-11-23 21:30 +01:00", "today", "yesterday 21:30", "1660-02-29"}) {
    std::string name = "ok-";
    for (const char* c = text; *c != '\0'; ++c) name += std::isalnum(static_cast<unsigned char>(*c)) != 0 ? *c : '-';
    to.AddText("times", name, text);
  }
  to.AddText("times", "no-day", "2026-02-30");
  to.AddText("times", "no-offset", "+01:00");
}

void VaultFiles(Maker& to) {
  to.Add("vault_files", "ok-log", 0, "");
  to.Add("vault_files", "ok-table", 1, "");
  to.Add("vault_files", "no-cut-log", 0, Writer().U8(0).U16(500).U8(0).Take());
  to.Add("vault_files", "no-cut-table", 1, Writer().U8(0).U16(4500).U8(0).Take());
  to.Add("vault_files", "no-flip-log", 0, Writer().U8(1).U16(50).U8(4).Take());
  to.Add("vault_files", "no-zeros-table", 1, Writer().U8(4).U16(4096).U8(200).Take());
  to.Add("vault_files", "no-raw-log", 2, "KITHVF\x01\x01 and no more");
  to.Add("vault_files", "no-raw-table", 3, "KITHVF\x01\x02 and no more");
}

void Merges(Maker& to) {
  to.AddText("merges", "ok-paragraphs", "One.\n\nTwo.\n\nThree.\xffOne!\n\nTwo.\n\nThree.\xffOne.\n\nTwo.\n\nThree!");
  to.AddText("merges", "ok-words", "one two three four\xffone 2 three four\xffone two three 4");
  to.AddText("merges", "ok-insert",
             "a\n\nb\xff"
             "a\n\nx\n\nb\xff"
             "a\n\nb\n\ny");
  to.AddText("merges", "no-overlap", "The line.\xffThe other line.\xffThe third line.");
}

// What a hostile device or friend says at each step, as an honest one would.
void Meetings(Maker& to) {
  const IntakeWorld& world = IntakeWorld::Get();
  MemStore store = world.store;
  FakeClock clock;
  const auto journal = Journal::Open(store, clock);
  const State& state = (*journal)->state();
  const Signer& guest = FixedSigner(4);
  const Bytes add = PersonOp{.parents = state.person->heads(),
                             .signer = state.device->public_key(),
                             .kind = AddDevice{.device = guest.public_key(), .box = BoxPublic{{9}}}}
                        .Encode();
  const LinkRequest request{
      .add_device = add, .countersignature = CountersignAddDevice(guest, add), .lane = KeyOf(5), .label = "guest"};
  to.Add("meetings", "ok-link-request", 0, request.Encode());
  LinkRequest other = request;
  other.countersignature.value[0] ^= 1;
  to.Add("meetings", "no-countersignature", 0, other.Encode());
  to.Add("meetings", "ok-link-offer", 1, LinkOffer{.person = {}, .parents = {OpId{}}, .signer = KeyOf(0)}.Encode());
  to.Add("meetings", "no-link-grant", 2,
         LinkGrant{.person = SomebodyElse(),
                   .mailbox = {},
                   .generations = {{}},
                   .statements = {{.body = Bytes(10, 1), .signature = {}}},
                   .relay = "127.0.0.1:7787#key"}
             .Encode());
  to.Add("meetings", "ok-friend-request", 3,
         FriendRequest{.person = SomebodyElse(), .seat = KeyOf(1), .lane = KeyOf(2)}.Encode());
  to.Add("meetings", "ok-friend-offer", 4, FriendOffer{.person = SomebodyElse()}.Encode());
  to.Add("meetings", "no-oneself", 4, FriendOffer{.person = state.person->CountedOperations()}.Encode());
  to.Add("meetings", "no-friend-grant", 5,
         FriendGrant{.mailbox = {},
                     .statements = {{.body = Bytes(10, 1), .signature = {}}},
                     .roster = {.body = Bytes(10, 2), .signature = {}},
                     .generation = {}}
             .Encode());
}

void Releases(Maker& to) {
  const BoxPair claim = BoxPair::FromSecret(BoxSecret::Copy(Bytes(32, 0x41)));
  const Bytes share = AnEntrustedShare().Encode();
  ReleaseReply reply{.outcome = ReleaseReply::Outcome::kReleased, .witness = Bytes(300, 6)};
  reply.box = *SealTo(claim.public_key(), labels::kSealRelease, reply.authority.view(), share);
  to.Add("releases", "ok-reply", 0, reply.Encode());
  ReleaseReply waits = reply;
  waits.outcome = ReleaseReply::Outcome::kWaits;
  to.Add("releases", "no-reply", 0, waits.Encode());
  to.Add("releases", "ok-share", 1, share);
  EntrustedShare other = AnEntrustedShare();
  other.words = "academic acid acrobat";
  to.Add("releases", "no-share", 1, other.Encode());
  Gathering gathering(BoxPair::FromSecret(BoxSecret::Copy(Bytes(32, 0x41))));
  KITH_CHECK(gathering.Take(reply).has_value());
  to.Add("releases", "ok-gathering", 2, gathering.Encode());
  to.Add("releases", "no-request", 3, ReleaseRequest{.claim = BoxPublic{{8}}}.Encode());
  Writer witness;
  witness.Raw(FixedSigner(3).public_key().view()).U8(1).Raw(KeyOf(1).view()).U64(9);
  for (size_t rest = 1; rest < limits::kWitnessLanes; ++rest) witness.Raw(LaneKey().view()).U64(0);
  to.Add("releases", "ok-witness", 4, witness.bytes());
  to.Add("releases", "no-witness", 4, ByteView(witness.bytes()).first(99));
}

void KeyFiles(Maker& to) {
  to.Add("key_files", "ok-unchanged", 0, "");
  to.Add("key_files", "no-fewer-passes", 0, Writer().U8(12).U8(1).Take());
  to.Add("key_files", "no-less-memory", 0, Writer().U8(14).U8(1).Take());
  to.Add("key_files", "no-suite", 0, Writer().U8(33).U8(3).Take());
  to.Add("key_files", "no-version", 0, Writer().U8(7).U8(3).Take());
  to.Add("key_files", "no-file", 1, "KITHVLT\x01\x01 and no more");
}

}  // namespace

std::vector<Seed> MakeSeeds() {
  IntakeWorld::Get();  // before the randomness below: they have their own
  CircleWorld::Get();
  const SeededRandom random(1);
  Maker to;
  Records(to);
  Messages(to);
  IntakeSeeds(to);
  Circles(to);
  Codes(to);
  Shares(to);
  Addresses(to);
  Imports(to);
  Times(to);
  VaultFiles(to);
  Merges(to);
  Meetings(to);
  Releases(to);
  KeyFiles(to);
  RelayReplies(to);
  Requests(to);
  return to.Take();
}

}  // namespace kith::fuzz
