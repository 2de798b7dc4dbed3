// A journal as it grows to 100,000 entries: uploaded, fetched by fresh devices, stored.
#include <algorithm>

#include "client/wire/pack.h"
#include "crypto/base/limits.h"
#include "crypto/verify/labels.h"
#include "tests/bench/device.h"
#include "tests/bench/rows.h"
#include "tests/bench/words.h"

namespace kith::bench {
namespace {

using std::chrono::steady_clock;

struct Opened {
  RecordHeader header;
  SignedRecord record;
  Plaintext plain;
};

// Every sealed record that a device wrote, and what it holds.
std::vector<Opened> RecordsOf(Device& device) {
  return device.With([](Journal& journal) {
    State& state = journal.state();
    const Transaction tx(state.store);
    std::vector<Opened> all;
    const storage::Lane& lane = *state.lanes.Own(journal.mailbox());
    for (uint64_t seq = 1; seq <= lane.stored_seq; ++seq) {
      SignedRecord record = Must(Lanes::GetRecord(tx, lane, seq)).value();
      const RecordHeader header = Must(RecordHeader::Parse(record.header));
      if (header.kind != RecordKind::kSealed) continue;
      Plaintext plain = std::move(Must(state.keyring.Open(header, record.payload)).plain);
      all.push_back({.header = header, .record = std::move(record), .plain = std::move(plain)});
    }
    return all;
  });
}

// An empty vault, for what a limit writes.
class Vault {
 public:
  explicit Vault(const std::string& folder)
      : store_(Must(LevelDbStore::Open(folder, VaultKey::Generate(), {.missing = LevelDbOptions::Missing::kCreate}))) {}
  void Write(StoreBatch& batch) {
    Must(store_->Write(batch));
    batch = {};
  }

