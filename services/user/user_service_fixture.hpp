#pragma once

#include "kit/cache/local_cache.hpp"
#include "kit/outbox/outbox.hpp"
#include "kit/outbox/outbox_store.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/user/schema.hpp"
#include "services/user/user_service.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::user {

/// A database whose next write fails as the test says. The write may have been done nevertheless.
/// All other calls go to the database behind it.
class FailingDatabase final : public sql::Database {
 public:
    explicit FailingDatabase(sql::Database& behind) : behind_{behind} {}

    struct Failure {
        Error error;
        /// Whether the write is done nevertheless.
        bool done = false;
        /// Called before the write, for what happens at the same time.
        std::function<void()> meanwhile = [] {};
    };
    std::optional<Failure> next_write;
    int reads = 0;

    Task<Result<void>> write(const CallContext& ctx, sql::Unit unit) override {
        const auto failure = std::exchange(next_write, std::nullopt);
        if (!failure) co_return co_await behind_.write(ctx, std::move(unit));
        const RootCall own{ctx.loop()};
        if (failure->done) {
            auto done = co_await behind_.write(own.context(), std::move(unit));
            EXPECT_TRUE(done);
        }
        failure->meanwhile();
        co_return failure->error;
    }
    Task<Result<void>> transaction(const CallContext& ctx, Body body) override {
        return behind_.transaction(ctx, std::move(body));
    }

 private:
    Task<Result<std::optional<sql::Row>>> do_query_row(const CallContext& ctx, const sql::Statement& statement,
                                                       std::vector<sql::Value> parameters) override {
        ++reads;
        return behind_.query_row(ctx, statement, std::move(parameters.at(0)));
    }
    Task<Result<sql::Rows>> do_query(const CallContext& ctx, const sql::Statement& statement,
                                     std::vector<sql::Value> parameters) override {
        return behind_.query(ctx, statement, std::move(parameters.at(0)), std::move(parameters.at(1)),
                             std::move(parameters.at(2)));
    }

    sql::Database& behind_;
};

class UserServiceTest : public testing::Test {
 protected:
    UserServiceTest() { table_.add(service_, db_.telemetry()); }

    Result<::user::User> create(std::string email, std::string name) {
        ::user::CreateUserRequest request;
        request.set_email(std::move(email));
        request.set_name(std::move(name));
        return db_.run(client_.create_user(db_.context(), request));
    }
    Result<::user::User> get(std::string id) {
        ::user::GetUserRequest request;
        request.set_id(std::move(id));
        return db_.run(client_.get_user(db_.context(), request));
    }
    Result<::user::User> update(const ::user::UpdateUserRequest& request) {
        return db_.run(client_.update_user(db_.context(), request));
    }
    Result<::user::ListUsersResponse> list(const ::user::ListUsersRequest& request) {
        return db_.run(client_.list_users(db_.context(), request));
    }
    static std::vector<std::string> pointers(const Error& error) {
        std::vector<std::string> pointers;
        for (const auto& violation : error.violations()) pointers.push_back(violation.pointer);
        return pointers;
    }

    test::TemporaryDatabase db_{"sqlite::memory:", schema()};
    test::FakeClock clock_;
    Random random_{1};
    FailingDatabase database_{db_.database()};
    UserStore store_{database_, db_.telemetry()};
    cache::LocalCache rows_{clock_};
    UserCache cached_{rows_, user_codec(), std::make_shared<cache::Invalidations>(), db_.telemetry(), user_cache_options()};
    UserService service_{store_, cached_, clock_, random_};
    rpc::ServiceTable table_;
    std::unique_ptr<rpc::Channel> channel_ = rpc::make_local_channel(db_.loop(), table_, db_.telemetry());
    ::user::UserServiceClient client_{*channel_};
};

}  // namespace tw::user
