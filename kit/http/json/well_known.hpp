#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace tw::http {

/// Fills a Timestamp, Duration or FieldMask from its text. Returns false if the text is invalid.
/// Internal to kit/http.
bool read_well_known(std::string_view text, google::protobuf::Message& message);

/// Returns what a field of this type accepts; "must be an object" for all other types.
std::string_view well_known_expectation(const google::protobuf::Descriptor& type);

}  // namespace tw::http
