#include "kit/cli/commands.hpp"
#include "kit/cli/run.hpp"
#include "kit/durable/schema.hpp"
#include "kit/outbox/schema.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::cli {
namespace {

using testing::HasSubstr;

const sql::Schema& operated_schema() {
    static constexpr std::array kUses{&durable::schema, &outbox::schema};
    static constexpr sql::Schema kSchema{.name = "operated", .sqlite = {}, .postgres = {}, .uses = kUses};
    return kSchema;
}
const sql::Schema& other_schema() {
    static constexpr sql::Schema kSchema{.name = "other", .sqlite = {}, .postgres = {}};
    return kSchema;
}
class BankModule final : public runtime::Module {
 public:
    std::string_view name() const override { return "bank"; }
    std::string_view service_name() const override { return "bank-service"; }
    Task<Result<void>> prepare(runtime::Host&) override { co_return Result<void>{}; }
    Result<void> serve(runtime::LoopHost&) override { return {}; }
    Task<void> drain(Deadline) override { co_return; }
    runtime::Health health() const override { return {}; }
};
std::unique_ptr<runtime::Module> make_nothing() { return std::make_unique<BankModule>(); }
constexpr std::array kOperated{runtime::ModuleSpec{.name = "bank", .make = &make_nothing, .schema = &operated_schema}};
constexpr std::array kOther{runtime::ModuleSpec{.name = "bank", .make = &make_nothing, .schema = &other_schema}};

std::vector<std::string> names_of(const std::vector<Command>& commands) {
    std::vector<std::string> names;
    for (const auto& command : commands) names.push_back(command.name);
    return names;
}

TEST(OperatorCommands, exist_only_in_programs_whose_modules_have_flows_or_events) {
    const runtime::Program with{.name = "bank", .version = "1", .modules = kOperated};
    const runtime::Program without{.name = "bank", .version = "1", .modules = kOther};
    EXPECT_THAT(names_of(flow_commands(with)),
                testing::ElementsAre("flows", "flows list", "flows show", "flows retry", "flows cancel"));
    EXPECT_THAT(names_of(event_commands(with)),
                testing::ElementsAre("events", "events dead", "events dead list", "events dead show", "events dead redrive",
                                     "events dead drop"));
    EXPECT_TRUE(flow_commands(without).empty());
    EXPECT_TRUE(event_commands(without).empty());
}

/// What the program prints on standard error, and its exit code.
std::pair<int, std::string> run_bank(std::vector<std::string> words, bool help = false) {
    const runtime::Program program{.name = "bank", .version = "1", .modules = kOperated};
    words.insert(words.begin(), "bank");
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    std::vector<Command> commands = flow_commands(program);
    for (auto& command : event_commands(program)) commands.push_back(std::move(command));
    commands.push_back(help_command());
    const auto code = run(static_cast<int>(arguments.size()), arguments.data(), program, commands);
    auto out = testing::internal::GetCapturedStdout();
    auto err = testing::internal::GetCapturedStderr();
    return {code, help ? std::move(out) : std::move(err)};
}

TEST(OperatorCommands, explain_themselves_with_an_example) {
    EXPECT_THAT(run_bank({"events", "dead", "--help"}, true).second, HasSubstr("redrive"));
    EXPECT_THAT(run_bank({"events", "dead", "redrive", "--help"}, true).second, HasSubstr("bank events dead redrive 0199"));
    EXPECT_THAT(run_bank({"help", "flows", "list"}, true).second, HasSubstr("bank flows list --state parked"));
}

TEST(OperatorCommands, say_so_if_no_process_answers) {
    // Nothing listens at port 1 of this machine.
    const auto [code, said] = run_bank({"flows", "list", "--ops", "127.0.0.1:1"});
    EXPECT_EQ(code, 69);
    EXPECT_THAT(said, HasSubstr("bank: no answer from the operations port at 127.0.0.1:1"));
    EXPECT_THAT(said, HasSubstr("--ops names another address"));
}

TEST(OperatorCommands, need_the_event_and_its_consumer) {
    const auto [code, said] = run_bank({"events", "dead", "drop", "0199"});
    EXPECT_EQ(code, kUsage);
    EXPECT_THAT(said, HasSubstr("CONSUMER"));
}

}  // namespace
}  // namespace tw::cli
