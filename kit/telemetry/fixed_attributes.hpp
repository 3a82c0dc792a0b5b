#pragma once

#include "kit/telemetry/attribute.hpp"
#include "kit/telemetry/otlp/otlp_attributes.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tw::telemetry {

/// Attributes that many spans share, such as those of a method or a statement, encoded once. They
/// are immutable after the first use; any thread may read them.
class FixedAttributes {
 public:
    /// The field of span attributes in OTLP (opentelemetry.proto.trace.v1.Span.attributes).
    static constexpr std::uint32_t kField = 9;

    FixedAttributes() = default;
    explicit FixedAttributes(Attributes attributes) {
        for (const auto& attribute : attributes) add(attribute.key, attribute.value);
    }
    /// Adds an attribute. Call it before the first use.
    void add(std::string_view key, AttributeValue value);

    const OtlpAttributes& encoded() const { return encoded_; }
    /// Calls `visit(const Attribute&)` for each attribute, in the order in which they were added.
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
