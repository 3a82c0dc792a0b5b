#pragma once

#include "services/console/record.hpp"
#include "services/console/views/call_outcome.hpp"
#include "services/console/views/call_series.hpp"

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

namespace tw::console {

/// The caller's side of a call.
struct ClientCall {
    std::uint32_t service = 0;
    CallOutcome outcome = CallOutcome::ok;
    std::int64_t duration_ns = 0;
    std::int64_t end_ns = 0;
    /// Where the call goes if the callee sends no telemetry. Without a name it is not known.
    NodeKind target_kind = NodeKind::remote;
    std::string target;
};

/// Pairs the client span of a call with the server span below it, whichever comes first. It holds
/// at most 65,536 sides of calls, each for at most 60 s.
class OpenCalls {
 public:
    static constexpr std::size_t kOpenMax = 65'536;
    static constexpr std::int64_t kWaitNs = 60'000'000'000;

    struct Key {
        TraceId trace{};
        /// The id of the client span.
        SpanId span{};
        bool operator==(const Key&) const = default;
    };

    /// Returns the service that served the call if that is known already. If not, the call is kept.
    std::optional<std::uint32_t> add_client(const Key& key, ClientCall call, std::int64_t now_ns);
    /// Returns the call that `service` served if that is known already. If not, the service is
    /// kept.
    std::optional<ClientCall> add_server(const Key& key, std::uint32_t service, std::int64_t now_ns);
    /// Returns the oldest call that waits for a server no longer, if there is one.
    std::optional<ClientCall> take_expired(std::int64_t now_ns);

    std::size_t size() const { return open_.size(); }

 private:
    struct Open {
        Key key;
        std::int64_t since_ns = 0;
        /// Nothing: a server waits.
        std::optional<ClientCall> client;
        std::uint32_t server = 0;
    };
    using Entries = std::list<Open>;
    struct Hash {
        std::size_t operator()(const Key& key) const;
    };

    void keep(Open open);
    void drop(Entries::iterator entry);

    /// In the order of arrival.
    Entries open_;
    std::unordered_map<Key, Entries::iterator, Hash> by_key_;
};

}  // namespace tw::console
