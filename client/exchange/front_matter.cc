#include "client/exchange/front_matter.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "client/exchange/front_practice.h"
#include "client/exchange/limits.h"
#include "client/model/text.h"
#include "crypto/verify/hash.h"

namespace kith {
namespace {

std::string_view WithoutReturn(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool IsFence(std::string_view line, bool closing) {
  line = WithoutReturn(line);
  const size_t end = line.find_last_not_of(" \t") + 1;
  return line.substr(0, end) == "---" || (closing && line.substr(0, end) == "...");
}

std::string_view LineAt(std::string_view text) {
  const size_t newline = text.find('\n');
  return newline == std::string_view::npos ? text : text.substr(0, newline + 1);
}

template <class T>
std::optional<T> ParseNumber(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string FormatNumber(double value) {
  std::array<char, 32> out{};  // the shortest text that reads back as the same number
  const auto [end, error] = std::to_chars(out.data(), out.data() + out.size(), value);
  return {out.data(), error == std::errc() ? end : out.data()};
}

bool IsTrue(const std::string& text) {
  return text == "true" || text == "True" || text == "TRUE" || text == "yes" || text == "Yes";
}

// "a, b", or "a b" as some programs write tags; and lists. False: neither.
bool ReadTags(const YAML::Node& node, std::vector<std::string>& tags) {
  if (node.IsNull()) return true;
  if (node.IsScalar()) {
    const std::string& text = node.Scalar();
    const char* separators = text.find(',') == std::string::npos ? " \t" : ",";
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find_first_of(separators, at), text.size());
      const size_t first = text.find_first_not_of(" \t", at);
      if (first < end) tags.push_back(text.substr(first, end - first));
      at = end + 1;
    }
    return true;
  }
  if (!node.IsSequence()) return false;
  bool understood = true;
  for (const YAML::Node& tag : node) {
    if (tag.IsScalar()) {
      tags.push_back(tag.Scalar());
    } else {
      understood = false;
    }
  }
  return understood;
}

bool ReadLocation(const YAML::Node& node, std::optional<Location>& out) {
  Location location;
  bool understood = true;
  if (node.IsScalar()) {
    location.place = node.Scalar();
  } else if (node.IsMap()) {
    for (const auto& field : node) {
      if (!field.first.IsScalar() || !field.second.IsScalar()) return false;
      const std::string& key = field.first.Scalar();
      const std::string& value = field.second.Scalar();
      if (key == "latitude") {
        location.latitude = ParseNumber<double>(value);
      } else if (key == "longitude") {
        location.longitude = ParseNumber<double>(value);
      } else if (key == "place") {
        location.place = value;
      } else if (key == "locality") {
        location.locality = value;
      } else if (key == "region") {
        location.region = value;
      } else if (key == "country") {
        location.country = value;
      } else {
        understood = false;
      }
    }
  } else {
    return false;
  }
  out = std::move(location);
  return understood;
}

// Fields that are one text. nullptr: no such field.
std::string* TextOf(FrontMatter& front, const std::string& key) {
  if (key == "id" || key == "uuid") return &front.id;
  if (key == "title") return &front.title;
  if (key == "zone" || key == "timezone") return &front.zone;
  if (key == "journal") return &front.journal;
  return nullptr;
}

// False: not understood.
bool ReadKithField(const std::string& key, const std::string& value, FrontMatter& front) {
  if (key == "kith") {
    front.kith = ParseNumber<int64_t>(value);
    return front.kith.has_value();
  }
  if (key == "instant_ms") {
    front.instant_ms = ParseNumber<int64_t>(value);
    return front.instant_ms.has_value();
  }
  if (key == "kind") {
    front.kind = value;
    return true;
  }
  if (key == "depth") {
    const auto depth = ParseNumber<uint32_t>(value);
    if (!depth || *depth > kMaxDepth) return false;
    front.depth = static_cast<uint8_t>(*depth);
    return true;
  }
  if (key != "unknown" && key != "practice_unknown") return false;
  const std::optional<Bytes> bytes = FromBase64(value);
  if (bytes) (key == "unknown" ? front.unknown : front.practice.unknown) = ToString(*bytes);
  return bytes.has_value();
}

bool ReadField(const std::string& key, const YAML::Node& value, FrontMatter& front) {
  if (key == "tags") return ReadTags(value, front.tags);
  if (key == "location") return ReadLocation(value, front.location);
  if (key == "practice") return true;  // once the kind is known
  if (value.IsNull()) return true;
  if (!value.IsScalar()) return false;
  if (std::string* text = TextOf(front, key)) {
    *text = value.Scalar();
    return true;
  }
  if (key == "starred") {
    front.starred = IsTrue(value.Scalar());
    return true;
  }
  if (key == "created" || key == "date") {
    if (key == "created" || front.created.empty()) front.created = value.Scalar();
    return true;
  }
  return ReadKithField(key, value.Scalar(), front);
}

// yaml-cpp makes single bytes of the escapes \N and \_, and takes a zero byte for the beginning of one.
bool IsUtf8Throughout(const FrontMatter& front) {
  std::vector<std::string_view> texts = {front.id, front.title, front.created, front.zone, front.journal, front.kind};
  texts.insert(texts.end(), front.tags.begin(), front.tags.end());
  if (front.location) {
    const Location& at = *front.location;
    texts.insert(texts.end(), {at.place, at.locality, at.region, at.country});
  }
  return std::ranges::all_of(texts, IsUtf8);
}

// Another program means something else by these.
void LeaveKithFields(FrontMatter& front) {
  if (!front.kind.empty()) front.other_keys.emplace_back("kind");
  if (!front.unknown.empty()) front.other_keys.emplace_back("unknown");
  if (front.instant_ms) front.other_keys.emplace_back("instant_ms");
  if (front.depth != 0) front.other_keys.emplace_back("depth");
  if (!front.practice.unknown.empty()) front.other_keys.emplace_back("practice_unknown");
  front.kind.clear();
  front.unknown.clear();
  front.instant_ms.reset();
  front.depth = 0;
  front.practice = {};
}

}  // namespace

NoteParts SplitNote(std::string_view file) {
  if (file.starts_with("\xEF\xBB\xBF")) file.remove_prefix(3);
  const std::string_view opening = LineAt(file);
  if (!opening.ends_with('\n') || !IsFence(opening, false)) return {std::nullopt, file};
  for (size_t at = opening.size(); at < file.size();) {
    const std::string_view line = LineAt(file.substr(at));
    if (IsFence(line, true)) {
      return {file.substr(opening.size(), at - opening.size()), file.substr(at + line.size())};
    }
    at += line.size();
  }
  return {std::nullopt, file};  // the line is a rule in the text
}

Result<FrontMatter> ParseFrontMatter(std::string_view yaml) {
  if (yaml.size() > exchange_limits::kFrontMatter) return Fail(Code::kTooLarge, "its front matter is too long");
  FrontMatter front;
  try {  // yaml-cpp throws on what it cannot read
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (root.IsNull()) return front;
    if (!root.IsMap()) return Fail(Code::kMalformed, "its front matter is not a list of fields");
    for (const auto& field : root) {
      if (!field.first.IsScalar()) return Fail(Code::kMalformed, "its front matter is not a list of fields");
      if (!ReadField(field.first.Scalar(), field.second, front)) front.other_keys.push_back(field.first.Scalar());
    }
    const YAML::Node practice = root["practice"];
    if (practice.IsDefined() && (!front.kith || !ReadPracticeNode(practice, front.kind, front.practice))) {
      front.other_keys.emplace_back("practice");
    }
    if (!front.kith) LeaveKithFields(front);
    if (!IsUtf8Throughout(front)) return Fail(Code::kMalformed, "its front matter is not valid YAML");
  } catch (const std::exception&) {
    return Fail(Code::kMalformed, "its front matter is not valid YAML");
  }
  return front;
}

namespace {

void EmitText(YAML::Emitter& out, const char* key, const std::string& value) {
  if (!value.empty()) out << YAML::Key << key << YAML::Value << YAML::DoubleQuoted << value;
}

void EmitLocation(YAML::Emitter& out, const Location& location) {
  out << YAML::Key << "location" << YAML::Value << YAML::Flow << YAML::BeginMap;
  if (location.latitude && location.longitude) {
    out << YAML::Key << "latitude" << YAML::Value << FormatNumber(*location.latitude);
    out << YAML::Key << "longitude" << YAML::Value << FormatNumber(*location.longitude);
  }
  EmitText(out, "place", location.place);
  EmitText(out, "locality", location.locality);
  EmitText(out, "region", location.region);
  EmitText(out, "country", location.country);
  out << YAML::EndMap;
}

}  // namespace

std::string FormatFrontMatter(const FrontMatter& front) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  if (front.kith) out << YAML::Key << "kith" << YAML::Value << *front.kith;
  EmitText(out, "id", front.id);
  EmitText(out, "title", front.title);
  if (!front.created.empty()) out << YAML::Key << "created" << YAML::Value << front.created;
  EmitText(out, "zone", front.zone);
  if (front.instant_ms) out << YAML::Key << "instant_ms" << YAML::Value << *front.instant_ms;
  if (!front.tags.empty()) {
    out << YAML::Key << "tags" << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const std::string& tag : front.tags) out << YAML::DoubleQuoted << tag;
    out << YAML::EndSeq;
  }
  if (front.starred) out << YAML::Key << "starred" << YAML::Value << true;
  EmitText(out, "journal", front.journal);
  if (front.location) EmitLocation(out, *front.location);
  EmitText(out, "kind", front.kind);
  if (front.depth != 0) out << YAML::Key << "depth" << YAML::Value << int{front.depth};
  EmitPractice(out, front.kind, front.practice);
  EmitText(out, "practice_unknown", front.practice.unknown.empty() ? "" : ToBase64(AsBytes(front.practice.unknown)));
  EmitText(out, "unknown", front.unknown.empty() ? "" : ToBase64(AsBytes(front.unknown)));
  out << YAML::EndMap;
  return std::string("---\n") + out.c_str() + "\n---\n";
}

}  // namespace kith
