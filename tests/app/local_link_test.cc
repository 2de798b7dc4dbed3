// Linking and what follows from it, by the calls of two agents' APIs.
#include "local_service_fixture.h"

namespace kith::app_test {
namespace {

// Two agents, linked by their APIs, with a person who decides.
struct LinkApiTest : LocalServiceTest {
  void SetUp() override {
    Init();
    SetRelay(relay);
    ASSERT_EQ(Sync(agent), "OK");
  }
  v1::LinkShowRequest ShowRequest() {
    v1::LinkShowRequest request;
    request.set_passphrase(kPassphrase);
    return request;
  }
  std::string Join(const v1::LinkShowProgress& shown) {
    v1::LinkJoinRequest request;
    request.set_code(shown.code());
    request.set_relay(shown.relay());
    request.set_passphrase(kPassphrase);
    request.set_device_label("phone");
    request.set_kdf_memory_mib(kCheapKdf);
    std::vector<v1::SyncProgress> progress;
    return Stream(second, &Stub::LinkJoin, request, &progress);
  }
  std::string Confirm(bool accept, const std::string& label) {
    v1::LinkConfirmRequest request;
    request.set_accept(accept);
    request.set_label(label);
    v1::LinkConfirmReply reply;
    return Call(agent, &Stub::LinkConfirm, request, &reply);
  }

  TestRelay relay;
  Agent second;
};

TEST_F(LinkApiTest, APersonAcceptsAndNames) {
  EXPECT_EQ(Confirm(true, ""), "PAIRING_GONE");
  grpc::ClientContext context;
  const auto shower = agent.stub->LinkShow(&context, ShowRequest());
  v1::LinkShowProgress shown;
  ASSERT_TRUE(shower->Read(&shown));
  auto joined = std::async(std::launch::async, [&, shown] { return Join(shown); });
  ASSERT_TRUE(shower->Read(&shown));
  EXPECT_EQ(shown.asking(), "phone");
  EXPECT_EQ(Confirm(true, "two\nlines"), "INVALID_ARGUMENT");
  ASSERT_EQ(Confirm(true, "pocket"), "OK");
  ASSERT_TRUE(shower->Read(&shown));
  EXPECT_TRUE(shown.done());
  EXPECT_EQ(shown.label(), "pocket");
  EXPECT_FALSE(shower->Read(&shown));
  EXPECT_EQ(Ended(shower->Finish()), "OK");
  EXPECT_EQ(joined.get(), "OK");

  // Both list both; the one that was there before says that another one came.
  ASSERT_EQ(Sync(agent), "OK");
  ASSERT_EQ(Sync(second), "OK");
  for (Agent* of : {&agent, &second}) {
    v1::DevicesReply devices;
    ASSERT_EQ(Call(*of, &Stub::Devices, v1::DevicesRequest(), &devices), "OK");
    ASSERT_EQ(devices.devices_size(), 2);
    for (const v1::Device& device : devices.devices()) {
      EXPECT_EQ(device.label() == "desk", device.this_device() == (of == &agent));
    }
  }
  ASSERT_EQ(Status(agent).notices_size(), 1);
  EXPECT_NE(Status(agent).notices(0).find("\"pocket\""), std::string::npos);
  EXPECT_EQ(Status(second).notices_size(), 0);

  // Who wrote what is known on both.
  v1::WriteRequest write;
  write.set_text("from the pocket");
  v1::EntrySummary written;
  ASSERT_EQ(Call(second, &Stub::Write, write, &written), "OK");
  ASSERT_EQ(Sync(second), "OK");
  ASSERT_EQ(Sync(agent), "OK");
  EXPECT_EQ(Show(written.id()).heads(0).device(), "pocket");
}

TEST_F(LinkApiTest, APersonTurnsAway) {
  grpc::ClientContext context;
  const auto shower = agent.stub->LinkShow(&context, ShowRequest());
  v1::LinkShowProgress shown;
  ASSERT_TRUE(shower->Read(&shown));
  auto joined = std::async(std::launch::async, [&, shown] { return Join(shown); });
  ASSERT_TRUE(shower->Read(&shown));
  ASSERT_EQ(Confirm(false, ""), "OK");
  EXPECT_FALSE(shower->Read(&shown));
  EXPECT_EQ(Ended(shower->Finish()), "CANCELLED");
  EXPECT_EQ(joined.get(), "PAIRING_GONE");
  EXPECT_EQ(Status(second).vault(), v1::StatusReply::NONE);
}

TEST_F(LinkApiTest, OneCodeAtATimeAndNoneWithoutThePassphrase) {
  std::vector<v1::LinkShowProgress> none;
  v1::LinkShowRequest wrong;
  wrong.set_passphrase("a guess");
  EXPECT_EQ(Stream(agent, &Stub::LinkShow, wrong, &none), "WRONG_PASSPHRASE");
  grpc::ClientContext context;
  const auto shower = agent.stub->LinkShow(&context, ShowRequest());
  v1::LinkShowProgress shown;
  ASSERT_TRUE(shower->Read(&shown));
  EXPECT_EQ(Stream(agent, &Stub::LinkShow, ShowRequest(), &none), "RELAY_BUSY");
  context.TryCancel();
  EXPECT_EQ(shower->Finish().error_code(), grpc::StatusCode::CANCELLED);
  // The code is taken back, so that the next one can be shown.
  EXPECT_TRUE(Eventually([&] {
    grpc::ClientContext next;
    const auto again = agent.stub->LinkShow(&next, ShowRequest());
    const bool read = again->Read(&shown);
    next.TryCancel();
    again->Finish();
    return read;
  }));
}

// A star or a tag on an entry whose texts wait to be chosen from chooses none of them.
TEST_F(LinkApiTest, AStarSettlesNoConflict) {
  grpc::ClientContext context;
  v1::LinkShowRequest request = ShowRequest();
  request.set_accept(true);
  const auto shower = agent.stub->LinkShow(&context, request);
  v1::LinkShowProgress shown;
  ASSERT_TRUE(shower->Read(&shown));
  ASSERT_EQ(Join(shown), "OK");
  while (shower->Read(&shown)) {
  }
  ASSERT_EQ(Ended(shower->Finish()), "OK");
  const v1::EntrySummary written = Write("The only line.");
  ASSERT_EQ(Sync(agent), "OK");
  ASSERT_EQ(Sync(second), "OK");
  for (Agent* of : {&agent, &second}) {
    v1::EditRequest edit;
    edit.set_entry(written.id());
    *edit.add_heads() = written.heads(0);
    edit.set_text(of == &agent ? "Changed at the desk." : "Changed in the pocket.");
    v1::EntrySummary edited;
    ASSERT_EQ(Call(*of, &Stub::Edit, edit, &edited), "OK");
  }
  ASSERT_EQ(Sync(second), "OK");
  ASSERT_EQ(Sync(agent), "OK");
  ASSERT_TRUE(Show(written.id()).summary().conflict());
  v1::EditRequest star;
  star.set_entry(written.id());
  star.set_starred(true);
  v1::EntrySummary starred;
  ASSERT_EQ(Call(agent, &Stub::Edit, star, &starred), "OK");
  const v1::Entry entry = Show(written.id());
  EXPECT_TRUE(entry.summary().starred());
  EXPECT_TRUE(entry.summary().conflict());
  ASSERT_EQ(entry.sides_size(), 2);
}

}  // namespace
}  // namespace kith::app_test
