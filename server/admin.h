// The administrator's socket: LevelDB allows one process, so commands ask the running relay. A Unix socket in the
// relay's folder (0700), mode 0600, for the same user or root only. One line in, one line out: "ok TEXT" or "error
// TEXT".
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "crypto/base/result.h"

namespace kith::relay {

class AdminServer {
 public:
  using Handler = std::function<Result<std::string>(const std::string& line)>;
  // kStorageFailed: the socket could not be made. Replaces what a dead relay left behind.
  static Result<std::unique_ptr<AdminServer>> Start(const std::string& folder, Handler handler);
  // Stops and removes the socket.
  ~AdminServer();

 private:
  AdminServer(std::string path, int listener, int stop_read, int stop_write, Handler handler);
  void Run();
  void Serve(int client);

  const std::string path_;
  const int listener_;
  const int stop_read_;
  const int stop_write_;
  const Handler handler_;
  std::thread thread_;
};

// Asks the relay that runs on `folder`. kRelayUnreachable: none does. kInvalidArgument: it said "error", with its text.
Result<std::string> AskRunningRelay(const std::string& folder, const std::string& line);

}  // namespace kith::relay
