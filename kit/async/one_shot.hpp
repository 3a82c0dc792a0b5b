#pragma once

#include <coroutine>
#include <optional>
#include <utility>

namespace tw {

/// A value that a callback delivers to one awaiting coroutine on the same loop. It connects
/// callbacks to co_await. `set` resumes the waiter at once, inside the call. Set it once and await
/// it once. It must stay at its address meanwhile.
template <class T>
class OneShot {
 public:
    OneShot() = default;
    OneShot(const OneShot&) = delete;
    OneShot& operator=(const OneShot&) = delete;

    void set(T value) {
        value_.emplace(std::move(value));
        if (waiter_) std::exchange(waiter_, nullptr).resume();
    }
    bool is_set() const { return value_.has_value(); }

    auto operator co_await() {
        struct Awaiter {
            OneShot& self;
            bool await_ready() const noexcept { return self.is_set(); }
            void await_suspend(std::coroutine_handle<> handle) { self.waiter_ = handle; }
            T await_resume() { return std::move(*self.value_); }
        };
        return Awaiter{*this};
    }

 private:
    std::optional<T> value_;
    std::coroutine_handle<> waiter_;
};

}  // namespace tw
