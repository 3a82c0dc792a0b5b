#include "tests/simulation/stumbling_store.hpp"

#include "kit/sql/database_decorator.hpp"
#include "tests/simulation/store_decorator.hpp"

#include <utility>

namespace tw::shop {
namespace {

/// A base class, since the database must exist before the decorator refers to it.
struct HeldDatabase {
    std::unique_ptr<sql::Database> held;
};

class StumblingDatabase final : private HeldDatabase, public sql::DatabaseDecorator {
 public:
    StumblingDatabase(std::unique_ptr<sql::Database> behind, const AfterWrite& wrote)
        : HeldDatabase{std::move(behind)}, DatabaseDecorator{*held}, wrote_{wrote} {}

    Task<Result<void>> write(const CallContext& ctx, sql::Unit unit) override {
        auto written = co_await behind().write(ctx, std::move(unit));
        if (!written) co_return written;
        auto after = wrote_(ctx, behind());
        if (after) co_await std::move(*after);
        co_return written;
    }

 private:
    const AfterWrite& wrote_;
};

class StumblingStore final : public StoreDecorator {
 public:
    StumblingStore(std::unique_ptr<sql::Store> store, AfterWrite wrote)
        : StoreDecorator{std::move(store)}, wrote_{std::move(wrote)} {}

    std::unique_ptr<sql::Database> connect(EventLoop& loop, telemetry::Telemetry telemetry) override {
        return std::make_unique<StumblingDatabase>(StoreDecorator::connect(loop, telemetry), wrote_);
    }

 private:
    AfterWrite wrote_;
};

}  // namespace

std::unique_ptr<sql::Store> make_stumbling_store(std::unique_ptr<sql::Store> store, AfterWrite wrote) {
    return std::make_unique<StumblingStore>(std::move(store), std::move(wrote));
}

}  // namespace tw::shop
