#pragma once

#include <map>
#include <string>
#include <vector>

namespace tw::codegen {

struct Generated {
    std::map<std::string, std::string> files;
    /// Why nothing was generated; empty on success.
    std::string error;
};

/// Runs the generator once over contracts, given as texts by name. They can import
/// "tradewind/options.proto". Throws std::runtime_error if a text is not protobuf, which is a fault
/// of the test.
Generated generate(const std::map<std::string, std::string>& protos, const std::string& parameter = "");

/// Returns the error for a single file, "bad.proto".
std::string error_of(const std::string& proto);

}  // namespace tw::codegen
