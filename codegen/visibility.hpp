#pragma once

#include "codegen/contract.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// A set of callers as tw::rpc::CallerSet has it.
using CallerBits = std::uint32_t;

/// The callers of `visible_to`, or all if the field names none.
CallerBits visible_to(const google::protobuf::FieldDescriptor& field);
/// The callers that see every field of a message of this type and of the messages within it.
CallerBits see_all_fields(const google::protobuf::Descriptor& message);
/// Whether one of the callers that the method allows does not see every field of its answers.
bool hides_fields(const MethodModel& method);

/// Checks that `visible_to` names callers that exist, and that the personal fields of the method's
/// answers say who sees them. Faults go to `problems`, one for each field in `reported`.
void check_visibility(const google::protobuf::Descriptor& answer, std::set<const google::protobuf::Descriptor*>& reported,
                      Problems& problems);

/// Writes the functions that hide fields from callers: a function hide() for each message of an
/// answer that has such a field, or that contains such a message.
class VisibilityWriter {
 public:
    explicit VisibilityWriter(const FileModel& file);

    /// Returns the functions, and the template hide_fields<Response> that calls them. Empty if
    /// nothing is hidden.
    std::string text() const;

 private:
    void visit(const google::protobuf::Descriptor& message);
    std::string signature(const google::protobuf::Descriptor& message) const;
    std::string field_text(const google::protobuf::FieldDescriptor& field) const;

    const google::protobuf::FileDescriptor& file_;
    std::vector<const google::protobuf::Descriptor*> order_;  ///< the messages, in the order of first use
};

}  // namespace tw::codegen
