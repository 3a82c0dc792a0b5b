#include "apps/tradewind/command_list.hpp"
#include "apps/tradewind/program.hpp"
#include "kit/cli/parse.hpp"
#include "kit/runtime/core_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::app {
namespace {

using cli::CommandLine;
using cli::kUsage;
using testing::ElementsAre;
using testing::HasSubstr;

std::variant<CommandLine, int> parse(std::vector<std::string> words) {
    static const auto commands = command_list();
    static const auto settings = runtime::all_settings(program_name(), {}, "/data");
    words.insert(words.begin(), "tradewind");
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    return cli::parse(static_cast<int>(arguments.size()), arguments.data(), program(), commands, settings);
}

CommandLine parsed(std::vector<std::string> words) {
    const auto result = parse(std::move(words));
    EXPECT_TRUE(std::holds_alternative<CommandLine>(result));
    return std::get<CommandLine>(result);
}

std::string name_of(std::vector<std::string> words) { return parsed(std::move(words)).command->name; }

std::vector<std::string> flags_of(const CommandLine& line) {
    std::vector<std::string> flags;
    for (const auto& flag : line.flags) flags.push_back(flag.key + "=" + flag.value + " from " + flag.origin);
    return flags;
}

/// What the program prints and returns for a command line that it answers at once.
struct Answer {
    int code = -1;
    std::string out;
    std::string err;
};

Answer answer_to(std::vector<std::string> words) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const auto result = parse(std::move(words));
    Answer answer{.out = testing::internal::GetCapturedStdout(), .err = testing::internal::GetCapturedStderr()};
    if (std::holds_alternative<int>(result)) answer.code = std::get<int>(result);
    return answer;
}

int code_of(std::vector<std::string> words) { return answer_to(std::move(words)).code; }

struct Mistake {
    std::vector<std::string> words;
    const char* said;
};
class NearMiss : public testing::TestWithParam<Mistake> {};

