#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::simulation {

class History;

/// Decides from the seed which faults happen. Code that can make a fault asks at each place where
/// the fault could happen. The answer depends only on the chance, the seed, and the faults that are
/// suppressed. Each fault that happens has a number within its run. A later run of the same seed
/// can leave the fault out by this number, which is how a failing run is shortened.
///
/// An object belongs to one simulation and is not thread-safe.
class Faults {
 public:
    Faults(std::uint64_t seed, History& history) : state_{seed}, history_{history} {}

    /// Returns whether this kind of fault ("connection cut") happens at this place ("order →
    /// catalog") now. `chance` is its probability (0 to 1) at intensity 1; it is multiplied by the
    /// intensity. `what` completes the line in the history.
    bool happens(std::string_view kind, std::string_view place, double chance, std::string_view what = {});

    /// Returns a number of [0, below), for the size or the time of a fault. `below` is not 0.
    std::uint64_t pick(std::uint64_t below);

    /// Sets the intensity. With 0 no fault happens and no number is drawn; with 1 faults are as
    /// likely as their chances say. A run begins with 0, so that its set-up has no faults.
    void set_intensity(double intensity) { intensity_ = intensity; }
    double intensity() const { return intensity_; }
    /// Faults with these numbers do not happen.
    void suppress(std::set<std::uint32_t> numbers) { suppressed_ = std::move(numbers); }

    /// Returns how many faults happened or were suppressed.
    std::uint32_t count() const { return next_; }

    struct Tries {
        std::uint64_t offered = 0;
        std::uint64_t happened = 0;
    };
    /// Orders pairs of kind and place, and finds them by views as well as by strings.
    struct KindThenPlace {
        using is_transparent = void;
        using Views = std::pair<std::string_view, std::string_view>;
        static Views views(const Views& key) { return key; }
        static Views views(const std::pair<std::string, std::string>& key) { return {key.first, key.second}; }
        template <class One, class Other>
        bool operator()(const One& one, const Other& other) const {
            return views(one) < views(other);
        }
    };
    /// How often each fault was tried and happened, ordered by kind and place.
    using Coverage = std::map<std::pair<std::string, std::string>, Tries, KindThenPlace>;
    const Coverage& coverage() const { return coverage_; }

 private:
    std::uint64_t draw();

    std::uint64_t state_;
    History& history_;
    double intensity_ = 0;
    std::uint32_t next_ = 0;
    std::set<std::uint32_t> suppressed_;
    Tries& tries_of(std::string_view kind, std::string_view place);

    Coverage coverage_;
    /// Entries of coverage_ that were asked for a moment ago, by the addresses of the texts. Nearly
    /// all questions come from few places. The texts are compared, too, since memory is reused.
    std::array<Coverage::value_type*, 256> recent_{};
};

/// No fault happens while an object of this class exists.
class Calm {
 public:
    explicit Calm(Faults& faults) : faults_{faults}, intensity_{faults.intensity()} { faults.set_intensity(0); }
    ~Calm() { faults_.set_intensity(intensity_); }
    Calm(const Calm&) = delete;
    Calm& operator=(const Calm&) = delete;

 private:
    Faults& faults_;
    double intensity_;
};

}  // namespace tw::simulation
