#include "client/app/paths.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace kith {
namespace {

class PathsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = std::filesystem::temp_directory_path() / "kith-paths-XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    root_ = folder;
    unsetenv("KITH_HOME");
    unsetenv("XDG_RUNTIME_DIR");
    unsetenv("XDG_DATA_HOME");
    setenv("HOME", root_.c_str(), 1);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::string root_;
};

TEST_F(PathsTest, WithoutKithHomeTheXdgFoldersCount) {
  setenv("XDG_RUNTIME_DIR", root_.c_str(), 1);
  const auto paths = ResolvePaths();
  ASSERT_TRUE(paths);
  EXPECT_EQ(paths->vault_dir, root_ + "/.local/share/kith");
  EXPECT_EQ(paths->socket, root_ + "/kith/agent.sock");
}

TEST_F(PathsTest, ARuntimeFolderThatOthersCanOpenIsNotUsed) {
  ASSERT_EQ(chmod(root_.c_str(), 0755), 0);
  setenv("XDG_RUNTIME_DIR", root_.c_str(), 1);
  const auto paths = ResolvePaths();
  ASSERT_TRUE(paths);
  EXPECT_EQ(paths->socket, "/tmp/kith-" + std::to_string(geteuid()) + "/agent.sock");
}

TEST_F(PathsTest, KithHomeHoldsTheWholeDevice) {
  setenv("KITH_HOME", (root_ + "/phone/").c_str(), 1);
  const auto paths = ResolvePaths();
  ASSERT_TRUE(paths);
  EXPECT_EQ(paths->vault_dir, root_ + "/phone/vault");
  EXPECT_EQ(paths->socket, root_ + "/phone/agent.sock");
}

TEST_F(PathsTest, ADeepKithHomeGetsAShortSocketOfItsOwn) {
  setenv("XDG_RUNTIME_DIR", root_.c_str(), 1);
  const std::string deep = root_ + "/" + std::string(120, 'd');
  setenv("KITH_HOME", (deep + "1").c_str(), 1);
  const auto one = ResolvePaths();
  setenv("KITH_HOME", (deep + "2").c_str(), 1);
  const auto two = ResolvePaths();
  ASSERT_TRUE(one && two);
  EXPECT_LE(one->socket.size(), 107u);
  EXPECT_TRUE(one->socket.starts_with(root_ + "/kith-"));
  EXPECT_NE(one->socket, two->socket);
}

TEST_F(PathsTest, MakesAFolderThatIsClosedToOthers) {
  const std::string folder = root_ + "/a/b";
  ASSERT_TRUE(EnsurePrivateFolder(folder, Privacy::kClosed));
  struct stat status;
  ASSERT_EQ(stat(folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(PathsTest, RefusesAFolderThatOthersCanWriteTo) {
  const std::string folder = root_ + "/open";
  ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
  ASSERT_EQ(chmod(folder.c_str(), 0777), 0);
  const auto owned = EnsurePrivateFolder(folder, Privacy::kOwned);
  ASSERT_FALSE(owned);
  EXPECT_EQ(owned.error().code, Code::kInvalidArgument);
  ASSERT_EQ(chmod(folder.c_str(), 0755), 0);
  EXPECT_TRUE(EnsurePrivateFolder(folder, Privacy::kOwned));
  const auto closed = EnsurePrivateFolder(folder, Privacy::kClosed);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, Code::kInvalidArgument);
}

TEST_F(PathsTest, RefusesASymbolicLink) {
  ASSERT_EQ(symlink("/tmp", (root_ + "/link").c_str()), 0);
  const auto linked = EnsurePrivateFolder(root_ + "/link", Privacy::kOwned);
  ASSERT_FALSE(linked);
  EXPECT_EQ(linked.error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace kith
