#include "app/sender.h"

#include "gtest/gtest.h"

namespace obs {
namespace {

SendSummary AllWell() {
  SendSummary summary;
  summary.lines = summary.samples = summary.acknowledged = 3;
  return summary;
}

TEST(SendSummaryTest, AllConfirmedIsZero) {
  EXPECT_EQ(kExitOk, AllWell().exit_code());
}

TEST(SendSummaryTest, AnythingThatIsNoSampleOrWasRejectedIsOne) {
  EXPECT_EQ(kExitFailed, SendSummary().exit_code());
  for (const auto spoil : {&SendSummary::bad_lines, &SendSummary::rejected, &SendSummary::dropped}) {
    SendSummary summary = AllWell();
    summary.*spoil = 1;
    EXPECT_EQ(kExitFailed, summary.exit_code());
  }
  SendSummary summary = AllWell();
  summary.input_failed = true;
  EXPECT_EQ(kExitFailed, summary.exit_code());
}

TEST(SendSummaryTest, WrongCommandLineIsTwo) {
  SendSummary summary;
  summary.bad_lines = 1;
  summary.bad_words = true;
  EXPECT_EQ(kExitUsage, summary.exit_code());
  summary = AllWell();
  summary.delivery = absl::InvalidArgumentError("bad address");
  EXPECT_EQ(kExitUsage, summary.exit_code());
}

TEST(SendSummaryTest, NotDeliveredIsThreeWhateverElseWentWrong) {
  SendSummary summary = AllWell();
  summary.bad_lines = 1;
  summary.delivery = absl::UnauthenticatedError("invalid key");
  EXPECT_EQ(kExitUnreachable, summary.exit_code());
}

TEST(SendSummaryTest, InterruptionComesFirst) {
  SendSummary summary;
  summary.interrupted = true;
  summary.delivery = absl::CancelledError("interrupted");
  EXPECT_EQ(kExitInterrupted, summary.exit_code());
}

TEST(SendSummaryTest, JsonIsOneLineAndValidWhateverAReasonQuotes) {
  SendSummary summary = AllWell();
  summary.reasons = {"bad \xff\n"};
  EXPECT_EQ(
      "{\"lines\":3,\"bad_lines\":0,\"frames\":0,\"samples\":3,\"acknowledged\":3,\"rejected\":0,\"dropped\":"
      "0,"
      "\"reasons\":[\"bad \xEF\xBF\xBD\\n\"],\"error\":\"\"}",
      summary.ToJson());
}

}  // namespace
}  // namespace obs
