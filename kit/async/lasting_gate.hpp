#pragma once

#include "kit/async/gate.hpp"

#include <memory>

namespace tw {

/// A Gate that its owner may leave behind while work is inside: it goes when the last pass does. For handlers that do not
/// end when they are told to; what they refer to must not belong to the owner.
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
