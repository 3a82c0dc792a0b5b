#pragma once

#include "codegen/problems.hpp"
#include "codegen/route.hpp"
#include "tradewind/options.pb.h"

#include <cstdint>
#include <optional>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// What the generator knows about the contracts of one run, after every check. The writers find no
/// more faults.

struct MethodModel {
    const google::protobuf::MethodDescriptor* descriptor;
    tradewind::MethodPolicy policy;
    std::int64_t deadline_ms;
    std::optional<HttpRoute> http;
};

struct ServiceModel {
    const google::protobuf::ServiceDescriptor* descriptor;
    std::vector<MethodModel> methods;
};

/// A file that declares services.
struct FileModel {
    const google::protobuf::FileDescriptor* descriptor;
    std::vector<ServiceModel> services;
};

struct Contract {
    std::vector<FileModel> files;
};

/// Reads the contracts of the run. Faults of the policies, routes and field rules go to `problems`.
Contract read_contract(const std::vector<const google::protobuf::FileDescriptor*>& files, Problems& problems);

}  // namespace tw::codegen
