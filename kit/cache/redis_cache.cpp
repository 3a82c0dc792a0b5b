#include "kit/cache/redis_cache.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tw::cache {
namespace {

// The value under a key consists of a letter, a number, a newline and the rest.
//   v<version>\n<bytes>   a row           a0\n               there is no such row
//   t<version>\n          a tombstone     l<least>\n<lease>  a lease, a fill's lowest version

/// ARGV: a new lease, its time in ms. Returns the value that is then under the key.
constexpr redis::Script kLease{R"(
local there = redis.call('GET', KEYS[1])
local least = '0'
if there then
  local kind, version = string.match(there, '^([vatl])(%d+)\n')
  if kind and kind ~= 't' then return there end
  least = version or '0'
end
local lease = 'l' .. least .. '\n' .. ARGV[1]
redis.call('SET', KEYS[1], lease, 'PX', ARGV[2])
return lease)"};

/// ARGV: the lease, the version, the new value, its time in ms. Returns 1 if the value was stored,
/// otherwise 0.
constexpr redis::Script kFill{R"(
local there = redis.call('GET', KEYS[1])
if not there then return 0 end
local least, lease = string.match(there, '^l(%d+)\n(%d+)$')
if lease ~= ARGV[1] or tonumber(ARGV[2]) < tonumber(least) then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return 1)"};

/// ARGV: the version, the tombstone's time in ms. A value of another type is removed from the key.
/// If there is no memory for the tombstone, the row is removed at least, and the script returns the
/// error.
constexpr redis::Script kInvalidate{R"(
local there = redis.pcall('GET', KEYS[1])
local version = tonumber(ARGV[1])
if type(there) == 'string' then
  local kind, known = string.match(there, '^([vatl])(%d+)\n')
  known = tonumber(known or '0')
  if (kind == 'v' or kind == 't') and known >= version then return 0 end
  if known > version then version = known end
end
local stored = redis.pcall('SET', KEYS[1], 't' .. string.format('%.0f', version) .. '\n', 'PX', ARGV[2])
if stored.err then
  redis.call('DEL', KEYS[1])
  return redis.error_reply(stored.err)
end
return 1)"};

std::string millis(std::chrono::milliseconds time) { return std::to_string(time.count()); }

template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc{} && end == text.data() + text.size();
}

/// A value in any other form counts as a miss and may be overwritten.
Lookup read_entry(std::string_view entry) {
    const auto newline = entry.find('\n');
    if (entry.empty() || newline == std::string_view::npos) return {};
    const auto rest = entry.substr(newline + 1);
    std::int64_t version = 0;
    if (!read_number(entry.substr(1, newline - 1), version)) return {};
    switch (entry.front()) {
        case 'v':
            return {Lookup::Outcome::hit, version, std::make_shared<const std::string>(rest)};
        case 'a':
            return {.outcome = Lookup::Outcome::absent};
        case 'l': {
            Lookup lookup;
            return read_number(rest, lookup.lease) ? lookup : Lookup{};
        }
        default:
            return {};
    }
}

Lookup unanswered(const Error& error) {
    return {.outcome = redis::was_skipped(error) ? Lookup::Outcome::skipped : Lookup::Outcome::failed};
}

}  // namespace

RedisCache::RedisCache(redis::GuardedClient& client, std::shared_ptr<Invalidations> invalidations, Options options)
    : client_{client}, invalidations_{std::move(invalidations)}, options_{std::move(options)} {}

std::optional<Lookup> RedisCache::get_now(std::string_view) {
    if (client_.would_ask()) return std::nullopt;
    return Lookup{.outcome = Lookup::Outcome::skipped};
}

Task<Lookup> RedisCache::get(const CallContext& ctx, std::string_view key) {
    const auto doubt = invalidations_->doubted(key, ctx.loop().now());
    if (doubt.in_doubt) {
        if (doubt.version != 0) static_cast<void>(co_await announce(ctx, key, doubt.version));
        co_return Lookup{.outcome = Lookup::Outcome::skipped};
    }
    const auto full_key = options_.key_prefix + std::string{key};
    redis::Command command{"GET", {full_key}};
    auto reply = co_await client_.run(ctx, std::move(command));
    if (!reply) co_return unanswered(reply.error());
    const auto lookup = read_entry(reply->text());
    // An invalidation by another loop may have failed to reach Redis while the answer was under
    // way.
    if (invalidations_->doubted(key, ctx.loop().now()).in_doubt) co_return Lookup{.outcome = Lookup::Outcome::skipped};
    if (lookup.outcome != Lookup::Outcome::miss || lookup.lease != 0) co_return lookup;
    co_return co_await lease(ctx, full_key);
}

Task<Lookup> RedisCache::lease(const CallContext& ctx, std::string_view full_key) {
    // The token is never 0, which means no lease.
    const auto token = std::to_string(random_.next() | 1);
    const auto time = millis(kLeaseTime);
    const std::array keys{full_key};
    const std::array<std::string_view, 2> arguments{token, time};
    auto reply = co_await client_.eval(ctx, kLease, keys, arguments);
    if (!reply) co_return unanswered(reply.error());
    const auto lookup = read_entry(reply->text());
    if (lookup.outcome == Lookup::Outcome::miss && lookup.lease == 0) co_return Lookup{.outcome = Lookup::Outcome::failed};
    co_return lookup;
}

Task<FillOutcome> RedisCache::fill(const CallContext& ctx, std::string_view key, const Fill& fill) {
    const auto ttl = std::min(fill.ttl, options_.ttl_max);
    if (fill.value && fill.value->size() > options_.value_bytes_max) co_return FillOutcome::refused;
    if (ttl.count() <= 0 || invalidations_->doubted(key, ctx.loop().now()).in_doubt) co_return FillOutcome::refused;
    const auto full_key = options_.key_prefix + std::string{key};
    const auto lease = std::to_string(fill.lease);
    const auto version = std::to_string(fill.version);
    const auto entry = (fill.value ? "v" + version : std::string{"a0"}) + "\n" + (fill.value ? *fill.value : std::string{});
    const auto time = millis(ttl);
    const std::array<std::string_view, 1> keys{full_key};
    const std::array<std::string_view, 4> arguments{lease, version, entry, time};
    auto reply = co_await client_.eval(ctx, kFill, keys, arguments);
    if (!reply) co_return FillOutcome::failed;
    co_return reply->integer() == 1 ? FillOutcome::stored : FillOutcome::refused;
}

Task<bool> RedisCache::invalidate(const CallContext& ctx, std::string_view key, std::int64_t version) {
    // The key is in doubt until Redis knows of the change, since before that the caller may go
    // away, or another loop may read the row.
    const auto now = ctx.loop().now();
    invalidations_->doubt(key, version, now, now + options_.ttl_max + kLeaseTime);
    co_return co_await announce(ctx, key, version);
}

Task<bool> RedisCache::announce(const CallContext& ctx, std::string_view key, std::int64_t version) {
    const auto full_key = options_.key_prefix + std::string{key};
    const auto number = std::to_string(version);
    const auto time = millis(kTombstoneTime);
    const std::array<std::string_view, 1> keys{full_key};
    const std::array<std::string_view, 2> arguments{number, time};
    const auto reply = co_await client_.eval(ctx, kInvalidate, keys, arguments);
    if (reply) invalidations_->trust(key, version);
    co_return reply.has_value();
}

}  // namespace tw::cache
