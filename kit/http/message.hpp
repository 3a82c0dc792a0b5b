#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::http {

/// Header fields in the order in which they came. Names are compared without regard to case.
class Headers {
 public:
    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    /// Replaces all fields of that name by one.
    void replace(std::string_view name, std::string value);
    /// Returns the first field of that name.
    std::optional<std::string_view> find(std::string_view name) const;
    /// Returns all fields of that name as one list, joined by "," (RFC 9110 §5.3).
    std::string joined(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
    void clear() { fields_.clear(); }

 private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// The HTTP version of a message.
enum class Version : std::uint8_t { http_1_0, http_1_1, http_2 };

/// Returns the version's name in telemetry ("network.protocol.version").
constexpr std::string_view version_text(Version version) {
    return version == Version::http_2 ? "2" : version == Version::http_1_1 ? "1.1" : "1.0";
}

/// A request whose framing is valid and whose body is complete.
struct Request {
    std::string method;
    /// The path as it was received, not percent-decoded. It starts with "/".
    std::string path;
    /// The query without the "?".
    std::string query;
    Headers headers;
    std::string body;
    Version version = Version::http_1_1;
};

class StreamedBody;

struct Response {
    int status = 200;
    /// The handler's fields. The server itself writes content-type, content-length, date and the
    /// fields of the connection.
    Headers headers;
    std::string content_type = "application/json";
    std::string body;
    /// Fields after the body, with names in lower case. Only HTTP/2 sends them; earlier versions
    /// leave them out.
    Headers trailers;
    /// The route's template ("/api/users/{id}") for span name, metrics and access log. It is empty
    /// when no route matched.
    std::string_view route;
    /// Makes the body while it is being sent (streamed_body.hpp). `body` and `trailers` are then
    /// not used. Null for usual answers. Copies of the response share it.
    std::shared_ptr<StreamedBody> stream;
};

}  // namespace tw::http
