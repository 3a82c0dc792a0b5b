#pragma once

#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/durable/flow.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace tw::durable {

/// A kind of flow: its name, which versions of it this code can run, and the code. Add a kind to
/// Flows before it starts.
struct FlowKind {
    /// A constant, such as "order.pay". It is unique among all modules that may share a database.
    std::string_view name;
    /// The version that new flows get. Raise it when the steps change so that the code could not
    /// continue a flow that was started before.
    std::int64_t version = 1;
    /// The oldest version that the code still continues. An older flow is parked. A flow of a newer
    /// version is left to the replicas that know it.
    std::int64_t version_oldest = 1;
    /// Runs the flow: `input` as it was encoded, and the result encoded.
    std::function<Task<Result<std::string>>(Flow& flow, std::string input)> run;
    /// Runs when an operator has canceled the flow, in the place of `run`, with the same input: it
    /// sets right what the flow has begun. It has steps as `run` does, and those are its own: the
    /// steps of `run` are not asked for. A call that such a step made may still be under way.
    /// Afterwards the flow is `canceled`. What it returns is given to those who wait for the flow's
    /// result, so it is encoded in the same way, or empty. An error parks the flow. It is called
    /// for flows of any version. Nothing: the flow ends where it is.
    std::function<Task<Result<std::string>>(Flow& flow, std::string input)> canceled = nullptr;
};

namespace detail {
template <class Input, class Output, class Code>
Task<Result<std::string>> run_encoded(Flow& flow, std::string input, const Code& code) {
    auto result = co_await code(flow, Codec<Input>::decode(input));
    if (!result) co_return std::move(result).error();
    co_return Codec<Output>::encode(*std::move(result));
}
}  // namespace detail

/// Makes a kind of the code `Task<Result<Output>>(Flow&, Input)`:
///
///     flow_kind<Transfer, Receipt>("bank.transfer", [this](Flow& flow, Transfer input) {
///         return transfer(flow, std::move(input));
///     })
template <class Input, class Output, class Code>
FlowKind flow_kind(std::string_view name, Code code, std::int64_t version = 1, std::int64_t version_oldest = 1) {
    return {.name = name,
            .version = version,
            .version_oldest = version_oldest,
            .run = [code = std::move(code)](Flow& flow, std::string input) {
                return detail::run_encoded<Input, Output>(flow, std::move(input), code);
            }};
}

/// Adds to the kind what runs when an operator cancels one of its flows (FlowKind::canceled):
/// `code` is a Task<Result<Output>>(Flow&, Input).
template <class Input, class Output, class Code>
FlowKind with_cancel(FlowKind kind, Code code) {
    kind.canceled = [code = std::move(code)](Flow& flow, std::string input) {
        return detail::run_encoded<Input, Output>(flow, std::move(input), code);
    };
    return kind;
}

}  // namespace tw::durable
