#include "kit/simulation/postgres/postgres_text.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <span>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using Kind = PostgresStatement::Kind;
using Tokens = std::span<const SqlToken>;

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

/// Returns the end of white space and comments from `at` on.
std::size_t skip_blank(std::string_view sql, std::size_t at) {
    while (at < sql.size()) {
        if (is_space(sql[at])) {
            ++at;
        } else if (sql.substr(at).starts_with("--")) {
            at = std::min(sql.find('\n', at), sql.size());
        } else if (sql.substr(at).starts_with("/*")) {
            const auto end = sql.find("*/", at + 2);
            at = end == std::string_view::npos ? sql.size() : end + 2;
        } else {
            break;
        }
    }
    return at;
}

/// Returns the end of the quoted text that begins at `at`. A doubled quote is part of the text.
std::size_t end_of_quoted(std::string_view sql, std::size_t at) {
    const char quote = sql[at];
    for (auto i = at + 1; i < sql.size(); ++i) {
        if (sql[i] != quote) continue;
        if (i + 1 == sql.size() || sql[i + 1] != quote) return i + 1;
        ++i;
    }
    throw NotModelled{fmt::format("a quote without its end: {}", sql)};
}

std::size_t end_of_word(std::string_view sql, std::size_t at) {
    while (at < sql.size() && is_word(sql[at])) ++at;
    return at;
}

SqlToken next_token(std::string_view sql, std::size_t at) {
    const char c = sql[at];
    if (c == '\'') return {SqlToken::Kind::string, sql.substr(at, end_of_quoted(sql, at) - at), at};
    if (c == '"') return {SqlToken::Kind::name, sql.substr(at + 1, end_of_quoted(sql, at) - at - 2), at};
    if (c == '$') return {SqlToken::Kind::parameter, sql.substr(at, end_of_word(sql, at + 1) - at), at};
    if (std::isdigit(static_cast<unsigned char>(c)) != 0)
        return {SqlToken::Kind::number, sql.substr(at, end_of_word(sql, at) - at), at};
    if (is_word(c)) return {SqlToken::Kind::word, sql.substr(at, end_of_word(sql, at) - at), at};
    for (const std::string_view two : {"<=", ">=", "<>", "!=", "||", "::"}) {
        if (sql.substr(at).starts_with(two)) return {SqlToken::Kind::sign, sql.substr(at, 2), at};
    }
    return {SqlToken::Kind::sign, sql.substr(at, 1), at};
}

[[noreturn]] void not_modelled(std::string_view sql) { throw NotModelled{fmt::format("the model of PostgreSQL: {}", sql)}; }

/// Returns the index of the first token from `from` on that is this word outside of parentheses;
/// the number of tokens if there is none.
std::size_t find(Tokens tokens, std::string_view word, std::size_t from = 0) {
    for (auto i = from; i < tokens.size(); ++i) {
        if (tokens[i].depth == 0 && tokens[i].is(word)) return i;
    }
    return tokens.size();
}

bool begins(Tokens tokens, std::initializer_list<std::string_view> words) {
    if (tokens.size() < words.size()) return false;
    return std::equal(words.begin(), words.end(), tokens.begin(), [](auto word, const auto& token) { return token.is(word); });
}

/// Returns the text from one token up to another, or to the end.
std::string_view between(std::string_view sql, Tokens tokens, std::size_t from, std::size_t to) {
    if (from >= tokens.size()) return {};
    const auto begin = tokens[from].at;
    const auto end = to < tokens.size() ? tokens[to].at : sql.size();
    return trim(sql.substr(begin, end - begin));
}

bool is_name(const SqlToken& token) { return token.kind == SqlToken::Kind::word || token.kind == SqlToken::Kind::name; }

bool is_comparison(const SqlToken& token) {
    return std::ranges::any_of(std::initializer_list<std::string_view>{"=", "<", ">", "<=", ">=", "<>", "!=", "LIKE"},
                               [&](auto word) { return token.is(word); });
}

void note_parameter(PostgresStatement& statement, std::string_view parameter, std::string_view column) {
    std::size_t number = 0;
    std::from_chars(parameter.data() + 1, parameter.data() + parameter.size(), number);
    if (statement.parameter_columns.size() < number) statement.parameter_columns.resize(number);
    auto& known = statement.parameter_columns[number - 1];
    if (known.empty()) known = column;
}

/// Finds the columns of parameters from "column = $1" in any clause.
void find_parameter_columns(PostgresStatement& statement, Tokens tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i].kind != SqlToken::Kind::parameter) continue;
        const bool compared = i >= 2 && is_comparison(tokens[i - 1]) && is_name(tokens[i - 2]);
        note_parameter(statement, tokens[i].text, compared ? tokens[i - 2].text : std::string_view{});
    }
}

