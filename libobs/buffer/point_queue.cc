#include "buffer/point_queue.h"

namespace obs {

void PointQueue::PushBack(const Point& point) {
  if (size_++ == 0) {
    front_ = back_ = PointState::StartingWith(point);
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
