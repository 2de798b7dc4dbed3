#include "tests/bench/table.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>

namespace kith::bench {
namespace {

constexpr size_t kColumns = 6;

std::array<std::string, kColumns> Cells(const Row& row) {
  return {row.work, row.measured, row.limit, row.ratio, row.required, row.pass ? "PASS" : "BELOW"};
}

}  // namespace

void Table::Add(Row row) {
  std::printf("%s | %s | %s | %s | %s | %s\n", row.work.c_str(), row.measured.c_str(), row.limit.c_str(),
              row.ratio.c_str(), row.required.c_str(), row.pass ? "PASS" : "BELOW");
  std::fflush(stdout);
  rows_.push_back(std::move(row));
}

bool Table::Print() const {
  std::vector<std::array<std::string, kColumns>> lines = {{"work", "measured", "limit", "ratio", "required", ""}};
  for (const Row& row : rows_) lines.push_back(Cells(row));
  std::array<size_t, kColumns> widths{};
  for (const auto& line : lines) {
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::printf("\n");
  for (const auto& line : lines) {
    for (size_t i = 0; i < kColumns; ++i) std::printf("| %-*s ", static_cast<int>(widths[i]), line[i].c_str());
    std::printf("|\n");
    if (&line != &lines.front()) continue;
    for (const size_t width : widths) std::printf("|%s", std::string(width + 2, '-').c_str());
    std::printf("|\n");
  }
  std::printf("\n");
  for (const std::string& note : notes_) std::printf("%s\n", note.c_str());
  return std::ranges::all_of(rows_, &Row::pass);
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[(values.size() - 1) / 2];
}

std::vector<double> Pairs::Ratios() const {
  std::vector<double> ratios;
  for (size_t i = 0; i < measured.size(); ++i) ratios.push_back(limit[i] / measured[i]);
  return ratios;
}

std::string Time(double seconds) { return seconds < 1 ? Print("%.2f ms", seconds * 1e3) : Print("%.2f s", seconds); }

std::string Count(size_t number) {
  return number < 1000 ? std::to_string(number) : Count(number / 1000) + Print(",%03zu", number % 1000);
}

std::string Print(const char* format, ...) {
  std::array<char, 256> buffer{};
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(buffer.data(), buffer.size(), format, arguments);
  va_end(arguments);
  return buffer.data();
}

}  // namespace kith::bench
