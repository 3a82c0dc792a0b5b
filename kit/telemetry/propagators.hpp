#pragma once

#include "kit/async/call_context.hpp"
#include "kit/telemetry/b3.hpp"
#include "kit/telemetry/propagation.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// The formats in which a call's context goes from process to process, by their names in OTEL_PROPAGATORS.
enum class Propagator : std::uint8_t { tracecontext, baggage, b3, b3multi };

/// The fields of a request, or the metadata of a call, as propagators read them.
class FieldSource {
 public:
    /// The value of the field with that name, which is in lower case here and any case there; several joined by commas in their
    /// order, for which `joined` is the room; empty where there is none.
    virtual std::string_view get(std::string_view name, std::string& joined) const = 0;

 protected:
    ~FieldSource() = default;
};

/// The propagators that a process was told to use, in their order. A value of a few bytes.
class Propagators {
 public:
    /// OpenTelemetry's default: tracecontext, baggage.
    Propagators() = default;
    /// In this order, each once; none of them is a choice too.
    explicit Propagators(std::span<const Propagator> chosen);

    bool has(Propagator propagator) const { return (set_ & bit(propagator)) != 0; }

    /// The trace that the request belongs to. Where several propagators find one, the last of them counts. Nothing where there is
    /// none, or none that is well-formed: the trace then starts anew.
    std::optional<TraceContext> extract_trace(const FieldSource& fields) const;
    /// What the request brought as baggage, as it is to be passed on; empty when none, malformed or oversized.
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

/// The fields that carry a call's context on, to be written into a request. Allocates nothing; refers to `ctx`.
class InjectedFields {
 public:
    struct Field {
        /// In lower case.
        std::string_view name;
        std::string_view value;
    };

    InjectedFields(const Propagators& propagators, const CallContext& ctx);
    InjectedFields(const InjectedFields&) = delete;
    InjectedFields& operator=(const InjectedFields&) = delete;

    std::span<const Field> get() const { return {fields_.data(), count_}; }

 private:
    /// traceparent, tracestate, baggage, b3, and three fields of b3multi.
    static constexpr std::size_t kFieldsMax = 7;

    void add(std::string_view name, std::string_view value) { fields_[count_++] = {name, value}; }
    void add_trace(const Propagators& propagators, const TraceContext& trace);

    std::array<char, kTraceparentLength> traceparent_;
    B3Text b3_;
    std::array<Field, kFieldsMax> fields_;
    std::size_t count_ = 0;
};

}  // namespace tw::telemetry
