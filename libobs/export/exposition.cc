#include "export/exposition.h"

#include <utility>

#include "export/histogram_family_writer.h"
#include "export/text_format.h"

namespace obs {
namespace {

void AppendHeader(std::string& page, const ExposedFamily& family) {
  page += "# HELP ";
  page += family.name();
  if (family.name() == family.sent_name()) {
    page += " Ingested.";
  } else {
    page += " Ingested as \"";
    AppendHelpText(page, family.sent_name());
    page += "\".";
  }
  page += "\n# TYPE ";
  page += family.name();
  page += ' ';
  page += KindName(family.kind());
  page += '\n';
}

void AppendScalars(std::string& page, const ExposedFamily& family) {
  const std::string head = family.name() + "{";
  for (std::size_t i = 0; i < family.size(); ++i) {
    page += head;
    page += family.labels(i);
    page += "} ";
    AppendValue(page, family.series(i).value());
    page += '\n';
  }
}

void AppendHistograms(std::string& page, const ExposedFamily& family, const Store& store) {
  HistogramFamilyWriter histograms;
  Distribution distribution;
  for (std::size_t i = 0; i < family.size(); ++i) {
    store.ReadDistribution(family.series(i), &distribution);
    histograms.Add(family.labels(i), distribution);
  }
  histograms.Write(family.name(), page);
}

}  // namespace

Exposition::Exposition(const Store& store, std::function<bool(std::string_view)> is_own, const Clock& clock)
    : store_(store), is_own_(std::move(is_own)), clock_(clock) {}

std::shared_ptr<const ExpositionPlan> Exposition::CurrentPlan() const {
  const MutexLock lock(mutex_);
  if (plan_ == nullptr || plan_->structure_version != store_.structure_version()) {
    plan_ = ExpositionPlan::Build(store_, is_own_, plan_.get());
  }
  return plan_;
}

std::string Exposition::Write() {
  const std::int64_t start_ns = clock_.MonotonicNanos();
  const auto plan = CurrentPlan();
  std::string page;
  page.reserve(last_scrape_bytes_ + last_scrape_bytes_ / 8);
  for (const auto& family : plan->families) {
    AppendHeader(page, *family);
    if (family->kind() == MetricKind::kHistogram) {
      AppendHistograms(page, *family, store_);
    } else {
      AppendScalars(page, *family);
    }
  }
  last_scrape_bytes_ = page.size();
  last_scrape_ns_ = clock_.MonotonicNanos() - start_ns;
  ++scrapes_;
  return page;
}

ExpositionStats Exposition::Stats() const {
  const auto plan = CurrentPlan();
  return {scrapes_, static_cast<double>(last_scrape_ns_) / kNanosPerSecond, last_scrape_bytes_,
          plan->quarantine.series(), plan->quarantine.List()};
}

}  // namespace obs
