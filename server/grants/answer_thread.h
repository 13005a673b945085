// SPDX-License-Identifier: Apache-2.0
// A thread for what takes long to answer: lists, what a grant could do, large bodies and scopes.
//
// The listener's thread reads what is asked and hands over what takes long, so that it never works
// for longer than it takes to read a request. Otherwise a revocation would wait behind whatever
// others ask, and a caller that asks often enough would keep it waiting.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "server/http/message.h"

namespace thuja::server {

// Thread-safe, but for the destructor.
class AnswerThread {
 public:
  // Finishes the answer, now or later. What it throws is an answer of 500.
  using Work = std::function<void(const std::shared_ptr<LaterAnswer>&)>;

  // `most`: works that wait; beyond it they are refused as overloaded.
  explicit AnswerThread(size_t most);
  ~AnswerThread();  // what waits is not done any more
  AnswerThread(const AnswerThread&) = delete;
  AnswerThread& operator=(const AnswerThread&) = delete;

  // Has `response` answered by `work`, in turn, unless nobody waits for it any more by then. `work`
  // may not refer to the request. REQUIRES: in Handle.
  void Answer(HttpResponse& response, Work work);
  // The same of an answer that is awaited already, and of something that was done: it is not
  // refused, however many wait.
  void Finish(std::shared_ptr<LaterAnswer> answer, Work work);

 private:
  struct Waiting {
    std::shared_ptr<LaterAnswer> answer;
    Work work;
  };

  void Run();
  static void Do(const Waiting& waiting);

  const size_t most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace thuja::server
