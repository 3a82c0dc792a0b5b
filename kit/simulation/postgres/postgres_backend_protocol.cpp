// The contents of a session's messages, and its answers.
#include "kit/simulation/postgres/postgres_backend.hpp"
#include "kit/simulation/postgres/postgres_postmaster.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

// These codes stand in the place of the version in the first packet.
constexpr std::int32_t kCancelRequest = 80877102;
constexpr std::int32_t kSslRequest = 80877103;
constexpr std::int32_t kGssRequest = 80877104;
constexpr std::int32_t kProtocol3 = 196608;

/// Parses a time in milliseconds, such as "15000" or "15000ms". The unit is not read.
std::chrono::milliseconds parse_time(std::string_view value) {
    while (!value.empty() && value.front() == '\'') value.remove_prefix(1);
    std::int64_t number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return std::chrono::milliseconds{number};
}

/// Shows a time in the largest unit that needs no fraction.
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

/// Returns the format of a column. An empty list means text for all columns, and one format holds
/// for every column.
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

void PostgresBackend::start(const PostgresMessage& message) {
    PostgresReader reader{message.body};
    const auto code = reader.int32();
    if (code == kSslRequest || code == kGssRequest) {
        out_.byte('N');
        return flush();
    }
    if (code == kCancelRequest) {
        const auto pid = reader.int32();
        const bool late = postmaster_.happens("cancel late", 0.1, fmt::format("for process {}", pid));
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
        if (parameter == "application_name") application_ = value;
    }
    if (postmaster_.is_cut_off(application_)) return cut();
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

/// Reads options of the form "-c name=value -cname=value".
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
    prepared_[std::string{statement}] = *std::move(plan);
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
    work({.plan = *std::move(plan), .parameters = {}, .formats = {}});
}

}  // namespace tw::simulation
