#include "services/user/user_store.hpp"

#include "services/mapping/row_page.hpp"
#include "services/mapping/version.hpp"

namespace tw::user {
namespace {

constexpr sql::Statement kInsert{.summary = "INSERT users",
                                 .text =
                                     "INSERT INTO users (id, email, email_folded, name, status, created_at, updated_at, version) "
                                     "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};

constexpr sql::Statement kFind{
    .summary = "SELECT users",
    .text = "SELECT id, email, name, status, created_at, updated_at, version FROM users WHERE id = $1"};

constexpr sql::Statement kFindByEmail{
    .summary = "SELECT users by email",
    .text = "SELECT id, email, name, status, created_at, updated_at, version FROM users WHERE email_folded = $1"};

constexpr sql::Statement kUpdate{.summary = "UPDATE users",
                                 .text =
                                     "UPDATE users SET email = $3, email_folded = $4, name = $5, status = $6, updated_at = $7, "
                                     "version = $2 + 1 WHERE id = $1 AND version = $2"};

constexpr sql::Statement kList{.summary = "SELECT users page",
                               .text =
                                   "SELECT id, email, name, status, created_at, updated_at, version FROM users "
                                   "WHERE id > $1 AND ($2 = '' OR status = $2) ORDER BY id LIMIT $3"};

User read_user(const sql::Row& row) {
    return {.id = row.get<UserId>(0),
            .email = row.parsed(1, Email::from_stored),
            .name = row.get<std::string>(2),
            .status = row.parsed(3, parse_status),
            .created_at = row.get<Timestamp>(4),
            .updated_at = row.get<Timestamp>(5),
            .version = row.get<std::int64_t>(6)};
}

Error explain(Error error) {
    if (sql::violates(error, "users_email_folded_key")) {
        return Error{Code::already_exists, "EMAIL_TAKEN", "another user has this e-mail address"}.with_violation(
            "/email", "belongs to another user");
    }
    return error;
}

}  // namespace

Task<Result<void>> UserStore::insert(const CallContext& ctx, User user) {
    sql::Unit unit;
    unit.add(kInsert, user.id, user.email.text(), user.email.folded(), user.name, status_name(user.status), user.created_at,
             user.updated_at, user.version);
    // The unit may share its commit with others that arrive meanwhile; it still succeeds or fails alone.
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return explain(std::move(written).error());
    co_return written;
}

Task<Result<User>> UserStore::find(const CallContext& ctx, UserId id) {
    auto row = co_await database_.query_row(ctx, kFind, id);
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return not_found("user", id.to_string());
    co_return reader_.read(ctx, **row, read_user);
}

Task<Result<void>> UserStore::update(const CallContext& ctx, User user) {
    sql::Unit unit;
    unit.add_one_row(kUpdate, user.id, user.version - 1, user.email.text(), user.email.folded(), user.name,
                     status_name(user.status), user.updated_at);
    auto written = co_await database_.write(ctx, std::move(unit));
    if (written) co_return written;
    if (written.error().reason() == "ROWS_UNEXPECTED") co_return contended();
    co_return explain(std::move(written).error());
}

Task<Result<Page<User>>> UserStore::list(const CallContext& ctx, PageRequest page, std::optional<Status> status) {
    const auto wanted = status ? status_name(*status) : std::string_view{};
    auto rows = co_await database_.query(ctx, kList, page.after, wanted, page.size + 1);
    if (!rows) co_return std::move(rows).error();
    co_return read_page(ctx, reader_, *rows, page.size, read_user);
}

Task<Result<std::optional<User>>> UserStore::find_by_email(const CallContext& ctx, Email email) {
    auto row = co_await database_.query_row(ctx, kFindByEmail, email.folded());
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return std::optional<User>{};
    auto user = reader_.read(ctx, **row, read_user);
    if (!user) co_return std::move(user).error();
    co_return std::optional{*std::move(user)};
}

}  // namespace tw::user
