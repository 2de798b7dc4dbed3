#include "client/exchange/json_entries.h"

#include <optional>

#include "client/exchange/limits.h"
#include "client/model/text.h"

namespace kith {
namespace {

using nlohmann::json;

// Builds one value, of limited depth. (The library's own builder knows no limit.)
class TreeBuilder final : public nlohmann::json_sax<json> {
 public:
  bool null() override { return Put(nullptr); }
  bool boolean(bool value) override { return Put(value); }
  bool number_integer(number_integer_t value) override { return Put(value); }
  bool number_unsigned(number_unsigned_t value) override { return Put(value); }
  bool number_float(number_float_t value, const string_t&) override { return Put(value); }
  bool string(string_t& value) override { return Put(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return Open(json::object()); }
  bool start_array(size_t) override { return Open(json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    slot_ = &(*open_.back())[name];
    return true;
  }
  bool parse_error(size_t, const std::string&, const json::exception&) override { return false; }

  json Take() { return std::move(root_); }

 private:
  bool Put(json value) {
    *Slot() = std::move(value);
    return true;
  }
  bool Open(json empty) {
    if (open_.size() >= exchange_limits::kJsonNesting) return false;
    json* place = Slot();
    *place = std::move(empty);
    open_.push_back(place);
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }
  json* Slot() {
    if (open_.empty()) return &root_;
    if (!open_.back()->is_array()) return slot_;
    open_.back()->push_back(nullptr);
    return &open_.back()->back();
  }

  json root_;
  std::vector<json*> open_;  // stays good: an array grows only when its last element is closed
  json* slot_ = nullptr;     // of the last key
};

// Tells how far the parser read.
struct CountingIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at = nullptr;
  const char** furthest = nullptr;

  reference operator*() const { return *at; }
  CountingIterator& operator++() {
    *furthest = ++at;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) { return a.at == b.at; }
  friend bool operator!=(const CountingIterator& a, const CountingIterator& b) { return a.at != b.at; }
};

class EntriesReader {
 public:
  EntriesReader(std::string_view text, const JsonVisitor& visitor) : text_(text), visitor_(visitor) {}

  JsonReport Read() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    if (Take('{')) FindEntries();
    if (!report_.found) SearchEntries();
    if (report_.found && ReadEntries() && Take(',')) FindEntries();
    return std::move(report_);
  }

 private:
  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
      ++at_;
  }
  bool Take(char c) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // Parses the object, array or string at at_, and moves behind it. After a failure at_ is unchanged.
  std::optional<json> Parse() {
    const char first_char = at_ < text_.size() ? text_[at_] : '\0';
    if (first_char != '{' && first_char != '[' && first_char != '"') return std::nullopt;
    TreeBuilder builder;
    const char* furthest = text_.data() + at_;
    const CountingIterator first{furthest, &furthest};
    const CountingIterator last{text_.data() + text_.size(), &furthest};
    if (!json::sax_parse(first, last, &builder, json::input_format_t::json, /*strict=*/false)) return std::nullopt;
    at_ = static_cast<size_t>(furthest - text_.data());
    return builder.Take();
  }

  // Goes through the root's keys up to the array "entries". Stops without a result at the first damage.
  void FindEntries() {
    do {
      SkipSpace();
      const std::optional<json> key = Parse();
      if (!key || !key->is_string() || !Take(':')) return;
      SkipSpace();
      if (*key == "entries" && !report_.found && Take('[')) {
        report_.found = true;
        return;
      }
      if (!SkipValue()) return;
      if (*key != "metadata") report_.other_keys.push_back(key->get<std::string>());
    } while (Take(','));
  }

  bool SkipValue() {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    if (c == '{' || c == '[' || c == '"') return Parse().has_value();
    const size_t end = text_.find_first_of(",}] \n\r\t", at_);  // a number or a word
    if (end == std::string_view::npos || end == at_) return false;
    at_ = end;
    return true;
  }

  // For a document whose head is damaged.
  void SearchEntries() {
    static constexpr std::string_view kKey = "\"entries\"";
    for (size_t found = text_.find(kKey); found != std::string_view::npos; found = text_.find(kKey, found + 1)) {
      at_ = found + kKey.size();
      if (!Take(':') || !Take('[')) continue;
      report_.found = true;
      return;
    }
  }

  // True when the array's end was reached.
  bool ReadEntries() {
    if (Take(']')) return true;
    for (;;) {
      SkipSpace();
      size_t from = at_;
      std::optional<json> value = ParseObject();
      if (!value) {
        value = Recover(from);
        if (!value) return false;
        from = resumed_at_;
      }
      const std::string_view raw = text_.substr(from, at_ - from);
      if (!visitor_.visit({.value = &*value, .raw = raw, .number = ++number_})) return false;
      if (Take(']')) return true;
      Take(',');  // without one, the next turn says what is there instead
    }
  }

  std::optional<json> ParseObject() { return text_.substr(at_).starts_with('{') ? Parse() : std::nullopt; }

  // Reports the damage that begins at `from`, up to the next entry, and parses that. nullopt: there is none, or
  // stopped.
  std::optional<json> Recover(size_t from) {
    std::optional<json> value;
    size_t next = from;
    while (!value) {
      next = NextCandidate(next + 1);
      if (next == std::string_view::npos) break;
      at_ = next;
      value = Parse();
      if (value && !visitor_.is_entry(*value)) {
        value.reset();
        next = at_ - 1;  // a part of an entry: what is inside of it is none either
      }
    }
    resumed_at_ = next;
    const std::string_view raw = text_.substr(from, value ? next - from : std::string_view::npos);
    const bool go_on =
        visitor_.visit({.value = nullptr, .raw = raw, .number = ++number_, .reason = Reason(raw, value)});
    return go_on ? std::move(value) : std::nullopt;
  }

  static const char* Reason(std::string_view raw, const std::optional<json>& next) {
    if (raw.empty()) return "the file ends before its list of entries does";
    if (!IsUtf8(raw)) return "it is not valid UTF-8";
    return next ? "it is damaged JSON" : "it is damaged JSON, or the file ends in the middle of it";
  }

  // The next "{" at or behind `from` that opens an object in a list and is followed by a key.
  size_t NextCandidate(size_t from) const {
    for (size_t at = text_.find('{', from); at != std::string_view::npos; at = text_.find('{', at + 1)) {
      const size_t before = text_.find_last_not_of(" \n\r\t", at - 1);
      const size_t behind = text_.find_first_not_of(" \n\r\t", at + 1);
      if (before == std::string_view::npos || behind == std::string_view::npos) continue;
      if ((text_[before] == ',' || text_[before] == '[') && text_[behind] == '"') return at;
    }
    return std::string_view::npos;
  }

  const std::string_view text_;
  const JsonVisitor& visitor_;
  JsonReport report_;
  size_t at_ = 0;
  size_t resumed_at_ = 0;
  size_t number_ = 0;
};

}  // namespace

JsonReport ReadJsonEntries(std::string_view document, const JsonVisitor& visitor) {
  return EntriesReader(document, visitor).Read();
}

}  // namespace kith
