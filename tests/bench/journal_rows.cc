// A journal as it grows to 100,000 entries: uploaded, fetched by fresh devices, stored.
#include <algorithm>

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

// Sealing and signing the same packs, and one synced batch for each push, as full as a push can be.
double SealingLimit(const std::string& folder, const std::vector<Opened>& records) {
  Vault vault(folder);
  const SealKey key = SealKey::Generate();
  const Signer signer = Signer::Generate();
  const auto began = steady_clock::now();
  StoreBatch batch;
  for (const Opened& opened : records) {
    const RecordHeader& header = opened.header;
    Bytes payload = Seal(key, labels::kSealPayload, header.Place(), opened.plain.view(), Padding::kPadme);
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

// A journal at its relay, for fresh devices to fetch.
class Source {
 public:
  Source(const Programs& programs, const Scratch& scratch, size_t entries)
      : entries_(entries),
        scratch_(scratch),
        relay_(programs.relay, scratch / ("relay" + std::to_string(entries))),
        host_(scratch / ("host" + std::to_string(entries))) {
    Words words(entries);
    host_.Import(words, 0, entries);
    host_.SetRelay(relay_.invite());
    Upload(host_, entries);
    records_ = RecordsOf(host_);
    SettledDiskBytes(host_.folder());
  }

  // A fresh device's first sync; then the limit on the same packs.
  void FirstSync() {
    const std::string name = "fresh" + std::to_string(entries_) + "-" + std::to_string(pairs_.measured.size());
    Device device(scratch_ / name, host_);
    pairs_.measured.push_back(Upload(device, entries_));
    client_bytes_ = SettledDiskBytes(device.folder());
    pairs_.limit.push_back(OpeningLimit(scratch_ / (name + "-limit"), records_, host_));
  }

  const Pairs& pairs() const { return pairs_; }
  uint64_t client_bytes() const { return client_bytes_; }
  const std::vector<Opened>& records() const { return records_; }
  const RelayProcess& relay() const { return relay_; }
  Device& host() { return host_; }

 private:
  const size_t entries_;
  const Scratch& scratch_;
  const RelayProcess relay_;
  Device host_;
  std::vector<Opened> records_;
  Pairs pairs_;
  uint64_t client_bytes_ = 0;
};

void GrowthRow(const Effort& effort, const Pairs& few, const Pairs& many, Table& table) {
  std::vector<double> growths;
  for (size_t i = 0; i < many.measured.size(); ++i) growths.push_back(many.measured[i] / few.measured[i]);
  const double growth = Median(growths);
  table.Add({.work = "time of first sync, " + Count(effort.more_entries) + " to " + Count(effort.entries),
             .measured = Time(Median(many.measured)),
             .limit = Time(Median(few.measured)),
             .ratio = Print("%.1f", growth),
             .required = "at most 12",
             .pass = growth <= 12});
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
  table.Add(AtLeast("upload of " + Count(effort.entries) + " entries", pairs, "seal, sign, synced batch a push", 0.4));
}

void JournalRows(const Programs& programs, const Scratch& scratch, const Effort& effort, Table& table) {
  Source few(programs, scratch, effort.entries);
  Source many(programs, scratch, effort.more_entries);
  for (int i = 0; i < effort.more_repeats; ++i) {
    few.FirstSync();
    many.FirstSync();
  }
  const std::string limit = "open, synced batch a pack";
  for (const auto& [entries, source] : {std::pair(effort.entries, &few), std::pair(effort.more_entries, &many)}) {
    table.Add(AtLeast("first sync of a fresh device, " + Count(entries) + " entries", source->pairs(), limit, 0.4));
  }
  GrowthRow(effort, few.pairs(), many.pairs(), table);
  DiskRow("relay", SettledDiskBytes(few.relay().folder()), effort.entries, 1.15, table);
  DiskRow("client", few.client_bytes(), effort.entries, 1.6, table);
  const Memory before = few.relay().memory();
  const Memory after = many.relay().memory();
  const double grown = (after.resident - before.resident) / 1024;
  table.Add({.work = "relay's resident memory, " + Count(effort.more_entries) + " stored entries",
             .measured = Print("%.1f MiB (peak %.1f)", after.resident / 1024, after.peak / 1024),
             .limit = Print("%.1f MiB with %s", before.resident / 1024, Count(effort.entries).c_str()),
             .ratio = Print("+%.1f MiB", grown),
             .required = "at most +30 MiB",
             .pass = grown <= 30});
  Packing(many.records(), effort.more_entries, table);
  AgentRows(programs, scratch, many.relay().address(), many.host(), effort.more_entries, table);
}

}  // namespace kith::bench
