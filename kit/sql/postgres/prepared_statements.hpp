#pragma once

#include "kit/sql/postgres/exchange.hpp"
#include "kit/sql/postgres/value_codec.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace tw::sql::pg {

/// What one connection has prepared, by the statement's address.
class PreparedStatements {
 public:
    struct Entry {
        std::string name;
        /// The text is compared too, by its address: a Statement that was no constant may have left its own to another.
        const char* text;
        std::vector<TypeId> types;
    };
    /// Statements are constants, so there are as many as the program has; the bound is for one that breaks that rule.
    static constexpr std::size_t kMax = 512;

    /// Null where it is yet to be prepared.
    const Entry* find(const Statement& statement) const {
        const auto found = entries_.find(&statement);
        if (found == entries_.end() || found->second.text != statement.text.data()) return nullptr;
        return &found->second;
    }
    /// Never a name that was used before: what the server still has under the old one does no harm.
    const Entry& add(const Command& command) {
        Entry entry{.name = "tw" + std::to_string(++last_), .text = command.statement->text.data(), .types = {}};
        for (const auto& value : command.parameters) entry.types.push_back(declared_type(value));
        return entries_.insert_or_assign(command.statement, std::move(entry)).first->second;
    }
    void forget(const Statement& statement) { entries_.erase(&statement); }
    /// The names go on being counted.
    void forget_all() { entries_.clear(); }
    bool full() const { return entries_.size() >= kMax; }

 private:
    std::unordered_map<const Statement*, Entry> entries_;
    std::uint64_t last_ = 0;
};

}  // namespace tw::sql::pg
