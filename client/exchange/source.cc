#include "client/exchange/source.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <vector>

#include "client/exchange/gzip.h"
#include "client/exchange/limits.h"
#include "client/model/text.h"

namespace kith {
namespace {

namespace fs = std::filesystem;
constexpr size_t kBlock = 64 * 1024;

Quarantined LostEntry(std::string where, std::string reason) {
  return {.loss = Loss::kEntry, .where = std::move(where), .reason = std::move(reason), .raw = {}};
}

void Report(const SourceVisitor& visitor, std::string name) {
  visitor.lost({.loss = Loss::kPart,
                .where = std::move(name),
                .reason = "this kind of file is not imported; keep the original",
                .raw = {}});
}

// Watches how much comes out of how little.
class Expansion {
 public:
  bool Allow(size_t more, uint64_t packed) {
    expanded_ += more;
    if (expanded_ > exchange_limits::kExpanded) return false;
    return expanded_ <= exchange_limits::kRatioFloor ||
           expanded_ / std::max<uint64_t>(packed, 1) < exchange_limits::kRatio;
  }

 private:
  uint64_t expanded_ = 0;
};
constexpr const char* kBomb = "it expands to far more than a journal would; reading stopped there";
constexpr const char* kTooLong = "it is too large to be imported";

// ---- One file as it is.

Document ReadPlain(const fs::path& path, std::string name, size_t largest) {
  Document document{.name = std::move(name), .bytes = {}, .problem = {}};
  std::ifstream file(path, std::ios::binary);
  std::vector<char> block(kBlock);
  while (file && document.bytes.size() <= largest) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    document.bytes.append(block.data(), static_cast<size_t>(file.gcount()));
  }
  if (document.bytes.size() > largest) {
    document.problem = kTooLong;
  } else if (!file.eof()) {
    document.problem = "it cannot be read";
  }
  return document;
}

// ---- Folder.

struct Found {
  std::string name;
  fs::path path;
  uint64_t size;
};

class Folder {
 public:
  Folder(const fs::path& root, const SourceVisitor& visitor) : root_(root), visitor_(visitor) {}

  Result<> Read() {
    KITH_TRY(List());
    std::sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) { return a.name < b.name; });
    uint64_t total = 0;
    for (const Found& file : found_) total += file.size;
    uint64_t read = 0;
    for (const Found& file : found_) {
      if (!visitor_.document(ReadPlain(file.path, file.name, visitor_.largest))) break;
      read += file.size;
      visitor_.progress(read, total);
    }
    return {};
  }

 private:
  Result<> List() {
    std::error_code error;
    auto files = fs::recursive_directory_iterator(root_, fs::directory_options::skip_permission_denied, error);
    if (error) return Fail(Code::kImportUnreadable, "the folder cannot be read");
    for (uint64_t count = 0; files != fs::recursive_directory_iterator(); files.increment(error)) {
      if (++count > exchange_limits::kMembers) {
        visitor_.lost(LostEntry("", "the folder holds too many files; those that are left were not read"));
        break;
      }
      Add(files);
      if (error) break;
    }
    if (error) visitor_.lost(LostEntry("", "a part of the folder cannot be read"));
    return {};
  }

  void Add(fs::recursive_directory_iterator& files) {
    const std::string name = files->path().lexically_relative(root_).generic_string();
    std::error_code error;
    const fs::file_status status = files->symlink_status(error);
    if (fs::is_directory(status)) {
      if (files.depth() < exchange_limits::kFolderNesting) return;
      files.disable_recursion_pending();
      visitor_.lost(LostEntry(name, "the folders lie too deep inside each other"));
      return;
    }
    const Want want = visitor_.want(name);
    if (want == Want::kIgnore) return;
    if (!fs::is_regular_file(status)) {
      visitor_.lost(LostEntry(name, "it is a link or a device, not a file"));
    } else if (want == Want::kReport) {
      Report(visitor_, name);
    } else {
      const uint64_t size = files->file_size(error);
      found_.push_back({name, files->path(), error ? 0 : size});
    }
  }

  const fs::path root_;
  const SourceVisitor& visitor_;
  std::vector<Found> found_;
};

// ---- Zip and tar.

// libarchive reads names by the locale: for this thread and while it lives, UTF-8, whatever the system's is.
class Utf8Locale {
 public:
  Utf8Locale() : utf8_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (utf8_ != nullptr) before_ = uselocale(utf8_);
  }
  ~Utf8Locale() {
    if (utf8_ == nullptr) return;
    uselocale(before_);
    freelocale(utf8_);
  }
  Utf8Locale(const Utf8Locale&) = delete;

 private:
  locale_t utf8_;
  locale_t before_ = nullptr;
};

