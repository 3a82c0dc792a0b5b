#pragma once

#include "codegen/contract.hpp"

#include <set>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// Writes the checks of a file's requests: a function check_fields() for each message that has
/// rules, or that contains such a message. Messages of other files get their checks here too, so
/// that no generated file depends on another one's checks.
class ValidationWriter {
 public:
    explicit ValidationWriter(const FileModel& file);

    /// Whether a message of this type, or a message within it, is checked.
    bool is_checked(const google::protobuf::Descriptor& message) const { return checked_.contains(&message); }
    /// Returns the functions, and the template validate<Request> that calls them. Empty if nothing
    /// is checked.
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
    std::vector<const google::protobuf::Descriptor*> order_;  ///< the messages that are checked, in the order of first use
    std::set<const google::protobuf::Descriptor*> checked_;
};

}  // namespace tw::codegen
