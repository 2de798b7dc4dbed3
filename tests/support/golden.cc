#include "tests/support/golden.h"

#include <fstream>
#include <iterator>
#include <vector>

#include "client/core/storage.h"
#include "crypto/base/check.h"

namespace kith {
namespace {

constexpr std::string_view kMagic = "Kith golden 1\n";
constexpr uint32_t kAgain = UINT32_MAX;

// The same records stand in several vaults and at the relay.
class GoldenWriter {
 public:
  Writer& plain() { return writer_; }
  void Blob(const Bytes& bytes) {
    const auto [known, fresh] = known_.try_emplace(bytes, static_cast<uint32_t>(known_.size()));
    if (fresh) {
      writer_.Prefixed(bytes);
    } else {
      writer_.U32(kAgain).U32(known->second);
    }
  }

 private:
  Writer writer_;
  std::map<Bytes, uint32_t> known_;
};

class GoldenReader {
 public:
  explicit GoldenReader(ByteView bytes) : reader_(bytes) {}
  Reader& plain() { return reader_; }
  Bytes Blob() {
    const uint32_t size = reader_.U32();
    if (size == kAgain) return known_.at(reader_.U32());
    const ByteView bytes = reader_.Raw(size);
    return known_.emplace_back(bytes.begin(), bytes.end());
  }

 private:
  Reader reader_;
  std::vector<Bytes> known_;
};

void WriteStore(GoldenWriter& writer, const std::string& name, const MemStore& store) {
  writer.plain().Prefixed(AsBytes(name)).U32(static_cast<uint32_t>(store.contents().size()));
  for (const auto& [key, value] : store.contents()) {
    writer.plain().Prefixed(key);
    writer.Blob(value);
  }
}

MemStore ReadStore(GoldenReader& reader) {
  MemStore store;
  StoreBatch rows;
  for (uint32_t left = reader.plain().U32(); left > 0 && reader.plain().ok(); --left) {
    const ByteView key = reader.plain().Prefixed();
    rows.Put(Bytes(key.begin(), key.end()), reader.Blob());
  }
  KITH_CHECK(store.Write(rows).has_value());
  return store;
}

void WriteMailbox(GoldenWriter& writer, const MailboxId& id, const SimRelay::Mailbox& mailbox) {
  writer.plain().Raw(id.view()).U32(static_cast<uint32_t>(mailbox.statements.size()));
  for (const SignedStatement& statement : mailbox.statements) writer.Blob(storage::EncodeStatement(statement));
  writer.plain().U32(static_cast<uint32_t>(mailbox.log.size()));
  for (const auto& record : mailbox.log) writer.Blob(storage::EncodeRecord(*record));
}

SimRelay::Mailbox ReadMailbox(GoldenReader& reader) {
  SimRelay::Mailbox mailbox;
  for (uint32_t left = reader.plain().U32(); left > 0 && reader.plain().ok(); --left) {
    const auto statement = storage::DecodeStatement(reader.Blob());
    KITH_CHECK(statement.has_value());
    auto next = mailbox.seats.Apply(*statement);
    KITH_CHECK(next.has_value());
    mailbox.seats = *std::move(next);
    mailbox.statements.push_back(*statement);
  }
  for (uint32_t left = reader.plain().U32(); left > 0 && reader.plain().ok(); --left) {
    const auto record = storage::DecodeRecord(reader.Blob());
    KITH_CHECK(record.has_value());
    const auto header = RecordHeader::Parse(record->header);
    KITH_CHECK(header.has_value() && header->seq == mailbox.lanes[header->lane].seq + 1);
    mailbox.Append(header->lane, *record);
  }
  return mailbox;
}

}  // namespace

Bytes EncodeGolden(const Golden& golden) {
  GoldenWriter writer;
  writer.plain().Raw(AsBytes(kMagic)).U32(static_cast<uint32_t>(golden.stores.size()));
  for (const auto& [name, store] : golden.stores) WriteStore(writer, name, store);
  writer.plain().Raw(golden.relay_key.view());
  writer.plain().Raw(golden.relay.epoch.view()).U32(static_cast<uint32_t>(golden.relay.mailboxes.size()));
  for (const auto& [id, mailbox] : golden.relay.mailboxes) WriteMailbox(writer, id, mailbox);
  return writer.plain().Take();
}

Golden ReadGolden(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const Bytes bytes = ToBytes(text);
  GoldenReader reader(bytes);
  KITH_CHECK(ToString(reader.plain().Raw(kMagic.size())) == kMagic);
  Golden golden;
  for (uint32_t left = reader.plain().U32(); left > 0 && reader.plain().ok(); --left) {
    const std::string name = ToString(reader.plain().Prefixed());
    golden.stores[name] = ReadStore(reader);
  }
  golden.relay_key = SignPublic{reader.plain().Array<SignPublic::kSize>()};
  golden.relay.epoch = RelayEpoch{reader.plain().Array<RelayEpoch::kSize>()};
  for (uint32_t left = reader.plain().U32(); left > 0 && reader.plain().ok(); --left) {
    const MailboxId id{reader.plain().Array<MailboxId::kSize>()};
    golden.relay.mailboxes[id] = ReadMailbox(reader);
  }
  KITH_CHECK(reader.plain().Done());
  return golden;
}

}  // namespace kith