TEST_P(NearMiss, is_named_beside_the_word_that_was_typed) {
    const auto answer = answer_to(GetParam().words);
    EXPECT_EQ(answer.code, kUsage);
    EXPECT_THAT(answer.err, HasSubstr(GetParam().said));
    EXPECT_THAT(answer.out, testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, NearMiss,
    testing::Values(Mistake{{"upp"}, "tradewind has no command \"upp\"; did you mean up?"},
                    Mistake{{"migrte", "--status"}, "tradewind has no command \"migrte\"; did you mean migrate?"},
                    Mistake{{"stop"}, "the commands are up, serve"},
                    Mistake{{"config", "shwo"}, "tradewind config has no command \"shwo\"; did you mean show?"},
                    Mistake{{"config"}, "tradewind config needs a command: show"},
                    Mistake{{"up", "--htpt", "a:1"}, "tradewind up has no option --htpt; did you mean --http?"},
                    Mistake{{"up", "--port", "80"}, "use --http HOST:PORT for the API's port, or --ports auto"},
                    Mistake{{"up", "--port=80"}, "tradewind up has no option --port;"},
                    Mistake{{"up", "--redis-url", "x"}, "use --set redis.url=VALUE or TRADEWIND_REDIS_URL"},
                    Mistake{{"up", "--log.format", "x"}, "use --set log.format=VALUE"},
                    Mistake{{"up", "--dry-run"}, "tradewind up has no option --dry-run; it is an option of migrate"},
                    Mistake{{"up", "user"}, "tradewind up does not take \"user\""},
                    Mistake{{"serve"}, "tradewind serve: MODULE is required"},
                    Mistake{{"help", "upp"}, "there is no command \"upp\""}));

TEST(CommandLine, a_password_in_a_word_that_is_not_understood_is_not_repeated) {
    for (const std::vector<std::string>& words : {std::vector<std::string>{"up", "postgresql://ann:s3cret@db/shop"},
                                                  {"postgresql://ann:s3cret@db/shop"},
                                                  {"up", "--database=postgresql://ann:s3cret@db/shop"},
                                                  {"up", "--set", "postgresql://ann:s3cret@db/shop"}}) {
        const auto answer = answer_to(words);
        EXPECT_EQ(answer.code, kUsage);
        EXPECT_THAT(answer.err, testing::Not(HasSubstr("s3cret"))) << words.back();
    }
}

TEST(Help, of_a_command_shows_its_own_options_first_and_none_that_mean_nothing_to_it) {
    const auto help = answer_to({"migrate", "--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_LT(help.out.find("--dry-run"), help.out.find("--data"));
    for (const auto* foreign : {"--http", "--ops", "--ready-file", "REDIS_URL", "OTEL_"}) {
        EXPECT_THAT(help.out, testing::Not(HasSubstr(foreign)));
    }
    EXPECT_EQ(parsed({"migrate", "--ports", "auto"}).flags.size(), 1U) << "it is accepted all the same";
}

TEST(Help, of_each_command_has_an_example_and_names_the_variables_that_count) {
    for (const auto* command : {"up", "serve", "migrate", "doctor", "healthcheck", "backup", "restore", "copy"}) {
        const auto help = answer_to({command, "--help"}).out;
        EXPECT_THAT(help, HasSubstr(std::string{"Example:\n  "})) << command;
        EXPECT_THAT(help, HasSubstr(std::string{"tradewind "} + command)) << command;
        EXPECT_THAT(help, HasSubstr("TRADEWIND_<KEY>")) << command;
    }
    for (const auto* variable : {"DATABASE_URL", "REDIS_URL", "OTEL_EXPORTER_OTLP_ENDPOINT"}) {
        EXPECT_THAT(answer_to({"up", "--help"}).out, HasSubstr(variable));
    }
    EXPECT_THAT(answer_to({"serve", "--help"}).out, HasSubstr("<MODULE>_SERVICE_URL"));
}

TEST(Help, is_also_a_command) {
    EXPECT_THAT(answer_to({"help"}).out, HasSubstr("migrate"));
    EXPECT_EQ(answer_to({"help", "migrate"}).out, answer_to({"migrate", "--help"}).out);
    EXPECT_EQ(answer_to({"help", "config", "show"}).out, answer_to({"config", "show", "--help"}).out);
    EXPECT_EQ(code_of({"help", "migrate"}), 0);
}

TEST(CommandLine, a_command_may_have_commands_inside_and_words_of_its_own) {
    EXPECT_EQ(name_of({"traces"}), "traces");
    EXPECT_EQ(name_of({"traces", "show", "0af7"}), "traces show");
    const auto query = parsed({"traces", "error", "name:x", "--from", "-15m", "--follow"});
    EXPECT_EQ(query.command->name, "traces");
    EXPECT_THAT(query.arguments.texts("QUERY"), ElementsAre("error", "name:x"));
    EXPECT_EQ(query.arguments.text("--from"), "-15m");
    EXPECT_THAT(parsed({"logs", "--", "-name:x"}).arguments.texts("QUERY"), ElementsAre("-name:x"));
}

TEST(CommandLine, the_commands_that_move_data_say_where_to) {
    EXPECT_EQ(name_of({"backup", "b"}), "backup");
    EXPECT_EQ(parsed({"backup", "b"}).arguments.text("FOLDER"), "b");
    const auto restore = parsed({"restore", "b", "--force"});
    EXPECT_EQ(restore.command->name, "restore");
    EXPECT_TRUE(restore.arguments.has("--force"));
    const auto copy = parsed({"copy", "user", "--to", "postgresql://db/shop", "order"});
    EXPECT_EQ(copy.command->name, "copy");
    EXPECT_EQ(copy.arguments.text("--to"), "postgresql://db/shop");
    EXPECT_THAT(copy.arguments.texts("MODULE"), ElementsAre("user", "order"));
    for (const auto* command : {"backup", "restore", "copy"}) EXPECT_EQ(code_of({command}), kUsage);
}

TEST(CommandLine, the_version_is_an_option_and_a_command) {
    EXPECT_EQ(name_of({"--version"}), "version");
    EXPECT_EQ(name_of({"version"}), "version");
}

TEST(CommandLine, each_command_is_known) {
    EXPECT_EQ(name_of({"up"}), "up");
    EXPECT_EQ(name_of({"doctor"}), "doctor");
    EXPECT_EQ(name_of({"migrate"}), "migrate");
    EXPECT_EQ(name_of({"healthcheck"}), "healthcheck");
    EXPECT_EQ(name_of({"version"}), "version");
    EXPECT_EQ(name_of({"config", "show"}), "config show");
}

TEST(CommandLine, migrate_applies_unless_it_is_asked_to_look_only) {
    const auto apply = parsed({"migrate"}).arguments;
    EXPECT_FALSE(apply.has("--dry-run") || apply.has("--status"));
    EXPECT_TRUE(parsed({"migrate", "--dry-run"}).arguments.has("--dry-run"));
    EXPECT_TRUE(parsed({"migrate", "user", "--status"}).arguments.has("--status"));
    EXPECT_EQ(code_of({"migrate", "--dry-run", "--status"}), kUsage);
}

TEST(CommandLine, serve_takes_modules_before_and_after_options) {
    const auto line = parsed({"serve", "user", "--ports", "auto", "order"});
    EXPECT_EQ(line.command->name, "serve");
    EXPECT_THAT(line.arguments.texts("MODULE"), ElementsAre("user", "order"));
}

TEST(CommandLine, options_become_settings_that_remember_their_flag) {
    const auto line = parsed({"up", "--http", "a:1", "--ops=b:2", "--data", "d", "--ready-file", "r", "--ports", "auto"});
    EXPECT_THAT(flags_of(line), testing::UnorderedElementsAre(
                                    "http.address=a:1 from --http", "ops.address=b:2 from --ops", "data.folder=d from --data",
                                    "runtime.ready_file=r from --ready-file", "runtime.ports=auto from --ports"));
}

TEST(CommandLine, grpc_names_the_address_of_one_module_and_set_any_setting) {
    const auto line = parsed({"serve", "--grpc", "user=a:1", "--grpc", "order=b:2", "--set", "log.level=user=debug", "user"});
    EXPECT_THAT(flags_of(line), testing::UnorderedElementsAre("user.address=a:1 from --grpc", "order.address=b:2 from --grpc",
                                                              "log.level=user=debug from --set"));
    EXPECT_THAT(line.arguments.texts("MODULE"), ElementsAre("user"));
}

TEST(CommandLine, wrong_usage_is64_and_help_is0) {
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
