#include "kit/cli/commands.hpp"
#include "kit/cli/parse.hpp"
#include "kit/cli/run.hpp"
#include "kit/runtime/core_settings.hpp"

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class IdleModule final : public runtime::Module {
 public:
    std::string_view name() const override { return "stamps"; }
    std::string_view service_name() const override { return "stamps-service"; }
    Task<Result<void>> prepare(runtime::Host&) override { co_return Result<void>{}; }
    Result<void> serve(runtime::LoopHost&) override { return {}; }
    Task<void> drain(Deadline) override { co_return; }
    runtime::Health health() const override { return {}; }
};

std::unique_ptr<runtime::Module> make_idle() { return std::make_unique<IdleModule>(); }

const sql::Schema& stamps_schema() {
    static constexpr std::array kMigrations{sql::Migration{1, "stamps", "CREATE TABLE stamps (id TEXT PRIMARY KEY) STRICT"}};
    static constexpr sql::Schema kSchema{.name = "stamps", .sqlite = kMigrations, .postgres = kMigrations};
    return kSchema;
}

using runtime::ModuleSpec;
constexpr std::array kOne{ModuleSpec{.name = "stamps", .make = &make_idle, .grpc_port = 50071, .schema = &stamps_schema}};
constexpr std::array kThree{ModuleSpec{.name = "far", .make = nullptr, .grpc_port = 50072},
                            ModuleSpec{.name = "stamps", .make = &make_idle, .grpc_port = 50071},
                            ModuleSpec{.name = "door", .make = &make_idle, .serves_http = true}};

runtime::Program program_of(std::span<const ModuleSpec> modules) {
    return {.name = "post", .version = "2.1.0", .modules = modules, .about = "Sells stamps."};
}

/// What the program prints and returns for a command line.
struct Printed {
    int code = -1;
    std::string out;
    std::string err;
};

Printed run_program(const runtime::Program& program, std::vector<std::string> words) {
    words.insert(words.begin(), "post");
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const auto code = run(static_cast<int>(arguments.size()), arguments.data(), program);
    return {.code = code, .out = testing::internal::GetCapturedStdout(), .err = testing::internal::GetCapturedStderr()};
}

