#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "proto/user.tw.hpp"
#include "services/user/user_cache.hpp"
#include "services/user/user_store.hpp"

namespace tw::user {

/// user.UserService of the contract. One instance per loop.
class UserService final : public ::user::UserService {
 public:
    UserService(UserStore& users, UserCache& cached, const Clock& clock, Random& random)
        : users_{users}, cached_{cached}, clock_{clock}, random_{random} {}

    Task<Result<::user::User>> create_user(const CallContext& ctx, const ::user::CreateUserRequest& request) override;
    Task<Result<::user::User>> get_user(const CallContext& ctx, const ::user::GetUserRequest& request) override;
    Task<Result<::user::ListUsersResponse>> list_users(const CallContext& ctx, const ::user::ListUsersRequest& request) override;
    Task<Result<::user::User>> update_user(const CallContext& ctx, const ::user::UpdateUserRequest& request) override;

 private:
    /// The user as the cache keeps it; nothing where there is none.
    Task<Result<std::optional<::user::User>>> load_user(const CallContext& ctx, UserId id);
    Task<Result<::user::ListUsersResponse>> list_by_email(const CallContext& ctx, const ::user::ListUsersRequest& request);

    UserStore& users_;
    UserCache& cached_;
    const Clock& clock_;
    Random& random_;
};

}  // namespace tw::user
