#include "kit/simulation/redis/redis_model_commands.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using Group = RedisStream::Group;

/// The number of entries in a node. A stream that is trimmed to about a length loses whole nodes.
constexpr std::size_t kNodeEntries = 100;
constexpr std::int64_t kClaimedByDefault = 100;
/// XAUTOCLAIM looks at this many entries for each one that it may claim.
constexpr std::int64_t kLookedAtEach = 10;

void answer_entry(RedisAnswer& answer, const RedisEntryId& id, const std::vector<std::string>& fields) {
    answer.array(2);
    answer.text(id.to_string());
    answer.array(fields.size());
    for (const auto& field : fields) answer.text(field);
}

/// Writes the start of a reply of XREADGROUP, up to its entries. The command reads one stream.
void begin_read(RedisAnswer& answer, const std::string& key, std::size_t entries, int protocol) {
    if (protocol == 3) {
        answer.map(1);
    } else {
        answer.array(1);
        answer.array(2);
    }
    answer.text(key);
    answer.array(entries);
}

/// Gives the new entries of the stream to a consumer. Returns false if there are none.
bool give_new(RedisStream& stream, Group& group, const RedisWait& read, std::int64_t now_ms, int protocol, RedisAnswer& answer) {
    auto next = stream.entries.upper_bound(group.last_given);
    const auto there = static_cast<std::size_t>(std::distance(next, stream.entries.end()));
    const auto count = std::min(read.count, there);
    if (count == 0) return false;
    begin_read(answer, read.key, count, protocol);
    for (std::size_t i = 0; i < count; ++i, ++next) {
        answer_entry(answer, next->first, next->second);
        group.pending[next->first] = {read.consumer, now_ms, 1};
        group.last_given = next->first;
    }
    return true;
}

/// Gives a consumer the entries after `from` that it has received before.
void give_again(RedisStream& stream, Group& group, const RedisWait& read, RedisEntryId from, std::int64_t now_ms, int protocol,
                RedisAnswer& answer) {
    std::vector<RedisEntryId> ids;
    for (auto next = group.pending.upper_bound(from); next != group.pending.end() && ids.size() < read.count; ++next) {
        if (next->second.consumer == read.consumer) ids.push_back(next->first);
    }
    begin_read(answer, read.key, ids.size(), protocol);
    for (const auto& id : ids) {
        const auto entry = stream.entries.find(id);
        if (entry == stream.entries.end()) {
            answer.array(2);
            answer.text(id.to_string());
            answer.nil_array();
            continue;
        }
        auto& pending = group.pending[id];
        pending.given_at_ms = now_ms;
        ++pending.times;
        answer_entry(answer, id, entry->second);
    }
}

void trim_stream(RedisStream& stream, std::size_t length, bool about) {
    const auto step = about ? kNodeEntries : 1;
    while (stream.entries.size() >= length + step) {
        stream.entries.erase(stream.entries.begin(), std::next(stream.entries.begin(), static_cast<std::ptrdiff_t>(step)));
    }
}

/// Parses a bound of a range: "-", "+" or an id.
std::optional<RedisEntryId> bound(std::string_view text, bool is_end) {
    if (text == "-") return RedisEntryId{};
    if (text == "+") return RedisEntryId::last();
    return RedisEntryId::parse(text, is_end ? UINT64_MAX : 0);
}

constexpr std::string_view kBadId = "ERR Invalid stream ID specified as stream command argument";

std::string no_group(std::string_view key, std::string_view group, std::string_view more = {}) {
    return fmt::format("NOGROUP No such key '{}' or consumer group '{}'{}", key, group, more);
}

Group* group_of(RedisStream* stream, const std::string& name) {
    if (stream == nullptr) return nullptr;
    const auto found = stream->groups.find(name);
    return found == stream->groups.end() ? nullptr : &found->second;
}

}  // namespace

