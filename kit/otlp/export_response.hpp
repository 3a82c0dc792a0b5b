#pragma once

#include "kit/otlp/transport.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tw::otlp {

/// One field of an encoded protobuf message: its number and either its length-delimited bytes or its number.
struct ProtobufField {
    std::uint32_t field = 0;
    std::string_view bytes;
    std::uint64_t number = 0;
};

/// Takes the next field off the front of `message`; nothing at the end and where the bytes are no protobuf, when `message` is
/// not empty afterwards.
std::optional<ProtobufField> take_field(std::string_view& message);

/// What an Export…ServiceResponse of any signal says: they have the same shape. Nothing for bytes that are no protobuf message:
/// who sent them is no receiver of OTLP.
std::optional<SendOutcome> decode_export_response(std::string_view response);

/// The message of a google.rpc.Status, with which OTLP/HTTP explains a failure; empty where the body is something else.
std::string_view decode_status_message(std::string_view body);

}  // namespace tw::otlp
