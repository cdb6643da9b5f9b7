// Something that measures when asked to.
//
// Thread safety: one thread at a time calls Collect().
#pragma once

namespace obs {

class Collector {
 public:
  virtual ~Collector() = default;

  // Measures once and records what it found. What cannot be read is left out: a collector never fails as a
  // whole.
  virtual void Collect() = 0;
};

}  // namespace obs
