#pragma once

#include "kit/async/signal.hpp"
#include "kit/runtime/module.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tw::runtime {

/// A record of what happened to fake modules, in order. Thread-safe.
class Diary {
 public:
    void note(std::string event) {
        const std::lock_guard lock{mutex_};
        events_.push_back(std::move(event));
    }
    std::vector<std::string> events() const {
        const std::lock_guard lock{mutex_};
        return events_;
    }

 private:
    mutable std::mutex mutex_;
    std::vector<std::string> events_;
};

/// A module for the runtime's own tests. It does nothing but record its calls.
class FakeModule final : public Module {
 public:
    explicit FakeModule(std::string name, Diary* diary = nullptr) : name_{std::move(name)}, diary_{diary} {}

    std::string_view name() const override { return name_; }
    std::string_view service_name() const override { return name_; }
    std::vector<Setting> settings() const override { return settings_; }
    Task<Result<void>> prepare(Host&) override {
        note("prepare");
        if (fails_) co_return unavailable("the database is away");
        co_return Result<void>{};
    }
    Result<void> serve(LoopHost&) override {
        note("serve");
        return {};
    }
    Task<void> drain(Deadline) override {
        note("drain");
        // Nobody ends this wait, and no deadline does.
        if (hangs_) co_await never_;
    }
    Health health() const override { return health_; }

    FakeModule& with_setting(Setting setting) {
        settings_.push_back(std::move(setting));
        return *this;
    }
    FakeModule& with_health(Health health) {
        health_ = std::move(health);
        return *this;
    }
    FakeModule& failing() {
        fails_ = true;
        return *this;
    }
    /// The drain of the module does not end.
    FakeModule& hanging() {
        hangs_ = true;
        return *this;
    }

 private:
    void note(std::string_view event) {
        if (diary_ != nullptr) diary_->note(name_ + " " + std::string{event});
    }

    std::string name_;
    Diary* diary_;
    std::vector<Setting> settings_;
    Health health_;
    bool fails_ = false;
    bool hangs_ = false;
    Signal never_;
};

inline std::unique_ptr<Module> make_idle_module() { return std::make_unique<FakeModule>("idle"); }

inline std::unique_ptr<Module> make_configured_module() {
    auto module = std::make_unique<FakeModule>("catalog");
    module->with_setting(choice_setting("seed", "auto", {"auto", "never"}, "Whether an empty catalogue is filled"));
    return module;
}

}  // namespace tw::runtime