void find_inserted_columns(PostgresStatement& statement, std::string_view sql, Tokens tokens) {
    const auto values = find(tokens, "VALUES");
    if (values == tokens.size()) return;
    const auto inside = [&](std::size_t open) {
        std::size_t close = open + 1;
        while (close < tokens.size() && !(tokens[close].depth == tokens[open].depth && tokens[close].is(")"))) ++close;
        if (close == tokens.size()) not_modelled(sql);
        const auto from = tokens[open].end();
        return items_of(sql.substr(from, tokens[close].at - from));
    };
    if (!tokens[3].is("(")) not_modelled(sql);
    const auto columns = inside(3);
    for (auto open = values + 1; open < tokens.size() && tokens[open].is("("); ++open) {
        const auto row = inside(open);
        for (std::size_t i = 0; i < std::min(row.size(), columns.size()); ++i) {
            if (row[i].starts_with('$')) note_parameter(statement, row[i], columns[i]);
        }
        while (open < tokens.size() && !(tokens[open].depth == 0 && tokens[open].is(","))) ++open;
    }
}

/// Removes RETURNING from the end. Returns where the rest of the statement ends, as an index of
/// tokens.
std::size_t take_returning(PostgresStatement& statement, std::string_view sql, Tokens tokens) {
    const auto at = find(tokens, "RETURNING");
    if (at == tokens.size()) return at;
    statement.returns = true;
    statement.items = items_of(between(sql, tokens, at + 1, tokens.size()));
    return at;
}

void find_sources(PostgresStatement& statement, Tokens tokens) {
    for (std::size_t i = 1; i < tokens.size(); ++i) {
        const bool follows = tokens[i - 1].is("FROM") || tokens[i - 1].is("JOIN");
        if (follows && is_name(tokens[i])) statement.sources.emplace_back(tokens[i].text);
    }
}

void parse_select(PostgresStatement& statement, std::string_view sql, Tokens tokens) {
    statement.kind = Kind::select;
    auto end = tokens.size();
    const auto locking = find(tokens, "FOR");
    if (locking < end) {
        if (!tokens[locking + 1].is("UPDATE") || locking + 2 != end) not_modelled(sql);
        statement.for_update = true;
        end = locking;
    }
    statement.text = between(sql, tokens, 0, end);
    const auto from = find(tokens, "FROM");
    statement.items = items_of(between(sql, tokens, 1, std::min(from, end)));
    find_sources(statement, tokens);
    if (!statement.for_update) return;
    // There is one table and nothing that combines its rows, as PostgreSQL demands, too.
    if (from + 1 >= end || !is_name(tokens[from + 1]) || (from + 2 < end && !tokens[from + 2].is("WHERE"))) not_modelled(sql);
    statement.table = tokens[from + 1].text;
    statement.choice = between(sql, tokens, from + 2, end);
}

void parse_update(PostgresStatement& statement, std::string_view sql, Tokens tokens) {
    statement.kind = Kind::update;
    if (tokens.size() < 4 || !tokens[2].is("SET") || find(tokens, "FROM") < tokens.size()) not_modelled(sql);
    statement.table = tokens[1].text;
    const auto end = take_returning(statement, sql, tokens);
    statement.text = between(sql, tokens, 0, end);
    const auto where = find(tokens, "WHERE");
    if (where < end) statement.choice = between(sql, tokens, where, end);
}

void parse_delete(PostgresStatement& statement, std::string_view sql, Tokens tokens) {
    statement.kind = Kind::erase;
    if (tokens.size() > 3 && !tokens[3].is("WHERE") && !tokens[3].is("RETURNING")) not_modelled(sql);
    statement.table = tokens[2].text;
    const auto end = take_returning(statement, sql, tokens);
    statement.text = between(sql, tokens, 0, end);
    const auto where = find(tokens, "WHERE");
    if (where < end) statement.choice = between(sql, tokens, where, end);
}

void parse_insert(PostgresStatement& statement, std::string_view sql, Tokens tokens) {
    statement.kind = Kind::insert;
    statement.table = tokens[2].text;
    const auto end = take_returning(statement, sql, tokens);
    statement.text = between(sql, tokens, 0, end);
    find_inserted_columns(statement, sql, tokens);
}

void parse_create(PostgresStatement& statement, std::string_view sql, Tokens tokens) {
    std::size_t at = 1;
    if (tokens[at].is("UNIQUE")) ++at;
    statement.kind = tokens[at].is("TABLE") ? Kind::create_table : Kind::create_index;
    if (!tokens[at].is("TABLE") && !tokens[at].is("INDEX")) not_modelled(sql);
    ++at;
    if (begins(tokens.subspan(at), {"IF", "NOT", "EXISTS"})) {
        statement.if_not_exists = true;
        at += 3;
    }
    if (at >= tokens.size()) not_modelled(sql);
    statement.table = tokens[at].text;
    if (statement.kind == Kind::create_index) {
        const auto on = find(tokens, "ON");
        if (on + 1 >= tokens.size()) not_modelled(sql);
        statement.table = tokens[on + 1].text;
    }
}

