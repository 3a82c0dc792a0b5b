#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

namespace tw::redis {

/// A command in the form in which it is sent. Its arguments are copied into it and may hold any
/// bytes. It is move-only.
class Command {
 public:
    /// `name` is a constant with static storage ("GET"). It names spans and metrics, which never
    /// show arguments.
    explicit Command(std::string_view name, std::initializer_list<std::string_view> arguments = {})
        : Command{name, std::span{arguments.begin(), arguments.size()}} {}
    Command(std::string_view name, std::span<const std::string_view> arguments);

    std::string_view name() const { return name_; }
    std::string_view wire() const { return {wire_.get(), size_}; }

 private:
    struct Free {
        void operator()(char* wire) const;
    };
    std::string_view name_;
    std::unique_ptr<char, Free> wire_;
    std::size_t size_ = 0;
};

}  // namespace tw::redis
