#include "services/payment/module.hpp"

#include "kit/runtime/store_module.hpp"
#include "services/payment/payment_service.hpp"
#include "services/payment/schema.hpp"

namespace tw::payment {
namespace {

class PaymentModule final : public runtime::StoreModule {
 public:
    PaymentModule() : StoreModule{schema()} {}

    std::string_view name() const override { return "payment"; }
    std::string_view service_name() const override { return "payment-service"; }

    Result<void> serve(runtime::LoopHost& host) override {
        auto& payments = host.keep(std::make_unique<PaymentStore>(host.database(), host.telemetry()));
        auto& provider = host.keep(std::make_unique<SimulatedProvider>());
        host.add_service(std::make_unique<PaymentService>(payments, provider, host.clock(), host.random(), host.telemetry()));
        return {};
    }
};

}  // namespace

std::unique_ptr<runtime::Module> make_module() { return std::make_unique<PaymentModule>(); }

}  // namespace tw::payment
