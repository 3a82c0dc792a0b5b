#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tw::simulation {

/// The program sent something to the model of PostgreSQL that the model does not know. The run ends with it: it says nothing
/// about the program, and the model has to learn the text named.
class NotModelled : public std::logic_error {
 public:
    using std::logic_error::logic_error;
};

/// A token of SQL. `text` is the token as written, and for quoted names what is between the quotes.
struct SqlToken {
    enum class Kind : std::uint8_t { word, name, string, number, parameter, sign };
    Kind kind = Kind::sign;
    std::string_view text;
    /// Where it begins in the text.
    std::size_t at = 0;
    /// How many parentheses are open around it; a parenthesis counts as outside of itself.
    int depth = 0;

    std::size_t end() const { return at + text.size() + (kind == Kind::name ? 2 : 0); }
    /// Whether it is that keyword or sign; `word` is in capitals.
    bool is(std::string_view word) const;
};

/// Without comments. The result points into `sql`.
std::vector<SqlToken> tokens_of(std::string_view sql);

/// A statement of PostgreSQL, as far as the model has to understand it.
struct PostgresStatement {
    enum class Kind : std::uint8_t {
        empty,
        begin,
        commit,
        rollback,
        set,
        deallocate,
        lock_table,
        create_table,
        create_index,
        alter_table,
        select,
        insert,
        update,
        erase
    };
    Kind kind = Kind::empty;
    /// As SQLite runs it: without FOR UPDATE and RETURNING.
    std::string text;
    /// The table that is written, locked or created.
    std::string table;
    /// UPDATE, DELETE and SELECT … FOR UPDATE: what follows the table's name to choose rows, with WHERE.
    std::string choice;
    /// What the answer's columns are made of: the list of SELECT or RETURNING, item by item.
    std::vector<std::string> items;
    /// The tables that a SELECT reads, for the types of its columns.
    std::vector<std::string> sources;
    bool returns = false;
    bool for_update = false;
    bool read_only = false;
    /// CREATE … IF NOT EXISTS.
    bool if_not_exists = false;
    /// SET LOCAL name = value.
    std::string setting;
    std::string value;
    /// The column that each parameter is stored in or compared with, by the parameter's number from 1; empty where none is.
    std::vector<std::string> parameter_columns;

    bool changes_rows() const { return kind == Kind::insert || kind == Kind::update || kind == Kind::erase; }
    bool changes_tables() const { return kind == Kind::create_table || kind == Kind::create_index || kind == Kind::alter_table; }
    bool controls_transaction() const { return kind == Kind::begin || kind == Kind::commit || kind == Kind::rollback; }
};

/// Throws NotModelled.
PostgresStatement parse_statement(std::string_view sql);

/// The parts of a list between its commas outside of parentheses, without white space around them.
std::vector<std::string> items_of(std::string_view list);

}  // namespace tw::simulation
