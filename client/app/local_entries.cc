// Writing and reading entries.
#include <algorithm>

#include "client/app/entry_dates.h"
#include "client/app/local_use.h"
#include "client/app/read_all.h"
#include "client/core/hlc.h"
#include "client/core/practice_rules.h"
#include "client/core/quiet.h"
#include "client/model/content.h"
#include "client/model/practice_words.h"
#include "client/model/search.h"
#include "client/model/text.h"
#include "client/wire/practices.h"

namespace kith {
namespace {

std::string Text(ByteView bytes) { return ToString(bytes); }

// What a change answers: the entry as it is listed now, and its heads.
Result<> Describe(const Journal& journal, const EntryId& entry, v1::EntrySummary* reply) {
  KITH_TRY_ASSIGN(const ShownEntry shown, journal.Show(entry));
  *reply = SummaryOf(Summarize(entry, shown.view));
  for (const VersionId& head : shown.view.heads) reply->add_heads(Text(head.view()));
  if (FindPractice(shown.view.content.kind) != nullptr) {
    wire::WritePractice(shown.view.content, *reply->mutable_practice());
  }
  return {};
}

v1::Head HeadOf(const Journal& journal, const storage::EntryVersions& versions, const VersionId& id) {
  v1::Head head;
  head.set_version(Text(id.view()));
  const auto item = std::ranges::find(versions.items, id, &storage::EntryVersions::Item::id);
  if (item != versions.items.end()) {
    head.set_written(WrittenAt(item->hlc));
    head.set_device(journal.WriterOf(item->place));
  }
  return head;
}

Result<std::vector<VersionId>> VersionsOf(const google::protobuf::RepeatedPtrField<std::string>& fields) {
  std::vector<VersionId> out;
  for (const std::string& field : fields) {
    KITH_TRY_ASSIGN(out.emplace_back(), VersionOf(field));
  }
  return out;
}

// After a change of an entry: the copies that follow it are made anew, held as the first ones were. The change itself
// is kept whatever becomes of them.
Result<> RenewCopies(Unlocked& unlocked, const EntryId& entry) {
  const Result<> renewed = unlocked.vault->Share([&](Journal& journal) { return journal.sharing().FollowUp(entry); });
  unlocked.holds.Poke();
  unlocked.loops.Poke();
  if (renewed) return {};
  return Fail(renewed.error().code, "The entry is saved, but not the new copy for the friends it is shared with (" +
                                        renewed.error().message + ") Save it once more when that is solved.");
}

Result<> ChangePractice(const v1::EditRequest& request, Content& content) {
  const PracticeKind* const kind = FindPractice(content.kind);
  for (const std::string& name : request.clear()) {
    const PracticeField* const field = kind == nullptr ? nullptr : kind->Find(name);
    if (field == nullptr) return Fail(Code::kInvalidArgument, "This entry has no such field.");
    content.practice.fields.erase(field->number);
  }
  if (!request.has_practice()) return {};
  Content given{.kind = content.kind};
  KITH_TRY(TakePractice(request.practice(), given));
  for (auto& [number, value] : given.practice.fields)
    content.practice.fields.insert_or_assign(number, std::move(value));
  return {};
}

Result<> Change(const v1::EditRequest& request, Content& content, int64_t now_ms) {
  if (request.has_text()) content.text = request.text();
  if (request.has_title()) content.title = request.title();
  if (request.has_journal()) content.journal = request.journal();
  if (request.has_starred()) content.starred = request.starred();
  KITH_TRY(TakeDepth(request.has_depth() ? request.depth() : content.depth, content));
  KITH_TRY(ChangePractice(request, content));
  if (request.has_on()) {
    KITH_TRY_ASSIGN(content.date, DateFor(request.on(), request.zone(), now_ms));
  }
  std::vector<std::string> tags = content.tags;
  std::erase_if(tags, [&](const std::string& tag) {
    return std::ranges::find(request.remove_tags(), tag) != request.remove_tags().end();
  });
  tags.insert(tags.end(), request.add_tags().begin(), request.add_tags().end());
  content.tags = NormalizeTags(std::move(tags));
  return {};
}

// A star or a tag must not choose between texts that wait to be chosen from: it goes to the newest of them alone.
void SettleNothing(EntryView& view, std::vector<VersionId>& heads) {
  const auto newest = std::ranges::find(view.sides.rbegin(), view.sides.rend(), false, &Side::deleted);
  if (newest == view.sides.rend()) return;
  heads = {newest->id};
  view.content = newest->content;
}

// A row that an older program wrote does not say what a practice's record says.
Result<> AddPractice(Journal& journal, storage::Summary& summary, v1::Practice* said) {
  KITH_TRY_ASSIGN(const ShownEntry shown, journal.Show(summary.id));
  summary.first_line = PracticeLine(shown.view.content);
  if (said != nullptr) wire::WritePractice(shown.view.content, *said);
  return {};
}

}  // namespace

Result<> TakePractice(const v1::Practice& from, Content& content) {
  const std::string before = content.unknown;
  KITH_TRY(wire::ReadPractice(from, content));
  if (content.unknown == before && content.practice.unknown.empty()) return {};
  return Fail(Code::kInvalidArgument, "What is given belongs to another kind of record.");
}

Result<> TakeDepth(uint32_t from, Content& content) {
  if (from > kMaxDepth) return Fail(Code::kInvalidArgument, "A depth goes from 1 to 5; 0 for none.");
  content.depth = static_cast<uint8_t>(from);
  return {};
}

uint64_t WrittenAt(Hlc hlc) { return hlc == 0 ? 0 : static_cast<uint64_t>(HlcClock::Millis(hlc)); }

void WriteDate(const EntryDate& date, v1::EntryDate* out) {
  out->set_year(date.year);
  out->set_month(date.month);
  out->set_day(date.day);
  out->set_second(date.second);
  out->set_zone(date.zone);
  out->set_instant(date.instant_ms);
  out->set_day_only(date.day_only);
}

v1::EntrySummary SummaryOf(const storage::Summary& summary) {
  v1::EntrySummary out;
  out.set_id(FormatEntryId(summary.id));
  out.set_kind(summary.kind);
  WriteDate(summary.date, out.mutable_date());
  out.set_title(summary.title);
  for (const std::string& tag : summary.tags) out.add_tags(tag);
  out.set_journal(summary.journal);
  out.set_starred(summary.starred);
  out.set_first_line(summary.first_line);
  out.set_conflict(summary.conflict);
  out.set_deleted(summary.deleted);
  return out;
}

Result<VersionId> VersionOf(const std::string& field) {
  const auto id = VersionId::From(AsBytes(field));
  if (!id) return Fail(Code::kInvalidArgument, "A version's id has 64 hex digits; `kith history` shows them.");
  return *id;
}

grpc::Status LocalService::Write(grpc::ServerContext*, const v1::WriteRequest* request, v1::EntrySummary* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    Content content;
    content.text = request->text();
    content.title = request->title();
    content.journal = request->journal();
    content.starred = request->starred();
    if (!request->kind().empty()) content.kind = request->kind();
    KITH_TRY(TakeDepth(request->depth(), content));
    if (request->has_practice()) KITH_TRY(TakePractice(request->practice(), content));
    content.tags = NormalizeTags({request->tags().begin(), request->tags().end()});
    KITH_TRY_ASSIGN(content.date, DateFor(request->on(), request->zone(), unlocked.vault->clock().NowMillis()));
    KITH_TRY(unlocked.vault->With([&](Journal& journal) -> Result<> {
      KITH_TRY_ASSIGN(const EntryId entry, WritePractice(journal, std::move(content)));
      return Describe(journal, entry, reply);
    }));
    unlocked.loops.own().Poke();
    return {};
  }));
}

