#include "kit/simulation/postgres/postgres_catalog.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using Tokens = std::span<const SqlToken>;

/// Returns the text within the parentheses that open at this token.
std::string_view inside(std::string_view text, Tokens tokens, std::size_t open) {
    for (auto i = open + 1; i < tokens.size(); ++i) {
        if (tokens[i].depth == tokens[open].depth && tokens[i].is(")")) {
            return text.substr(tokens[open].end(), tokens[i].at - tokens[open].end());
        }
    }
    throw NotModelled{fmt::format("the model of PostgreSQL: {}", text)};
}

/// Returns the statement with the numbers of times where columns have times as defaults. In SQLite
/// a time that is a text is greater than every number.
std::string with_default_times(std::string text) {
    constexpr std::string_view kBefore = "timestamptz NOT NULL DEFAULT '";
    for (auto at = text.find(kBefore); at != text.npos; at = text.find(kBefore, at + 1)) {
        const auto begin = at + kBefore.size();
        const auto end = text.find('\'', begin);
        auto time = text.substr(begin, end - begin);
        if (const auto space = time.find(' '); space != time.npos) time[space] = 'T';
        if (time.ends_with("+00")) time += ":00";
        const auto when = Timestamp::parse(time);
        if (!when) throw NotModelled{fmt::format("the model of PostgreSQL: {}", text)};
        text.replace(begin - 1, end + 2 - begin, std::to_string(when->unix_micros()));
    }
    return text;
}

/// One column or constraint of a CREATE TABLE.
class Definition {
 public:
    Definition(PostgresTable& table, std::string_view text) : table_{table}, text_{text}, tokens_{tokens_of(text)} {}

    void read() {
        for (at_ = 0; at_ < tokens_.size(); ++at_) {
            if (tokens_[at_].depth > 0) continue;
            if (is("CONSTRAINT")) {
                name_ = tokens_[++at_].text;
            } else if (is("FOREIGN")) {
                columns_ = columns_at(at_ + 2);
            } else if (is("PRIMARY")) {
                table_.primary_key_name = name_.empty() ? table_.name + "_pkey" : name_;
            } else if (is("UNIQUE")) {
                add_unique();
            } else if (is("CHECK")) {
                require_name("CHECK");
            } else if (is("REFERENCES")) {
                add_reference();
            }
        }
    }

 private:
    bool is(std::string_view word) const { return at_ < tokens_.size() && tokens_[at_].is(word); }
    /// Every constraint needs a name, which says in errors which constraint refused a row.
    void require_name(std::string_view what) const {
        if (name_.empty()) throw NotModelled{fmt::format("the model of PostgreSQL: a {} without a name: {}", what, text_)};
    }
    std::vector<std::size_t> columns_at(std::size_t open) const {
        std::vector<std::size_t> columns;
        for (const auto& item : items_of(inside(text_, tokens_, open))) columns.push_back(table_.column(item).value());
        return columns;
    }
    bool has(std::string_view word) const {
        return std::ranges::any_of(tokens_, [&](const auto& token) { return token.is(word); });
    }
    void add_unique() {
        require_name("UNIQUE");
        const bool lists = at_ + 1 < tokens_.size() && tokens_[at_ + 1].is("(");
        const auto parts = lists ? inside(text_, tokens_, at_ + 1) : tokens_.front().text;
        table_.unique_keys.push_back({name_, std::string{parts}, {}});
    }
    void add_reference() {
        require_name("REFERENCES");
        if (columns_.empty()) columns_.push_back(table_.column(tokens_.front().text).value());
        if (has("CASCADE") || (has("SET") && has("ON"))) throw NotModelled{fmt::format("the model of PostgreSQL: {}", text_)};
        table_.foreign_keys.push_back({name_, columns_, std::string{tokens_[at_ + 1].text}, has("DEFERRED")});
    }

    PostgresTable& table_;
    std::string_view text_;
    std::vector<SqlToken> tokens_;
    std::size_t at_ = 0;
    std::string name_;
    std::vector<std::size_t> columns_;
};

