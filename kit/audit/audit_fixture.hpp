#pragma once

#include "kit/audit/audit_store.hpp"
#include "kit/audit/audit_trail.hpp"
#include "kit/audit/chain_check.hpp"
#include "kit/audit/schema.hpp"
#include "kit/audit/sealer.hpp"
#include "kit/testing/temporary_database.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tw::audit {

/// An audit log on a database of both engines, with records that a test makes itself.
class AuditTest : public testing::TestWithParam<std::string_view> {
 protected:
    static constexpr std::string_view kModule = "order";

    explicit AuditTest(const sql::Schema& tables = schema()) : db_{GetParam(), tables} {}

    Record make_record(std::string object) {
        time_ = time_ + std::chrono::microseconds{1};
        return {.id = random_.uuid_v7(time_).to_string(),
                .at = time_,
                .module = std::string{kModule},
                .actor_kind = "user",
                .actor_issuer = "https://issuer.example",
                .actor_id = "ann",
                .actor_roles = "support",
                .service = {},
                .method = "/order.OrderService/CancelOrder",
                .objects = "order=" + object,
                .address = "192.0.2.7",
                .trace_id = std::string(32, 'a'),
                .outcome = Outcome::ok,
                .reason = {}};
    }
    Record add_record(std::string object) {
        auto record = make_record(std::move(object));
        sql::Unit unit;
        AuditStore::insert(unit, record);
        EXPECT_TRUE(db_.run(db_.database().write(db_.context(), std::move(unit))));
        return record;
    }
    void add_sealed(int count) {
        for (int i = 0; i < count; ++i) add_record(std::to_string(i));
        seal_all(sealer_);
    }
    void seal_all(Sealer& sealer) {
        while (db_.run(sealer.seal(db_.context())).value()) {
        }
    }
    std::vector<Record> unsealed() { return db_.run(store_.unsealed(db_.context(), std::string{kModule}, 1'000)).value(); }
    std::vector<SealedRecord> sealed() { return db_.run(store_.sealed(db_.context(), std::string{kModule}, 0, 1'000)).value(); }
    Chain chain() { return db_.run(store_.chain(db_.context(), std::string{kModule})).value().value(); }
    ChainReport check(std::optional<Seal> known = std::nullopt) {
        return db_.run(check_chain(db_.context(), store_, std::string{kModule}, std::move(known))).value();
    }
    template <class... Args>
    void tamper(const sql::Statement& statement, Args... parameters) {
        sql::Unit unit;
        unit.add(statement, parameters...);
        ASSERT_TRUE(db_.run(db_.database().write(db_.context(), std::move(unit))));
    }

    test::TemporaryDatabase db_;
    SystemClock clock_;
    Random random_{1};
    Timestamp time_ = clock_.now() - std::chrono::hours{1};
    AuditStore store_{db_.database(), db_.telemetry()};
    Sealer sealer_{db_.loop(), db_.database(), clock_, random_, db_.telemetry(), {.module = std::string{kModule}}};
};

}  // namespace tw::audit
