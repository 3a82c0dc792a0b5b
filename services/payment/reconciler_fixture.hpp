#pragma once

#include "kit/testing/failing_database.hpp"
#include "services/payment/payment_service_fixture.hpp"
#include "services/payment/reconciler.hpp"

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tw::payment {

/// One replica's reconciler, with a database that can fail.
struct Replica {
    Replica(test::TemporaryDatabase& db, PaymentProvider& provider, const Clock& clock)
        : database{db.database()},
          store{database, db.telemetry()},
          settlement{store, provider, clock, db.telemetry()},
          reconciler{db.loop(), store, settlement, clock, db.telemetry(), std::chrono::seconds{10}} {}

    test::FailingDatabase database;
    PaymentStore store;
    Settlement settlement;
    Reconciler reconciler;
};

class ReconcilerTest : public PaymentServiceTest, public testing::WithParamInterface<std::string_view> {
 protected:
    ReconcilerTest() : PaymentServiceTest{GetParam()} {}

    telemetry::BackgroundLoop::Next round(Replica& replica) { return db_.run(replica.reconciler.round(db_.context())); }
    telemetry::BackgroundLoop::Next round() { return round(replica_); }
    telemetry::BackgroundLoop::Next round_after(std::chrono::microseconds time) {
        clock_.advance(time);
        return round();
    }
    std::string status(const ::payment::Payment& payment) { return get(payment.id())->status(); }
    /// Returns the values of the service's metrics, by name and the outcome, if there is one.
    std::map<std::string, double> metrics() {
        std::vector<telemetry::MetricPoint> points;
        db_.telemetry().meter.collect(points);
        std::map<std::string, double> values;
        for (const auto& point : points) {
            std::string name{point.instrument->name};
            if (!point.attributes.empty()) name += " " + std::get<std::string>(point.attributes[0].second);
            values[name] = point.value;
        }
        return values;
    }
    /// Captures or cancels an authorised payment while the provider does not answer.
    ::payment::Payment left_under_way(bool capturing) {
        auto made = authorized();
        clock_.advance(std::chrono::seconds{1});
        provider_.silent = true;
        EXPECT_FALSE(capturing ? capture(made.id()) : cancel(made.id()));
        provider_.silent = false;
        return made;
    }

    Task<void> confirm_meanwhile(std::string id, std::string token) {
        ::payment::ConfirmPaymentRequest request;
        request.set_id(std::move(id));
        request.set_payment_token(std::move(token));
        const auto payment = co_await client_.confirm_payment(db_.context(), request);
        EXPECT_TRUE(payment);
    }
    Task<void> cancel_meanwhile(std::string id) {
        ::payment::CancelPaymentRequest request;
        request.set_id(std::move(id));
        const auto payment = co_await client_.cancel_payment(db_.context(), request);
        EXPECT_TRUE(payment);
    }
    /// Runs the reconciler in the background until the payment is no longer processing.
    Task<std::string> run_until_settled(std::string id) {
        replica_.reconciler.start();
        ::payment::GetPaymentRequest request;
        request.set_id(std::move(id));
        std::string status = "processing";
        while (status == "processing") {
            co_await hop_to(db_.loop());
            const auto payment = co_await client_.get_payment(db_.context(), request);
            status = payment->status();
        }
        co_await replica_.reconciler.stop();
        co_return status;
    }

    Replica replica_{db_, provider_, clock_};
};

}  // namespace tw::payment
