// SPDX-License-Identifier: Apache-2.0
// Lines from threads into a file: whole, in order, dropped rather than waited for, and counted.
#include "server/decision/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/diagnostics.h"
#include "engine/json.h"
#include "tests/support/decide_fixture.h"
#include "tests/support/shared_material.h"

namespace thuja::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::TemporaryFolder;

constexpr std::chrono::seconds kPatience{20};

bool WaitFor(const std::function<bool()>& done) {
  for (const auto end = steady_clock::now() + kPatience; steady_clock::now() < end;) {
    if (done()) return true;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return done();
}

std::unique_ptr<LineWriter> OpenWriter(const std::string& file, size_t queue_bytes = 1 << 20,
                                       size_t producers = 1) {
  auto writer = LineWriter::Open({file, queue_bytes, producers});
  EXPECT_TRUE(writer.ok()) << writer.status();
  return writer.ok() ? *std::move(writer) : nullptr;
}

// Ends the writer. One that hangs is a failure of this test and not of all that follow.
void Close(std::unique_ptr<LineWriter> writer) {
  const auto closed = std::make_shared<std::promise<void>>();
  std::thread([closed, held = std::move(writer)]() mutable {
    held.reset();
    closed->set_value();
  }).detach();
  EXPECT_EQ(closed->get_future().wait_for(kPatience), std::future_status::ready)
      << "the destructor hangs";
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The lines of a text; what follows its last newline is one too, in brackets.
std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      lines.push_back("[" + std::string(text) + "]");
      break;
    }
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

// A named pipe whose reader reads when a test says so.
class Fifo {
 public:
  // Its smallest size, so that it is soon full.
  Fifo() : path_((folder_.path() / "fifo").string()) {
    EXPECT_EQ(mkfifo(path_.c_str(), 0600), 0);
    fd_ = open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    EXPECT_GE(fd_, 0);
    fcntl(fd_, F_SETPIPE_SZ, 4096);
  }
  ~Fifo() { close(fd_); }

  const std::string& path() const { return path_; }

  // Some of what is there; empty if nothing comes for the time, or the writer is gone.
  std::string Read(size_t most, milliseconds limit = milliseconds(1000)) const {
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(limit.count())) <= 0) return "";
    std::string text(most, '\0');
    const ssize_t got = read(fd_, text.data(), text.size());
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return text;
  }

  std::string ReadAll() const {
    std::string all;
    for (std::string part = Read(65536); !part.empty(); part = Read(65536)) all += part;
    return all;
  }

 private:
  TemporaryFolder folder_;
  std::string path_;
  int fd_ = -1;
};

// N of `{"dropped":N}`; 0 for any other line.
uint64_t DroppedBy(const std::string& line) {
  if (!line.starts_with("{\"dropped\":")) return 0;
  Diagnostics diagnostics;
  const auto document = ReadJson(testing::MakeSource(line, "line"), diagnostics);
  if (!document || document->root().members.size() != 1) return 0;
  return static_cast<uint64_t>(document->root().members[0].value.integer);
}

// What producers wrote, without the writer's own lines, and the sum of those.
struct Sorted {
  std::vector<std::string> lines;
  uint64_t dropped = 0;
};

Sorted Sort(std::string_view text) {
  Sorted sorted;
  for (const std::string& line : Lines(text)) {
    if (const uint64_t count = DroppedBy(line); count > 0) {
      sorted.dropped += count;
    } else {
      sorted.lines.push_back(line);
    }
  }
  return sorted;
}

TEST(LineWriter, LinesOfAProducerComeInTheirOrder) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "log").string();
  std::string wanted;
  {
    const auto writer = OpenWriter(path);
    for (int i = 0; i < 5000; ++i) {
      const std::string line = "line " + std::to_string(i);
      ASSERT_TRUE(writer->Write(0, line));
      wanted += line + "\n";
    }
    EXPECT_EQ(writer->dropped(), 0u);
  }
  EXPECT_EQ(ReadFile(path), wanted);
}

