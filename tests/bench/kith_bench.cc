// The table of what Kith must be as fast and as small as, each figure beside its limit, measured in the same run on the
// same disk. Ends with 1 when a row is below its figure. README.md says what each row measures.
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "crypto/base/check.h"
#include "crypto/verify/hash.h"
#include "tests/bench/rows.h"

namespace kith::bench {
namespace {

// How many processes wanted a core during the last minute.
double LoadNow() {
  double load = 0;
  KITH_CHECK(::getloadavg(&load, 1) == 1);
  return load;
}

int Main(int argc, char** argv) {
  InitCrypto();
  std::string folder = "/var/tmp/kith-bench-" + std::to_string(::getpid());
  Programs programs{.kith = KITH_BINARY, .relay = KITH_RELAY_BINARY};
  Effort effort;
  std::vector<std::string> rows = {"live", "friend", "shares", "circle", "relay", "upload", "journal"};
  CLI::App app("Measures Kith beside its limits");
  app.add_option("--folder", folder, "Scratch folder on the disk to measure; emptied first")->capture_default_str();
  app.add_option("--rows", rows, "Which to measure: live, friend, shares, circle, relay, upload, journal")
      ->capture_default_str();
  app.add_option("--more-entries", effort.more_entries, "Entries of the larger journal")->capture_default_str();
  app.add_option("--repeats", effort.repeats, "Pairs of what takes seconds")->capture_default_str();
  app.add_option("--more-repeats", effort.more_repeats, "Pairs of what takes tens of seconds")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  // Hundreds of connections, and a fork for each command.
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);

  const double before = LoadNow();
  const Scratch scratch(folder);
  const auto wanted = [&](const char* name) { return std::ranges::find(rows, name) != rows.end(); };
  Table table;
  if (wanted("live")) LiveRow(programs, scratch, table);
  if (wanted("friend")) FriendLiveRow(programs, scratch, table);
  if (wanted("shares")) ShareRows(programs, scratch, table);
  if (wanted("circle")) CircleRows(scratch, table);
  if (wanted("relay")) RelayRows(programs, scratch, table);
  if (wanted("upload")) UploadRow(programs, scratch, effort, table);
  if (wanted("journal")) JournalRows(programs, scratch, effort, table);
  table.Note(Print("The machine's load was %.1f when this began and %.1f at its end.", before, LoadNow()));
  return table.Print() ? 0 : 1;
}

}  // namespace
}  // namespace kith::bench

int main(int argc, char** argv) { return kith::bench::Main(argc, argv); }
