#include "relay_dump.h"

#include <gtest/gtest.h>
#include <leveldb/db.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "crypto/verify/record.h"
#include "server/leveldb_rows.h"

namespace kith::app_test {
namespace {

namespace fs = std::filesystem;

constexpr size_t kIdSize = 16;  // the least that can name anything
constexpr char kHeading[] = "## What its disk and logs hold";

std::vector<std::string> Cells(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line.substr(1));
  for (std::string cell; std::getline(in, cell, '|');) {
    const size_t from = cell.find_first_not_of(' ');
    const size_t to = cell.find_last_not_of(' ');
    cells.push_back(from == std::string::npos ? "" : cell.substr(from, to - from + 1));
  }
  return cells;
}

class Dumper {
 public:
  Dumper(const std::vector<VisibleField>& table, RelayDump& out) : table_(table), out_(out) {}

  void Row(const std::string& where, ByteView bytes) {
    Reader in(bytes);
    std::optional<uint32_t> mailbox;
    std::vector<Bytes> ids;
    bool known = false;
    for (const VisibleField& field : table_) {
      if (field.where != where) continue;
      known = true;
      do {
        const ByteView value = Take(in, field);
        if (value.empty()) break;
        out_.met.emplace(field.where, field.name);
        if (field.name == "mailbox") mailbox = Reader(value).U32();
        AddIds(field, value, ids);
      } while (field.length == VisibleField::Length::kRepeated && !in.rest().empty());
    }
    if (!known) out_.untold.push_back("the place " + where);
    if (!in.ok()) out_.untold.push_back(where + " is shorter than the table says");
    if (in.ok() && !in.rest().empty()) out_.untold.push_back(std::to_string(in.rest().size()) + " bytes of " + where);
    if (mailbox) out_.of_mailbox[*mailbox].insert(ids.begin(), ids.end());
  }
  void Met(const std::string& where, const std::string& name) {
    const bool told = std::ranges::any_of(
        table_, [&](const VisibleField& field) { return field.where == where && field.name == name; });
    if (told) {
      out_.met.emplace(where, name);
    } else {
      out_.untold.push_back(where + ": " + name);
    }
  }

 private:
  static ByteView Take(Reader& in, const VisibleField& field) {
    if (field.length == VisibleField::Length::kRest) return in.Raw(in.rest().size());
    if (field.length == VisibleField::Length::kRepeated && in.rest().empty()) return {};
    return in.Raw(field.bytes);
  }
  // A whole value, and what no value is as a whole: each stretch of ciphertext.
  static void AddIds(const VisibleField& field, ByteView value, std::vector<Bytes>& ids) {
    const size_t step = field.length == VisibleField::Length::kRest ? kIdSize : value.size();
    for (size_t at = 0; at + std::max(step, kIdSize) <= value.size(); at += field.bytes == 0 ? 1 : step) {
      const ByteView one = value.subspan(at, step);
      if (std::ranges::any_of(one, [](uint8_t byte) { return byte != 0; })) ids.emplace_back(one.begin(), one.end());
    }
  }

  const std::vector<VisibleField>& table_;
  RelayDump& out_;
};

// What stands behind a record's place: by its head's kind.
const char* PayloadPlace(RecordKind kind) {
  switch (kind) {
    case RecordKind::kSealed:
      return "db r words";
    case RecordKind::kGeneration:
      return "db r keys";
    case RecordKind::kPrune:
      return "db r dropped";
  }
  return "db r";
}

void DumpDatabase(const std::string& folder, Dumper& to) {
  leveldb::Options options;
  options.paranoid_checks = true;
  leveldb::DB* opened = nullptr;
  ASSERT_TRUE(leveldb::DB::Open(options, folder, &opened).ok());
  const std::unique_ptr<leveldb::DB> db(opened);
  const std::unique_ptr<leveldb::Iterator> row(db->NewIterator({}));
  RecordKind kind = RecordKind::kSealed;
  for (row->SeekToFirst(); row->Valid(); row->Next()) {
    const Bytes key = ToBytes(row->key().ToString());
    const Bytes value = ToBytes(row->value().ToString());
    ASSERT_FALSE(key.empty());
    std::string where = std::string("db ") + static_cast<char>(key[0]);
    if (key[0] == static_cast<uint8_t>(relay::rows::Prefix::kRecord)) {
      const bool head = key.back() == static_cast<uint8_t>(relay::rows::Part::kHead);
      if (head) {
        const auto header = RecordHeader::Parse(ByteView(value).subspan(Chain::kSize, RecordHeader::kSize));
        ASSERT_TRUE(header);
        kind = header->kind;
      }
      where = head ? "db r head" : PayloadPlace(kind);
    }
    to.Row(where, Writer().Raw(ByteView(key).subspan(1)).Raw(value).Take());
  }
  EXPECT_TRUE(row->status().ok());
}

// "db/000005.log" is "db/log", "db/MANIFEST-000004" is "db/MANIFEST".
std::string FileKind(const std::string& name) {
  if (name.ends_with(".log")) return "db/log";
  if (name.ends_with(".ldb")) return "db/table";
  if (name.starts_with("db/MANIFEST-")) return "db/MANIFEST";
  return name;
}

void DumpFiles(const std::string& folder, Dumper& to) {
  for (const auto& item : fs::recursive_directory_iterator(folder)) {
    if (!item.is_directory()) to.Met("file", FileKind(fs::relative(item.path(), folder).string()));
  }
}

// The names of a line's fields: each stands in quotes before a colon.
void DumpLog(const std::string& log, Dumper& to) {
  std::istringstream in(log);
  for (std::string line; std::getline(in, line);) {
    ASSERT_TRUE(line.starts_with('{') && line.ends_with('}')) << "a line of another form";
    for (size_t end = line.find("\":"); end != std::string::npos; end = line.find("\":", end + 1)) {
      const size_t begin = line.rfind('"', end - 1) + 1;
      to.Met("log", line.substr(begin, end - begin));
    }
  }
}

}  // namespace

std::vector<VisibleField> ReadVisibleTable(const std::string& design) {
  std::vector<VisibleField> table;
  std::ifstream in(design);
  std::string line;
  while (std::getline(in, line) && line != kHeading) {
  }
  while (std::getline(in, line) && !line.starts_with("## ")) {
    if (!line.starts_with("| ") || line.starts_with("| where ")) continue;
    const std::vector<std::string> cells = Cells(line);
    EXPECT_EQ(cells.size(), 4u) << line;
    if (cells.size() != 4) continue;
    EXPECT_FALSE(cells[3].empty()) << line;
    VisibleField field{.where = cells[0], .name = cells[1]};
    std::string bytes = cells[2];
    if (bytes == "rest") {
      field.length = VisibleField::Length::kRest;
    } else {
      if (bytes.starts_with("each ")) {
        field.length = VisibleField::Length::kRepeated;
        bytes = bytes.substr(5);
      }
      field.bytes = std::stoul(bytes);
    }
    table.push_back(field);
  }
  EXPECT_FALSE(table.empty());
  return table;
}

RelayDump DumpRelay(const std::string& folder, const std::string& log, const std::vector<VisibleField>& table) {
  RelayDump dump;
  Dumper to(table, dump);
  DumpFiles(folder, to);  // first: opening the database changes them
  DumpDatabase(folder + "/db", to);
  DumpLog(log, to);
  return dump;
}

}  // namespace kith::app_test
