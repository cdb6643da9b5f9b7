// Points in order of time, compressed: appended at the new end, dropped at the old.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "buffer/byte_queue.h"
#include "buffer/point_codec.h"

namespace obs {

class PointQueue {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  // The oldest and the newest; not for an empty queue.
  const Point& front() const { return front_.point; }
  const Point& back() const { return back_.point; }

  // `point` is not older than back().
  void PushBack(const Point& point);
  void PopFront();

  // Calls fn(point), oldest first.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    if (empty()) return;
    PointState state = front_;
    fn(state.point);
    for (const std::uint8_t* in = bytes_.begin(); in != bytes_.end();) {
      in = GetPoint(in, &state);
      fn(state.point);
    }
  }

  std::size_t packed_bytes() const { return bytes_.size(); }
  std::size_t HeapBytes() const { return bytes_.HeapBytes(); }

 private:
  PointState front_;  // its bytes are consumed already
  PointState back_;
  [[no_unique_address]] ByteQueue bytes_;  // the size fills its padding
  std::uint32_t size_ = 0;
};

}  // namespace obs
