#include "crypto/verify/relay_auth.h"

#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "crypto/verify/record.h"

namespace kith {

Bytes Hello::Encode() const {
  Writer writer;
  writer.U8(kSuite1).Raw(relay_key.view()).Raw(epoch.view()).Raw(nonce.view()).U64(time_ms).Raw(spki_hash);
  return writer.Take();
}

Result<Hello> Hello::Open(ByteView body, const Signature& signature) {
  Reader reader(body);
  const uint8_t suite = reader.U8();
  if (!reader.ok()) return Fail(Code::kMalformed);
  if (suite != kSuite1) return Fail(Code::kSuiteUnsupported);
  Hello hello;
  hello.relay_key.value = reader.Array<32>();
  hello.epoch.value = reader.Array<16>();
  hello.nonce.value = reader.Array<16>();
  hello.time_ms = reader.U64();
  hello.spki_hash = reader.Array<32>();
  if (!reader.Done()) return Fail(Code::kMalformed);
  KITH_TRY(kith::Verify(hello.relay_key, labels::kSignHello, body, signature));
  return hello;
}

Bytes RequestAuth::Encode(ByteView body) const {
  Writer writer;
  writer.U8(kSuite1).Raw(relay_key.view()).Raw(nonce.view()).U64(counter).Prefixed(method).Raw(mailbox.view());
  writer.Raw(Hash(labels::kRequestBody, {body}));
  return writer.Take();
}

Signature RequestAuth::Sign(const Signer& lane, ByteView body) const {
  return lane.Sign(labels::kSignRequest, Encode(body));
}

Result<> RequestAuth::Verify(const SignPublic& lane, ByteView body, const Signature& signature) const {
  return kith::Verify(lane, labels::kSignRequest, Encode(body), signature);
}

bool CounterWindow::Accept(uint64_t counter) {
  constexpr uint64_t kWindow = limits::kNonceWindow;
  static_assert(kWindow == sizeof(seen_) * 8);
  if (counter > highest_) {
    if (counter - highest_ >= kWindow) {
      seen_.fill(0);
    } else {
      for (uint64_t c = highest_ + 1; c <= counter; ++c) seen_[c % kWindow / 64] &= ~(uint64_t{1} << (c % 64));
    }
    highest_ = counter;
  } else if (highest_ - counter >= kWindow) {
    return false;
  }
  uint64_t& word = seen_[counter % kWindow / 64];
  const uint64_t bit = uint64_t{1} << (counter % 64);
  if ((word & bit) != 0) return false;
  word |= bit;
  return true;
}

}  // namespace kith
