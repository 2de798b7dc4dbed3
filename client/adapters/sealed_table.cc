#include "client/adapters/sealed_table.h"

#include <algorithm>

namespace kith::sealed {
namespace {

using leveldb::Slice;
using leveldb::Status;

constexpr size_t kWriteChunk = 16 * kPage;  // given to the disk at once

ByteView AsView(const Slice& slice) { return {reinterpret_cast<const uint8_t*>(slice.data()), slice.size()}; }
Slice AsSlice(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

Status Damaged() { return Status::Corruption("a sealed table is damaged, or belongs to another vault"); }

// Every page holds kPagePlain bytes, if the header is counted as the first bytes of page 0. So plaintext offset p is
// byte p + kHeaderSize of that longer text, and the arithmetic is the same for all pages.
class TableReader final : public leveldb::RandomAccessFile {
 public:
  TableReader(std::unique_ptr<leveldb::RandomAccessFile> file, uint64_t size, uint64_t plain_size, PageCipher cipher)
      : file_(std::move(file)),
        size_(size),
        text_end_(plain_size + kHeaderSize),
        last_page_((size - 1) / kPage),
        cipher_(std::move(cipher)) {}

  Status Read(uint64_t offset, size_t n, Slice* result, char* scratch) const override {
    *result = Slice(scratch, 0);
    const uint64_t from = std::min<uint64_t>(offset, text_end_ - kHeaderSize) + kHeaderSize;
    const uint64_t to = from + std::min<uint64_t>(n, text_end_ - from);
    if (from == to) return Status::OK();
    const uint64_t first = from / kPagePlain;
    const uint64_t last = (to - 1) / kPagePlain;
    std::array<uint8_t, kStackPages * kPage> stack;
    Bytes heap;
    uint8_t* sealed = stack.data();
    if (last - first >= kStackPages) {
      heap.resize((last - first + 1) * kPage);
      sealed = heap.data();
    }
    Slice got;
    const uint64_t start = first * kPage;
    const size_t want = static_cast<size_t>(std::min<uint64_t>((last + 1) * kPage, size_) - start);
    const Status status = file_->Read(start, want, &got, reinterpret_cast<char*>(sealed));
    if (!status.ok()) return status;
    if (got.size() != want) return Damaged();
    ByteView rest = AsView(got);
    for (uint64_t number = first; number <= last; ++number) {
      const ByteView page = rest.first(std::min(rest.size(), kPage));
      rest = rest.subspan(page.size());
      if (!OpenPage(number, page, from, to, reinterpret_cast<uint8_t*>(scratch))) return Damaged();
    }
    *result = Slice(scratch, static_cast<size_t>(to - from));
    return Status::OK();
  }

  // The last page's mark shows that nothing was cut off.
  bool EndIsIntact() const {
    Bytes scratch(kPagePlain);
    Slice got;
    const uint64_t start = std::max<uint64_t>(last_page_ * kPagePlain, kHeaderSize) - kHeaderSize;
    const bool intact = text_end_ == kHeaderSize
                            ? OpenEmpty()
                            : Read(start, kPagePlain, &got, reinterpret_cast<char*>(scratch.data())).ok();
    Wipe(scratch);
    return intact;
  }

 private:
  static constexpr size_t kStackPages = 3;  // a block of LevelDB's, wherever it begins

  // Copies what lies in [from, to) of this page's text to its place in `out`, which begins at `from`.
  bool OpenPage(uint64_t number, ByteView page, uint64_t from, uint64_t to, uint8_t* out) const {
    const size_t lead = number == 0 ? kHeaderSize : 0;
    const ByteView sealed = page.subspan(lead);
    const uint8_t flags = number == last_page_ ? kLastPageFlags : kPageFlags;
    const uint64_t text = number * kPagePlain + lead;
    if (sealed.size() < kPageTag) return false;
    const size_t size = sealed.size() - kPageTag;
    if (text >= from && text + size <= to) return cipher_.Decrypt(number, flags, sealed, out + (text - from));
    std::array<uint8_t, kPagePlain> plain;
    const bool opened = cipher_.Decrypt(number, flags, sealed, plain.data());
    if (opened) {
      const uint64_t begin = std::max(from, text);
      const uint64_t end = std::min<uint64_t>(to, text + size);
      std::copy(plain.data() + (begin - text), plain.data() + (end - text), out + (begin - from));
      Wipe(std::span(plain).first(size));
    }
    return opened;
  }

  bool OpenEmpty() const {
    std::array<char, kHeaderSize + kPageTag> sealed;
    Slice got;
    uint8_t none = 0;
    return file_->Read(0, sealed.size(), &got, sealed.data()).ok() && got.size() == sealed.size() &&
           cipher_.Decrypt(0, kLastPageFlags, AsView(got).subspan(kHeaderSize), &none);
  }

  const std::unique_ptr<leveldb::RandomAccessFile> file_;
  const uint64_t size_;
  const uint64_t text_end_;
  const uint64_t last_page_;
  const PageCipher cipher_;
};

}  // namespace

std::optional<uint64_t> TablePlainSize(uint64_t size) {
  if (size < kHeaderSize + kPageTag) return std::nullopt;
  const uint64_t rest = size % kPage;
  if (size > kPage && rest != 0 && rest <= kPageTag) return std::nullopt;  // a page after the first is never empty
  return size - kHeaderSize - kPageTag * ((size + kPage - 1) / kPage);
}

// ---- Writing

TableWriter::TableWriter(std::unique_ptr<leveldb::WritableFile> file, const VaultKey& key)
    : TableWriter(std::move(file), key, NewHeader(Kind::kPages)) {}

TableWriter::TableWriter(std::unique_ptr<leveldb::WritableFile> file, const VaultKey& key, const Header& header)
    : file_(std::move(file)), cipher_(key, header.salt), sealed_(WriteHeader(header)) {
  sealed_.reserve(kWriteChunk);
}

Status TableWriter::Append(const Slice& data) {
  if (finished_ && status_.ok()) status_ = Status::NotSupported("a sealed table ends where it is synced");
  ByteView rest = AsView(data);
  while (status_.ok() && !rest.empty()) {
    if (PageRoom() == 0) {  // only now is it known not to be the last
      SealPage(kPageFlags);
      if (sealed_.size() >= kWriteChunk) status_ = Emit();
    }
    const ByteView piece = rest.first(std::min(rest.size(), PageRoom()));
    page_.Append(piece);
    rest = rest.subspan(piece.size());
  }
  return status_;
}

Status TableWriter::Sync() {
  if (Finish().ok()) status_ = file_->Sync();
  return status_;
}

Status TableWriter::Close() {
  if (!file_) return status_;
  status_ = Finish();
  const Status closed = file_->Close();
  file_.reset();
  if (status_.ok()) status_ = closed;
  return status_;
}

void TableWriter::SealPage(uint8_t flags) {
  const size_t before = sealed_.size();
  sealed_.resize(before + page_.size() + kPageTag);
  cipher_.Encrypt(number_++, flags, page_.view(), sealed_.data() + before);
  page_.Clear();
}

Status TableWriter::Emit() {
  status_ = file_->Append(AsSlice(sealed_));
  sealed_.clear();
  return status_;
}

Status TableWriter::Finish() {
  if (finished_ || !status_.ok()) return status_;
  finished_ = true;
  SealPage(kLastPageFlags);
  return Emit();
}

Status OpenTable(std::unique_ptr<leveldb::RandomAccessFile> file, uint64_t size, const VaultKey& key,
                 std::unique_ptr<leveldb::RandomAccessFile>* result) {
  std::array<char, kHeaderSize> bytes;
  Slice got;
  const Status status = file->Read(0, bytes.size(), &got, bytes.data());
  if (!status.ok()) return status;
  const std::optional<Header> header = ReadHeader(AsView(got));
  const std::optional<uint64_t> plain_size = TablePlainSize(size);
  if (!header || header->kind != Kind::kPages || !plain_size) return Damaged();
  auto table = std::make_unique<TableReader>(std::move(file), size, *plain_size, PageCipher(key, header->salt));
  if (!table->EndIsIntact()) return Damaged();
  *result = std::move(table);
  return Status::OK();
}

}  // namespace kith::sealed
