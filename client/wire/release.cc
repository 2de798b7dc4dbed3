#include "client/wire/release.h"

#include "crypto/base/limits.h"

namespace kith {
namespace {

Error Malformed() { return Fail(Code::kMalformed, "a message about a share has a wrong layout"); }

constexpr size_t kMostRelay = 300;  // bytes of an address and a key

}  // namespace

Bytes EntrustedShare::Encode() const {
  return Writer()
      .U8(needed)
      .U8(made)
      .U64(delay_ms)
      .Raw(mailbox.view())
      .Raw(person.view())
      .Prefixed(relay)
      .Prefixed(words)
      .Take();
}

Result<EntrustedShare> EntrustedShare::Decode(ByteView bytes) {
  Reader reader(bytes);
  EntrustedShare share;
  share.needed = reader.U8();
  share.made = reader.U8();
  share.delay_ms = reader.U64();
  share.mailbox = {reader.Array<32>()};
  share.person = {reader.Array<32>()};
  const ByteView relay = reader.Prefixed();
  share.relay = ToString(relay);
  share.words = ToString(reader.Prefixed());
  const bool sound = reader.Done() && share.needed >= 2 && share.made >= share.needed &&
                     share.made <= limits::kTrustees && relay.size() <= kMostRelay;
  return sound ? Result<EntrustedShare>(std::move(share)) : Malformed();
}

Bytes ReleaseRequest::Encode() const { return Writer().Raw(claim.view()).Take(); }

Result<ReleaseRequest> ReleaseRequest::Decode(ByteView bytes) {
  Reader reader(bytes);
  ReleaseRequest request{.claim = {reader.Array<32>()}};
  return reader.Done() ? Result<ReleaseRequest>(request) : Malformed();
}

Bytes ReleaseReply::Encode() const {
  return Writer()
      .U8(static_cast<uint8_t>(outcome))
      .U64(due_ms)
      .Raw(authority.view())
      .Prefixed(box)
      .Raw(person.view())
      .Prefixed(witness)
      .Take();
}

Result<ReleaseReply> ReleaseReply::Decode(ByteView bytes) {
  Reader reader(bytes);
  ReleaseReply reply;
  const uint8_t outcome = reader.U8();
  reply.due_ms = reader.U64();
  reply.authority = {reader.Array<32>()};
  const ByteView box = reader.Prefixed();
  reply.person = {reader.Array<32>()};
  const ByteView witness = reader.Prefixed();
  const bool sound = reader.Done() && outcome >= static_cast<uint8_t>(Outcome::kReleased) &&
                     outcome <= static_cast<uint8_t>(Outcome::kNoShare) && box.size() <= limits::kTrusteeBox &&
                     witness.size() <= limits::kTrusteeBox;
  if (!sound) return Malformed();
  reply.outcome = static_cast<Outcome>(outcome);
  reply.box = Bytes(box.begin(), box.end());
  reply.witness = Bytes(witness.begin(), witness.end());
  return reply;
}

}  // namespace kith
