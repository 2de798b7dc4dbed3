// The real programs, as processes of their own, and what they take of memory and disk.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "client/core/relay_address.h"

namespace kith::bench {

// A folder on a disk, emptied now and removed at the end. Aborts on a file system in memory: the limits are the disk's.
class Scratch {
 public:
  explicit Scratch(std::string folder);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string operator/(const std::string& name) const { return folder_ + "/" + name; }

 private:
  const std::string folder_;
};

uint64_t DiskBytes(const std::string& folder);
// LevelDB writes out and deletes in the background: waits until the folder's size stands still for half a second.
uint64_t SettledDiskBytes(const std::string& folder);

// From /proc, in KiB.
struct Memory {
  double resident = 0;
  double peak = 0;
};
Memory MemoryOf(pid_t process);

// Starts a program with `extra` in its environment. What it prints goes to the file `output`, what it says to people
// nowhere; both nowhere when `output` is empty.
using Environment = std::map<std::string, std::string>;
pid_t Start(const std::vector<std::string>& arguments, const Environment& extra = {}, const std::string& output = {});
int Wait(pid_t process);  // its exit code; -1 when a signal ended it
// Both, aborting unless it ends well; returns its standard output.
std::string Run(const std::vector<std::string>& arguments, const Environment& extra, const std::string& output);

// kith-relay on a fresh folder, on loopback, until destroyed.
class RelayProcess {
 public:
  RelayProcess(const std::string& program, std::string folder, size_t mailboxes = 8);
  ~RelayProcess();
  RelayProcess(const RelayProcess&) = delete;
  RelayProcess& operator=(const RelayProcess&) = delete;

  const RelayInvite& invite() const { return invite_; }  // for so many mailboxes, with the port in use; redeemed once
  const RelayAddress& address() const { return invite_.relay; }
  uint16_t port() const { return port_; }
  Memory memory() const { return MemoryOf(process_); }
  const std::string& folder() const { return folder_; }

 private:
  const std::string folder_;
  RelayInvite invite_;
  pid_t process_ = -1;
  uint16_t port_ = 0;
};

}  // namespace kith::bench
