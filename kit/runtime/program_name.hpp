#pragma once

#include <string>
#include <string_view>

namespace tw::runtime {

/// The name of a program, and everything that is called after it: what "greeter" gives stands at
/// each function. The libraries of the kit have no name of their own to put there.
class ProgramName {
 public:
    /// `name` begins with a lower-case letter and has lower-case letters, digits and hyphens. Any
    /// other name is a bug: std::logic_error.
    explicit ProgramName(std::string_view name);
    /// Implicit, so that a Program can be written with its name in quotes.
    ProgramName(const char* name) : ProgramName{std::string_view{name}} {}

    /// "greeter": in messages, as the process's service name, its service.namespace and its
    /// instrumentation scope, as the domain of gRPC errors, as the user agent of calls, and where
    /// PostgreSQL and Redis list their clients.
    const std::string& text() const { return name_; }
    /// "GREETER_HTTP_ADDRESS" for "http.address".
    std::string variable(std::string_view key) const;
    /// "GREETER_"
    std::string variable_prefix() const { return variable(""); }
    /// "greeter.toml", in the working folder.
    std::string settings_file() const { return name_ + ".toml"; }
    /// "spiffe://greeter/": the beginning of the URI in every module's certificate; the module's
    /// name follows.
    std::string identity_prefix() const { return "spiffe://" + name_ + "/"; }
    /// "greeter:": the beginning of every key in Redis, so that a server may be shared with others.
    std::string key_prefix() const { return name_ + ":"; }

 private:
    std::string name_;
};

}  // namespace tw::runtime
