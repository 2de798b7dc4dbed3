#include "tests/unit/core_testing.h"

#include <algorithm>

#include "crypto/base/check.h"
#include "crypto/verify/labels.h"
#include "tests/support/builders.h"

namespace kith {
namespace {

constexpr char kRelay[] = "relay.test:7787";

}  // namespace

void Device::Reopen() {
  journal.reset();
  auto opened = Journal::Open(store, clock);
  KITH_CHECK(opened.has_value());
  journal = *std::move(opened);
}

EntryId Device::Write(const std::string& text) {
  const auto entry = journal->Write(AnEntry(text));
  KITH_CHECK(entry.has_value());
  return *entry;
}

std::vector<SignedRecord> Device::Seal(size_t max_bytes) {
  Transaction tx(store);
  auto records = Outbox(state()).Seal(tx, self(), max_bytes);
  KITH_CHECK(records.has_value());
  KITH_CHECK(state().Commit(tx));
  return *std::move(records);
}

SignedRecord Device::Record(uint64_t seq) {
  const Transaction tx(store);
  auto record = Lanes::GetRecord(tx, lane(), seq);
  KITH_CHECK(record && *record);
  return **std::move(record);
}

Pack Device::Open(const SignedRecord& record) {
  const auto header = RecordHeader::Parse(record.header);
  KITH_CHECK(header.has_value());
  const auto opened = state().keyring.Open(*header, record.payload);
  KITH_CHECK(opened.has_value());
  auto pack = DecodePack(opened->plain.view());
  KITH_CHECK(pack.has_value());
  return *std::move(pack);
}

void Device::Receive(const SignedRecord& record) {
  Transaction tx(store);
  KITH_CHECK(Intake(state()).Receive(tx, self(), record));
  KITH_CHECK(state().Commit(tx));
}

void Device::Retry() {
  Transaction tx(store);
  KITH_CHECK(Intake(state()).Retry(tx));
  KITH_CHECK(state().Commit(tx));
}

const storage::Lane* Device::Of(Device& other) { return state().lanes.Find(other.lane().key); }

std::vector<std::string> Device::Texts() {
  std::vector<std::string> texts;
  KITH_CHECK(journal->ForEach([&](const EntryId&, const Content& content) {
    texts.push_back(content.text);
    return true;
  }));
  std::ranges::sort(texts);
  return texts;
}

PairingContext LinkContext(Device& host) {
  return {.mode = PairingMode::kLink, .relay_key = host.self().sync.relay_key, .nameplate = 9};
}

void Found(Device& device) {
  NewJournal made = ANewJournalAndPhrase(device.store, device.clock);
  device.journal = std::move(made.journal);
  device.phrase = std::move(made.phrase);
}

void SetRelay(Device& device) {
  KITH_CHECK(device.journal->SetRelay({.address = kRelay, .key = Signer::Generate().public_key()}, {}));
}

void ListAll(Device& device) { device.self().sync.statements_there = device.self().seats.number(); }

void Link(Device& host, Device& guest) {
  if (!host.journal->relay()) SetRelay(host);
  LinkHost opener(LinkContext(host), kCodeWords);
  LinkGuest joiner(LinkContext(host), kCodeWords, "guest");
  const auto offer = opener.OnAnswer(host.state(), *joiner.Respond(opener.first_message()));
  KITH_CHECK(offer.has_value());
  const auto request = joiner.OnOffer(*offer);
  KITH_CHECK(request.has_value());
  const auto label = opener.OnRequest(host.state(), *request);
  KITH_CHECK(label.has_value());
  KITH_CHECK(opener.Accept(host.state(), host.journal->sync(), *label));
  ListAll(host);
  const auto grant = opener.Grant(host.state());
  KITH_CHECK(grant.has_value());
  KITH_CHECK(joiner.OnGrant(*grant, guest.store, guest.clock, host.self().sync.relay_key));
  guest.Reopen();
}

void Carry(Device& from, Device& to) {
  const storage::Lane* known = to.Of(from);
  for (uint64_t seq = known == nullptr ? 1 : known->stored_seq + 1; seq <= from.lane().stored_seq; ++seq) {
    to.Receive(from.Record(seq));
  }
  to.Retry();
}

SignedRecord Forge(Device& writer, RecordKind kind, Bytes payload) {
  return SignRecord(*writer.state().lanes.SignerOf(writer.lane()), Lanes::NextHeader(writer.lane(), kind),
                    std::move(payload));
}

SignedRecord ForgePack(Device& writer, const Pack& pack) {
  const Keyring::Generation* generation = writer.state().keyring.Newest(writer.self().id);
  return Forge(
      writer, RecordKind::kSealed,
      Seal(generation->key, labels::kSealPayload, Lanes::NextHeader(writer.lane(), RecordKind::kSealed).Place(),
           EncodePack(pack, Compression::kNone), Padding::kPadme));
}

}  // namespace kith
