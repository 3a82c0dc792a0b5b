#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tw::shop {

/// The committed state of the shop's databases, read past everything under test.
class Books {
 public:
    using Row = std::vector<std::string>;

    virtual ~Books() = default;
    /// What SQLite's or PostgreSQL's text forms of the columns are; nothing under test reads or writes them.
    virtual std::vector<Row> rows(std::string_view module, const std::string& query) const = 0;
};

}  // namespace tw::shop
