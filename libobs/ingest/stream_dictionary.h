// The series that a stream has announced by number, and what each number stands for at the node whose samples
// are being applied.
//
// Bounded: announcements beyond kMaxAnnounced are not noted, and those that would hold more than
// kMaxPendingBytes before their first sample are refused as memory_limit. Low numbers are looked up in an
// array and others in a map, so a stream that announces nothing but number 16,777,215 costs little.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "buffer/node.h"
#include "ingest/reject_reason.h"
#include "wire/batch_view.h"

namespace obs {

class StreamDictionary {
 public:
  static constexpr std::uint32_t kMaxRef = 16'777'215;
  static constexpr std::size_t kMaxAnnounced = 2'000'000;
  static constexpr std::size_t kMaxPendingBytes = 64u << 20;

  // What a number stands for, as the loop over samples wants it: small, and all together.
  struct Ref {
    Series* series = nullptr;   // null until resolved at this node, and kept alive by the dictionary
    std::uint32_t meaning = 0;  // index into meanings_, plus 1; 0: not announced
    MetricKind kind = MetricKind::kGauge;
    bool shared_total = false;

    // True if `series` can be written to; otherwise Resolve() must be asked.
    bool ready() const { return series != nullptr && !series->retired(); }
  };

  // Notes an announcement: the series has `labels`, and of `batch_labels` (sorted, each name once) those it
  // lacks. What is wrong with it is remembered as the reason to reject its samples.
  void Announce(const AnnouncementView& announcement, std::span<const LabelView> labels,
                std::span<const LabelView> batch_labels, SeriesFault batch_fault);

  // From now on numbers stand for series of `node`.
  void Bind(const std::shared_ptr<Node>& node);

  // Null if `ref` was not announced.
  Ref* Find(std::uint32_t ref) {
    if (ref < low_.size()) [[likely]]
      return low_[ref].meaning != 0 ? &low_[ref] : nullptr;
    const auto found = high_.find(ref);
    return found != high_.end() ? &found->second : nullptr;
  }

  // Makes `ref` ready, with `writer` writing to the bound node. On failure `reason` says why.
  bool Resolve(Ref& ref, NodeWriter& writer, const std::shared_ptr<SeriesQuota>& quota, RejectReason* reason);

  // Calls fn(ref, announced) for what is announced without fault, `announced` being as of EncodeAnnounced().
  void ForEach(const std::function<void(std::uint32_t, std::string_view)>& fn) const;

  // The announced name, for messages.
  std::string_view NameOf(const Ref& ref) const;

 private:
  struct Announced {
    std::string name;
    LabelSet labels;
    std::size_t bytes;  // counted in pending_bytes_
  };
  struct Meaning {
    std::optional<RejectReason> fault;
    std::unique_ptr<Announced> pending;  // until the first sample; then `series` knows
    SeriesPtr series;                    // where it was last resolved, be it at another node
  };

  // The place of `ref`, or null if there is no more room.
  Ref* PlaceFor(std::uint32_t ref);
  std::optional<RejectReason> Note(const AnnouncementView& announcement, std::span<const LabelView> labels,
                                   std::span<const LabelView> batch_labels, Meaning& meaning);

  std::shared_ptr<Node> node_;
  std::vector<Ref> low_;  // by number
  absl::flat_hash_map<std::uint32_t, Ref> high_;
  void DropPending(Meaning& meaning);

  std::deque<Meaning> meanings_;  // in pieces: it is long, and grows
  std::size_t pending_bytes_ = 0;
  std::vector<LabelView> merged_;  // scratch
};

}  // namespace obs
