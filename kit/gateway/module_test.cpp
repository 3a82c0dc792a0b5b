#include "kit/gateway/module.hpp"

#include "kit/gateway/calls/gateway_fixture.hpp"
#include "kit/gateway/policies.hpp"
#include "kit/gateway/settings/gateway_settings.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/host/process.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>

// Tests of programs as a whole: modules, gateway, policies and settings, over sockets.
namespace tw::gateway {
namespace {

using runtime::ModuleSpec;
using testing::AllOf;
using testing::HasSubstr;

class UsersModule final : public runtime::Module {
 public:
    std::string_view name() const override { return "user"; }
    std::string_view service_name() const override { return "user-service"; }
    Task<Result<void>> prepare(runtime::Host&) override { co_return Result<void>{}; }
    Result<void> serve(runtime::LoopHost& host) override {
        host.add_service(std::make_unique<EchoUsers>());
        return {};
    }
    Task<void> drain(Deadline) override { co_return; }
    runtime::Health health() const override { return {}; }
};

std::unique_ptr<runtime::Module> make_users() { return std::make_unique<UsersModule>(); }
std::unique_ptr<runtime::Module> make_gateway() { return make_module({{"user", ::sample::user_service_routes()}}); }
std::unique_ptr<runtime::Module> make_titled() { return make_module({{"user", ::sample::user_service_routes()}}, {"People"}); }
std::unique_ptr<runtime::Module> make_doubled() {
    return make_module({{"user", ::sample::user_service_routes()}, {"user", ::sample::user_service_routes()}});
}
std::unique_ptr<runtime::Module> make_misspelt() { return make_module({{"users", ::sample::user_service_routes()}}); }
std::unique_ptr<runtime::Module> make_empty() { return make_module({}); }

const ModuleSpec kUsers{.name = "user", .make = &make_users, .grpc_port = 1};
const ModuleSpec kUsersElsewhere{.name = "user", .grpc_port = 1};

ModuleSpec gateway_made_by(std::unique_ptr<runtime::Module> (*make)()) {
    return {.name = "gateway", .make = make, .serves_http = true};
}

/// A program of these modules that runs in this process.
class RunningProgram {
 public:
    explicit RunningProgram(std::vector<ModuleSpec> modules, std::vector<runtime::Assignment> flags = {})
        : modules_{std::move(modules)} {
        flags.push_back({"runtime.ports", "auto", "--ports"});
        flags.push_back({"runtime.loops", "1", "--set"});
        config_ =
            runtime::Config::read("people", runtime::all_settings("people", modules_, "/nowhere"), {.flags = flags}).value();
        started_ = runtime::Process::start(
            {.name = "people", .version = "1.2.3", .modules = modules_, .policies = default_policies()}, config_, modules_);
    }

    std::string fault() const { return started_ ? "" : std::string{started_.error().detail()}; }
    const runtime::Listening& listening() const { return (*started_)->listening(); }
    bool stop() { return (*started_)->stop(); }

