// How many of each a second: ./bench_crypto
#include <benchmark/benchmark.h>

#include "crypto/page.h"
#include "crypto/seal.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "crypto/verify/record.h"

namespace kith {
namespace {

const Bytes kBody(142, 7);
const Bytes kAd(106, 5);

void Sign(benchmark::State& state) {
  const Signer signer = Signer::Generate();
  for (auto _ : state) benchmark::DoNotOptimize(signer.Sign(labels::kSignRecord, kBody));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Sign);

void VerifySignature(benchmark::State& state) {
  const Signer signer = Signer::Generate();
  const Signature signature = signer.Sign(labels::kSignRecord, kBody);
  for (auto _ : state) {
    if (!Verify(signer.public_key(), labels::kSignRecord, kBody, signature)) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(VerifySignature);

void SealMessage(benchmark::State& state) {
  const auto key = SealKey::Generate();
  const Bytes message(static_cast<size_t>(state.range(0)), 'w');
  for (auto _ : state) benchmark::DoNotOptimize(Seal(key, labels::kSealPayload, kAd, message, Padding::kPadme));
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(SealMessage)->Arg(1024)->Arg(60 * 1024);

void OpenMessage(benchmark::State& state) {
  const auto key = SealKey::Generate();
  const Bytes message(static_cast<size_t>(state.range(0)), 'w');
  const Bytes sealed = Seal(key, labels::kSealPayload, kAd, message, Padding::kPadme);
  for (auto _ : state) {
    if (!Open(key, labels::kSealPayload, kAd, sealed, Padding::kPadme)) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(OpenMessage)->Arg(1024)->Arg(60 * 1024);

void VerifyWholeRecord(benchmark::State& state) {
  const Signer signer = Signer::Generate();
  RecordHeader header;
  header.seq = 1;
  const SignedRecord record = SignRecord(signer, header, Bytes(static_cast<size_t>(state.range(0)), 'w'));
  for (auto _ : state) {
    if (!VerifyRecord(record.header, record.signature, record.payload)) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(VerifyWholeRecord)->Arg(1600)->Arg(60 * 1024);

void DecryptPage(benchmark::State& state) {
  const PageCipher cipher(VaultKey::Generate(), Bytes(kFileSalt, 1));
  Bytes plain(4096 - kPageTag), sealed(4096);
  cipher.Encrypt(1, 2, plain, sealed.data());
  for (auto _ : state) {
    if (!cipher.Decrypt(1, 2, sealed, plain.data())) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * 4096);
}
BENCHMARK(DecryptPage);

}  // namespace
}  // namespace kith

int main(int argc, char** argv) {
  kith::InitCrypto();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
