#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

namespace tw::redis {

/// A command as it goes over the wire. Its arguments are copied into it and may hold any bytes. Move-only.
class Command {
 public:
    /// `name` is a constant with static storage ("GET"): it names spans and metrics. Arguments never show there.
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
