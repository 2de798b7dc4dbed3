// Names of devices and revoking one, by the calls of two agents' APIs and a real relay.
#include "local_service_fixture.h"

namespace kith::app_test {
namespace {

// The agent's device "desk" and a second one, "phone", linked and in sync.
struct DevicesApiTest : LocalServiceTest {
  void SetUp() override {
    Init();
    SetRelay(relay);
    ASSERT_EQ(Sync(agent), "OK");
    v1::LinkShowRequest show;
    show.set_passphrase(kPassphrase);
    show.set_accept(true);
    show.set_label("phone");
    grpc::ClientContext context;
    const auto shower = agent.stub->LinkShow(&context, show);
    v1::LinkShowProgress shown;
    ASSERT_TRUE(shower->Read(&shown));
    v1::LinkJoinRequest join;
    join.set_code(shown.code());
    join.set_relay(shown.relay());
    join.set_passphrase(kPassphrase);
    join.set_device_label("phone");
    join.set_kdf_memory_mib(kCheapKdf);
    std::vector<v1::SyncProgress> joined;
    ASSERT_EQ(Stream(second, &Stub::LinkJoin, join, &joined), "OK");
    while (shower->Read(&shown)) continue;
    ASSERT_EQ(Ended(shower->Finish()), "OK");
    ASSERT_EQ(Sync(agent), "OK");
  }

  v1::DeviceRevokeRequest Revoking(const std::string& device) {
    v1::DeviceRevokeRequest request;
    request.set_device(device);
    request.set_passphrase(kPassphrase);
    request.set_timeout_ms(30'000);
    return request;
  }
  std::string Revoke(Agent& of, const v1::DeviceRevokeRequest& request) {
    progress.clear();
    return Stream(of, &Stub::DeviceRevoke, request, &progress);
  }
  bool IsRevoked(Agent& of, const std::string& label) {
    v1::DevicesReply devices;
    EXPECT_EQ(Call(of, &Stub::Devices, v1::DevicesRequest(), &devices), "OK");
    for (const v1::Device& device : devices.devices()) {
      if (device.label() == label) return device.revoked();
    }
    ADD_FAILURE() << "no device " << label;
    return false;
  }

  TestRelay relay;
  Agent second;
  std::vector<v1::DeviceRevokeProgress> progress;
};

TEST_F(DevicesApiTest, ADeviceIsRenamedForAll) {
  v1::DeviceRenameRequest request;
  request.set_device("PHONE");
  request.set_label("pocket");
  v1::Device renamed;
  ASSERT_EQ(Call(agent, &Stub::DeviceRename, request, &renamed), "OK");
  EXPECT_EQ(renamed.label(), "pocket");
  ASSERT_EQ(Sync(agent), "OK");
  ASSERT_EQ(Sync(second), "OK");
  EXPECT_FALSE(IsRevoked(second, "pocket"));
  EXPECT_EQ(Call(agent, &Stub::DeviceRename, request, &renamed), "NOT_FOUND");
  request.set_device(renamed.id());
  request.set_label("two\nlines");
  EXPECT_EQ(Call(agent, &Stub::DeviceRename, request, &renamed), "INVALID_ARGUMENT");
}

TEST_F(DevicesApiTest, RevokingAsksForThePassphraseAndRefusesThisDevice) {
  v1::DeviceRevokeRequest request = Revoking("phone");
  request.set_passphrase("another one");
  EXPECT_EQ(Revoke(agent, request), "WRONG_PASSPHRASE");
  EXPECT_EQ(Revoke(agent, Revoking("desk")), "INVALID_ARGUMENT");
  EXPECT_EQ(Revoke(agent, Revoking("tablet")), "NOT_FOUND");
  request.set_preview(true);
  ASSERT_EQ(Revoke(agent, request), "OK");
  ASSERT_EQ(progress.size(), 1u);
  EXPECT_TRUE(progress[0].done());
  EXPECT_EQ(progress[0].device().label(), "phone");
  ASSERT_EQ(progress[0].places_size(), 1);
  EXPECT_EQ(progress[0].places(0).friend_(), "");
  EXPECT_FALSE(IsRevoked(agent, "phone"));
  EXPECT_EQ(Sync(second), "OK");
}

TEST_F(DevicesApiTest, ARevokedDeviceIsCutOffAndSaysSo) {
  ASSERT_EQ(Revoke(agent, Revoking("phone")), "OK");
  ASSERT_FALSE(progress.empty());
  EXPECT_EQ(progress.front().device().label(), "phone");
  EXPECT_TRUE(progress.back().done());
  ASSERT_EQ(progress.back().places_size(), 1);
  EXPECT_TRUE(progress.back().places(0).cut_off());
  EXPECT_TRUE(progress.back().places(0).new_keys());
  EXPECT_TRUE(IsRevoked(agent, "phone"));
  EXPECT_EQ(Sync(agent), "OK");
  EXPECT_EQ(Sync(second), "DEVICE_REVOKED");
  EXPECT_EQ(Status(second).problem_code(), "DEVICE_REVOKED");
  EXPECT_EQ(Status(second).vault(), v1::StatusReply::UNLOCKED) << "what is there stays readable there";
}

TEST_F(DevicesApiTest, WithTheRelayAwayItIsKnownHereAndDoneLater) {
  relay.Stop();
  v1::DeviceRevokeRequest request = Revoking("phone");
  request.set_timeout_ms(300);
  ASSERT_EQ(Revoke(agent, request), "OK");
  EXPECT_TRUE(progress.back().done());
  EXPECT_FALSE(progress.back().places(0).cut_off());
  EXPECT_FALSE(progress.back().places(0).new_keys());
  EXPECT_TRUE(IsRevoked(agent, "phone"));
}

}  // namespace
}  // namespace kith::app_test
