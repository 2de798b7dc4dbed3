#include "tests/cli/fake_agent.h"

#include <utility>

#include "crypto/base/check.h"

namespace kith::testing {

grpc::Status Refusal(const Error& error) {
  v1::LocalError local;
  local.set_code(CodeName(error.code));
  return {grpc::StatusCode::FAILED_PRECONDITION, error.message, local.SerializeAsString()};
}

FakeAgent::FakeAgent(const std::string& socket) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket, grpc::InsecureServerCredentials());
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  KITH_CHECK(server_ != nullptr);
}

FakeAgent::~FakeAgent() {
  server_->Shutdown();
  server_->Wait();
}

grpc::Status FakeAgent::Ready() {
  if (vault == v1::StatusReply::LOCKED) return Refusal(Fail(Code::kLocked, "The vault is locked."));
  const Result<void> refusal = std::exchange(next_refusal, {});
  return refusal ? grpc::Status::OK : Refusal(refusal.error());
}

grpc::Status FakeAgent::Status(Context*, const v1::StatusRequest*, v1::StatusReply* reply) {
  *reply = reported;
  reply->set_vault(vault);
  reply->set_entries(entries.size());
  reply->set_memory_locked(true);
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Init(Context*, const v1::InitRequest*, v1::InitReply* reply) {
  std::string phrase = "abandon";
  for (int word = 1; word < 23; ++word) phrase += " abandon";
  reply->set_phrase(phrase + " art");
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Unlock(Context*, const v1::UnlockRequest* request, v1::UnlockReply*) {
  ++unlocks;
  if (request->passphrase() != passphrase) return Refusal(Fail(Code::kWrongPassphrase, "That is not it."));
  vault = v1::StatusReply::UNLOCKED;
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Recover(Context*, const v1::RecoverRequest* request, Writer<v1::SyncProgress>* writer) {
  if (const Result<void> refusal = std::exchange(next_refusal, {}); !refusal) return Refusal(refusal.error());
  recovered = *request;
  vault = v1::StatusReply::UNLOCKED;
  v1::SyncProgress progress;
  progress.set_done(true);
  writer->Write(progress);
  return grpc::Status::OK;
}

grpc::Status FakeAgent::RecoveryConfirm(Context*, const v1::RecoveryConfirmRequest* request,
                                        v1::RecoveryConfirmReply*) {
  if (auto status = Ready(); !status.ok()) return status;
  confirmed = *request;
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Drill(Context*, const v1::DrillRequest* request, Writer<v1::DrillProgress>* writer) {
  if (auto status = Ready(); !status.ok()) return status;
  drilled = *request;
  v1::DrillProgress last;
  *last.mutable_report() = drill;
  writer->Write(last);
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Write(Context*, const v1::WriteRequest* request, v1::EntrySummary* reply) {
  if (auto status = Ready(); !status.ok()) return status;
  written = *request;
  reply->set_id("00112233445566778899aabbccddeeff");
  reply->mutable_date()->set_year(2026);
  reply->mutable_date()->set_month(11);
  reply->mutable_date()->set_day(23);
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Edit(Context*, const v1::EditRequest* request, v1::EntrySummary* reply) {
  if (auto status = Ready(); !status.ok()) return status;
  edited = *request;
  *reply = entries.at(0).summary();
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Show(Context*, const v1::EntryRequest* request, v1::Entry* reply) {
  if (auto status = Ready(); !status.ok()) return status;
  for (const v1::Entry& entry : entries) {
    if (!entry.summary().id().starts_with(request->entry())) continue;
    *reply = entry;
    return grpc::Status::OK;
  }
  return Refusal(Fail(Code::kNotFound, "No entry begins so."));
}

grpc::Status FakeAgent::History(Context*, const v1::EntryRequest*, v1::HistoryReply* reply) {
  for (const char first : {'\x11', '\x12'}) {
    v1::HistoryVersion* version = reply->add_versions();
    version->set_version(std::string(1, first) + std::string(31, '\x01'));
    version->set_text("a version");
  }
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Restore(Context*, const v1::RestoreRequest* request, v1::EntrySummary* reply) {
  reply->set_id(request->entry());
  reply->set_title(request->version().substr(0, 1) == "\x12" ? "the second" : "another");
  return grpc::Status::OK;
}

grpc::Status FakeAgent::List(Context*, const v1::ListRequest*, Writer<v1::EntrySummary>* writer) {
  if (auto status = Ready(); !status.ok()) return status;
  for (const v1::Entry& entry : entries) writer->Write(entry.summary());
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Import(Context*, const v1::ImportRequest* request, Writer<v1::ImportProgress>* writer) {
  if (auto status = Ready(); !status.ok()) return status;
  v1::ImportProgress end;
  end.set_read(3415);
  end.set_days(3411);
  end.set_added(request->dry_run() ? 0 : 3414);
  end.set_present(1);
  end.mutable_first()->set_year(1660);
  end.mutable_first()->set_month(1);
  end.mutable_first()->set_day(10);
  *end.mutable_last() = end.first();
  v1::Quarantined* part = end.add_quarantined();
  part->set_where("Journal.json, entry 7\033[2J");
  part->set_reason("it has no date");
  end.set_done(true);
  writer->Write(end);
  return grpc::Status::OK;
}

grpc::Status FakeAgent::LinkShow(Context*, const v1::LinkShowRequest* request, Writer<v1::LinkShowProgress>* writer) {
  if (auto status = Ready(); !status.ok()) return status;
  link = *request;
  v1::LinkShowProgress progress;
  progress.set_code("1234-cabin-lunar-oak");
  progress.set_relay("127.0.0.1:7440#key");
  writer->Write(progress);
  progress.Clear();
  progress.set_label("phone");
  progress.set_done(true);
  writer->Write(progress);
  return grpc::Status::OK;
}

}  // namespace kith::testing
