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

/// An object or list that has begun and not ended. Internal to the JSON reader.
struct Frame {
    enum class Kind : std::uint8_t { message, list, map };
    Kind kind;
    /// The message that is being filled. For a list or map, it is the message that has it as
    /// `field`.
    google::protobuf::Message* message;
    const google::protobuf::Reflection* reflection;
    /// The member whose value comes next (null if there is no such member), or the list or map
    /// itself.
    const google::protobuf::FieldDescriptor* field = nullptr;
    /// The members that have come, one bit each. Members beyond the 64th are in `more_seen`.
    std::uint64_t seen = 0;
    std::vector<bool> more_seen{};
    std::size_t index = 0;
    google::protobuf::Message* entry = nullptr;
    std::string key{};
    /// The type of the message, once a member has come.
    const google::protobuf::Descriptor* type = nullptr;
    /// The keys of a map. Maps are rare, so the set is allocated, and other frames stay small.
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
