#include "kit/runtime/host/program_plan.hpp"

#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/host/fake_module.hpp"
#include "kit/runtime/process_settings.hpp"
#include "kit/runtime/rpc_settings.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using testing::HasSubstr;

const rpc::Method kShow{
    .path = "/parcel.Parcels/Show", .service = "parcel.Parcels", .name = "Show", .route = "GET /parcels/{id}"};
const rpc::Method kSend{.path = "/parcel.Parcels/Send", .service = "parcel.Parcels", .name = "Send", .route = "POST /parcels"};
const rpc::Method kSweep{.path = "/parcel.Parcels/Sweep", .service = "parcel.Parcels", .name = "Sweep"};
const rpc::Route kRoutes[]{{.verb = "GET", .path = "/parcels/{id}", .body = "", .method = &kShow}};

/// A gateway that answers one of the two routes of the module "parcel".
class FakeGateway final : public Module {
 public:
    std::string_view name() const override { return "gateway"; }
    std::string_view service_name() const override { return "gateway"; }
    std::vector<AnsweredRoutes> answered_routes() const override { return {{"parcel", kRoutes}}; }
    Task<Result<void>> prepare(Host&) override { co_return Result<void>{}; }
    Result<void> serve(LoopHost&) override { return {}; }
    Task<void> drain(Deadline) override { co_return; }
    Health health() const override { return {}; }
};

std::unique_ptr<Module> make_gateway() { return std::make_unique<FakeGateway>(); }

const ModuleSpec kParcel{.name = "parcel", .make = &make_idle_module, .grpc_port = 1};
const ModuleSpec kElsewhere{.name = "parcel", .grpc_port = 1};
const ModuleSpec kGateway{.name = "gateway", .make = &make_gateway, .serves_http = true};

Result<ProgramPlan> plan_of(std::vector<ModuleSpec> modules) {
    return plan_program({.name = "test", .version = "1", .modules = modules}, modules);
}

std::string fault_of_program(std::vector<ModuleSpec> modules) {
    const auto plan = plan_of(std::move(modules));
    EXPECT_FALSE(plan);
    if (plan) return "";
    EXPECT_EQ(plan.error().reason(), "BAD_PROGRAM");
    return std::string{plan.error().detail()};
}

TEST(ProgramPlan, leaves_out_modules_that_have_no_code_here) {
    const auto plan = plan_of({kElsewhere, kGateway}).value();
    ASSERT_EQ(plan.here.size(), 1U);
    EXPECT_EQ(plan.here[0].name, "gateway");
}

TEST(ProgramPlan, refuses_to_run_nothing) {
    const auto fault = fault_of_program({kElsewhere});
    EXPECT_THAT(fault, HasSubstr("nothing runs in this process"));
    EXPECT_THAT(fault, HasSubstr("(parcel)"));
}

TEST(ProgramPlan, refuses_a_module_that_can_neither_run_nor_be_called) {
    const auto fault = fault_of_program({{.name = "parcel"}, kGateway});
    EXPECT_THAT(fault, HasSubstr("\"parcel\" can neither run nor be called"));
    EXPECT_THAT(fault, HasSubstr("`grpc_port`"));
}

TEST(ProgramPlan, refuses_two_modules_of_one_name) {
    EXPECT_THAT(fault_of_program({kParcel, kParcel}), HasSubstr("two modules with the name \"parcel\""));
}

TEST(ProgramPlan, refuses_routes_of_a_module_that_the_program_does_not_have) {
    const auto fault = fault_of_program({{.name = "parcels", .make = &make_idle_module, .grpc_port = 1}, kGateway});
    EXPECT_THAT(fault, HasSubstr("answers routes of the module \"parcel\""));
    EXPECT_THAT(fault, HasSubstr("(parcels, gateway)"));
    EXPECT_THAT(fault, HasSubstr("without `make` if the module runs elsewhere"));
}

TEST(ProgramPlan, refuses_routes_of_a_module_elsewhere_that_cannot_be_called) {
    const std::vector<ModuleSpec> known{{.name = "parcel", .make = &make_idle_module}, kGateway};
    const Program program{.name = "test", .version = "1", .modules = known};
    EXPECT_TRUE(plan_program(program, known)) << "it runs in the same process";
    const auto plan = plan_program(program, std::vector{kGateway});
    ASSERT_FALSE(plan);
    EXPECT_THAT(plan.error().detail(), HasSubstr("has no gRPC port"));
}

TEST(ProgramPlan, a_route_that_no_gateway_answers_is_found) {
    const rpc::Method* const methods[]{&kShow, &kSend, &kSweep};
    const auto unanswered = find_unanswered(plan_of({kParcel, kGateway}).value(), methods);
    ASSERT_EQ(unanswered.size(), 1U);
    EXPECT_EQ(unanswered[0].service, "parcel.Parcels");
    EXPECT_EQ(unanswered[0].routes, "POST /parcels");
    const auto without_gateway = find_unanswered(plan_of({kParcel}).value(), methods);
    ASSERT_EQ(without_gateway.size(), 1U);
    EXPECT_EQ(without_gateway[0].routes, "GET /parcels/{id}, POST /parcels");
}

TEST(ProgramPlan, a_gateway_in_another_process_answers_routes_too) {
    const std::vector<ModuleSpec> known{kParcel, kGateway};
    const auto plan = plan_program({.name = "test", .version = "1", .modules = known}, std::vector{kParcel}).value();
    const rpc::Method* const methods[]{&kShow};
    EXPECT_TRUE(find_unanswered(plan, methods).empty());
}

TEST(CoreSettings, a_module_without_code_here_has_a_url_and_nothing_else) {
    const std::vector<ModuleSpec> modules{kElsewhere};
    std::vector<std::string> keys;
    for (const auto& setting : all_settings("shop", modules, "/data")) {
        if (setting.key.starts_with("parcel.")) keys.push_back(setting.key);
    }
    EXPECT_THAT(keys, testing::ElementsAre("parcel.url"));
    const auto config =
        Config::read("shop", all_settings("shop", modules, "/data"), {.environment = {{"PARCEL_SERVICE_URL", "http://there:7"}}});
    ASSERT_TRUE(config);
    EXPECT_EQ(upstream_target(*config, kElsewhere).name(), "there:7");
}

}  // namespace
}  // namespace tw::runtime
