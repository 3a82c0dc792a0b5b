#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/error.hpp"
#include "kit/rpc/method.hpp"
#include "tests/simulation/street.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tw::shop {

/// Returns the id under which the services store the key of a caller whom they do not know. It is computed here a second time,
/// so that nothing comes from the code under test.
std::string id_of_key(std::string_view path, std::string_view key);

/// One request with an idempotency key, which a client may send several times. It decides when the client sends it again, writes
/// what the client was told into the journal, and compares each answer with the earlier ones.
class KeyedRequest {
 public:
    KeyedRequest(Street& street, const rpc::Method& method, std::string effect);

    /// What each attempt carries.
    std::shared_ptr<const CallAttributes> attributes() const { return attributes_; }
    /// Some attempts end early, while the service is still writing.
    std::chrono::nanoseconds timeout(std::chrono::nanoseconds usual) const;
    void begin_attempt();
    /// How many copies the client sends at once.
    int copies() const;
    /// Notes the outcome of an attempt. Returns the promise that the outcome breaks.
    std::optional<std::string> note_answer(const std::string& bytes);
    std::optional<std::string> note(const Error& error);

    /// Whether the client sends the request once more.
    bool wants_again();
    /// How long it waits before.
    std::chrono::nanoseconds pause() const;
    /// Whether an attempt was left open, and none has succeeded.
    bool open() const { return call().told == Told::open; }

 private:
    Journal::KeyedCall& call() const { return street_.journal.keyed[entry_]; }
    bool is_stored() const;

    Street& street_;
    /// In the journal.
    std::size_t entry_;
    std::shared_ptr<const CallAttributes> attributes_;
    int attempts_ = 0;
    /// What was so before the attempt began.
    bool stored_before_ = false;
    bool acknowledged_before_ = false;
    /// Whether an answer of the attempt is one after which the guide says to send the request again.
    bool unsettled_ = false;
    bool any_open_ = false;
};

}  // namespace tw::shop
