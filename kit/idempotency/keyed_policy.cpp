#include "kit/idempotency/keyed_policy.hpp"

#include "kit/base/encoding.hpp"
#include "kit/base/reasons.hpp"
#include "kit/idempotency/idempotency_metrics.hpp"
#include "kit/idempotency/reasons.hpp"
#include "kit/idempotency/record/message_bytes.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <openssl/evp.h>
#include <utility>

#include <google/protobuf/message.h>

namespace tw::idempotency {
namespace {

constexpr std::size_t kKeyBytesMax = 255;

std::string sha256(std::string_view text) {
    std::array<std::uint8_t, 32> digest{};
    EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    std::string hex(2 * digest.size(), '\0');
    write_hex(digest, hex.data());
    return hex;
}

bool is_key(std::string_view key) {
    return key.size() <= kKeyBytesMax && std::ranges::all_of(key, [](char byte) { return byte >= 0x21 && byte <= 0x7e; });
}

Error invalid_key() {
    return Error{Code::invalid_argument, reason::kInvalidIdempotencyKey,
                 "an idempotency key has 1 to 255 printable ASCII characters and no space"};
}

Error key_reused() {
    return Error{Code::invalid_argument, reason::kIdempotencyKeyReused,
                 "this idempotency key came with another request before; use a new key for a new request"};
}

Error in_progress() {
    return Error{Code::aborted, reason::kIdempotencyInProgress, "a call with this idempotency key is being served"}
        .with_retry_after(std::chrono::seconds{1});
}

/// The name of a key: two callers, or two methods, may use equal keys.
std::string id_of(const CallContext& ctx, const rpc::Method& method, std::string_view key) {
    const auto& principal = ctx.principal();
    const bool is_user = principal.kind == Principal::Kind::user;
    std::string name;
    // The id of a user is unique among those of one issuer.
    if (is_user) name.append(principal.issuer).append(" ").append(principal.id);
    name.push_back('\n');
    name.append(method.path).push_back('\n');
    name.append(key);
    return sha256(name);
}

}  // namespace

/// Holds the key for as long as its call is being served.
class KeyedPolicy::Progress {
 public:
    Progress(KeysInProgress& keys, const std::string& id) : keys_{keys}, id_{id}, first_{keys.add(id)} {}
    ~Progress() {
        if (first_) keys_.remove(id_);
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Whether no other call of the key is being served.
    bool first() const { return first_; }

 private:
    KeysInProgress& keys_;
    const std::string& id_;
    bool first_;
};

KeyedPolicy::KeyedPolicy(sql::Database& database, const Clock& clock, std::shared_ptr<KeysInProgress> in_progress,
                         telemetry::Telemetry telemetry, TellCache tell_cache)
    : keys_{database, telemetry},
      clock_{clock},
      in_progress_{std::move(in_progress)},
      telemetry_{telemetry},
      tell_cache_{std::move(tell_cache)} {}

rpc::Policy::Part KeyedPolicy::part_in(const rpc::Method& method) const {
    return {.before = false, .around = method.idempotency == rpc::Idempotency::keyed};
}

Task<Result<void>> KeyedPolicy::around(const CallContext& ctx, rpc::CallInfo& info, const rpc::Message& request,
                                       rpc::Message& response, Next next) {
    const auto& key = ctx.attributes().idempotency_key;
    if (key.empty()) co_return co_await next(ctx);
    if (!is_key(key)) co_return invalid_key();
    KeyedCall call{id_of(ctx, info.method, key), sha256(message_bytes(request))};
    const Progress progress{*in_progress_, call.id()};
    if (!progress.first()) {
        count("in_progress");
        co_return in_progress();
    }
    auto replayed = co_await replay(ctx, info, call, response);
    if (!replayed) co_return std::move(replayed).error();
    if (*replayed) co_return Result<void>{};
    info.extension = &call;
    auto served = co_await serve(ctx, info, call, response, std::move(next));
    info.extension = nullptr;
    co_return served;
}

Task<Result<void>> KeyedPolicy::serve(const CallContext& ctx, rpc::CallInfo& info, KeyedCall& call, rpc::Message& response,
                                      Next next) {
    auto served = co_await next(ctx);
    if (!served) co_return co_await explain_failure(ctx, info, call, response, std::move(served).error());
    if (call.wrote_without_key())
        co_return internal("the handler of a KEYED method wrote before it said its answer: answer_with");
    if (!call.recorded()) {
        // The policy itself stores the key, and not the module's database.
        info.extension = nullptr;
        auto recorded = co_await record_alone(ctx, call, response);
        if (!recorded) co_return co_await explain_failure(ctx, info, call, response, std::move(recorded).error());
    }
    if (call.has_unstored_row())
        co_return internal("the handler of a KEYED method told a cache of a row after its write: use CacheAside::change");
    if (*call.answer() != message_bytes(response)) {
        co_return internal("the handler of a KEYED method answered something else than it stored");
    }
    count("served");
    co_return served;
}

Task<Result<void>> KeyedPolicy::explain_failure(const CallContext& ctx, rpc::CallInfo& info, const KeyedCall& call,
                                                rpc::Message& response, Error failure) {
    // Another process may have served a call of this key meanwhile, and this one failed because of
    // that.
    auto replayed = co_await replay(ctx, info, call, response);
    if (replayed && *replayed) co_return Result<void>{};
    count("failed");
    if (replayed) co_return failure;
    const bool reused = replayed.error().reason() == reason::kIdempotencyKeyReused;
    // A refusal may come from the effect of the key's own call, and nobody can tell now. The caller
    // must not take it for the last word.
    const bool is_refusal = !failure.outcome_open() && !failure.retryable();
    if (reused || is_refusal) co_return std::move(replayed).error();
    co_return failure;
}

Task<Result<void>> KeyedPolicy::record_alone(const CallContext& ctx, KeyedCall& call, const rpc::Message& response) {
    call.set_answer(message_bytes(response));
    auto recorded = co_await keys_.record(ctx, call, clock_.now());
    if (recorded) call.set_recorded();
    co_return recorded;
}

Task<Result<bool>> KeyedPolicy::replay(const CallContext& ctx, rpc::CallInfo& info, const KeyedCall& call,
                                       rpc::Message& response) {
    auto record = co_await keys_.find(ctx, call.id());
    if (!record) co_return std::move(record).error();
    if (!*record) co_return false;
    if ((**record).fingerprint != call.fingerprint()) {
        count("reused");
        co_return key_reused();
    }
    if (!response.ParseFromString((**record).answer)) co_return internal("the stored answer of a keyed call cannot be read");
    for (const auto& [key, version] : (**record).changed_rows) {
        if (!tell_cache_) break;
        auto telling = tell_cache_(ctx, key, version);
        co_await std::move(telling);
    }
    info.initial_metadata.emplace_back(rpc::kReplayedField, "true");
    count("replayed");
    co_return true;
}

void KeyedPolicy::count(std::string_view outcome) {
    telemetry_.meter.counter(kKeyedCalls, {{"tw.idempotency.outcome", outcome}}).add();
}

}  // namespace tw::idempotency