TEST(LineWriter, WhatIsWrittenDoesNotWaitForTheEnd) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "log").string();
  const auto writer = OpenWriter(path);
  ASSERT_TRUE(writer->Write(0, "a"));
  ASSERT_TRUE(writer->Write(0, ""));
  EXPECT_TRUE(WaitFor([&] { return ReadFile(path) == "a\n\n"; }));
  EXPECT_TRUE(WaitFor([&] { return writer->written() == 3 && writer->queued() == 0; }));
  EXPECT_EQ(writer->errors(), 0u);
}

TEST(LineWriter, LinesWrapAroundTheRing) {
  constexpr size_t kRing = 1024;
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "log").string();
  std::string wanted;
  {
    const auto writer = OpenWriter(path, kRing);
    for (size_t i = 0; i < 120; ++i) {
      // Sizes that meet every position of the ring's end sooner or later.
      const std::string line(1 + i * 37 % 411, static_cast<char>('a' + i % 26));
      ASSERT_TRUE(WaitFor([&] { return writer->queued() + line.size() + 1 <= kRing; }));
      ASSERT_TRUE(writer->Write(0, line)) << i;
      wanted += line + "\n";
    }
    EXPECT_EQ(writer->dropped(), 0u);
  }
  ASSERT_GT(wanted.size(), 20 * kRing);
  EXPECT_EQ(ReadFile(path), wanted);
}

TEST(LineWriter, ALineMayFillTheRingAndNoMore) {
  constexpr size_t kRing = 1024;
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "log").string();
  auto writer = OpenWriter(path, kRing);
  EXPECT_FALSE(writer->Write(0, std::string(kRing, 'x')));
  EXPECT_EQ(writer->dropped(), 1u);
  ASSERT_TRUE(writer->Write(0, std::string(kRing - 1, 'y')));
  Close(std::move(writer));
  std::vector<std::string> lines = Lines(ReadFile(path));
  ASSERT_EQ(lines.size(), 2u);
  std::ranges::sort(lines);
  EXPECT_EQ(lines[0], std::string(kRing - 1, 'y'));
  EXPECT_EQ(lines[1], "{\"dropped\":1}");
}

TEST(LineWriter, TheQueueIsRoundedUpToAPowerOfTwo) {
  const Fifo fifo;
  const auto writer = OpenWriter(fifo.path(), 5000);
  // Nobody reads, and the ring is empty at first: a line of this size fits into 8192 bytes only.
  EXPECT_TRUE(writer->Write(0, std::string(8191, 'x')));
  EXPECT_TRUE(WaitFor([&] { return !fifo.Read(65536, milliseconds(10)).empty(); }));
}

TEST(LineWriter, WhatFindsNoRoomIsDroppedCountedAndReported) {
  const Fifo fifo;
  auto writer = OpenWriter(fifo.path(), 1024);
  std::vector<std::string> kept;
  for (int i = 0; i < 500; ++i) {
    const std::string line = "line " + std::to_string(i) + std::string(90, '.');
    if (writer->Write(0, line)) kept.push_back(line);
    if (i % 100 == 0) std::this_thread::sleep_for(milliseconds(30));
  }
  const uint64_t dropped = writer->dropped();
  EXPECT_EQ(dropped + kept.size(), 500u);
  EXPECT_GT(dropped, 400u);
  EXPECT_GT(writer->queued(), 0u);
  std::string got = fifo.ReadAll();
  EXPECT_EQ(writer->queued(), 0u);
  EXPECT_EQ(writer->written(), got.size());
  EXPECT_EQ(writer->dropped(), dropped);
  // Once reported, it is not reported again.
  ASSERT_TRUE(writer->Write(0, "last"));
  kept.emplace_back("last");
  Close(std::move(writer));
  got += fifo.ReadAll();
  const Sorted sorted = Sort(got);
  EXPECT_EQ(sorted.dropped, dropped);
  EXPECT_EQ(sorted.lines, kept);
}

