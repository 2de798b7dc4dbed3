#include "client/exchange/markdown_export.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <sstream>

#include "client/exchange/entry_id_text.h"
#include "client/exchange/front_matter.h"
#include "client/exchange/zones.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"

namespace kith {
namespace {

constexpr const char* kMarker = ".kith-export";
constexpr const char* kTemporary = ".kith-export.new";
constexpr std::string_view kMagic = "kith markdown export 1\n";
constexpr size_t kShortId = 8;
constexpr int kMaxAside = 1000;

Error DiskError(const char* what) {
  return Fail(Code::kStorageFailed, std::string("cannot ") + what + ": " + std::strerror(errno));
}

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

// nullopt: not there, or not a plain file that may be read.
std::optional<std::string> ReadFileAt(int folder, const std::string& name) {
  const Fd file(openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat info{};
  if (!file.ok() || fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  std::string out;
  char block[64 * 1024];
  for (;;) {
    const ssize_t length = read(file.get(), block, sizeof block);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return std::nullopt;
    if (length == 0) return out;
    out.append(block, static_cast<size_t>(length));
  }
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t length = write(fd, bytes.data(), bytes.size());
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(length));
  }
  return true;
}

// Whole or not at all, with mode 0600. Durable only after the file system was synced.
Result<> ReplaceFileAt(int root, int folder, const std::string& name, std::string_view bytes) {
  const auto create = [root] {
    return Fd(openat(root, kTemporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  };
  Fd file = create();
  if (!file.ok() && errno == EEXIST && unlinkat(root, kTemporary, 0) == 0) file = create();  // of an interrupted export
  if (!file.ok() || !WriteAll(file.get(), bytes)) {
    const Error error = DiskError("write a file of the export");
    unlinkat(root, kTemporary, 0);
    return error;
  }
  if (renameat(root, kTemporary, folder, name.c_str()) == 0) return {};
  const Error error = DiskError("write a file of the export");
  unlinkat(root, kTemporary, 0);
  return error;
}

std::string HashText(std::string_view bytes) { return ToBase64(Hash(labels::kExportedFile, {AsBytes(bytes)})); }

// "2026/2026-11-23-1f0e9a3b.md"; a list that somebody has tampered with must not lead elsewhere.
bool IsExportPath(std::string_view path) {
  const size_t slash = path.find('/');
  return slash == 4 && path.find('/', slash + 1) == std::string_view::npos && path.ends_with(".md") &&
         path.find_first_not_of("0123456789") == slash &&
         path.substr(slash + 1).find_first_not_of("0123456789abcdef-") == path.size() - slash - 1 - 3;
}

using FileList = std::map<std::string, std::string>;  // path to hash

FileList ParseMarker(std::string_view marker) {
  FileList files;
  std::istringstream lines{std::string(marker.substr(kMagic.size()))};
  for (std::string line; std::getline(lines, line);) {
    const size_t space = line.find(' ');
    if (space == std::string::npos || !IsExportPath(std::string_view(line).substr(space + 1))) continue;
    files[line.substr(space + 1)] = line.substr(0, space);
  }
  return files;
}

std::string FormatMarker(const FileList& files) {
  std::string out(kMagic);
  for (const auto& [path, hash] : files) out.append(hash).append(" ").append(path).append("\n");
  return out;
}

std::string FormatEntry(const EntryId& id, const Content& content) {
  const EntryDate& date = content.date;
  WrittenDate written;
  written.time.day = DayOf(date);
  if (!date.day_only) written.time.second = date.second;
  FrontMatter front;
  front.kith = kExportVersion;
  front.id = EntryIdText(id);
  front.title = content.title;
  front.created = written.Canonical();
  front.zone = date.zone;
  front.instant_ms = date.instant_ms;
  front.tags = content.tags;
  front.starred = content.starred;
  front.journal = content.journal;
  front.location = content.location;
  if (content.kind != "entry") front.kind = content.kind;
  front.depth = content.depth;
  front.practice = content.practice;
  front.unknown = content.unknown;
  return FormatFrontMatter(front) + "\n" + content.text + "\n";
}

// Of a folder: true if nothing is in it.
Result<bool> IsEmpty(int folder) {
  const int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* list = copy < 0 ? nullptr : fdopendir(copy);
  if (list == nullptr) return DiskError("read the folder");
  bool empty = true;
  while (const dirent* file = readdir(list)) {
    const std::string_view name = file->d_name;
    if (name != "." && name != "..") empty = false;
  }
  closedir(list);
  return empty;
}

}  // namespace

struct MarkdownExport::State {
  Fd root;
  Fd year;
  std::string year_name;
  FileList before, now;
  ExportSummary summary;

  Result<> EnterYear(const std::string& name);
  Result<> SetAside(const std::string& name);
  Result<> Write(const std::string& name, std::string_view bytes);
  Result<> RemoveGone();
};

MarkdownExport::MarkdownExport(std::unique_ptr<State> state) : state_(std::move(state)) {}
MarkdownExport::MarkdownExport(MarkdownExport&&) noexcept = default;
MarkdownExport::~MarkdownExport() = default;

Result<MarkdownExport> MarkdownExport::Begin(const std::filesystem::path& folder) {
  auto state = std::make_unique<State>();
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return DiskError("make the folder");
  state->root = Fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!state->root.ok() && errno == ENOTDIR) {
    return Fail(Code::kInvalidArgument, "an export needs a folder, and there is a file of that name");
  }
  if (!state->root.ok()) return DiskError("open the folder");
  KITH_TRY_ASSIGN(const bool empty, IsEmpty(state->root.get()));
  const std::optional<std::string> marker = ReadFileAt(state->root.get(), kMarker);
  if (marker && marker->starts_with(kMagic)) {
    state->before = ParseMarker(*marker);
  } else if (!empty) {
    return Fail(Code::kInvalidArgument,
                "the folder is not empty, and is not an earlier export of Kith; name a new or empty folder");
  } else {
    KITH_TRY(ReplaceFileAt(state->root.get(), state->root.get(), kMarker, kMagic));
  }
  return MarkdownExport(std::move(state));
}

Result<> MarkdownExport::State::EnterYear(const std::string& name) {
  if (name == year_name) return {};
  year_name.clear();
  if (mkdirat(root.get(), name.c_str(), 0700) != 0 && errno != EEXIST) return DiskError("make a folder of the export");
  year = Fd(openat(root.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!year.ok()) return DiskError("open a folder of the export");
  year_name = name;
  return {};
}

// Somebody has worked on the file: it makes room, under a name that no export uses.
Result<> MarkdownExport::State::SetAside(const std::string& name) {
  const std::string stem = name.substr(0, name.size() - 3);
  for (int number = 1; number <= kMaxAside; ++number) {
    const std::string aside = stem + "-edited-" + std::to_string(number) + ".md";
    // Unlike a rename, a link never replaces what is there.
    if (linkat(year.get(), name.c_str(), year.get(), aside.c_str(), 0) == 0) {
      ++summary.set_aside;
      return {};
    }
    if (errno != EEXIST) break;
  }
  return DiskError("set aside a file that was changed by hand");
}

Result<> MarkdownExport::State::Write(const std::string& name, std::string_view bytes) {
  const std::string path = year_name + "/" + name;
  if (const std::optional<std::string> there = ReadFileAt(year.get(), name)) {
    if (*there == bytes) {
      ++summary.unchanged;
      now[path] = HashText(bytes);
      return {};
    }
    const auto known = before.find(path);
    if (known == before.end() || known->second != HashText(*there)) KITH_TRY(SetAside(name));
  }
  KITH_TRY(ReplaceFileAt(root.get(), year.get(), name, bytes));
  ++summary.written;
  now[path] = HashText(bytes);
  return {};
}

Result<> MarkdownExport::Add(const EntryId& id, const Content& content) {
  const std::string day = FormatDay(DayOf(content.date));
  const std::string year = day.substr(0, 4);
  KITH_TRY(state_->EnterYear(year));
  const std::string id_text = EntryIdText(id);
  std::string name = day + "-" + id_text.substr(0, kShortId) + ".md";
  if (state_->now.contains(year + "/" + name)) name = day + "-" + id_text + ".md";
  return state_->Write(name, FormatEntry(id, content));
}

Result<> MarkdownExport::State::RemoveGone() {
  for (const auto& [path, hash] : before) {
    if (now.contains(path)) continue;
    const std::string folder = path.substr(0, 4);
    const std::string name = path.substr(5);
    const Fd place(openat(root.get(), folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const std::optional<std::string> there = place.ok() ? ReadFileAt(place.get(), name) : std::nullopt;
    if (!there) continue;
    if (HashText(*there) != hash) {
      ++summary.set_aside;
      continue;
    }
    if (unlinkat(place.get(), name.c_str(), 0) != 0) return DiskError("remove a file of an earlier export");
    ++summary.removed;
    unlinkat(root.get(), folder.c_str(), AT_REMOVEDIR);  // only works when it was the last one
  }
  return {};
}

Result<ExportSummary> MarkdownExport::Finish() {
  const int root = state_->root.get();
  KITH_TRY(state_->RemoveGone());
  KITH_TRY(ReplaceFileAt(root, root, kMarker, FormatMarker(state_->now)));
  if (syncfs(root) != 0) return DiskError("make the export durable");
  return state_->summary;
}

}  // namespace kith
