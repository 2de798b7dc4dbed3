// Small pictures for a terminal, in ASCII: readable without colour, on any screen, and by ear.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kith {

// A scale from `min` to `max` with the first value as "o" and the second as "x"; "*" where both are the same. Values
// are within the scale. "|....o.....x..........|"
std::string ChartTrack(int32_t min, int32_t max, std::optional<int32_t> first, std::optional<int32_t> second);
// In the place of a track: something that has no place on the scale. "|~~~~~~~~~~~~~~~~~~~~~|"
std::string ChartBand();
// A mean with one digit behind the point: "-0.5". Halves away from zero.
std::string ChartMean(double mean);

}  // namespace kith
