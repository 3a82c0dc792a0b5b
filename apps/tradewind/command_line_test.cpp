#include "apps/tradewind/command_line.hpp"

#include "kit/runtime/core_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::variant<CommandLine, int> parse(std::vector<std::string> words) {
    static const auto settings = runtime::all_settings({}, "/data");
    words.insert(words.begin(), "tradewind");
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data(), settings);
}

CommandLine parsed(std::vector<std::string> words) {
    const auto result = parse(std::move(words));
    EXPECT_TRUE(std::holds_alternative<CommandLine>(result));
    return std::get<CommandLine>(result);
}

std::vector<std::string> flags_of(const CommandLine& line) {
    std::vector<std::string> flags;
    for (const auto& flag : line.flags) flags.push_back(flag.key + "=" + flag.value + " from " + flag.origin);
    return flags;
}

int code_of(std::vector<std::string> words) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const auto result = parse(std::move(words));
    testing::internal::GetCapturedStdout();
    testing::internal::GetCapturedStderr();
    return std::holds_alternative<int>(result) ? std::get<int>(result) : -1;
}

TEST(CommandLine, EachCommandIsKnown) {
    EXPECT_EQ(parsed({"up"}).command, Command::up);
    EXPECT_EQ(parsed({"doctor"}).command, Command::doctor);
    EXPECT_EQ(parsed({"migrate"}).command, Command::migrate);
    EXPECT_EQ(parsed({"healthcheck"}).command, Command::healthcheck);
    EXPECT_EQ(parsed({"version"}).command, Command::version);
    EXPECT_EQ(parsed({"config", "show"}).command, Command::config_show);
}

TEST(CommandLine, MigrateAppliesUnlessItIsAskedToLookOnly) {
    EXPECT_EQ(parsed({"migrate"}).migrate_mode, MigrateMode::apply);
    EXPECT_EQ(parsed({"migrate", "--dry-run"}).migrate_mode, MigrateMode::dry_run);
    EXPECT_EQ(parsed({"migrate", "user", "--status"}).migrate_mode, MigrateMode::status);
    EXPECT_EQ(code_of({"migrate", "--dry-run", "--status"}), kUsage);
}

TEST(CommandLine, ServeTakesModulesBeforeAndAfterOptions) {
    const auto line = parsed({"serve", "user", "--ports", "auto", "order"});
    EXPECT_EQ(line.command, Command::serve);
    EXPECT_THAT(line.modules, ElementsAre("user", "order"));
}

TEST(CommandLine, OptionsBecomeSettingsThatRememberTheirFlag) {
    const auto line = parsed({"up", "--http", "a:1", "--ops=b:2", "--data", "d", "--ready-file", "r", "--ports", "auto"});
    EXPECT_THAT(flags_of(line), testing::UnorderedElementsAre(
                                    "http.address=a:1 from --http", "ops.address=b:2 from --ops", "data.folder=d from --data",
                                    "runtime.ready_file=r from --ready-file", "runtime.ports=auto from --ports"));
}

TEST(CommandLine, GrpcNamesTheAddressOfOneModuleAndSetAnySetting) {
    const auto line = parsed({"serve", "--grpc", "user=a:1", "--grpc", "order=b:2", "--set", "log.level=user=debug", "user"});
    EXPECT_THAT(flags_of(line), testing::UnorderedElementsAre("user.address=a:1 from --grpc", "order.address=b:2 from --grpc",
                                                              "log.level=user=debug from --set"));
    EXPECT_THAT(line.modules, ElementsAre("user"));
}

TEST(CommandLine, WrongUsageIs64AndHelpIs0) {
    EXPECT_EQ(code_of({}), kUsage);
    EXPECT_EQ(code_of({"fly"}), kUsage);
    EXPECT_EQ(code_of({"up", "--no-such-option"}), kUsage);
    EXPECT_EQ(code_of({"up", "extra"}), kUsage);
    EXPECT_EQ(code_of({"up", "--http"}), kUsage);
    EXPECT_EQ(code_of({"serve"}), kUsage);
    EXPECT_EQ(code_of({"serve", "user", "--grpc", "user"}), kUsage);
    EXPECT_EQ(code_of({"up", "--set", "=1"}), kUsage);
    EXPECT_EQ(code_of({"config"}), kUsage);
    EXPECT_EQ(code_of({"--help"}), 0);
    EXPECT_EQ(code_of({"up", "--help"}), 0);
    EXPECT_EQ(code_of({"config", "show", "-h"}), 0);
}

}  // namespace
}  // namespace tw::app
