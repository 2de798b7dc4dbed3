#include "client/cli/chart.h"

#include <fmt/format.h>

#include <cmath>

namespace kith {
namespace {

constexpr int32_t kSteps = 20;

}  // namespace

std::string ChartTrack(int32_t min, int32_t max, std::optional<int32_t> first, std::optional<int32_t> second) {
  std::string track(kSteps + 1, '.');
  const auto put = [&](std::optional<int32_t> value, char sign) {
    if (!value) return;
    char& at = track[static_cast<size_t>(int64_t{*value - min} * kSteps / (max - min))];
    at = at == '.' ? sign : '*';
  };
  put(first, 'o');
  put(second, 'x');
  return "|" + track + "|";
}

std::string ChartBand() { return "|" + std::string(kSteps + 1, '~') + "|"; }

std::string ChartMean(double mean) {
  const double rounded = std::round(mean * 10) / 10;
  return fmt::format("{:.1f}", rounded == 0 ? 0.0 : rounded);
}

}  // namespace kith
