#pragma once

#include "kit/base/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class DescriptorPool;
class FileDescriptor;
}  // namespace google::protobuf

namespace tw::rpc {

using google::protobuf::FileDescriptor;

/// The contract files of some services with all that they import, that of the details of a refusal, without which tools show
/// these as bytes, and nothing else that the program happens to contain. Errors are NOT_FOUND.
class DescriptorIndex {
 public:
    /// Services that `pool` does not know, because they were written by hand, have no file. `pool` outlives the index.
    DescriptorIndex(const google::protobuf::DescriptorPool& pool, std::span<const std::string_view> services);

    Result<const FileDescriptor*> file_by_name(const std::string& name) const;
    /// `symbol`: the full name of a service, method, message, field, enum, enum value or extension.
    Result<const FileDescriptor*> file_of_symbol(const std::string& symbol) const;
    Result<const FileDescriptor*> file_of_extension(const std::string& type, int number) const;
    /// In ascending order; NOT_FOUND where there is no message of that name.
    Result<std::vector<int>> extension_numbers(const std::string& type) const;

 private:
    void add(const FileDescriptor* file);
    bool has(const FileDescriptor* file) const;

    const google::protobuf::DescriptorPool& pool_;
    std::vector<const FileDescriptor*> files_;
};

}  // namespace tw::rpc
