// A telemetry batch from a stranger: BatchDecoder reads whatever protobuf reads and nothing else, and a
// session counts each sample of it exactly once.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/key_store.h"
#include "base/utf8.h"
#include "buffer/store.h"
#include "ingest/session.h"
#include "support/fake_clock.h"
#include "telemetry.pb.h"
#include "wire/batch_decoder.h"

namespace {

void Expect(bool holds) {
  if (!holds) std::abort();
}

std::uint64_t CountSamples(const telemetry::TelemetryBatch& batch) {
  std::uint64_t count = static_cast<std::uint64_t>(batch.samples_size() + batch.histograms_size());
  for (const telemetry::Metric& metric : batch.metrics())
    count += static_cast<std::uint64_t>(metric.samples_size());
  for (const telemetry::Columns& columns : batch.columns())
    count += static_cast<std::uint64_t>(columns.refs_size());
  return count;
}

// True if protobuf, too, takes it for what it is; columns that do not match are beyond what it checks.
bool HasUnevenColumns(const telemetry::TelemetryBatch& batch) {
  for (const telemetry::Columns& columns : batch.columns()) {
    const int size = columns.refs_size();
    const int deltas = columns.timestamp_deltas_size();
    if (columns.values_size() != size || (deltas != 0 && deltas != size)) return true;
  }
  return false;
}

void CompareWithProtobuf(std::string_view bytes) {
  obs::BatchDecoder decoder;
  const bool decoded = decoder.Decode(bytes).ok();
  telemetry::TelemetryBatch batch;
  const bool parsed = batch.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  if (decoded)
    Expect(parsed || !obs::IsValidUtf8(bytes));  // protobuf refuses a whole batch for one bad byte of a name
  if (parsed) Expect(decoded || HasUnevenColumns(batch));
  if (decoded && parsed) Expect(decoder.batch().sample_count == CountSamples(batch));
}

void ApplyTwice(std::string_view bytes) {
  static const obs::FakeClock clock;
  static const auto keys = obs::KeyStore::Create({}).value();
  obs::Store store({.max_series = 50, .ring_capacity = 64}, clock);
  obs::Ingestor ingestor({}, store, *keys, clock);
  obs::BatchScratch scratch;
  obs::Session session(ingestor, "fuzz", ingestor.Admit("").value());
  for (int i = 0; i < 2; ++i) {
    if (!session.Receive(bytes, scratch).ok()) return;
    const obs::StreamTally& tally = session.tally();
    const std::uint64_t samples = scratch.decoder.batch().sample_count * static_cast<std::uint64_t>(i + 1);
    Expect(tally.accepted + tally.rejected + tally.duplicates == samples);
  }
  for (const std::string& text : session.notes().texts()) Expect(obs::IsValidUtf8(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CompareWithProtobuf(bytes);
  ApplyTwice(bytes);
  return 0;
}