std::string_view first_argument(std::string_view item) {
    const auto open = item.find('(');
    const auto end = item.find_first_of(",)", open);
    auto argument = item.substr(open + 1, end - open - 1);
    const auto dot = argument.find('.');
    return dot == std::string_view::npos ? argument : argument.substr(dot + 1);
}

/// Returns the type of a function whose type does not depend on its arguments.
std::optional<PostgresType> type_of_call(std::string_view function) {
    static constexpr std::array<std::pair<std::string_view, PostgresType>, 12> kCalls{
        {{"COUNT", PostgresType::int8},
         {"SET_CONFIG", PostgresType::text},
         {"PG_BACKEND_PID", PostgresType::int4},
         {"PG_SLEEP", PostgresType::nothing},
         {"PG_ADVISORY_XACT_LOCK", PostgresType::nothing},
         {"NOW", PostgresType::timestamptz},
         {"LOWER", PostgresType::text},
         {"UPPER", PostgresType::text},
         {"LENGTH", PostgresType::int4},
         {"OCTET_LENGTH", PostgresType::int4},
         {"CURRENT_SCHEMA", PostgresType::text},
         {"EXISTS", PostgresType::boolean}}};
    const SqlToken token{SqlToken::Kind::word, function};
    const auto* const found = std::ranges::find_if(kCalls, [&](const auto& call) { return token.is(call.first); });
    return found == kCalls.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace

std::optional<std::size_t> PostgresTable::column(std::string_view column_name) const {
    const auto found = std::ranges::find(columns, column_name, &Column::name);
    if (found == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns.begin());
}

Cells PostgresTable::key_of(const Cells& row) const {
    Cells key;
    for (const auto place : primary_key) key.push_back(row[place]);
    return key;
}

std::string PostgresTable::column_list() const {
    std::string list;
    for (const auto& each : columns) list += (list.empty() ? "" : ", ") + each.name;
    return list;
}

std::string PostgresTable::key_condition() const {
    std::string condition;
    for (std::size_t i = 0; i < primary_key.size(); ++i) {
        condition += fmt::format("{}{} = ${}", i == 0 ? "" : " AND ", columns[primary_key[i]].name, i + 1);
    }
    return condition;
}

void PostgresTable::write_statements() {
    std::string places;
    for (std::size_t i = 1; i <= columns.size(); ++i) places += fmt::format("{}${}", i == 1 ? "" : ", ", i);
    put = fmt::format("INSERT INTO {} ({}) VALUES ({})", name, column_list(), places);
    remove = fmt::format("DELETE FROM {} WHERE {}", name, key_condition());
    exists = fmt::format("SELECT 1 FROM {} WHERE {}", name, key_condition());
    for (auto& key : unique_keys) write_query(key);
}

void PostgresTable::write_query(UniqueKey& key) const {
    std::string row;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        row += fmt::format("{}${} AS {}", i == 0 ? "" : ", ", i + 1, columns[i].name);
    }
    const auto where = key.where.empty() ? std::string{} : " WHERE " + key.where;
    key.query = fmt::format("SELECT {} FROM (SELECT {}){}", key.parts, row, where);
    key.columns.clear();
    for (const auto& part : items_of(key.parts)) {
        const auto place = column(part);
        if (!place || !key.where.empty()) return key.columns.clear();
        key.columns.push_back(*place);
    }
}

const PostgresTable* PostgresCatalog::find(std::string_view table) const {
    const auto found = tables_.find(table);
    return found == tables_.end() ? nullptr : &found->second;
}

void PostgresCatalog::read_columns(PostgresTable& table) {
    table.columns.clear();
    std::map<std::int64_t, std::size_t> key;
    for (const auto& row : database_.must_run(fmt::format("PRAGMA table_info({})", table.name))) {
        const auto& declared = std::get<std::string>(row[2]);
        const auto type = type_named(declared);
        if (!type) throw NotModelled{fmt::format("the model of PostgreSQL: a column of type {}", declared)};
        if (const auto place = std::get<std::int64_t>(row[5]); place > 0) key[place] = table.columns.size();
        table.columns.push_back({std::get<std::string>(row[1]), *type});
    }
    table.primary_key.clear();
    for (const auto& [place, column] : key) table.primary_key.push_back(column);
}

