#include "kit/sql/postgres/copy_text.hpp"

#include <iterator>
#include <string_view>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

void append_text(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '\\':
                out += "\\\\";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            default:
                out += c;
        }
    }
}

}  // namespace

void append_copy_value(std::string& out, const Value& value, bool moment) {
    if (std::holds_alternative<Null>(value)) {
        out += "\\N";
    } else if (const auto* flag = std::get_if<bool>(&value)) {
        out += *flag ? 't' : 'f';
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
        if (moment) {
            out += Timestamp::from_unix_micros(*number).to_string();
        } else {
            fmt::format_to(std::back_inserter(out), "{}", *number);
        }
    } else if (const auto* real = std::get_if<double>(&value)) {
        // The default format writes as many digits as read back as the same number.
        fmt::format_to(std::back_inserter(out), "{}", *real);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        append_text(out, *text);
    } else {
        out += std::get<Timestamp>(value).to_string();
    }
}

}  // namespace tw::sql::pg
