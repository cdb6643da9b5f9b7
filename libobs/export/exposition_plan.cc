#include "export/exposition_plan.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "export/label_text.h"
#include "export/name_claims.h"
#include "export/text_format.h"
#include "fmt/format.h"

namespace obs {
namespace {

using FamilyPtr = std::shared_ptr<const ExposedFamily>;
using FamiliesByName = std::map<std::string_view, FamilyPtr>;  // by the name as sent

// All series of one metric name.
struct Candidate {
  std::string name;
  std::vector<SeriesPtr> series;  // in order of creation
  MetricKind kind = MetricKind::kGauge;
  FamilyPtr before;  // how it was exposed; may be null

  auto Rank() const { return std::tuple(before == nullptr, series.front()->id()); }
};

bool HasKind(const Candidate& candidate, MetricKind kind) {
  return std::any_of(candidate.series.begin(), candidate.series.end(),
                     [kind](const SeriesPtr& series) { return series->identity().kind == kind; });
}

std::vector<Candidate> CandidatesOf(const Store& store, const FamiliesByName& exposed_before) {
  std::vector<Candidate> candidates;
  for (const auto& family : store.Families()) {
    Candidate candidate;
    candidate.name = family->name();
    candidate.series = family->Series();
    if (candidate.series.empty()) continue;
    candidate.kind = candidate.series.front()->identity().kind;
    const auto before = exposed_before.find(candidate.name);
    if (before != exposed_before.end() && HasKind(candidate, before->second->kind())) {
      candidate.kind = before->second->kind();
      candidate.before = before->second;
    }
    candidates.push_back(std::move(candidate));
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.Rank() < b.Rank(); });
  return candidates;
}

FamilyPtr Expose(const Candidate& candidate, std::string exposed_name, Quarantine& quarantine) {
  if (candidate.before != nullptr && candidate.before->Exposes(candidate.series)) return candidate.before;
  auto family = std::make_shared<ExposedFamily>(candidate.name, std::move(exposed_name), candidate.kind);
  for (const SeriesPtr& series : candidate.series) {
    const MetricKind kind = series->identity().kind;
    if (kind == candidate.kind) {
      family->Add(series, quarantine);
    } else {
      quarantine.Add(candidate.name,
                     fmt::format("sent as {} and as {}; only the {} is exposed", KindName(candidate.kind),
                                 KindName(kind), KindName(candidate.kind)));
    }
  }
  family->DropDuplicates(quarantine);
  return family;
}

}  // namespace

ExposedFamily::ExposedFamily(std::string sent_name, std::string exposed_name, MetricKind kind)
    : sent_name_(std::move(sent_name)), name_(std::move(exposed_name)), kind_(kind) {}

void ExposedFamily::Add(const SeriesPtr& series, Quarantine& quarantine) {
  LabelText text = AppendLabelText(labels_, series->identity());
  if (!text.fault.empty()) return quarantine.Add(sent_name_, std::move(text.fault));
  changed_ |= text.changed;
  lines_.push_back({series, labels_.size()});
}

void ExposedFamily::DropDuplicates(Quarantine& quarantine) {
  if (!changed_) return;  // series differ in their labels, and so do their texts
  ExposedFamily kept(sent_name_, name_, kind_);
  absl::flat_hash_set<absl::string_view> seen;
  for (std::size_t i = 0; i < size(); ++i) {
    const std::string_view text = labels(i);
    if (!seen.insert(absl::string_view(text.data(), text.size())).second) {
      quarantine.Add(sent_name_, "two series would have the same labels");
      continue;
    }
    kept.labels_ += text;
    kept.lines_.push_back({lines_[i].series, kept.labels_.size()});
  }
  *this = std::move(kept);
}

bool ExposedFamily::Exposes(const std::vector<SeriesPtr>& series) const {
  return std::equal(lines_.begin(), lines_.end(), series.begin(), series.end(),
                    [](const Line& line, const SeriesPtr& other) { return line.series == other; });
}

std::shared_ptr<const ExpositionPlan> ExpositionPlan::Build(
    const Store& store, const std::function<bool(std::string_view)>& is_own, const ExpositionPlan* previous) {
  auto plan = std::make_shared<ExpositionPlan>();
  plan->structure_version =
      store.structure_version();  // read first: what changes meanwhile is for the next plan
  FamiliesByName exposed_before;
  if (previous != nullptr) {
    for (const FamilyPtr& family : previous->families) exposed_before.emplace(family->sent_name(), family);
  }
  NameClaims claims(is_own);
  for (const Candidate& candidate : CandidatesOf(store, exposed_before)) {
    std::string exposed = ExposedMetricName(candidate.name);
    std::string fault = claims.Claim(exposed, candidate.name, candidate.kind);
    if (!fault.empty()) {
      plan->quarantine.Add(candidate.name, std::move(fault), candidate.series.size());
      continue;
    }
    FamilyPtr family = Expose(candidate, std::move(exposed), plan->quarantine);
    if (family->size() > 0) plan->families.push_back(std::move(family));
  }
  std::sort(plan->families.begin(), plan->families.end(),
            [](const FamilyPtr& a, const FamilyPtr& b) { return a->name() < b->name(); });
  return plan;
}

}  // namespace obs
