// Every limit of the relay, in one place. Those that both sides of the wire keep come from crypto/base/limits.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "crypto/base/limits.h"

namespace kith::relay::limits {

using namespace ::kith::limits;

inline constexpr size_t kKiB = 1024;
inline constexpr size_t kMiB = 1024 * kKiB;

// What one mailbox may hold.
inline constexpr uint64_t kMailboxBytes = 1024 * kMiB;  // headers, signatures, payloads and statements
inline constexpr uint64_t kMailboxStatements = 4096;    // reloading a mailbox verifies each, at about 60 us
inline constexpr uint64_t kOwnersStatements = kMailboxStatements / 8 * 7;  // the rest are the root's
inline constexpr uint64_t kSeatsStatements = kMailboxStatements / 2;       // of seats that are no owner's
inline constexpr size_t kRecordsPerPush = 4096;
inline constexpr uint64_t kPrunedPerRecord = 65'536;  // sequence numbers that one prune record may name

// The committer.
inline constexpr size_t kCommitBytes = 4 * kMiB;        // drained into one synced batch
inline constexpr size_t kCommitQueueBytes = 32 * kMiB;  // waiting; beyond it, TOO_MANY
inline constexpr uint64_t kMinFreeDisk = 512 * kMiB;    // below it, STORAGE_LOW

// Storage. The write buffer counts twice while one is being written out, so 8 MiB keep the growth of memory with stored
// data well inside 30 MiB.
inline constexpr size_t kWriteBuffer = 8 * kMiB;
inline constexpr size_t kBlockCache = 8 * kMiB;
inline constexpr size_t kTableFile = 8 * kMiB;
inline constexpr int kOpenFiles = 256;
inline constexpr int kBloomBits = 10;
inline constexpr std::chrono::milliseconds kReopenEvery{1000};  // tries to open a database that failed

// Kept in memory.
inline constexpr size_t kNonces = 32'768;  // about 200 bytes each; the oldest goes first
inline constexpr size_t kCachedMailboxes = 4096;
inline constexpr size_t kCachedLanes = 32'768;
inline constexpr size_t kSubscribersPerMailbox = 64;
inline constexpr size_t kSubscribers = 50'000;

// Pairing. Codes live limits::kPairingMillis.
inline constexpr uint32_t kNameplates = 9999;
inline constexpr size_t kOpenPairings = 512;
inline constexpr size_t kOpenPairingsPerMailbox = 4;
inline constexpr uint32_t kPairTriesPerMinute = 600;  // opens and joins together, over all clients

// Work.
inline constexpr size_t kWorkQueueCalls = 4096;
inline constexpr size_t kWorkQueueBytes = 64 * kMiB;
inline constexpr unsigned kMinWorkers = 2;
inline constexpr unsigned kMaxWorkers = 8;

// Invites.
inline constexpr uint32_t kOwnerInviteMailboxes = 8;
inline constexpr uint32_t kMaxInviteMailboxes = 64;
inline constexpr uint32_t kMaxInviteUses = 100;
inline constexpr int64_t kInviteMillis = 7LL * 24 * 3600 * 1000;
inline constexpr int64_t kMaxInviteMillis = 366LL * 24 * 3600 * 1000;

// gRPC. The reasons are in DESIGN.md.
inline constexpr int kReceiveBytes = static_cast<int>(kRequestBody + 4 * kKiB);
inline constexpr int kMetadataBytes = 8 * kKiB;
inline constexpr int kStreamsPerConnection = 128;
inline constexpr int kLookaheadBytes = 64 * kKiB;
inline constexpr size_t kGrpcMemory = 768 * kMiB;
inline constexpr int kGrpcThreads = 64;
inline constexpr int kKeepaliveMillis = 120'000;
inline constexpr int kKeepaliveTimeoutMillis = 20'000;
inline constexpr int kMinPingMillis = 30'000;
inline constexpr int kConnectionAgeMillis = 6 * 3600 * 1000;
inline constexpr int kConnectionGraceMillis = 30'000;
inline constexpr std::chrono::milliseconds kHeartbeat{45'000};
// Calls are answered before it begins; it is for what the network still holds. A client that nobody polls hangs on to
// its connection for all of it.
inline constexpr std::chrono::milliseconds kShutdownGrace{1'000};

// The administrator's socket.
inline constexpr size_t kAdminLine = 512;
inline constexpr int kAdminTimeoutSeconds = 5;

}  // namespace kith::relay::limits
