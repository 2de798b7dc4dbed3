#include "client/adapters/sealed_env.h"

#include <gtest/gtest.h>

#include <memory>

#include "client/adapters/sealed_frames.h"
#include "client/adapters/sealed_table.h"
#include "tests/support/fault_env.h"

namespace kith {
namespace {

using leveldb::Slice;
using leveldb::Status;

constexpr char kLog[] = "/v/000003.log";
constexpr char kTable[] = "/v/000005.ldb";

// `size` bytes that differ from place to place.
std::string Text(size_t size, uint32_t seed = 1) {
  std::minstd_rand random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random() >> 8);
  return text;
}

// As leveldb::Log, which the library does not export.
void LogTo(leveldb::Logger& logger, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  logger.Logv(format, arguments);
  va_end(arguments);
}

class SealedEnvTest : public testing::Test {
 protected:
  SealedEnvTest() { disk_.CreateDir("/v"); }

  std::unique_ptr<leveldb::WritableFile> Create(const std::string& path) {
    leveldb::WritableFile* file = nullptr;
    EXPECT_TRUE(env_.NewWritableFile(path, &file).ok());
    return std::unique_ptr<leveldb::WritableFile>(file);
  }
  // One synced frame, or one table's worth of text, per element.
  void WriteSynced(const std::string& path, const std::vector<std::string>& texts) {
    const auto file = Create(path);
    for (const std::string& text : texts) {
      ASSERT_TRUE(file->Append(text).ok());
      ASSERT_TRUE(file->Sync().ok());
    }
    ASSERT_TRUE(file->Close().ok());
  }
  Status ReadAll(leveldb::Env& env, const std::string& path, std::string* text) {
    return leveldb::ReadFileToString(&env, path, text);
  }
  Status OpenTableFile(std::unique_ptr<leveldb::RandomAccessFile>* table) {
    leveldb::RandomAccessFile* file = nullptr;
    const Status status = env_.NewRandomAccessFile(kTable, &file);
    table->reset(file);
    return status;
  }

