#include "kit/rpc/fault.hpp"

#include "kit/rpc/reasons.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace tw::rpc {
namespace {

constexpr std::string_view kFaultBlanks = " \t";

std::string_view without_blanks(std::string_view text) {
    const auto first = text.find_first_not_of(kFaultBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kFaultBlanks) - first + 1);
}

/// Removes the text up to the next `separator` from the front of `rest`, and returns it.
std::string_view take_part(std::string_view& rest, char separator) {
    const auto end = std::min(rest.find(separator), rest.size());
    const auto part = without_blanks(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

Error malformed_fault(std::string_view what) {
    return Error{Code::invalid_argument, reason::kMalformedFault,
                 fmt::format("{}; a fault is METHOD;latency_ms=200;code=UNAVAILABLE;abort;percent=50, and faults are separated "
                             "by commas",
                             what)};
}

std::optional<int> number_up_to(std::string_view text, int most) {
    int number = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, fault] = std::from_chars(text.data(), end, number);
    if (fault != std::errc{} || rest != end || number < 1 || number > most) return std::nullopt;
    return number;
}

std::optional<Code> code_of_name(std::string_view name) {
    for (int number = 1; number <= static_cast<int>(Code::unauthenticated); ++number) {
        const auto code = static_cast<Code>(number);
        if (code_name(code) == name) return code;
    }
    return std::nullopt;
}

/// Reads one part of a fault. Returns false if there is no such part, or its value is not allowed.
bool read_part(std::string_view part, Fault& fault) {
    if (part == "abort") {
        fault.aborts = true;
        return true;
    }
    auto value = part;
    const auto name = take_part(value, '=');
    if (name == "latency_ms") {
        const auto number = number_up_to(value, static_cast<int>(Fault::kLatencyMax.count()));
        fault.latency = std::chrono::milliseconds{number.value_or(0)};
        return number.has_value();
    }
    if (name == "percent") {
        const auto number = number_up_to(value, 100);
        fault.percent = number.value_or(0);
        return number.has_value();
    }
    if (name != "code") return false;
    fault.code = code_of_name(value);
    return fault.code.has_value();
}

Result<Fault> read_fault(std::string_view text) {
    Fault fault;
    fault.method = take_part(text, ';');
    const auto slash = fault.method.find('/');
    if (slash == 0 || slash == std::string::npos || slash + 1 == fault.method.size()) {
        return malformed_fault("a fault begins with a method, such as order.OrderService/GetOrder");
    }
    while (!text.empty()) {
        const auto part = take_part(text, ';');
        if (!read_part(part, fault)) return malformed_fault(fmt::format("'{}' is no part of a fault", part));
    }
    if (fault.latency.count() == 0 && !fault.code && !fault.aborts) {
        return malformed_fault("a fault has latency_ms, code or abort");
    }
    if (fault.code && fault.aborts) return malformed_fault("a fault has code or abort, and not both");
    return fault;
}

}  // namespace

bool Fault::concerns(const Method& called) const {
    const auto path = called.path.substr(1);
    if (method == path) return true;
    const std::string_view pattern = method;
    return pattern.ends_with("/*") && path.starts_with(pattern.substr(0, pattern.size() - 1));
}

std::string Fault::text() const {
    auto text = method;
    if (latency.count() > 0) text += fmt::format(";latency_ms={}", latency.count());
    if (code) text += fmt::format(";code={}", code_name(*code));
    if (aborts) text += ";abort";
    if (percent < 100) text += fmt::format(";percent={}", percent);
    return text;
}

Result<std::vector<Fault>> read_faults(std::string_view text) {
    if (text.size() > Fault::kTextBytesMax) return malformed_fault("the text is too long");
    std::vector<Fault> faults;
    while (!text.empty()) {
        auto fault = read_fault(take_part(text, ','));
        if (!fault) return std::move(fault).error();
        faults.push_back(std::move(*fault));
    }
    if (faults.size() > Fault::kFaultsMax) return malformed_fault("there are too many faults");
    return faults;
}

}  // namespace tw::rpc
