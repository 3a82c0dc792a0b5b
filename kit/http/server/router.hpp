#pragma once

#include "kit/base/result.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::http {

/// Finds which of the registered routes a request means. A tree by path segment; literals go before variables
/// ("/api/orders/search" before "/api/orders/{id}"). Immutable once filled, so that loops may share it.
class Router {
 public:
    Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;
    ~Router();

    /// `path` is "/" and segments, each literal or a whole variable: "/api/users/{id}". `payload` is the caller's number for
    /// the route. INVALID_ARGUMENT for another form, ALREADY_EXISTS where the same requests are routed already.
    Result<void> add(std::string_view verb, std::string_view path, std::size_t payload);

    enum class Outcome : std::uint8_t {
        found,
        not_found,
        wrong_method,    ///< the path is known; `allow` lists what it allows
        options,         ///< OPTIONS of a known path that has no route for it: answer 204 with `allow`
        malformed_path,  ///< a bad percent escape
    };
    struct Match {
        Outcome outcome = Outcome::not_found;
        std::size_t payload = 0;
        /// The template; lives as long as the router.
        std::string_view route;
        /// Name and percent-decoded value, in the order of the path.
        std::vector<std::pair<std::string_view, std::string>> variables;
        /// For the Allow field: "GET, HEAD, OPTIONS".
        std::string allow;
    };
    /// `path` as it came, without the query. HEAD takes the route of GET.
    Match find(std::string_view verb, std::string_view path) const;

 private:
    struct Node;
    std::unique_ptr<Node> root_;
};

}  // namespace tw::http
