#include "buffer/point_queue.h"

namespace obs {

void PointQueue::PushBack(const Point& point) {
  if (size_++ == 0) {
    // Digits of what was here before would make a poor start, but never a wrong one.
    back_ = PointState{};
    back_.point = point;
    front_ = back_;
    return;
  }
  bytes_.Commit(PutPoint(bytes_.Reserve(kMaxPointBytes), point, &back_));
}

void PointQueue::PopFront() {
  if (--size_ == 0) {
    bytes_.Clear();
    return;
  }
  bytes_.ConsumeTo(GetPoint(bytes_.begin(), &front_));
}

}  // namespace obs
