#include "kit/simulation/postgres_backend.hpp"

#include "kit/simulation/postgres_postmaster.hpp"
#include "kit/sql/script.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

constexpr int kFirstPid = 1000;

// Codes in the place of a version in a first packet.
constexpr std::int32_t kCancelRequest = 80877102;
constexpr std::int32_t kSslRequest = 80877103;
constexpr std::int32_t kGssRequest = 80877104;
constexpr std::int32_t kProtocol3 = 196608;

/// "15000", or with its unit.
std::chrono::milliseconds parse_time(std::string_view value) {
    while (!value.empty() && value.front() == '\'') value.remove_prefix(1);
    std::int64_t number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return std::chrono::milliseconds{number};
}

/// In the largest unit that leaves no fraction.
std::string show_time(std::chrono::milliseconds time) {
    static constexpr std::array<std::pair<std::int64_t, std::string_view>, 5> kUnits{
        {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "min"}, {1'000, "s"}, {1, "ms"}}};
    if (time == 0ms) return "0";
    const auto* const unit = std::ranges::find_if(kUnits, [&](const auto& each) { return time.count() % each.first == 0; });
    return fmt::format("{}{}", time.count() / unit->first, unit->second);
}

std::vector<int> read_formats(PostgresReader& reader) {
    std::vector<int> formats(static_cast<std::size_t>(reader.int16()));
    for (auto& format : formats) format = reader.int16();
    return formats;
}

/// None is text for all, one is every column's.
int format_of(const std::vector<int>& formats, std::size_t place) {
    if (formats.empty()) return 0;
    return formats.size() == 1 ? formats.front() : formats.at(place);
}

std::size_t size_of(PostgresType type) {
    switch (type) {
        case PostgresType::boolean:
            return 1;
        case PostgresType::int2:
            return 2;
        case PostgresType::int4:
        case PostgresType::nothing:
            return 4;
        case PostgresType::text:
        case PostgresType::unknown:
            return 0xffff;
        default:
            return 8;
    }
}

}  // namespace

PostgresBackend::PostgresBackend(PostgresPostmaster& postmaster, int descriptor, int number)
    : postmaster_{postmaster}, descriptor_{descriptor}, number_{number} {}

PostgresBackend::~PostgresBackend() { close(); }

int PostgresBackend::backend_pid() const { return kFirstPid + number_; }

std::string PostgresBackend::name() const { return fmt::format("session {}", number_); }

void PostgresBackend::later(std::chrono::nanoseconds delay, void (PostgresBackend::*then)()) {
    postmaster_.later(delay, [weak = weak_from_this(), then] {
        if (const auto self = weak.lock()) (self.get()->*then)();
    });
}

void PostgresBackend::unless_moved_on(std::chrono::nanoseconds delay, std::move_only_function<void()> then) {
    postmaster_.later(delay, [weak = weak_from_this(), moves = moves_, then = std::move(then)]() mutable {
        const auto self = weak.lock();
        if (self && self->moves_ == moves) then();
    });
}

std::chrono::nanoseconds PostgresBackend::network_delay() { return 20us + std::chrono::nanoseconds{postmaster_.choose(180'000)}; }

// Input.

bool PostgresBackend::receive() {
    std::string bytes;
    std::array<char, 8192> part{};
    bool end = false;
    while (true) {
        const auto size = ::recv(descriptor_, part.data(), part.size(), MSG_DONTWAIT);
        if (size > 0) {
            bytes.append(part.data(), static_cast<std::size_t>(size));
            continue;
        }
        end = size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
        break;
    }
    if (bytes.empty() && !end) return false;
    end_of_input_ = end;
    if (started_ && !end && postmaster_.happens("connection cut", 0.001, name())) {
        cut();
        return true;
    }
    if (started_ && !end && postmaster_.happens("half-open", 0.0003, name())) {
        half_open_ = true;
        // The server notices by the keep-alive of TCP.
        postmaster_.later(90s, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->cut();
        });
        return true;
    }
    const auto now = postmaster_.steady_now();
    last_arrival_ = std::max(last_arrival_, now + network_delay());
    postmaster_.later(last_arrival_ - now, [weak = weak_from_this(), bytes = std::move(bytes), end] {
        if (const auto self = weak.lock()) self->arrive(bytes, end);
    });
    return true;
}

void PostgresBackend::arrive(const std::string& bytes, bool end) {
    if (ended_ || half_open_) return;
    unparsed_ += bytes;
    while (auto message = take_message(unparsed_, !started_ && messages_.empty())) messages_.push_back(std::move(*message));
    no_more_comes_ |= end;
    go_on();
}

/// Handles what has come, up to a statement that takes time.
void PostgresBackend::go_on() {
    if (std::exchange(going_on_, true)) return;
    while (!busy_ && !ended_ && !messages_.empty()) {
        if (last_word_) {
            die(*last_word_);
            break;
        }
        ++moves_;
        const auto message = std::move(messages_.front());
        messages_.pop_front();
        handle(message);
    }
    going_on_ = false;
    if (!busy_ && !ended_) rest();
}

/// Nothing is left to do: what else could happen to an idle session.
void PostgresBackend::rest() {
    if (last_word_) return die(*last_word_);
    // It came too late.
    interrupted_.reset();
    if (no_more_comes_) {
        stop();
        return close();
    }
    const auto patience = settings_.idle_in_transaction;
    if (!in_block_ || patience == 0ms || postmaster_.blocking()) return;
    unless_moved_on(patience, [this] {
        die({.state = "25P03", .message = "terminating connection due to idle-in-transaction timeout", .severity = "FATAL"});
    });
}

void PostgresBackend::handle(const PostgresMessage& message) {
    if (!started_) return start(message);
    const PostgresReader reader{message.body};
    if (message.type == 'X') {
        no_more_comes_ = true;
        messages_.clear();
        return;
    }
    if (message.type == 'S') return sync();
    if (skips_to_sync_) return;
    switch (message.type) {
        case 'Q': {
            for (const auto& one : sql::split_script(PostgresReader{message.body}.text())) script_.emplace_back(one.text);
            if (script_.empty()) out_.begin('I').end();
            simple_ = true;
            return next_of_script();
        }
        case 'P':
            return parse(reader);
        case 'B':
            return bind(reader);
        case 'D':
            return describe(reader);
        case 'E':
            return work(bound_);
        case 'C':
            return out_.begin('3').end();
        case 'H':
            return flush();
        default:
            throw NotModelled{fmt::format("the model of PostgreSQL: a message of type '{}'", message.type)};
    }
}

void PostgresBackend::start(const PostgresMessage& message) {
    PostgresReader reader{message.body};
    const auto code = reader.int32();
    if (code == kSslRequest || code == kGssRequest) {
        out_.byte('N');
        return flush();
    }
    if (code == kCancelRequest) {
        const auto pid = reader.int32();
        const bool late = postmaster_.happens("cancel late", 0.1, fmt::format("for session {}", pid - kFirstPid));
        const auto delay = late ? std::chrono::nanoseconds{postmaster_.pick(400'000'000)} : network_delay();
        busy_ = true;
        postmaster_.later(delay, [weak = weak_from_this(), pid] {
            const auto self = weak.lock();
            if (!self) return;
            self->postmaster_.cancel(pid);
            self->ended_ = true;
            self->close();
        });
        return;
    }
    if (code != kProtocol3) throw NotModelled{fmt::format("the model of PostgreSQL: a first packet with {}", code)};
    if (const auto refused = postmaster_.refuse_connection()) return die(*refused);
    greet(reader);
}

void PostgresBackend::greet(PostgresReader& reader) {
    started_ = true;
    read_only_ = postmaster_.read_only();
    while (!reader.at_end()) {
        const auto parameter = reader.text();
        if (parameter.empty()) break;
        const auto value = reader.text();
        if (parameter == "options") take_options(value);
    }
    settings_ = session_;
    out_.begin('R').int32(0).end();
    out_.parameter("server_version", "15.18");
    out_.parameter("server_encoding", "UTF8");
    out_.parameter("client_encoding", "UTF8");
    out_.parameter("standard_conforming_strings", "on");
    out_.parameter("integer_datetimes", "on");
    out_.parameter("DateStyle", "ISO, MDY");
    out_.parameter("TimeZone", "UTC");
    out_.parameter("default_transaction_read_only", "off");
    out_.parameter("in_hot_standby", read_only_ ? "on" : "off");
    out_.begin('K').int32(backend_pid()).int32(number_).end();
    postmaster_.tell([&] { return name() + " begins"; });
    ready();
}

/// "-c name=value -cname=value"
void PostgresBackend::take_options(std::string_view options) {
    while (!options.empty()) {
        const auto space = std::min(options.find(' '), options.size());
        auto option = options.substr(0, space);
        options.remove_prefix(std::min(space + 1, options.size()));
        if (option.starts_with("-c")) option.remove_prefix(2);
        const auto equals = option.find('=');
        if (equals == std::string_view::npos) continue;
        const auto setting = option.substr(0, equals);
        const auto value = option.substr(equals + 1);
        if (setting == "statement_timeout") session_.statement_timeout = parse_time(value);
        if (setting == "lock_timeout") session_.lock_timeout = parse_time(value);
        if (setting == "idle_in_transaction_session_timeout") session_.idle_in_transaction = parse_time(value);
    }
}

std::string PostgresBackend::set_local(const std::string& setting, const std::string& value) {
    const auto time = parse_time(value);
    if (setting == "statement_timeout") {
        settings_.statement_timeout = time;
    } else if (setting == "lock_timeout") {
        settings_.lock_timeout = time;
    } else if (setting == "idle_in_transaction_session_timeout") {
        settings_.idle_in_transaction = time;
    } else {
        throw NotModelled{fmt::format("the model of PostgreSQL: the setting {}", setting)};
    }
    return show_time(time);
}

void PostgresBackend::parse(PostgresReader reader) {
    const auto statement = reader.text();
    const auto text = reader.text();
    std::vector<PostgresType> types(static_cast<std::size_t>(reader.int16()));
    for (auto& type : types) type = static_cast<PostgresType>(reader.int32());
    auto plan = postmaster_.engine().plan(std::string{text}, types);
    if (!plan) return fail(plan.error());
    prepared_[std::string{statement}] = std::make_shared<const PostgresPlan>(*std::move(plan));
    out_.begin('1').end();
}

void PostgresBackend::bind(PostgresReader reader) {
    if (!reader.text().empty()) throw NotModelled{"the model of PostgreSQL: portals with a name"};
    const auto statement = reader.text();
    const auto found = prepared_.find(statement);
    if (found == prepared_.end()) {
        return fail({.state = "26000", .message = fmt::format("prepared statement \"{}\" does not exist", statement)});
    }
    bound_ = {.plan = found->second, .parameters = {}, .formats = {}};
    const auto formats = read_formats(reader);
    const auto count = static_cast<std::size_t>(reader.int16());
    if (count != bound_.plan->parameters.size()) {
        return fail({.state = "08P01", .message = "bind message supplies another number of parameters than the statement has"});
    }
    for (std::size_t i = 0; i < count; ++i) {
        const auto size = reader.int32();
        if (size < 0) {
            bound_.parameters.emplace_back();
            continue;
        }
        auto cell =
            cell_from_wire(bound_.plan->parameters[i], format_of(formats, i), reader.bytes(static_cast<std::size_t>(size)));
        if (!cell) return fail(cell.error());
        bound_.parameters.push_back(*std::move(cell));
    }
    bound_.formats = read_formats(reader);
    out_.begin('2').end();
}

void PostgresBackend::describe(PostgresReader reader) {
    if (reader.byte() != 'P') throw NotModelled{"the model of PostgreSQL: the description of a statement"};
    describe_rows(bound_);
}

void PostgresBackend::describe_rows(const Work& work) {
    const auto& columns = work.plan->columns;
    if (columns.empty()) return out_.begin('n').end();
    out_.begin('T').int16(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        out_.text(columns[i].name).int32(0).int16(0).int32(static_cast<std::int64_t>(columns[i].type));
        out_.int16(size_of(columns[i].type)).int32(-1).int16(static_cast<std::size_t>(format_of(work.formats, i)));
    }
    out_.end();
}

void PostgresBackend::answer_rows(const PostgresEngine::Done& done) {
    const auto& columns = current_.plan->columns;
    for (const auto& row : done.rows) {
        out_.begin('D').int16(columns.size());
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (std::holds_alternative<std::monostate>(row[i])) {
                out_.int32(-1);
                continue;
            }
            const auto bytes = cell_to_wire(columns[i].type, format_of(current_.formats, i), row[i]);
            out_.int32(static_cast<std::int64_t>(bytes.size())).bytes(bytes);
        }
        out_.end();
    }
}

void PostgresBackend::next_of_script() {
    if (script_.empty()) {
        simple_ = false;
        return sync();
    }
    const auto text = std::move(script_.front());
    script_.pop_front();
    auto plan = postmaster_.engine().plan(text, {});
    if (!plan) return fail(plan.error());
    work({.plan = std::make_shared<const PostgresPlan>(*std::move(plan)), .parameters = {}, .formats = {}});
}

// Output and the end of the session.

void PostgresBackend::flush() {
    if (out_.empty()) return;
    auto bytes = out_.take();
    if (half_open_ || descriptor_ < 0) return;
    const auto now = postmaster_.steady_now();
    last_departure_ = std::max(last_departure_, now + network_delay());
    postmaster_.later(last_departure_ - now, [weak = weak_from_this(), bytes = std::move(bytes)] {
        if (const auto self = weak.lock()) self->send(bytes);
    });
}

void PostgresBackend::send(const std::string& bytes) {
    if (descriptor_ < 0 || half_open_) return;
    unwritten_ += bytes;
    write_rest();
}

bool PostgresBackend::write_rest() {
    if (unwritten_.empty() || descriptor_ < 0) return false;
    const auto size = ::send(descriptor_, unwritten_.data(), unwritten_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size > 0) unwritten_.erase(0, static_cast<std::size_t>(size));
    // The client has gone, which is found when nothing more can be read.
    if (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK) unwritten_.clear();
    return size > 0;
}

void PostgresBackend::ready() {
    out_.begin('Z').byte(in_block_ ? (failed_ ? 'E' : 'T') : 'I').end();
    if (postmaster_.happens("answer stalls", 0.0005, name())) {
        last_departure_ =
            std::max(last_departure_, postmaster_.steady_now()) + std::chrono::milliseconds{postmaster_.pick(8'000)};
    }
    flush();
}

void PostgresBackend::die(const SqlError& last_word) {
    if (ended_) return;
    postmaster_.tell([&] { return fmt::format("{} ends: {} {}", name(), last_word.state, last_word.message); });
    out_.error(last_word.severity == "WARNING" ? 'N' : 'E', last_word);
    flush();
    stop();
    const auto now = postmaster_.steady_now();
    later(std::max(last_departure_, now) - now, &PostgresBackend::close);
}

void PostgresBackend::close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

/// What has come is still done.
void PostgresBackend::cut() {
    close();
    no_more_comes_ = true;
    if (!busy_ && !ended_) go_on();
}

void PostgresBackend::quit(const std::optional<SqlError>& notice) {
    if (notice) return die(*notice);
    stop();
    close();
}

/// Nothing of what was to come is done.
void PostgresBackend::stop() {
    ++moves_;
    ended_ = true;
    busy_ = false;
    waits_for_ = 0;
    messages_.clear();
    script_.clear();
    roll_back();
}

void PostgresBackend::terminate(SqlError why) {
    if (ended_ || !started_) return;
    if (busy_ && !stoppable_) {
        last_word_ = std::move(why);
    } else {
        die(why);
    }
}

void PostgresBackend::interrupt(SqlError why) {
    if (!busy_ || ended_) return;
    if (!stoppable_) {
        interrupted_ = std::move(why);
        return;
    }
    // It meets either what comes before the end of the transaction or the end itself.
    if (committing_ && postmaster_.pick(2) == 0) in_block_ = false;
    fail(why);
}

}  // namespace tw::simulation
