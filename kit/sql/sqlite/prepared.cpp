#include "kit/sql/sqlite/prepared.hpp"

#include "kit/sql/sqlite/sqlite_error.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tw::sql {
namespace {

/// Returns the text without the row locks, which SQLite neither has nor needs.
std::string_view without_row_lock(std::string_view text) {
    for (const std::string_view lock : {" FOR UPDATE SKIP LOCKED", " FOR UPDATE NOWAIT", " FOR UPDATE"}) {
        if (text.ends_with(lock)) return text.substr(0, text.size() - lock.size());
    }
    return text;
}

struct Bind {
    sqlite3_stmt* statement;
    int index;

    int operator()(Null) const { return sqlite3_bind_null(statement, index); }
    int operator()(bool flag) const { return sqlite3_bind_int64(statement, index, flag ? 1 : 0); }
    int operator()(std::int64_t number) const { return sqlite3_bind_int64(statement, index, number); }
    int operator()(double number) const { return sqlite3_bind_double(statement, index, number); }
    int operator()(Timestamp timestamp) const { return sqlite3_bind_int64(statement, index, timestamp.unix_micros()); }
    // The text is not copied, since the values outlive the run of the statement.
    int operator()(const std::string& text) const {
        return sqlite3_bind_text64(statement, index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
};

Value read_column(sqlite3_stmt* statement, int column) {
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_INTEGER:
            return Value{static_cast<std::int64_t>(sqlite3_column_int64(statement, column))};
        case SQLITE_FLOAT:
            return Value{sqlite3_column_double(statement, column)};
        case SQLITE_NULL:
            return Value{Null{}};
        default:
            break;
    }
    // This reads text and blobs. The pointer is fetched before the length, since fetching it
    // converts the value. It is null for an empty blob.
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return bytes == nullptr ? Value{std::string{}} : Value{std::string{bytes, size}};
}

/// Returns the n of "$n", or nothing for another kind of parameter.
std::optional<std::size_t> parameter_number(const char* name) {
    if (name == nullptr || name[0] != '$') return std::nullopt;
    const std::string_view digits{name + 1};
    std::size_t number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size() || number == 0) return std::nullopt;
    return number;
}

}  // namespace

void Prepared::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Result<Prepared> Prepared::compile(sqlite3* database, const Statement& statement) {
    const auto text = without_row_lock(statement.text);
    sqlite3_stmt* handle = nullptr;
    const char* rest = nullptr;
    const int code =
        sqlite3_prepare_v3(database, text.data(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT, &handle, &rest);
    if (code != SQLITE_OK) return sqlite_error(database, statement.text);
    Prepared prepared;
    prepared.handle_.reset(handle);
    prepared.text_ = statement.text.data();
    const std::string_view unread{rest, static_cast<std::size_t>(text.data() + text.size() - rest)};
    if (handle == nullptr || unread.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
        return internal(fmt::format("not exactly one statement: {}", statement.text));
    }
    const int parameters = sqlite3_bind_parameter_count(handle);
    for (int i = 1; i <= parameters; ++i) {
        const auto number = parameter_number(sqlite3_bind_parameter_name(handle, i));
        if (!number) return internal(fmt::format("a parameter is not $1, $2, …: {}", statement.text));
        prepared.slots_.push_back(*number - 1);
        prepared.values_ = std::max(prepared.values_, *number);
    }
    return prepared;
}

bool Prepared::read_only() const { return sqlite3_stmt_readonly(handle()) != 0; }

Result<void> Prepared::bind(sqlite3* database, const Statement& statement, std::span<const Value> values) const {
    if (values.size() != values_) {
        return internal(fmt::format("{} parameters where the statement has {}: {}", values.size(), values_, statement.text));
    }
    if (auto checked = check_text(values); !checked) return checked;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        const int code = std::visit(Bind{handle(), static_cast<int>(i + 1)}, values[slots_[i]]);
        if (code != SQLITE_OK) return sqlite_error(database, statement.text);
    }
    return {};
}

Row Prepared::read_row() const {
    const int columns = sqlite3_column_count(handle());
    std::vector<Value> values;
    values.reserve(static_cast<std::size_t>(columns));
    for (int i = 0; i < columns; ++i) values.push_back(read_column(handle(), i));
    return Row{std::move(values)};
}

}  // namespace tw::sql
