#include "kit/sql/row_reader.hpp"

#include "kit/base/encoding.hpp"

namespace tw::sql {
namespace {

constexpr telemetry::Instrument kUnreadableRows{"tw.db.unreadable_rows", "{row}",
                                                "Rows in the database that cannot be read because their values are not valid.",
                                                telemetry::InstrumentKind::counter};

/// How many characters of a key a log line shows.
constexpr std::size_t kKeyCharactersMax = 100;

/// Returns the key, cut to `kKeyCharactersMax` whole characters if it is longer.
std::string shown(std::string_view key) {
    if (utf8_length(key) <= kKeyCharactersMax) return std::string{key};
    std::size_t bytes = 0;
    for (std::size_t characters = 0; bytes < key.size(); ++bytes) {
        const bool begins = (static_cast<unsigned char>(key[bytes]) & 0xC0) != 0x80;
        if (begins && ++characters > kKeyCharactersMax) break;
    }
    return std::string{key.substr(0, bytes)} + "…";
}

}  // namespace

std::string key_text(const Row& row) {
    const auto& key = row.at(0);
    if (const auto* const number = std::get_if<std::int64_t>(&key)) return std::to_string(*number);
    const auto* const text = std::get_if<std::string>(&key);
    return text != nullptr && is_utf8(*text) ? *text : std::string{};
}

Error RowReader::report(const CallContext& ctx, const Row& row, const UnreadableValue& fault) {
    // Such rows are rare, so the counter is looked up each time.
    telemetry_.meter.counter(kUnreadableRows, {{"db.collection.name", table_}}).add();
    const auto key = shown(key_text(row));
    if (may_log(key, ctx.loop().now())) {
        telemetry_.log.error(
            ctx, "db.row_unreadable", {{"db.collection.name", table_}, {"tw.db.row_key", key}, {"cause", fault.what()}},
            "the row " + key + " of " + std::string{table_} + " cannot be read; lists leave it out until it is corrected");
    }
    return Error{Code::data_loss, "ROW_UNREADABLE", "the stored data cannot be read"}
        .with_cause("table " + std::string{table_} + ", key " + key + ": " + fault.what())
        .with_outcome_open(false);
}

bool RowReader::may_log(const std::string& key, SteadyTime now) {
    if (logged_.size() >= kLoggedRowsMax) std::erase_if(logged_, [now](const auto& entry) { return entry.second <= now; });
    const auto known = logged_.find(key);
    if (known == logged_.end()) {
        if (logged_.size() >= kLoggedRowsMax) return false;
        logged_.emplace(key, now + kLogPause);
        return true;
    }
    if (now < known->second) return false;
    known->second = now + kLogPause;
    return true;
}

}  // namespace tw::sql
