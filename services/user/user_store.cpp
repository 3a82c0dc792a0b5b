#include "services/user/user_store.hpp"

#include "kit/sql/text.hpp"
#include "services/mapping/contention.hpp"
#include "services/mapping/row_page.hpp"
#include "services/user/reasons.hpp"

namespace tw::user {
namespace {

/// The columns that a User is read from.
constexpr sql::Text kColumns{"id, email, name, status, created_at, updated_at, version"};

constexpr sql::Statement kInsert{.summary = "INSERT users",
                                 .text = sql::insert<"users", sql::list<kColumns, "email_folded, folding">>};

constexpr sql::Statement kFind{.summary = "SELECT users", .text = sql::text<"SELECT ", kColumns, " FROM users WHERE id = $1">};

constexpr sql::Statement kFindByEmail{.summary = "SELECT users by email",
                                      .text = sql::text<"SELECT ", kColumns, " FROM users WHERE email_folded = $1">};

constexpr sql::Statement kUpdate{.summary = "UPDATE users",
                                 .text =
                                     "UPDATE users SET email = $3, "
                                     "email_folded = CASE WHEN email = $3 THEN email_folded ELSE $4 END, "
                                     "folding = CASE WHEN email = $3 THEN folding ELSE $8 END, "
                                     "name = $5, status = $6, updated_at = $7, version = $2 + 1 WHERE id = $1 AND version = $2"};

constexpr sql::Statement kList{
    .summary = "SELECT users page",
    .text = sql::text<"SELECT ", kColumns, " FROM users ", "WHERE id > $1 AND ($2 = '' OR status = $2) ORDER BY id LIMIT $3">};

constexpr sql::Statement kListNewestFirst{
    .summary = "SELECT users newest",
    .text =
        sql::text<"SELECT ", kColumns, " FROM users ", "WHERE id < $1 AND ($2 = '' OR status = $2) ORDER BY id DESC LIMIT $3">};

/// The number of the rules by which this program folds addresses. New rules need a migration that
/// marks rows to be folded again, as 0002_unicode.sql does.
constexpr std::int64_t kFolding = 1;

// The statements name the number of kFolding, so that the engine can use the index.
constexpr sql::Statement kFindUnfolded{.summary = "SELECT users unfolded",
                                       .text = "SELECT id, email FROM users WHERE id > $1 AND folding < 1 ORDER BY id LIMIT $2"};

constexpr sql::Statement kFold{
    .summary = "UPDATE users fold",
    .text = "UPDATE users SET email_folded = $3, folding = $4 WHERE id = $1 AND email = $2 AND folding < 1"};

constexpr sql::Statement kLeaveFolded{.summary = "UPDATE users leave folded",
                                      .text = "UPDATE users SET folding = $3 WHERE id = $1 AND email = $2 AND folding < 1"};

/// How many rows are read at once to be folded again.
constexpr std::int64_t kFoldedAtOnce = 500;

User read_user(const sql::Row& row) {
    return {.id = row.get<UserId>(kColumns.at("id")),
            .email = row.parsed(kColumns.at("email"), Email::from_stored),
            .name = row.get<std::string>(kColumns.at("name")),
            .status = row.parsed(kColumns.at("status"), parse_status),
            .created_at = row.get<Timestamp>(kColumns.at("created_at")),
            .updated_at = row.get<Timestamp>(kColumns.at("updated_at")),
            .version = row.get<std::int64_t>(kColumns.at("version"))};
}

Error explain(Error error) {
    if (sql::violates(error, "users_email_folded_key")) {
        return Error{Code::already_exists, reason::kEmailTaken, "another user has this e-mail address"}.with_violation(
            "/email", "belongs to another user");
    }
    return error;
}

}  // namespace

Task<Result<void>> UserStore::insert(const CallContext& ctx, User user, Addition addition) {
    sql::Unit unit;
    unit.add(kInsert, user.id, user.email.text(), user.name, status_name(user.status), user.created_at, user.updated_at,
             user.version, user.email.folded(), kFolding);
    if (addition) addition(unit);
    // The unit may share its commit with units that arrive meanwhile. It still succeeds or fails
    // alone.
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
                     status_name(user.status), user.updated_at, kFolding);
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return explain(explain_update(std::move(written).error()));
    co_return written;
}

Task<Result<Page<User>>> UserStore::list(const CallContext& ctx, PageRequest page, std::optional<Status> status) {
    const auto wanted = status ? status_name(*status) : std::string_view{};
    const auto& statement = page.newest_first ? kListNewestFirst : kList;
    auto rows = co_await database_.query(ctx, statement, page.after, wanted, page.size + 1);
    if (!rows) co_return std::move(rows).error();
    co_return read_page(ctx, reader_, *rows, page.size, read_user);
}

Task<Result<std::optional<User>>> UserStore::find_by_email(const CallContext& ctx, Email email) {
    auto row = co_await database_.query_row(ctx, kFindByEmail, email.folded());
    co_return read_if_found(ctx, reader_, std::move(row), read_user);
}

Task<Result<void>> UserStore::fold_again(const CallContext& ctx) {
    std::string after;
    while (true) {
        auto rows = co_await database_.query(ctx, kFindUnfolded, after, kFoldedAtOnce);
        if (!rows) co_return std::move(rows).error();
        for (const auto& row : *rows) {
            auto folded = co_await fold_again(ctx, row);
            if (!folded) co_return folded;
        }
        if (rows->size() < static_cast<std::size_t>(kFoldedAtOnce)) co_return Result<void>{};
        after = sql::key_text(rows->back());
    }
}

Task<Result<void>> UserStore::fold_again(const CallContext& ctx, const sql::Row& row) {
    const auto read = [](const sql::Row& each) { return std::pair{each.get<std::string>(0), each.get<std::string>(1)}; };
    auto user = reader_.read(ctx, row, read);
    // The reader has reported a row that cannot be read. The row stays as it is.
    if (!user) co_return Result<void>{};
    const auto& [id, address] = *user;
    const auto email = Email::from_stored(address);
    sql::Unit fold;
    if (email) fold.add(kFold, id, address, email->folded(), kFolding);
    if (!email) fold.add(kLeaveFolded, id, address, kFolding);
    auto written = co_await database_.write(ctx, std::move(fold));
    if (written || explain(written.error()).reason() != reason::kEmailTaken) co_return written;

    // Two people registered addresses that are one mailbox by today's rules. Both stay. The one
    // that was folded first is found by the address.
    telemetry_.log.warn(ctx, "user.email_collides", {{"shop.user.id", id}},
                        "another user has what is the same e-mail address by Unicode; both stay as they are");
    sql::Unit leave;
    leave.add(kLeaveFolded, id, address, kFolding);
    co_return co_await database_.write(ctx, std::move(leave));
}

}  // namespace tw::user
