// SPDX-License-Identifier: Apache-2.0
// Work is done in turn, within bounds, and not for those who have gone.
#include "server/grants/answer_thread.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace thuja::server {
namespace {

// What is answered, wherever that is.
struct Answers {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> bodies;

  void Add(std::string body) {
    const std::lock_guard lock(mutex);
    bodies.push_back(std::move(body));
    changed.notify_all();
  }
  std::vector<std::string> WaitFor(size_t count) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, std::chrono::seconds(20), [&] { return bodies.size() >= count; });
    return bodies;
  }
};

class Later : public LaterAnswer {
 public:
  Later(Answers& answers, bool awaited) : answers_(answers), awaited_(awaited) {}
  void Finish(HttpResponse response) override { answers_.Add(response.body); }
  std::shared_ptr<AnswerStream> FinishInParts(HttpResponse) override { return nullptr; }
  bool IsAwaited() const override { return awaited_; }

 private:
  Answers& answers_;
  const bool awaited_;
};

class Room : public AnswerRoom {
 public:
  Room(Answers& answers, bool awaited) : answers_(answers), awaited_(awaited) {}
  std::shared_ptr<LaterAnswer> MakeLater() override {
    return std::make_shared<Later>(answers_, awaited_);
  }
  std::shared_ptr<AnswerStream> MakeStream() override { return nullptr; }

 private:
  Answers& answers_;
  const bool awaited_;
};

class AnswerThreadTest : public ::testing::Test {
 protected:
  // The answer that is given at once, empty if there is none.
  std::string Ask(AnswerThread::Work work, bool awaited = true) {
    Room room(answers, awaited);
    HttpResponse response;
    response.room = &room;
    thread.Answer(response, std::move(work));
    return response.body;
  }
  static AnswerThread::Work Saying(std::string text) {
    return [text = std::move(text)](const std::shared_ptr<LaterAnswer>& later) {
      HttpResponse response;
      response.body = text;
      later->Finish(std::move(response));
    };
  }

  // Keeps the thread at work until it is let go.
  void Block() {
    Ask([this](const auto&) {
      std::unique_lock lock(mutex);
      blocked = true;
      changed.notify_all();
      changed.wait(lock, [this] { return !blocked; });
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return blocked; });
  }
  void LetGo() {
    const std::lock_guard lock(mutex);
    blocked = false;
    changed.notify_all();
  }

  using Bodies = std::vector<std::string>;
  Answers answers;
  std::mutex mutex;
  std::condition_variable changed;
  bool blocked = false;
  AnswerThread thread{2};
};

TEST_F(AnswerThreadTest, DoesWhatItIsGivenInTurn) {
  Block();
  EXPECT_EQ(Ask(Saying("a")), "");
  EXPECT_EQ(Ask(Saying("b")), "");
  LetGo();
  EXPECT_EQ(answers.WaitFor(2), (Bodies{"a", "b"}));
}

TEST_F(AnswerThreadTest, RefusesWhatItHasNoRoomFor) {
  Block();
  EXPECT_EQ(Ask(Saying("a")), "");
  EXPECT_EQ(Ask(Saying("b")), "");
  EXPECT_NE(Ask(Saying("c")).find("\"overloaded\""), std::string::npos);
  LetGo();
  answers.WaitFor(2);
  EXPECT_EQ(Ask(Saying("d")), "");
  EXPECT_EQ(answers.WaitFor(3), (Bodies{"a", "b", "d"}));
}

TEST_F(AnswerThreadTest, RefusesNothingThatWasDone) {
  Block();
  for (const char* text : {"a", "b", "c", "d"}) {
    thread.Finish(std::make_shared<Later>(answers, true), Saying(text));
  }
  LetGo();
  EXPECT_EQ(answers.WaitFor(4), (Bodies{"a", "b", "c", "d"}));
}

TEST_F(AnswerThreadTest, DoesNothingForWhoIsGone) {
  Ask(Saying("nobody"), /*awaited=*/false);
  Ask(Saying("a"));
  EXPECT_EQ(answers.WaitFor(1), Bodies{"a"});
}

TEST_F(AnswerThreadTest, GoesOnAfterWhatThrows) {
  Ask([](const auto&) { throw std::runtime_error("secret"); });
  Ask(Saying("a"));
  const Bodies bodies = answers.WaitFor(2);
  ASSERT_EQ(bodies.size(), 2u);
  EXPECT_NE(bodies[0].find("\"internal_error\""), std::string::npos);
  EXPECT_EQ(bodies[0].find("secret"), std::string::npos);
  EXPECT_EQ(bodies[1], "a");
}

}  // namespace
}  // namespace thuja::server
