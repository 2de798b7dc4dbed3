// How status tells of what relays were found to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/command_line.h"

namespace kith {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class AlarmsTest : public CommandsTest {
 protected:
  v1::AlarmInfo* Report(const std::string& code) {
    v1::AlarmInfo* alarm = agent_->reported.add_alarms();
    alarm->set_code(code);
    alarm->set_where("Anna");
    alarm->set_device("phone");
    alarm->set_message("What it means.");
    alarm->set_advice("What to do.");
    alarm->set_since(1'700'000'000'000);
    return alarm;
  }
};

TEST_F(AlarmsTest, StatusSaysWhatAnAlarmMeansAndWhatToDo) {
  Report("WITHHELD");
  Report("ROLLBACK")->set_past(true);
  agent_->reported.set_refused(3);
  const Ran ran = Run({"status"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Alarm    WITHHELD, Anna, phone, since 2023-11-1"));
  EXPECT_THAT(ran.out, HasSubstr("\n         What it means.\n         What to do.\n"));
  EXPECT_THAT(ran.out, HasSubstr("Past     ROLLBACK"));
  EXPECT_THAT(ran.out, HasSubstr("Refused  3 things"));
}

TEST_F(AlarmsTest, StatusWithoutAlarmsSaysNothingOfThem) {
  const Ran ran = Run({"status"});
  EXPECT_THAT(ran.out, Not(HasSubstr("Alarm")));
  EXPECT_THAT(ran.out, Not(HasSubstr("Refused")));
}

TEST_F(AlarmsTest, JsonHasThemWhole) {
  Report("EQUIVOCATION");
  const Json status = Json::parse(Run({"status", "--json"}).out);
  EXPECT_EQ(status["alarms"], Json::array({{{"code", "EQUIVOCATION"},
                                            {"where", "Anna"},
                                            {"device", "phone"},
                                            {"message", "What it means."},
                                            {"advice", "What to do."},
                                            {"since", 1'700'000'000'000},
                                            {"past", false}}}));
  EXPECT_EQ(status["refused"], 0);
}

// A name may come from a friend.
TEST_F(AlarmsTest, NamesAreHarmlessToATerminal) {
  Report("GAP")->set_where("\x1b[2J");
  EXPECT_THAT(Run({"status"}).out, Not(HasSubstr("\x1b")));
}

TEST_F(AlarmsTest, TheFriendToCompareWithNeedsTheWordsAskedFor) {
  EXPECT_NE(Run({"sync", "--friend", "Anna"}).status, 0);
}

}  // namespace
}  // namespace kith
