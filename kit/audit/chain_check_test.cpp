#include "kit/audit/chain_check.hpp"

#include "kit/async/combine.hpp"
#include "kit/audit/audit_fixture.hpp"
#include "kit/audit/audit_json.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

namespace tw::audit {
namespace {

constexpr sql::Statement kChangeObjects{"UPDATE",
                                        "UPDATE audit_records SET objects = $2 WHERE module = 'order' AND position = $1"};
constexpr sql::Statement kChangeTime{"UPDATE",
                                     "UPDATE audit_records SET recorded_at = $2 WHERE module = 'order' AND position = $1"};
constexpr sql::Statement kChangeHash{"UPDATE", "UPDATE audit_records SET hash = $2 WHERE module = 'order' AND position = $1"};
constexpr sql::Statement kMovePosition{"UPDATE",
                                       "UPDATE audit_records SET position = $2 WHERE module = 'order' AND position = $1"};
constexpr sql::Statement kRemovePosition{"DELETE", "DELETE FROM audit_records WHERE module = 'order' AND position = $1"};
constexpr sql::Statement kRemoveUpTo{"DELETE", "DELETE FROM audit_records WHERE module = 'order' AND position <= $1"};
constexpr sql::Statement kSetHead{"UPDATE", "UPDATE audit_chains SET position = $1, hash = $2 WHERE module = 'order'"};
constexpr sql::Statement kSetRemoved{"UPDATE",
                                     "UPDATE audit_chains SET removed_position = $1, removed_hash = $2 WHERE module = 'order'"};
constexpr sql::Statement kRemoveChain{"DELETE", "DELETE FROM audit_chains WHERE module = $1"};

class ChainCheckTest : public AuditTest {
 protected:
    void expect_broken(Fault fault, std::int64_t position, std::optional<Seal> known = std::nullopt) {
        const auto report = check(std::move(known));
        ASSERT_TRUE(report.broken);
        EXPECT_EQ(fault_name(report.broken->fault), fault_name(fault));
        EXPECT_EQ(report.broken->position, position);
    }
    Seal seal_at(std::int64_t position) { return sealed().at(static_cast<std::size_t>(position - 1)).seal; }
    void swap_positions(std::int64_t first, std::int64_t second) {
        tamper(kMovePosition, first, std::int64_t{1000});
        tamper(kMovePosition, second, first);
        tamper(kMovePosition, std::int64_t{1000}, second);
    }
    /// Computes all hashes again, as somebody can who writes all rows.
    void forge(std::int64_t position) {
        tamper(kChangeObjects, position, "order=forged");
        auto records = sealed();
        auto last = origin();
        for (const auto& one : records) {
            last = seal_after(last, one.record);
            tamper(kChangeHash, last.position, last.hash);
        }
        tamper(kSetHead, last.position, last.hash);
    }
};

INSTANTIATE_TEST_SUITE_P(Engines, ChainCheckTest, testing::ValuesIn(test::kDatabases));

TEST_P(ChainCheckTest, a_log_without_records_is_whole) {
    const auto report = check();
    EXPECT_FALSE(report.broken);
    EXPECT_EQ(report.records, 0);
    EXPECT_EQ(report.head, origin());
    EXPECT_FALSE(report.oldest);
}

TEST_P(ChainCheckTest, a_chain_that_nobody_has_changed_is_whole) {
    add_sealed(5);
    const auto waiting = add_record("waiting");
    const auto report = check();
    EXPECT_FALSE(report.broken);
    EXPECT_EQ(report.records, 5);
    EXPECT_EQ(report.unsealed, 1);
    EXPECT_EQ(report.head, seal_at(5));
    EXPECT_EQ(report.oldest, sealed().front().record.at);
}

TEST_P(ChainCheckTest, a_chain_longer_than_a_page_is_whole) {
    add_sealed(1'001);
    EXPECT_FALSE(check().broken);
    EXPECT_EQ(check().records, 1'001);
    tamper(kChangeObjects, std::int64_t{900}, "order=other");
    expect_broken(Fault::changed, 900);
}

TEST_P(ChainCheckTest, a_changed_record_is_found) {
    add_sealed(5);
    tamper(kChangeObjects, std::int64_t{3}, "order=other");
    expect_broken(Fault::changed, 3);
    EXPECT_EQ(check().records, 2);
}

TEST_P(ChainCheckTest, a_changed_time_is_found) {
    add_sealed(3);
    tamper(kChangeTime, std::int64_t{2}, time_ + std::chrono::microseconds{1});
    expect_broken(Fault::changed, 2);
}

TEST_P(ChainCheckTest, a_changed_hash_is_found) {
    add_sealed(3);
    tamper(kChangeHash, std::int64_t{3}, std::string(64, '1'));
    expect_broken(Fault::changed, 3);
}

TEST_P(ChainCheckTest, a_missing_record_is_found) {
    add_sealed(5);
    tamper(kRemovePosition, std::int64_t{2});
    expect_broken(Fault::missing, 2);
}

TEST_P(ChainCheckTest, a_missing_last_record_is_found) {
    add_sealed(5);
    tamper(kRemovePosition, std::int64_t{5});
    expect_broken(Fault::missing, 5);
}

TEST_P(ChainCheckTest, records_that_have_changed_places_are_found) {
    add_sealed(5);
    swap_positions(2, 4);
    expect_broken(Fault::reordered, 2);
}

TEST_P(ChainCheckTest, a_removed_front_without_a_record_of_it_is_found) {
    add_sealed(5);
    const auto last = seal_at(2);
    tamper(kRemoveUpTo, std::int64_t{2});
    expect_broken(Fault::missing, 1);
    tamper(kSetRemoved, last.position, last.hash);
    expect_broken(Fault::anchor, 2);
}

TEST_P(ChainCheckTest, a_head_that_is_not_the_end_is_found) {
    add_sealed(3);
    tamper(kSetHead, std::int64_t{3}, std::string(64, '1'));
    expect_broken(Fault::head, 3);
    tamper(kRemoveChain, "order");
    expect_broken(Fault::head, 0);
}

TEST_P(ChainCheckTest, a_chain_that_was_computed_again_is_found_by_a_head_that_was_kept_elsewhere) {
    add_sealed(5);
    const auto known = check().head;
    add_sealed(2);
    EXPECT_FALSE(check(known).broken);
    forge(3);
    EXPECT_FALSE(check().broken);
    expect_broken(Fault::known, 5, known);
}

TEST_P(ChainCheckTest, a_cut_off_end_is_found_by_a_head_that_was_kept_elsewhere) {
    add_sealed(5);
    const auto known = check().head;
    tamper(kRemovePosition, std::int64_t{5});
    const auto last = seal_at(4);
    tamper(kSetHead, last.position, last.hash);
    EXPECT_FALSE(check().broken);
    expect_broken(Fault::missing, 5, known);
}

TEST_P(ChainCheckTest, the_check_is_right_while_records_are_added_sealed_and_removed) {
    add_sealed(400);
    Sealer remover{db_.loop(),      db_.database(),
                   clock_,          random_,
                   db_.telemetry(), {.module = std::string{kModule}, .kept = std::chrono::hours{0}, .batch_records = 100}};
    const auto write = [this, &remover]() -> Task<bool> {
        for (int i = 0; i < 5; ++i) {
            sql::Unit unit;
            AuditStore::insert(unit, make_record("new"));
            auto writing = db_.database().write(db_.context(), std::move(unit));
            const auto written = co_await std::move(writing);
            const auto more = co_await remover.seal(db_.context());
            const auto removed = co_await remover.remove_old(db_.context());
            if (!written || !more || !removed) co_return false;
        }
        co_return true;
    };
    const auto check_often = [this]() -> Task<bool> {
        for (int i = 0; i < 20; ++i) {
            const auto report = co_await check_chain(db_.context(), store_, std::string{kModule});
            if (!report || report->broken) co_return false;
        }
        co_return true;
    };
    std::vector<Task<bool>> both;
    both.push_back(write());
    both.push_back(check_often());
    const auto fine = db_.run(all(std::move(both)));
    EXPECT_TRUE(fine[0]);
    EXPECT_TRUE(fine[1]);
}

TEST_P(ChainCheckTest, a_report_names_a_head_that_a_later_check_takes) {
    add_sealed(3);
    const auto text = "{\"ok\":true,\"chains\":[" + report_json(check(), kModule) + "]}";
    EXPECT_EQ(known_head(text, kModule).value(), check().head);
    EXPECT_FALSE(known_head(text, "user").value());
    for (const auto* wrong : {"", "{}", "[]", "{\"chains\":[{}]}", "{\"chains\":[{\"module\":\"order\",\"head\":{}}]}"}) {
        EXPECT_FALSE(known_head(wrong, kModule)) << wrong;
    }
}

}  // namespace
}  // namespace tw::audit