grpc::Status LocalService::Edit(grpc::ServerContext*, const v1::EditRequest* request, v1::EntrySummary* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    EntryId entry;
    KITH_TRY(unlocked.vault->With([&](Journal& journal) -> Result<> {
      KITH_TRY_ASSIGN(entry, journal.Resolve(request->entry()));
      KITH_TRY_ASSIGN(ShownEntry shown, journal.Show(entry));
      KITH_TRY_ASSIGN(std::vector<VersionId> heads, VersionsOf(request->heads()));
      if (shown.view.conflict && !request->has_text() && heads.empty()) SettleNothing(shown.view, heads);
      Content content = shown.view.content;
      KITH_TRY(Change(*request, content, unlocked.vault->clock().NowMillis()));
      const bool same = content == shown.view.content && shown.view.heads.size() == 1 && !shown.view.deleted;
      if (!same) KITH_TRY(journal.Edit(entry, std::move(heads), std::move(content)));
      return Describe(journal, entry, reply);
    }));
    return RenewCopies(unlocked, entry);
  }));
}

grpc::Status LocalService::Delete(grpc::ServerContext*, const v1::EntryRequest* request, v1::EntrySummary* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY(unlocked.vault->With([&](Journal& journal) -> Result<> {
      KITH_TRY_ASSIGN(const EntryId entry, journal.Resolve(request->entry()));
      KITH_TRY(journal.Delete(entry));
      return Describe(journal, entry, reply);
    }));
    unlocked.loops.own().Poke();
    return {};
  }));
}

