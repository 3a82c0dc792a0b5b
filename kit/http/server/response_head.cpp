#include "kit/http/server/response_head.hpp"

#include "kit/base/simulated_machine.hpp"
#include "kit/http/fixed_fields.hpp"
#include "kit/http/problem.hpp"
#include "kit/http/server/request_id.hpp"
#include "kit/http/text.hpp"

#include <array>
#include <charconv>

namespace tw::http {
namespace {

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    const auto [end, failure] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end);
}

void append_response_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

void append_status_line(std::string& out, int status) {
    if (status == 200) {
        out += "HTTP/1.1 200 OK\r\n";
        return;
    }
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(status));
    out += ' ';
    out += status_phrase(status);
    out += "\r\n";
}

/// Whether only the server may write the field.
bool is_ours(std::string_view name) {
    for (const auto ours : {"content-length", "connection", "date", "transfer-encoding", "content-type", "keep-alive", "upgrade",
                            "proxy-connection"}) {
        if (equals_ignoring_case(name, ours)) return true;
    }
    return false;
}

/// Says where the body ends. A stream has no length: HTTP/1.1 sends chunks, and HTTP/1.0 ends the
/// body with the connection (RFC 9112 §6.3).
void append_body_framing(std::string& out, const Response& response, const ResponseFraming& framing) {
    if (response.stream == nullptr) {
        out += "Content-Length: ";
        append_number(out, response.body.size());
        out += "\r\n";
    } else if (framing.http_1_1) {
        out += "Transfer-Encoding: chunked\r\n";
    }
}

}  // namespace

std::string_view DateCache::now() {
    const auto* const simulated = SimulatedMachine::current();
    // Reading whole seconds is cheaper than reading a clock with fractions.
    return at(simulated == nullptr ? std::time(nullptr) : simulated->now().unix_millis() / 1000);
}

std::string_view DateCache::at(std::time_t now) {
    if (now == second_) return text_;
    second_ = now;
    constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    const auto append_two = [this](int number) {
        text_ += static_cast<char>('0' + number / 10);
        text_ += static_cast<char>('0' + number % 10);
    };
    text_ = kDays[static_cast<std::size_t>(utc.tm_wday)];
    text_ += ", ";
    append_two(utc.tm_mday);
    text_ += ' ';
    text_ += kMonths[static_cast<std::size_t>(utc.tm_mon)];
    text_ += ' ';
    append_number(text_, static_cast<std::size_t>(utc.tm_year + 1900));
    text_ += ' ';
    append_two(utc.tm_hour);
    text_ += ':';
    append_two(utc.tm_min);
    text_ += ':';
    append_two(utc.tm_sec);
    text_ += " GMT";
    return text_;
}

bool may_send(std::string_view name, std::string_view value) { return is_token(name) && is_field_value(value) && !is_ours(name); }

void append_response(std::string& out, const Response& response, const ResponseFraming& framing) {
    append_status_line(out, response.status);
    append_response_field(out, "Date", framing.date);
    const bool bodiless = has_no_content(response.status);
    if (!bodiless) {
        if (!response.content_type.empty() && is_field_value(response.content_type)) {
            append_response_field(out, "Content-Type", response.content_type);
        }
        append_body_framing(out, response, framing);
    }
    for (const auto& [name, value] : response.headers.fields()) {
        if (may_send(name, value)) append_response_field(out, name, value);
    }
    if (!framing.request_id.empty()) append_response_field(out, kRequestIdField, framing.request_id);
    if (framing.fixed != nullptr) framing.fixed->append_to(out, response);
    if (!framing.keep_alive) {
        out += "Connection: close\r\n";
    } else if (!framing.http_1_1) {
        out += "Connection: keep-alive\r\n";
    }
    out += "\r\n";
    if (!framing.head_only && !bodiless && response.stream == nullptr) out += response.body;
}

}  // namespace tw::http
