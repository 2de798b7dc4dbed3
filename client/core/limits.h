// The client's own limits. Those of the wire are in crypto/base/limits.h, of what a person may write in
// client/model/entry.h, of imports in client/exchange/limits.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kith::limits {

inline constexpr size_t kPackCache = 8;      // opened packs kept in memory
inline constexpr size_t kPersonOps = 4'096;  // operations of one person's devices that are not revoked
inline constexpr size_t kPersonOpsBySigner = 2'048;
inline constexpr size_t kOthersPersonOps = 8'192;   // of one person but this vault's, revoked devices included
inline constexpr size_t kTrusteesRecoveries = 64;   // of one person
inline constexpr size_t kTrusteesSets = 256;        // that one person's devices that are not revoked have named
inline constexpr size_t kWaitingPersonOps = 1'024;  // of one person, whose parents are not known yet
inline constexpr size_t kVersionsPerEntry = 4'096;
inline constexpr size_t kDrafts = 100;
inline constexpr size_t kParents = 64;  // parents of one version
inline constexpr size_t kPassedRuns =
    256;  // of records of one lane that no key opens; of further ones nothing is read later
inline constexpr size_t kStatements = 65'536;     // of one mailbox
inline constexpr size_t kPendingPerLane = 4'096;  // records kept beyond a gap
inline constexpr size_t kEndsPerSpeaker = 16;     // words that one lane says on where another ends
inline constexpr size_t kNamedRecords = 65'536;   // that a prune names and that could not be judged yet
inline constexpr size_t kLabel = 100;             // bytes of a device's or a friend's label
inline constexpr int kRecoveryTries = 4;          // of one mailbox without getting further, while a journal is restored
inline constexpr size_t kFriends = 200;           // circles of one person
inline constexpr size_t kGenerationParents = 2'048;  // generations that an announcement names
inline constexpr size_t kRosterOps = 512;            // changes of who is in one circle; members: crypto/base/limits.h
inline constexpr size_t kVoidRosterOps = 128;        // beside these, that revoked devices said and that count nothing
inline constexpr size_t kWaitingRosterOps = 32;      // of one author, whose parents are not known yet
inline constexpr size_t kLeaves = 4;                 // of one member at the same time: their devices may each say so
inline constexpr size_t kInvitations = 256;          // of one friend, and answers to them, that are kept
inline constexpr size_t kInviteHeads = 64;           // of the roster, that an invitation names
inline constexpr int64_t kInviteMillis = 30LL * 24 * 3600 * 1000;  // that an invitation can be accepted
inline constexpr int64_t kAdmitAfterMillis =
    10LL * 60 * 1000;  // a guest whom the inviting device has not let in by then, another one of its person does
inline constexpr size_t kSharesPerCircle = 100'000;
inline constexpr size_t kHeardPerShare = 1'000;  // answers of one person to one share
inline constexpr size_t kCopiesPerShare = 64;    // places of one share that are remembered
inline constexpr int64_t kHeartbeatMillis = 24LL * 3600 * 1000;
inline constexpr uint64_t kTrusteesDelay = 30ULL * 24 * 3600 * 1000;  // most that a share's release is put off
inline constexpr size_t kShareClaims = 64;                            // that are kept of one friend
inline constexpr size_t kShareVetoes = 16 * kShareClaims;             // likewise, with what was asked of other trustees
inline constexpr size_t kGathered = 64;                               // shares and witnesses that a recovery keeps
inline constexpr size_t kWitnessLanes = 16;                           // in one witness
inline constexpr int64_t kWitnessMillis = 24LL * 3600 * 1000;
inline constexpr int64_t kHoldMillis = 15LL * 60 * 1000;  // a share waits so long before it leaves
inline constexpr int64_t kHoldLeast = 60LL * 1000;
inline constexpr int64_t kHoldMost = 24LL * 3600 * 1000;
inline constexpr int64_t kShareLongest = 3'660LL * 24 * 3600 * 1000;  // until a share ends
inline constexpr int64_t kHoldLate =
    10LL * 60 * 1000;  // later than this after its time a share does not leave by itself

}  // namespace kith::limits
