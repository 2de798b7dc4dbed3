#include "client/exchange/gzip.h"

#include <zlib.h>

#include <array>
#include <fstream>

namespace kith {

struct GunzipFile::State {
  ~State() { inflateEnd(&stream); }

  std::ifstream file;
  z_stream stream{};
  std::array<char, 64 * 1024> in{};
  std::array<char, 256 * 1024> out{};
  uint64_t packed = 0;
  uint64_t expanded = 0;
  bool member_ended = false;  // at a place where the file may end
  bool ended = false;
  bool whole = false;
};

GunzipFile::GunzipFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
GunzipFile::GunzipFile(GunzipFile&&) noexcept = default;
GunzipFile::~GunzipFile() = default;

Result<GunzipFile> GunzipFile::Open(const std::filesystem::path& path) {
  auto state = std::make_unique<State>();
  state->file.open(path, std::ios::binary);
  constexpr int kGzipWindow = 15 + 16;  // largest window; gzip header and no other
  if (!state->file || inflateInit2(&state->stream, kGzipWindow) != Z_OK) {
    return Fail(Code::kImportUnreadable, "the file cannot be opened");
  }
  return GunzipFile(std::move(state));
}

std::string_view GunzipFile::Next() {
  State& s = *state_;
  s.stream.next_out = reinterpret_cast<Bytef*>(s.out.data());
  s.stream.avail_out = static_cast<uInt>(s.out.size());
  while (!s.ended && s.stream.avail_out > 0) {
    if (s.stream.avail_in == 0) {
      s.file.read(s.in.data(), static_cast<std::streamsize>(s.in.size()));
      s.stream.next_in = reinterpret_cast<Bytef*>(s.in.data());
      s.stream.avail_in = static_cast<uInt>(s.file.gcount());
      s.packed += s.stream.avail_in;
    }
    if (s.stream.avail_in == 0) {
      s.ended = true;
      s.whole = s.member_ended;
      break;
    }
    if (s.member_ended) inflateReset(&s.stream);  // another member follows
    const int status = inflate(&s.stream, Z_NO_FLUSH);
    s.member_ended = status == Z_STREAM_END;
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) s.ended = true;
  }
  const size_t length = s.out.size() - s.stream.avail_out;
  s.expanded += length;
  return {s.out.data(), length};
}

bool GunzipFile::whole() const { return state_->whole; }
uint64_t GunzipFile::packed_bytes() const { return state_->packed; }
uint64_t GunzipFile::expanded_bytes() const { return state_->expanded; }

}  // namespace kith
