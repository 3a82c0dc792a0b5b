#pragma once

#include "services/console/archive/database.hpp"
#include "services/console/record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::console {

/// What a key leads to.
enum class KeyOf : std::uint8_t { trace, log };

/// The key of a trace's id. It is stored, so it must never change.
std::uint64_t key_of(const TraceId& id);
/// The key of an attribute of a span. It is stored, so it must never change.
std::uint64_t key_of(std::string_view attribute, std::string_view value);

/// Writes which rows of `trace` and `log` have a key, in the order of their arrival. A block of
/// many keys is one row, since a row for each key would cost more than all else that is stored of a
/// trace.
class KeyBlocks {
 public:
    /// A block fills one page of the file.
    static constexpr std::size_t kKeysMax = 500;

    explicit KeyBlocks(Database& database) : database_{database} {}

    /// Goes on with the last block of the file, also after a transaction was rolled back.
    void start();
    void add(KeyOf kind, std::uint64_t key, std::int64_t row);
    /// Writes what was added since the last call.
    void write();

 private:
    Database& database_;
    std::int64_t block_ = 1;
    /// The keys of the block.
    std::string keys_;
    bool changed_ = false;
};

/// Rows that may have a key, the newest first.
struct RowsWithKey {
    std::vector<std::int64_t> traces;
    std::vector<std::int64_t> logs;
};

/// Finds a key in all blocks of the file. Different values may have the same key, so the rows have
/// to be compared with what is looked for.
RowsWithKey rows_with_key(Database& database, std::uint64_t key);

}  // namespace tw::console
