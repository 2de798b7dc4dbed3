// How many boxes of a circle's announcement are tried.
#include <gtest/gtest.h>

#include "crypto/base/limits.h"
#include "crypto/verify/hash.h"
#include "crypto/verify/labels.h"
#include "tests/unit/people_testing.h"

namespace kith {
namespace {

class CoreCircleBoxes : public TwoInACircle {
 protected:
  // An announcement by the guest's lane: boxes for nobody, then one for the host.
  SignedRecord Announcement(size_t boxes) {
    const GenerationKey key = GenerationKey::Generate();
    const storage::Lane& lane = CircleLane(guest_);
    const RecordHeader header = Lanes::NextHeader(lane, RecordKind::kGeneration);
    const Bytes context = BoxContext(circle_, lane.key, header.seq, header.prev);
    const BoxPublic host = *SealingKeyOf(*host_.state().person);
    const Bytes box = Good(SealTo(host, labels::kSealBox, context, key.Reveal()));
    std::vector<Bytes> all(boxes - 1, Bytes(box.size(), 1));
    all.push_back(box);
    Bytes payload = EncodeBoxes(all);
    const GenerationBody body{.roster_head = guest_.state().FindRoster(circle_)->HeadHash(),
                              .person_heads = {},
                              .certificate = Certificate(lane.key, *guest_.state().device, Guest()),
                              .hlc = guest_.state().NextHlc()};
    const Bytes sealed =
        Seal(key, labels::kSealGeneration, GenerationAd(header, payload), EncodeGeneration(body), Padding::kNone);
    payload.insert(payload.end(), sealed.begin(), sealed.end());
    id_ = GenerationIdOf(payload);
    return SignRecord(*guest_.state().lanes.SignerOf(lane), header, std::move(payload));
  }
  bool HostHasKey() { return host_.state().keyring.Has(circle_, id_); }

  GenerationId id_;
};

TEST_F(CoreCircleBoxes, AMembersIsFoundAmongAsManyAsACircleMayHave) {
  Receive(host_, Announcement(limits::kCircleBoxes));
  EXPECT_TRUE(HostHasKey());
}

TEST_F(CoreCircleBoxes, AmongMoreNoneIsTried) {
  Receive(host_, Announcement(limits::kCircleBoxes + 1));
  EXPECT_FALSE(HostHasKey());
}

}  // namespace
}  // namespace kith
