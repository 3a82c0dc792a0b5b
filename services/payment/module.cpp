#include "services/payment/module.hpp"

#include "kit/runtime/setting_table.hpp"
#include "kit/runtime/store_module.hpp"
#include "services/payment/payment_service.hpp"
#include "services/payment/reconciler.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace tw::payment {
namespace {

struct PaymentSettings {
    std::chrono::seconds reconcile_after{10};
};

runtime::SettingTable<PaymentSettings> payment_settings() {
    return {
        {"reconcile_after_seconds", &PaymentSettings::reconcile_after, 1, 3600, runtime::Unit::seconds,
         "Age at which a payment whose outcome is not known is looked up at the provider; the pause doubles with each question"},
    };
}

/// What the reconciler uses, on the host's loop.
struct PaymentBackground {
    PaymentBackground(runtime::Host& host, const ProviderFactory& make_provider)
        : database{host.store().connect(host.loop(), host.telemetry())},
          payments{*database, host.telemetry()},
          provider{make_provider(host.loop())},
          settlement{payments, *provider, host.clock(), host.telemetry()},
          reconciler{host.loop(),  payments,         settlement,
                     host.clock(), host.telemetry(), host.config().read(payment_settings()).reconcile_after} {}

    std::unique_ptr<sql::Database> database;
    PaymentStore payments;
    std::unique_ptr<PaymentProvider> provider;
    Settlement settlement;
    Reconciler reconciler;
};

class PaymentModule final : public runtime::StoreModule {
 public:
    explicit PaymentModule(ProviderFactory make_provider) : make_provider_{std::move(make_provider)} {}

    std::string_view name() const override { return "payment"; }
    std::string_view service_name() const override { return "payment-service"; }

    std::vector<runtime::Setting> settings() const override { return payment_settings().declare(); }

    Task<Result<void>> prepare(runtime::Host& host) override {
        if (auto prepared = co_await StoreModule::prepare(host); !prepared) co_return prepared;
        background_.emplace(host, make_provider_);
        background_->reconciler.start();
        co_return Result<void>{};
    }

    Result<void> serve(runtime::LoopHost& host) override {
        auto& payments = host.keep(std::make_unique<PaymentStore>(host.database(), host.telemetry()));
        auto& provider = host.keep(make_provider_(host.loop()));
        host.add_service(std::make_unique<PaymentService>(payments, provider, host.clock(), host.random(), host.telemetry()));
        return {};
    }

    Task<void> drain(Deadline deadline) override {
        if (background_) {
            co_await background_->reconciler.stop();
            background_.reset();
        }
        co_await StoreModule::drain(deadline);
    }

 private:
    ProviderFactory make_provider_;
    std::optional<PaymentBackground> background_;
};

}  // namespace

std::unique_ptr<runtime::Module> make_module() {
    return make_module([](EventLoop&) { return std::make_unique<SimulatedProvider>(); });
}

std::unique_ptr<runtime::Module> make_module(ProviderFactory make_provider) {
    return std::make_unique<PaymentModule>(std::move(make_provider));
}

}  // namespace tw::payment
