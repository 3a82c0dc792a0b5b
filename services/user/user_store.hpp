#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"
#include "services/mapping/page.hpp"
#include "services/user/user.hpp"

namespace tw::user {

/// Users in the database. Belongs to one loop, as its database does. Beside what is named below, every call fails as
/// sql::Database does; a stored user who cannot be read is DATA_LOSS (ROW_UNREADABLE).
class UserStore {
 public:
    UserStore(sql::Database& database, telemetry::Telemetry telemetry)
        : database_{database}, telemetry_{telemetry}, reader_{telemetry, "users"} {}

    /// ALREADY_EXISTS (EMAIL_TAKEN).
    Task<Result<void>> insert(const CallContext& ctx, User user);

    /// NOT_FOUND (USER_NOT_FOUND).
    Task<Result<User>> find(const CallContext& ctx, UserId id);

    /// Writes `user` over the row whose version is one less. ALREADY_EXISTS (EMAIL_TAKEN), ABORTED (CONTENDED) when the row
    /// has another version by now.
    Task<Result<void>> update(const CallContext& ctx, User user);

    /// Ordered by id. `status` absent: all. Users who cannot be read are left out.
    Task<Result<Page<User>>> list(const CallContext& ctx, PageRequest page, std::optional<Status> status);

    Task<Result<std::optional<User>>> find_by_email(const CallContext& ctx, Email email);

    /// Folds the addresses again that were folded by earlier rules. Call it at start; several replicas may do so at once. Where
    /// two users turn out to have the same address both stay, and the log names one (`user.email_collides`).
    Task<Result<void>> fold_again(const CallContext& ctx);

 private:
    Task<Result<void>> fold_again(const CallContext& ctx, const sql::Row& row);

    sql::Database& database_;
    telemetry::Telemetry telemetry_;
    sql::RowReader reader_;
};

}  // namespace tw::user
