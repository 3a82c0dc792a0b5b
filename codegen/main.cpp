#include "codegen/generator.hpp"

#include <google/protobuf/compiler/plugin.h>

int main(int argc, char* argv[]) {
    const tw::codegen::Generator generator;
    return google::protobuf::compiler::PluginMain(argc, argv, &generator);
}
