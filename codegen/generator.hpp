#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <google/protobuf/compiler/code_generator.h>

namespace tw::codegen {

/// protoc's plug-in: reads the contracts of one run, refuses what is wrong with them, all at once and with file, line and
/// method, and writes for each that declares services its .tw.hpp and .tw.cpp.
///
/// Parameters, separated by commas: `openapi` also writes openapi.json and openapi.tw.{hpp,cpp}; `title=…`, `version=…`
/// go into its info, `namespace=…` is where the function openapi_json() is declared ("tradewind").
class Generator final : public google::protobuf::compiler::CodeGenerator {
 public:
    bool Generate(const google::protobuf::FileDescriptor* file, const std::string& parameter,
                  google::protobuf::compiler::GeneratorContext* context, std::string* error) const override;
    bool GenerateAll(const std::vector<const google::protobuf::FileDescriptor*>& files, const std::string& parameter,
                     google::protobuf::compiler::GeneratorContext* context, std::string* error) const override;
    std::uint64_t GetSupportedFeatures() const override { return FEATURE_PROTO3_OPTIONAL; }
};

}  // namespace tw::codegen
