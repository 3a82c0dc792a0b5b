#include "kit/rpc/standard/descriptor_index.hpp"

#include "kit/base/error.hpp"

#include <algorithm>

#include <google/protobuf/descriptor.h>

namespace tw::rpc {

using google::protobuf::DescriptorPool;

DescriptorIndex::DescriptorIndex(const DescriptorPool& pool, std::span<const std::string_view> services) : pool_{pool} {
    for (const auto service : services) {
        if (const auto* found = pool.FindServiceByName(std::string{service})) add(found->file());
    }
    if (const auto* detail = pool.FindMessageTypeByName("google.rpc.ErrorInfo")) add(detail->file());
}

void DescriptorIndex::add(const FileDescriptor* file) {
    if (has(file)) return;
    files_.push_back(file);
    for (int i = 0; i < file->dependency_count(); ++i) add(file->dependency(i));
}

bool DescriptorIndex::has(const FileDescriptor* file) const { return std::ranges::find(files_, file) != files_.end(); }

Result<const FileDescriptor*> DescriptorIndex::file_by_name(const std::string& name) const {
    const auto found = std::ranges::find_if(files_, [&](const FileDescriptor* file) { return file->name() == name; });
    if (found == files_.end()) return not_found("file", name);
    return *found;
}

Result<const FileDescriptor*> DescriptorIndex::file_of_symbol(const std::string& symbol) const {
    const auto* const file = pool_.FindFileContainingSymbol(symbol);
    if (file == nullptr || !has(file)) return not_found("symbol", symbol);
    return file;
}

Result<const FileDescriptor*> DescriptorIndex::file_of_extension(const std::string& type, int number) const {
    const auto* const message = pool_.FindMessageTypeByName(type);
    const auto* const extension = message == nullptr ? nullptr : pool_.FindExtensionByNumber(message, number);
    if (extension == nullptr || !has(extension->file())) return not_found("extension of " + type, std::to_string(number));
    return extension->file();
}

Result<std::vector<int>> DescriptorIndex::extension_numbers(const std::string& type) const {
    const auto* const message = pool_.FindMessageTypeByName(type);
    if (message == nullptr || !has(message->file())) return not_found("message", type);
    std::vector<const google::protobuf::FieldDescriptor*> extensions;
    pool_.FindAllExtensions(message, &extensions);
    std::vector<int> numbers;
    for (const auto* extension : extensions) {
        if (has(extension->file())) numbers.push_back(extension->number());
    }
    std::ranges::sort(numbers);
    return numbers;
}

}  // namespace tw::rpc
