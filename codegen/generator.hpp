#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <google/protobuf/compiler/code_generator.h>

namespace tw::codegen {

/// protoc's plug-in. It reads the contracts of one run and reports all their faults at once, with
/// file, line and method. For each file that declares services it writes the .tw.hpp and the
/// .tw.cpp.
///
/// Parameters are separated by commas. `openapi` also writes openapi.json, which describes the
/// routes of the whole run. `title=…` and `version=…` go into its info.
class Generator final : public google::protobuf::compiler::CodeGenerator {
 public:
    bool Generate(const google::protobuf::FileDescriptor* file, const std::string& parameter,
                  google::protobuf::compiler::GeneratorContext* context, std::string* error) const override;
    bool GenerateAll(const std::vector<const google::protobuf::FileDescriptor*>& files, const std::string& parameter,
                     google::protobuf::compiler::GeneratorContext* context, std::string* error) const override;
    std::uint64_t GetSupportedFeatures() const override { return FEATURE_PROTO3_OPTIONAL; }
};

}  // namespace tw::codegen
