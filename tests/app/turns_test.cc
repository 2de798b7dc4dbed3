#include "client/app/turns.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace kith {
namespace {

// Threads that stand in line while the test has the turn, one behind the other.
class TurnsTest : public testing::Test {
 protected:
  TurnsTest() { turns_.Enter(Turns::Of::kPerson); }
  void Queue(Turns::Of kind, char name) {
    const uint64_t before = turns_.Waiting(kind);
    threads_.emplace_back([this, kind, name] {
      turns_.Enter(kind);
      order_ += name;
      turns_.Leave();
    });
    while (turns_.Waiting(kind) == before) std::this_thread::yield();
  }
  std::string Order() {
    turns_.Leave();
    for (std::thread& thread : threads_) thread.join();
    return order_;
  }

 private:
  Turns turns_;
  std::string order_;  // by whoever has the turn
  std::vector<std::thread> threads_;
};

TEST_F(TurnsTest, APersonGoesBeforeWhatGoesOnByItself) {
  Queue(Turns::Of::kBackground, 'x');
  Queue(Turns::Of::kBackground, 'y');
  Queue(Turns::Of::kPerson, 'a');
  Queue(Turns::Of::kPerson, 'b');
  EXPECT_EQ(Order(), "abxy");
}

TEST_F(TurnsTest, AfterFourThatGoBeforeTheBackgroundHasATurn) {
  Queue(Turns::Of::kBackground, 'x');
  Queue(Turns::Of::kBackground, 'y');
  for (const char name : {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}) Queue(Turns::Of::kPerson, name);
  // The test's own turn is the first of the four.
  EXPECT_EQ(Order(), "abcxdefgyh");
}

}  // namespace
}  // namespace kith
