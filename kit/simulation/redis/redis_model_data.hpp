#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tw::simulation {

/// The id of an entry of a stream.
struct RedisEntryId {
    std::uint64_t millis = 0;
    std::uint64_t sequence = 0;

    auto operator<=>(const RedisEntryId&) const = default;
    std::string to_string() const { return std::to_string(millis) + "-" + std::to_string(sequence); }
    /// Parses "millis-sequence", or "millis" alone, which gets the sequence `sequence_otherwise`.
    static std::optional<RedisEntryId> parse(std::string_view text, std::uint64_t sequence_otherwise);
    RedisEntryId next() const { return {sequence == UINT64_MAX ? millis + 1 : millis, sequence + 1}; }
    static RedisEntryId last() { return {UINT64_MAX, UINT64_MAX}; }
};

/// A stream with its consumer groups.
struct RedisStream {
    /// An entry that a consumer has received and not acknowledged.
    struct Pending {
        std::string consumer;
        std::int64_t given_at_ms = 0;
        std::int64_t times = 0;
    };
    struct Group {
        RedisEntryId last_given;
        std::map<RedisEntryId, Pending> pending;
        std::set<std::string> consumers;
    };

    /// The entries of the stream. Each is a list of fields and values in turn.
    std::map<RedisEntryId, std::vector<std::string>> entries;
    RedisEntryId last_id;
    std::map<std::string, Group> groups;
};

/// The keys of one database. An expired key does not exist.
class RedisKeys {
 public:
    struct Value {
        std::variant<std::string, RedisStream> data;
        /// When the key expires, in milliseconds since 1970 by the server's clock.
        std::optional<std::int64_t> ends_at_ms;
    };

    /// Sets the present time, which decides which keys have expired.
    void set_time(std::int64_t now_ms) { now_ms_ = now_ms; }
    std::int64_t now_ms() const { return now_ms_; }

    /// Returns the value of a key; null if there is none.
    Value* find(const std::string& key);
    /// Returns the value of a key if it has the type T; null if there is none or it has the other
    /// type.
    template <class T>
    T* find(const std::string& key) {
        auto* const value = find(key);
        return value == nullptr ? nullptr : std::get_if<T>(&value->data);
    }
    /// Returns whether the key exists and has the other type.
    template <class T>
    bool is_other_than(const std::string& key) {
        const auto* const value = find(key);
        return value != nullptr && !std::holds_alternative<T>(value->data);
    }
    Value& put(const std::string& key, Value value) { return values_[key] = std::move(value); }
    bool erase(const std::string& key);
    void clear() { values_.clear(); }
    std::size_t size();

 private:
    std::int64_t now_ms_ = 0;
    std::map<std::string, Value> values_;
};

}  // namespace tw::simulation
