// Where every importer hands in what it found: makes it fit, names it, counts it, passes it on. Internal to exchange/.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "client/exchange/importer.h"
#include "client/exchange/source.h"
#include "client/exchange/zones.h"

namespace kith {

// An entry as one format tells it.
struct ImportDraft {
  Content content;  // without its date; tags in any order; journal empty if the source names none
  WrittenDate written;
  std::string zone;                     // as the source names it, or empty
  bool all_day = false;                 // the time of day means nothing, although there is one
  std::optional<EntryDate> exact_date;  // from Kith's own export: used as it is
  std::string source_id;
  std::optional<EntryId> kith_id;
  std::string where;
  std::string_view raw;
};

class ImportIntake {
 public:
  // Borrows both for its life. kInvalidArgument: as ReadImport.
  static Result<ImportIntake> Open(const ImportOptions& options, const ImportSink& sink);

  void Add(ImportDraft draft);
  void Lose(Loss loss, std::string where, std::string reason, std::string_view raw = {});
  // The document has the format's shape, though there may be no entry in it.
  void Recognize() { recognized_ = true; }
  // Cancelled, or at a limit: reading must end.
  bool stopped() const { return stopped_; }

  // Of the source: `want`, `document` and `largest` are left for the format to fill in.
  SourceVisitor Visitor();
  // kCancelled; kImportUnreadable with `expected` in its message.
  Result<ImportSummary> Finish(std::string_view expected) const;

 private:
  using Key = std::array<uint8_t, 32>;
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };

  ImportIntake(const ImportOptions& options, const ImportSink& sink, std::optional<Zone> fallback)
      : options_(options), sink_(sink), fallback_(std::move(fallback)) {}
  bool SetDate(ImportDraft& draft);
  void FitTags(ImportDraft& draft);
  void Fit(ImportDraft& draft);
  bool SetName(const ImportDraft& draft, ImportedEntry& entry);
  void Count(const EntryDate& date);

  const ImportOptions& options_;
  const ImportSink& sink_;
  std::optional<Zone> fallback_;
  ImportSummary summary_;
  std::set<CivilDay> days_;
  std::unordered_map<Key, Key, KeyHash> ids_;           // source id to what it named
  std::unordered_map<Key, uint32_t, KeyHash> repeats_;  // entries without an id
  bool recognized_ = false;
  bool stopped_ = false;
  bool cancelled_ = false;
};

}  // namespace kith
