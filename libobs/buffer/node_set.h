// Nodes, found by service and instance.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "buffer/node.h"

namespace obs {

struct NodeKey {
  std::string_view service;
  std::string_view instance;

  friend bool operator==(const NodeKey&, const NodeKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const NodeKey& key) {
    return H::combine(std::move(h), absl::string_view(key.service.data(), key.service.size()),
                      absl::string_view(key.instance.data(), key.instance.size()));
  }
};

struct NodeKeyHash {
  using is_transparent = void;
  std::size_t operator()(const NodeKey& key) const { return absl::Hash<NodeKey>{}(key); }
  std::size_t operator()(const std::shared_ptr<Node>& node) const {
    return (*this)(NodeKey{node->service(), node->instance()});
  }
};

struct NodeKeyEqual {
  using is_transparent = void;
  bool operator()(const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) const { return a == b; }
  bool operator()(const std::shared_ptr<Node>& a, const NodeKey& b) const {
    return NodeKey{a->service(), a->instance()} == b;
  }
  bool operator()(const NodeKey& a, const std::shared_ptr<Node>& b) const { return (*this)(b, a); }
};

using NodeSet = absl::flat_hash_set<std::shared_ptr<Node>, NodeKeyHash, NodeKeyEqual>;

}  // namespace obs
