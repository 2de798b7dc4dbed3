// A real agent with a large journal: its memory, and how long a list takes as a person sees it.
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/bench/device.h"
#include "tests/bench/rows.h"

namespace kith::bench {
namespace {

using std::chrono::steady_clock;

// A device in a folder of its own, driven as a script drives it.
class Agent {
 public:
  Agent(std::string program, std::string folder) : program_(std::move(program)), folder_(std::move(folder)) {
    std::filesystem::create_directory(folder_);
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
    const std::string passphrase = folder_ + "/passphrase";
    std::ofstream(passphrase) << "a long walk by the river\n";
    std::filesystem::permissions(passphrase, std::filesystem::perms::owner_read);
    environment_ = {{"KITH_HOME", folder_}, {"KITH_PASSPHRASE_FILE", passphrase}};
  }
  ~Agent() { Wait(Start({program_, "agent", "stop"}, environment_)); }

  std::string Do(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), program_);
    return Run(arguments, environment_, folder_ + "/output");
  }
  double Timed(const std::vector<std::string>& command) const {
    const auto began = steady_clock::now();
    KITH_CHECK(Wait(Start(command, environment_)) == 0);
    return SecondsSince(began);
  }
  double TimedList() const { return Timed({program_, "list", "-n", "20"}); }
  Memory memory() const {
    return MemoryOf(nlohmann::json::parse(Do({"agent", "status", "--json"})).at("pid").get<pid_t>());
  }

 private:
  const std::string program_;
  const std::string folder_;
  Environment environment_;
};

// Links the agent to `host` by code, as two people at two terminals would.
void Link(Device& host, const Agent& agent, const RelayAddress& relay) {
  std::thread guest;
  const LinkHostSteps steps{
      .show = [&](const std::string& code, const std::string&) -> Result<> {
        guest = std::thread([&agent, &relay, code] {
          agent.Do({"link", code, "--relay", FormatRelayAddress(relay), "--device", "agent"});
        });
        return {};
      },
      .decide = [](const std::string& asking, const std::function<bool()>&) -> Result<std::string> { return asking; },
      .cancelled = [] { return false; }};
  Must(HostLink(host.unlocked(), steps));
  guest.join();
}

void MemoryRow(const std::string& when, size_t entries, const Memory& memory, Table& table) {
  table.Add({.work = "agent's resident memory, " + Count(entries) + " entries, " + when,
             .measured = Print("%.1f MiB (peak %.1f)", memory.resident / 1024, memory.peak / 1024),
             .limit = "-",
             .ratio = "-",
             .required = "at most 200 MiB",
             .pass = memory.resident / 1024 <= 200});
}

// Seconds that processes waited for have spent on a core.
double CpuOfChildren() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void ListRow(const Agent& agent, size_t entries, Table& table) {
  constexpr int kRuns = 41;
  Pairs pairs;
  const double cpu = CpuOfChildren();
  for (int i = 0; i < kRuns; ++i) {
    pairs.measured.push_back(agent.TimedList());
    pairs.limit.push_back(agent.Timed({"/bin/true"}));
  }
  const double used = (CpuOfChildren() - cpu) / kRuns;  // with true's, which is next to nothing
  const double list = Median(pairs.measured);
  const double nothing = Median(pairs.limit);
  table.Add({.work = "kith list -n 20, " + Count(entries) + " entries, agent unlocked",
             .measured = Time(list) + Print(" (CPU %.1f ms)", used * 1e3),
             .limit = "true " + Time(nothing),
             .ratio = "+" + Time(list - nothing),
             .required = "at most +40 ms",
             .pass = list - nothing <= 0.040});
}

}  // namespace

void AgentRows(const Programs& programs, const Scratch& scratch, const RelayAddress& relay, Device& host,
               size_t entries, Table& table) {
  const Agent agent(programs.kith, scratch / "agent");
  Link(host, agent, relay);
  agent.Do({"sync", "--timeout", "600"});
  KITH_CHECK(nlohmann::json::parse(agent.Do({"status", "--json"})).at("entries").get<size_t>() == entries);
  MemoryRow("after first sync", entries, agent.memory(), table);
  agent.Do({"agent", "stop"});
  agent.Do({"unlock"});
  agent.Do({"sync", "--timeout", "600"});
  MemoryRow("after unlock and sync", entries, agent.memory(), table);
  ListRow(agent, entries, table);
}

}  // namespace kith::bench
