// Limits that both sides of the wire keep. The relay's own are in
// server/limits.h, the client's own in client/core/limits.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kith::limits {

inline constexpr size_t kPackOps = 60 * 1024;          // bytes of operations in one pack
inline constexpr size_t kOp = 512 * 1024;              // one operation, alone in its pack
inline constexpr size_t kPackPlain = kOp + 15 * 1024;  // a pack before compression and padding; sealed it fits kPayload
inline constexpr size_t kPayload = kOp + 32 * 1024;    // a sealed payload, padded
inline constexpr size_t kPushBytes = 1024 * 1024;      // records in one push, headers included
inline constexpr size_t kPageBytes = 1024 * 1024;      // records in one page of a pull
inline constexpr size_t kRequestBody = kPushBytes + 64 * 1024;
inline constexpr size_t kPairMessage = 64 * 1024;
inline constexpr size_t kStatementBody = 16 * 1024;
inline constexpr size_t kSeen = 16;                               // lanes in a pack's `seen`
inline constexpr size_t kHeartbeatSeen = 4096;                    // lanes in a heartbeat
inline constexpr size_t kBoxes = 512;                             // boxes in a generation announcement
inline constexpr size_t kCircleBoxes = 128;                       // likewise, in a circle
inline constexpr size_t kMembers = 50;                            // people in a circle
inline constexpr size_t kRosterOp = 8 * 1024;                     // body of a change of who is in a circle
inline constexpr size_t kRosterPersonHeads = 64;                  // of its author's person, that it names
inline constexpr size_t kRosterParents = 128;                     // that one such change follows
inline constexpr size_t kTrustees = 16;                           // friends who hold a share
inline constexpr size_t kTrusteeBox = 2048;                       // a sealed share, or a witness
inline constexpr size_t kMinPadded = 1536;                        // see "Padding" in crypto/DESIGN.md
inline constexpr int64_t kPairingMillis = 10 * 60 * 1000;         // a pairing code's life
inline constexpr int64_t kClockAheadMillis = 24LL * 3600 * 1000;  // an HLC moves no further past the local clock
inline constexpr uint64_t kNonceWindow = 1024;                    // counters accepted out of order

}  // namespace kith::limits
