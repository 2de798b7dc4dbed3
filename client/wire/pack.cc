#include "client/wire/pack.h"

#include <zstd.h>

#include <algorithm>
#include <memory>

#include "client/wire/proto_fields.h"
#include "crypto/base/check.h"
#include "crypto/base/limits.h"
#include "kith/v1/sealed.pb.h"

namespace kith {
namespace {

using wire::Malformed;
using wire::ReadArray;
using wire::ReadId;
using wire::ReadIds;
using wire::Text;

constexpr uint8_t kSuite = 1;
constexpr int kZstdLevel = 1;  // words shrink to half; higher levels cost more than they save

Result<> ReadHash(const std::string& field, std::optional<std::array<uint8_t, 32>>& out) {
  if (field.empty()) return {};
  return ReadArray(field, out.emplace());
}

void WriteCertificate(const SignedLaneCertificate& from, v1::LaneCertificate* to) {
  to->set_body(Text(from.body));
  to->set_signature(Text(from.signature));
}

Result<> ReadCertificate(const v1::LaneCertificate& from, std::optional<SignedLaneCertificate>& to) {
  SignedLaneCertificate certificate{.body = ToBytes(from.body()), .signature = {}};
  KITH_TRY(ReadId(from.signature(), certificate.signature));
  to = std::move(certificate);
  return {};
}

struct CompressorFree {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct DecompressorFree {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Appends a frame to `out`.
void Compress(ByteView plain, Bytes& out) {
  thread_local const std::unique_ptr<ZSTD_CCtx, CompressorFree> context(ZSTD_createCCtx());
  const size_t begin = out.size();
  out.resize(begin + ZSTD_compressBound(plain.size()));
  const size_t size =
      ZSTD_compressCCtx(context.get(), out.data() + begin, out.size() - begin, plain.data(), plain.size(), kZstdLevel);
  KITH_CHECK(!ZSTD_isError(size));
  out.resize(begin + size);
}

// The sum of what the frames say of themselves; nullopt when they are no whole frames that do.
std::optional<unsigned long long> UnpackedSize(ByteView frames) {
  unsigned long long total = 0;
  while (!frames.empty()) {
    const unsigned long long size = ZSTD_getFrameContentSize(frames.data(), frames.size());
    const size_t length = ZSTD_findFrameCompressedSize(frames.data(), frames.size());
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || ZSTD_isError(length)) return std::nullopt;
    total += std::min<unsigned long long>(size, limits::kPackPlain + 1);  // no sum overflows
    frames = frames.subspan(length);
  }
  return total;
}

Result<Bytes> Decompress(ByteView frames) {
  // Making a context costs as much as unpacking a small pack with it.
  thread_local const std::unique_ptr<ZSTD_DCtx, DecompressorFree> context(ZSTD_createDCtx());
  const auto size = UnpackedSize(frames);
  if (!size) return Malformed();
  if (*size > limits::kPackPlain) return Fail(Code::kTooLarge, "a pack is over the limit once unpacked");
  Bytes out(*size);
  const size_t got = ZSTD_decompressDCtx(context.get(), out.data(), out.size(), frames.data(), frames.size());
  if (ZSTD_isError(got) || got != *size) return Malformed();
  return out;
}

// All but the operations.
v1::Pack FieldsOf(const Pack& pack) {
  v1::Pack out;
  out.set_hlc(pack.hlc);
  if (pack.person_head) out.set_person_head(Text(*pack.person_head));
  if (pack.roster_head) out.set_roster_head(Text(*pack.roster_head));
  for (const Seen& seen : pack.seen) {
    v1::Seen* to = out.add_seen();
    to->set_lane(Text(seen.lane));
    to->set_seq(seen.seq);
    to->set_record_id(Text(seen.record));
  }
  if (pack.certificate) WriteCertificate(*pack.certificate, out.mutable_certificate());
  return out;
}

}  // namespace

Bytes LaneCertificate::Encode() const {
  Writer writer;
  writer.U8(kSuite).Raw(mailbox.view()).Raw(lane.view()).Raw(device.view()).Raw(person.view()).Raw(person_head);
  return writer.Take();
}

Result<LaneCertificate> LaneCertificate::Decode(ByteView body) {
  Reader reader(body);
  if (reader.U8() != kSuite) return Fail(Code::kSuiteUnsupported, "written for another cryptographic suite");
  LaneCertificate out;
  out.mailbox = {reader.Array<32>()};
  out.lane = {reader.Array<32>()};
  out.device = {reader.Array<32>()};
  out.person = {reader.Array<32>()};
  out.person_head = reader.Array<32>();
  if (!reader.Done()) return Malformed();
  return out;
}

Bytes EncodeOps(std::span<const Bytes> ops, Compression compression) {
  v1::Pack out;
  for (const Bytes& op : ops) out.add_ops(op.data(), op.size());
  Bytes plain(1 + out.ByteSizeLong());
  plain[0] = static_cast<uint8_t>(Compression::kNone);
  out.SerializeWithCachedSizesToArray(plain.data() + 1);
  if (compression == Compression::kNone) return plain;

  Bytes packed = {static_cast<uint8_t>(Compression::kZstd)};
  Compress(ByteView(plain).subspan(1), packed);
  if (packed.size() >= plain.size()) return plain;
  return packed;
}

Result<std::vector<Bytes>> DecodeOps(ByteView encoded) {
  KITH_TRY_ASSIGN(Pack pack, DecodePack(encoded));
  return std::move(pack.ops);
}

Bytes EncodePack(const Pack& pack, Compression compression) {
  return EncodePack(pack, EncodeOps(pack.ops, compression));
}

// A message may stand in parts one after the other, and so may compressed frames.
Bytes EncodePack(const Pack& pack, ByteView encoded_ops) {
  const Bytes fields = wire::Serialize(FieldsOf(pack));
  Bytes out = {encoded_ops[0]};
  if (encoded_ops[0] == static_cast<uint8_t>(Compression::kZstd)) {
    Compress(fields, out);
  } else {
    out.insert(out.end(), fields.begin(), fields.end());
  }
  out.insert(out.end(), encoded_ops.begin() + 1, encoded_ops.end());
  return out;
}

Result<Pack> DecodePack(ByteView plain) {
  if (plain.empty()) return Malformed();
  const ByteView body = plain.subspan(1);
  if (body.size() > limits::kPackPlain) return Fail(Code::kTooLarge, "a pack is over the limit");
  v1::Pack in;
  if (plain[0] == static_cast<uint8_t>(Compression::kZstd)) {
    KITH_TRY_ASSIGN(const Bytes unpacked, Decompress(body));
    KITH_TRY(wire::ParseInto(unpacked, in));
  } else if (plain[0] == static_cast<uint8_t>(Compression::kNone)) {
    KITH_TRY(wire::ParseInto(body, in));
  } else {
    return Malformed();
  }

  Pack pack;
  pack.hlc = in.hlc();
  KITH_TRY(ReadHash(in.person_head(), pack.person_head));
  KITH_TRY(ReadHash(in.roster_head(), pack.roster_head));
  if (in.seen_size() > static_cast<int>(limits::kSeen)) return Malformed();
  for (const v1::Seen& seen : in.seen()) {
    Seen& to = pack.seen.emplace_back();
    KITH_TRY(ReadId(seen.lane(), to.lane));
    to.seq = seen.seq();
    KITH_TRY(ReadId(seen.record_id(), to.record));
  }
  if (in.has_certificate()) KITH_TRY(ReadCertificate(in.certificate(), pack.certificate));
  pack.ops.reserve(static_cast<size_t>(in.ops_size()));
  for (const std::string& op : in.ops()) pack.ops.push_back(ToBytes(op));
  return pack;
}

Bytes EncodeGeneration(const GenerationBody& body) {
  v1::Generation out;
  for (const GenerationId& parent : body.parents) out.add_parents(Text(parent));
  if (body.roster_head) out.set_roster_head(Text(*body.roster_head));
  for (const OpId& head : body.person_heads) out.add_person_heads(Text(head));
  for (const WrappedKey& wrapped : body.wrapped) {
    v1::WrappedKey* to = out.add_wrapped();
    to->set_generation(Text(wrapped.generation));
    to->set_key(Text(wrapped.key));
  }
  if (body.certificate) WriteCertificate(*body.certificate, out.mutable_certificate());
  out.set_hlc(body.hlc);
  return wire::Serialize(out);
}

Result<GenerationBody> DecodeGeneration(ByteView plain) {
  v1::Generation in;
  KITH_TRY(wire::ParseInto(plain, in));
  GenerationBody body;
  KITH_TRY(ReadIds(in.parents(), body.parents));
  KITH_TRY(ReadHash(in.roster_head(), body.roster_head));
  KITH_TRY(ReadIds(in.person_heads(), body.person_heads));
  for (const v1::WrappedKey& wrapped : in.wrapped()) {
    WrappedKey& to = body.wrapped.emplace_back();
    KITH_TRY(ReadId(wrapped.generation(), to.generation));
    KITH_TRY(ReadArray(wrapped.key(), to.key));
  }
  if (in.has_certificate()) KITH_TRY(ReadCertificate(in.certificate(), body.certificate));
  body.hlc = in.hlc();
  return body;
}

Bytes EncodeBoxes(const std::vector<Bytes>& boxes) {
  Writer writer;
  writer.U16(static_cast<uint16_t>(boxes.size()));
  for (const Bytes& box : boxes) writer.U16(static_cast<uint16_t>(box.size())).Raw(box);
  return writer.Take();
}

Result<AnnouncementView> ParseAnnouncement(ByteView payload) {
  Reader reader(payload);
  const size_t count = reader.U16();
  if (count > limits::kBoxes) return Fail(Code::kTooLarge, "a generation has too many boxes");
  AnnouncementView view;
  for (size_t i = 0; i < count; ++i) view.boxes.push_back(reader.Raw(reader.U16()));
  if (!reader.ok()) return Malformed();
  view.sealed = reader.rest();
  if (!view.sealed.empty() && view.sealed[0] != kSuite) {
    return Fail(Code::kSuiteUnsupported, "written for another cryptographic suite");
  }
  view.boxes_part = payload.first(payload.size() - view.sealed.size());
  return view;
}

}  // namespace kith
