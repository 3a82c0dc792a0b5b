#pragma once

#include "codegen/problems.hpp"
#include "tradewind/options.pb.h"

#include <optional>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// The HTTP route of a method, as its policy declares it.
struct HttpRoute {
    std::string verb;  ///< "GET"
    std::string path;  ///< "/api/users/{id}"
    std::string body;  ///< "*", a field's name, or empty
    std::vector<std::string> variables;

    /// The verb and the path without the names of the variables. Routes of equal shape answer the
    /// same requests.
    std::string shape() const;
    bool is_variable(const std::string& field) const;
    /// Whether the field comes as a query parameter: there is no body, and no variable of the path
    /// has its name.
    bool is_query(const std::string& field) const { return body.empty() && !is_variable(field); }
};

/// Reads the route of a method, if its policy has one. Faults go to `problems`.
std::optional<HttpRoute> read_route(const google::protobuf::MethodDescriptor& method, const tradewind::MethodPolicy& policy,
                                    Problems& problems);

}  // namespace tw::codegen
