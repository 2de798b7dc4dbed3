// The fake agent's trustees.
#include "tests/cli/fake_agent.h"

namespace kith::testing {

grpc::Status FakeAgent::RecoverAsk(Context*, const v1::RecoverAskRequest* request, v1::RecoverAskReply* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  asked.push_back(*request);
  *reply = gathered;
  return grpc::Status::OK;
}

grpc::Status FakeAgent::Trustees(Context*, const v1::TrusteesRequest*, v1::TrusteesReply* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  *reply = trustees;
  return grpc::Status::OK;
}

grpc::Status FakeAgent::TrusteesSet(Context*, const v1::TrusteesSetRequest* request, v1::TrusteesReply* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  trustees_set = *request;
  *reply = trustees;
  return grpc::Status::OK;
}

grpc::Status FakeAgent::TrusteesEnd(Context*, const v1::TrusteesEndRequest*, v1::TrusteesEndReply*) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  ++trustees_ended;
  return grpc::Status::OK;
}

grpc::Status FakeAgent::TrusteesVeto(Context*, const v1::TrusteesVetoRequest*, v1::TrusteesVetoReply* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  reply->set_vetoed(1);
  return grpc::Status::OK;
}

grpc::Status FakeAgent::TrusteesHeld(Context*, const v1::TrusteesHeldRequest*, v1::TrusteesHeldReply* reply) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  *reply = held_shares;
  return grpc::Status::OK;
}

grpc::Status FakeAgent::TrusteesRelease(Context*, const v1::TrusteesReleaseRequest* request,
                                        Writer<v1::TrusteesReleaseProgress>* writer) {
  if (auto ready = Ready(); !ready.ok()) return ready;
  release = *request;
  v1::TrusteesReleaseProgress progress;
  progress.set_code("1234-cabin-lunar-oak");
  progress.set_relay("127.0.0.1:7440#key");
  writer->Write(progress);
  writer->Write(released);
  return grpc::Status::OK;
}

}  // namespace kith::testing
