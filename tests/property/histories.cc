#include "tests/property/histories.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>

#include "client/model/practice.h"

namespace kith::histories {
namespace {

// More than RapidCheck's 100, unless the caller says otherwise.
const bool kConfigured = setenv("RC_PARAMS", "max_success=400 max_size=100", /*overwrite=*/0) == 0;

const EntryId kEntry = [] {
  EntryId id;
  id.value.fill(0xE1);
  return id;
}();

std::vector<std::string> SplitParagraphs(const std::string& text) {
  std::vector<std::string> out;
  std::stringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) out.push_back(line);
  }
  return out;
}

std::string JoinParagraphs(const std::vector<std::string>& paragraphs) {
  std::string out;
  for (const std::string& paragraph : paragraphs) out += (out.empty() ? "" : "\n\n") + paragraph;
  return out;
}

class World {
 public:
  World() { history_.devices.resize(kDevices); }

  void Do(const Step& step) {
    auto& own = history_.devices[step.device % kDevices];
    if (step.act == Act::kHear) {
      const auto& other = history_.devices[(step.device + 1 + step.what % (kDevices - 1)) % kDevices];
      for (const auto& [id, version] : other) own.insert_or_assign(id, version);
      return;
    }
    if (own.empty()) {
      // Only the first device begins; another has nothing to write to yet.
      if (step.device % kDevices == 0) Begin(own);
      return;
    }
    if (step.act == Act::kShred) {
      Shred(step);
      return;
    }
    std::vector<Version> known;
    for (const auto& [id, version] : own) known.push_back(version);
    const EntryView view = View(known);
    if (step.act == Act::kRestore) {
      if (view.deleted) Restore(own, known, view);
    } else if (step.act == Act::kDelete) {
      Add(own, view.heads, VersionState::kDeleted, {});
    } else if (!view.deleted) {
      Add(own, view.heads, VersionState::kContent, Changed(view.content, step));
    }
  }

  History Take() && {
    std::vector<Version> all;
    for (const auto& [number, version] : made_) all.push_back(version);
    history_.all = std::move(all);
    return std::move(history_);
  }

 private:
  using Device = std::map<VersionId, Version>;

  std::string NewWord() { return "w" + std::to_string(++words_); }

  void Begin(Device& own) {
    Content content{.kind = "thought"};
    for (int i = 0; i < 6; ++i) {
      content.text += (i == 0 ? "" : "\n\n") + NewWord();
      for (int j = 0; j < 5; ++j) content.text += " " + NewWord();
    }
    content.tags = {"a", "b"};
    Add(own, {}, VersionState::kContent, content);
  }

  void Add(Device& own, std::vector<VersionId> parents, VersionState state, Content content) {
    const uint64_t number = ++versions_;
    // Clocks disagree: the HLC runs on, but not in the order of writing.
    Version version{IdOf(number), kEntry, std::move(parents), number ^ 3, state, std::move(content)};
    made_.emplace(number, version);
    own.emplace(version.id, std::move(version));
  }

  void Restore(Device& own, const std::vector<Version>& known, const EntryView& view) {
    std::vector<VersionInfo> infos;
    for (const Version& version : known) infos.push_back(InfoOf(version));
    const auto newest = NewestContent(VersionDag(infos));
    if (newest) Add(own, view.heads, VersionState::kContent, own.at(*newest).content);
  }

  void Shred(const Step& step) {
    auto& made = std::next(made_.begin(), step.what % made_.size())->second;
    if (made.state != VersionState::kContent) return;
    made.state = VersionState::kShredded;
    made.content = {};
    for (Device& device : history_.devices) {
      if (const auto found = device.find(made.id); found != device.end()) found->second = made;
    }
  }

