// Runs a command line in this process against a FakeAgent in a scratch folder. Nobody can be asked anything.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "client/cli/invocation.h"
#include "tests/cli/fake_agent.h"

namespace kith {

struct Ran {
  int status = -1;
  std::string out;
  std::string err;
};

inline std::string Drain(std::FILE* file) {
  std::rewind(file);
  std::string text(1 << 20, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

class CommandsTest : public ::testing::Test {
 protected:
  // Nobody can be asked: these tests behave alike in a terminal and in continuous integration.
  static void SetUpTestSuite() {
    const int tty = open("/dev/tty", O_RDWR);
    if (tty < 0) return;
    ioctl(tty, TIOCNOTTY);
    close(tty);
  }

  void SetUp() override {
    std::string folder = std::filesystem::temp_directory_path() / "kith-cli-XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    root_ = folder;
    setenv("KITH_HOME", root_.c_str(), 1);
    unsetenv("KITH_PASSPHRASE_FILE");
    agent_ = std::make_unique<testing::FakeAgent>(root_ + "/agent.sock");
  }
  void TearDown() override {
    agent_.reset();
    std::filesystem::remove_all(root_);
  }

  Ran Run(std::vector<std::string> words, const std::string& input = "") {
    words.insert(words.begin(), "kith");
    std::vector<const char*> arguments;
    for (const std::string& word : words) arguments.push_back(word.c_str());
    std::FILE* in = std::tmpfile();
    std::fwrite(input.data(), 1, input.size(), in);
    std::fflush(in);
    lseek(fileno(in), 0, SEEK_SET);
    std::FILE* out = std::tmpfile();
    std::FILE* err = std::tmpfile();
    Ran ran;
    {
      Terminal terminal(in, out, err);
      Invocation invocation(terminal);
      ran.status = RunCli(static_cast<int>(arguments.size()), arguments.data(), invocation);
    }
    std::fclose(in);
    ran.out = Drain(out);
    ran.err = Drain(err);
    return ran;
  }

  void UsePassphrase(const std::string& text) {
    const std::string file = root_ + "/passphrase";
    std::ofstream(file) << text;
    chmod(file.c_str(), 0600);
    setenv("KITH_PASSPHRASE_FILE", file.c_str(), 1);
  }

  v1::EntrySummary& AddEntry(const std::string& id, const std::string& title, const std::string& text) {
    v1::Entry entry;
    entry.mutable_summary()->set_id(id);
    entry.mutable_summary()->set_kind("entry");
    entry.mutable_summary()->set_title(title);
    entry.mutable_summary()->mutable_date()->set_year(1660);
    entry.mutable_summary()->mutable_date()->set_month(1);
    entry.mutable_summary()->mutable_date()->set_day(10);
    entry.set_text(text);
    entry.add_heads()->set_version("\x01\x02");
    agent_->entries.push_back(entry);
    return *agent_->entries.back().mutable_summary();
  }

  std::string root_;
  std::unique_ptr<testing::FakeAgent> agent_;
};

}  // namespace kith
