#pragma once

#include "kit/async/combine.hpp"
#include "kit/async/sleep.hpp"
#include "kit/outbox/outbox.hpp"
#include "kit/outbox/outbox_store.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/testing/local_service.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/order/fake_upstreams.hpp"
#include "services/order/flows/order_flows.hpp"
#include "services/order/order_events.hpp"
#include "services/order/order_service.hpp"
#include "services/order/schema.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::order {

/// A clock that a test may put forward.
class MovableClock final : public Clock {
 public:
    Timestamp now() const override { return system_.now() + ahead; }
    SteadyTime steady_now() const override { return system_.steady_now(); }

    std::chrono::microseconds ahead{0};

 private:
    SystemClock system_;
};

/// One replica of the order service. Several may share a loop and a database.
class OrderReplica {
 public:
    OrderReplica(test::TemporaryDatabase& db, sql::Database& database, const Clock& clock, Random& random,
                 rpc::Channel& upstreams)
        : store_{database, db.telemetry()},
          metrics_{db.telemetry().meter},
          parts_{.orders = store_,
                 .payments = ::payment::PaymentServiceClient{upstreams},
                 .catalog = ::catalog::CatalogServiceClient{upstreams},
                 .clock = clock,
                 .random = random,
                 .telemetry = db.telemetry(),
                 .metrics = metrics_},
          flows_{db.loop(),
                 database,
                 clock,
                 random,
                 db.telemetry(),
                 "replica",
                 {.lease = std::chrono::milliseconds{400}, .poll_interval = std::chrono::milliseconds{5}}},
          timeline_{database, clock, db.telemetry()},
          service_{parts_, flows_, upstreams, timeline_, news_},
          served_{db.loop(), db.telemetry(), service_},
          client_{served_.channel()} {
        add_order_flows(flows_, parts_);
    }

    ::order::OrderServiceClient& client() { return client_; }
    OrderService& service() { return service_; }
    durable::Flows& flows() { return flows_; }
    FlowParts& parts() { return parts_; }
    Timeline& timeline() { return timeline_; }
    OrderNews& news() { return news_; }

    void start() {
        if (!std::exchange(started_, true)) flows_.start();
    }
    Task<bool> stop() {
        start();
        co_await flows_.stop(Deadline::never());
        co_return true;
    }

 private:
    OrderStore store_;
    OrderMetrics metrics_;
    FlowParts parts_;
    durable::Flows flows_;
    Timeline timeline_;
    OrderNews news_;
    OrderService service_;
    test::LocalService served_;
    ::order::OrderServiceClient client_;
    bool started_ = false;
};

/// Orders on a database, with users, a catalogue and a payment service whose behaviour the test
/// sets.
class OrdersFixture {
 public:
    explicit OrdersFixture(std::string_view url) : db_{url, schema()} {
        table_.add(users_, db_.telemetry());
        table_.add(catalog_, db_.telemetry());
        table_.add(payments_, db_.telemetry());
    }
    ~OrdersFixture() { stop_replicas(); }

    void stop_replicas() {
        for (const auto& replica : replicas_) run(replica->stop());
        replicas_.clear();
    }

    /// Makes a replica, whose Flows object is not started yet.
    OrderReplica& add_replica(sql::Database& database) {
        replicas_.push_back(std::make_unique<OrderReplica>(db_, database, clock_, random_, *upstreams_));
        return *replicas_.back();
    }
    OrderReplica& add_replica() { return add_replica(db_.database()); }

    template <class T>
    T run(Task<T> task) {
        return db_.run(std::move(task));
    }

    Task<Result<::order::Order>> create(OrderReplica& at) {
        ::order::CreateOrderRequest request;
        request.set_user_id("0190b6a0-0000-7000-8000-000000000001");
        request.set_product_id("prod-123");
        request.set_quantity(2);
        co_return co_await at.client().create_order(db_.context(), request);
    }
    std::string new_order(OrderReplica& at) { return run(create(at)).value().id(); }

    /// These calls have at most `timeout`. Without one, they wait until a flow has ended.
    Task<Result<::order::Order>> pay(OrderReplica& at, std::string id, std::string token, std::string capture = {},
                                     std::chrono::milliseconds timeout = std::chrono::seconds{30}) {
        ::order::PayOrderRequest request;
        request.set_id(id);
        request.set_payment_token(token);
        request.set_capture(capture);
        RootCall call{db_.loop(), Deadline::after(db_.loop().now(), timeout)};
        co_return co_await at.client().pay_order(call.context(), request);
    }
    Task<Result<::order::Order>> cancel(OrderReplica& at, std::string id,
                                        std::chrono::milliseconds timeout = std::chrono::seconds{30}) {
        ::order::CancelOrderRequest request;
        request.set_id(id);
        request.set_reason("changed my mind");
        RootCall call{db_.loop(), Deadline::after(db_.loop().now(), timeout)};
        co_return co_await at.client().cancel_order(call.context(), request);
    }
    Task<Result<::order::Order>> fulfil(OrderReplica& at, std::string id, std::string tracking = "parcel 1",
                                        std::int64_t expected_version = 0) {
        ::order::FulfilOrderRequest request;
        request.set_id(id);
        request.set_tracking(tracking);
        request.set_expected_version(expected_version);
        co_return co_await at.client().fulfil_order(db_.context(), request);
    }
    Task<Result<::order::Order>> complete(OrderReplica& at, std::string id) {
        ::order::CompleteOrderRequest request;
        request.set_id(id);
        co_return co_await at.client().complete_order(db_.context(), request);
    }
    Order order(std::string id) {
        OrderStore store{db_.database(), db_.telemetry()};
        return run(store.find(db_.context(), *OrderId::parse(id))).value();
    }
    /// Waits until the order has this status and no flow is changing its payment.
    Task<bool> until_settled(std::string id, Status status) {
        OrderStore store{db_.database(), db_.telemetry()};
        const auto end = db_.loop().now() + std::chrono::seconds{20};
        while (db_.loop().now() < end) {
            const auto found = co_await store.find(db_.context(), *OrderId::parse(id));
            if (found && found->status == status && found->active_flow.empty()) co_return true;
            std::ignore = co_await sleep_for(db_.context(), std::chrono::milliseconds{2});
        }
        co_return false;
    }
    /// The types of the order's events that are in the outbox, in their order.
    std::vector<std::string> events(std::string id) {
        outbox::OutboxStore store{db_.database(), db_.telemetry()};
        std::vector<std::string> types;
        const auto stored = run(store.oldest(db_.context(), "order", outbox::partition_of(id), 100));
        for (const auto& event : *stored) {
            if (event.event.aggregate_id == id) types.push_back(event.event.type);
        }
        return types;
    }
    std::string stock(const std::string& id) { return catalog_.reservations[id]; }

    test::TemporaryDatabase db_;
    MovableClock clock_;
    Random random_{1};
    FakeUsers users_;
    FakeCatalog catalog_;
    FakePayments payments_;
    rpc::ServiceTable table_;
    std::unique_ptr<rpc::Channel> upstreams_ = rpc::make_local_channel(db_.loop(), table_, db_.telemetry());
    std::vector<std::unique_ptr<OrderReplica>> replicas_;
};

/// Orders with one replica that runs, on both engines.
class OrdersTest : public testing::TestWithParam<std::string_view>, public OrdersFixture {
 protected:
    OrdersTest() : OrdersFixture{GetParam()}, replica_{add_replica()} { replica_.start(); }

    OrderReplica& replica_;
};

}  // namespace tw::order
