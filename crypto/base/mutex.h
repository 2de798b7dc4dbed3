// A mutex that clang's thread-safety analysis understands.
#pragma once

#include <mutex>

#if defined(__clang__)
#define KITH_ANNOTATE(x) __attribute__((x))
#else
#define KITH_ANNOTATE(x)
#endif
#define KITH_GUARDED_BY(mutex) KITH_ANNOTATE(guarded_by(mutex))
#define KITH_REQUIRES(mutex) KITH_ANNOTATE(requires_capability(mutex))
#define KITH_EXCLUDES(mutex) KITH_ANNOTATE(locks_excluded(mutex))

namespace kith {

class KITH_ANNOTATE(capability("mutex")) Mutex {
 public:
  void lock() KITH_ANNOTATE(acquire_capability()) { mutex_.lock(); }
  void unlock() KITH_ANNOTATE(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class KITH_ANNOTATE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) KITH_ANNOTATE(acquire_capability(mutex)) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() KITH_ANNOTATE(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace kith
