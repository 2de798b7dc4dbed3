// What a stopped relay has on its disk and wrote to its log, field by field, as the table of server/DESIGN.md names
// them. The table is what the bytes are read by: a byte that it does not account for is a field that it does not tell
// of.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "crypto/base/bytes.h"

namespace kith::app_test {

// One line of the table.
struct VisibleField {
  std::string where;
  std::string name;
  size_t bytes = 0;
  enum class Length { kFixed, kRest, kRepeated } length = Length::kFixed;
};

// The table "What its disk and logs hold". Fails the test where it cannot be read.
std::vector<VisibleField> ReadVisibleTable(const std::string& design);

struct RelayDump {
  // Of each place its fields that were met with at least one byte.
  std::set<std::pair<std::string, std::string>> met;
  // What the table does not account for, in words.
  std::vector<std::string> untold;
  // By mailbox's number here: everything of 16 bytes and more that could link it to another. Zeros are not.
  std::map<uint32_t, std::set<Bytes>> of_mailbox;
};

// `folder` is that of a stopped relay, `log` what it printed.
RelayDump DumpRelay(const std::string& folder, const std::string& log, const std::vector<VisibleField>& table);

}  // namespace kith::app_test
