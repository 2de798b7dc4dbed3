// Social recovery for programs.
#include "client/cli/json_output.h"
#include "client/cli/json_parts.h"

namespace kith {
namespace {

const char* OutcomeName(v1::TrusteesReleaseProgress::Outcome outcome) {
  switch (outcome) {
    case v1::TrusteesReleaseProgress::RELEASED:
      return "released";
    case v1::TrusteesReleaseProgress::WAITS:
      return "waits";
    case v1::TrusteesReleaseProgress::VETOED:
      return "vetoed";
    case v1::TrusteesReleaseProgress::NO_SHARE:
      return "no_share";
    case v1::TrusteesReleaseProgress::NONE:
    case v1::TrusteesReleaseProgress_Outcome_TrusteesReleaseProgress_Outcome_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::TrusteesReleaseProgress_Outcome_TrusteesReleaseProgress_Outcome_INT_MAX_SENTINEL_DO_NOT_USE_:
      return "none";
  }
  return "none";
}

}  // namespace

Object ClaimsArray(const google::protobuf::RepeatedPtrField<v1::ShareClaim>& claims) {
  Object array = Object::array();
  for (const v1::ShareClaim& claim : claims) {
    array.push_back(
        {{"friend", claim.friend_()}, {"asked", claim.asked()}, {"due", claim.due()}, {"vetoed", claim.vetoed()}});
  }
  return array;
}

std::string Json(const v1::RecoverAskReply& reply) {
  return Line(Object{{"gathered", reply.gathered()},
                     {"needed", reply.needed()},
                     {"ready", reply.ready()},
                     {"problem", reply.problem_code()},
                     {"problem_message", reply.problem()},
                     {"due", reply.due()}});
}

std::string Json(const v1::TrusteesReply& reply) {
  Object object = {{"needed", reply.needed()}, {"made", reply.made()}};
  object["trustees"] = Object::array();
  for (const v1::Trustee& trustee : reply.trustees()) {
    object["trustees"].push_back({{"friend", trustee.friend_()}, {"sent", trustee.sent()}, {"taken", trustee.taken()}});
  }
  object["claims"] = ClaimsArray(reply.claims());
  object["problem_message"] = reply.problem();
  return Line(object);
}

std::string Json(const v1::TrusteesVetoReply& reply) { return Line(Object{{"vetoed", reply.vetoed()}}); }

std::string Json(const v1::TrusteesHeldReply& reply) {
  Object object;
  object["shares"] = Object::array();
  for (const v1::HeldShare& share : reply.shares()) {
    object["shares"].push_back({{"friend", share.friend_()},
                                {"readable", share.readable()},
                                {"needed", share.needed()},
                                {"made", share.made()},
                                {"delay_seconds", share.delay_seconds()}});
  }
  object["claims"] = ClaimsArray(reply.claims());
  return Line(object);
}

std::string Json(const v1::TrusteesReleaseProgress& progress) {
  if (!progress.code().empty()) return Line(Object{{"code", progress.code()}, {"relay", progress.relay()}});
  return Line(Object{{"outcome", OutcomeName(progress.outcome())}, {"due", progress.due()}});
}

}  // namespace kith
