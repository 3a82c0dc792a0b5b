#pragma once

#include "services/console/archive/batch.hpp"
#include "services/console/archive/database.hpp"

#include <cstddef>
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

/// Where a piece of a trace is: a part of a pack.
struct Piece {
    std::int64_t pack = 0;
    std::size_t begin = 0;
    std::size_t size = 0;
};
/// Appends it to a trace's list of pieces.
void append_piece(std::string& pieces, const Piece& piece);
/// Takes the piece at the front of the list. Returns nothing at the end, and if the rest is
/// malformed.
std::optional<Piece> take_piece(std::string_view& pieces);

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
    /// Appends all spans in the pieces of this list.
    void read_listed(std::string_view pieces, Batch& batch);
    /// Gives back the memory of the pack that was read last.
    void forget_pack();
    /// Appends the bytes of the pieces in this list, one after the other.
    void read_pieces(std::string_view pieces, std::string& bytes);
    /// Appends the spans in the bytes of pieces, which must outlive the batch.
    void read_runs(std::string_view pieces, Batch& batch);
    /// Appends the log record with these bytes, which are copied.
    void read_log(std::int64_t source, std::string_view bytes, Batch& batch);
    /// The source in this row; null if it is not there.
    const ReadSource* source(std::int64_t row);

 private:
    std::string_view pack(std::int64_t id);

    Database& database_;
    /// Traces that follow each other are mostly in the same pack.
    std::int64_t pack_ = 0;
    std::string pack_bytes_;
    Batch sources_;
    std::unordered_map<std::int64_t, const ReadSource*> by_row_;
};

}  // namespace tw::console
