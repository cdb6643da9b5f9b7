// Records of bytes, appended at one end and taken off at the other, in blocks of one size: what a histogram's
// history is kept in. However it grows and shrinks, no more than two blocks are partly used, and since all
// are alike, memory that one history gives back fits every other.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace obs {

class ByteChain {
 public:
  static constexpr std::size_t kBlockBytes = 240;

  ByteChain() = default;
  ByteChain(const ByteChain& other);
  ByteChain& operator=(const ByteChain& other);
  ByteChain(ByteChain&& other) noexcept { Swap(other); }
  ByteChain& operator=(ByteChain&& other) noexcept;
  ~ByteChain();

  bool empty() const { return bytes_ == 0; }
  void PushBack(std::span<const std::uint8_t> record);
  // The oldest record; not of an empty chain. It lives until the next call; `scratch` may hold it.
  std::span<const std::uint8_t> Front(std::vector<std::uint8_t>* scratch) const;
  void PopFront();

  // Calls fn(record), oldest first.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    std::vector<std::uint8_t> scratch;
    for (Reader reader(*this); !reader.at_end();) fn(reader.Next(&scratch));
  }

  // Of the records, with what tells their sizes.
  std::size_t size() const { return bytes_; }
  std::size_t HeapBytes() const;

 private:
  struct Block {
    Block* next = nullptr;
    std::uint8_t bytes[kBlockBytes];
  };
  class Reader {
   public:
    explicit Reader(const ByteChain& chain)
        : block_(chain.first_), offset_(chain.begin_), left_(chain.bytes_) {}

    bool at_end() const { return left_ == 0; }
    std::span<const std::uint8_t> Next(std::vector<std::uint8_t>* scratch);

   private:
    std::uint8_t NextByte();
    std::size_t NextSize();

    const Block* block_;
    std::size_t offset_;
    std::size_t left_;
  };

  void Append(const std::uint8_t* bytes, std::size_t size);
  void DropFront(std::size_t size);
  void Swap(ByteChain& other) noexcept;

  Block* first_ = nullptr;  // owned, with all that follow
  Block* last_ = nullptr;
  std::uint32_t begin_ = 0;  // in the first block
  std::uint32_t end_ = 0;    // in the last
  std::uint32_t bytes_ = 0;
};

}  // namespace obs
