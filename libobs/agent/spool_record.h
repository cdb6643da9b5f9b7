// What the agent's spool keeps in its journal, as bytes: protobuf fields, since those can be added to.
//
// A segment's head names whose spool it is and holds the producer's account so far and the announcements of
// its series; records are batches and what became of them. Series are numbered anew in each life of a
// producer, and a segment is of one life.
//
// Thread safety: pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/loss.h"

namespace obs {

// Samples lost, by reason.
using LossTotals = std::array<std::uint64_t, kLossCount>;

struct SpoolHead {
  std::string service;
  std::string instance;
  std::string producer;
  std::uint64_t life = 0;             // 1, 2, 3 ...: how often the spool was opened
  std::uint64_t sequence = 0;         // of the last batch before this segment
  std::uint64_t samples_through = 0;  // of all batches up to that one
  std::uint64_t confirmed = 0;        // batches up to this sequence need not be sent
  LossTotals dropped{};
  std::string announcements;  // fields of a TelemetryBatch
};

struct SpoolRecord {
  // A batch, unless `sequence` is 0; see OutboundBatch.
  std::uint64_t sequence = 0;
  std::uint64_t samples = 0;
  std::uint64_t samples_through = 0;
  std::uint32_t ref_limit = 0;
  std::string_view announcements;  // of series that were announced in no record before it
  std::string_view body;

  // What became of batches.
  std::uint64_t confirmed = 0;  // up to this sequence
  std::uint64_t settled = 0;    // the batch of this sequence is not to be sent; 0: none
  std::optional<LossTotals> dropped;
};

std::string EncodeSpoolHead(const SpoolHead& head);
// Nullopt if it is the head of something else.
std::optional<SpoolHead> ParseSpoolHead(std::string_view bytes);

std::string EncodeSpoolRecord(const SpoolRecord& record);
// Views into `bytes`. Nullopt if they are no such record.
std::optional<SpoolRecord> ParseSpoolRecord(std::string_view bytes);

}  // namespace obs
