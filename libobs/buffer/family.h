// A family is all series of one metric name, whatever their kind, node and labels, with the ring of their raw
// samples.
//
// Thread safety: any thread.
#pragma once

#include <string>
#include <vector>

#include "base/mutex.h"
#include "buffer/ring_buffer.h"
#include "buffer/series.h"

namespace obs {

class Family {
 public:
  Family(std::string name, std::size_t ring_capacity);

  const std::string& name() const { return name_; }
  RingBuffer& ring() { return ring_; }
  const RingBuffer& ring() const { return ring_; }

  // Series that have not expired, in order of creation.
  std::vector<SeriesPtr> Series() const;

 private:
  const std::string name_;
  RingBuffer ring_;
};

}  // namespace obs
