// Every label of every hash, key derivation and signature. A label is used in one place of the
// protocol only; crypto/DESIGN.md has the same table with what each covers.
#pragma once

#include <string_view>

namespace kith::labels {

// Hash
inline constexpr std::string_view kMailbox = "kith/1/mailbox";
inline constexpr std::string_view kRecord = "kith/1/record";
inline constexpr std::string_view kPayload = "kith/1/payload";
inline constexpr std::string_view kBoxes = "kith/1/boxes";
inline constexpr std::string_view kChain = "kith/1/chain";
inline constexpr std::string_view kGeneration = "kith/1/generation";
inline constexpr std::string_view kOp = "kith/1/op";
inline constexpr std::string_view kPersonOp = "kith/1/person op";
inline constexpr std::string_view kPersonHead = "kith/1/person head";
inline constexpr std::string_view kRosterOp = "kith/1/roster op";
inline constexpr std::string_view kRosterHead = "kith/1/roster head";
inline constexpr std::string_view kCheckWords = "kith/1/check words";
inline constexpr std::string_view kSafetyNumber = "kith/1/safety number";
inline constexpr std::string_view kStatement = "kith/1/statement";
inline constexpr std::string_view kRequestBody = "kith/1/request body";
inline constexpr std::string_view kInvite = "kith/1/invite";
inline constexpr std::string_view kToken = "kith/1/token";
inline constexpr std::string_view kTokenMint = "kith/1/token mint";
inline constexpr std::string_view kInviteAttempt = "kith/1/invite attempt";
inline constexpr std::string_view kImportTable = "kith/1/import table";    // in memory only
inline constexpr std::string_view kExportedFile = "kith/1/exported file";  // beside the file itself
// Signatures
inline constexpr std::string_view kSignRecord = "kith/1/sign record";
inline constexpr std::string_view kSignHello = "kith/1/sign hello";
inline constexpr std::string_view kSignRequest = "kith/1/sign request";
inline constexpr std::string_view kSignStatement = "kith/1/sign statement";
inline constexpr std::string_view kSignLane = "kith/1/sign lane certificate";
inline constexpr std::string_view kSignPersonOp = "kith/1/sign person op";
inline constexpr std::string_view kSignWitness = "kith/1/sign witness";
inline constexpr std::string_view kSignRosterOp = "kith/1/sign roster op";
inline constexpr std::string_view kCountersignPersonOp = "kith/1/countersign person op";
// Key derivation
inline constexpr std::string_view kSeal = "kith/1/seal";
inline constexpr std::string_view kSealTo = "kith/1/seal to";
inline constexpr std::string_view kRecoverySign = "kith/1/recovery sign";
inline constexpr std::string_view kRecoveryBox = "kith/1/recovery box";
inline constexpr std::string_view kRecoveryRoot = "kith/1/recovery root";
inline constexpr std::string_view kTrusteesSign = "kith/1/trustees sign";
inline constexpr std::string_view kTrusteesBox = "kith/1/trustees box";
inline constexpr std::string_view kTrusteesSeat = "kith/1/trustees seat";
inline constexpr std::string_view kSelfBox = "kith/1/self box";
inline constexpr std::string_view kCircleBoxes = "kith/1/circle boxes";
inline constexpr std::string_view kImport = "kith/1/import";
inline constexpr std::string_view kFile = "kith/1/file";
inline constexpr std::string_view kPairingKey = "kith/1/pairing key";
// CPace's channel identifier begins with it
inline constexpr std::string_view kPairingChannel = "kith/1/pairing channel";
// What a Seal is for: the first field of its AD
inline constexpr std::string_view kSealPayload = "kith/1/payload seal";
inline constexpr std::string_view kSealGeneration = "kith/1/generation seal";
inline constexpr std::string_view kSealBox = "kith/1/generation box";
inline constexpr std::string_view kSealRoot = "kith/1/circle root";
inline constexpr std::string_view kSealHistory = "kith/1/circle history";
inline constexpr std::string_view kSealTrusteeShare = "kith/1/trustee share";
inline constexpr std::string_view kSealRelease = "kith/1/share release";
inline constexpr std::string_view kSealGathering = "kith/1/gathering";
inline constexpr std::string_view kSealWitness = "kith/1/witness";
inline constexpr std::string_view kSealVaultKey = "kith/1/vault key";
inline constexpr std::string_view kSealPairing = "kith/1/pairing message";

}  // namespace kith::labels