 private:
  const std::unique_ptr<LevelDbStore> store_;
};

// Opening the same packs, and one synced batch for each.
double OpeningLimit(const std::string& folder, const std::vector<Opened>& records, Device& device) {
  Vault vault(folder);
  return device.With([&](Journal& journal) {
    const Keyring& keyring = journal.state().keyring;
    const auto began = steady_clock::now();
    for (const Opened& opened : records) {
      KITH_CHECK(keyring.Open(opened.header, opened.record.payload).has_value());
      StoreBatch batch;
      batch.Put(storage::RecordKey(1, opened.header.seq), storage::EncodeRecord(opened.record));
      vault.Write(batch);
    }
    return SecondsSince(began);
  });
}

// From the same packs' operations to signed records, and one synced batch for each push, as full as a push can be.
double SealingLimit(const std::string& folder, const std::vector<Opened>& records) {
  std::vector<Pack> packs;
  for (const Opened& opened : records) packs.push_back(Must(DecodePack(opened.plain.view())));
  Vault vault(folder);
  const SealKey key = SealKey::Generate();
  const Signer signer = Signer::Generate();
  const auto began = steady_clock::now();
  StoreBatch batch;
  for (size_t i = 0; i < packs.size(); ++i) {
    const RecordHeader& header = records[i].header;
    const Bytes plain = EncodePack(packs[i], Compression::kZstd);
    Bytes payload = Seal(key, labels::kSealPayload, header.Place(), plain, Padding::kPadme);
    Bytes value = storage::EncodeRecord(SignRecord(signer, header, std::move(payload)));
    if (batch.bytes() + value.size() > limits::kPushBytes) vault.Write(batch);
    batch.Put(storage::RecordKey(1, header.seq), std::move(value));
  }
  vault.Write(batch);
  return SecondsSince(began);
}

double Upload(Device& device, uint64_t entries) {
  const auto began = steady_clock::now();
  device.Run();
  device.AwaitLive(entries);
  return SecondsSince(began);
}

Row AtLeast(const std::string& work, const Pairs& pairs, const std::string& limit, double required) {
  const double ratio = Median(pairs.Ratios());
  return {.work = work,
          .measured = Time(Median(pairs.measured)),
          .limit = limit + " " + Time(Median(pairs.limit)),
          .ratio = Print("%.2f", ratio),
          .required = Print("at least %.1f", required),
          .pass = ratio >= required};
}

// One pair of figures for each repeat: fresh relay, fresh vault, all uploaded; then the limit on its packs.
void UploadRow(const Programs& programs, const Scratch& scratch, const Effort& effort, Table& table) {
  Pairs pairs;
  for (int i = 0; i < effort.repeats; ++i) {
    const std::string name = "upload" + std::to_string(i);
    const RelayProcess relay(programs.relay, scratch / (name + "-relay"));
    Device device(scratch / name);
    Words words(static_cast<uint64_t>(i));
    device.Import(words, 0, effort.entries);
    device.SetRelay(relay.invite());
    SettledDiskBytes(device.folder());  // what the import left to LevelDB's background is not the upload's
    pairs.measured.push_back(Upload(device, effort.entries));
    pairs.limit.push_back(SealingLimit(scratch / (name + "-limit"), RecordsOf(device)));
  }
  table.Add(
      AtLeast("upload of " + Count(effort.entries) + " entries", pairs, "pack, seal, sign, synced batch a push", 0.4));
}

struct FirstSyncs {
  Pairs pairs;
  uint64_t client_bytes = 0;
};

FirstSyncs FirstSync(const Scratch& scratch, Device& host, uint64_t entries, int repeats) {
  const std::vector<Opened> records = RecordsOf(host);
  FirstSyncs out;
  for (int i = 0; i < repeats; ++i) {
    const std::string name = "fresh" + std::to_string(entries) + "-" + std::to_string(i);
    Device device(scratch / name, host);
    out.pairs.measured.push_back(Upload(device, entries));
    out.client_bytes = SettledDiskBytes(device.folder());
    out.pairs.limit.push_back(OpeningLimit(scratch / (name + "-limit"), records, host));
  }
  return out;
}

void DiskRow(const std::string& who, uint64_t bytes, size_t entries, double required, Table& table) {
  const double plain = static_cast<double>(entries * kTextBytes);
  const double ratio = static_cast<double>(bytes) / plain;
  table.Add({.work = who + "'s bytes on disk, " + Count(entries) + " entries",
             .measured = Print("%.2f MiB", static_cast<double>(bytes) / 0x1p20),
             .limit = Print("plaintext %.2f MiB", plain / 0x1p20),
             .ratio = Print("%.2f", ratio),
             .required = Print("at most %.2f", required),
             .pass = ratio <= required});
}

void Packing(const std::vector<Opened>& records, size_t entries, Table& table) {
  size_t sealed = 0;
  for (const Opened& opened : records) sealed += opened.record.payload.size();
  table.Note(
      Print("Entries: %zu bytes each of English words by Zipf's law, drawn from a list of 2,048 (words.h). Packed, "
            "compressed and sealed: %.2f of it, in %zu records.",
            kTextBytes, static_cast<double>(sealed) / static_cast<double>(entries * kTextBytes), records.size()));
}

}  // namespace

void JournalRows(const Programs& programs, const Scratch& scratch, const Effort& effort, Table& table) {
  UploadRow(programs, scratch, effort, table);

  const RelayProcess relay(programs.relay, scratch / "relay");
  Device host(scratch / "host");
  Words words(100);
  host.Import(words, 0, effort.entries);
  host.SetRelay(relay.invite());
  Upload(host, effort.entries);
  const FirstSyncs few = FirstSync(scratch, host, effort.entries, effort.repeats);
  const std::string limit = "open, synced batch a pack";
  table.Add(AtLeast("first sync of a fresh device, " + Count(effort.entries) + " entries", few.pairs, limit, 0.4));
  DiskRow("relay", SettledDiskBytes(relay.folder()), effort.entries, 1.15, table);
  DiskRow("client", few.client_bytes, effort.entries, 1.6, table);
  const Memory before = relay.memory();

  host.Stop();
  host.Load();
  host.Import(words, effort.entries, effort.more_entries - effort.entries);
  Upload(host, effort.more_entries);
  const FirstSyncs many = FirstSync(scratch, host, effort.more_entries, effort.more_repeats);
  table.Add(
      AtLeast("first sync of a fresh device, " + Count(effort.more_entries) + " entries", many.pairs, limit, 0.4));
  const double growth = Median(many.pairs.measured) / Median(few.pairs.measured);
  table.Add({.work = "time of first sync, " + Count(effort.more_entries) + " to " + Count(effort.entries),
             .measured = Time(Median(many.pairs.measured)),
             .limit = Time(Median(few.pairs.measured)),
             .ratio = Print("%.1f", growth),
             .required = "at most 12",
             .pass = growth <= 12});
  const Memory after = relay.memory();
  const double grown = (after.resident - before.resident) / 1024;
  table.Add({.work = "relay's resident memory, " + Count(effort.more_entries) + " stored entries",
             .measured = Print("%.1f MiB (peak %.1f)", after.resident / 1024, after.peak / 1024),
             .limit = Print("%.1f MiB with %s", before.resident / 1024, Count(effort.entries).c_str()),
             .ratio = Print("+%.1f MiB", grown),
             .required = "at most +30 MiB",
             .pass = grown <= 30});
  Packing(RecordsOf(host), effort.more_entries, table);
  AgentRows(programs, scratch, relay.address(), host, effort.more_entries, table);
}

}  // namespace kith::bench
