#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace tw::http {

/// Fills a Timestamp, Duration or FieldMask from its text; false where the text is none. Internal to kit/http.
bool read_well_known(std::string_view text, google::protobuf::Message& message);

/// What a field of this type takes; "must be an object" for all other types.
std::string_view well_known_expectation(const google::protobuf::Descriptor& type);

}  // namespace tw::http
