// A vault's files on a disk that somebody has had their hands on. A good file is written, then changed as the input
// says. What is read of it afterwards is the beginning of what was written, or an error; never anything else. The
// first byte chooses a log or a table, and whether the input is the changes or the whole file.
#include <memory>

#include "client/adapters/sealed_env.h"
#include "client/adapters/sealed_frames.h"
#include "tests/fuzz/target.h"
#include "tests/support/fault_env.h"

namespace kith::fuzz {
namespace {

constexpr char kLog[] = "/v/000003.log";
constexpr char kTable[] = "/v/000005.ldb";

struct Original {
  Bytes plain;
  Bytes sealed;
};

VaultKey Key() { return VaultKey::Copy(Bytes(32, 7)); }

Original Make(const char* path) {
  FaultEnv disk;
  KITH_CHECK(disk.CreateDir("/v").ok());
  SealedEnv env(disk, Key());
  leveldb::WritableFile* file = nullptr;
  KITH_CHECK(env.NewWritableFile(path, &file).ok());
  const std::unique_ptr<leveldb::WritableFile> owned(file);
  Original made;
  for (uint32_t i = 0; i < 12; ++i) {
    const Bytes piece(i * 97 + 1, static_cast<uint8_t>(i + 1));
    made.plain.insert(made.plain.end(), piece.begin(), piece.end());
    KITH_CHECK(file->Append({reinterpret_cast<const char*>(piece.data()), piece.size()}).ok());
    if (std::string_view(path) == kLog) KITH_CHECK(file->Sync().ok());
  }
  KITH_CHECK(file->Close().ok());
  made.sealed = disk.Content(path);
  return made;
}

// Each change is one byte of kind, two of place, one of value.
Bytes Changed(Bytes file, ByteView changes) {
  for (Reader in(changes); in.rest().size() >= 4;) {
    const uint8_t kind = in.U8();
    const size_t at = in.U16() % (file.size() + 1);
    const uint8_t value = in.U8();
    const auto place = file.begin() + static_cast<ptrdiff_t>(at);
    if (kind % 5 == 0) file.resize(at);
    if (kind % 5 == 1 && at < file.size()) *place = static_cast<uint8_t>(*place ^ value);
    if (kind % 5 == 2) file.insert(place, value, value);
    if (kind % 5 == 3) file.erase(place, place + std::min<ptrdiff_t>(value, file.end() - place));
    if (kind % 5 == 4) std::fill(place, place + std::min<ptrdiff_t>(4L * value, file.end() - place), uint8_t{0});
  }
  return file;
}

// Whether all of it was read. It begins as the original does.
bool ReadLog(SealedEnv& env, const Bytes& plain) {
  leveldb::SequentialFile* opened = nullptr;
  if (!env.NewSequentialFile(kLog, &opened).ok()) return false;
  const std::unique_ptr<leveldb::SequentialFile> file(opened);
  Bytes scratch(1000);
  size_t at = 0;
  for (;;) {
    leveldb::Slice got;
    if (!file->Read(scratch.size(), &got, reinterpret_cast<char*>(scratch.data())).ok()) return false;
    if (got.empty()) return at == plain.size();
    KITH_CHECK(at + got.size() <= plain.size());
    KITH_CHECK(std::memcmp(got.data(), plain.data() + at, got.size()) == 0);
    at += got.size();
  }
}

bool ReadTable(SealedEnv& env, const Bytes& plain) {
  leveldb::RandomAccessFile* opened = nullptr;
  if (!env.NewRandomAccessFile(kTable, &opened).ok()) return false;
  const std::unique_ptr<leveldb::RandomAccessFile> file(opened);
  uint64_t size = 0;
  KITH_CHECK(env.GetFileSize(kTable, &size).ok());
  bool whole = size == plain.size();
  Bytes scratch(1000);
  for (size_t at = 0; at < plain.size(); at += scratch.size()) {
    leveldb::Slice got;
    if (!file->Read(at, scratch.size(), &got, reinterpret_cast<char*>(scratch.data())).ok()) {
      whole = false;
      continue;
    }
    KITH_CHECK(at + got.size() <= plain.size());
    KITH_CHECK(std::memcmp(got.data(), plain.data() + at, got.size()) == 0);
  }
  return whole;
}

}  // namespace

KITH_FUZZ_TARGET(vault_files) {
  if (input.empty()) return Outcome::kRefused;
  static const Original log = Make(kLog);
  static const Original table = Make(kTable);
  const bool is_log = input[0] % 2 == 0;
  const Original& original = is_log ? log : table;
  const ByteView rest = input.subspan(1);
  FaultEnv disk;
  KITH_CHECK(disk.CreateDir("/v").ok());
  const char* const path = is_log ? kLog : kTable;
  disk.SetContent(path, input[0] % 4 < 2 ? Changed(original.sealed, rest) : Bytes(rest.begin(), rest.end()));
  SealedEnv env(disk, Key());
  return OutcomeOf(is_log ? ReadLog(env, original.plain) : ReadTable(env, original.plain));
}

}  // namespace kith::fuzz
