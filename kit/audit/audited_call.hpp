#pragma once

#include "kit/async/call_context.hpp"
#include "kit/audit/objects.hpp"
#include "kit/rpc/call_info.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tw::audit {

/// A call that is recorded, while it is being served. AuditPolicy attaches it to the call, and
/// AuditingDatabase stores its record with the first write.
class AuditedCall final : public rpc::CallExtension {
 public:
    /// `method` lives as long as the object. `kind` is the kind of object that answers describe.
    AuditedCall(std::string_view method, std::string kind) : method_{method}, kind_{std::move(kind)} {}

    std::string_view method() const { return method_; }
    Objects& objects() { return objects_; }
    const Objects& objects() const { return objects_; }
    /// The objects without those of an answer that the handler has announced.
    const Objects& asked() const { return asked_ ? *asked_ : objects_; }
    void add_ids_of(const rpc::Message& message) { objects_.add_from(message, kind_); }
    /// Whether the record is stored together with a change.
    bool recorded() const { return recorded_; }
    void set_recorded() { recorded_ = true; }

    void on_answer(const rpc::Message& answer) override {
        if (!asked_) asked_ = objects_;
        add_ids_of(answer);
    }

 private:
    std::string_view method_;
    std::string kind_;
    Objects objects_;
    std::optional<Objects> asked_;
    bool recorded_ = false;
};

/// Returns the call that is being served and that is recorded; null if there is none.
inline AuditedCall* audited_call(const CallContext& ctx) {
    if (const auto* const info = rpc::served(ctx)) return static_cast<AuditedCall*>(info->audited);
    // An operator's command is no RPC, and is attached itself.
    return ctx.attached<AuditedCall>();
}

}  // namespace tw::audit
