#include "services/catalog/module.hpp"

#include "kit/runtime/setting_table.hpp"
#include "kit/runtime/store_module.hpp"
#include "services/catalog/catalog_service.hpp"
#include "services/catalog/demo_products.hpp"
#include "services/catalog/expiry.hpp"
#include "services/catalog/product_folding.hpp"
#include "services/catalog/reasons.hpp"

#include <chrono>
#include <optional>

namespace tw::catalog {
namespace {

struct CatalogSettings {
    std::chrono::milliseconds expiry_interval{15'000};
};

runtime::SettingTable<CatalogSettings> catalog_settings() {
    return {
        {"expiry_interval_ms", &CatalogSettings::expiry_interval, 10, runtime::kHourMs, runtime::Unit::milliseconds,
         "How often the stock of expired reservations is released"},
    };
}

/// The stores of the module's background work, which runs on the host's loop.
struct Background {
    Background(runtime::Host& host)
        : database{host.store().connect(host.loop(), host.telemetry())},
          products{*database, host.telemetry()},
          store{*database, host.telemetry()},
          reservations{products, store, host.clock(), host.random(), host.telemetry().meter},
          expiry{host.loop(), reservations, host.telemetry(), host.config().read(catalog_settings()).expiry_interval} {}

    std::unique_ptr<sql::Database> database;
    ProductStore products;
    ReservationStore store;
    StockReservations reservations;
    Expiry expiry;
};

Task<Result<void>> seed(runtime::Host& host, ProductStore& products) {
    RootCall call{host.loop()};
    auto empty = co_await products.empty(call.context());
    if (!empty) co_return std::move(empty).error();
    if (!*empty) co_return Result<void>{};
    const auto now = host.clock().now();
    auto demo = demo_products(now);
    auto deliveries = first_deliveries(demo, host.random(), now);
    auto seeded = co_await products.insert(call.context(), std::move(demo), std::move(deliveries));
    // Another replica has stored the products in the same database.
    if (!seeded && seeded.error().reason() == reason::kProductExists) co_return Result<void>{};
    co_return seeded;
}

class CatalogModule final : public runtime::StoreModule {
 public:
    std::string_view name() const override { return "catalog"; }
    std::string_view service_name() const override { return "catalog-service"; }

    std::vector<runtime::Setting> settings() const override { return catalog_settings().declare(); }

    Task<Result<void>> prepare(runtime::Host& host) override {
        if (auto prepared = co_await StoreModule::prepare(host); !prepared) co_return prepared;
        background_.emplace(host);
        const RootCall call{host.loop()};
        if (auto folded = co_await fold_names_again(call.context(), *background_->database); !folded) co_return folded;
        if (host.profile() == runtime::Profile::dev) {
            auto seeded = co_await seed(host, background_->products);
            if (!seeded) co_return seeded;
        }
        background_->expiry.start();
        co_return Result<void>{};
    }

    Result<void> serve(runtime::LoopHost& host) override {
        auto& products = host.keep(std::make_unique<ProductStore>(host.database(), host.telemetry()));
        auto& store = host.keep(std::make_unique<ReservationStore>(host.database(), host.telemetry()));
        auto& reservations =
            host.keep(std::make_unique<StockReservations>(products, store, host.clock(), host.random(), host.telemetry().meter));
        host.add_service(std::make_unique<CatalogService>(products, reservations, host.clock(), host.random()));
        return {};
    }

    Task<void> drain(Deadline deadline) override {
        if (background_) {
            co_await background_->expiry.stop();
            background_.reset();
        }
        co_await StoreModule::drain(deadline);
    }

 private:
    std::optional<Background> background_;
};

}  // namespace

std::unique_ptr<runtime::Module> make_module() { return std::make_unique<CatalogModule>(); }

}  // namespace tw::catalog
