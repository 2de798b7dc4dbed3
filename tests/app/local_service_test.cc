// The agent's API over a real socket, as its callers see it: every call, its refusals by code, and what a locked vault
// says.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "local_service_fixture.h"

namespace kith::app_test {
namespace {

TEST_F(LocalServiceTest, BeforeInitAndLockedEveryCallThatNeedsWordsSaysSo) {
  EXPECT_EQ(Status(agent).vault(), v1::StatusReply::NONE);
  ExpectAll("NO_VAULT");
  Init();
  EXPECT_EQ(Status(agent).vault(), v1::StatusReply::UNLOCKED);
  v1::LockReply locked;
  ASSERT_EQ(Call(agent, &Stub::Lock, v1::LockRequest(), &locked), "OK");
  EXPECT_EQ(Status(agent).vault(), v1::StatusReply::LOCKED);
  ExpectAll("LOCKED");
  v1::UnlockRequest request;
  v1::UnlockReply unlocked;
  request.set_passphrase("a guess");
  EXPECT_EQ(Call(agent, &Stub::Unlock, request, &unlocked), "WRONG_PASSPHRASE");
  request.set_passphrase(kPassphrase);
  EXPECT_EQ(Call(agent, &Stub::Unlock, request, &unlocked), "OK");
  EXPECT_EQ(Status(agent).vault(), v1::StatusReply::UNLOCKED);
}

TEST_F(LocalServiceTest, InitRefusals) {
  v1::InitRequest request;
  v1::InitReply reply;
  EXPECT_EQ(Call(agent, &Stub::Init, request, &reply), "INVALID_ARGUMENT");
  request.set_passphrase(kPassphrase);
  request.set_kdf_memory_mib(1);
  EXPECT_EQ(Call(agent, &Stub::Init, request, &reply), "KDF_TOO_WEAK");
  request.set_device_label("two\nlines");
  EXPECT_EQ(Call(agent, &Stub::Init, request, &reply), "INVALID_ARGUMENT");
  Init();
  EXPECT_EQ(Call(agent, &Stub::Init, request, &reply), "INVALID_ARGUMENT");
  request.set_device_label("desk");
  EXPECT_EQ(Call(agent, &Stub::Init, request, &reply), "VAULT_EXISTS");
}

TEST_F(LocalServiceTest, ChangePassphrase) {
  Init();
  v1::ChangePassphraseRequest request;
  v1::ChangePassphraseReply reply;
  request.set_old_passphrase("a guess");
  request.set_new_passphrase("new one");
  request.set_kdf_memory_mib(kCheapKdf);
  EXPECT_EQ(Call(agent, &Stub::ChangePassphrase, request, &reply), "WRONG_PASSPHRASE");
  request.set_old_passphrase(kPassphrase);
  EXPECT_EQ(Call(agent, &Stub::ChangePassphrase, request, &reply), "OK");
}

TEST_F(LocalServiceTest, StopIsHandedOn) {
  v1::StopReply reply;
  EXPECT_EQ(Call(agent, &Stub::Stop, v1::StopRequest(), &reply), "OK");
  EXPECT_TRUE(agent.stopped);
}

TEST_F(LocalServiceTest, OnlyWorkWithAnOpenVaultCountsAsUse) {
  Status(agent);
  EXPECT_EQ(agent.service().IdleFor(), 0);
  Init();
  ASSERT_TRUE(Eventually([&] { return agent.service().IdleFor() > 2; }));
  const int64_t before = agent.service().IdleFor();
  Status(agent);
  EXPECT_GE(agent.service().IdleFor(), before);
}

TEST_F(LocalServiceTest, AnEntrysLife) {
  Init();
  const v1::EntrySummary written = Write("First line.\n\nMore.");
  EXPECT_EQ(written.id().size(), 32u);
  EXPECT_EQ(written.first_line(), "First line.");
  ASSERT_EQ(written.heads_size(), 1);

  v1::EditRequest edit;
  edit.set_entry(written.id().substr(0, 8));
  edit.set_title("Title");
  edit.set_starred(true);
  edit.add_add_tags("quiet");
  *edit.add_heads() = written.heads(0);
  v1::EntrySummary edited;
  ASSERT_EQ(Call(agent, &Stub::Edit, edit, &edited), "OK");
  EXPECT_NE(edited.heads(0), written.heads(0));
  const v1::Entry shown = Show(written.id());
  EXPECT_EQ(shown.text(), "First line.\n\nMore.");
  EXPECT_EQ(shown.summary().title(), "Title");
  EXPECT_EQ(shown.heads(0).device(), "desk");
  EXPECT_GT(shown.heads(0).written(), 0u);

  // The same again is no new version.
  edit.clear_heads();
  v1::EntrySummary same;
  ASSERT_EQ(Call(agent, &Stub::Edit, edit, &same), "OK");
  EXPECT_EQ(same.heads(0), edited.heads(0));

  v1::EntryRequest request;
  request.set_entry(written.id());
  v1::HistoryReply history;
  ASSERT_EQ(Call(agent, &Stub::History, request, &history), "OK");
  ASSERT_EQ(history.versions_size(), 2);
  EXPECT_TRUE(history.versions(0).head());
  EXPECT_EQ(history.versions(1).device(), "desk");

  v1::EntrySummary deleted;
  ASSERT_EQ(Call(agent, &Stub::Delete, request, &deleted), "OK");
  EXPECT_TRUE(deleted.deleted());
  EXPECT_TRUE(List({}).empty());
  v1::RestoreRequest restore;
  restore.set_entry(written.id());
  restore.set_version(history.versions(1).version());
  v1::EntrySummary restored;
  ASSERT_EQ(Call(agent, &Stub::Restore, restore, &restored), "OK");
  EXPECT_EQ(Show(written.id()).summary().title(), "");
}

TEST_F(LocalServiceTest, RefusalsOfEntries) {
  Init();
  const v1::EntrySummary written = Write("words");
  v1::EntryRequest request;
  v1::Entry entry;
  request.set_entry("00000000000000000000000000000000");
  EXPECT_EQ(Call(agent, &Stub::Show, request, &entry), "NOT_FOUND");
  request.set_entry("xyz");
  EXPECT_EQ(Call(agent, &Stub::Show, request, &entry), "INVALID_ARGUMENT");
  v1::WriteRequest write;
  v1::EntrySummary summary;
  write.set_text("words");
  write.set_on("the day after");
  EXPECT_EQ(Call(agent, &Stub::Write, write, &summary), "INVALID_ARGUMENT");
  write.clear_on();
  write.set_zone("Nowhere/Land");
  EXPECT_EQ(Call(agent, &Stub::Write, write, &summary), "INVALID_ARGUMENT");
  v1::EditRequest edit;
  edit.set_entry(written.id());
  edit.set_title("Title");
  *edit.add_heads() = "short";
  EXPECT_EQ(Call(agent, &Stub::Edit, edit, &summary), "INVALID_ARGUMENT");
  edit.set_heads(0, std::string(32, 'x'));
  EXPECT_EQ(Call(agent, &Stub::Edit, edit, &summary), "NOT_FOUND");
}

TEST_F(LocalServiceTest, ListAndSearch) {
  Init();
  Write("apples and pears");
  const v1::EntrySummary pears = Write("pears alone");
  v1::ListRequest list;
  list.set_limit(1);
  EXPECT_EQ(List(list).size(), 1u);
  EXPECT_EQ(List({}).size(), 2u);
  v1::SearchRequest search;
  std::vector<v1::SearchHit> hits;
  EXPECT_EQ(Stream(agent, &Stub::Search, search, &hits), "INVALID_ARGUMENT");
  search.add_words("APPLES");
  search.add_words("pear");
  ASSERT_EQ(Stream(agent, &Stub::Search, search, &hits), "OK");
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_EQ(hits[0].snippet(), "apples and pears");
}

TEST_F(LocalServiceTest, WhatIsExportedCanBeImportedAndIsKnown) {
  Init();
  for (int i = 0; i < 300; ++i) Write("entry " + std::to_string(i));
  const ScratchFolder folder;
  v1::ExportRequest out;
  out.set_directory(folder / "out");
  std::vector<v1::ExportProgress> written;
  ASSERT_EQ(Stream(agent, &Stub::ExportMarkdown, out, &written), "OK");
  EXPECT_EQ(written.back().written(), 300u);
  EXPECT_EQ(written.back().total(), 300u);
  EXPECT_TRUE(written.back().done());
  v1::ImportRequest in;
  in.set_path(folder / "out");
  std::vector<v1::ImportProgress> read;
  EXPECT_EQ(Stream(agent, &Stub::Import, in, &read), "INVALID_ARGUMENT");  // which format
  in.set_format(v1::ImportRequest::MARKDOWN);
  in.set_dry_run(true);
  ASSERT_EQ(Stream(agent, &Stub::Import, in, &read), "OK");
  EXPECT_EQ(read.back().present(), 300u);
  EXPECT_EQ(read.back().added(), 0u);
}

// A journal of another program, of 20,000 entries.
std::string ManyEntries(const ScratchFolder& folder) {
  const std::string path = folder / "journal.json";
  std::ofstream file(path);
  file << "{\"entries\": [";
  for (int i = 0; i < 20'000; ++i) {
    file << (i == 0 ? "" : ",") << "{\"title\": \"Line " << i << ".\", \"body\": \"Words.\", \"date\": \"2020-01-01\", "
         << "\"time\": \"10:00\", \"tags\": [], \"starred\": false}";
  }
  file << "]}";
  return path;
}

// Ctrl-C: what was taken in stays, and the next import goes on from there.
TEST_F(LocalServiceTest, AnImportThatIsCutShortKeepsWhatItHad) {
  Init();
  const ScratchFolder folder;
  const std::string path = ManyEntries(folder);
  v1::ImportRequest request;
  request.set_format(v1::ImportRequest::JRNL);
  request.set_path(path);
  {
    grpc::ClientContext context;
    const auto reader = agent.stub->Import(&context, request);
    v1::ImportProgress first;
    ASSERT_TRUE(reader->Read(&first));
    EXPECT_GT(first.added(), 0u);
    context.TryCancel();
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  std::vector<v1::ImportProgress> rest;
  ASSERT_EQ(Stream(agent, &Stub::Import, request, &rest), "OK");
  EXPECT_GT(rest.back().present(), 0u);
  EXPECT_EQ(rest.back().present() + rest.back().added(), 20'000u);
  EXPECT_EQ(Status(agent).entries(), 20'000u);
}

TEST_F(LocalServiceTest, LockingEndsAnImportBetweenTwoSteps) {
  Init();
  const ScratchFolder folder;
  const std::string path = ManyEntries(folder);
  v1::ImportRequest request;
  request.set_format(v1::ImportRequest::JRNL);
  request.set_path(path);
  grpc::ClientContext context;
  const auto reader = agent.stub->Import(&context, request);
  v1::ImportProgress progress;
  ASSERT_TRUE(reader->Read(&progress));
  v1::LockReply locked;
  ASSERT_EQ(Call(agent, &Stub::Lock, v1::LockRequest(), &locked), "OK");
  while (reader->Read(&progress)) {
  }
  EXPECT_EQ(Ended(reader->Finish()), "CANCELLED");
  EXPECT_EQ(Status(agent).vault(), v1::StatusReply::LOCKED);
}

TEST_F(LocalServiceTest, SyncSaysHowItEnded) {
  Init();
  EXPECT_EQ(Sync(agent), "NO_RELAY");
  TestRelay relay;
  SetRelay(relay);
  Write("to be sent");
  EXPECT_EQ(Sync(agent), "OK");
  EXPECT_EQ(Status(agent).waiting(), 0u);
  EXPECT_EQ(Status(agent).sync(), v1::SYNC_LIVE);
  relay.Stop();
  EXPECT_EQ(Sync(agent, nullptr, 0), "RELAY_UNREACHABLE");
  const v1::StatusReply status = Status(agent);
  EXPECT_EQ(status.sync(), v1::SYNC_WAITING);
  EXPECT_EQ(status.problem_code(), "RELAY_UNREACHABLE");
}

// The first who answers in the relay's place hangs up; only then the relay itself is back.
TEST_F(LocalServiceTest, SyncWithALimitTriesAnAbsentRelayAgain) {
  Init();
  TestRelay relay;
  SetRelay(relay);
  ASSERT_EQ(Sync(agent), "OK");
  relay.Stop();
  const std::string port = relay.address().substr(relay.address().rfind(':') + 1);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(static_cast<uint16_t>(std::stoi(port)));
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int door = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ASSERT_EQ(::setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
  ASSERT_EQ(::bind(door, reinterpret_cast<sockaddr*>(&place), sizeof place), 0);
  ASSERT_EQ(::listen(door, 1), 0);
  std::future<std::string> ended = std::async(std::launch::async, [this] { return Sync(agent); });
  const int caller = ::accept(door, nullptr, nullptr);
  ::close(caller);
  ::close(door);
  relay.Start();
  EXPECT_EQ(ended.get(), "OK");
}

TEST_F(LocalServiceTest, RelaySetRefusals) {
  Init();
  TestRelay relay;
  v1::RelaySetRequest request;
  v1::RelaySetReply reply;
  EXPECT_EQ(Call(agent, &Stub::RelaySet, request, &reply), "INVALID_ARGUMENT");
  request.set_invite(relay.Invite());
  ASSERT_EQ(Call(agent, &Stub::RelaySet, request, &reply), "OK");
  EXPECT_EQ(Call(agent, &Stub::RelaySet, request, &reply), "INVITE_INVALID");
  TestRelay other;
  std::string foreign = relay.Invite();
  foreign.replace(0, relay.address().size(), other.address());
  request.set_invite(foreign);
  EXPECT_EQ(Call(agent, &Stub::RelaySet, request, &reply), "RELAY_FOREIGN");
  other.Stop();
  EXPECT_EQ(Call(agent, &Stub::RelaySet, request, &reply), "RELAY_UNREACHABLE");
}

}  // namespace
}  // namespace kith::app_test