/// XADD key [MAXLEN [~|=] length] id field value...
void RedisCommands::xadd(Call& call) {
    std::size_t next = 2;
    std::optional<std::int64_t> length;
    bool about = false;
    if (call.is(next, "MAXLEN")) {
        ++next;
        about = call.is(next, "~");
        if (about || call.is(next, "=")) ++next;
        length = call.number_at(next++);
        if (!length) return;
        if (*length < 0) return call.answer.error("ERR The MAXLEN argument must be >= 0.");
    }
    const auto id_at = next++;
    if (next >= call.size() || (call.size() - next) % 2 != 0) {
        return call.answer.error("ERR wrong number of arguments for 'xadd' command");
    }
    if (call.keys.is_other_than<RedisStream>(call.at(1))) return call.wrong_type();
    auto* stream = call.keys.find<RedisStream>(call.at(1));
    const auto last = stream != nullptr ? stream->last_id : RedisEntryId{};
    RedisEntryId id{.millis = static_cast<std::uint64_t>(call.keys.now_ms()), .sequence = 0};
    if (call.at(id_at) == "*") {
        if (id <= last) id = last.next();
    } else {
        const auto given = RedisEntryId::parse(call.at(id_at), 0);
        if (!given) return call.answer.error(kBadId);
        id = *given;
        if (id == RedisEntryId{}) return call.answer.error("ERR The ID specified in XADD must be greater than 0-0");
        if (id <= last) {
            return call.answer.error("ERR The ID specified in XADD is equal or smaller than the target stream top item");
        }
    }
    if (stream == nullptr)
        stream = &std::get<RedisStream>(call.keys.put(call.at(1), {.data = RedisStream{}, .ends_at_ms = {}}).data);
    stream->entries[id] = {call.arguments.begin() + static_cast<std::ptrdiff_t>(next), call.arguments.end()};
    stream->last_id = id;
    if (length) trim_stream(*stream, static_cast<std::size_t>(*length), about);
    call.outcome.grown = call.at(1);
    call.answer.text(id.to_string());
}

void RedisCommands::xlen(Call& call) {
    if (call.keys.is_other_than<RedisStream>(call.at(1))) return call.wrong_type();
    const auto* const stream = call.keys.find<RedisStream>(call.at(1));
    call.answer.integer(stream == nullptr ? 0 : static_cast<std::int64_t>(stream->entries.size()));
}

/// XRANGE key start end [COUNT count]
void RedisCommands::xrange(Call& call) {
    const auto first = bound(call.at(2), false);
    const auto last = bound(call.at(3), true);
    if (!first || !last) return call.answer.error(kBadId);
    std::optional<std::int64_t> count;
    if (call.is(4, "COUNT") && !(count = call.number_at(5))) return;
    if (call.keys.is_other_than<RedisStream>(call.at(1))) return call.wrong_type();
    const auto* const stream = call.keys.find<RedisStream>(call.at(1));
    std::vector<RedisEntryId> ids;
    if (stream != nullptr) {
        for (auto next = stream->entries.lower_bound(*first); next != stream->entries.end() && next->first <= *last; ++next) {
            if (count && ids.size() >= static_cast<std::size_t>(*count)) break;
            ids.push_back(next->first);
        }
    }
    call.answer.array(ids.size());
    for (const auto& id : ids) answer_entry(call.answer, id, stream->entries.at(id));
}

