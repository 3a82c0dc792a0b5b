#pragma once

#include "apps/interop/orca_methods.hpp"
#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/async/wait_list.hpp"
#include "kit/base/result.hpp"

#include <utility>

namespace tw::interop {

/// The load that the server reports to every client. The suite's clients set it. Two clients that
/// set it at once would each read the other's value, so a call locks it until the call ends.
///
/// The object belongs to one loop. It must outlive the calls that hold or await the lock.
class ServerLoad {
 public:
    /// Unlocks on destruction. The value that was set last stays. A Lock is move-only.
    class [[nodiscard]] Lock {
     public:
        Lock(Lock&& other) noexcept : load_{std::exchange(other.load_, nullptr)} {}
        Lock& operator=(Lock&&) = delete;
        ~Lock() {
            if (load_ != nullptr) load_->unlock();
        }

        void set(OrcaLoadReport report) { load_->report_ = std::move(report); }

     private:
        friend ServerLoad;
        explicit Lock(ServerLoad& load) : load_{&load} {}
        ServerLoad* load_;
    };

    ServerLoad() = default;
    ServerLoad(const ServerLoad&) = delete;
    ServerLoad& operator=(const ServerLoad&) = delete;

    const OrcaLoadReport& report() const { return report_; }
    /// Waits until no other call holds the lock. Fails with the context's error if the call is over
    /// before that.
    Task<Result<Lock>> lock(const CallContext& ctx);

 private:
    void unlock();

    OrcaLoadReport report_;
    bool locked_ = false;
    WaitList waiting_;
};

}  // namespace tw::interop
