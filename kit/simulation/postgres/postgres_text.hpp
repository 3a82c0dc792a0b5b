#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tw::simulation {

/// The program sent a text that the model of PostgreSQL does not know. The run ends with this
/// error. The error says nothing about the program: the model has to be extended by the text that
/// it names.
class NotModelled : public std::logic_error {
 public:
    using std::logic_error::logic_error;
};

/// A token of SQL. `text` is the token as written; for a quoted name it is the text between the
/// quotes.
struct SqlToken {
    enum class Kind : std::uint8_t { word, name, string, number, parameter, sign };
    Kind kind = Kind::sign;
    std::string_view text;
    /// The position in the text at which the token begins.
    std::size_t at = 0;
    /// How many parentheses are open around the token. A parenthesis itself counts as outside.
    int depth = 0;

    std::size_t end() const { return at + text.size() + (kind == Kind::name ? 2 : 0); }
    /// Returns whether the token is this keyword or sign. `word` is in capitals.
    bool is(std::string_view word) const;
};

/// Returns the tokens of a text without its comments. The result refers to the memory of `sql`.
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
        drop_constraint,
        select,
        insert,
        update,
        erase
    };
    Kind kind = Kind::empty;
    /// The statement as SQLite runs it, without FOR UPDATE and RETURNING.
    std::string text;
    /// The table that is written, locked or created.
    std::string table;
    /// For UPDATE, DELETE and SELECT … FOR UPDATE: the text from WHERE on, which chooses rows.
    std::string choice;
    /// The list of SELECT or RETURNING, item by item, from which the answer's columns are made.
    std::vector<std::string> items;
    /// The tables that a SELECT reads, for the types of its columns.
    std::vector<std::string> sources;
    bool returns = false;
    bool for_update = false;
    bool read_only = false;
    /// Whether the statement is CREATE … IF NOT EXISTS.
    bool if_not_exists = false;
    /// The name in SET LOCAL name = value. The next member is the value.
    std::string setting;
    std::string value;
    /// The column that each parameter is stored in or compared with, from $1 on; empty if there is
    /// none.
    std::vector<std::string> parameter_columns;

    bool changes_rows() const { return kind == Kind::insert || kind == Kind::update || kind == Kind::erase; }
    bool changes_tables() const {
        return kind == Kind::create_table || kind == Kind::create_index || kind == Kind::alter_table ||
               kind == Kind::drop_constraint;
    }
    bool controls_transaction() const { return kind == Kind::begin || kind == Kind::commit || kind == Kind::rollback; }
};

/// Parses a statement. Throws NotModelled if the model does not know it.
PostgresStatement parse_statement(std::string_view sql);

/// Returns the parts of a list between its commas outside of parentheses, without white space
/// around them.
std::vector<std::string> items_of(std::string_view list);

}  // namespace tw::simulation
