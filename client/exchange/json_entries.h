// Reads the "entries" array of a JSON document one entry at a time, and survives damage: an entry that is cut off,
// garbled or not UTF-8 is reported with its bytes, and reading goes on with the next one that can be found.
//
// Each entry is parsed alone, by a parser that stops at the first wrong byte. After damage the next entry is searched
// for behind a comma: "{" and a quote mark. Inside a string every quote mark has a backslash, so text that looks like
// JSON is never taken for an entry. Effort: linear, times exchange_limits::kJsonNesting at worst.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace kith {

struct JsonEntry {
  const nlohmann::json* value = nullptr;  // an object; nullptr: unreadable
  std::string_view raw;
  size_t number = 0;        // counting from 1, unreadable parts included
  const char* reason = "";  // why it is unreadable
};

struct JsonReport {
  bool found = false;                   // there is an array "entries"
  std::vector<std::string> other_keys;  // of the root, "entries" and "metadata" aside
};

struct JsonVisitor {
  // Whether an object found after damage is an entry rather than a part of one.
  std::function<bool(const nlohmann::json& object)> is_entry;
  std::function<bool(const JsonEntry& entry)> visit;  // returns false to stop
};

JsonReport ReadJsonEntries(std::string_view document, const JsonVisitor& visitor);

}  // namespace kith
