// SPDX-License-Identifier: Apache-2.0
// One after the other.
//
// Tested by tests/grants_api/answer_thread_test.cc and tests/grants_api/prompt_revocation_test.cc.
#include "server/grants/answer_thread.h"

#include <exception>
#include <utility>

#include "server/operations/refusal.h"

namespace thuja::server {

AnswerThread::AnswerThread(size_t most) : most_(most), thread_([this] { Run(); }) {}

AnswerThread::~AnswerThread() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void AnswerThread::Answer(HttpResponse& response, Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= most_) {
      return Refuse(ReasonCode::kOverloaded, "too many questions are waiting", response);
    }
    waiting_.push_back({response.AnswerLater(), std::move(work)});
  }
  wake_.notify_one();
}

void AnswerThread::Finish(std::shared_ptr<LaterAnswer> answer, Work work) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(answer), std::move(work)});
  }
  wake_.notify_one();
}

void AnswerThread::Run() {
  for (;;) {
    Waiting next;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
      if (stopped_) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    Do(next);
  }
}

void AnswerThread::Do(const Waiting& waiting) {
  if (!waiting.answer->IsAwaited()) return;
  try {
    waiting.work(waiting.answer);
  } catch (const std::exception&) {
    // Out of memory, most likely.
    HttpResponse failed;
    Refuse(ReasonCode::kInternalError, "", failed);
    waiting.answer->Finish(std::move(failed));
  }
}

}  // namespace thuja::server
