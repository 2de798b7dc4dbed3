// The agent: the one process that owns a person's vault on this device, and serves the local API on a Unix socket.
#pragma once

#include <cstdint>

namespace kith {

// How long an unlocked vault may go unused before it is locked, from what KITH_IDLE_LOCK_MINUTES says: minutes, at most
// a week, 30 where it says nothing or no number; 0: never.
int64_t IdleLimitMillis(const char* minutes);

// Runs where ResolvePaths says, until it is told to stop, its socket is removed (the login session ended), or SIGTERM,
// SIGINT or SIGHUP comes. Only connections of this same user are taken. Returns the process's exit status: 0, or 1 with
// a line on standard error when the socket cannot be had, which includes another agent living there.
int RunAgent();

}  // namespace kith
