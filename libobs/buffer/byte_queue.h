// Bytes that are appended at one end and consumed at the other, in one piece of memory with little slack: the
// body of compressed history, of which an aggregator holds millions.
//
// Thread safety: a value; none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace obs {

class ByteQueue {
 public:
  ByteQueue() = default;
  ByteQueue(const ByteQueue& other);
  ByteQueue& operator=(const ByteQueue& other);
  ByteQueue(ByteQueue&& other) noexcept;
  ByteQueue& operator=(ByteQueue&& other) noexcept;

  // Room for `max_bytes` more, of which Commit() says how many were used.
  std::uint8_t* Reserve(std::size_t max_bytes);
  void Commit(const std::uint8_t* end) { end_ = static_cast<std::uint32_t>(end - bytes_.get()); }

  void Append(const std::uint8_t* bytes, std::size_t size);

  const std::uint8_t* begin() const { return bytes_.get() + begin_; }
  const std::uint8_t* end() const { return bytes_.get() + end_; }
  std::size_t size() const { return end_ - begin_; }
  // Drops all before `begin`.
  void ConsumeTo(const std::uint8_t* begin) { begin_ = static_cast<std::uint32_t>(begin - bytes_.get()); }

  void Clear();
  std::size_t HeapBytes() const { return capacity_; }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace obs
