#include "kit/idempotency/keyed_policy.hpp"
#include "kit/idempotency/recording_database.hpp"
#include "services/user/user_service_fixture.hpp"

#include <array>

namespace tw::user {
namespace {

/// One process that serves users, with idempotency keys.
struct KeyedReplica {
    KeyedReplica(test::TemporaryDatabase& db, cache::Cache& rows, const Clock& clock, Random& random)
        : recording{db.database(), clock},
          store{recording, db.telemetry()},
          cached{rows, user_codec(), invalidations, db.telemetry(), user_cache_options()},
          service{store, cached, clock, random},
          policy{db.database(), clock, std::make_shared<idempotency::KeysInProgress>(), db.telemetry(),
                 cache::tell_changed(rows, invalidations)} {
        table.set_policies(policies);
        table.add(service, db.telemetry());
    }

    std::shared_ptr<cache::Invalidations> invalidations = std::make_shared<cache::Invalidations>();
    idempotency::RecordingDatabase recording;
    UserStore store;
    UserCache cached;
    UserService service;
    idempotency::KeyedPolicy policy;
    std::array<rpc::Policy*, 1> policies{&policy};
    rpc::ServiceTable table;
};

class UserServiceReplayTest : public UserServiceTest {
 protected:
    Result<::user::User> rename(::user::UserServiceClient& users, const std::string& id, std::string name) {
        auto attributes = std::make_shared<CallAttributes>();
        attributes->idempotency_key = "key-1";
        ::user::UpdateUserRequest request;
        request.set_id(id);
        request.set_name(std::move(name));
        return db_.run(users.update_user(db_.context().with_attributes(std::move(attributes)), request));
    }
    std::string name_of(::user::UserServiceClient& users, const std::string& id) {
        ::user::GetUserRequest request;
        request.set_id(id);
        return db_.run(users.get_user(db_.context(), request)).value().name();
    }

    /// What the first process tells its cache is lost, as if it died after the commit.
    cache::LocalCache lost_{clock_};
    KeyedReplica first_{db_, lost_, clock_, random_};
    KeyedReplica second_{db_, rows_, clock_, random_};
    std::unique_ptr<rpc::Channel> first_channel_ = rpc::make_local_channel(db_.loop(), first_.table, db_.telemetry());
    std::unique_ptr<rpc::Channel> second_channel_ = rpc::make_local_channel(db_.loop(), second_.table, db_.telemetry());
    ::user::UserServiceClient first_users_{*first_channel_};
    ::user::UserServiceClient second_users_{*second_channel_};
};

TEST_F(UserServiceReplayTest, a_read_after_a_repeated_change_sees_the_change_although_the_first_process_died) {
    const auto id = create("alice@example.com", "Alice").value().id();
    EXPECT_EQ(name_of(second_users_, id), "Alice");
    ASSERT_TRUE(rename(first_users_, id, "Alicia"));
    EXPECT_EQ(name_of(second_users_, id), "Alice") << "the cache has heard of the change";
    const auto again = rename(second_users_, id, "Alicia");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->version(), 2);
    EXPECT_EQ(name_of(second_users_, id), "Alicia");
}

TEST_F(UserServiceReplayTest, a_read_after_a_repeated_change_without_a_key_sees_the_change) {
    const auto id = create("alice@example.com", "Alice").value().id();
    EXPECT_EQ(name_of(second_users_, id), "Alice");
    ASSERT_TRUE(rename(first_users_, id, "Alicia"));
    // There is nothing left to change, and the answer says so. The cache must not say otherwise.
    ::user::UpdateUserRequest request;
    request.set_id(id);
    request.set_name("Alicia");
    ASSERT_TRUE(db_.run(second_users_.update_user(db_.context(), request)));
    EXPECT_EQ(name_of(second_users_, id), "Alicia");
}

}  // namespace
}  // namespace tw::user
