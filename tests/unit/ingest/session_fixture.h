// A session with an ingestor of its own, and the batches that tests send it.
#pragma once

#include <memory>
#include <string>

#include "ingest/session.h"
#include "telemetry.pb.h"
#include "unit/ingest/ingest_fixture.h"

namespace obs {

class SessionTest : public IngestFixture {
 protected:
  void SetUp() override { Open(); }

  // Begins anew with these limits.
  void Open(IngestOptions options = {}, StoreOptions store_options = {}) {
    session_.reset();
    MakeIngestor(options, store_options);
    session_ = NewSession();
  }

  std::unique_ptr<Session> NewSession() {
    return std::make_unique<Session>(*ingestor_, "ipv4:127.0.0.1:1", ingestor_->Admit("").value());
  }

  absl::Status Send(Session& session, const telemetry::TelemetryBatch& batch) {
    return session.Receive(batch.SerializeAsString(), scratch_);
  }
  absl::Status Send(const telemetry::TelemetryBatch& batch) { return Send(*session_, batch); }

  static telemetry::TelemetryBatch Batch(const std::string& producer = "", std::uint64_t sequence = 0) {
    telemetry::TelemetryBatch batch;
    batch.set_service("api");
    batch.set_instance("i-1");
    batch.set_producer(producer);
    batch.set_sequence(sequence);
    return batch;
  }

  static telemetry::MetricSample* AddSample(telemetry::TelemetryBatch& batch, const std::string& name) {
    telemetry::MetricSample* const sample = batch.add_samples();
    sample->set_name(name);
    return sample;
  }

  static telemetry::TelemetryBatch Gauge(const std::string& name, double value) {
    telemetry::TelemetryBatch batch = Batch();
    AddSample(batch, name)->set_gauge(value);
    return batch;
  }

  static telemetry::TelemetryBatch Total(const std::string& name, std::uint64_t total,
                                         std::int64_t timestamp_ns, const std::string& producer = "",
                                         std::uint64_t sequence = 0) {
    telemetry::TelemetryBatch batch = Batch(producer, sequence);
    telemetry::MetricSample* const sample = AddSample(batch, name);
    sample->set_counter(total);
    sample->set_timestamp(timestamp_ns);
    return batch;
  }

  static void Announce(telemetry::TelemetryBatch& batch, std::uint32_t ref, const std::string& name,
                       telemetry::Kind kind) {
    telemetry::SeriesAnnouncement* const series = batch.add_series();
    series->set_ref(ref);
    series->set_name(name);
    series->set_kind(kind);
  }

  static void AddValue(telemetry::Columns* columns, std::uint32_t ref, double value) {
    columns->add_refs(ref);
    columns->add_values(value);
  }

  BatchScratch scratch_;
  std::unique_ptr<Session> session_;
};

}  // namespace obs
