#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/auth/key_set.hpp"
#include "kit/base/result.hpp"

#include <memory>
#include <utility>

namespace tw::auth {

/// Gives the keys of one issuer. It belongs to one event loop.
class KeySource {
 public:
    virtual ~KeySource() = default;

    /// Returns the keys that may be used now; null if there are none. It never waits. It may begin
    /// to read the keys again. The pointer is valid until the caller suspends.
    virtual const KeySet* current() = 0;
    /// Asks for keys that `current` did not have. Waits until they have been read again, if that is
    /// possible and permitted now; ask `current` again afterwards. Fails with the error of `ctx` if
    /// the call is over before.
    virtual Task<Result<void>> refresh(const CallContext& ctx) = 0;
};

/// Keys that never change.
class FixedKeys final : public KeySource {
 public:
    explicit FixedKeys(KeySet keys) : keys_{std::move(keys)} {}

    const KeySet* current() override { return &keys_; }
    Task<Result<void>> refresh(const CallContext&) override { co_return Result<void>{}; }

 private:
    KeySet keys_;
};

}  // namespace tw::auth
