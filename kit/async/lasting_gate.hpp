#pragma once

#include "kit/async/gate.hpp"

#include <memory>

namespace tw {

/// A Gate that outlives its owner while work is inside: it is destroyed with the last pass. It is
/// meant for handlers that keep running after they were cancelled. Such a handler must not refer to
/// anything that the owner owns.
class LastingGate {
 public:
    LastingGate() = default;
    LastingGate(const LastingGate&) = delete;
    LastingGate& operator=(const LastingGate&) = delete;
    ~LastingGate() {
        auto* const left = gate_.release();
        left->close([left] { delete left; });
    }

    Gate& get() { return *gate_; }

 private:
    std::unique_ptr<Gate> gate_ = std::make_unique<Gate>();
};

}  // namespace tw
