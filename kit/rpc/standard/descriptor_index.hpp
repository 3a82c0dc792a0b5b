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

/// Finds the contract files of some services and all files that these import. It also has the file
/// of the details of errors, because tools show details as bytes without it. Other files that the
/// program contains are left out. Errors are NOT_FOUND.
class DescriptorIndex {
 public:
    /// `pool` must outlive the index. Services that `pool` does not know, because they were written
    /// by hand, have no file.
    DescriptorIndex(const google::protobuf::DescriptorPool& pool, std::span<const std::string_view> services);

    Result<const FileDescriptor*> file_by_name(const std::string& name) const;
    /// `symbol` is the full name of a service, method, message, field, enum, enum value or
    /// extension.
    Result<const FileDescriptor*> file_of_symbol(const std::string& symbol) const;
    Result<const FileDescriptor*> file_of_extension(const std::string& type, int number) const;
    /// Returns the numbers in ascending order. Fails with NOT_FOUND if there is no message of that
    /// name.
    Result<std::vector<int>> extension_numbers(const std::string& type) const;

 private:
    void add(const FileDescriptor* file);
    bool has(const FileDescriptor* file) const;

    const google::protobuf::DescriptorPool& pool_;
    std::vector<const FileDescriptor*> files_;
};

}  // namespace tw::rpc
