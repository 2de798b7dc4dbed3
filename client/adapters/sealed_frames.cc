#include "client/adapters/sealed_frames.h"

#include <algorithm>
#include <optional>

namespace kith::sealed {
namespace {

using leveldb::Slice;
using leveldb::Status;

ByteView AsView(const Slice& slice) { return {reinterpret_cast<const uint8_t*>(slice.data()), slice.size()}; }
Slice AsSlice(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

bool AllZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

void PutFrameHeader(uint32_t length, uint8_t* out) {
  for (int i = 0; i < 4; ++i) {
    out[i] = static_cast<uint8_t>(length >> (24 - 8 * i));
    out[4 + i] = static_cast<uint8_t>(~out[i]);
  }
}

// The length of the sealed bytes that follow, if these eight bytes can be a frame's header.
std::optional<size_t> FrameLength(ByteView header) {
  Reader in(header);
  const uint32_t length = in.U32();
  const uint32_t complement = in.U32();
  const bool sane =
      length == static_cast<uint32_t>(~complement) && length > kPageTag && length <= kFramePlain + kPageTag;
  return sane ? std::optional<size_t>(length) : std::nullopt;
}

// Whether some sector of the disk that `bytes` (from `start` in the file) covers, in part or whole, reads as zeros: how
// a sector looks that was allotted but never written. Sealed bytes do not look like that.
bool HasUnwrittenSector(uint64_t start, ByteView bytes) {
  while (!bytes.empty()) {
    const size_t piece = std::min<size_t>(bytes.size(), kSector - start % kSector);
    if (AllZero(bytes.first(piece))) return true;
    bytes = bytes.subspan(piece);
    start += piece;
  }
  return false;
}

}  // namespace

Status ReadFully(leveldb::SequentialFile& file, size_t n, Bytes* result) {
  const size_t before = result->size();
  result->resize(before + n);
  size_t done = 0;
  while (done < n) {
    char* const to = reinterpret_cast<char*>(result->data() + before + done);
    Slice got;
    const Status status = file.Read(n - done, &got, to);
    if (!status.ok()) return status;
    if (got.empty()) break;
    if (got.data() != to) std::copy_n(got.data(), got.size(), to);
    done += got.size();
  }
  result->resize(before + done);
  return Status::OK();
}

// ---- Writing

Status FrameWriter::Start(std::unique_ptr<leveldb::WritableFile> file, const VaultKey& key, FrameHooks hooks,
                          leveldb::WritableFile** result) {
  const Header header = NewHeader(Kind::kFrames);
  Status status = file->Append(AsSlice(WriteHeader(header)));
  if (status.ok()) status = file->Sync();
  if (!status.ok()) return status;
  *result = new FrameWriter(std::move(file), PageCipher(key, header.salt), std::move(hooks));
  return status;
}

FrameWriter::~FrameWriter() {
  [[maybe_unused]] const Status closed = Close();  // nobody is left to be told
}

Status FrameWriter::Append(const Slice& data) {
  ByteView rest = AsView(data);
  while (broken_.ok() && !rest.empty()) {
    const size_t piece = std::min(rest.size(), kFramePlain - plain_.size());
    plain_.Append(rest.first(piece));
    rest = rest.subspan(piece);
    if (plain_.size() == kFramePlain) broken_ = WriteFrame();
  }
  return broken_;
}

Status FrameWriter::Sync() {
  if (!broken_.ok() || plain_.empty()) return broken_;
  return WriteFrame();
}

Status FrameWriter::Close() {
  if (!file_) return broken_;
  const Status status = Sync();
  const Status closed = file_->Close();
  file_.reset();
  return status.ok() ? closed : status;
}

Status FrameWriter::WriteFrame() {
  const size_t length = plain_.size() + kPageTag;
  sealed_.resize(kFrameHeader + length);
  PutFrameHeader(static_cast<uint32_t>(length), sealed_.data());
  cipher_.Encrypt(number_++, kFrameFlags, plain_.view(), sealed_.data() + kFrameHeader);
  plain_.Clear();
  broken_ = hooks_.before_sync();
  if (broken_.ok()) broken_ = file_->Append(AsSlice(sealed_));
  if (broken_.ok()) broken_ = file_->Sync();
  if (broken_.ok()) {
    good_end_ += sealed_.size();
  } else {
    hooks_.on_failure(good_end_);
  }
  return broken_;
}

// ---- Reading

Status FrameReader::Start(std::unique_ptr<leveldb::SequentialFile> file, uint64_t end, const VaultKey& key,
                          std::unique_ptr<leveldb::SequentialFile>* result) {
  Bytes bytes;
  const Status status = ReadFully(*file, static_cast<size_t>(std::min<uint64_t>(end, kHeaderSize)), &bytes);
  if (!status.ok()) return status;
  std::optional<Header> header = ReadHeader(bytes);
  // The header is synced before anything else is written, so where it is missing nothing ever followed.
  const bool never_written = !header && end <= kHeaderSize && (bytes.size() < kHeaderSize || AllZero(bytes));
  if (never_written) header = NewHeader(Kind::kFrames);
  if (!header || header->kind != Kind::kFrames) return Status::Corruption("not a sealed file of this vault");
  result->reset(new FrameReader(std::move(file), std::max<uint64_t>(end, kHeaderSize), PageCipher(key, header->salt)));
  return Status::OK();
}

Status FrameReader::Read(size_t n, Slice* result, char* scratch) {
  size_t done = 0;
  *result = Slice(scratch, 0);
  while (done < n) {
    if (used_ == plain_.size()) {
      const Status status = NextFrame();
      if (!status.ok()) return status;
      if (at_end_) break;
    }
    const ByteView piece = plain_.view().subspan(used_, std::min(n - done, plain_.size() - used_));
    std::copy(piece.begin(), piece.end(), reinterpret_cast<uint8_t*>(scratch) + done);
    used_ += piece.size();
    done += piece.size();
  }
  *result = Slice(scratch, done);
  return Status::OK();
}

Status FrameReader::Skip(uint64_t n) {
  while (n > 0 && !at_end_) {
    const size_t step = static_cast<size_t>(std::min<uint64_t>(n, plain_.size() - used_));
    used_ += step;
    n -= step;
    if (n == 0) break;
    const Status status = NextFrame();
    if (!status.ok()) return status;
  }
  return Status::OK();
}

Status FrameReader::NextFrame() {
  plain_.Clear();
  used_ = 0;
  at_end_ = at_end_ || position_ >= end_;
  if (at_end_) return Status::OK();
  const uint64_t start = position_;
  const uint64_t left = end_ - start;
  Bytes frame;
  Status status = ReadFully(*file_, static_cast<size_t>(std::min<uint64_t>(left, kFrameHeader)), &frame);
  if (!status.ok()) return status;
  const std::optional<size_t> length = FrameLength(frame);
  if (!length) return JudgeTail(start, std::move(frame));
  if (*length > left - kFrameHeader) {  // cut short: no whole frame can follow
    at_end_ = true;
    return Status::OK();
  }
  status = ReadFully(*file_, *length, &frame);
  if (!status.ok()) return status;
  if (frame.size() != kFrameHeader + *length) return Status::IOError("a sealed file shrank while it was read");
  position_ += frame.size();
  uint8_t* const plain = plain_.Reset(*length - kPageTag);
  if (cipher_.Decrypt(number_, kFrameFlags, ByteView(frame).subspan(kFrameHeader), plain)) {
    ++number_;
    return Status::OK();
  }
  plain_.Clear();
  return JudgeTail(start, std::move(frame));
}

// Torn by a power cut means: the last frame, with something of it never written. A frame that is all there and does
// not verify is damaged, and so is one with an intact frame behind it.
Status FrameReader::JudgeTail(uint64_t start, Bytes bytes) {
  const Status damaged = Status::Corruption("a sealed file is damaged, or belongs to another vault");
  const uint64_t tail = end_ - start;
  if (tail > 2 * (kFrameHeader + kFramePlain + kPageTag)) return damaged;  // more than one torn frame could leave
  const Status status = ReadFully(*file_, static_cast<size_t>(tail) - bytes.size(), &bytes);
  if (!status.ok()) return status;
  const bool cut_short = bytes.size() < kFrameHeader;
  if (!cut_short && (!HasUnwrittenSector(start, bytes) || IntactFrameIn(bytes))) return damaged;
  at_end_ = true;
  return Status::OK();
}

// Looks for the frames that could follow the bad one. Bytes that look like very many frames were not made by chance:
// those count as one.
bool FrameReader::IntactFrameIn(ByteView bytes) const {
  constexpr uint64_t kFramesAhead = 256;  // more than fit into the few sectors that fail together
  constexpr int kMostTries = 1 << 14;
  int tries = 0;
  WipedBuffer plain;
  for (size_t at = 1; at + kFrameHeader + kPageTag < bytes.size(); ++at) {
    const std::optional<size_t> length = FrameLength(bytes.subspan(at, kFrameHeader));
    if (!length || *length > bytes.size() - at - kFrameHeader) continue;
    const ByteView sealed = bytes.subspan(at + kFrameHeader, *length);
    for (uint64_t ahead = 1; ahead <= kFramesAhead; ++ahead) {
      if (++tries > kMostTries) return true;
      if (cipher_.Decrypt(number_ + ahead, kFrameFlags, sealed, plain.Reset(*length - kPageTag))) return true;
    }
  }
  return false;
}

}  // namespace kith::sealed
