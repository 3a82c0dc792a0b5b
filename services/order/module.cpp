#include "services/order/module.hpp"

#include "services/order/order_service.hpp"
#include "services/order/schema.hpp"

namespace tw::order {
namespace {

class OrderModule final : public runtime::Module {
 public:
    std::string_view name() const override { return "order"; }
    std::string_view service_name() const override { return "order-service"; }

    Task<Result<void>> prepare(runtime::Host& host) override {
        store_ = &host.store();
        co_return store_->migrate(schema());
    }

    Result<void> serve(runtime::LoopHost& host) override {
        auto& orders = host.keep(std::make_unique<OrderStore>(host.database()));
        host.add_service(std::make_unique<OrderService>(orders, host.channel("user"), host.channel("catalog"), host.clock(),
                                                        host.random(), host.telemetry()));
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

std::unique_ptr<runtime::Module> make_module() { return std::make_unique<OrderModule>(); }

}  // namespace tw::order
