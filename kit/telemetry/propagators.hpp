#pragma once

#include "kit/async/call_context.hpp"
#include "kit/telemetry/propagation.hpp"
#include "kit/telemetry/propagation/b3.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// The formats in which a call's context travels between processes, with their names in
/// OTEL_PROPAGATORS.
enum class Propagator : std::uint8_t { tracecontext, baggage, b3, b3multi };

/// The fields of a request, or the metadata of a call, for propagators to read.
class FieldSource {
 public:
    /// Returns the value of a field. `name` is in lower case; the field's name may have any case.
    /// Several values are joined by commas in their order, in `joined`. The result is empty if
    /// there is no such field.
    virtual std::string_view get(std::string_view name, std::string& joined) const = 0;

 protected:
    ~FieldSource() = default;
};

/// The propagators of a process, in their order. It is a value of a few bytes.
class Propagators {
 public:
    /// Makes OpenTelemetry's default: tracecontext, baggage.
    Propagators() = default;
    /// Uses these propagators in this order, each once. The list may be empty.
    explicit Propagators(std::span<const Propagator> chosen);

    bool has(Propagator propagator) const { return (set_ & bit(propagator)) != 0; }

    /// Returns the trace that the request belongs to. If several propagators find one, the last of
    /// them counts. Returns nothing if there is none, or none that is well-formed: the trace then
    /// starts anew.
    std::optional<TraceContext> extract_trace(const FieldSource& fields) const;
    /// Returns the request's baggage in the form in which it is passed on. It is empty if there was
    /// none or it was malformed or too large.
    std::string extract_baggage(const FieldSource& fields) const;

    bool operator==(const Propagators&) const = default;

 private:
    static constexpr std::size_t kKinds = 4;
    static constexpr std::uint8_t bit(Propagator propagator) {
        return static_cast<std::uint8_t>(1U << static_cast<unsigned>(propagator));
    }

    std::array<Propagator, kKinds> order_{Propagator::tracecontext, Propagator::baggage};
    std::uint8_t count_ = 2;
    std::uint8_t set_ = bit(Propagator::tracecontext) | bit(Propagator::baggage);
};

/// The fields that carry a call's context, to be written into a request. It allocates nothing and
/// refers to `ctx`.
class InjectedFields {
 public:
    struct Field {
        /// The name, in lower case.
        std::string_view name;
        std::string_view value;
    };

    InjectedFields(const Propagators& propagators, const CallContext& ctx);
    InjectedFields(const InjectedFields&) = delete;
    InjectedFields& operator=(const InjectedFields&) = delete;

    std::span<const Field> get() const { return {fields_.data(), count_}; }

 private:
    /// The number of traceparent, tracestate, baggage, b3, and three fields of b3multi.
    static constexpr std::size_t kFieldsMax = 7;

    void add(std::string_view name, std::string_view value) { fields_[count_++] = {name, value}; }
    void add_trace(const Propagators& propagators, const TraceContext& trace);

    std::array<char, kTraceparentLength> traceparent_;
    B3Text b3_;
    std::array<Field, kFieldsMax> fields_;
    std::size_t count_ = 0;
};

}  // namespace tw::telemetry
