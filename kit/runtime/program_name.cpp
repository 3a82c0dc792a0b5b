#include "kit/runtime/program_name.hpp"

#include <algorithm>
#include <stdexcept>

namespace tw::runtime {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_name_character(char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '-'; }

char variable_character(char c) {
    if (is_lower(c)) return static_cast<char>(c - 'a' + 'A');
    return c == '.' || c == '-' ? '_' : c;
}

}  // namespace

ProgramName::ProgramName(std::string_view name) : name_{name} {
    if (name.empty() || !is_lower(name.front()) || !std::ranges::all_of(name, is_name_character)) {
        throw std::logic_error{"\"" + name_ + "\" is not a valid name of a program: use lower-case letters, digits and hyphens"};
    }
}

std::string ProgramName::variable(std::string_view key) const {
    auto variable = name_ + "_";
    variable += key;
    std::ranges::transform(variable, variable.begin(), variable_character);
    return variable;
}

}  // namespace tw::runtime
