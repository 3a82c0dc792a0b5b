#include "codegen/generator.hpp"

#include "codegen/contract.hpp"
#include "codegen/header_writer.hpp"
#include "codegen/names.hpp"
#include "codegen/openapi.hpp"
#include "codegen/problems.hpp"
#include "codegen/source_writer.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/io/zero_copy_stream.h>

namespace tw::codegen {

namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::compiler::GeneratorContext;

struct Parameters {
    bool openapi = false;
    OpenApiInfo info;
};

/// Reads the parameters. If one does not exist, returns nothing and says so in `error`.
std::optional<Parameters> read_parameters(const std::string& text, std::string& error) {
    std::vector<std::pair<std::string, std::string>> pairs;
    google::protobuf::compiler::ParseGeneratorParameter(text, &pairs);
    Parameters parameters;
    for (auto& [key, value] : pairs) {
        if (key == "openapi") {
            parameters.openapi = true;
        } else if (key == "title") {
            parameters.info.title = std::move(value);
        } else if (key == "version") {
            if (!value.empty()) parameters.info.version = std::move(value);
        } else {
            error = fmt::format("unknown parameter \"{}\"; there are openapi, title and version", key);
            return std::nullopt;
        }
    }
    return parameters;
}

void write_file(GeneratorContext& context, const std::string& name, const std::string& text) {
    const std::unique_ptr<google::protobuf::io::ZeroCopyOutputStream> stream{context.Open(name)};
    std::string_view rest = text;
    void* buffer = nullptr;
    int room = 0;
    while (!rest.empty() && stream->Next(&buffer, &room)) {
        const auto part = rest.substr(0, static_cast<std::size_t>(room));
        part.copy(static_cast<char*>(buffer), part.size());
        rest.remove_prefix(part.size());
        if (std::cmp_greater(room, part.size())) stream->BackUp(room - static_cast<int>(part.size()));
    }
}

}  // namespace

bool Generator::Generate(const FileDescriptor* file, const std::string& parameter, GeneratorContext* context,
                         std::string* error) const {
    return GenerateAll({file}, parameter, context, error);
}

bool Generator::GenerateAll(const std::vector<const FileDescriptor*>& files, const std::string& parameter,
                            GeneratorContext* context, std::string* error) const {
    const auto parameters = read_parameters(parameter, *error);
    if (!parameters) return false;

    Problems problems;
    const Contract contract = read_contract(files, problems);
    if (!problems.empty()) {
        *error = problems.text();
        return false;
    }
    for (const auto& file : contract.files) {
        const auto stem = stem_of(*file.descriptor);
        write_file(*context, stem + ".tw.hpp", header_text(file));
        write_file(*context, stem + ".tw.cpp", source_text(contract, file));
    }
    if (parameters->openapi) write_file(*context, "openapi.json", openapi_document(contract, parameters->info));
    return true;
}

}  // namespace tw::codegen
