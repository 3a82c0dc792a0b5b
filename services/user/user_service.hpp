#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "proto/user.tw.hpp"
#include "services/user/user_cache.hpp"
#include "services/user/user_store.hpp"

namespace tw::user {

/// Implements user.UserService of the contract. Each loop has its own instance.
class UserService final : public ::user::UserService {
 public:
    UserService(UserStore& users, UserCache& cached, const Clock& clock, Random& random)
        : users_{users}, cached_{cached}, clock_{clock}, random_{random} {}

    Task<Result<::user::User>> create_user(const CallContext& ctx, const ::user::CreateUserRequest& request) override;
    Task<Result<::user::User>> get_user(const CallContext& ctx, const ::user::GetUserRequest& request) override;
    Task<Result<::user::ListUsersResponse>> list_users(const CallContext& ctx, const ::user::ListUsersRequest& request) override;
    Task<Result<::user::User>> update_user(const CallContext& ctx, const ::user::UpdateUserRequest& request) override;

 private:
    /// Reads the user for the cache. The result is empty if there is no such user.
    Task<Result<std::optional<::user::User>>> load_user(const CallContext& ctx, UserId id);
    /// Changes the user, unless others change it at the same time (CONTENDED).
    Task<Result<::user::User>> try_update(const CallContext& ctx, UserId id, const Changes& changes,
                                          std::int64_t expected_version);
    Task<Result<::user::ListUsersResponse>> list_by_email(const CallContext& ctx, const ::user::ListUsersRequest& request);

    UserStore& users_;
    UserCache& cached_;
    const Clock& clock_;
    Random& random_;
};

}  // namespace tw::user
