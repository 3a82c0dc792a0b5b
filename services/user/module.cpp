#include "services/user/module.hpp"

#include "services/user/schema.hpp"
#include "services/user/user_service.hpp"

namespace tw::user {
namespace {

class UserModule final : public runtime::Module {
 public:
    std::string_view name() const override { return "user"; }
    std::string_view service_name() const override { return "user-service"; }

    Task<Result<void>> prepare(runtime::Host& host) override {
        store_ = &host.store();
        co_return store_->migrate(schema());
    }

    Result<void> serve(runtime::LoopHost& host) override {
        auto& users = host.keep(std::make_unique<UserStore>(host.database()));
        auto& cached = host.keep(std::make_unique<UserCache>(host.cache(), user_codec(), host.invalidations(), host.telemetry(),
                                                             user_cache_options()));
        host.add_service(std::make_unique<UserService>(users, cached, host.clock(), host.random()));
        return {};
    }

    Task<void> drain(Deadline) override { co_return; }

    runtime::Health health() const override {
        if (store_ == nullptr) return {.ready = false, .reasons = {"not prepared yet"}};
        if (const auto fine = store_->health(); !fine) return {.ready = false, .reasons = {fine.error().detail()}};
        return {};
    }

 private:
    sql::Store* store_ = nullptr;
};

}  // namespace

std::unique_ptr<runtime::Module> make_module() { return std::make_unique<UserModule>(); }

}  // namespace tw::user
