#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tw::shop {

/// The committed state of the shop's databases, read past everything under test.
class Books {
 public:
    using Row = std::vector<std::string>;
    using Rows = std::vector<Row>;

    virtual ~Books() = default;
    /// The rows of each query, all of one moment, in SQLite's or PostgreSQL's text forms of the columns.
    virtual std::vector<Rows> read(std::string_view module, std::initializer_list<std::string> queries) const = 0;
    Rows rows(std::string_view module, const std::string& query) const { return read(module, {query}).front(); }
    /// The rows of a query that has one parameter, $1.
    virtual Rows rows_with(std::string_view module, const std::string& query, const std::string& parameter) const = 0;
    /// Whether rows may be seen here whose writer waits for the disk, and does not know yet that they are stored.
    virtual bool busy(std::string_view module) const = 0;
};

}  // namespace tw::shop