struct ArchiveFree {
  void operator()(archive* a) const { archive_read_free(a); }
};
using ArchivePtr = std::unique_ptr<archive, ArchiveFree>;

ArchivePtr NewArchive() {
  ArchivePtr a(archive_read_new());
  archive_read_support_filter_none(a.get());
  archive_read_support_format_zip(a.get());
  archive_read_support_format_tar(a.get());
  return a;
}

la_ssize_t ReadGzip(archive*, void* gunzip, const void** block) {
  const std::string_view bytes = static_cast<GunzipFile*>(gunzip)->Next();
  *block = bytes.data();
  return static_cast<la_ssize_t>(bytes.size());
}

class ArchiveReader {
 public:
  // `gunzip`: nullptr when the archive is not in gzip.
  ArchiveReader(archive* a, const GunzipFile* gunzip, uint64_t file_size, const SourceVisitor& visitor)
      : archive_(a), gunzip_(gunzip), file_size_(file_size), visitor_(visitor) {}

  void Read() {
    for (uint64_t count = 1;; ++count) {
      archive_entry* entry = nullptr;
      const int status = archive_read_next_header(archive_, &entry);
      if (status == ARCHIVE_EOF) break;
      if (status == ARCHIVE_FATAL || count > exchange_limits::kMembers) {
        visitor_.lost(LostEntry("", "the archive is damaged or cut off; what lies behind that place was not read"));
        return;
      }
      if (status == ARCHIVE_RETRY) continue;
      if (!Member(entry, count)) return;
      visitor_.progress(packed(), file_size_);
    }
    if (gunzip_ != nullptr && !gunzip_->whole() && !Drained()) {
      visitor_.lost(LostEntry("", "the archive is damaged or cut off; what lies behind that place was not read"));
    }
  }

 private:
  uint64_t packed() const {
    const uint64_t bytes =
        gunzip_ != nullptr ? gunzip_->packed_bytes() : static_cast<uint64_t>(archive_filter_bytes(archive_, -1));
    return std::min(bytes, file_size_);
  }

  // A tar ends before its padding does; the checksum stands behind that.
  bool Drained() {
    auto* gunzip = const_cast<GunzipFile*>(gunzip_);
    while (!gunzip->Next().empty()) {
      if (gunzip->expanded_bytes() > exchange_limits::kExpanded) return false;
    }
    return gunzip->whole();
  }

  static std::string Name(archive_entry* entry, uint64_t count) {
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    if (name == nullptr) return "file " + std::to_string(count);
    return name;
  }

  bool Member(archive_entry* entry, uint64_t count) {
    std::string name = Name(entry, count);
    if (archive_entry_filetype(entry) == AE_IFDIR) return true;
    const Want want = visitor_.want(name);
    if (want == Want::kIgnore) return true;
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) {
      visitor_.lost(LostEntry(name, "it is a link or a device, not a file"));
      return true;
    }
    if (want == Want::kReport) {
      Report(visitor_, std::move(name));
      return true;
    }
    if (archive_entry_is_encrypted(entry) != 0) {
      visitor_.lost(LostEntry(name, "it is protected by a password; export it again without one"));
      return true;
    }
    Document document{.name = std::move(name), .bytes = {}, .problem = {}};
    const bool go_on = Expand(document);
    return visitor_.document(std::move(document)) && go_on;
  }

  // False when reading the archive must stop.
  bool Expand(Document& document) {
    std::vector<char> block(kBlock);
    for (;;) {
      const la_ssize_t length = archive_read_data(archive_, block.data(), block.size());
      if (length == ARCHIVE_RETRY) continue;
      if (length == 0) return true;
      if (length < 0) {
        document.problem = "it is damaged or cut off";
        return true;  // the next header says whether there is more
      }
      if (!expansion_.Allow(static_cast<size_t>(length), gunzip_ != nullptr ? packed() : file_size_)) {
        document.problem = kBomb;
        return false;
      }
      document.bytes.append(block.data(), static_cast<size_t>(length));
      if (document.bytes.size() > visitor_.largest) {
        document.problem = kTooLong;
        return true;
      }
    }
  }

  archive* archive_;
  const GunzipFile* gunzip_;
  const uint64_t file_size_;
  const SourceVisitor& visitor_;
  Expansion expansion_;
};

