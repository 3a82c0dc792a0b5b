#include "services/user/user_store.hpp"

#include "kit/base/random.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/user/schema.hpp"

#include <gtest/gtest.h>

namespace tw::user {
namespace {

// Rows that other software may write.
constexpr sql::Statement kSetId{.summary = "UPDATE users", .text = "UPDATE users SET id = $2 WHERE id = $1"};
constexpr sql::Statement kSetEmail{.summary = "UPDATE users", .text = "UPDATE users SET email = $2 WHERE id = $1"};
constexpr sql::Statement kSetCreated{.summary = "UPDATE users", .text = "UPDATE users SET created_at = $2 WHERE id = $1"};

class UserStoreTest : public testing::TestWithParam<std::string_view> {
 protected:
    User user(std::string_view email, Status status = Status::active) {
        const auto now = Timestamp::from_unix_micros(1'767'225'600'123'456);
        return {.id = UserId{random_.uuid_v7(now)},
                .email = *Email::parse(email),
                .name = "Alice",
                .status = status,
                .created_at = now,
                .updated_at = now};
    }
    User inserted(std::string_view email, Status status = Status::active) {
        auto made = user(email, status);
        EXPECT_TRUE(db_.run(store_.insert(db_.context(), made)));
        return made;
    }
    template <class Value>
    void write(const sql::Statement& statement, UserId id, Value value) {
        sql::Unit unit;
        unit.add_one_row(statement, id, std::move(value));
        ASSERT_TRUE(db_.run(db_.database().write(db_.context(), std::move(unit))));
    }
    std::vector<UserId> ids(const Page<User>& page) {
        std::vector<UserId> ids;
        for (const auto& each : page.items) ids.push_back(each.id);
        return ids;
    }

    test::TemporaryDatabase db_{GetParam(), schema()};
    Random random_{1};
    UserStore store_{db_.database(), db_.telemetry()};
};

TEST_P(UserStoreTest, gives_back_what_was_inserted) {
    const auto alice = inserted("Alice@example.com");
    const auto found = db_.run(store_.find(db_.context(), alice.id));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, alice.id);
    EXPECT_EQ(found->email, alice.email);
    EXPECT_EQ(found->name, alice.name);
    EXPECT_EQ(found->status, Status::active);
    EXPECT_EQ(found->created_at, alice.created_at);
    EXPECT_EQ(found->updated_at, alice.updated_at);
    EXPECT_EQ(found->version, 1);
}

TEST_P(UserStoreTest, an_unknown_id_is_not_found) {
    const auto found = db_.run(store_.find(db_.context(), UserId{random_.uuid_v7({})}));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code(), Code::not_found);
    EXPECT_EQ(found.error().reason(), "USER_NOT_FOUND");
}

TEST_P(UserStoreTest, an_email_can_be_taken_once_whatever_its_case) {
    inserted("alice@example.com");
    const auto again = db_.run(store_.insert(db_.context(), user("ALICE@Example.com")));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code(), Code::already_exists);
    EXPECT_EQ(again.error().reason(), "EMAIL_TAKEN");
    ASSERT_EQ(again.error().violations().size(), 1u);
    EXPECT_EQ(again.error().violations()[0].pointer, "/email");
}

TEST_P(UserStoreTest, an_update_writes_the_next_version) {
    const auto alice = inserted("alice@example.com");
    auto renamed = changed(alice, {.email = {}, .name = "Alicia"}, alice.created_at + std::chrono::seconds{1});
    ASSERT_TRUE(db_.run(store_.update(db_.context(), renamed)));
    const auto found = db_.run(store_.find(db_.context(), alice.id));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->name, "Alicia");
    EXPECT_EQ(found->version, 2);
    EXPECT_EQ(found->updated_at, renamed.updated_at);
}

TEST_P(UserStoreTest, an_update_of_an_old_version_is_aborted) {
    const auto alice = inserted("alice@example.com");
    const auto renamed = changed(alice, {.email = {}, .name = "Alicia"}, alice.created_at);
    ASSERT_TRUE(db_.run(store_.update(db_.context(), renamed)));
    const auto late = db_.run(store_.update(db_.context(), changed(alice, {.email = {}, .name = "Al"}, alice.created_at)));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), Code::aborted);
    EXPECT_EQ(db_.run(store_.find(db_.context(), alice.id))->name, "Alicia");
}

