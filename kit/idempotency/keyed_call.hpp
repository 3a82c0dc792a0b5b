#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/clock.hpp"
#include "kit/idempotency/record/changed_rows.hpp"
#include "kit/rpc/call_info.hpp"
#include "kit/sql/statement.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tw::idempotency {

/// A call that came with an idempotency key, while it is being served. The policy
/// (keyed_policy.hpp) attaches it; the handler says its answer with `answer_with`; and
/// RecordingDatabase writes both with the handler's change.
class KeyedCall final : public rpc::CallExtension {
 public:
    /// `id` names caller, method and key; `fingerprint` the request.
    KeyedCall(std::string id, std::string fingerprint) : id_{std::move(id)}, fingerprint_{std::move(fingerprint)} {}

    const std::string& id() const { return id_; }
    const std::string& fingerprint() const { return fingerprint_; }
    /// The bytes of the answer, once the handler has said it.
    const std::optional<std::string>& answer() const { return answer_; }
    void set_answer(std::string bytes) { answer_ = std::move(bytes); }
    /// Whether the key and the answer are stored.
    bool recorded() const { return recorded_; }
    void set_recorded() { recorded_ = true; }
    /// Whether the handler has written something without having said its answer.
    bool wrote_without_key() const { return wrote_without_key_; }
    void set_wrote_without_key() { wrote_without_key_ = true; }
    /// The cached rows that the call changes, and their versions. They are stored with the key.
    const ChangedRows& changed_rows() const { return changed_rows_; }
    void on_row_change(std::string_view key, std::int64_t version) override {
        const auto known = changed_rows_.find(key);
        const bool same = known != changed_rows_.end() && known->second == version;
        if (recorded_ && !same) has_unstored_row_ = true;
        changed_rows_.insert_or_assign(std::string{key}, version);
    }
    /// Whether a cache was told of a row that is not stored with the key.
    bool has_unstored_row() const { return has_unstored_row_; }

 private:
    std::string id_;
    std::string fingerprint_;
    std::optional<std::string> answer_;
    bool recorded_ = false;
    bool wrote_without_key_ = false;
    ChangedRows changed_rows_;
    bool has_unstored_row_ = false;
};

/// Returns the keyed call that is being served; null if the call has no key.
inline KeyedCall* keyed_call(const CallContext& ctx) {
    const auto* const info = rpc::served(ctx);
    return info == nullptr ? nullptr : dynamic_cast<KeyedCall*>(info->extension);
}

/// Says what the handler is going to answer. The handler of a KEYED method calls this before the
/// write of its change: the key is stored together with the answer in the change's own transaction.
/// It may be called again, before the write is repeated with another answer. Does nothing for calls
/// without a key.
void answer_with(const CallContext& ctx, const rpc::Message& answer);

}  // namespace tw::idempotency
