#pragma once

#include "kit/http/message.hpp"
#include "kit/rpc/call_body.hpp"
#include "kit/rpc/metadata.hpp"
#include "kit/rpc/method_policies.hpp"
#include "kit/rpc/policy_chain.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace tw::gateway {

/// A call that came in at the HTTP port, with what its policies see of it and say beside its answer. Stays in place until the
/// call has ended.
class PolicedCall {
 public:
    PolicedCall(const rpc::Method& method, const rpc::MethodPolicies& policies, const http::Request& request)
        : policies_{policies}, info_{method, request_metadata_, initial_metadata_, trailing_metadata_} {
        if (policies.reads_metadata) read_metadata(request);
    }
    PolicedCall(const PolicedCall&) = delete;
    PolicedCall& operator=(const PolicedCall&) = delete;

    rpc::CallInfo& info() { return info_; }

    /// Runs `make`, which makes the call's task, if the policies let it pass.
    template <class T, class Make>
    Task<Result<T>> run(const CallContext& ctx, Make make) {
        if (policies_.before.empty()) co_return co_await make(ctx);
        Body<T, Make> body{make};
        auto passed = co_await rpc::run_admitted(policies_, info_, ctx, body);
        if (!passed) co_return std::move(passed).error();
        co_return std::move(*body.outcome);
    }

    /// Adds what the policies said to the answer's header fields.
    void add_fields(http::Response& response) const {
        for (const auto& [name, value] : initial_metadata_) response.headers.add(name, value);
    }

 private:
    template <class T, class Make>
    struct Body final : rpc::CallBody {
        explicit Body(Make& make_task) : make{make_task} {}
        Task<Result<void>> run(const CallContext& ctx) override {
            outcome.emplace(co_await make(ctx));
            if (!*outcome) co_return outcome->error();
            co_return Result<void>{};
        }
        Make& make;
        std::optional<Result<T>> outcome;
    };

    void read_metadata(const http::Request& request) {
        for (auto [name, value] : request.headers.fields()) {
            std::ranges::transform(name, name.begin(), [](unsigned char one) { return std::tolower(one); });
            if (!rpc::is_reserved_name(name)) rpc::add_received(request_metadata_, name, value);
        }
    }

    const rpc::MethodPolicies& policies_;
    rpc::Metadata request_metadata_;
    rpc::Metadata initial_metadata_;
    rpc::Metadata trailing_metadata_;
    rpc::CallInfo info_;
};

}  // namespace tw::gateway
