#include "buffer/byte_chain.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/varint.h"

namespace obs {

ByteChain::ByteChain(const ByteChain& other) {
  std::size_t left = other.bytes_;
  std::size_t offset = other.begin_;
  for (const Block* block = other.first_; left > 0; block = block->next, offset = 0) {
    const std::size_t size = std::min(left, kBlockBytes - offset);
    Append(block->bytes + offset, size);
    left -= size;
  }
}

ByteChain& ByteChain::operator=(const ByteChain& other) {
  if (this != &other) *this = ByteChain(other);
  return *this;
}

ByteChain& ByteChain::operator=(ByteChain&& other) noexcept {
  ByteChain moved(std::move(other));
  Swap(moved);
  return *this;
}

ByteChain::~ByteChain() {
  for (Block* block = first_; block != nullptr;) delete std::exchange(block, block->next);
}

void ByteChain::Swap(ByteChain& other) noexcept {
  std::swap(first_, other.first_);
  std::swap(last_, other.last_);
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
  std::swap(bytes_, other.bytes_);
}

void ByteChain::PushBack(std::span<const std::uint8_t> record) {
  std::array<std::uint8_t, kMaxVarintBytes> head;
  Append(head.data(), static_cast<std::size_t>(WriteVarint(head.data(), record.size()) - head.data()));
  Append(record.data(), record.size());
}

void ByteChain::Append(const std::uint8_t* bytes, std::size_t size) {
  bytes_ += static_cast<std::uint32_t>(size);
  while (size > 0) {
    if (last_ == nullptr || end_ == kBlockBytes) {
      auto* const block = new Block;
      (last_ == nullptr ? first_ : last_->next) = block;
      last_ = block;
      end_ = 0;
    }
    const std::size_t part = std::min(size, kBlockBytes - end_);
    std::memcpy(last_->bytes + end_, bytes, part);
    end_ += static_cast<std::uint32_t>(part);
    bytes += part;
    size -= part;
  }
}

std::span<const std::uint8_t> ByteChain::Front(std::vector<std::uint8_t>* scratch) const {
  return Reader(*this).Next(scratch);
}

void ByteChain::PopFront() {
  std::vector<std::uint8_t> scratch;
  const std::size_t size = Front(&scratch).size();
  DropFront(VarintBytes(size) + size);
}

void ByteChain::DropFront(std::size_t size) {
  bytes_ -= static_cast<std::uint32_t>(size);
  size += begin_;
  for (; size >= kBlockBytes || (bytes_ == 0 && first_ != nullptr); size -= std::min(size, kBlockBytes)) {
    delete std::exchange(first_, first_->next);
    if (first_ == nullptr) last_ = nullptr;
  }
  begin_ = static_cast<std::uint32_t>(size);
}

std::size_t ByteChain::HeapBytes() const {
  const std::size_t blocks = (begin_ + bytes_ + kBlockBytes - 1) / kBlockBytes;
  return blocks * sizeof(Block);
}

std::uint8_t ByteChain::Reader::NextByte() {
  if (offset_ == kBlockBytes) {
    block_ = block_->next;
    offset_ = 0;
  }
  --left_;
  return block_->bytes[offset_++];
}

std::size_t ByteChain::Reader::NextSize() {
  std::array<std::uint8_t, kMaxVarintBytes> head;
  std::uint8_t* out = head.data();
  do {
    *out = NextByte();
  } while (*out++ >= 0x80);
  std::uint64_t size = 0;
  ReadOwnVarint(head.data(), &size);
  return size;
}

std::span<const std::uint8_t> ByteChain::Reader::Next(std::vector<std::uint8_t>* scratch) {
  const std::size_t size = NextSize();
  if (offset_ == kBlockBytes && size > 0) {
    block_ = block_->next;
    offset_ = 0;
  }
  if (offset_ + size <= kBlockBytes) {
    const std::uint8_t* const record = block_->bytes + offset_;
    offset_ += size;
    left_ -= size;
    return {record, size};
  }
  scratch->resize(size);
  for (std::size_t done = 0; done < size;) {
    if (offset_ == kBlockBytes) {
      block_ = block_->next;
      offset_ = 0;
    }
    const std::size_t part = std::min(size - done, kBlockBytes - offset_);
    std::memcpy(scratch->data() + done, block_->bytes + offset_, part);
    offset_ += part;
    done += part;
  }
  left_ -= size;
  return *scratch;
}

}  // namespace obs