    /// Returns the response to GET as it comes, with its header.
    std::string get(const std::string& path) const {
        const int connection = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(listening().http->port)};
        ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
        EXPECT_EQ(::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        const auto request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
        EXPECT_EQ(::send(connection, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
        std::string response;
        char part[4096];
        for (auto size = ::recv(connection, part, sizeof part, 0); size > 0; size = ::recv(connection, part, sizeof part, 0)) {
            response.append(part, static_cast<std::size_t>(size));
        }
        ::close(connection);
        return response;
    }

 private:
    std::vector<ModuleSpec> modules_;
    runtime::Config config_;
    Result<std::unique_ptr<runtime::Process>> started_ = unavailable("not started");
};

const runtime::Assignment kQuiet{"log.level", "off", "--log-level"};

TEST(GatewayModule, answers_the_routes_of_a_program_with_the_usual_policies) {
    RunningProgram program{{kUsers, gateway_made_by(&make_gateway)}, {kQuiet, {"http.cors_origins", "*", "--set"}}};
    ASSERT_EQ(program.fault(), "");
    const auto user = program.get("/api/users/abc");
    EXPECT_THAT(user, AllOf(HasSubstr("HTTP/1.1 200"), HasSubstr(R"("id":"abc")"), HasSubstr("\"7\"")));
    EXPECT_THAT(program.get("/api/users/nobody"), AllOf(HasSubstr("HTTP/1.1 404"), HasSubstr("USER_NOT_FOUND")));
    EXPECT_THAT(program.get("/ready"), HasSubstr(R"({"status":"ready"})"));
    EXPECT_THAT(program.get("/version"), HasSubstr(R"({"name":"people","version":"1.2.3"})"));
    EXPECT_THAT(program.get("/openapi.json"),
                AllOf(HasSubstr(R"("title": "people")"), HasSubstr(R"("version": "1.2.3")"), HasSubstr("/api/users/{id}")));
    EXPECT_TRUE(program.stop());
}

TEST(GatewayModule, takes_the_title_of_the_document_from_its_options) {
    RunningProgram program{{kUsers, gateway_made_by(&make_titled)}, {kQuiet}};
    ASSERT_EQ(program.fault(), "");
    EXPECT_THAT(program.get("/openapi.json"), HasSubstr(R"("title": "People")"));
}

TEST(GatewayModule, shows_its_api_in_the_development_profile_or_where_the_setting_says_so) {
    RunningProgram program{{kUsers, gateway_made_by(&make_gateway)}, {kQuiet}};
    ASSERT_EQ(program.fault(), "");
    EXPECT_THAT(program.get("/docs"), AllOf(HasSubstr("HTTP/1.1 200"), HasSubstr("nosniff"), HasSubstr("docs/swagger-ui.js")));
    EXPECT_THAT(program.get("/docs/licenses.txt"), HasSubstr("Apache License"));
    RunningProgram without{{kUsers, gateway_made_by(&make_gateway)}, {kQuiet, {"http.docs", "off", "--set"}}};
    ASSERT_EQ(without.fault(), "");
    EXPECT_THAT(without.get("/docs"), AllOf(HasSubstr("HTTP/1.1 404"), HasSubstr("ROUTE_NOT_FOUND")));
    EXPECT_TRUE(shows_api({.docs = Docs::on}, runtime::Profile::production));
    EXPECT_FALSE(shows_api({}, runtime::Profile::production));
}

TEST(GatewayModule, calls_a_module_that_runs_elsewhere_at_its_url) {
    RunningProgram users{{kUsers}, {kQuiet}};
    ASSERT_EQ(users.fault(), "");
    const auto url = "http://" + users.listening().grpc.at(0).second.to_string();
    RunningProgram program{{kUsersElsewhere, gateway_made_by(&make_gateway)}, {kQuiet, {"user.url", url, "--set"}}};
    ASSERT_EQ(program.fault(), "");
    EXPECT_TRUE(program.listening().grpc.empty());
    EXPECT_THAT(program.get("/api/users/abc"), AllOf(HasSubstr("HTTP/1.1 200"), HasSubstr(R"("id":"abc")")));
    EXPECT_TRUE(users.stop());
    EXPECT_THAT(program.get("/api/users/abc"), AllOf(HasSubstr("HTTP/1.1 503"), HasSubstr("the user module")));
}

TEST(GatewayModule, does_not_start_with_routes_of_an_unknown_module_or_with_a_route_twice) {
    EXPECT_THAT(RunningProgram({kUsers, gateway_made_by(&make_misspelt)}, {kQuiet}).fault(),
                AllOf(HasSubstr("answers routes of the module \"users\""), HasSubstr("(user, gateway)")));
    EXPECT_THAT(RunningProgram({kUsers, gateway_made_by(&make_doubled)}, {kQuiet}).fault(), HasSubstr("/api/users"));
}

TEST(GatewayModule, a_route_that_no_gateway_answers_is_told_at_the_start) {
    const auto said = [](std::vector<ModuleSpec> modules) {
        testing::internal::CaptureStdout();
        {
            RunningProgram program{std::move(modules), {{"log.level", "warn", "--log-level"}}};
            EXPECT_EQ(program.fault(), "");
        }
        return testing::internal::GetCapturedStdout();
    };
    EXPECT_THAT(said({kUsers, gateway_made_by(&make_empty)}),
                AllOf(HasSubstr("runtime.route_not_answered"), HasSubstr("sample.UserService"), HasSubstr("GET /api/users/{id}"),
                      HasSubstr("tw::gateway::make_module")));
    EXPECT_THAT(said({kUsers}), HasSubstr("runtime.route_not_answered")) << "a program without a gateway";
    EXPECT_EQ(said({kUsers, gateway_made_by(&make_gateway)}), "");
}

}  // namespace
}  // namespace tw::gateway
