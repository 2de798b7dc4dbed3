#include "client/core/storage.h"

#include <algorithm>

namespace kith::storage {
namespace {

Error Damaged() {
  return Fail(Code::kVaultDamaged,
              "A value in the vault has a wrong length. Restore it from a backup, or link this device anew.");
}

Writer Start(Prefix prefix) {
  Writer writer;
  writer.U8(static_cast<uint8_t>(prefix));
  return writer;
}

// Short texts: a u16 length.
void WriteText(Writer& writer, std::string_view text) {
  writer.U16(static_cast<uint16_t>(text.size())).Raw(AsBytes(text));
}
std::string ReadText(Reader& reader) { return ToString(reader.Raw(reader.U16())); }

template <class IdType>
IdType ReadId(Reader& reader) {
  return IdType{reader.Array<IdType::kSize>()};
}

template <class IdType>
void WriteIds(Writer& writer, const std::vector<IdType>& ids) {
  writer.U16(static_cast<uint16_t>(ids.size()));
  for (const IdType& id : ids) writer.Raw(id.view());
}

template <class IdType>
std::vector<IdType> ReadIds(Reader& reader) {
  std::vector<IdType> ids;
  for (size_t left = reader.U16(); left > 0 && reader.ok(); --left) ids.push_back(ReadId<IdType>(reader));
  return ids;
}

}  // namespace

void WritePlace(Writer& writer, const Place& place) {
  writer.U8(static_cast<uint8_t>(place.kind)).U32(place.owner).U64(place.number);
  if (place.kind == Place::Kind::kRecord) writer.U16(place.index);
}

Place ReadPlace(Reader& reader) {
  Place place;
  place.kind = reader.U8() == 0 ? Place::Kind::kOutbox : Place::Kind::kRecord;
  place.owner = reader.U32();
  place.number = reader.U64();
  if (place.kind == Place::Kind::kRecord) place.index = reader.U16();
  return place;
}

Bytes Key(Prefix prefix) { return Start(prefix).Take(); }
Bytes PersonOpKey(const OpId& id) { return Start(Prefix::kPersonOp).Raw(id.view()).Take(); }
Bytes GenerationKey(const MailboxId& mailbox, const GenerationId& id) {
  return Start(Prefix::kGeneration).Raw(mailbox.view()).Raw(id.view()).Take();
}
Bytes LaneKeyOf(uint32_t lane) { return Start(Prefix::kLane).U32(lane).Take(); }
Bytes RecordKey(uint32_t lane, uint64_t seq) { return Start(Prefix::kRecord).U32(lane).U64(seq).Take(); }
Bytes StatementKey(const MailboxId& mailbox, uint64_t number) {
  return Start(Prefix::kStatement).Raw(mailbox.view()).U64(number).Take();
}
Bytes MailboxKey(const MailboxId& mailbox) { return Start(Prefix::kMailbox).Raw(mailbox.view()).Take(); }
Bytes OutboxKey(uint32_t mailbox, uint64_t number) { return Start(Prefix::kOutbox).U32(mailbox).U64(number).Take(); }
Bytes PackedKey(uint32_t mailbox, uint64_t first) { return Start(Prefix::kPacked).U32(mailbox).U64(first).Take(); }
Bytes OutboxNextKey(uint32_t mailbox) { return Start(Prefix::kOutboxNext).U32(mailbox).Take(); }
Bytes EntryKey(const EntryId& entry) { return Start(Prefix::kEntry).Raw(entry.view()).Take(); }
Bytes DraftKey(const EntryId& draft) { return Start(Prefix::kDraft).Raw(draft.view()).Take(); }
Bytes ListKey(Prefix prefix, const DateKeyBytes& date, const EntryId& entry) {
  return Start(prefix).Raw(date).Raw(entry.view()).Take();
}
Bytes KeyringKey(std::string_view name, ByteView detail) {
  return Start(Prefix::kKeyring).Prefixed(name).Raw(detail).Take();
}
Bytes SeatsKey() { return KeyringKey("seat", {}); }
Bytes SeatKeyOf(const MailboxId& mailbox, const SeatKeyId& seat) {
  return Writer().Raw(SeatsKey()).Raw(mailbox.view()).Raw(seat.view()).Take();
}
Bytes ConfirmationKey() { return KeyringKey("confirmed", {}); }
Bytes LabelKey(const DeviceId& device) { return Start(Prefix::kLabel).Raw(device.view()).Take(); }
Bytes OtherPersonOpKey(const PersonId& person, const OpId& id) {
  return Start(Prefix::kOtherPersonOp).Raw(person.view()).Raw(id.view()).Take();
}
Bytes RosterOpKey(const MailboxId& mailbox, const OpId& id) {
  return Start(Prefix::kRosterOp).Raw(mailbox.view()).Raw(id.view()).Take();
}

Bytes AlarmKey(const MailboxId& mailbox, AlarmKind kind, const LaneKey& lane) {
  return Start(Prefix::kAlarm).Raw(mailbox.view()).U8(static_cast<uint8_t>(kind)).Raw(lane.view()).Take();
}
Bytes KeptCertificateKey(const LaneKey& lane, uint32_t by_lane) {
  return Start(Prefix::kShredding).Raw(lane.view()).U32(by_lane).Take();
}
Bytes ProofKey(uint32_t lane) { return Start(Prefix::kProof).U32(lane).Take(); }
Bytes CitedKey(uint32_t lane) { return Start(Prefix::kCited).U32(lane).Take(); }

Bytes After(Bytes prefix) {
  while (!prefix.empty() && prefix.back() == 0xff) prefix.pop_back();
  if (!prefix.empty()) ++prefix.back();
  return prefix;
}

Bytes Packed::Encode() const { return Writer().U16(count).U32(lane).U64(seq).Take(); }

Result<Packed> Packed::Decode(ByteView key, ByteView value) {
  Reader tail(key.last(std::min<size_t>(key.size(), 8)));
  Reader reader(value);
  Packed out{.first = tail.U64(), .count = reader.U16(), .lane = reader.U32(), .seq = reader.U64()};
  if (!tail.Done() || !reader.Done()) return Damaged();
  return out;
}

Bytes OutboxRun::Encode() const { return Writer().U16(count).U32(size).Raw(ops).Take(); }

Result<OutboxRun> OutboxRun::Decode(ByteView key, ByteView value) {
  Reader tail(key.last(std::min<size_t>(key.size(), 8)));
  Reader reader(value);
  OutboxRun out{.first = tail.U64(), .count = reader.U16(), .size = reader.U32(), .ops = {}};
  const ByteView ops = reader.rest();
  out.ops.assign(ops.begin(), ops.end());
  if (!tail.Done() || !reader.ok() || out.count == 0 || out.ops.empty()) return Damaged();
  return out;
}

Bytes EntryVersions::Encode() const {
  Writer writer;
  writer.U8(static_cast<uint8_t>(listed)).Raw(date).U16(static_cast<uint16_t>(items.size()));
  for (const Item& item : items) {
    writer.Raw(item.id.view()).U64(item.hlc).U8(static_cast<uint8_t>(item.state));
    WritePlace(writer, item.place);
    writer.U8(static_cast<uint8_t>(item.parents.size()));
    for (const VersionId& parent : item.parents) writer.Raw(parent.view());
  }
  return writer.Take();
}

Result<EntryVersions> EntryVersions::Decode(ByteView bytes) {
  Reader reader(bytes);
  EntryVersions out;
  out.listed = static_cast<Listed>(reader.U8());
  out.date = reader.Array<8>();
  const size_t count = reader.U16();
  for (size_t i = 0; i < count && reader.ok(); ++i) {
    Item& item = out.items.emplace_back();
    item.id = ReadId<VersionId>(reader);
    item.hlc = reader.U64();
    item.state = static_cast<VersionState>(reader.U8());
    item.place = ReadPlace(reader);
    item.parents.resize(reader.U8());
    for (VersionId& parent : item.parents) parent = ReadId<VersionId>(reader);
  }
  if (!reader.Done()) return Damaged();
  return out;
}

Bytes Summary::Encode() const {
  Writer writer;
  writer.U8(static_cast<uint8_t>((starred ? 1 : 0) | (conflict ? 2 : 0) | (date.day_only ? 4 : 0)));
  writer.U32(static_cast<uint32_t>(date.year)).U8(date.month).U8(date.day).U32(date.second);
  writer.U64(static_cast<uint64_t>(date.instant_ms));
  WriteText(writer, date.zone);
  WriteText(writer, kind);
  WriteText(writer, title);
  WriteText(writer, journal);
  WriteText(writer, first_line);
  writer.U16(static_cast<uint16_t>(tags.size()));
  for (const std::string& tag : tags) WriteText(writer, tag);
  return writer.Take();
}

Result<Summary> Summary::Decode(ByteView bytes) {
  Reader reader(bytes);
  Summary out;
  const uint8_t flags = reader.U8();
  out.starred = (flags & 1) != 0;
  out.conflict = (flags & 2) != 0;
  out.date.day_only = (flags & 4) != 0;
  out.date.year = static_cast<int32_t>(reader.U32());
  out.date.month = reader.U8();
  out.date.day = reader.U8();
  out.date.second = reader.U32();
  out.date.instant_ms = static_cast<int64_t>(reader.U64());
  out.date.zone = ReadText(reader);
  out.kind = ReadText(reader);
  out.title = ReadText(reader);
  out.journal = ReadText(reader);
  out.first_line = ReadText(reader);
  const size_t tags = reader.U16();
  for (size_t i = 0; i < tags && reader.ok(); ++i) out.tags.push_back(ReadText(reader));
  if (!reader.Done()) return Damaged();
  return out;
}

Bytes Lane::Encode() const {
  Writer writer;
  writer.U32(number).Raw(mailbox.view()).Raw(key.view()).U8(seed ? 1 : 0);
  if (seed) writer.Raw(*seed);
  writer.U8(retired ? 1 : 0)
      .Raw(device.view())
      .Raw(person.view())
      .U64(stored_seq)
      .Raw(stored_id.view())
      .U64(applied_seq)
      .U64(acked_seq);
  writer.U64(beyond).Raw(generation.view()).U64(last_hlc).U8(broken).U64(passed_with).U64(taken_to);
  writer.U64(opened).U64(shut_out).U16(static_cast<uint16_t>(passed_over.size()));
  for (const auto& [first, last] : passed_over) writer.U64(first).U64(last);
  return writer.Take();
}

Result<Lane> Lane::Decode(ByteView bytes) {
  Reader reader(bytes);
  Lane out;
  out.number = reader.U32();
  out.mailbox = ReadId<MailboxId>(reader);
  out.key = ReadId<LaneKey>(reader);
  if (reader.U8() != 0) out.seed = reader.Array<32>();
  out.retired = reader.U8() != 0;
  out.device = ReadId<DeviceId>(reader);
  out.person = ReadId<PersonId>(reader);
  out.stored_seq = reader.U64();
  out.stored_id = ReadId<RecordId>(reader);
  out.applied_seq = reader.U64();
  out.acked_seq = reader.U64();
  out.beyond = reader.U64();
  out.generation = ReadId<GenerationId>(reader);
  out.last_hlc = reader.U64();
  out.broken = reader.U8();
  out.passed_with = reader.U64();
  out.taken_to = reader.U64();
  out.opened = reader.U64();
  out.shut_out = reader.U64();
  for (size_t left = reader.U16(); left > 0 && reader.ok(); --left) {
    const uint64_t first = reader.U64();
    out.passed_over.emplace_back(first, reader.U64());
  }
  if (!reader.Done()) return Damaged();
  return out;
}

Bytes Cited::Encode() const { return Writer().U64(seq).Raw(record.view()).U32(by).U64(at).Take(); }

Result<Cited> Cited::Decode(ByteView bytes) {
  Reader reader(bytes);
  Cited out{.seq = reader.U64(), .record = ReadId<RecordId>(reader), .by = reader.U32(), .at = reader.U64()};
  if (!reader.Done()) return Damaged();
  return out;
}

Bytes Beat::Encode() const { return Writer().U64(at_ms).U64(number).Take(); }

Result<Beat> Beat::Decode(ByteView bytes) {
  Reader reader(bytes);
  Beat out{.at_ms = reader.U64(), .number = reader.U64()};
  if (!reader.Done()) return Damaged();
  return out;
}

Bytes Identity::Encode() const {
  return Writer().Raw(sign_seed).Raw(box_secret).Raw(person.view()).Raw(self_mailbox.view()).Take();
}

Result<Identity> Identity::Decode(ByteView bytes) {
  Reader reader(bytes);
  Identity out;
  out.sign_seed = reader.Array<32>();
  out.box_secret = reader.Array<32>();
  out.person = ReadId<PersonId>(reader);
  out.self_mailbox = ReadId<MailboxId>(reader);
  if (!reader.Done()) return Damaged();
  return out;
}

Bytes MailboxSync::Encode() const {
  Writer writer;
  writer.U32(number);
  WriteText(writer, relay_address);
  writer.Raw(relay_key.view()).Raw(epoch.view()).U64(cursor_seq).Raw(cursor_chain.view()).U64(statements_there);
  writer.U8(static_cast<uint8_t>((created ? 1 : 0) | (rereading ? 2 : 0) | (unread ? 4 : 0)))
      .U16(static_cast<uint16_t>(tokens.size()));
  for (const Bytes& token : tokens) writer.Prefixed(token);
  return writer.Take();
}

Result<MailboxSync> MailboxSync::Decode(ByteView bytes) {
  Reader reader(bytes);
  MailboxSync out;
  out.number = reader.U32();
  out.relay_address = ReadText(reader);
  out.relay_key = ReadId<SignPublic>(reader);
  out.epoch = ReadId<RelayEpoch>(reader);
  out.cursor_seq = reader.U64();
  out.cursor_chain = ReadId<Chain>(reader);
  out.statements_there = reader.U64();
  const uint8_t flags = reader.U8();
  out.created = (flags & 1) != 0;
  out.rereading = (flags & 2) != 0;
  out.unread = (flags & 4) != 0;
  const size_t tokens = reader.U16();
  for (size_t i = 0; i < tokens && reader.ok(); ++i) {
    const ByteView token = reader.Prefixed();
    out.tokens.emplace_back(token.begin(), token.end());
  }
  if (!reader.Done()) return Damaged();
  return out;
}

Bytes Counts::Encode() const { return Writer().U64(listed).U64(deleted).Take(); }

Result<Counts> Counts::Decode(ByteView bytes) {
  Reader reader(bytes);
  Counts out{.listed = reader.U64(), .deleted = reader.U64()};
  if (!reader.Done()) return Damaged();
  return out;
}

Bytes StoredGeneration::Encode() const {
  Writer writer;
  writer.Raw(key).U64(order).U8(coverage ? 1 : 0);
  if (coverage) {
    writer.Raw(coverage->roster_head);
    WriteIds(writer, coverage->person_heads);
    writer.U32(coverage->lane).U64(coverage->seq);
  }
  return writer.Take();
}

Result<StoredGeneration> StoredGeneration::Decode(ByteView bytes) {
  Reader reader(bytes);
  StoredGeneration out;
  out.key = reader.Array<32>();
  out.order = reader.U64();
  if (reader.U8() != 0) {
    Coverage& coverage = out.coverage.emplace();
    coverage.roster_head = reader.Array<32>();
    coverage.person_heads = ReadIds<OpId>(reader);
    coverage.lane = reader.U32();
    coverage.seq = reader.U64();
  }
  if (!reader.Done()) return Damaged();
  return out;
}

Bytes StoredSeat::Encode() const {
  Writer writer;
  writer.U64(hlc).Raw(seed).Raw(told_under.view());
  WriteIds(writer, known);
  return writer.Take();
}

Result<StoredSeat> StoredSeat::Decode(ByteView bytes) {
  Reader reader(bytes);
  StoredSeat out;
  out.hlc = reader.U64();
  out.seed = reader.Array<32>();
  out.told_under = ReadId<GenerationId>(reader);
  out.known = ReadIds<OpId>(reader);
  if (!reader.Done()) return Damaged();
  return out;
}

Bytes SaidEnd::Key() const { return Start(Prefix::kLaneEnd).U32(lane).U32(by_lane).U64(by_seq).Take(); }
Bytes SaidEnd::Encode() const { return Writer().U64(seq).Raw(record.view()).Take(); }

Result<SaidEnd> SaidEnd::Decode(ByteView key, ByteView value) {
  Reader name(key);
  Reader reader(value);
  SaidEnd out;
  name.U8();
  out.lane = name.U32();
  out.by_lane = name.U32();
  out.by_seq = name.U64();
  out.seq = reader.U64();
  out.record = ReadId<RecordId>(reader);
  if (!name.Done() || !reader.Done()) return Damaged();
  return out;
}

Bytes EncodeRecord(const SignedRecord& record) {
  Bytes out;
  out.reserve(record.header.size() + Signature::kSize + record.payload.size());
  out.insert(out.end(), record.header.begin(), record.header.end());
  out.insert(out.end(), record.signature.value.begin(), record.signature.value.end());
  out.insert(out.end(), record.payload.begin(), record.payload.end());
  return out;
}

Result<SignedRecord> DecodeRecord(ByteView bytes) {
  if (bytes.size() < RecordHeader::kSize + Signature::kSize) return Damaged();
  SignedRecord out;
  const ByteView header = bytes.first(RecordHeader::kSize);
  const ByteView payload = bytes.subspan(RecordHeader::kSize + Signature::kSize);
  out.header.assign(header.begin(), header.end());
  out.signature = *Signature::From(bytes.subspan(RecordHeader::kSize, Signature::kSize));
  out.payload.assign(payload.begin(), payload.end());
  return out;
}

Bytes EncodeStatement(const SignedStatement& statement) {
  return Writer().Raw(statement.signature.view()).Raw(statement.body).Take();
}

Result<SignedStatement> DecodeStatement(ByteView bytes) {
  if (bytes.size() < Signature::kSize) return Damaged();
  const ByteView body = bytes.subspan(Signature::kSize);
  return SignedStatement{.body = Bytes(body.begin(), body.end()),
                         .signature = *Signature::From(bytes.first(Signature::kSize))};
}

Bytes EncodeU64(uint64_t value) { return Writer().U64(value).Take(); }

Result<uint64_t> DecodeU64(ByteView bytes) {
  Reader reader(bytes);
  const uint64_t value = reader.U64();
  if (!reader.Done()) return Damaged();
  return value;
}

}  // namespace kith::storage
