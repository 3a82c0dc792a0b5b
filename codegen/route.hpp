#pragma once

#include "codegen/problems.hpp"
#include "tradewind/options.pb.h"

#include <optional>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// The HTTP side of a method, as its policy declares it.
struct HttpRoute {
    std::string verb;  ///< "GET"
    std::string path;  ///< "/api/users/{id}"
    std::string body;  ///< "*", a field's name, or empty
    std::vector<std::string> variables;

    /// Verb and path with the names of the variables left out: equal shapes answer to the same requests.
    std::string shape() const;
    bool is_variable(const std::string& field) const;
    /// Whether the field comes as a query parameter: there is no body, and the path has no variable of its name.
    bool is_query(const std::string& field) const { return body.empty() && !is_variable(field); }
};

/// The route of a method whose policy has one. What is wrong with it goes to `problems`.
std::optional<HttpRoute> read_route(const google::protobuf::MethodDescriptor& method, const tradewind::MethodPolicy& policy,
                                    Problems& problems);

}  // namespace tw::codegen
