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

/// One run of the generator over contracts that are texts by name. "tradewind/options.proto" can be imported. What is no
/// proper protobuf at all throws std::runtime_error: that is the test's mistake.
Generated generate(const std::map<std::string, std::string>& protos, const std::string& parameter = "");

/// The error for a single file, "bad.proto".
std::string error_of(const std::string& proto);

}  // namespace tw::codegen
