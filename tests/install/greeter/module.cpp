#include "module.hpp"

#include "greeter.tw.hpp"
#include "kit/gateway/module.hpp"
#include "kit/runtime/setting_table.hpp"

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace greeter {
namespace {

namespace runtime = tw::runtime;

/// What the service does. There is one for each event loop, so that it needs no lock.
class GreeterService final : public Greeter {
 public:
    explicit GreeterService(std::string salutation) : salutation_{std::move(salutation)} {}

 private:
    tw::Task<tw::Result<Greeting>> greet(const tw::CallContext&, const GreetRequest& request) override {
        if (request.name() == "nobody") co_return tw::Error{tw::Code::not_found, "NOBODY_THERE", "There is nobody to greet."};
        Greeting greeting;
        greeting.set_text(salutation_ + ", " + request.name() + "!");
        co_return greeting;
    }

    std::string salutation_;
};

/// What can be set: a member with its default, and a row that says how it is called.
struct GreeterSettings {
    std::string salutation = "Hello";
};

runtime::SettingTable<GreeterSettings> greeter_settings() {
    return {{"salutation", &GreeterSettings::salutation, "What greetings begin with"}};
}

/// How it is put together: what can be set, and what is made for each loop.
class GreeterModule final : public runtime::Module {
 public:
    std::string_view name() const override { return "greeter"; }
    std::string_view service_name() const override { return "greeter-service"; }

    std::vector<runtime::Setting> settings() const override { return greeter_settings().declare(); }

    tw::Task<tw::Result<void>> prepare(runtime::Host&) override { co_return tw::Result<void>{}; }

    tw::Result<void> serve(runtime::LoopHost& host) override {
        host.add_service(std::make_unique<GreeterService>(host.config().read(greeter_settings()).salutation));
        return {};
    }

    tw::Task<void> drain(tw::Deadline) override { co_return; }
    runtime::Health health() const override { return {}; }
};

std::unique_ptr<runtime::Module> make_module() { return std::make_unique<GreeterModule>(); }

std::unique_ptr<runtime::Module> make_gateway() { return tw::gateway::make_module({{"greeter", greeter_routes()}}); }

constexpr std::array kModules{
    runtime::ModuleSpec{.name = "greeter", .make = &make_module, .grpc_port = 50061},
    runtime::ModuleSpec{.name = "gateway", .make = &make_gateway, .serves_http = true},
};

}  // namespace

std::span<const runtime::ModuleSpec> modules() { return kModules; }

}  // namespace greeter
