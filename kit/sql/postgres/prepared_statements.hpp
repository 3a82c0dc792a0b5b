#pragma once

#include "kit/sql/postgres/exchange.hpp"
#include "kit/sql/postgres/value_codec.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace tw::sql::pg {

/// The statements that one connection has prepared, by their address.
class PreparedStatements {
 public:
    struct Entry {
        std::string name;
        /// The address of the text is compared too: a Statement that was not a constant may have
        /// left its address to another.
        const char* text;
        std::vector<TypeId> types;
    };
    /// Statements are constants, so there are as many as the program has. The bound protects
    /// against a program that breaks that rule.
    static constexpr std::size_t kMax = 512;

    /// Returns null if the statement is not prepared yet.
    const Entry* find(const Statement& statement) const {
        const auto found = entries_.find(&statement);
        if (found == entries_.end() || found->second.text != statement.text.data()) return nullptr;
        return &found->second;
    }
    /// Adds a statement under a name that was never used before, so that a statement that the
    /// server still has under an old name does no harm.
    const Entry& add(const Command& command) {
        Entry entry{.name = "tw" + std::to_string(++last_), .text = command.statement->text.data(), .types = {}};
        for (const auto& value : command.parameters) entry.types.push_back(declared_type(value));
        return entries_.insert_or_assign(command.statement, std::move(entry)).first->second;
    }
    void forget(const Statement& statement) { entries_.erase(&statement); }
    /// Forgets all statements. Names continue to be counted up.
    void forget_all() { entries_.clear(); }
    bool full() const { return entries_.size() >= kMax; }

 private:
    std::unordered_map<const Statement*, Entry> entries_;
    std::uint64_t last_ = 0;
};

}  // namespace tw::sql::pg
