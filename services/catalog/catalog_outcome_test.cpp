#include "kit/rpc/make_local_channel.hpp"
#include "kit/testing/failing_database.hpp"
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/catalog/catalog_service.hpp"
#include "services/catalog/schema.hpp"

#include <type_traits>

#include <gtest/gtest.h>

// The catalogue reports an open outcome if a change was made although the call failed.
namespace tw::catalog {
namespace {

/// Makes a store on `database`.
template <class Store>
Store on(sql::Database& database, [[maybe_unused]] telemetry::Telemetry telemetry) {
    if constexpr (std::is_constructible_v<Store, sql::Database&>) {
        return Store{database};
    } else {
        return Store{database, telemetry};
    }
}

TEST(CatalogOutcomeTest, stock_that_was_adjusted_but_cannot_be_shown_is_not_called_unchanged) {
    test::TemporaryDatabase db{"sqlite::memory:", schema()};
    test::FakeClock clock;
    Random random{1};
    test::FailingDatabase database{db.database()};
    auto products = on<ProductStore>(database, db.telemetry());
    auto reservations = on<ReservationStore>(database, db.telemetry());
    StockReservations stock{products, reservations, clock, random, db.telemetry().meter};
    CatalogService service{products, stock, clock, random};
    rpc::ServiceTable table;
    table.add(service, db.telemetry());
    const auto channel = rpc::make_local_channel(db.loop(), table, db.telemetry());
    ::catalog::CatalogServiceClient client{*channel};

    ::catalog::CreateProductRequest cup;
    cup.set_id("prod-1");
    cup.set_name("Cup");
    cup.mutable_price()->set_minor(1990);
    cup.mutable_price()->set_currency("EUR");
    ASSERT_TRUE(db.run(client.create_product(db.context(), cup)));

    ::catalog::AdjustStockRequest delivery;
    delivery.set_id("prod-1");
    delivery.set_delta(100);
    delivery.set_reason("delivery");
    database.read_error = unavailable("the database cannot be reached now");
    database.reads_fail_after_writes = 2;
    const auto adjusted = db.run(client.adjust_stock(db.context(), delivery));
    ASSERT_FALSE(adjusted);
    EXPECT_TRUE(adjusted.error().outcome_open());
    EXPECT_FALSE(adjusted.error().retryable()) << "it would be delivered twice";

    database.read_error.reset();
    ::catalog::GetProductRequest get;
    get.set_id("prod-1");
    EXPECT_EQ(db.run(client.get_product(db.context(), get))->stock().on_hand(), 100);
}

}  // namespace
}  // namespace tw::catalog
