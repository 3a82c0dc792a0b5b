#pragma once

#include "kit/net/h2_session.hpp"
#include "kit/rpc/interceptor.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tw::rpc {

/// Whether a field's name belongs to HTTP, gRPC or the call's context, so that it is no metadata.
bool is_reserved_name(std::string_view name);
/// Whether an entry goes along: with a name that is metadata's, in lower case, and a value of printable ASCII; those of "-bin"
/// names may be any bytes.
bool is_sendable(std::string_view name, std::string_view value);
/// Says to the caller of `served`, should that call fail, that it is not to be tried again (gRFC A6, pushback).
void refuse_retries(CallInfo& served);
/// Adds a field that came; values of "-bin" fields are decoded (several, separated by commas, are several), bad ones dropped.
void add_received(Metadata& metadata, std::string_view name, std::string_view value);
/// The value as it goes over the wire.
std::string wire_value(std::string_view name, std::string_view value);
/// Appends the fields of `metadata`; wire values that had to be made are kept in `store`, whose elements must not move.
/// What is not sendable is left out.
void append_fields(const Metadata& metadata, std::vector<net::H2Field>& fields, std::vector<std::string>& store);

}  // namespace tw::rpc
