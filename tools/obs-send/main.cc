// obs-send: sends samples from its arguments or from stdin to an aggregator.

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "app/sender.h"
#include "base/exit_code.h"
#include "common/cli.h"
#include "common/progress.h"
#include "fmt/format.h"

namespace {

constexpr char kFooter[] =
    "With words it sends one sample: [gauge|counter|histogram] NAME[{LABEL=\"VALUE\",...}] VALUE "
    "[TIMESTAMP].\n"
    "Without, or with \"-\", it reads lines from stdin and sends each at once:\n"
    "  line        as above; \"counter NAME 5\" is the running total, \"counter NAME +5\" growth\n"
    "  json        {\"kind\":\"gauge\",\"name\":\"NAME\",\"labels\":{},\"value\":1.5,\"timestamp\":MS}\n"
    "  statsd      NAME:VALUE|c, |g, |ms, |h, |d, with |@RATE and |#TAG:VALUE\n"
    "  prometheus  an exposition page; what it counts are totals, so sent again it changes nothing\n"
    "TIMESTAMP is RFC 3339 or Unix time, in s, ms, us or ns as its size tells.\n"
    "It exits 0 only once the aggregator has confirmed everything; 1: some of it was no sample or was "
    "rejected;\n"
    "3: the aggregator cannot be reached, or refused us.\n\n"
    "Examples:\n"
    "  obs-send histogram response_time_ms 23.5 -l route=/login\n"
    "  vmstat -n 1 | awk 'NR>2 {print \"gauge vm_free_kb\", $4; fflush()}' | obs-send\n"
    "  curl -s localhost:9100/metrics | obs-send --format prometheus\n"
    "  obs-send --spool /var/spool/obs </dev/null\n"
    "  obs-send --replay incident.obs --speed 4x";

// 0 for max.
std::optional<double> ParseSpeed(std::string_view text) {
  if (text == "max") return 0;
  if (text.ends_with('x')) text.remove_suffix(1);
  double speed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
  const bool is_speed =
      error == std::errc() && end == text.data() + text.size() && speed >= 0.001 && speed <= 1000;
  return is_speed ? std::optional(speed) : std::nullopt;
}

CLI::Validator Speed() {
  const auto problem = [](const std::string& text) {
    return ParseSpeed(text) ? ""
                            : fmt::format("\"{}\" is no speed; give one from 0.001x to 1000x, or max", text);
  };
  return {problem, ""};
}

void AddOptions(obs::cli::CommandLine& line, obs::SenderOptions& o, std::string& output) {
  CLI::App& app = line.app();
  line.AddWords("words", &o.words, "One sample, or - to read stdin")->type_name("WORD");
  app.add_option("-l,--label", o.labels, "Label for every series that lacks it; repeatable")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_option("--format", o.format, "auto (per line), line, json, statsd or prometheus")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"auto", "line", "json", "statsd", "prometheus"}))
      ->capture_default_str();
  app.add_option("--service", o.service, "Name of the service that samples are from, unless they say")
      ->envname("SERVICE_NAME")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--instance", o.instance, "Which of its instances (default: host name)")
      ->envname("INSTANCE_ID")
      ->type_name("ID");
  line.AddAggregator(&o.aggregator_addr);
  line.AddApiKeyFile();
  line.AddDuration("--timeout", &o.timeout_nanos,
                   "Longest wait for an aggregator that does nothing; 0: for ever");
  app.add_option(
         "--spool", o.spool_directory,
         "Directory to keep samples in until they are confirmed; the next run delivers what is left there")
      ->type_name("DIR");
  line.AddBytes("--spool-limit", &o.spool_limit_bytes,
                "Most that the spool of one service and instance may take");
  CLI::Option* const replay =
      app.add_option(
             "--replay", o.recording,
             "Send what obs-tail --record wrote to FILE, with its timing and moved to now, instead of lines")
          ->type_name("FILE");
  app.add_option_function<std::string>(
         "--speed", [&o](const std::string& text) { o.speed = *ParseSpeed(text); },
         "How fast to replay: 1x as it was recorded, 0.5x, 10x, or max: as fast as the aggregator takes it")
      ->type_name("SPEED")
      ->check(Speed())
      ->default_str("1x")
      ->needs(replay);
  line.AddOutput({"text", "json"}, &output);
}

std::string Describe(const obs::SendSummary& s) {
  const bool is_recording = s.frames > 0;
  std::string text = fmt::format("{} {}, {} samples, {} confirmed", is_recording ? s.frames : s.lines,
                                 is_recording ? "frames" : "lines", s.samples, s.acknowledged);
  if (s.bad_lines > 0) text += fmt::format(", {} bad {}", s.bad_lines, is_recording ? "samples" : "lines");
  if (s.rejected > 0) text += fmt::format(", {} rejected", s.rejected);
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  obs::SignalWaiter signals;  // before any thread starts
  obs::cli::CommandLine line("obs-send", "Sends samples from its arguments or from stdin to an aggregator.",
                             kFooter);
  obs::SenderOptions options;
  std::string output;
  AddOptions(line, options, output);
  if (const auto code = line.Parse(argc, argv)) return *code;
  if (options.words == std::vector<std::string>{"-"}) options.words.clear();
  if (!options.recording.empty() && !options.words.empty())
    return line.Fail(obs::kExitUsage, absl::InvalidArgumentError("--replay takes no words"));
  auto key = line.ApiKey();
  if (!key.ok()) return line.Fail(obs::kExitUsage, key.status());
  options.api_key = *std::move(key);

  obs::cli::Progress progress(line.ShowsProgress());
  obs::SenderTalk talk;
  talk.problem = [&](std::string_view text) { progress.Clear(), line.Tell(true, text); };
  talk.notice = [&](std::string_view text) { progress.Clear(), line.Tell(false, text); };
  talk.progress = [&](const obs::SendSummary& summary) { progress.Show(Describe(summary)); };
  const obs::SendSummary summary = obs::RunSender(options, signals, talk);
  progress.Clear();
  line.TellMore(Describe(summary));
  if (output == "json") {
    if (const absl::Status status = line.PrintLine(summary.ToJson()); !status.ok())
      return line.Fail(obs::kExitFailed, status);
  }
  return summary.exit_code();
}
