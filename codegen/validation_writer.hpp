#pragma once

#include "codegen/contract.hpp"

#include <set>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// Writes the checks of a file's requests: a function check_fields() for each message that has rules or holds one that has.
/// Messages of other files are checked here as well, so that no generated file depends on another's checks.
class ValidationWriter {
 public:
    explicit ValidationWriter(const FileModel& file);

    /// Whether anything in a message of this type is ruled.
    bool is_checked(const google::protobuf::Descriptor& message) const { return checked_.contains(&message); }
    /// The functions, and the template validate<Request> on top of them; empty when nothing is checked.
    std::string text() const;

 private:
    void visit(const google::protobuf::Descriptor& message, std::set<const google::protobuf::Descriptor*>& seen);
    std::string signature(const google::protobuf::Descriptor& message) const;
    std::string body(const google::protobuf::Descriptor& message) const;
    std::string field_text(const google::protobuf::FieldDescriptor& field) const;
    std::string list_text(const google::protobuf::FieldDescriptor& field, const std::string& place,
                          const std::string& accessor) const;
    std::string map_text(const google::protobuf::FieldDescriptor& field, const std::string& place,
                         const std::string& accessor) const;
    std::string value_check(const google::protobuf::FieldDescriptor& field, const std::string& place, const std::string& value,
                            bool given) const;

    const google::protobuf::FileDescriptor& file_;
    std::vector<const google::protobuf::Descriptor*> order_;  ///< what is checked, in the order of first use
    std::set<const google::protobuf::Descriptor*> checked_;
};

}  // namespace tw::codegen
