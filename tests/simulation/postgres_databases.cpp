#include "kit/simulation/postgres_model.hpp"
#include "tests/simulation/databases.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace tw::shop {
namespace {

using simulation::PostgresModel;

/// What blocks is done while the model is being served, since nobody else is there to serve it.
class ServedStore final : public sql::Store {
 public:
    ServedStore(PostgresModel& model, std::unique_ptr<sql::Store> store) : model_{model}, store_{std::move(store)} {}

    Result<void> migrate(const sql::Schema& schema) override {
        return served<Result<void>>([&] { return store_->migrate(schema); });
    }
    Result<std::vector<sql::MigrationState>> migrations(const sql::Schema& schema) override {
        return served<Result<std::vector<sql::MigrationState>>>([&] { return store_->migrations(schema); });
    }
    Result<void> check_durability() override {
        return served<Result<void>>([&] { return store_->check_durability(); });
    }
    std::unique_ptr<sql::Database> connect(EventLoop& loop, telemetry::Telemetry telemetry) override {
        return store_->connect(loop, telemetry);
    }
    Result<void> health() const override { return store_->health(); }
    sql::StoreStats stats() const override { return store_->stats(); }

 private:
    template <class Answer, class Work>
    Answer served(Work work) {
        std::optional<Answer> answer;
        model_.serve_blocking([&] { answer.emplace(work()); });
        if (!*answer) {
            auto error = std::move(*answer).error();
            auto detail = model_.without_name(error.detail());
            return std::move(error).with_detail(std::move(detail));
        }
        return std::move(*answer);
    }

    PostgresModel& model_;
    std::unique_ptr<sql::Store> store_;
};

std::string text_of(const sql::Value& value) {
    return std::visit(
        [](const auto& held) -> std::string {
            using Held = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<Held, sql::Null>) {
                return {};
            } else if constexpr (std::is_same_v<Held, Timestamp>) {
                return std::to_string(held.unix_micros());
            } else if constexpr (std::is_same_v<Held, std::string>) {
                return held;
            } else {
                return std::to_string(held);
            }
        },
        value);
}

/// A server for each module.
class PostgresDatabases final : public Databases {
 public:
    explicit PostgresDatabases(simulation::Simulation& simulation) : simulation_{simulation} {}

    Result<std::unique_ptr<sql::Store>> open(std::string_view module, const std::string& process, WorkerPool& workers) override {
        auto& model = models_[std::string{module}];
        if (!model)
            model =
                std::make_unique<PostgresModel>(simulation_, PostgresModel::Options{.place = fmt::format("{} database", module)});
        // Each life of a process has a name of its own, by which it is cut off when it crashes.
        const auto application = fmt::format("{}.{}", process, ++lives_[process]);
        const auto separator = model->url().find('?') == std::string::npos ? '?' : '&';
        const auto url = fmt::format("{}{}application_name={}", model->url(), separator, application);
        std::optional<Result<std::unique_ptr<sql::Store>>> opened;
        model->serve_blocking([&] { opened.emplace(sql::open_store(url, workers)); });
        if (!*opened) {
            auto error = std::move(*opened).error();
            auto detail = model->without_name(error.detail());
            return std::move(error).with_detail(std::move(detail));
        }
        return std::make_unique<ServedStore>(*model, std::move(**opened));
    }

    void cut(const std::vector<std::string>& modules, const std::string& process) override {
        for (const auto& module : modules) {
            const auto model = models_.find(module);
            if (model != models_.end()) model->second->cut_off(fmt::format("{}.{}", process, lives_[process]));
        }
    }

    void write(std::string_view module, const std::string& statement) override {
        const auto model = models_.find(module);
        if (model == models_.end()) return;
        model->second->serve_blocking([&] {
            const auto connection = PQconnectdb(model->second->url().c_str());
            PQclear(PQexec(connection, statement.c_str()));
            PQfinish(connection);
        });
    }

    std::string clean(std::string text) const override {
        for (const auto& [module, model] : models_) text = model->without_name(std::move(text));
        return text;
    }

    bool watches_descriptors() const override { return true; }

    std::vector<Rows> read(std::string_view module, std::initializer_list<std::string> queries) const override {
        std::vector<Rows> answers(queries.size());
        const auto model = models_.find(module);
        if (model == models_.end()) return answers;
        std::ranges::transform(queries, answers.begin(), [&](const auto& query) { return rows_of(*model->second, query); });
        return answers;
    }

 private:
    static Rows rows_of(const PostgresModel& model, const std::string& query) {
        Rows rows;
        for (const auto& found : model.rows(query)) {
            auto& row = rows.emplace_back();
            for (std::size_t column = 0; column < found.size(); ++column) row.push_back(text_of(found.at(column)));
        }
        return rows;
    }

    simulation::Simulation& simulation_;
    std::map<std::string, std::unique_ptr<PostgresModel>, std::less<>> models_;
    std::map<std::string, int> lives_;
};

}  // namespace

std::unique_ptr<Databases> make_postgres_databases(simulation::Simulation& simulation) {
    return std::make_unique<PostgresDatabases>(simulation);
}

}  // namespace tw::shop
