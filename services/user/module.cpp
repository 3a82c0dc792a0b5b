#include "services/user/module.hpp"

#include "kit/runtime/store_module.hpp"
#include "services/user/user_service.hpp"

namespace tw::user {
namespace {

class UserModule final : public runtime::StoreModule {
 public:
    std::string_view name() const override { return "user"; }
    std::string_view service_name() const override { return "user-service"; }

    Task<Result<void>> prepare(runtime::Host& host) override {
        if (auto prepared = co_await StoreModule::prepare(host); !prepared) co_return prepared;
        const auto database = host.store().connect(host.loop(), host.telemetry());
        UserStore users{*database, host.telemetry()};
        const RootCall call{host.loop()};
        co_return co_await users.fold_again(call.context());
    }

    Result<void> serve(runtime::LoopHost& host) override {
        auto& users = host.keep(std::make_unique<UserStore>(host.database(), host.telemetry()));
        auto& cached = host.keep(std::make_unique<UserCache>(host.cache(), user_codec(), host.invalidations(), host.telemetry(),
                                                             user_cache_options()));
        host.add_service(std::make_unique<UserService>(users, cached, host.clock(), host.random()));
        return {};
    }
};

}  // namespace

std::unique_ptr<runtime::Module> make_module() { return std::make_unique<UserModule>(); }

}  // namespace tw::user
