#include "kit/simulation/postgres_model.hpp"

#include "kit/simulation/postgres/postgres_postmaster.hpp"

#include <utility>

#include <fmt/format.h>

namespace tw::simulation {

PostgresModel::PostgresModel(Scheduler& scheduler, Options options)
    : postmaster_{std::make_shared<PostgresPostmaster>(scheduler, std::move(options))} {
    scheduler.add_source([weak = std::weak_ptr{postmaster_}] {
        const auto postmaster = weak.lock();
        return postmaster && postmaster->poll();
    });
}

PostgresModel::~PostgresModel() = default;

std::string PostgresModel::url() const {
    return fmt::format("postgresql://simulation@/simulation?host=%40{}", postmaster_->socket_name());
}

std::string PostgresModel::without_name(std::string text) const {
    const auto name = "@" + postmaster_->socket_name();
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name)) {
        text.replace(at, name.size(), postmaster_->options().place);
    }
    return text;
}

void PostgresModel::serve_blocking(const std::function<void()>& body) { postmaster_->serve_blocking(body); }

void PostgresModel::watch(std::string table, OnChange on_change) {
    postmaster_->engine().watch(std::move(table), std::move(on_change));
}

sql::Rows PostgresModel::rows(std::string_view query, const std::vector<std::string>& parameters) const {
    auto& engine = postmaster_->engine();
    const auto plan = engine.plan(std::string{query}, {});
    if (!plan) throw NotModelled{fmt::format("{}: {}", plan.error().message, query)};
    sql::Rows rows;
    for (const auto& cells : engine.read(**plan, {parameters.begin(), parameters.end()})) {
        std::vector<sql::Value> values;
        for (std::size_t i = 0; i < cells.size(); ++i) values.push_back(cell_to_value((*plan)->columns[i].type, cells[i]));
        rows.emplace_back(std::move(values));
    }
    return rows;
}

std::size_t PostgresModel::sessions() const { return postmaster_->sessions(); }

std::size_t PostgresModel::open_transactions() const { return postmaster_->open_transactions(); }
bool PostgresModel::was_sent(std::string_view bytes) const { return postmaster_->was_sent(bytes); }
std::size_t PostgresModel::deadlocks() const { return postmaster_->deadlocks(); }

void PostgresModel::cut_off(const std::string& application) { postmaster_->cut_off(application); }

void PostgresModel::crash() { postmaster_->crash(); }
void PostgresModel::set_read_only(bool read_only) { postmaster_->set_read_only(read_only); }
void PostgresModel::terminate_all() { postmaster_->terminate_all(); }

}  // namespace tw::simulation
