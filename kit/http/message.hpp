#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::http {

/// Header fields in the order they came; names compare without regard to case.
class Headers {
 public:
    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    /// In place of all fields of that name.
    void replace(std::string_view name, std::string value);
    /// The first field of that name.
    std::optional<std::string_view> find(std::string_view name) const;
    /// All fields of that name as one list, joined by "," (RFC 9110 §5.3).
    std::string joined(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
    void clear() { fields_.clear(); }

 private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// What a message came by or goes out by.
enum class Version : std::uint8_t { http_1_0, http_1_1, http_2 };

/// As telemetry names it ("network.protocol.version").
constexpr std::string_view version_text(Version version) {
    return version == Version::http_2 ? "2" : version == Version::http_1_1 ? "1.1" : "1.0";
}

/// A request whose framing was found sound and whose body has arrived whole.
struct Request {
    std::string method;
    /// As it came, not percent-decoded; starts with "/".
    std::string path;
    /// Without the "?".
    std::string query;
    Headers headers;
    std::string body;
    Version version = Version::http_1_1;
};

struct Response {
    int status = 200;
    /// Beside content-type, content-length, date and those of the connection, which the server writes.
    Headers headers;
    std::string content_type = "application/json";
    std::string body;
    /// Fields after the body, their names in lower case. HTTP/2 alone carries them; before that they are left out.
    Headers trailers;
    /// The route's template ("/api/users/{id}") for span name, metrics and access log; empty when no route matched.
    std::string_view route;
};

}  // namespace tw::http