/// Parses SET [LOCAL | SESSION] name { = | TO } value.
void parse_set(PostgresStatement& statement, std::string_view sql, Tokens tokens) {
    statement.kind = Kind::set;
    const bool local = tokens.size() == 5 && tokens[1].is("LOCAL");
    if (!local || !(tokens[3].is("=") || tokens[3].is("TO"))) not_modelled(sql);
    statement.setting = tokens[2].text;
    statement.value = tokens[4].text;
}

void parse_begin(PostgresStatement& statement, std::string_view sql, Tokens tokens) {
    statement.kind = Kind::begin;
    if (begins(tokens, {"BEGIN", "READ", "ONLY"}) && tokens.size() == 3) {
        statement.read_only = true;
    } else if (tokens.size() > 1) {
        not_modelled(sql);
    }
}

/// Parses a statement that has no parameters. Returns false if it is not one of them.
bool parse_plain(PostgresStatement& statement, std::string_view sql, Tokens tokens) {
    if (begins(tokens, {"BEGIN"})) {
        parse_begin(statement, sql, tokens);
    } else if (begins(tokens, {"COMMIT"}) && tokens.size() == 1) {
        statement.kind = Kind::commit;
    } else if (begins(tokens, {"ROLLBACK"}) && tokens.size() == 1) {
        statement.kind = Kind::rollback;
    } else if (begins(tokens, {"SET"})) {
        parse_set(statement, sql, tokens);
    } else if (begins(tokens, {"DEALLOCATE", "ALL"})) {
        statement.kind = Kind::deallocate;
    } else if (begins(tokens, {"LOCK", "TABLE"}) && begins(tokens.subspan(3), {"IN", "SHARE", "MODE"})) {
        statement.kind = Kind::lock_table;
        statement.table = tokens[2].text;
    } else if (begins(tokens, {"ALTER", "TABLE"}) && begins(tokens.subspan(3), {"ADD", "COLUMN"})) {
        statement.kind = Kind::alter_table;
        statement.table = tokens[2].text;
    } else if (begins(tokens, {"ALTER", "TABLE"}) && begins(tokens.subspan(3), {"DROP", "CONSTRAINT"})) {
        statement.kind = Kind::drop_constraint;
        statement.table = tokens[2].text;
    } else if (begins(tokens, {"CREATE"}) && tokens.size() > 3) {
        parse_create(statement, sql, tokens);
    } else {
        return false;
    }
    return true;
}

}  // namespace

bool SqlToken::is(std::string_view word) const {
    if (kind == Kind::name || kind == Kind::string || text.size() != word.size()) return false;
    return std::equal(text.begin(), text.end(), word.begin(),
                      [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; });
}

std::vector<SqlToken> tokens_of(std::string_view sql) {
    std::vector<SqlToken> tokens;
    int depth = 0;
    for (auto at = skip_blank(sql, 0); at < sql.size(); at = skip_blank(sql, at)) {
        auto token = next_token(sql, at);
        if (token.is(")")) --depth;
        token.depth = depth;
        if (token.is("(")) ++depth;
        at = token.end();
        tokens.push_back(token);
    }
    while (!tokens.empty() && tokens.back().is(";")) tokens.pop_back();
    return tokens;
}

std::vector<std::string> items_of(std::string_view list) {
    std::vector<std::string> items;
    std::size_t begin = 0;
    for (const auto& token : tokens_of(list)) {
        if (token.depth != 0 || !token.is(",")) continue;
        items.emplace_back(trim(list.substr(begin, token.at - begin)));
        begin = token.end();
    }
    items.emplace_back(trim(list.substr(begin)));
    return items;
}

PostgresStatement parse_statement(std::string_view sql) {
    PostgresStatement statement;
    const auto all = tokens_of(sql);
    const Tokens tokens{all};
    if (tokens.empty()) return statement;
    statement.text = sql.substr(tokens.front().at, tokens.back().end() - tokens.front().at);
    if (parse_plain(statement, sql, tokens)) return statement;
    if (begins(tokens, {"SELECT"})) {
        parse_select(statement, sql, tokens);
    } else if (begins(tokens, {"INSERT", "INTO"}) && tokens.size() > 3) {
        parse_insert(statement, sql, tokens);
    } else if (begins(tokens, {"UPDATE"})) {
        parse_update(statement, sql, tokens);
    } else if (begins(tokens, {"DELETE", "FROM"}) && tokens.size() > 2) {
        parse_delete(statement, sql, tokens);
    } else {
        not_modelled(sql);
    }
    find_parameter_columns(statement, tokens);
    return statement;
}

}  // namespace tw::simulation
