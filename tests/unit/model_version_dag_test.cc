#include <gtest/gtest.h>

#include "client/model/version_dag.h"
#include "tests/unit/model_testing.h"

namespace kith {
namespace {

using model_testing::Id;
using Index = VersionDag::Index;

std::vector<VersionId> Order(const VersionDag& dag) {
  std::vector<VersionId> ids;
  for (const VersionInfo& version : dag.versions()) ids.push_back(version.id);
  return ids;
}

TEST(VersionDag, ParentsFirstThenClockThenId) {
  const VersionDag dag({{Id(5), {}, 9}, {Id(4), {}, 9}, {Id(3), {Id(5)}, 1}, {Id(2), {}, 1}});
  EXPECT_EQ(Order(dag), (std::vector{Id(2), Id(4), Id(5), Id(3)}));
  EXPECT_EQ(dag.HeadIds(), (std::vector{Id(2), Id(3), Id(4)}));
}

TEST(VersionDag, UnknownParentsCountForNothing) {
  const VersionDag dag({{Id(2), {Id(1), Id(9)}, 1}, {Id(3), {Id(2)}, 2}});
  EXPECT_EQ(dag.HeadIds(), std::vector{Id(3)});
  EXPECT_TRUE(dag.parents(0).empty());
  EXPECT_FALSE(dag.IsAncestor(Id(1), Id(2)));
  EXPECT_FALSE(dag.Find(Id(1)).has_value());
}

TEST(VersionDag, Ancestry) {
  const VersionDag dag({{Id(1), {}, 1}, {Id(2), {Id(1)}, 2}, {Id(3), {Id(2)}, 3}, {Id(4), {Id(1)}, 4}});
  EXPECT_TRUE(dag.IsAncestor(Id(1), Id(3)));
  EXPECT_FALSE(dag.IsAncestor(Id(3), Id(1)));
  EXPECT_FALSE(dag.IsAncestor(Id(2), Id(4)));
  EXPECT_FALSE(dag.IsAncestor(Id(2), Id(2)));
}

TEST(VersionDag, NearestCommonAncestorsOfACrossing) {
  const VersionDag dag({{Id(1), {}, 1},
                        {Id(2), {Id(1)}, 2},
                        {Id(3), {Id(1)}, 3},
                        {Id(4), {Id(2), Id(3)}, 4},
                        {Id(5), {Id(2), Id(3)}, 5}});
  EXPECT_EQ(dag.NearestCommonAncestors(3, 4), (std::vector<Index>{1, 2}));
  EXPECT_EQ(dag.NearestCommonAncestors(1, 2), std::vector<Index>{0});
  EXPECT_EQ(dag.NearestCommonAncestors(1, 3), std::vector<Index>{1});
  EXPECT_EQ(dag.Gate(), 0u);
}

TEST(VersionDag, TheGateIsTheLastVersionAllOthersPassed) {
  EXPECT_EQ(VersionDag({{Id(1), {}, 1}, {Id(2), {Id(1)}, 2}}).Gate(), 1u);
  EXPECT_EQ(VersionDag({{Id(1), {}, 1}, {Id(2), {Id(1)}, 2}, {Id(3), {Id(2)}, 3}, {Id(4), {Id(2)}, 4}}).Gate(), 1u);
  // Two beginnings have no gate; a branch that begins before a version passes it by.
  EXPECT_EQ(VersionDag({{Id(1), {}, 1}, {Id(2), {}, 2}}).Gate(), std::nullopt);
  EXPECT_EQ(VersionDag({{Id(1), {}, 1}, {Id(2), {Id(1)}, 2}, {Id(3), {Id(1)}, 3}, {Id(4), {Id(2)}, 4}}).Gate(), 0u);
  // What has no words is none.
  EXPECT_EQ(VersionDag({{Id(1), {}, 1}, {Id(2), {Id(1)}, 2, VersionState::kDeleted}}).Gate(), 0u);
}

TEST(VersionDag, AStubsParentsYieldToTheVersionsOwn) {
  const VersionInfo version{Id(2), {Id(1)}, 2};
  const VersionInfo stub{Id(2), {Id(7)}, 9, VersionState::kShredded};
  for (const auto& order : {std::vector{version, stub}, std::vector{stub, version}}) {
    const VersionDag dag(order);
    ASSERT_EQ(dag.size(), 1u);
    EXPECT_EQ(dag.at(0), (VersionInfo{Id(2), {Id(1)}, 2, VersionState::kShredded}));
  }
}

TEST(VersionDag, SeveralStubsAreUnited) {
  const VersionDag dag({{Id(2), {Id(7)}, 9, VersionState::kShredded}, {Id(2), {Id(6)}, 3, VersionState::kShredded}});
  EXPECT_EQ(dag.at(0), (VersionInfo{Id(2), {Id(6), Id(7)}, 9, VersionState::kShredded}));
}

TEST(VersionDag, AStubThatClosesACircleHidesNothing) {
  // 2 follows 1; a stub for 1 claims to follow 2.
  const VersionDag dag({{Id(2), {Id(1)}, 2}, {Id(1), {Id(2)}, 1, VersionState::kShredded}});
  EXPECT_EQ(dag.HeadIds(), std::vector{Id(2)});
  EXPECT_EQ(Order(dag), (std::vector{Id(1), Id(2)}));
}

TEST(VersionDag, Empty) {
  const VersionDag dag;
  EXPECT_TRUE(dag.empty());
  EXPECT_TRUE(dag.HeadIds().empty());
  EXPECT_EQ(dag.Gate(), std::nullopt);
}

}  // namespace
}  // namespace kith