TEST_P(UserStoreTest, an_update_cannot_take_the_email_of_another) {
    inserted("bob@example.com");
    const auto alice = inserted("alice@example.com");
    const auto refused =
        db_.run(store_.update(db_.context(), changed(alice, {.email = Email::parse("BOB@example.com").value(), .name = {}}, {})));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "EMAIL_TAKEN");
}

TEST_P(UserStoreTest, lists_page_by_page_in_the_order_of_ids) {
    std::vector<UserId> made;
    for (int i = 0; i < 5; ++i) made.push_back(inserted("user" + std::to_string(i) + "@example.com").id);

    const auto first = db_.run(store_.list(db_.context(), {.size = 3, .after = ""}, std::nullopt));
    ASSERT_TRUE(first);
    EXPECT_EQ(ids(*first), (std::vector{made[0], made[1], made[2]}));
    ASSERT_TRUE(first->next);
    const auto last = db_.run(store_.list(db_.context(), {.size = 3, .after = *first->next}, std::nullopt));
    ASSERT_TRUE(last);
    EXPECT_EQ(ids(*last), (std::vector{made[3], made[4]}));
    EXPECT_FALSE(last->next);
}

TEST_P(UserStoreTest, lists_the_newest_first_if_asked_to) {
    std::vector<UserId> made;
    for (int i = 0; i < 5; ++i) made.push_back(inserted("user" + std::to_string(i) + "@example.com").id);
    const auto suspended = inserted("suspended@example.com", Status::suspended);

    PageRequest request{.size = 3, .after = std::string{kAfterAllIds}, .newest_first = true};
    const auto first = db_.run(store_.list(db_.context(), request, Status::active));
    ASSERT_TRUE(first);
    EXPECT_EQ(ids(*first), (std::vector{made[4], made[3], made[2]}));
    request.after = first->next.value();
    const auto last = db_.run(store_.list(db_.context(), request, Status::active));
    ASSERT_TRUE(last);
    EXPECT_EQ(ids(*last), (std::vector{made[1], made[0]}));
    EXPECT_FALSE(last->next);
}

TEST_P(UserStoreTest, lists_only_the_status_asked_for) {
    inserted("active@example.com");
    const auto suspended = inserted("suspended@example.com", Status::suspended);
    const auto page = db_.run(store_.list(db_.context(), {.size = 10, .after = ""}, Status::suspended));
    ASSERT_TRUE(page);
    EXPECT_EQ(ids(*page), std::vector{suspended.id});
}

TEST_P(UserStoreTest, finds_by_email_whatever_its_case) {
    const auto alice = inserted("alice@example.com");
    const auto found = db_.run(store_.find_by_email(db_.context(), *Email::parse("ALICE@EXAMPLE.COM")));
    ASSERT_TRUE(found);
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->id, alice.id);
    EXPECT_FALSE(db_.run(store_.find_by_email(db_.context(), *Email::parse("bob@example.com")))->has_value());
}