TEST(UsualCommands, are_listed_below_what_the_program_is_for) {
    const auto help = run_program(program_of(kOne), {"--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_THAT(help.out, testing::StartsWith("Sells stamps.\nUsage: post [OPTIONS] SUBCOMMAND"));
    for (const auto* command : {"serve", "healthcheck", "migrate", "config", "help", "version"}) {
        EXPECT_THAT(help.out, HasSubstr(std::string{"\n  "} + command + " ")) << command;
    }
    EXPECT_THAT(run_program(program_of(kThree), {"--help"}).out, Not(HasSubstr("migrate"))) << "no module has a database";
}

TEST(UsualCommands, say_everything_in_the_name_of_the_program) {
    for (const std::vector<std::string>& words : {std::vector<std::string>{"help"},
                                                  {"serve", "--help"},
                                                  {"config", "show", "--help"},
                                                  {"migrate", "--help"},
                                                  {"healthcheck", "--help"}}) {
        const auto help = run_program(program_of(kOne), words);
        EXPECT_EQ(help.code, 0);
        EXPECT_THAT(help.out, HasSubstr("post "));
        EXPECT_THAT(help.out, Not(HasSubstr("wind"))) << "no other program is named";
    }
    EXPECT_THAT(run_program(program_of(kOne), {"serve", "--help"}).out,
                HasSubstr("  POST_<KEY>                   Any setting: POST_HTTP_ADDRESS is http.address\n"
                          "Flags win over environment variables, which win over post.toml."));
    EXPECT_EQ(run_program(program_of(kOne), {"version"}).out, "post 2.1.0\n");
    EXPECT_EQ(run_program(program_of(kOne), {"--version"}).out, "post 2.1.0\n");
}

TEST(UsualCommands, offer_only_what_the_modules_of_the_program_can_use) {
    const auto one = run_program(program_of(kOne), {"serve", "--help"}).out;
    EXPECT_THAT(one, HasSubstr("DATABASE_URL"));
    EXPECT_THAT(one, Not(HasSubstr("--http"))) << "it has no HTTP port";
    EXPECT_THAT(one, Not(HasSubstr("MODULE "))) << "there is nothing to choose";
    EXPECT_THAT(one, Not(HasSubstr("<MODULE>_SERVICE_URL")));
    const auto three = run_program(program_of(kThree), {"serve", "--help"}).out;
    EXPECT_THAT(three, HasSubstr("One or more of: stamps, door"));
    EXPECT_THAT(three, HasSubstr("--http"));
    EXPECT_THAT(three, HasSubstr("<MODULE>_SERVICE_URL"));
    EXPECT_THAT(three, Not(HasSubstr("DATABASE_URL")));
}

TEST(UsualCommands, name_the_near_miss) {
    EXPECT_THAT(run_program(program_of(kOne), {"sevre"}).err,
                HasSubstr("post: post has no command \"sevre\"; did you mean serve?"));
    EXPECT_THAT(run_program(program_of(kOne), {"serve", "--port", "1"}).err, HasSubstr("use --grpc MODULE=HOST:PORT"));
    EXPECT_THAT(run_program(program_of(kThree), {"serve", "--port", "1"}).err, HasSubstr("use --http HOST:PORT"));
    EXPECT_THAT(run_program(program_of(kOne), {"serve", "--redis-url", "x"}).err,
                HasSubstr("use --set redis.url=VALUE or POST_REDIS_URL"));
    const auto unknown = run_program(program_of(kThree), {"serve", "dor"});
    EXPECT_EQ(unknown.code, kUsage);
    EXPECT_THAT(unknown.err, HasSubstr("post: there is no module \"dor\"; the modules are stamps, door; did you mean door?"));
}

TEST(UsualCommands, config_show_explains_every_setting) {
    const auto all = run_program(program_of(kThree), {"config", "show", "--help-all", "--data", "/tmp/stamps"}).out;
    EXPECT_THAT(all, HasSubstr("data.folder\n    The folder for SQLite databases; created if it does not exist\n"
                               "    value     /tmp/stamps (--data)\n"));
    EXPECT_THAT(all, HasSubstr("    default   1048576\n    allowed   1 to 268435456 bytes\n"
                               "    variable  POST_HTTP_BODY_BYTES_MAX\n    flag      --set http.body_bytes_max=NUMBER\n\n"));
    EXPECT_THAT(all, HasSubstr("    variable  POST_LOG_LEVEL, LOG_LEVEL\n    flag      --log-level TEXT\n"));
    EXPECT_THAT(all, HasSubstr("    flag      --grpc stamps=HOST:PORT\n"));
    EXPECT_THAT(all, HasSubstr("    flag      --profile dev|production\n"));
    EXPECT_THAT(all, HasSubstr("    formerly  http.idle_time_ms\n"));
}

TEST(UsualCommands, a_wrong_setting_ends_the_command_with78) {
    const auto refused = run_program(program_of(kOne), {"config", "show", "--set", "http.body_bytes_max=0"});
    EXPECT_EQ(refused.code, 78);
    EXPECT_THAT(refused.err, HasSubstr("post: the configuration is not valid\n  http.body_bytes_max (from --set)"));
    EXPECT_THAT(run_program(program_of(kOne), {"config", "show", "--http", "127.0.0.1:81"}).out,
                testing::ContainsRegex("http.address +127.0.0.1:81 +--http"));
}

TEST(UsualCommands, migrate_makes_the_schema_and_says_what_is_done) {
    const auto folder = std::filesystem::path{testing::TempDir()} / "cli_migrate_test";
    std::filesystem::remove_all(folder);
    const auto migrate = [&](std::vector<std::string> words) {
        words.insert(words.begin(), "migrate");
        words.insert(words.end(), {"--data", folder.string()});
        return run_program(program_of(kOne), words);
    };
    const auto pending = migrate({"--status"});
    EXPECT_EQ(pending.code, 1);
    EXPECT_THAT(pending.out, HasSubstr("0001 stamps  pending"));
    EXPECT_THAT(migrate({}).out, HasSubstr("stamps: applied 0001 stamps in"));
    EXPECT_EQ(migrate({"--status"}).code, 0);
    EXPECT_THAT(migrate({"--dry-run"}).out, HasSubstr("stamps: nothing to do in"));
    std::filesystem::remove_all(folder);
}

TEST(UsualCommands, healthcheck_says_where_nothing_answers) {
    const auto asked = run_program(program_of(kOne), {"healthcheck", "--ops", "127.0.0.1:1"});
    EXPECT_EQ(asked.code, 1);
    EXPECT_THAT(asked.err, HasSubstr("post: no answer from the operations port at 127.0.0.1:1 (ops.address)"));
}

TEST(UsualCommands, a_bug_in_a_command_is70) {
    const auto broken = [](const Invocation&) -> int { throw std::logic_error{"broken"}; };
    const std::vector<Command> commands{{.name = "break", .help = "Break", .run = broken, .settings = SettingUse::none}};
    std::string words[] = {"post", "break"};
    char* arguments[] = {words[0].data(), words[1].data()};
    testing::internal::CaptureStderr();
    EXPECT_EQ(run(2, arguments, program_of(kOne), commands), 70);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "post: internal error: broken\n");
}

TEST(FindModules, gives_those_that_run_here_in_the_order_of_the_program) {
    const auto program = program_of(kThree);
    const auto names = [&](const std::vector<std::string>& asked) {
        std::vector<std::string> found;
        const auto modules = find_modules(program, asked).value();
        for (const auto& module : modules) found.emplace_back(module.name);
        return found;
    };
    EXPECT_THAT(names({}), ElementsAre("stamps", "door"));
    EXPECT_THAT(names({"door", "stamps"}), ElementsAre("stamps", "door"));
    EXPECT_EQ(find_modules(program, {"far"}).error().reason(), "UNKNOWN_MODULE") << "it runs elsewhere";
}

}  // namespace
}  // namespace tw::cli
