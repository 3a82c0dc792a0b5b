#pragma once

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
    /// The first field of that name.
    std::optional<std::string_view> find(std::string_view name) const;
    /// All fields of that name as one list, joined by "," (RFC 9110 §5.3).
    std::string joined(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
    void clear() { fields_.clear(); }

 private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// A request whose framing was found sound and whose body has arrived whole.
struct Request {
    std::string method;
    /// As it came, not percent-decoded; starts with "/".
    std::string path;
    /// Without the "?".
    std::string query;
    Headers headers;
    std::string body;
};

struct Response {
    int status = 200;
    /// Beside content-type, content-length, date and connection, which the server writes.
    Headers headers;
    std::string content_type = "application/json";
    std::string body;
    /// The route's template ("/api/users/{id}") for span name, metrics and access log; empty when no route matched.
    std::string_view route;
};

}  // namespace tw::http
