#pragma once

#include "codegen/contract.hpp"

#include <set>
#include <string>

#include <boost/json/object.hpp>
#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// The schemas of an OpenAPI document: each message that is referred to becomes a component under its full name. Messages
/// that only requests use take no unknown members, as the gateway does; those of answers may grow.
class Schemas {
 public:
    explicit Schemas(const Contract& contract);

    /// Of a message: {"$ref": …}.
    boost::json::object reference(const google::protobuf::Descriptor& message);
    /// Of the JSON body of a method whose `body` is "*": the request without what comes in the path.
    boost::json::object body_reference(const google::protobuf::Descriptor& message, const HttpRoute& route);
    /// Of a field with its rules, its comment as the description.
    boost::json::object field(const google::protobuf::FieldDescriptor& field);

    boost::json::object take_components() { return std::move(components_); }

 private:
    boost::json::object message(const google::protobuf::Descriptor& message, const HttpRoute* route);
    boost::json::object value(const google::protobuf::FieldDescriptor& field);
    void find_answers(const google::protobuf::Descriptor& message);

    boost::json::object components_;
    std::set<const google::protobuf::Descriptor*> answers_;
};

/// Whether a client must send the field.
bool is_demanded(const google::protobuf::FieldDescriptor& field);

}  // namespace tw::codegen
