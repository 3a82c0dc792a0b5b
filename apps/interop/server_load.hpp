#pragma once

#include "apps/interop/orca_methods.hpp"
#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/async/wait_list.hpp"
#include "kit/base/result.hpp"

#include <utility>

namespace tw::interop {

/// The load that the server says it has, whoever asks. The suite has its clients invent it; two that did so at once would
/// each read what the other said, so that one call at a time has the word, until it ends.
///
/// Belongs to one loop; outlives the calls that have or await the word.
class ServerLoad {
 public:
    /// The word. Move-only; gives it back on destruction. What was said last goes on holding.
    class [[nodiscard]] Word {
     public:
        Word(Word&& other) noexcept : load_{std::exchange(other.load_, nullptr)} {}
        Word& operator=(Word&&) = delete;
        ~Word() {
            if (load_ != nullptr) load_->give_back();
        }

        void say(OrcaLoadReport report) { load_->report_ = std::move(report); }

     private:
        friend ServerLoad;
        explicit Word(ServerLoad& load) : load_{&load} {}
        ServerLoad* load_;
    };

    ServerLoad() = default;
    ServerLoad(const ServerLoad&) = delete;
    ServerLoad& operator=(const ServerLoad&) = delete;

    const OrcaLoadReport& report() const { return report_; }
    /// Waits until nobody else has it; the context's error where the call is over before.
    Task<Result<Word>> take_word(const CallContext& ctx);

 private:
    void give_back();

    OrcaLoadReport report_;
    bool taken_ = false;
    WaitList waiting_;
};

}  // namespace tw::interop
