// Who is next where many want to work with one thing: calls that a person waits for, and work that goes on by itself.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace kith {

// Thread-safe; not reentrant. Each kind is served in the order of arrival. A person's calls go first, but after
// kMostBefore of them whatever waits behind has a turn, so neither kind can starve the other.
class Turns {
 public:
  enum class Of : uint8_t { kPerson, kBackground };
  static constexpr int kMostBefore = 4;

  void Enter(Of kind) {
    std::unique_lock lock(mutex_);
    Line& line = lines_[static_cast<size_t>(kind)];
    const uint64_t ticket = line.given++;
    next_.wait(lock, [&] { return !taken_ && line.served == ticket && First(kind); });
    ++line.served;
    taken_ = true;
    before_ = kind == Of::kPerson ? before_ + 1 : 0;
  }

  void Leave() {
    {
      const std::lock_guard lock(mutex_);
      taken_ = false;
    }
    next_.notify_all();
  }

  // How many stand in a line.
  uint64_t Waiting(Of kind) {
    const std::lock_guard lock(mutex_);
    const Line& line = lines_[static_cast<size_t>(kind)];
    return line.given - line.served;
  }

 private:
  struct Line {
    uint64_t given = 0;
    uint64_t served = 0;
    bool waits() const { return given != served; }
  };

  bool First(Of kind) const {
    const bool person = lines_[static_cast<size_t>(Of::kPerson)].waits();
    const bool background = lines_[static_cast<size_t>(Of::kBackground)].waits();
    if (!person || !background) return true;
    return (before_ < kMostBefore) == (kind == Of::kPerson);
  }

  std::mutex mutex_;  // a leaf
  std::condition_variable next_;
  std::array<Line, 2> lines_;
  bool taken_ = false;
  int before_ = 0;  // turns of a person since the last in the background
};

// A turn for as long as it lives.
class Turn {
 public:
  Turn(Turns& turns, Turns::Of kind) : turns_(turns) { turns_.Enter(kind); }
  ~Turn() { turns_.Leave(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Turns& turns_;
};

}  // namespace kith
