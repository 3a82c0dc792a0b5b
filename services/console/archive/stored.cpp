#include "services/console/archive/stored.hpp"

#include "services/console/archive/otlp_reader.hpp"

namespace tw::console {
namespace {

constexpr std::size_t kSourcesMax = 4096;

void append_number(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
}

std::optional<std::uint64_t> take_number(std::string_view& bytes) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
        const auto byte = static_cast<std::uint8_t>(bytes.front());
        bytes.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7fU} << shift;
        if (byte < 0x80) return value;
    }
    return std::nullopt;
}

}  // namespace

void append_piece(std::string& pieces, const Piece& piece) {
    append_number(pieces, static_cast<std::uint64_t>(piece.pack));
    append_number(pieces, piece.begin);
    append_number(pieces, piece.size);
}

std::optional<Piece> take_piece(std::string_view& pieces) {
    const auto pack = take_number(pieces);
    const auto begin = take_number(pieces);
    const auto size = take_number(pieces);
    if (!pack || !begin || !size) return std::nullopt;
    return Piece{static_cast<std::int64_t>(*pack), *begin, *size};
}

void append_run(std::string& piece, std::int64_t source, std::string_view spans) {
    append_number(piece, static_cast<std::uint64_t>(source));
    append_number(piece, spans.size());
    piece += spans;
}

std::optional<Run> take_run(std::string_view& piece) {
    const auto source = take_number(piece);
    const auto size = take_number(piece);
    if (!source || !size || *size > piece.size()) return std::nullopt;
    const Run run{static_cast<std::int64_t>(*source), piece.substr(0, *size)};
    piece.remove_prefix(*size);
    return run;
}

void StoredReader::trim() {
    if (by_row_.size() <= kSourcesMax) return;
    by_row_.clear();
    sources_.clear();
}

std::string_view StoredReader::pack(std::int64_t id) {
    if (id == pack_) return pack_bytes_;
    pack_ = id;
    pack_bytes_.clear();
    auto rows = database_.query("SELECT bytes FROM pack WHERE id = ?1", id);
    if (rows.next()) pack_bytes_ = rows.blob(0);
    return pack_bytes_;
}

void StoredReader::forget_pack() {
    pack_ = 0;
    pack_bytes_ = {};
}

void StoredReader::read_pieces(std::string_view pieces, std::string& bytes) {
    while (const auto piece = take_piece(pieces)) {
        const auto bytes_of_pack = pack(piece->pack);
        if (piece->begin <= bytes_of_pack.size()) bytes += bytes_of_pack.substr(piece->begin, piece->size);
    }
}

void StoredReader::read_trace(std::int64_t row, Batch& batch) {
    auto rows = database_.query("SELECT pieces FROM trace WHERE id = ?1", row);
    if (rows.next()) read_listed(rows.blob(0), batch);
}

void StoredReader::read_listed(std::string_view pieces, Batch& batch) {
    std::string bytes;
    read_pieces(pieces, bytes);
    read_runs(batch.texts.keep(std::move(bytes)), batch);
}

void StoredReader::read_runs(std::string_view pieces, Batch& batch) {
    while (const auto run = take_run(pieces)) {
        if (const auto* found = source(run->source)) read_stored_spans(run->spans, *found, batch);
    }
}

void StoredReader::read_log(std::int64_t source_row, std::string_view bytes, Batch& batch) {
    if (const auto* found = source(source_row)) read_stored_log(batch.texts.keep(std::string{bytes}), *found, batch);
}

const ReadSource* StoredReader::source(std::int64_t row) {
    const auto [at, is_new] = by_row_.try_emplace(row, nullptr);
    if (!is_new) return at->second;
    auto rows = database_.query("SELECT resource, scope FROM source WHERE id = ?1", row);
    if (rows.next()) {
        const auto resource = sources_.texts.keep(std::string{rows.blob(0)});
        const auto scope = sources_.texts.keep(std::string{rows.blob(1)});
        at->second = &tw::console::read_source(resource, scope, sources_);
    }
    return at->second;
}

}  // namespace tw::console
