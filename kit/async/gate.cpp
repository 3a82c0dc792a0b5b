#include "kit/async/gate.hpp"

#include "kit/async/one_shot.hpp"

#include <exception>

namespace tw {
namespace {

/// A coroutine that nobody awaits. It starts at once and frees itself.
struct Detached {
    struct promise_type {
        Detached get_return_object() const noexcept { return {}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        void unhandled_exception() const noexcept { std::terminate(); }
    };
};

Detached run([[maybe_unused]] Gate::Pass pass, Task<void> task) {
    co_await std::move(task);
    // The task's frame is destroyed before the pass, since the pass keeps alive everything that the
    // frame refers to.
    const auto finished = std::move(task);
}

}  // namespace

void spawn(Gate& gate, Task<void> task) {
    auto pass = gate.enter();
    if (pass) run(std::move(pass), std::move(task));
}

Task<void> close_and_wait(Gate& gate) {
    OneShot<bool> empty;
    gate.close([&empty] { empty.set(true); });
    co_await empty;
}

}  // namespace tw
