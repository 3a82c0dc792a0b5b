#pragma once

#include "kit/telemetry/attribute.hpp"
#include "kit/telemetry/otlp_attributes.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tw::telemetry {

/// Attributes that many spans have alike, encoded once: those of a method, of a statement. Immutable; any thread.
class FixedAttributes {
 public:
    /// Where span attributes go in OTLP (opentelemetry.proto.trace.v1.Span.attributes).
    static constexpr std::uint32_t kField = 9;

    FixedAttributes() = default;
    explicit FixedAttributes(Attributes attributes) {
        for (const auto& attribute : attributes) add(attribute.key, attribute.value);
    }
    /// Before the first use.
    void add(std::string_view key, AttributeValue value);

    const OtlpAttributes& encoded() const { return encoded_; }
    /// Calls `visit(const Attribute&)` for each, in the order in which they were added.
    template <class Visit>
    void for_each(Visit&& visit) const {
        for (const auto& [key, value] : values_) {
            visit(std::visit([&](const auto& held) { return Attribute{key, AttributeValue{held}}; }, value));
        }
    }

 private:
    using Value = std::variant<std::string, bool, std::int64_t, double>;
    std::vector<std::pair<std::string, Value>> values_;
    OtlpAttributes encoded_;
};

}  // namespace tw::telemetry