void PostgresCatalog::read_constraints(PostgresTable& table, const PostgresStatement& statement) {
    const auto tokens = tokens_of(statement.text);
    const auto open = std::ranges::find_if(tokens, [](const auto& token) { return token.is("("); });
    const auto list = inside(statement.text, tokens, static_cast<std::size_t>(open - tokens.begin()));
    for (const auto& item : items_of(list)) Definition{table, item}.read();
}

void PostgresCatalog::add_index(const PostgresStatement& statement) {
    const auto tokens = tokens_of(statement.text);
    if (!tokens[1].is("UNIQUE")) return;
    const auto on = std::ranges::find_if(tokens, [](const auto& token) { return token.is("ON"); });
    const auto open = static_cast<std::size_t>(on - tokens.begin()) + 2;
    const auto where = std::ranges::find_if(tokens, [](const auto& token) { return token.depth == 0 && token.is("WHERE"); });
    UniqueKey key{std::string{(on - 1)->text}, std::string{inside(statement.text, tokens, open)}, {}};
    if (where != tokens.end()) key.where = statement.text.substr(where->end());
    auto& table = tables_.find(statement.table)->second;
    table.unique_keys.push_back(std::move(key));
    table.write_statements();
}

std::optional<PostgresSqlite::Failure> PostgresCatalog::change(const PostgresStatement& statement) {
    // SQLite cannot drop a constraint. A model that keeps a CHECK refuses more than PostgreSQL.
    if (statement.kind == PostgresStatement::Kind::drop_constraint) return std::nullopt;
    auto text = with_default_times(statement.text);
    // With this, rows are stored in the order of their keys, and so found in this order.
    if (statement.kind == PostgresStatement::Kind::create_table) text += " WITHOUT ROWID";
    if (auto changed = database_.run(text); !changed) return changed.error();
    if (statement.kind == PostgresStatement::Kind::create_index) {
        add_index(statement);
        return std::nullopt;
    }
    auto& table = tables_[statement.table];
    table.name = statement.table;
    read_columns(table);
    if (statement.kind == PostgresStatement::Kind::create_table) read_constraints(table, statement);
    table.write_statements();
    return std::nullopt;
}

std::optional<PostgresType> PostgresCatalog::type_of_column(const std::vector<std::string>& tables,
                                                            std::string_view column) const {
    for (const auto& name : tables) {
        const auto* const table = find(name);
        if (table == nullptr) continue;
        if (const auto place = table->column(column)) return table->columns[*place].type;
    }
    return std::nullopt;
}

PostgresType PostgresCatalog::type_of(const PostgresStatement& statement, const PostgresSqlite::Column& column,
                                      std::optional<std::string_view> item) const {
    if (!column.declared.empty()) {
        if (const auto type = type_named(column.declared)) return *type;
    }
    const auto tokens = tokens_of(item.value_or(""));
    auto last = tokens.size();
    for (auto i = tokens.size(); i-- > 0;) {
        if (tokens[i].depth == 0 && tokens[i].is("AS")) last = i;
    }
    if (last > 0) {
        const auto& first = tokens.front();
        if (last == 1 && first.kind == SqlToken::Kind::number) return PostgresType::int4;
        if (last == 1 && (first.kind == SqlToken::Kind::string || first.kind == SqlToken::Kind::parameter))
            return PostgresType::text;
        if (tokens[last - 1].is("NULL") && last > 1) return PostgresType::boolean;
        if (last == 1) {
            if (const auto type = type_of_column(statement.sources, first.text)) return *type;
        }
        const bool calls = last > 1 && tokens[1].is("(");
        if (calls) {
            if (const auto type = type_of_call(first.text)) return *type;
            if (first.is("COALESCE") || first.is("MIN") || first.is("MAX")) {
                if (const auto type = type_of_column(statement.sources, first_argument(*item))) return *type;
            }
        }
    }
    throw NotModelled{fmt::format("the model of PostgreSQL: the type of {} in {}", item.value_or(column.name), statement.text)};
}

}  // namespace tw::simulation
