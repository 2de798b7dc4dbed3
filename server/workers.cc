#include "server/workers.h"

#include "server/limits.h"

namespace kith::relay {

Workers::Workers(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

Workers::~Workers() { Stop(); }

bool Workers::Submit(size_t bytes, Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= limits::kWorkQueueCalls || bytes_ + bytes > limits::kWorkQueueBytes) return false;
    bytes_ += bytes;
    queue_.push_back({bytes, std::move(task)});
  }
  wake_.notify_one();
  return true;
}

void Workers::Run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Waiting next = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    next.task();
    lock.lock();
    bytes_ -= next.bytes;
  }
}

void Workers::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace kith::relay
