#include "services/payment/module.hpp"

#include "services/payment/payment_service.hpp"
#include "services/payment/schema.hpp"

namespace tw::payment {
namespace {

class PaymentModule final : public runtime::Module {
 public:
    std::string_view name() const override { return "payment"; }
    std::string_view service_name() const override { return "payment-service"; }

    Task<Result<void>> prepare(runtime::Host& host) override {
        store_ = &host.store();
        co_return store_->migrate(schema());
    }

    Result<void> serve(runtime::LoopHost& host) override {
        auto& payments = host.keep(std::make_unique<PaymentStore>(host.database()));
        auto& provider = host.keep(std::make_unique<SimulatedProvider>());
        host.add_service(std::make_unique<PaymentService>(payments, provider, host.clock(), host.random(), host.telemetry()));
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

std::unique_ptr<runtime::Module> make_module() { return std::make_unique<PaymentModule>(); }

}  // namespace tw::payment
