#pragma once

#include "services/console/archive/batch.hpp"
#include "services/console/archive/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tw::console {

/// The id's bytes, as the tables have them.
template <class Id>
std::string_view id_bytes(const Id& id) {
    return {reinterpret_cast<const char*>(id.data()), id.size()};
}

/// Whether an attribute with this key is in `key_block`.
inline bool is_ref_key(std::string_view key) { return key.size() > 3 && key.ends_with(".id"); }

/// Appends a run of spans to the bytes of a piece.
void append_run(std::string& piece, std::int64_t source, std::string_view spans);

/// A run of spans of one source.
struct Run {
    std::int64_t source = 0;
    std::string_view spans;
};
/// Takes the run at the front of a piece. Returns nothing at the end, and if the rest is malformed.
std::optional<Run> take_run(std::string_view& piece);

/// Reads what a file has. It keeps the sources that it has read, so one belongs to one connection.
class StoredReader {
 public:
    explicit StoredReader(Database& database) : database_{database} {}

    /// Forgets sources if they are many. Records that were read before must not be used any more.
    void trim();
    /// Appends all spans of the trace in this row.
    void read_trace(std::int64_t row, Batch& batch);
    /// Appends the bytes of all pieces of the trace in this row, one after the other.
    void read_pieces(std::int64_t row, std::string& bytes);
    /// Appends the spans in the bytes of pieces, which must outlive the batch.
    void read_runs(std::string_view pieces, Batch& batch);
    /// Appends the log record with these bytes, which are copied.
    void read_log(std::int64_t source, std::string_view bytes, Batch& batch);
    /// The source in this row; null if it is not there.
    const ReadSource* source(std::int64_t row);

 private:
    Database& database_;
    Batch sources_;
    std::unordered_map<std::int64_t, const ReadSource*> by_row_;
};

}  // namespace tw::console