TEST(LineWriter, TheDestructorReportsWhatWasDropped) {
  const Fifo fifo;
  auto writer = OpenWriter(fifo.path(), 1024);
  std::vector<std::string> kept;
  for (int i = 0; i < 200; ++i) {
    const std::string line = "line " + std::to_string(i) + std::string(90, '.');
    if (writer->Write(0, line)) kept.push_back(line);
    if (i % 50 == 0) std::this_thread::sleep_for(milliseconds(30));
  }
  const uint64_t dropped = writer->dropped();
  ASSERT_GT(dropped, 0u);
  std::string got;
  std::thread reader([&] {
    // The writer is in its last round by then.
    std::this_thread::sleep_for(milliseconds(200));
    got = fifo.ReadAll();
  });
  Close(std::move(writer));
  reader.join();
  const Sorted sorted = Sort(got);
  EXPECT_EQ(sorted.dropped, dropped);
  EXPECT_EQ(sorted.lines, kept);
}

TEST(LineWriter, ProducersDoNotDisturbEachOther) {
  constexpr size_t kProducers = 4;
  constexpr int kLines = 3000;
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "log").string();
  {
    const auto writer = OpenWriter(path, 1 << 20, kProducers);
    std::vector<std::thread> threads;
    for (size_t producer = 0; producer < kProducers; ++producer) {
      threads.emplace_back([&, producer] {
        for (int i = 0; i < kLines; ++i) {
          writer->Write(producer, std::to_string(producer) + " " + std::to_string(i) + " " +
                                      std::string(static_cast<size_t>(i % 50), 'x') + ".");
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(writer->dropped(), 0u);
  }
  std::vector<int> next(kProducers, 0);
  for (const std::string& line : Lines(ReadFile(path))) {
    const size_t producer = static_cast<size_t>(line[0] - '0');
    ASSERT_LT(producer, kProducers) << line;
    const int i = next[producer]++;
    ASSERT_EQ(line, std::to_string(producer) + " " + std::to_string(i) + " " +
                        std::string(static_cast<size_t>(i % 50), 'x') + ".");
  }
  EXPECT_EQ(next, std::vector<int>(kProducers, kLines));
}

// A reader that takes a little now and then: the writer stops within lines, and the next line that
// it writes must be the rest of that one.
TEST(LineWriter, LinesStayWholeWhenTheReaderIsSlow) {
  constexpr size_t kProducers = 3;
  constexpr size_t kSize = 5000;
  const Fifo fifo;
  std::string got;
  std::vector<std::string> written;
  {
    const auto writer = OpenWriter(fifo.path(), 1 << 16, kProducers);
    for (int i = 0; i < 8; ++i) {
      for (size_t producer = 0; producer < kProducers; ++producer) {
        written.emplace_back(kSize, static_cast<char>('a' + producer));
        ASSERT_TRUE(writer->Write(producer, written.back()));
      }
    }
    const size_t all = written.size() * (kSize + 1);
    for (const auto end = steady_clock::now() + kPatience; got.size() < all;) {
      ASSERT_LT(steady_clock::now(), end) << got.size();
      got += fifo.Read(4096);
      // Longer than the writer waits for the pipe, by an amount that moves against its period.
      std::this_thread::sleep_for(milliseconds(13));
    }
    EXPECT_EQ(writer->dropped(), 0u);
  }
  std::vector<std::string> lines = Lines(got);
  std::ranges::sort(lines);
  std::ranges::sort(written);
  ASSERT_EQ(lines.size(), written.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    ASSERT_TRUE(lines[i] == written[i]) << lines[i].size() << " bytes, " << lines[i].substr(0, 1)
                                        << " up to " << lines[i].find_first_not_of(lines[i][0]);
  }
}

TEST(LineWriter, ReopenGoesOnInANewFileOfTheSameName) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "log").string();
  {
    const auto writer = OpenWriter(path);
    ASSERT_TRUE(writer->Write(0, "before"));
    ASSERT_TRUE(WaitFor([&] { return writer->written() == 7; }));
    std::filesystem::rename(path, path + ".1");
    ASSERT_TRUE(writer->Write(0, "moved"));
    ASSERT_TRUE(WaitFor([&] { return writer->written() == 13; }));
    EXPECT_FALSE(std::filesystem::exists(path));
    writer->Reopen();
    ASSERT_TRUE(WaitFor([&] { return std::filesystem::exists(path); }));
    ASSERT_TRUE(writer->Write(0, "after"));
    EXPECT_EQ(writer->errors(), 0u);
  }
  EXPECT_EQ(ReadFile(path + ".1"), "before\nmoved\n");
  EXPECT_EQ(ReadFile(path), "after\n");
}

TEST(LineWriter, AReopenThatFailsGoesOnInTheOldFile) {
  const TemporaryFolder folder;
  const std::filesystem::path place = folder.path() / "logs";
  std::filesystem::create_directory(place);
  {
    const auto writer = OpenWriter((place / "log").string());
    std::filesystem::rename(place, folder.path() / "moved");
    writer->Reopen();
    ASSERT_TRUE(WaitFor([&] { return writer->errors() == 1; }));
    ASSERT_TRUE(writer->Write(0, "kept"));
  }
  EXPECT_EQ(ReadFile((folder.path() / "moved" / "log").string()), "kept\n");
}

TEST(LineWriter, AppendsToWhatIsThere) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "log").string();
  for (const char* line : {"one", "two"}) ASSERT_TRUE(OpenWriter(path)->Write(0, line));
  EXPECT_EQ(ReadFile(path), "one\ntwo\n");
}

