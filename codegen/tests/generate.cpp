#include "codegen/tests/generate.hpp"

#include "codegen/generator.hpp"

#include <stdexcept>

#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor_database.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace tw::codegen {

namespace {

namespace pb = google::protobuf;

class TextTree final : public pb::compiler::SourceTree {
 public:
    explicit TextTree(const std::map<std::string, std::string>& texts) : texts_{texts} {}
    pb::io::ZeroCopyInputStream* Open(const std::string& name) override {
        const auto found = texts_.find(name);
        if (found == texts_.end()) return nullptr;
        return new pb::io::ArrayInputStream(found->second.data(), static_cast<int>(found->second.size()));
    }

 private:
    const std::map<std::string, std::string>& texts_;
};

class Thrower final : public pb::compiler::MultiFileErrorCollector {
 public:
    void AddError(const std::string& file, int line, int, const std::string& message) override {
        throw std::runtime_error(file + ":" + std::to_string(line + 1) + ": " + message);
    }
};

class TextContext final : public pb::compiler::GeneratorContext {
 public:
    explicit TextContext(std::map<std::string, std::string>& files) : files_{files} {}
    pb::io::ZeroCopyOutputStream* Open(const std::string& name) override { return new pb::io::StringOutputStream(&files_[name]); }

 private:
    std::map<std::string, std::string>& files_;
};

}  // namespace

Generated generate(const std::map<std::string, std::string>& protos, const std::string& parameter) {
    TextTree tree{protos};
    // Files that are not among the texts come from this program: the options, and protobuf's own.
    pb::DescriptorPoolDatabase built_in{*pb::DescriptorPool::generated_pool()};
    pb::compiler::SourceTreeDescriptorDatabase database{&tree, &built_in};
    Thrower thrower;
    database.RecordErrorsTo(&thrower);
    pb::DescriptorPool pool{&database, database.GetValidationErrorCollector()};

    std::vector<const pb::FileDescriptor*> files;
    for (const auto& [name, text] : protos) files.push_back(pool.FindFileByName(name));
    Generated generated;
    TextContext context{generated.files};
    Generator{}.GenerateAll(files, parameter, &context, &generated.error);
    return generated;
}

std::string error_of(const std::string& proto) { return generate({{"bad.proto", proto}}).error; }

}  // namespace tw::codegen
