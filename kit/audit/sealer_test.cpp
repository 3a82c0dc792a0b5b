#include "kit/audit/sealer.hpp"

#include "kit/async/combine.hpp"
#include "kit/async/sleep.hpp"
#include "kit/audit/audit_fixture.hpp"

#include <utility>

namespace tw::audit {
namespace {

class SealerTest : public AuditTest {
 protected:
    Sealer make_sealer(std::chrono::hours kept = std::chrono::hours{24}, std::int64_t batch = 256) {
        return {db_.loop(),
                db_.database(),
                clock_,
                random_,
                db_.telemetry(),
                {.module = std::string{kModule}, .kept = kept, .rest = std::chrono::milliseconds{2}, .batch_records = batch}};
    }
};

INSTANTIATE_TEST_SUITE_P(Engines, SealerTest, testing::ValuesIn(test::kDatabases));

TEST_P(SealerTest, records_are_sealed_in_the_order_of_their_times) {
    add_sealed(3);
    const auto chain = sealed();
    ASSERT_EQ(chain.size(), 3U);
    auto last = origin();
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(chain[i].record.objects, "order=" + std::to_string(i));
        last = seal_after(last, chain[i].record);
        EXPECT_EQ(chain[i].seal, last);
    }
    EXPECT_TRUE(unsealed().empty());
    EXPECT_EQ(this->chain().head, last);
}

TEST_P(SealerTest, a_record_that_was_committed_before_a_crash_is_sealed_after_it) {
    add_sealed(2);
    add_record("committed");
    // The process ends here. Another one has a sealer of its own.
    auto next = make_sealer();
    seal_all(next);
    EXPECT_EQ(sealed().back().record.objects, "order=committed");
    EXPECT_EQ(sealed().back().seal.position, 3);
    EXPECT_FALSE(check().broken);
}

TEST_P(SealerTest, two_sealers_at_once_make_one_chain) {
    for (int i = 0; i < 60; ++i) add_record(std::to_string(i));
    auto first = make_sealer(std::chrono::hours{24}, 7);
    auto second = make_sealer(std::chrono::hours{24}, 5);
    const auto seal_often = [this](Sealer& sealer) -> Task<bool> {
        for (int i = 0; i < 40; ++i) {
            const auto more = co_await sealer.seal(db_.context());
            if (!more) co_return false;
        }
        co_return true;
    };
    std::vector<Task<bool>> both;
    both.push_back(seal_often(first));
    both.push_back(seal_often(second));
    for (const bool fine : db_.run(all(std::move(both)))) EXPECT_TRUE(fine);
    EXPECT_TRUE(unsealed().empty());
    EXPECT_EQ(sealed().size(), 60U);
    EXPECT_FALSE(check().broken);
}

TEST_P(SealerTest, modules_that_share_a_database_have_chains_of_their_own) {
    add_sealed(2);
    auto other = make_record("7");
    other.module = "user";
    sql::Unit unit;
    AuditStore::insert(unit, other);
    ASSERT_TRUE(db_.run(db_.database().write(db_.context(), std::move(unit))));
    Sealer sealer{db_.loop(), db_.database(), clock_, random_, db_.telemetry(), {.module = "user"}};
    seal_all(sealer);
    EXPECT_EQ(db_.run(store_.chain(db_.context(), "user")).value()->head.position, 1);
    EXPECT_EQ(chain().head.position, 2);
    EXPECT_FALSE(check().broken);
}

TEST_P(SealerTest, old_records_are_removed_and_the_rest_of_the_chain_stays_whole) {
    add_sealed(7);
    const auto before = sealed();
    auto remover = make_sealer(std::chrono::hours{0}, 4);
    EXPECT_TRUE(db_.run(remover.remove_old(db_.context())).value());
    EXPECT_EQ(sealed().size(), 3U);
    EXPECT_EQ(chain().removed, before[3].seal);
    EXPECT_FALSE(check().broken);
    seal_all(sealer_);
    const auto note = sealed().back().record;
    EXPECT_EQ(note.outcome, Outcome::removed);
    EXPECT_EQ(note.objects, removal_text(before[3].seal));
    const auto report = check();
    EXPECT_FALSE(report.broken);
    EXPECT_EQ(report.removed, before[3].seal);
    EXPECT_EQ(report.records, 4);
}

TEST_P(SealerTest, records_that_are_not_old_enough_stay) {
    add_sealed(3);
    EXPECT_FALSE(db_.run(sealer_.remove_old(db_.context())).value());
    EXPECT_EQ(sealed().size(), 3U);
}

TEST_P(SealerTest, records_that_are_not_sealed_are_never_removed) {
    add_record("old");
    auto remover = make_sealer(std::chrono::hours{0});
    EXPECT_FALSE(db_.run(remover.remove_old(db_.context())).value());
    EXPECT_EQ(unsealed().size(), 1U);
}

TEST_P(SealerTest, it_seals_in_the_background_until_it_is_stopped) {
    auto sealer = make_sealer();
    sealer.start();
    add_record("1");
    for (int i = 0; i < 5'000 && !unsealed().empty(); ++i) {
        std::ignore = db_.run(sleep_for(db_.context(), std::chrono::milliseconds{1}));
    }
    EXPECT_TRUE(unsealed().empty());
    add_record("last");
    const auto stopped = [](Sealer& one) -> Task<bool> {
        co_await one.stop();
        co_return true;
    };
    EXPECT_TRUE(db_.run(stopped(sealer)));
    EXPECT_TRUE(unsealed().empty());
}

}  // namespace
}  // namespace tw::audit