/// XGROUP CREATE key group id|$ [MKSTREAM]
void RedisCommands::xgroup(Call& call) {
    if (!call.is(1, "CREATE") || call.size() < 5) {
        call.outcome.unknown = "XGROUP " + call.at(1);
        return call.answer.error(fmt::format("ERR unknown subcommand '{}'. Try XGROUP HELP.", call.at(1)));
    }
    if (call.keys.is_other_than<RedisStream>(call.at(2))) return call.wrong_type();
    auto* stream = call.keys.find<RedisStream>(call.at(2));
    if (stream == nullptr && !call.is(5, "MKSTREAM")) {
        return call.answer.error(
            "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option "
            "to "
            "create an empty stream automatically.");
    }
    const bool from_now = call.at(4) == "$";
    const auto from = from_now ? RedisEntryId{} : RedisEntryId::parse(call.at(4), 0);
    if (!from) return call.answer.error(kBadId);
    if (stream == nullptr)
        stream = &std::get<RedisStream>(call.keys.put(call.at(2), {.data = RedisStream{}, .ends_at_ms = {}}).data);
    const auto [group, is_new] = stream->groups.try_emplace(call.at(3));
    if (!is_new) return call.answer.error("BUSYGROUP Consumer Group name already exists");
    group->second.last_given = from_now ? stream->last_id : *from;
    call.answer.status("OK");
}

/// XREADGROUP GROUP group consumer [COUNT count] [BLOCK millis] STREAMS key id
void RedisCommands::xreadgroup(Call& call) {
    RedisWait read{.key = {}, .group = {}, .consumer = {}, .count = SIZE_MAX, .time_ms = -1};
    std::size_t next = 1;
    if (!call.is(next, "GROUP")) return call.syntax_error();
    read.group = call.at(2);
    read.consumer = call.at(3);
    for (next = 4; next < call.size() && !call.is(next, "STREAMS"); next += 2) {
        const bool counts = call.is(next, "COUNT");
        if (!counts && !call.is(next, "BLOCK")) return call.syntax_error();
        const auto number = call.number_at(next + 1);
        if (!number) return;
        if (counts && *number > 0) read.count = static_cast<std::size_t>(*number);
        if (!counts) read.time_ms = *number;
    }
    if (call.size() != next + 3) {
        call.outcome.unknown = "XREADGROUP of several streams";
        return call.syntax_error();
    }
    read.key = call.at(next + 1);
    if (call.keys.is_other_than<RedisStream>(read.key)) return call.wrong_type();
    auto* const stream = call.keys.find<RedisStream>(read.key);
    auto* const group = group_of(stream, read.group);
    if (group == nullptr) return call.answer.error(no_group(read.key, read.group, " in XREADGROUP with GROUP option"));
    group->consumers.insert(read.consumer);
    const auto protocol = call.session.protocol;
    const auto now_ms = call.keys.now_ms();
    if (call.at(next + 2) != ">") {
        const auto from = RedisEntryId::parse(call.at(next + 2), 0);
        if (!from) return call.answer.error(kBadId);
        return give_again(*stream, *group, read, *from, now_ms, protocol, call.answer);
    }
    if (give_new(*stream, *group, read, now_ms, protocol, call.answer)) return;
    if (read.time_ms < 0) return call.answer.nil_array();
    call.outcome.wait = std::move(read);
}

bool RedisCommands::end_wait(Session& session, const RedisWait& wait, std::int64_t now_micros, std::string& out) {
    auto& keys = databases_[session.database];
    keys.set_time(now_micros / 1000);
    RedisAnswer answer{out, session.protocol};
    auto* const stream = keys.find<RedisStream>(wait.key);
    if (stream == nullptr) {
        keys.is_other_than<RedisStream>(wait.key) ? answer.error(kWrongType)
                                                  : answer.error("UNBLOCKED the stream key no longer exists");
        return true;
    }
    auto* const group = group_of(stream, wait.group);
    if (group == nullptr) {
        answer.error(no_group(wait.key, wait.group, " in XREADGROUP with GROUP option"));
        return true;
    }
    return give_new(*stream, *group, wait, keys.now_ms(), session.protocol, answer);
}

/// XACK key group id...
void RedisCommands::xack(Call& call) {
    if (call.keys.is_other_than<RedisStream>(call.at(1))) return call.wrong_type();
    auto* const group = group_of(call.keys.find<RedisStream>(call.at(1)), call.at(2));
    std::int64_t count = 0;
    for (std::size_t i = 3; i < call.size(); ++i) {
        const auto id = RedisEntryId::parse(call.at(i), 0);
        if (!id) return call.answer.error(kBadId);
        if (group != nullptr) count += static_cast<std::int64_t>(group->pending.erase(*id));
    }
    call.answer.integer(count);
}

