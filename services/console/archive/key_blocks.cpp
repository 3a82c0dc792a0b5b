#include "services/console/archive/key_blocks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <functional>

namespace tw::console {
namespace {

/// A key and where it leads, as a block has them.
struct KeyEntry {
    std::uint64_t key = 0;
    /// The row times two, plus one if it is a row of `log`.
    std::int64_t place = 0;
};
static_assert(sizeof(KeyEntry) == 16 && std::endian::native == std::endian::little);

}  // namespace

std::uint64_t key_of(const TraceId& id) {
    const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(id);
    return halves[0] * 0x9e3779b97f4a7c15U ^ halves[1];
}

std::uint64_t key_of(std::string_view attribute, std::string_view value) {
    // FNV-1a (RFC 9923), with a zero byte between key and value.
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&hash](char byte) { hash = (hash ^ static_cast<std::uint8_t>(byte)) * 0x100000001b3; };
    for (const char byte : attribute) add(byte);
    add('\0');
    for (const char byte : value) add(byte);
    return hash;
}

void KeyBlocks::start() {
    block_ = 1;
    keys_.clear();
    keys_.reserve(kKeysMax * sizeof(KeyEntry));
    changed_ = false;
    auto rows = database_.query("SELECT id, keys FROM key_block ORDER BY id DESC LIMIT 1");
    if (!rows.next()) return;
    block_ = rows.integer(0);
    keys_ = rows.blob(1);
}

void KeyBlocks::add(KeyOf kind, std::uint64_t key, std::int64_t row) {
    if (keys_.size() >= kKeysMax * sizeof(KeyEntry)) {
        write();
        ++block_;
        keys_.clear();
    }
    const KeyEntry entry{key, row * 2 + (kind == KeyOf::log ? 1 : 0)};
    keys_.append(reinterpret_cast<const char*>(&entry), sizeof entry);
    changed_ = true;
}

void KeyBlocks::write() {
    if (!changed_) return;
    database_.run("INSERT INTO key_block (id, keys) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET keys = ?2", block_,
                  std::string_view{keys_});
    changed_ = false;
}

RowsWithKey rows_with_key(Database& database, std::uint64_t key) {
    RowsWithKey found;
    auto blocks = database.query("SELECT keys FROM key_block");
    while (blocks.next()) {
        const auto keys = blocks.blob(0);
        for (std::size_t at = 0; at + sizeof(KeyEntry) <= keys.size(); at += sizeof(KeyEntry)) {
            KeyEntry entry;
            std::memcpy(&entry, keys.data() + at, sizeof entry);
            if (entry.key != key) continue;
            ((entry.place & 1) == 0 ? found.traces : found.logs).push_back(entry.place / 2);
        }
    }
    for (auto* const rows : {&found.traces, &found.logs}) {
        std::ranges::sort(*rows, std::greater{});
        const auto repeated = std::ranges::unique(*rows);
        rows->erase(repeated.begin(), repeated.end());
    }
    return found;
}

}  // namespace tw::console
