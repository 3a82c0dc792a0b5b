#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace tw::http {

/// Internal to the JSON reader: an object or list that has begun and not ended.
struct Frame {
    enum class Kind : std::uint8_t { message, list, map };
    Kind kind;
    /// The message that is being filled; of a list or map, the one that has it as `field`.
    google::protobuf::Message* message;
    /// The member whose value comes next (null: there is no such member); the list or map itself.
    const google::protobuf::FieldDescriptor* field = nullptr;
    /// The members that have come, a bit each; beyond 64 members in `more_seen`.
    std::uint64_t seen = 0;
    std::vector<bool> more_seen{};
    std::size_t index = 0;
    google::protobuf::Message* entry = nullptr;
    std::string key{};
    /// Of a map alone, which is rare, so that other frames stay small.
    std::unique_ptr<std::unordered_set<std::string>> keys{};

    bool see(const google::protobuf::FieldDescriptor& member) {
        const auto bit = static_cast<std::size_t>(member.index());
        if (bit < 64) return (std::exchange(seen, seen | (std::uint64_t{1} << bit)) >> bit & 1) == 0;
        if (more_seen.size() <= bit) more_seen.resize(bit + 1);
        const bool first = !more_seen[bit];
        more_seen[bit] = true;
        return first;
    }
};

}  // namespace tw::http
