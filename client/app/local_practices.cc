// Drafts of practices, looking back, and people by name.
#include <algorithm>

#include "client/app/entry_dates.h"
#include "client/app/local_use.h"
#include "client/core/doors.h"
#include "client/core/quiet.h"
#include "client/model/lookback.h"
#include "client/model/practice.h"
#include "client/model/practice_words.h"
#include "client/model/text.h"
#include "client/wire/practices.h"

namespace kith {
namespace {

Result<EntryId> DraftIdOf(const std::string& field) {
  const auto id = EntryId::From(AsBytes(field));
  if (!id) return Fail(Code::kInvalidArgument, "There is no such draft. `kith drafts` lists them.");
  return *id;
}

void WriteDraft(const PracticeDraft& from, v1::Draft* to) {
  to->set_id(ToString(from.id.view()));
  to->set_kind(from.content.kind);
  to->set_at(static_cast<uint64_t>(from.at_ms));
  to->set_text(from.content.text);
  if (FindPractice(from.content.kind) != nullptr) wire::WritePractice(from.content, *to->mutable_practice());
}

// kNotFound, kAmbiguous.
Result<> FindByName(Journal& journal, const std::string& name, v1::FindPersonReply* reply) {
  KITH_TRY_ASSIGN(const std::vector<PinnedPerson> people, PinnedPeople(journal.state()));
  const PinnedPerson* found = nullptr;
  for (const PinnedPerson& person : people) {
    if (FoldCase(TextOf(person.content, "alias")) != FoldCase(name)) continue;
    if (found != nullptr)
      return Fail(Code::kAmbiguous, "Two pinned people have this name. Give one another, with kith edit.");
    found = &person;
  }
  const auto known = journal.sharing().FindFriend(name);
  if (found != nullptr) {
    reply->set_entry(ToString(found->entry.view()));
    reply->set_friend_(TextOf(found->content, "friend"));
    reply->set_name(TextOf(found->content, "alias"));
  } else if (!known || known->person.IsZero()) {
    return Fail(
        Code::kNotFound,
        "Nobody of that name is pinned or a friend here. `kith people list` and `kith friend list` show who is.");
  } else {
    reply->set_name(known->label);
  }
  if (reply->friend_().empty() && known && !known->person.IsZero()) reply->set_friend_(ToString(known->person.view()));
  return {};
}

// The records of a kind, oldest first; of one day, in the order of lists.
Result<std::vector<Content>> RecordsOf(Journal& journal, const v1::LookBackRequest& request, int64_t now_ms) {
  KITH_TRY_ASSIGN(const Quiet quiet, QuietOf(journal.state()));
  ListQuery query{.kinds = {request.kind()}, .order = ListQuery::Order::kOldestFirst};
  query.quiet = &quiet;
  query.with_quiet = request.quiet();
  KITH_TRY_ASSIGN(query.from, DayBound(request.from(), now_ms));
  KITH_TRY_ASSIGN(query.to, DayBound(request.to(), now_ms));
  std::vector<EntryId> rows;
  KITH_TRY(journal.List(query, [&](const storage::Summary& row) {
    rows.push_back(row.id);
    return true;
  }));
  std::vector<Content> records;
  KITH_TRY(journal.Read(rows, [&](const EntryId&, const Content& content) {
    records.push_back(content);
    return true;
  }));
  return records;
}

void WriteLookBack(const LookBack& from, v1::LookBackReply* to) {
  to->set_kind(std::string(from.shape.kind));
  to->set_mark(std::string(from.shape.mark));
  to->set_first(std::string(from.shape.first));
  to->set_second(std::string(from.shape.second));
  to->set_sentence(std::string(from.enough() ? LookBackSentence(from.shape.kind) : sentences::kLookBackFew));
  to->set_n(from.n);
  to->set_enough(from.enough());
  for (const LookBackPoint& point : from.points) {
    v1::LookBackPoint* const out = to->add_points();
    out->set_day(static_cast<int32_t>(DaysFromCivil(point.day)));
    out->set_mark(point.mark);
    if (point.first) out->set_first(*point.first);
    if (point.second) out->set_second(*point.second);
  }
  for (const LookBackGroup& group : from.groups) {
    v1::LookBackGroup* const out = to->add_groups();
    out->set_mark(group.mark);
    out->set_n(group.n);
    out->set_first_n(group.first_n);
    out->set_second_n(group.second_n);
    if (group.first) out->set_first(*group.first);
    if (group.second) out->set_second(*group.second);
    for (const std::string& exit : group.exits) out->add_exits(exit);
  }
}

}  // namespace

grpc::Status LocalService::LookBack(grpc::ServerContext*, const v1::LookBackRequest* request,
                                    v1::LookBackReply* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    const auto shape = std::ranges::find(LookBackShapes(), request->kind(), &LookBackShape::kind);
    if (shape == LookBackShapes().end())
      return Fail(Code::kInvalidArgument,
                  "Records of this kind are not laid side by side. `kith look --help` lists those that are.");
    const int64_t now = unlocked.vault->clock().NowMillis();
    KITH_TRY_ASSIGN(const std::vector<Content> records,
                    unlocked.vault->With([&](Journal& journal) { return RecordsOf(journal, *request, now); }));
    WriteLookBack(MakeLookBack(*shape, records), reply);
    return {};
  }));
}

grpc::Status LocalService::FindPerson(grpc::ServerContext*, const v1::FindPersonRequest* request,
                                      v1::FindPersonReply* reply) {
  return StatusOf(WithJournal([&](Journal& journal) { return FindByName(journal, request->name(), reply); }));
}

grpc::Status LocalService::DraftKeep(grpc::ServerContext*, const v1::DraftKeepRequest* request, v1::Draft* reply) {
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    const v1::Draft& given = request->draft();
    const int64_t now = unlocked.vault->clock().NowMillis();
    PracticeDraft draft{.at_ms = now, .content = {.kind = given.kind(), .text = given.text()}};
    std::optional<EntryId> id;
    if (!given.id().empty()) {
      KITH_TRY_ASSIGN(id, DraftIdOf(given.id()));
    }
    if (given.has_practice()) KITH_TRY(TakePractice(given.practice(), draft.content));
    KITH_TRY_ASSIGN(draft.id,
                    unlocked.vault->With([&](Journal& journal) { return journal.drafts().Keep(id, draft.content); }));
    WriteDraft(draft, reply);
    return {};
  }));
}

grpc::Status LocalService::Drafts(grpc::ServerContext*, const v1::DraftsRequest*, v1::DraftsReply* reply) {
  return StatusOf(WithJournal([&](Journal& journal) -> Result<> {
    KITH_TRY_ASSIGN(const std::vector<PracticeDraft> drafts, journal.drafts().All());
    for (const PracticeDraft& draft : drafts) WriteDraft(draft, reply->add_drafts());
    return {};
  }));
}

grpc::Status LocalService::DraftDrop(grpc::ServerContext*, const v1::DraftDropRequest* request, v1::DraftDropReply*) {
  return StatusOf(WithJournal([&](Journal& journal) -> Result<> {
    KITH_TRY_ASSIGN(const EntryId id, DraftIdOf(request->id()));
    return journal.drafts().Drop(id);
  }));
}

}  // namespace kith
