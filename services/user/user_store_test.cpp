#include "services/user/user_store.hpp"

#include "kit/base/random.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/user/schema.hpp"

#include <gtest/gtest.h>

namespace tw::user {
namespace {

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
    std::vector<UserId> ids(const Page<User>& page) {
        std::vector<UserId> ids;
        for (const auto& each : page.items) ids.push_back(each.id);
        return ids;
    }

    test::TemporaryDatabase db_{GetParam(), schema()};
    Random random_{1};
    UserStore store_{db_.database()};
};

TEST_P(UserStoreTest, GivesBackWhatWasInserted) {
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

TEST_P(UserStoreTest, AnUnknownIdIsNotFound) {
    const auto found = db_.run(store_.find(db_.context(), UserId{random_.uuid_v7({})}));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code(), Code::not_found);
    EXPECT_EQ(found.error().reason(), "USER_NOT_FOUND");
}

TEST_P(UserStoreTest, AnEmailCanBeTakenOnceWhateverItsCase) {
    inserted("alice@example.com");
    const auto again = db_.run(store_.insert(db_.context(), user("ALICE@Example.com")));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code(), Code::already_exists);
    EXPECT_EQ(again.error().reason(), "EMAIL_TAKEN");
    ASSERT_EQ(again.error().violations().size(), 1u);
    EXPECT_EQ(again.error().violations()[0].pointer, "/email");
}

TEST_P(UserStoreTest, AnUpdateWritesTheNextVersion) {
    const auto alice = inserted("alice@example.com");
    auto renamed = changed(alice, {.email = {}, .name = "Alicia"}, alice.created_at + std::chrono::seconds{1});
    ASSERT_TRUE(db_.run(store_.update(db_.context(), renamed)));
    const auto found = db_.run(store_.find(db_.context(), alice.id));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->name, "Alicia");
    EXPECT_EQ(found->version, 2);
    EXPECT_EQ(found->updated_at, renamed.updated_at);
}

TEST_P(UserStoreTest, AnUpdateOfAnOldVersionIsAborted) {
    const auto alice = inserted("alice@example.com");
    const auto renamed = changed(alice, {.email = {}, .name = "Alicia"}, alice.created_at);
    ASSERT_TRUE(db_.run(store_.update(db_.context(), renamed)));
    const auto late = db_.run(store_.update(db_.context(), changed(alice, {.email = {}, .name = "Al"}, alice.created_at)));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), Code::aborted);
    EXPECT_EQ(db_.run(store_.find(db_.context(), alice.id))->name, "Alicia");
}

TEST_P(UserStoreTest, AnUpdateCannotTakeTheEmailOfAnother) {
    inserted("bob@example.com");
    const auto alice = inserted("alice@example.com");
    const auto refused =
        db_.run(store_.update(db_.context(), changed(alice, {.email = Email::parse("BOB@example.com").value(), .name = {}}, {})));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "EMAIL_TAKEN");
}

TEST_P(UserStoreTest, ListsPageByPageInTheOrderOfIds) {
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

TEST_P(UserStoreTest, ListsOnlyTheStatusAskedFor) {
    inserted("active@example.com");
    const auto suspended = inserted("suspended@example.com", Status::suspended);
    const auto page = db_.run(store_.list(db_.context(), {.size = 10, .after = ""}, Status::suspended));
    ASSERT_TRUE(page);
    EXPECT_EQ(ids(*page), std::vector{suspended.id});
}

TEST_P(UserStoreTest, FindsByEmailWhateverItsCase) {
    const auto alice = inserted("alice@example.com");
    const auto found = db_.run(store_.find_by_email(db_.context(), *Email::parse("ALICE@EXAMPLE.COM")));
    ASSERT_TRUE(found);
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->id, alice.id);
    EXPECT_FALSE(db_.run(store_.find_by_email(db_.context(), *Email::parse("bob@example.com")))->has_value());
}

INSTANTIATE_TEST_SUITE_P(Engines, UserStoreTest, testing::ValuesIn(test::kDatabases));

}  // namespace
}  // namespace tw::user
