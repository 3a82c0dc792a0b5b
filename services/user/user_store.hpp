#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"
#include "services/mapping/page.hpp"
#include "services/user/user.hpp"

#include <functional>

namespace tw::user {

/// Reads and writes users. A store belongs to one loop, as its database does. Every call may fail
/// as sql::Database does. A stored user who cannot be read is DATA_LOSS (ROW_UNREADABLE). Each
/// function names its other errors.
class UserStore {
 public:
    UserStore(sql::Database& database, telemetry::Telemetry telemetry)
        : database_{database}, telemetry_{telemetry}, reader_{telemetry, "users"} {}

    /// Adds statements to a unit.
    using Addition = std::function<void(sql::Unit& unit)>;
    /// Stores a new user together with what `addition` adds. Fails with ALREADY_EXISTS
    /// (EMAIL_TAKEN).
    Task<Result<void>> insert(const CallContext& ctx, User user, Addition addition = {});

    /// Fails with NOT_FOUND (USER_NOT_FOUND).
    Task<Result<User>> find(const CallContext& ctx, UserId id);

    /// Writes `user` over the row whose version is one less. Fails with ALREADY_EXISTS
    /// (EMAIL_TAKEN), and with ABORTED (CONTENDED) if the row has another version by now.
    Task<Result<void>> update(const CallContext& ctx, User user);

    /// Lists users in the order of the page, those with `status` if it is given. Users who cannot
    /// be read are left out.
    Task<Result<Page<User>>> list(const CallContext& ctx, PageRequest page, std::optional<Status> status);

    Task<Result<std::optional<User>>> find_by_email(const CallContext& ctx, Email email);

    /// Folds the addresses again that were folded by earlier rules. Call it at start. Several
    /// replicas may do so at the same time. If two users turn out to have the same address, both
    /// stay, and the log names one of them (`user.email_collides`).
    Task<Result<void>> fold_again(const CallContext& ctx);

 private:
    Task<Result<void>> fold_again(const CallContext& ctx, const sql::Row& row);

    sql::Database& database_;
    telemetry::Telemetry telemetry_;
    sql::RowReader reader_;
};

}  // namespace tw::user