grpc::Status LocalService::Restore(grpc::ServerContext*, const v1::RestoreRequest* request, v1::EntrySummary* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    EntryId entry;
    KITH_TRY(unlocked.vault->With([&](Journal& journal) -> Result<> {
      KITH_TRY_ASSIGN(entry, journal.Resolve(request->entry()));
      std::optional<VersionId> version;
      if (!request->version().empty()) {
        KITH_TRY_ASSIGN(version, VersionOf(request->version()));
      }
      KITH_TRY(journal.Restore(entry, version));
      return Describe(journal, entry, reply);
    }));
    return RenewCopies(unlocked, entry);
  }));
}

grpc::Status LocalService::Show(grpc::ServerContext*, const v1::EntryRequest* request, v1::Entry* reply) {
  return StatusOf(WithJournal([&](Journal& journal) -> Result<> {
    KITH_TRY_ASSIGN(const EntryId entry, journal.Resolve(request->entry()));
    KITH_TRY_ASSIGN(const ShownEntry shown, journal.Show(entry));
    *reply->mutable_summary() = SummaryOf(Summarize(entry, shown.view));
    reply->set_text(shown.view.content.text);
    reply->set_merged(shown.view.merged);
    reply->set_depth(shown.view.content.depth);
    if (FindPractice(shown.view.content.kind) != nullptr) {
      wire::WritePractice(shown.view.content, *reply->mutable_practice());
    }
    if (const auto& place = shown.view.content.location) {
      v1::EntryLocation* out = reply->mutable_location();
      out->set_has_coordinates(place->latitude && place->longitude);
      out->set_latitude(place->latitude.value_or(0));
      out->set_longitude(place->longitude.value_or(0));
      out->set_place(place->place);
      out->set_locality(place->locality);
      out->set_region(place->region);
      out->set_country(place->country);
    }
    for (const VersionId& head : shown.view.heads) *reply->add_heads() = HeadOf(journal, shown.versions, head);
    for (const Side& side : shown.view.sides) {
      v1::Side* out = reply->add_sides();
      *out->mutable_head() = HeadOf(journal, shown.versions, side.id);
      out->set_title(side.content.title);
      out->set_text(side.content.text);
      out->set_deleted(side.deleted);
      if (FindPractice(side.content.kind) != nullptr) wire::WritePractice(side.content, *out->mutable_practice());
    }
    return {};
  }));
}

grpc::Status LocalService::History(grpc::ServerContext*, const v1::EntryRequest* request, v1::HistoryReply* reply) {
  return StatusOf(WithJournal([&](Journal& journal) -> Result<> {
    KITH_TRY_ASSIGN(const EntryId entry, journal.Resolve(request->entry()));
    KITH_TRY_ASSIGN(const ShownEntry shown, journal.Show(entry));
    KITH_TRY_ASSIGN(const std::vector<Version> versions, journal.History(entry));
    for (const Version& version : versions) {
      v1::HistoryVersion* out = reply->add_versions();
      out->set_version(Text(version.id.view()));
      for (const VersionId& parent : version.parents) out->add_parents(Text(parent.view()));
      out->set_written(WrittenAt(version.hlc));
      out->set_device(HeadOf(journal, shown.versions, version.id).device());
      out->set_deleted(version.state != VersionState::kContent);
      out->set_head(std::ranges::binary_search(shown.view.heads, version.id));
      out->set_title(version.content.title);
      out->set_text(version.content.text);
      if (FindPractice(version.content.kind) != nullptr) wire::WritePractice(version.content, *out->mutable_practice());
    }
    return {};
  }));
}

