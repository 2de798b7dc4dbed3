#include <gtest/gtest.h>

#include "client/core/places.h"

namespace kith {
namespace {

Places Of(std::initializer_list<size_t> places) {
  Places set;
  for (const size_t place : places) set.Put(place);
  return set;
}

TEST(CorePlaces, HoldsWhatWasPutAndNothingElse) {
  Places set = Of({0, 63, 64, 1'000});
  for (const size_t there : {0, 63, 64, 1'000}) EXPECT_TRUE(set.Has(there)) << there;
  for (const size_t not_there : {1, 62, 65, 999, 1'001, 100'000}) EXPECT_FALSE(set.Has(not_there)) << not_there;
  set.Drop(64);
  set.Drop(100'000);
  EXPECT_FALSE(set.Has(64));
}

TEST(CorePlaces, EmptyIsWhatHasNone) {
  EXPECT_TRUE(Places().empty());
  Places set = Of({200});
  EXPECT_FALSE(set.empty());
  set.Drop(200);
  EXPECT_TRUE(set.empty());
}

TEST(CorePlaces, TheShorterAndTheLongerGoTogether) {
  const Places small = Of({1, 2});
  const Places large = Of({2, 500});
  Places joined = small;
  joined.Join(large);
  for (const size_t there : {1, 2, 500}) EXPECT_TRUE(joined.Has(there)) << there;
  EXPECT_TRUE(small.Meets(large));
  EXPECT_TRUE(large.Meets(small));
  EXPECT_FALSE(Of({1}).Meets(large));
  EXPECT_FALSE(large.Meets(Of({1})));
  EXPECT_TRUE(small.And(large).Has(2));
  EXPECT_FALSE(large.And(small).Has(500));
  EXPECT_TRUE(large.Without(small).Has(500));
  EXPECT_FALSE(large.Without(small).Has(2));
  EXPECT_TRUE(small.Without(joined).empty());
}

}  // namespace
}  // namespace kith
