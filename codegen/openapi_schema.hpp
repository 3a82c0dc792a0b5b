#pragma once

#include "codegen/contract.hpp"
#include "codegen/openapi_value.hpp"

#include <set>
#include <string>

#include <boost/json/object.hpp>
#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// The schemas of an OpenAPI document. Each message that is referred to becomes a component under
/// its full name. A message that both requests and answers use becomes two components. Requests
/// take no unknown members, as in the gateway. Answers may grow.
class Schemas {
 public:
    explicit Schemas(const Contract& contract);

    /// Returns the schema of a message: {"$ref": …}.
    boost::json::object reference(const google::protobuf::Descriptor& message, Use use);
    /// Returns the schema of the JSON body of a method whose `body` is "*": the request without the
    /// fields that come in the path.
    boost::json::object body_reference(const google::protobuf::Descriptor& message, const HttpRoute& route, Use use);
    /// Returns the schema of a field with its rules. The field's comment becomes the description.
    boost::json::object field(const google::protobuf::FieldDescriptor& field, Use use);

    boost::json::object take_components() { return std::move(components_); }

 private:
    std::string name_of(const google::protobuf::Descriptor& message, Use use) const;
    boost::json::object message(const google::protobuf::Descriptor& message, const HttpRoute* route, Use use);
    boost::json::object value(const google::protobuf::FieldDescriptor& field, Use use);
    void find_answers(const google::protobuf::Descriptor& message);

    boost::json::object components_;
    std::set<const google::protobuf::Descriptor*> answers_;
};

}  // namespace tw::codegen
