// The rows that bench_kith prints, and the arithmetic behind them.
#pragma once

#include <string>
#include <vector>

namespace kith::bench {

struct Row {
  std::string work;
  std::string measured;
  std::string limit;  // what stands beside it, measured in the same run
  std::string ratio;  // measured to limit, as the requirement puts it
  std::string required;
  bool pass = false;
};

// Adds a row and prints it at once, so that a long run shows how far it is.
class Table {
 public:
  void Add(Row row);
  // A line of explanation under the table.
  void Note(std::string line) { notes_.push_back(std::move(line)); }
  // All rows, aligned, with the notes. True when every row passes.
  bool Print() const;

 private:
  std::vector<Row> rows_;
  std::vector<std::string> notes_;
};

// Of a copy; the lower of the middle two.
double Median(std::vector<double> values);

// Pairs taken in turns, so that what else the machine does falls on both.
struct Pairs {
  std::vector<double> measured;
  std::vector<double> limit;
  std::vector<double> Ratios() const;  // limit / measured: 1 is as fast as the limit
};

// "1.23 s", "4.5 ms".
std::string Time(double seconds);
// "10,000".
std::string Count(size_t number);
// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string Print(const char* format, ...);

}  // namespace kith::bench
