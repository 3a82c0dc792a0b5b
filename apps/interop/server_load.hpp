#pragma once

#include "apps/interop/orca_methods.hpp"
#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/async/wait_list.hpp"
#include "kit/base/result.hpp"

#include <utility>

namespace tw::interop {

/// The load that the server says it has, whoever asks. The suite has its clients set it; two that did so at once would each
/// read what the other set, so that a call locks it, until it ends.
///
/// Belongs to one loop; outlives the calls that hold or await the lock.
class ServerLoad {
 public:
    /// Move-only; unlocks on destruction. What was set last stays.
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
    /// Waits until nobody else holds it; the context's error where the call is over before.
    Task<Result<Lock>> lock(const CallContext& ctx);

 private:
    void unlock();

    OrcaLoadReport report_;
    bool locked_ = false;
    WaitList waiting_;
};

}  // namespace tw::interop