TEST_P(UserStoreTest, a_list_leaves_out_the_rows_that_cannot_be_read_and_has_all_the_others) {
    std::vector<UserId> made;
    for (int i = 0; i < 5; ++i) made.push_back(inserted("user" + std::to_string(i) + "@example.com").id);
    write(kSetEmail, made[1], " ");
    write(kSetCreated, made[2], Timestamp::from_unix_micros(300'000'000'000'000'000));
    write(kSetId, made[4], "zz_SKU_1");

    const auto all = db_.run(store_.list(db_.context(), {.size = 10, .after = ""}, std::nullopt));
    ASSERT_TRUE(all);
    EXPECT_EQ(ids(*all), (std::vector{made[0], made[3]}));
    EXPECT_FALSE(all->next);

    // Small pages give the same users, even if a page has only rows that cannot be read.
    std::vector<UserId> seen;
    std::optional<std::string> next = "";
    for (int pages = 0; next && pages < 10; ++pages) {
        const auto page = db_.run(store_.list(db_.context(), {.size = 1, .after = *next}, std::nullopt));
        ASSERT_TRUE(page);
        for (const auto id : ids(*page)) seen.push_back(id);
        next = page->next;
    }
    EXPECT_EQ(seen, (std::vector{made[0], made[3]}));
    EXPECT_FALSE(next);
}

TEST_P(UserStoreTest, a_single_row_that_cannot_be_read_is_data_loss) {
    const auto alice = inserted("alice@example.com");
    write(kSetEmail, alice.id, "");
    for (const auto& error : {db_.run(store_.find(db_.context(), alice.id)).error(),
                              db_.run(store_.find_by_email(db_.context(), alice.email)).error()}) {
        EXPECT_EQ(error.code(), Code::data_loss);
        EXPECT_EQ(error.reason(), "ROW_UNREADABLE");
    }
}

TEST_P(UserStoreTest, an_address_is_taken_once_however_it_is_written) {
    inserted("zoë@exämple.com");
    for (const auto* const same : {"ZOË@EXÄMPLE.com", "zoe\u0308@exa\u0308mple.com", "Zoë@xn--exmple-cua.com"}) {
        EXPECT_EQ(db_.run(store_.insert(db_.context(), user(same))).error().reason(), "EMAIL_TAKEN") << same;
        EXPECT_TRUE(db_.run(store_.find_by_email(db_.context(), *Email::parse(same)))->has_value()) << same;
    }
    inserted("zoe@example.com");
}

TEST_P(UserStoreTest, what_earlier_rules_folded_is_folded_again_and_who_collides_stays) {
    const auto& last = schema();
    const sql::Schema first{.name = last.name, .sqlite = last.sqlite.first(1), .postgres = last.postgres.first(1)};
    test::TemporaryDatabase old{GetParam(), first};
    constexpr sql::Statement kInsertOld{
        .summary = "INSERT users",
        .text =
            "INSERT INTO users (id, email, email_folded, name, status, created_at, updated_at, version) "
            "VALUES ($1, $2, $3, 'Zoe', 'active', $4, $4, 1)"};
    const auto insert_old = [&](std::string email, std::string folded) {
        const UserId id{random_.uuid_v7({})};
        sql::Unit unit;
        unit.add(kInsertOld, id, std::move(email), std::move(folded), Timestamp{});
        EXPECT_TRUE(old.run(old.database().write(old.context(), std::move(unit))));
        return id;
    };
    const auto zoe = insert_old("ZOË@EXÄMPLE.com", "zoË@exÄmple.com");
    const auto again = insert_old("zoë@exämple.com", "zoë@exämple.com");
    const auto bob = insert_old("Bob@example.com", "bob@example.com");
    const auto damaged = insert_old("\u00a0", "\u00a0");
    ASSERT_TRUE(old.store().migrate(last));

    UserStore store{old.database(), old.telemetry()};
    for (int starts = 0; starts < 2; ++starts) ASSERT_TRUE(old.run(store.fold_again(old.context())));
    const auto found = [&](std::string_view email) {
        const auto user = old.run(store.find_by_email(old.context(), *Email::parse(email)));
        return user && user->has_value() ? std::optional{(*user)->id} : std::nullopt;
    };
    EXPECT_EQ(found("zoë@exämple.com"), zoe);
    EXPECT_EQ(found("bob@example.com"), bob);
    // The user whose address collides still exists, and may change everything but the address.
    auto other = *old.run(store.find(old.context(), again));
    EXPECT_EQ(other.email.text(), "zoë@exämple.com");
    ASSERT_TRUE(old.run(store.update(old.context(), changed(other, {.email = {}, .name = "Zoë"}, {}))));
    EXPECT_EQ(old.run(store.find(old.context(), again))->name, "Zoë");
    EXPECT_EQ(old.run(store.find(old.context(), damaged)).error().code(), Code::data_loss);
}

INSTANTIATE_TEST_SUITE_P(Engines, UserStoreTest, testing::ValuesIn(test::kDatabases));

}  // namespace
}  // namespace tw::user
