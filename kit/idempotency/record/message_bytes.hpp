#pragma once

#include "kit/rpc/method.hpp"

#include <string>

namespace tw::idempotency {

/// Returns the bytes of a message, the same for equal messages (deterministic serialisation). They
/// may differ between versions of protobuf and of the contract, if a message has unknown fields or
/// maps.
std::string message_bytes(const rpc::Message& message);

}  // namespace tw::idempotency
