#pragma once

#include "kit/base/clock.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tw {

/// A universally unique identifier (RFC 9562). This product makes version 7 UUIDs, which are
/// ordered by time, so that index pages fill in order.
class Uuid {
 public:
    using Bytes = std::array<std::uint8_t, 16>;

    /// The nil UUID, all zero.
    constexpr Uuid() = default;
    constexpr explicit Uuid(const Bytes& bytes) : bytes_{bytes} {}
    /// Reads the 36-character text form with hexadecimal digits in either case. Returns nothing for
    /// any other text.
    static std::optional<Uuid> parse(std::string_view text);

    constexpr const Bytes& bytes() const { return bytes_; }
    constexpr int version() const { return bytes_[6] >> 4; }
    /// Returns 36 characters in lower case.
    std::string to_string() const;
    constexpr auto operator<=>(const Uuid&) const = default;

 private:
    Bytes bytes_{};
};

/// A Uuid that names one kind of thing, so that a user's id cannot be passed where an order's is
/// meant. `Tag` is any type, usually the entity.
template <class Tag>
class Id {
 public:
    constexpr Id() = default;
    constexpr explicit Id(Uuid uuid) : uuid_{uuid} {}
    static std::optional<Id> parse(std::string_view text) {
        const auto uuid = Uuid::parse(text);
        return uuid ? std::optional{Id{*uuid}} : std::nullopt;
    }

    constexpr const Uuid& uuid() const { return uuid_; }
    std::string to_string() const { return uuid_.to_string(); }
    constexpr auto operator<=>(const Id&) const = default;

 private:
    Uuid uuid_;
};

}  // namespace tw

template <>
struct std::hash<tw::Uuid> {
    std::size_t operator()(const tw::Uuid& uuid) const noexcept;
};
template <class Tag>
struct std::hash<tw::Id<Tag>> {
    std::size_t operator()(const tw::Id<Tag>& id) const noexcept { return std::hash<tw::Uuid>{}(id.uuid()); }
};
