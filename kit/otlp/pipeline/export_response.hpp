#pragma once

#include "kit/otlp/transport/transport.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tw::otlp {

/// One field of an encoded protobuf message: its number, and the value as length-delimited bytes or
/// as a number.
struct ProtobufField {
    std::uint32_t field = 0;
    std::string_view bytes;
    std::uint64_t number = 0;
};

/// Takes the next field off the front of `message`. Returns nothing at the end, and if the bytes
/// are no protobuf; `message` is not empty then.
std::optional<ProtobufField> take_field(std::string_view& message);

/// Decodes an Export…ServiceResponse of any signal; they have the same form. Returns nothing for
/// bytes that are no protobuf message: their sender is no receiver of OTLP.
std::optional<SendOutcome> decode_export_response(std::string_view response);

/// Returns the message of a google.rpc.Status, which explains a failure in OTLP/HTTP. It is empty
/// if the body is something else.
std::string_view decode_status_message(std::string_view body);

}  // namespace tw::otlp
