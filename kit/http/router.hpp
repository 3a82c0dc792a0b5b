#pragma once

#include "kit/base/result.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::http {

/// Finds the registered route of a request. It is a tree by path segments. Literals take precedence
/// over variables ("/api/orders/search" over "/api/orders/{id}"). It is immutable once filled, so
/// that loops may share it.
class Router {
 public:
    Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;
    ~Router();

    /// Adds a route. `path` is "/" and segments, each literal or a whole variable:
    /// "/api/users/{id}". `payload` is the caller's number for the route. Fails with
    /// INVALID_ARGUMENT for another form, and with ALREADY_EXISTS if the same requests are routed
    /// already.
    Result<void> add(std::string_view verb, std::string_view path, std::size_t payload);

    enum class Outcome : std::uint8_t {
        found,
        not_found,
        wrong_method,    ///< the path is known; `allow` lists its methods
        options,         ///< OPTIONS of a known path that has no route for it: answer 204 with `allow`
        malformed_path,  ///< a bad percent escape
    };
    struct Match {
        Outcome outcome = Outcome::not_found;
        std::size_t payload = 0;
        /// The route's template. It lives as long as the router.
        std::string_view route;
        /// Names and percent-decoded values, in the order of the path.
        std::vector<std::pair<std::string_view, std::string>> variables;
        /// The value of the Allow field: "GET, HEAD, OPTIONS".
        std::string allow;
    };
    /// Finds the route. `path` is the path as it was received, without the query. HEAD uses the
    /// route of GET.
    Match find(std::string_view verb, std::string_view path) const;

 private:
    struct Node;
    std::unique_ptr<Node> root_;
};

}  // namespace tw::http