Result<> ReadArchive(const fs::path& path, uint64_t size, const SourceVisitor& visitor) {
  const ArchivePtr a = NewArchive();
  if (archive_read_open_filename(a.get(), path.c_str(), kBlock) != ARCHIVE_OK) {
    return Fail(Code::kImportUnreadable, "the archive cannot be opened, or is damaged from its beginning");
  }
  ArchiveReader(a.get(), nullptr, size, visitor).Read();
  return {};
}

// ---- Gzip.

constexpr size_t kTarMagicAt = 257;
bool LooksLikeTar(std::string_view head) {
  return head.size() > kTarMagicAt && head.substr(kTarMagicAt).starts_with("ustar");
}

Result<> ReadGzipDocument(GunzipFile gunzip, std::string name, uint64_t size, const SourceVisitor& visitor) {
  Document document{.name = std::move(name), .bytes = {}, .problem = {}};
  Expansion expansion;
  for (std::string_view block = gunzip.Next(); !block.empty(); block = gunzip.Next()) {
    if (!expansion.Allow(block.size(), gunzip.packed_bytes())) {
      document.problem = kBomb;
      break;
    }
    document.bytes += block;
    visitor.progress(std::min(gunzip.packed_bytes(), size), size);
    if (document.bytes.size() > visitor.largest) {
      document.problem = kTooLong;
      break;
    }
  }
  if (document.problem.empty() && !gunzip.whole()) document.problem = "it is damaged or cut off";
  visitor.document(std::move(document));
  return {};
}

Result<> ReadGzipFile(const fs::path& path, uint64_t size, const SourceVisitor& visitor) {
  bool is_tar = false;
  {
    KITH_TRY_ASSIGN(GunzipFile peek, GunzipFile::Open(path));
    is_tar = LooksLikeTar(peek.Next());
  }
  KITH_TRY_ASSIGN(GunzipFile gunzip, GunzipFile::Open(path));
  if (!is_tar) {
    const std::string name = path.filename().string();
    return ReadGzipDocument(std::move(gunzip), HasSuffix(name, ".gz") ? name.substr(0, name.size() - 3) : name, size,
                            visitor);
  }
  const ArchivePtr a = NewArchive();
  if (archive_read_open(a.get(), &gunzip, nullptr, ReadGzip, nullptr) != ARCHIVE_OK) {
    return Fail(Code::kImportUnreadable, "the archive cannot be opened, or is damaged from its beginning");
  }
  ArchiveReader(a.get(), &gunzip, size, visitor).Read();
  return {};
}

Result<> ReadFile(const fs::path& path, const SourceVisitor& visitor) {
  std::error_code error;
  const uint64_t size = fs::file_size(path, error);
  std::array<char, 512> head_bytes{};
  std::ifstream file(path, std::ios::binary);
  if (error || !file) return Fail(Code::kImportUnreadable, "the file cannot be opened");
  file.read(head_bytes.data(), head_bytes.size());
  const std::string_view head(head_bytes.data(), static_cast<size_t>(file.gcount()));
  if (head.starts_with("\x1f\x8b")) return ReadGzipFile(path, size, visitor);
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06") || LooksLikeTar(head)) {
    return ReadArchive(path, size, visitor);
  }
  visitor.document(ReadPlain(path, path.filename().string(), visitor.largest));
  visitor.progress(size, size);
  return {};
}

}  // namespace

Result<> ReadSource(const fs::path& path, const SourceVisitor& visitor) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) return Folder(path, visitor).Read();
  const Utf8Locale locale;
  if (fs::is_regular_file(status)) return ReadFile(path, visitor);
  return Fail(Code::kImportUnreadable,
              fs::exists(status) ? "that is neither a file nor a folder" : "there is no file or folder of that name");
}

std::string_view FileStem(std::string_view name) {
  const size_t slash = name.find_last_of('/');
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  const size_t dot = name.find_last_of('.');
  return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

bool HasSuffix(std::string_view name, std::string_view suffix) {
  return name.size() >= suffix.size() &&
         std::equal(suffix.begin(), suffix.end(), name.end() - static_cast<std::ptrdiff_t>(suffix.size()),
                    [](char want, char c) { return want == (c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c); });
}

bool IsSystemFile(std::string_view name) {
  while (!name.empty()) {
    const std::string_view part = name.substr(0, name.find('/'));
    if ((part.starts_with('.') && part != "." && part != "..") || part == "__MACOSX") return true;
    name.remove_prefix(std::min(name.size(), part.size() + 1));
  }
  return false;
}

}  // namespace kith
