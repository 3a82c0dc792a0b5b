#pragma once

#include "kit/net/h2_session.hpp"
#include "kit/rpc/interceptor.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tw::rpc {

/// The metadata of an answer that is the stored one of an earlier call with the same idempotency
/// key. The value is "true". At the edge it is the header field Idempotent-Replayed.
inline constexpr std::string_view kReplayedField = "idempotent-replayed";

/// Whether a field's name belongs to HTTP, gRPC or the call's context, so that it is not metadata.
bool is_reserved_name(std::string_view name);
/// Whether an entry can be sent. Its name must be in lower case, and must not be reserved. Its
/// value must be printable ASCII; the values of "-bin" names may be any bytes.
bool is_sendable(std::string_view name, std::string_view value);
/// Tells the caller of `served` not to try that call again if it fails (gRFC A6, pushback).
void refuse_retries(CallInfo& served);
/// Adds a received field. A value of a "-bin" field is decoded. It may hold several values,
/// separated by commas, which are added one by one. Malformed values are dropped.
void add_received(Metadata& metadata, std::string_view name, std::string_view value);
/// Returns the value as it goes over the wire.
std::string wire_value(std::string_view name, std::string_view value);
/// Appends the fields of `metadata` that can be sent. `store` keeps the wire values that had to be
/// made; its elements must not move.
void append_fields(const Metadata& metadata, std::vector<net::H2Field>& fields, std::vector<std::string>& store);

}  // namespace tw::rpc