  Content Changed(Content content, const Step& step) {
    std::vector<std::string> paragraphs = SplitParagraphs(content.text);
    const size_t at = paragraphs.empty() ? 0 : step.what % paragraphs.size();
    const std::string tag(1, static_cast<char>('a' + step.what % 4));
    switch (step.act) {
      case Act::kAddParagraph:
        paragraphs.insert(paragraphs.begin() + static_cast<ptrdiff_t>(at), NewWord() + " " + NewWord());
        break;
      case Act::kAddWord:
        if (paragraphs.empty()) paragraphs.emplace_back(NewWord());
        if (const size_t blank = paragraphs[at].find(' ', step.what); blank != std::string::npos) {
          paragraphs[at].insert(blank, " " + NewWord());
        } else {
          paragraphs[at] += " " + NewWord();
        }
        break;
      case Act::kDropParagraph:
        if (!paragraphs.empty()) paragraphs.erase(paragraphs.begin() + static_cast<ptrdiff_t>(at));
        break;
      case Act::kTitle:
        content.title = NewWord();
        break;
      case Act::kStar:
        content.starred = !content.starred;
        break;
      case Act::kAddTag:
        content.tags.push_back(tag);
        std::sort(content.tags.begin(), content.tags.end());
        content.tags.erase(std::unique(content.tags.begin(), content.tags.end()), content.tags.end());
        break;
      case Act::kDropTag:
        std::erase(content.tags, tag);
        break;
      case Act::kUnknownField:
        content.unknown = NewWord();
        break;
      case Act::kField:
        ChangeField(content, step.what);
        break;
      case Act::kDelete:
      case Act::kRestore:
      case Act::kHear:
      case Act::kShred:
        break;
    }
    content.text = JoinParagraphs(paragraphs);
    return content;
  }

  // Of the kind that Begin gives: a number, a list, a text, or one of them skipped again.
  void ChangeField(Content& content, size_t what) {
    constexpr std::array kFields = {"belief_before", "for", "thought"};
    const char* const field = kFields[what % kFields.size()];
    if (what % 4 == 3) {
      ClearField(content, field);
    } else if (what % kFields.size() == 0) {
      SetField(content, field, static_cast<int32_t>(++words_ % 101));
    } else if (what % kFields.size() == 1) {
      SetField(content, field, std::vector<std::string>{NewWord()});
    } else {
      SetField(content, field, NewWord());
    }
  }

  History history_;
  std::map<uint64_t, Version> made_;
  uint64_t versions_ = 0;
  uint64_t words_ = 0;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << "{" << int{step.device} << ", " << static_cast<int>(step.act) << ", " << int{step.what} << "}";
}

VersionId IdOf(uint64_t number) {
  // Scattered, so that neither id nor number order is the order of writing (the finalizer of SplitMix64).
  VersionId id;
  uint64_t mixed = number * 0x9E3779B97F4A7C15;
  mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
  mixed ^= mixed >> 31;
  for (size_t i = 0; i < 8; ++i) {
    id.value[i] = static_cast<uint8_t>(mixed >> (8 * i));
    id.value[i + 8] = static_cast<uint8_t>(number >> (8 * i));
  }
  return id;
}

History Play(const std::vector<Step>& steps) {
  World world;
  world.Do({0, Act::kAddWord, 0});
  for (const Step& step : steps) world.Do(step);
  return std::move(world).Take();
}

rc::Gen<History> AnyHistory() { return rc::gen::map<std::vector<Step>>(Play); }

std::vector<std::string> WordsInOrder(const std::string& text) {
  std::vector<std::string> words;
  std::stringstream in(text);
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> WordsOf(const std::string& text) {
  std::vector<std::string> words = WordsInOrder(text);
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

}  // namespace kith::histories

namespace rc {

Gen<kith::histories::Step> Arbitrary<kith::histories::Step>::arbitrary() {
  using kith::histories::Act;
  using kith::histories::Step;
  // Hearing of each other often enough that there is something to merge, and seldom enough that there is a need to.
  // inRange alone would stay at the low end of small cases, with one device that speaks to itself.
  const auto below = [](uint8_t end) { return gen::resize(kNominalSize, gen::inRange<uint8_t>(0, end)); };
  return gen::build<Step>(gen::set(&Step::device, below(kith::histories::kDevices)),
                          gen::set(&Step::act, gen::weightedElement<Act>({{3, Act::kAddParagraph},
                                                                          {4, Act::kAddWord},
                                                                          {2, Act::kDropParagraph},
                                                                          {1, Act::kTitle},
                                                                          {1, Act::kStar},
                                                                          {3, Act::kAddTag},
                                                                          {3, Act::kDropTag},
                                                                          {1, Act::kUnknownField},
                                                                          {3, Act::kField},
                                                                          {1, Act::kDelete},
                                                                          {2, Act::kRestore},
                                                                          {8, Act::kHear},
                                                                          {1, Act::kShred}})),
                          gen::set(&Step::what, below(24)));
}

}  // namespace rc
