#include "services/user/user_service_fixture.hpp"

namespace tw::user {
namespace {

TEST_F(UserServiceTest, a_user_that_is_cached_is_forgotten_when_she_changes) {
    const auto created = create("alice@example.com", "Alice");
    ASSERT_TRUE(created);
    EXPECT_EQ(get(created->id())->name(), "Alice");
    EXPECT_EQ(rows_.usage().entries, 1u);
    EXPECT_EQ(get(created->id())->name(), "Alice");
    ::user::UpdateUserRequest request;
    request.set_id(created->id());
    request.set_name("Alicia");
    ASSERT_TRUE(update(request));
    EXPECT_EQ(get(created->id())->name(), "Alicia");
    EXPECT_EQ(get(created->id())->version(), 2);
}

TEST_F(UserServiceTest, bytes_that_are_no_user_are_not_believed) {
    EXPECT_FALSE(user_codec().decode("\xff\xff"));
    EXPECT_FALSE(user_codec().decode(""));
}

TEST_F(UserServiceTest, a_new_user_is_an_event_without_personal_data) {
    const auto created = create("alice@example.com", "Alice");
    ASSERT_TRUE(created);
    outbox::OutboxStore events{db_.database(), db_.telemetry()};
    const auto partition = outbox::partition_of(created->id());
    const auto stored = db_.run(events.oldest(db_.context(), "user", partition, 10));
    ASSERT_TRUE(stored);
    ASSERT_EQ(stored->size(), 1u);
    const auto& event = stored->front();
    EXPECT_EQ(event.stream, "user");
    EXPECT_EQ(event.event.type, "user.registered");
    EXPECT_EQ(event.event.aggregate_id, created->id());
    EXPECT_EQ(event.event.payload, R"({"id":")" + created->id() + R"(","version":1})");
}

TEST_F(UserServiceTest, a_user_who_is_refused_is_no_event) {
    ASSERT_TRUE(create("alice@example.com", "Alice"));
    ASSERT_FALSE(create("alice@example.com", "Alice Again"));
    outbox::OutboxStore events{db_.database(), db_.telemetry()};
    std::size_t count = 0;
    for (std::int64_t partition = 0; partition < outbox::kPartitions; ++partition) {
        const auto stored = db_.run(events.oldest(db_.context(), "user", partition, 10));
        ASSERT_TRUE(stored);
        count += stored->size();
    }
    EXPECT_EQ(count, 1u);
}

TEST_F(UserServiceTest, a_user_that_was_created_can_be_got) {
    const auto created = create("Alice@example.com", "Alice");
    ASSERT_TRUE(created);
    EXPECT_TRUE(UserId::parse(created->id()));
    EXPECT_EQ(created->email(), "Alice@example.com");
    EXPECT_EQ(created->name(), "Alice");
    EXPECT_EQ(created->status(), "active");
    EXPECT_EQ(created->created_at(), clock_.now().to_string());
    EXPECT_EQ(created->updated_at(), created->created_at());
    EXPECT_EQ(created->version(), 1);

    const auto found = get(created->id());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->SerializeAsString(), created->SerializeAsString());
}

TEST_F(UserServiceTest, every_bad_field_is_named) {
    const auto refused = create("nobody", std::string(201, 'x'));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::invalid_argument);
    EXPECT_EQ(refused.error().reason(), "INVALID_FIELD");
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/email", "/name"));
}

TEST_F(UserServiceTest, a_blank_name_is_no_name) {
    const auto refused = create("alice@example.com", "  ");
    ASSERT_FALSE(refused);
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/name"));
}

TEST_F(UserServiceTest, a_taken_email_is_refused) {
    ASSERT_TRUE(create("alice@example.com", "Alice"));
    const auto refused = create("ALICE@example.com", "Bob");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "EMAIL_TAKEN");
}

TEST_F(UserServiceTest, unknown_and_malformed_ids_are_not_found) {
    for (const auto* id : {"0190b6a0-0000-7000-8000-000000000000", "none", ""}) {
        const auto found = get(id);
        ASSERT_FALSE(found) << id;
        EXPECT_EQ(found.error().code(), Code::not_found);
        EXPECT_EQ(found.error().reason(), "USER_NOT_FOUND");
    }
}

TEST_F(UserServiceTest, an_update_changes_what_is_present_and_nothing_else) {
    const auto created = create("alice@example.com", "Alice");
    ASSERT_TRUE(created);
    clock_.advance(std::chrono::seconds{5});
    ::user::UpdateUserRequest request;
    request.set_id(created->id());
    request.set_name("Alicia");
    const auto updated = update(request);
    ASSERT_TRUE(updated);
    EXPECT_EQ(updated->name(), "Alicia");
    EXPECT_EQ(updated->email(), "alice@example.com");
    EXPECT_EQ(updated->version(), 2);
    EXPECT_EQ(updated->updated_at(), clock_.now().to_string());
    EXPECT_EQ(get(created->id())->SerializeAsString(), updated->SerializeAsString());
}

TEST_F(UserServiceTest, an_update_of_another_version_is_aborted) {
    const auto created = create("alice@example.com", "Alice");
    ASSERT_TRUE(created);
    ::user::UpdateUserRequest request;
    request.set_id(created->id());
    request.set_name("Alicia");
    request.set_expected_version(2);
    const auto refused = update(request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::aborted);
    EXPECT_EQ(refused.error().reason(), "VERSION_MISMATCH");
    EXPECT_EQ(get(created->id())->name(), "Alice");
}

TEST_F(UserServiceTest, a_field_cannot_be_made_empty) {
    const auto created = create("alice@example.com", "Alice");
    ASSERT_TRUE(created);
    ::user::UpdateUserRequest request;
    request.set_id(created->id());
    request.set_name("");
    request.set_email("");
    const auto refused = update(request);
    ASSERT_FALSE(refused);
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/email", "/name"));
}

TEST_F(UserServiceTest, a_list_goes_on_where_its_token_says) {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(create("user" + std::to_string(i) + "@example.com", "User"));
    ::user::ListUsersRequest request;
    request.set_page_size(2);
    const auto first = list(request);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->users_size(), 2);
    request.set_page_token(first->next_page_token());
    const auto last = list(request);
    ASSERT_TRUE(last);
    ASSERT_EQ(last->users_size(), 1);
    EXPECT_EQ(last->users(0).email(), "user2@example.com");
    EXPECT_EQ(last->next_page_token(), "");
    request.clear_page_token();
    request.set_newest_first(true);
    EXPECT_EQ(list(request)->users(0).email(), "user2@example.com");
}

TEST_F(UserServiceTest, a_list_is_filtered_by_email_and_status) {
    ASSERT_TRUE(create("alice@example.com", "Alice"));
    ASSERT_TRUE(create("bob@example.com", "Bob"));
    ::user::ListUsersRequest request;
    request.set_email("ALICE@example.com");
    EXPECT_EQ(list(request)->users_size(), 1);
    request.set_status("suspended");
    EXPECT_EQ(list(request)->users_size(), 0);
    request.clear_email();
    EXPECT_EQ(list(request)->users_size(), 0);
    request.set_status("active");
    EXPECT_EQ(list(request)->users_size(), 2);
}

TEST_F(UserServiceTest, a_wrong_list_request_names_its_fields) {
    ::user::ListUsersRequest request;
    request.set_page_token("forged");
    EXPECT_THAT(pointers(list(request).error()), testing::ElementsAre("/page_token"));
    request.clear_page_token();
    request.set_status("asleep");
    EXPECT_THAT(pointers(list(request).error()), testing::ElementsAre("/status"));
}

}  // namespace
}  // namespace tw::user