  FaultEnv disk_;
  const VaultKey key_ = VaultKey::Generate();
  SealedEnv env_{disk_, key_.Clone()};
};

TEST_F(SealedEnvTest, FramesReadBackWhateverTheirSizes) {
  for (const size_t size : {size_t{1}, size_t{17}, size_t{4096}, sealed::kFramePlain - 1, sealed::kFramePlain,
                            sealed::kFramePlain + 1, 3 * sealed::kFramePlain + 5}) {
    const std::string first = Text(size);
    const std::string second = Text(100, 2);
    WriteSynced(kLog, {first, second});
    std::string read;
    ASSERT_TRUE(ReadAll(env_, kLog, &read).ok());
    EXPECT_TRUE(read == first + second) << size;
    uint64_t reported = 0;
    ASSERT_TRUE(env_.GetFileSize(kLog, &reported).ok());
    EXPECT_EQ(reported, size + 100);
  }
}

TEST_F(SealedEnvTest, SkipPassesOverFrames) {
  WriteSynced(kLog, {Text(1000), Text(1000, 2)});
  leveldb::SequentialFile* file = nullptr;
  ASSERT_TRUE(env_.NewSequentialFile(kLog, &file).ok());
  const std::unique_ptr<leveldb::SequentialFile> owned(file);
  char scratch[16];
  Slice got;
  ASSERT_TRUE(file->Skip(1500).ok());
  ASSERT_TRUE(file->Read(10, &got, scratch).ok());
  EXPECT_EQ(got.ToString(), Text(1000, 2).substr(500, 10));
  ASSERT_TRUE(file->Skip(100'000).ok());
  ASSERT_TRUE(file->Read(10, &got, scratch).ok());
  EXPECT_EQ(got.size(), 0u);
}

TEST_F(SealedEnvTest, UnsyncedAppendsAreWrittenAtClose) {
  const auto file = Create(kLog);
  ASSERT_TRUE(file->Append("not synced").ok());
  ASSERT_TRUE(file->Flush().ok());
  EXPECT_EQ(disk_.Content(kLog).size(), sealed::kHeaderSize) << "Flush alone must not open a frame";
  ASSERT_TRUE(file->Close().ok());
  std::string read;
  ASSERT_TRUE(ReadAll(env_, kLog, &read).ok());
  EXPECT_EQ(read, "not synced");
}

TEST_F(SealedEnvTest, TablesReadBackAtEveryOffset) {
  const size_t first_page = sealed::kPagePlain - sealed::kHeaderSize;
  for (const size_t size : {size_t{0}, size_t{1}, first_page - 1, first_page, first_page + 1,
                            first_page + sealed::kPagePlain, size_t{100'000}}) {
    const std::string text = Text(size);
    WriteSynced(kTable, {text});
    std::unique_ptr<leveldb::RandomAccessFile> table;
    ASSERT_TRUE(OpenTableFile(&table).ok()) << size;
    std::minstd_rand random(7);
    std::string scratch(size + 100, '\0');
    for (int i = 0; i < 500; ++i) {
      const size_t offset = random() % (size + 10);
      const size_t length = random() % (i % 2 == 0 ? 5000 : size + 100);
      Slice got;
      ASSERT_TRUE(table->Read(offset, length, &got, scratch.data()).ok());
      ASSERT_TRUE(got.ToString() == text.substr(std::min(offset, size), length)) << size << " " << offset;
    }
    uint64_t reported = 0;
    ASSERT_TRUE(env_.GetFileSize(kTable, &reported).ok());
    EXPECT_EQ(reported, size);
  }
}

TEST_F(SealedEnvTest, TablePagesAreAlignedOnTheDisk) {
  WriteSynced(kTable, {Text(10 * sealed::kPagePlain - sealed::kHeaderSize)});
  EXPECT_EQ(disk_.Content(kTable).size(), 10 * sealed::kPage);
}

TEST_F(SealedEnvTest, ATableEndsWhereItIsSynced) {
  const auto file = Create(kTable);
  ASSERT_TRUE(file->Append("text").ok());
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_TRUE(file->Append("more").IsNotSupportedError());
}

TEST_F(SealedEnvTest, EveryCutOfATableIsSeen) {
  WriteSynced(kTable, {Text(20'000)});
  const Bytes whole = disk_.Content(kTable);
  for (size_t size = 0; size < whole.size(); ++size) {
    disk_.SetContent(kTable, Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)));
    std::unique_ptr<leveldb::RandomAccessFile> table;
    ASSERT_TRUE(OpenTableFile(&table).IsCorruption()) << size;
  }
}

TEST_F(SealedEnvTest, Adversary07EveryFlippedByteOfATableIsSeen) {
  WriteSynced(kTable, {Text(9'000)});
  const Bytes whole = disk_.Content(kTable);
  for (size_t at = 0; at < whole.size(); ++at) {
    Bytes flipped = whole;
    flipped[at] ^= static_cast<uint8_t>(1 << at % 8);
    disk_.SetContent(kTable, flipped);
    std::string read;
    ASSERT_TRUE(ReadAll(env_, kTable, &read).IsCorruption()) << at;
  }
}

TEST_F(SealedEnvTest, Adversary07EveryFlippedByteOfFramesIsSeen) {
  const std::vector<std::string> texts = {Text(700), Text(30, 2), Text(900, 3)};
  WriteSynced(kLog, texts);
  const Bytes whole = disk_.Content(kLog);
  for (size_t at = 0; at < whole.size(); ++at) {
    Bytes flipped = whole;
    flipped[at] ^= static_cast<uint8_t>(1 << at % 8);
    disk_.SetContent(kLog, flipped);
    std::string read;
    ASSERT_TRUE(ReadAll(env_, kLog, &read).IsCorruption()) << at;
  }
}

TEST_F(SealedEnvTest, ATornLastFrameIsTheEnd) {
  const std::string first = Text(700);
  WriteSynced(kLog, {first});
  const size_t kept = disk_.Content(kLog).size();
  WriteSynced(kLog, {first, Text(3000, 2)});
  const Bytes whole = disk_.Content(kLog);
  for (size_t size = kept; size < whole.size(); ++size) {
    Bytes cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    disk_.SetContent(kLog, cut);
    std::string read;
    ASSERT_TRUE(ReadAll(env_, kLog, &read).ok()) << size;
    ASSERT_TRUE(read == first) << size;
    cut.resize(whole.size() + 5000);  // the length reached the disk, the rest of the bytes did not
    disk_.SetContent(kLog, cut);
    ASSERT_TRUE(ReadAll(env_, kLog, &read).ok()) << size;
    ASSERT_TRUE(read == first) << size;
  }
}

TEST_F(SealedEnvTest, AnUnwrittenSectorAnywhereInTheLastFrameIsTheEnd) {
  const std::string first = Text(700);
  WriteSynced(kLog, {first});
  const size_t kept = disk_.Content(kLog).size();
  WriteSynced(kLog, {first, Text(3000, 2)});
  const Bytes whole = disk_.Content(kLog);
  for (size_t sector = kept / 512; sector <= (whole.size() - 1) / 512; ++sector) {
    Bytes torn = whole;
    for (size_t at = std::max(kept, sector * 512); at < std::min(whole.size(), (sector + 1) * 512); ++at) torn[at] = 0;
    disk_.SetContent(kLog, torn);
    std::string read;
    ASSERT_TRUE(ReadAll(env_, kLog, &read).ok()) << sector;
    EXPECT_TRUE(read == first) << sector;
  }
}

TEST_F(SealedEnvTest, AnEmptySectorBeforeAnIntactFrameIsDamage) {
  WriteSynced(kLog, {Text(2000), Text(2000, 2), Text(50, 3)});
  const Bytes whole = disk_.Content(kLog);
  for (size_t sector = 1; sector < 7; ++sector) {
    Bytes damaged = whole;
    std::fill_n(damaged.begin() + static_cast<ptrdiff_t>(sector * 512), 512, 0);
    disk_.SetContent(kLog, damaged);
    std::string read;
    EXPECT_TRUE(ReadAll(env_, kLog, &read).IsCorruption()) << sector;
  }
}

TEST_F(SealedEnvTest, AFileThatNeverGotItsHeaderIsEmpty) {
  for (size_t size = 0; size <= sealed::kHeaderSize; ++size) {
    disk_.SetContent(kLog, Bytes(size));
    std::string read;
    ASSERT_TRUE(ReadAll(env_, kLog, &read).ok()) << size;
    EXPECT_EQ(read, "");
  }
  disk_.SetContent(kLog, Bytes(sealed::kHeaderSize + 1));
  std::string read;
  EXPECT_TRUE(ReadAll(env_, kLog, &read).IsCorruption());
}

TEST_F(SealedEnvTest, AnotherVaultsKeyOpensNothing) {
  WriteSynced(kLog, {Text(100)});
  WriteSynced(kTable, {Text(100)});
  SealedEnv other(disk_, VaultKey::Generate());
  std::string read;
  EXPECT_TRUE(ReadAll(other, kLog, &read).IsCorruption());
  EXPECT_TRUE(ReadAll(other, kTable, &read).IsCorruption());
}

TEST_F(SealedEnvTest, FramesOfTwoFilesCannotBeExchanged) {
  WriteSynced(kLog, {Text(100)});
  WriteSynced("/v/000004.log", {Text(100)});
  Bytes mixed = disk_.Content(kLog);
  const Bytes other = disk_.Content("/v/000004.log");
  std::copy(other.begin() + sealed::kHeaderSize, other.end(), mixed.begin() + sealed::kHeaderSize);
  disk_.SetContent(kLog, mixed);
  std::string read;
  EXPECT_TRUE(ReadAll(env_, kLog, &read).IsCorruption());
}

TEST_F(SealedEnvTest, WhatFailedToSyncIsNotShownAndNothingFollowsIt) {
  const auto file = Create(kLog);
  ASSERT_TRUE(file->Append("acknowledged").ok());
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(file->Append("refused").ok());
  disk_.FailAt(2);  // the append to the disk succeeds, its sync does not
  EXPECT_TRUE(file->Sync().IsIOError());
  ASSERT_TRUE(disk_.struck());
  EXPECT_TRUE(file->Append("later").IsIOError());
  EXPECT_TRUE(file->Sync().IsIOError());
  EXPECT_TRUE(file->Close().IsIOError());
  std::string read;
  ASSERT_TRUE(ReadAll(env_, kLog, &read).ok());
  EXPECT_EQ(read, "acknowledged");
  ASSERT_TRUE(env_.RenameFile(kLog, "/v/000009.log").ok());
  ASSERT_TRUE(ReadAll(env_, "/v/000009.log", &read).ok());
  EXPECT_EQ(read, "acknowledged");
}

TEST_F(SealedEnvTest, ASyncedFileKeepsItsNameThroughAPowerCut) {
  for (uint32_t seed = 0; seed < 16; ++seed) {
    const auto table = Create(kTable);
    ASSERT_TRUE(table->Append("table").ok());
    ASSERT_TRUE(table->Sync().ok());
    WriteSynced(kLog, {"log"});
    ASSERT_TRUE(env_.RenameFile(kLog, "/v/CURRENT").ok());
    disk_.RestorePower(seed);
    std::string read;
    ASSERT_TRUE(ReadAll(env_, "/v/CURRENT", &read).ok());
    EXPECT_EQ(read, "log");
    ASSERT_TRUE(ReadAll(env_, kTable, &read).ok());
    EXPECT_EQ(read, "table");
  }
}

TEST_F(SealedEnvTest, EqualTextsLookDifferent) {
  WriteSynced(kLog, {Text(100)});
  const Bytes once = disk_.Content(kLog);
  WriteSynced(kLog, {Text(100)});
  EXPECT_NE(once, disk_.Content(kLog));
}

TEST_F(SealedEnvTest, LeavesNoLogAndDoesNotAppend) {
  leveldb::Logger* logger = nullptr;
  ASSERT_TRUE(env_.NewLogger("/v/LOG", &logger).ok());
  const std::unique_ptr<leveldb::Logger> owned(logger);
  LogTo(*logger, "%s", "a key in the clear");
  EXPECT_EQ(disk_.Paths().size(), 0u);
  leveldb::WritableFile* file = nullptr;
  EXPECT_TRUE(env_.NewAppendableFile(kLog, &file).IsNotSupportedError());
}

}  // namespace
}  // namespace kith
