#include "kit/sql/sqlite/constraint_name.hpp"

#include <memory>
#include <vector>

#include <sqlite3.h>

namespace tw::sql {
namespace {

struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Query = std::unique_ptr<sqlite3_stmt, Finalize>;

Query prepare(sqlite3* database, const char* text, const std::string& parameter) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database, text, -1, &statement, nullptr) != SQLITE_OK) return nullptr;
    sqlite3_bind_text(statement, 1, parameter.data(), static_cast<int>(parameter.size()), SQLITE_TRANSIENT);
    return Query{statement};
}

std::string text_of(sqlite3_stmt* statement, int column) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
    return text == nullptr ? std::string{} : std::string{text};
}

struct Columns {
    std::string table;
    std::vector<std::string> names;
};

/// Parses "users.first, users.last" as table and columns.
Columns parse_columns(std::string_view text) {
    Columns columns;
    while (!text.empty()) {
        const auto comma = text.find(", ");
        const auto part = text.substr(0, comma);
        const auto dot = part.find('.');
        if (dot == std::string_view::npos) return {};
        columns.table = part.substr(0, dot);
        columns.names.emplace_back(part.substr(dot + 1));
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 2);
    }
    return columns;
}

std::string join(const Columns& columns, std::string_view suffix) {
    std::string name = columns.table;
    for (const auto& column : columns.names) name.append("_").append(column);
    return name.append(suffix);
}

std::vector<std::string> index_columns(sqlite3* database, const std::string& index) {
    std::vector<std::string> columns;
    const auto query = prepare(database, "SELECT name FROM pragma_index_info(?1) ORDER BY seqno", index);
    while (query && sqlite3_step(query.get()) == SQLITE_ROW) columns.push_back(text_of(query.get(), 0));
    return columns;
}

std::string unique_name(sqlite3* database, const Columns& columns) {
    const auto indexes = prepare(database, "SELECT name, origin FROM pragma_index_list(?1) WHERE \"unique\"", columns.table);
    while (indexes && sqlite3_step(indexes.get()) == SQLITE_ROW) {
        auto index = text_of(indexes.get(), 0);
        if (index_columns(database, index) != columns.names) continue;
        if (text_of(indexes.get(), 1) == "c") return index;
        break;
    }
    return join(columns, "_key");
}

}  // namespace

std::string constraint_name(sqlite3* database, int extended_code, std::string_view message) {
    static constexpr std::string_view kFailed = "constraint failed: ";
    const auto at = message.find(kFailed);
    if (at == std::string_view::npos) return {};
    const auto subject = message.substr(at + kFailed.size());

    if (extended_code == SQLITE_CONSTRAINT_CHECK) return std::string{subject};
    // SQLite says the name of an index on an expression, since it has no columns to show.
    static constexpr std::string_view kIndex = "index '";
    if (subject.starts_with(kIndex) && subject.ends_with('\'')) {
        return std::string{subject.substr(kIndex.size(), subject.size() - kIndex.size() - 1)};
    }
    const auto columns = parse_columns(subject);
    switch (extended_code) {
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
            return columns.table + "_pkey";
        case SQLITE_CONSTRAINT_UNIQUE:
            return unique_name(database, columns);
        case SQLITE_CONSTRAINT_NOTNULL:
            return join(columns, "_not_null");
        default:
            return {};
    }
}

}  // namespace tw::sql
