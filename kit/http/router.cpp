#include "kit/http/router.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/text.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace tw::http {
namespace {

constexpr std::size_t kSegmentsMax = 32;

/// The segments of a path, which refer to its text.
struct Segments {
    std::array<std::string_view, kSegmentsMax> parts;
    std::size_t count = 0;
    bool valid = false;

    explicit Segments(std::string_view path) {
        if (!path.starts_with('/')) return;
        path.remove_prefix(1);
        while (count < kSegmentsMax) {
            const auto slash = path.find('/');
            parts[count++] = path.substr(0, slash);
            if (slash == std::string_view::npos) {
                valid = true;
                return;
            }
            path.remove_prefix(slash + 1);
        }
    }
};

/// The values of a path's variables, which refer to its text.
struct Values {
    std::array<std::string_view, kSegmentsMax> parts;
    std::size_t count = 0;
};

bool is_variable(std::string_view segment) { return segment.size() > 2 && segment.front() == '{' && segment.back() == '}'; }

}  // namespace

struct Router::Node {
    /// The destination of one verb of a path.
    struct Endpoint {
        std::string verb;
        std::string path;
        std::vector<std::string> names;
        std::size_t payload;
    };

    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> variable;
    std::vector<std::unique_ptr<Endpoint>> endpoints;

    const Endpoint* endpoint(std::string_view verb) const {
        const auto found = std::ranges::find_if(endpoints, [&](const auto& each) { return each->verb == verb; });
        return found != endpoints.end() ? found->get() : nullptr;
    }

    auto find_literal(std::string_view segment) const {
        if (segment.find('%') == std::string_view::npos) return literals.find(segment);
        return literals.find(decode_unreserved(segment));
    }

    /// Returns the node that the rest of the segments leads to, or null. `values` collects the
    /// values of variables.
    const Node* descend(const Segments& segments, std::size_t at, Values& values) const {
        if (at == segments.count) return endpoints.empty() ? nullptr : this;
        const auto segment = segments.parts[at];
        if (const auto literal = find_literal(segment); literal != literals.end()) {
            if (const auto* found = literal->second->descend(segments, at + 1, values)) return found;
        }
        if (variable == nullptr || segment.empty()) return nullptr;
        values.parts[values.count++] = segment;
        if (const auto* found = variable->descend(segments, at + 1, values)) return found;
        --values.count;
        return nullptr;
    }

    std::string allow() const {
        std::string list;
        for (const auto& each : endpoints) {
            list += each->verb + ", ";
            if (each->verb == "GET" && endpoint("HEAD") == nullptr) list += "HEAD, ";
        }
        if (endpoint("OPTIONS") == nullptr) return list + "OPTIONS";
        list.resize(list.size() - 2);
        return list;
    }
};

Router::Router() : root_{std::make_unique<Node>()} {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

Result<void> Router::add(std::string_view verb, std::string_view path, std::size_t payload) {
    const auto invalid_route = [&](std::string_view why) {
        return Error{Code::invalid_argument, "INVALID_ROUTE",
                     std::string{verb} + " " + std::string{path} + ": " + std::string{why}};
    };
    const Segments segments{path};
    if (!is_token(verb)) return invalid_route("the verb is no method");
    if (!segments.valid) return invalid_route("the path must start with / and have at most 32 segments");
    auto endpoint = std::make_unique<Node::Endpoint>(Node::Endpoint{std::string{verb}, std::string{path}, {}, payload});
    auto* node = root_.get();
    for (std::size_t i = 0; i < segments.count; ++i) {
        const auto segment = segments.parts[i];
        auto* next = &node->variable;
        if (is_variable(segment)) {
            endpoint->names.emplace_back(segment.substr(1, segment.size() - 2));
        } else {
            if (segment.find_first_of("{}") != std::string_view::npos)
                return invalid_route("a variable is a whole segment, as in /users/{id}");
            next = &node->literals[std::string{segment}];
        }
        if (*next == nullptr) *next = std::make_unique<Node>();
        node = next->get();
    }
    if (node->endpoint(verb) != nullptr) {
        return Error{Code::already_exists, "DUPLICATE_ROUTE", std::string{verb} + " " + std::string{path} + " is routed already"};
    }
    node->endpoints.push_back(std::move(endpoint));
    return {};
}

Router::Match Router::find(std::string_view verb, std::string_view path) const {
    Match match;
    const Segments segments{path};
    Values values;
    const auto* const node = segments.valid ? root_->descend(segments, 0, values) : nullptr;
    if (node == nullptr) return match;
    const auto* endpoint = node->endpoint(verb);
    if (endpoint == nullptr && verb == "HEAD") endpoint = node->endpoint("GET");
    if (endpoint == nullptr) {
        match.outcome = verb == "OPTIONS" ? Outcome::options : Outcome::wrong_method;
        match.allow = node->allow();
        return match;
    }
    match.variables.reserve(values.count);
    for (std::size_t i = 0; i < values.count; ++i) {
        auto value = percent_decode(values.parts[i]);
        if (!value) {
            match.outcome = Outcome::malformed_path;
            return match;
        }
        match.variables.emplace_back(endpoint->names[i], std::move(*value));
    }
    match.outcome = Outcome::found;
    match.payload = endpoint->payload;
    match.route = endpoint->path;
    return match;
}

}  // namespace tw::http
