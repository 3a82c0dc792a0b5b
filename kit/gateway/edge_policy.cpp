#include "kit/gateway/edge_policy.hpp"

#include <utility>

#include <google/protobuf/message.h>

namespace tw::gateway {

JsonCall::JsonCall(const http::Request& from, const rpc::Route& to) : request{from}, route{to} {}

JsonCall::~JsonCall() = default;

Task<Result<void>> EdgePolicy::around_json(const CallContext& ctx, JsonCall&, NextJson next) { co_return co_await next(ctx); }

void EdgePolicy::on_answer(const http::Request&, const ServiceAnswer*, http::Response&) {}

}  // namespace tw::gateway