/// XPENDING key group [start end count [consumer]]
void RedisCommands::xpending(Call& call) {
    if (call.size() < 6) {
        call.outcome.unknown = "XPENDING without a range";
        return call.syntax_error();
    }
    const auto first = bound(call.at(3), false);
    const auto last = bound(call.at(4), true);
    if (!first || !last) return call.answer.error(kBadId);
    const auto count = call.number_at(5);
    if (!count) return;
    if (call.keys.is_other_than<RedisStream>(call.at(1))) return call.wrong_type();
    auto* const group = group_of(call.keys.find<RedisStream>(call.at(1)), call.at(2));
    if (group == nullptr) return call.answer.error(no_group(call.at(1), call.at(2)));
    std::vector<std::pair<RedisEntryId, const RedisStream::Pending*>> found;
    for (auto next = group->pending.lower_bound(*first); next != group->pending.end() && next->first <= *last; ++next) {
        if (found.size() >= static_cast<std::size_t>(std::max<std::int64_t>(*count, 0))) break;
        if (call.size() < 7 || next->second.consumer == call.at(6)) found.emplace_back(next->first, &next->second);
    }
    call.answer.array(found.size());
    for (const auto& [id, pending] : found) {
        call.answer.array(4);
        call.answer.text(id.to_string());
        call.answer.text(pending->consumer);
        call.answer.integer(std::max<std::int64_t>(call.keys.now_ms() - pending->given_at_ms, 0));
        call.answer.integer(pending->times);
    }
}

/// XAUTOCLAIM key group consumer min-idle start [COUNT count]
void RedisCommands::xautoclaim(Call& call) {
    const auto idle = call.number_at(4, "ERR Invalid min-idle-time argument for XAUTOCLAIM");
    if (!idle) return;
    const auto start = bound(call.at(5), false);
    if (!start) return call.answer.error(kBadId);
    std::optional<std::int64_t> count = kClaimedByDefault;
    if (call.size() > 6 && (!call.is(6, "COUNT") || call.size() > 8)) return call.syntax_error();
    if (call.size() > 6 && !(count = call.number_at(7))) return;
    if (*count <= 0) return call.answer.error("ERR COUNT must be > 0");
    if (call.keys.is_other_than<RedisStream>(call.at(1))) return call.wrong_type();
    auto* const stream = call.keys.find<RedisStream>(call.at(1));
    auto* const group = group_of(stream, call.at(2));
    if (group == nullptr) return call.answer.error(no_group(call.at(1), call.at(2)));
    group->consumers.insert(call.at(3));

    std::vector<RedisEntryId> claimed;
    std::vector<RedisEntryId> deleted;
    auto next = group->pending.lower_bound(*start);
    auto left = *count;
    for (auto looked_at = *count * kLookedAtEach; looked_at > 0 && left > 0 && next != group->pending.end(); --looked_at) {
        if (!stream->entries.contains(next->first)) {
            deleted.push_back(next->first);
            next = group->pending.erase(next);
            --left;
            continue;
        }
        if (call.keys.now_ms() - next->second.given_at_ms >= *idle) {
            claimed.push_back(next->first);
            next->second = {call.at(3), call.keys.now_ms(), next->second.times + 1};
            --left;
        }
        ++next;
    }
    call.answer.array(3);
    call.answer.text(next == group->pending.end() ? "0-0" : next->first.to_string());
    call.answer.array(claimed.size());
    for (const auto& id : claimed) answer_entry(call.answer, id, stream->entries.at(id));
    call.answer.array(deleted.size());
    for (const auto& id : deleted) call.answer.text(id.to_string());
}

}  // namespace tw::simulation
