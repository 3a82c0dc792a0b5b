#include "codegen/names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

#include <fmt/format.h>

namespace tw::codegen {

namespace {

/// Words that a member function of a generated service must not have as its name: the keywords of
/// C++ and the members of tw::rpc::Service.
constexpr std::array kReserved = std::to_array<std::string_view>({
    "alignas",     "alignof",      "and",          "and_eq",   "asm",       "auto",         "bitand",   "bitor",
    "bool",        "break",        "case",         "catch",    "char",      "char16_t",     "char32_t", "char8_t",
    "class",       "co_await",     "co_return",    "co_yield", "compl",     "concept",      "const",    "const_cast",
    "consteval",   "constexpr",    "constinit",    "continue", "decltype",  "default",      "delete",   "do",
    "double",      "dynamic_cast", "else",         "enum",     "explicit",  "export",       "extern",   "false",
    "float",       "for",          "friend",       "goto",     "handlers",  "if",           "inline",   "int",
    "long",        "mutable",      "namespace",    "new",      "noexcept",  "not",          "not_eq",   "nullptr",
    "operator",    "or",           "or_eq",        "private",  "protected", "public",       "register", "reinterpret_cast",
    "requires",    "return",       "service_name", "short",    "signed",    "sizeof",       "static",   "static_assert",
    "static_cast", "struct",       "switch",       "template", "this",      "thread_local", "throw",    "true",
    "try",         "typedef",      "typeid",       "typename", "union",     "unsigned",     "using",    "virtual",
    "void",        "volatile",     "wchar_t",      "while",    "xor",       "xor_eq",
});

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

std::string joined_package(std::string_view package) {
    std::string text;
    for (const char c : package) text += c == '.' ? std::string{"::"} : std::string{c};
    return text;
}

std::string trimmed(std::string text) {
    const auto blank = [](unsigned char c) { return std::isspace(c) != 0; };
    text.erase(std::find_if_not(text.rbegin(), text.rend(), blank).base(), text.end());
    text.erase(text.begin(), std::ranges::find_if_not(text, blank));
    return text;
}

}  // namespace

std::string snake_case(std::string_view name) {
    std::string text;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool after_word = i > 0 && name[i - 1] != '_' && !is_upper(name[i - 1]);
        const bool before_word = i > 0 && name[i - 1] != '_' && i + 1 < name.size() && is_lower(name[i + 1]);
        if (is_upper(name[i]) && (after_word || before_word)) text += '_';
        text += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
    }
    return text;
}

std::string member_name(const google::protobuf::MethodDescriptor& method) {
    auto name = snake_case(method.name());
    if (std::ranges::find(kReserved, std::string_view{name}) != kReserved.end()) name += '_';
    return name;
}

std::string stem_of(const google::protobuf::FileDescriptor& file) {
    const std::string_view name = file.name();
    return std::string{name.ends_with(".proto") ? name.substr(0, name.size() - 6) : name};
}

std::string namespace_of(const google::protobuf::FileDescriptor& file) { return joined_package(file.package()); }

std::string class_name(const google::protobuf::Descriptor& message, const google::protobuf::FileDescriptor& from) {
    // Protobuf's C++ calls nested messages Outer_Inner.
    std::string name = message.name();
    for (const auto* outer = message.containing_type(); outer; outer = outer->containing_type())
        name = outer->name() + "_" + name;
    if (message.file()->package() == from.package()) return name;
    const auto space = namespace_of(*message.file());
    return space.empty() ? "::" + name : fmt::format("::{}::{}", space, name);
}

std::string quoted(std::string_view text) {
    std::string literal = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') literal += '\\';
        literal += c;
    }
    return literal + '"';
}

template <class Descriptor>
std::string comment_of(const Descriptor& descriptor) {
    google::protobuf::SourceLocation location;
    if (!descriptor.GetSourceLocation(&location)) return {};
    auto text = trimmed(location.leading_comments);
    const auto trailing = trimmed(location.trailing_comments);
    if (!text.empty() && !trailing.empty()) text += '\n';
    text += trailing;
    // protoc keeps the blank after the slashes of each line.
    std::string lines;
    for (std::size_t i = 0; i < text.size(); ++i) {
        lines += text[i];
        if (text[i] == '\n' && i + 1 < text.size() && text[i + 1] == ' ') ++i;
    }
    return lines;
}

template std::string comment_of(const google::protobuf::MethodDescriptor&);
template std::string comment_of(const google::protobuf::ServiceDescriptor&);
template std::string comment_of(const google::protobuf::Descriptor&);
template std::string comment_of(const google::protobuf::EnumDescriptor&);
template std::string comment_of(const google::protobuf::FieldDescriptor&);

std::string comment_lines(const std::string& text, std::string_view prefix) {
    std::string lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);) {
        // A backslash at the end of the line would continue the comment on the next line.
        if (line.ends_with('\\')) line += '.';
        lines += line.empty() ? fmt::format("{}\n", prefix) : fmt::format("{} {}\n", prefix, line);
    }
    return lines;
}

}  // namespace tw::codegen
