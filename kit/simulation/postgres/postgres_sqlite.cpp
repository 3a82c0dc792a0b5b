#include "kit/simulation/postgres/postgres_sqlite.hpp"

#include "kit/simulation/postgres/postgres_text.hpp"

#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tw::simulation {
namespace {

/// Binds a cell that outlives the run of the statement.
void bind(sqlite3_stmt* statement, int place, const Cell& cell) {
    if (const auto* text = std::get_if<std::string>(&cell)) {
        sqlite3_bind_text64(statement, place, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    } else if (const auto* number = std::get_if<std::int64_t>(&cell)) {
        sqlite3_bind_int64(statement, place, *number);
    } else if (const auto* real = std::get_if<double>(&cell)) {
        sqlite3_bind_double(statement, place, *real);
    } else {
        sqlite3_bind_null(statement, place);
    }
}

/// Returns for each parameter of the statement where its value is among $1, $2 and so on.
std::vector<std::size_t> places_of(sqlite3_stmt* statement) {
    std::vector<std::size_t> places;
    for (int place = 1; place <= sqlite3_bind_parameter_count(statement); ++place) {
        const char* const name = sqlite3_bind_parameter_name(statement, place);
        const auto number = name == nullptr ? 0 : std::strtoul(name + 1, nullptr, 10);
        if (number == 0) throw NotModelled{"the model of PostgreSQL: a parameter without a number"};
        places.push_back(number - 1);
    }
    return places;
}

void bind_all(sqlite3_stmt* statement, const std::vector<std::size_t>& places, const Cells& parameters) {
    int place = 0;
    for (const auto where : places) {
        if (where >= parameters.size()) throw NotModelled{"the model of PostgreSQL: a parameter without a value"};
        bind(statement, ++place, parameters[where]);
    }
}

Cell read_cell(sqlite3_value* value) {
    switch (sqlite3_value_type(value)) {
        case SQLITE_INTEGER:
            return sqlite3_value_int64(value);
        case SQLITE_FLOAT:
            return sqlite3_value_double(value);
        case SQLITE_NULL:
            return std::monostate{};
        default: {
            const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
            return std::string{reinterpret_cast<const char*>(sqlite3_value_blob(value)), size};
        }
    }
}

Cells read_row(sqlite3_stmt* statement) {
    const int count = sqlite3_column_count(statement);
    Cells cells;
    cells.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) cells.push_back(read_cell(sqlite3_column_value(statement, i)));
    return cells;
}

}  // namespace

void PostgresSqlite::Close::operator()(sqlite3* handle) const { sqlite3_close(handle); }
void PostgresSqlite::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

PostgresSqlite::PostgresSqlite() {
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(":memory:", &handle, flags, nullptr);
    handle_.reset(handle);
    if (code != SQLITE_OK) throw NotModelled{"the model of PostgreSQL: no database in memory"};
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    // LIKE is case-sensitive in PostgreSQL.
    must_run("PRAGMA case_sensitive_like = ON");
}

PostgresSqlite::~PostgresSqlite() { prepared_.clear(); }

void PostgresSqlite::call_function(sqlite3_context* context, int count, sqlite3_value** values) {
    Cells arguments;
    for (int i = 0; i < count; ++i) arguments.push_back(read_cell(values[i]));
    const auto answer = (*static_cast<Function*>(sqlite3_user_data(context)))(arguments);
    if (const auto* text = std::get_if<std::string>(&answer)) {
        sqlite3_result_text64(context, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } else if (const auto* number = std::get_if<std::int64_t>(&answer)) {
        sqlite3_result_int64(context, *number);
    } else {
        sqlite3_result_null(context);
    }
}

void PostgresSqlite::add_function(const std::string& name, int arguments, Function function) {
    auto& kept = functions_[name];
    kept = std::make_unique<Function>(std::move(function));
    sqlite3_create_function_v2(handle_.get(), name.c_str(), arguments, SQLITE_UTF8, kept.get(), &PostgresSqlite::call_function,
                               nullptr, nullptr, nullptr);
}

PostgresSqlite::Failure PostgresSqlite::failure() const {
    return {sqlite3_extended_errcode(handle_.get()), sqlite3_errmsg(handle_.get())};
}

std::expected<const PostgresSqlite::Prepared*, PostgresSqlite::Failure> PostgresSqlite::prepare(const std::string& text) {
    auto found = prepared_.find(text);
    if (found == prepared_.end()) {
        sqlite3_stmt* statement = nullptr;
        const int code = sqlite3_prepare_v3(handle_.get(), text.data(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT,
                                            &statement, nullptr);
        if (code != SQLITE_OK) return std::unexpected{failure()};
        Prepared prepared{.statement = std::unique_ptr<sqlite3_stmt, Finalize>{statement}, .parameters = places_of(statement)};
        found = prepared_.emplace(text, std::move(prepared)).first;
    }
    return &found->second;
}

std::expected<std::vector<PostgresSqlite::Column>, PostgresSqlite::Failure> PostgresSqlite::columns(const std::string& text) {
    // A statement that was prepared before its table changed still has the old columns.
    prepared_.erase(text);
    const auto prepared = prepare(text);
    if (!prepared) return std::unexpected{prepared.error()};
    auto* const statement = (*prepared)->statement.get();
    std::vector<Column> columns;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const char* const declared = sqlite3_column_decltype(statement, i);
        columns.push_back({sqlite3_column_name(statement, i), declared == nullptr ? "" : declared});
    }
    return columns;
}

std::expected<std::vector<Cells>, PostgresSqlite::Failure> PostgresSqlite::run(const std::string& text, const Cells& parameters) {
    const auto prepared = prepare(text);
    if (!prepared) return std::unexpected{prepared.error()};
    auto* const statement = (*prepared)->statement.get();
    bind_all(statement, (*prepared)->parameters, parameters);
    std::vector<Cells> rows;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) rows.push_back(read_row(statement));
    auto outcome = code == SQLITE_DONE ? std::expected<std::vector<Cells>, Failure>{std::move(rows)} : std::unexpected{failure()};
    sqlite3_reset(statement);
    // The cells may end now.
    sqlite3_clear_bindings(statement);
    return outcome;
}

std::vector<Cells> PostgresSqlite::must_run(const std::string& text, const Cells& parameters) {
    auto rows = run(text, parameters);
    if (!rows) throw NotModelled{fmt::format("the model of PostgreSQL: {}: {}", rows.error().message, text)};
    return *std::move(rows);
}

}  // namespace tw::simulation
