// Reaching the agent's socket, and starting the agent when nobody listens there.
#pragma once

#include "client/app/paths.h"
#include "crypto/base/result.h"

namespace kith {

enum class Launch {
  kIfNeeded,
  kNever,
};

// A connected, non-blocking socket, the caller's to close. The process at its other end is asked for by SO_PEERCRED on
// this very connection and belongs to this user: nothing has been sent to anybody else.
// The agent is the program kith-agent in this program's own folder, started in a session of its own, with no descriptor
// of ours and without the variables that name passphrase files. kAgentUnreachable: nobody listens (Launch::kNever), it
// did not come up in time, or a stranger listens there.
Result<int> ConnectToAgent(const AgentPaths& paths, Launch launch);

// This process becomes the agent, in its terminal. Returns only when it cannot: kAgentUnreachable.
Result<void> BecomeAgent();

}  // namespace kith