TEST(LineWriter, RecordsAreNotForEverybody) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "log").string();
  OpenWriter(path);
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0137, 0u) << std::oct << info.st_mode;
}

TEST(LineWriter, TheDestructorGivesUpWhenNobodyReads) {
  const Fifo fifo;
  auto writer = OpenWriter(fifo.path(), 1 << 16);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(writer->Write(0, std::string(5000, 'x')));
  const auto begin = steady_clock::now();
  writer.reset();
  const auto time = steady_clock::now() - begin;
  EXPECT_GE(time, std::chrono::seconds(1));
  EXPECT_LT(time, std::chrono::seconds(6));
}

TEST(LineWriter, TheDestructorWritesEvenToAReaderThatComesLate) {
  const Fifo fifo;
  std::string got;
  auto writer = OpenWriter(fifo.path(), 1 << 16);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(writer->Write(0, std::string(5000, 'x')));
  std::thread reader([&] {
    std::this_thread::sleep_for(milliseconds(200));
    got = fifo.ReadAll();
  });
  writer.reset();
  reader.join();
  EXPECT_EQ(Lines(got), std::vector<std::string>(10, std::string(5000, 'x')));
}

TEST(LineWriter, WhatCannotBeWrittenStaysAndIsCounted) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  const auto writer = OpenWriter("/dev/full");
  ASSERT_TRUE(writer->Write(0, "line"));
  EXPECT_TRUE(WaitFor([&] { return writer->errors() > 1; }));
  EXPECT_EQ(writer->queued(), 5u);
  EXPECT_EQ(writer->written(), 0u);
}

TEST(LineWriter, AFileThatCannotBeOpenedIsNamed) {
  const TemporaryFolder folder;
  for (const std::string& path :
       {folder.path().string(), (folder.path() / "missing" / "log").string()}) {
    const auto writer = LineWriter::Open({path});
    ASSERT_FALSE(writer.ok());
    EXPECT_TRUE(std::string(writer.status().message()).starts_with(path + ": ")) << writer.status();
  }
}

}  // namespace
}  // namespace thuja::server
