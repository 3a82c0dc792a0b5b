#pragma once

#include "kit/async/gate.hpp"
#include "kit/async/wait_list.hpp"
#include "kit/auth/jwks_location.hpp"
#include "kit/auth/key_refresh.hpp"
#include "kit/auth/key_source.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <memory>
#include <optional>
#include <string>

namespace tw::auth {

class RefreshSchedule;

/// The keys of an issuer that may change them. They are read when they are first needed, and then
/// again when they are used after the refresh period has passed. Calls are answered with the former
/// keys meanwhile, up to their greatest age; after that there are no keys, and no token passes. A
/// key that is not in the set is looked for at once, at most once in a pause. One reading runs at a
/// time, and all calls that need its outcome wait for it.
///
/// A set that cannot be used (KeySet::parse) counts as a failure: the former one stays in use.
///
/// It belongs to one event loop. Await stop() before destroying it.
class RefreshedKeys final : public KeySource {
 public:
    /// `issuer` is the name in logs and metrics. `options` must be valid. `loop`, `clock` and what
    /// `telemetry` refers to must outlive the object.
    RefreshedKeys(EventLoop& loop, const Clock& clock, telemetry::Telemetry telemetry, std::string issuer,
                  std::unique_ptr<JwksLocation> location, const KeyRefreshOptions& options = {});
    ~RefreshedKeys() override;
    RefreshedKeys(const RefreshedKeys&) = delete;
    RefreshedKeys& operator=(const RefreshedKeys&) = delete;

    const KeySet* current() override;
    Task<Result<void>> refresh(const CallContext& ctx) override;

    /// Cancels a reading that is under way and waits for its end. Calls that wait go on. Nothing is
    /// read any more.
    Task<void> stop();

    /// The error of the last reading if it failed, for logs, checks and tests.
    const std::optional<Error>& failure() const { return failure_; }

 private:
    void begin();
    Task<void> read();
    void take(Result<std::string> text);
    void report(const Error& error) const;

    EventLoop& loop_;
    const Clock& clock_;
    telemetry::Telemetry telemetry_;
    std::string issuer_;
    std::unique_ptr<JwksLocation> location_;
    KeyRefreshOptions options_;
    std::unique_ptr<RefreshSchedule> schedule_;
    Random random_;
    telemetry::Counter readings_;
    telemetry::Counter failures_;

    std::optional<KeySet> keys_;
    std::optional<Error> failure_;
    /// The scope of the reading that is under way; null if there is none.
    CancelScope* reading_ = nullptr;
    WaitList waiting_;
    Gate gate_;
};

}  // namespace tw::auth