grpc::Status LocalService::List(grpc::ServerContext*, const v1::ListRequest* request,
                                grpc::ServerWriter<v1::EntrySummary>* writer) {
  // Gathered first: a caller that reads slowly must hold neither the journal nor the lock on it.
  std::vector<v1::EntrySummary> found;
  const Result<> listed = WithVault([&](Unlocked& unlocked) -> Result<> {
    const int64_t now = unlocked.vault->clock().NowMillis();
    ListQuery query;
    KITH_TRY_ASSIGN(query.from, DayBound(request->from(), now));
    KITH_TRY_ASSIGN(query.to, DayBound(request->to(), now));
    query.tags = {request->tags().begin(), request->tags().end()};
    if (!request->journal().empty()) query.journal = request->journal();
    if (request->starred()) query.which = ListQuery::Which::kStarred;
    if (request->deleted()) query.which = ListQuery::Which::kDeleted;
    if (request->oldest_first()) query.order = ListQuery::Order::kOldestFirst;
    query.kinds = {request->kinds().begin(), request->kinds().end()};
    query.limit = request->limit();
    query.with_quiet = request->quiet();
    return unlocked.vault->With([&](Journal& journal) -> Result<> {
      KITH_TRY_ASSIGN(const Quiet quiet, QuietOf(journal.state()));
      query.quiet = &quiet;
      std::vector<storage::Summary> rows;
      KITH_TRY(journal.List(query, [&](const storage::Summary& summary) {
        rows.push_back(summary);
        return true;
      }));
      for (storage::Summary& row : rows) {
        v1::Practice said;
        const bool practice = FindPractice(row.kind) != nullptr;
        if (practice) KITH_TRY(AddPractice(journal, row, request->practices() ? &said : nullptr));
        found.push_back(SummaryOf(row));
        found.back().set_quiet(row.quiet);
        if (practice && request->practices()) *found.back().mutable_practice() = std::move(said);
      }
      return {};
    });
  });
  for (const v1::EntrySummary& summary : found) {
    if (!listed || !writer->Write(summary)) break;
  }
  return StatusOf(listed);
}

grpc::Status LocalService::Search(grpc::ServerContext* context, const v1::SearchRequest* request,
                                  grpc::ServerWriter<v1::SearchHit>* writer) {
  Caller caller(*context);
  std::vector<Journal::Hit> hits;
  const Result<> searched = WithVault([&](Unlocked& unlocked) -> Result<> {
    std::string typed;
    for (const std::string& word : request->words()) typed += word + " ";
    const std::vector<std::string> words = SearchWords(typed);
    if (words.empty()) return Fail(Code::kInvalidArgument, "Say which words to look for.");
    KITH_TRY_ASSIGN(const Quiet quiet, unlocked.vault->With([](Journal& journal) { return QuietOf(journal.state()); }));
    SearchHits found(words);
    KITH_TRY(ReadAll(unlocked, [&](uint64_t, const EntryId& entry, const Content& content) -> Result<> {
      if (caller.gone()) return Fail(Code::kCancelled, "Stopped.");
      if (request->quiet() || !quiet.Covers(entry, content)) found.Take(entry, content);
      return {};
    }));
    hits = found.Finish(request->limit());
    return {};
  });
  for (const Journal::Hit& hit : hits) {
    v1::SearchHit out;
    *out.mutable_summary() = SummaryOf(hit.summary);
    out.set_snippet(hit.snippet);
    if (!searched || !writer->Write(out)) break;
  }
  return StatusOf(searched);
}

}  // namespace kith
