#include "apps/interop/cases.hpp"

#include <utility>

#include <fmt/format.h>

namespace tw::interop {

Error unlike(std::string what) { return Error{Code::failed_precondition, "INTEROP", std::move(what)}; }

Result<void> expect_status(const Error* outcome, Code code, std::string_view message) {
    if (outcome == nullptr) return unlike(fmt::format("success instead of {}", code_name(code)));
    if (outcome->code() != code) {
        return unlike(fmt::format("{} instead of {}: {}", code_name(outcome->code()), code_name(code), outcome->detail()));
    }
    if (!message.empty() && outcome->detail() != message) {
        return unlike(fmt::format("the message \"{}\" instead of \"{}\"", outcome->detail(), message));
    }
    return {};
}

const Case* find_case(std::string_view name) {
    for (const auto cases : {unary_cases(), streaming_cases(), compression_cases(), orca_cases()}) {
        for (const auto& one : cases) {
            if (one.name == name) return &one;
        }
    }
    return nullptr;
}

}  // namespace tw::interop
