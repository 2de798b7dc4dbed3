// Sources for the importers, made in a folder of the test, and what they give.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "client/exchange/importer.h"

namespace kith::exchange_testing {

namespace fs = std::filesystem;
using Files = std::vector<std::pair<std::string, std::string>>;  // name and bytes

class TempFolder {
 public:
  TempFolder() {
    std::string name = (fs::temp_directory_path() / "kith_exchange_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TempFolder() { fs::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;

  fs::path operator/(const std::string& name) const { return path_ / name; }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

inline fs::path WriteFile(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

inline std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

enum class Packing { kZip, kTar, kTarGz, kGzip };

// kGzip takes one file and packs its bytes alone.
inline fs::path Pack(const fs::path& path, Packing packing, const Files& files) {
  archive* a = archive_write_new();
  switch (packing) {
    case Packing::kZip:
      archive_write_set_format_zip(a);
      break;
    case Packing::kTar:
      archive_write_set_format_pax_restricted(a);
      break;
    case Packing::kTarGz:
      archive_write_set_format_pax_restricted(a);
      archive_write_add_filter_gzip(a);
      break;
    case Packing::kGzip:
      archive_write_set_format_raw(a);
      archive_write_add_filter_gzip(a);
      break;
  }
  EXPECT_EQ(archive_write_open_filename(a, path.c_str()), ARCHIVE_OK);
  for (const auto& [name, bytes] : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());  // bytes as they are, whatever the locale
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    EXPECT_LE(archive_write_header(a, entry), ARCHIVE_OK);
    EXPECT_EQ(archive_write_data(a, bytes.data(), bytes.size()), static_cast<la_ssize_t>(bytes.size()));
    archive_entry_free(entry);
  }
  EXPECT_EQ(archive_write_close(a), ARCHIVE_OK);
  archive_write_free(a);
  return path;
}

struct Imported {
  Result<ImportSummary> summary = Fail(Code::kInternal);
  std::vector<ImportedEntry> entries;
  std::vector<Quarantined> lost;

  size_t Lost(Loss loss) const {
    size_t count = 0;
    for (const Quarantined& one : lost) count += one.loss == loss;
    return count;
  }
  // Asserts that there is exactly one of that kind.
  const Quarantined& OnlyLost(Loss loss) const {
    static const Quarantined kNone;
    EXPECT_EQ(Lost(loss), 1u);
    for (const Quarantined& one : lost) {
      if (one.loss == loss) return one;
    }
    return kNone;
  }
};

inline Imported Import(const ImportOptions& options) {
  Imported out;
  ImportSink sink;
  sink.entry = [&](ImportedEntry entry) {
    out.entries.push_back(std::move(entry));
    return true;
  };
  sink.quarantined = [&](Quarantined lost) { out.lost.push_back(std::move(lost)); };
  out.summary = ReadImport(options, sink);
  if (out.summary) {
    EXPECT_EQ(out.summary->entries, out.entries.size());
    EXPECT_EQ(out.summary->lost_entries, out.Lost(Loss::kEntry));
    EXPECT_EQ(out.summary->lost_parts, out.Lost(Loss::kPart));
  }
  return out;
}

inline Imported Import(ImportFormat format, const fs::path& path, const std::string& zone = "") {
  return Import({.format = format, .path = path, .fallback_zone = zone, .journal = {}});
}

}  // namespace kith::exchange_testing
