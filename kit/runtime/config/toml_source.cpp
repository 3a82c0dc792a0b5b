#include "kit/runtime/config.hpp"
#include "kit/runtime/reasons.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

namespace tw::runtime {
namespace {

Error bad_file(std::string detail) { return Error{Code::invalid_argument, reason::kBadConfig, std::move(detail)}; }

std::string place(std::string_view file_name, const toml::source_region& where) {
    return fmt::format("{}:{}", file_name, where.begin.line);
}

/// The value as the environment would write it; nothing for what no setting takes.
std::optional<std::string> text_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return std::to_string(number->get());
    if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
    return std::nullopt;
}

Result<void> flatten(const toml::table& table, const std::string& prefix, std::string_view file_name,
                     std::vector<Assignment>& out) {
    for (const auto& [name, node] : table) {
        const auto key = prefix + std::string{name.str()};
        if (const auto* inner = node.as_table()) {
            if (auto done = flatten(*inner, key + ".", file_name, out); !done) return done;
            continue;
        }
        auto value = text_of(node);
        if (!value)
            return bad_file(
                fmt::format("{}: {} must be text, a whole number or true or false", place(file_name, node.source()), key));
        out.push_back({key, std::move(*value), place(file_name, node.source())});
    }
    return {};
}

}  // namespace

Result<std::vector<Assignment>> read_toml(std::string_view text, std::string_view file_name) {
    std::vector<Assignment> assignments;
    try {
        const auto table = toml::parse(text, file_name);
        if (auto done = flatten(table, "", file_name, assignments); !done) return done.error();
    } catch (const toml::parse_error& error) {
        return bad_file(
            fmt::format("{}:{}: {}", place(file_name, error.source()), error.source().begin.column, error.description()));
    }
    return assignments;
}

}  // namespace tw::runtime
