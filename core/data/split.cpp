// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/data/at_work.h"
#include "core/io/files.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

void count_images(Dataset& dataset) {
    std::unordered_set<std::string> images;
    for (const DatasetSample& sample : dataset.samples)
        sample.for_each_picture([&](const std::string& path) { images.insert(path); });
    dataset.images = static_cast<std::int64_t>(images.size());
}

// Ids of the pictures of a part, in the order of the samples.
std::vector<std::string> ids_of(const Dataset& dataset, SamplePart part) {
    std::vector<std::string> out;
    std::unordered_set<std::string> seen;
    for (const DatasetSample& sample : dataset.samples)
        if (sample.part == part && seen.insert(sample.image_id).second)
            out.push_back(sample.image_id);
    return out;
}

// Moves out the samples whose picture is in `held`.
std::vector<DatasetSample> take(Dataset& dataset, const std::unordered_set<std::string>& held) {
    const auto border = std::stable_partition(
        dataset.samples.begin(), dataset.samples.end(),
        [&](const DatasetSample& sample) { return !held.contains(sample.image_id); });
    std::vector<DatasetSample> out(std::make_move_iterator(border),
                                   std::make_move_iterator(dataset.samples.end()));
    dataset.samples.erase(border, dataset.samples.end());
    return out;
}

std::unordered_set<std::string> drawn(const std::vector<std::string>& ids, double validation,
                                      std::int64_t seed) {
    const auto all = static_cast<std::int64_t>(ids.size());
    const double wanted =
        validation < 1 ? std::round(validation * static_cast<double>(all)) : std::floor(validation);
    // At least one picture when any was asked for, and at least one left to train on.
    std::int64_t count =
        validation > 0 ? std::max<std::int64_t>(static_cast<std::int64_t>(wanted), 1) : 0;
    count = std::min(count, std::max<std::int64_t>(all - 1, 0));
    std::unordered_set<std::string> held;
    for (const std::int64_t i : epoch_order(all, seed, 0)) {
        if (static_cast<std::int64_t>(held.size()) >= count) break;
        held.insert(ids[static_cast<std::size_t>(i)]);
    }
    return held;
}

std::set<std::string> pictures_of(const Dataset& dataset) {
    std::set<std::string> out;
    for (const DatasetSample& sample : dataset.samples)
        sample.for_each_picture([&](const std::string& path) { out.insert(path); });
    return out;
}

Issue leak(const std::string& learnt, const std::string& held) {
    return {Severity::Warning,
            Error{ErrorCode::SplitLeak, {{"path", learnt}, {"file", held}}, {}, {}},
            {held, 0, {}},
            1};
}

}  // namespace

double validation_wanted(const DataOptions& data, const Dataset& dataset) {
    const bool file_taken =
        data.parts == RecordParts::Beside &&
        std::any_of(dataset.samples.begin(), dataset.samples.end(),
                    [](const auto& sample) { return sample.part == SamplePart::Validation; });
    return file_taken && data.validation <= 0 ? 1 : data.validation;
}

Dataset split_validation(Dataset& dataset, double validation, std::int64_t seed) {
    Dataset out;
    out.path = dataset.path;
    out.root = dataset.root;
    out.format = dataset.format;
    out.evidence = dataset.evidence;
    out.tasks = dataset.tasks;  // numbers stay those of the whole set
    out.sample_types = dataset.sample_types;
    const auto marked = [&](SamplePart part) {
        const std::vector<std::string> ids = ids_of(dataset, part);
        return std::unordered_set<std::string>(ids.begin(), ids.end());
    };
    if (const auto test = marked(SamplePart::Test); !test.empty())
        static_cast<void>(take(dataset, test));
    if (const auto said = marked(SamplePart::Validation); !said.empty()) {
        out.samples = take(dataset, said);
        if (validation <= 0) out.samples.clear();
    } else {
        out.samples = take(dataset, drawn(ids_of(dataset, SamplePart::Train), validation, seed));
    }
    for (Dataset* part : {&dataset, &out}) count_images(*part);
    return out;
}

std::vector<Issue> leaks_between(const Dataset& train, const Dataset& held) {
    return leaks_between(train, held, {});
}

std::vector<Issue> leaks_between(const Dataset& train, const Dataset& held, const AtWork& at_work) {
    Ticker ticker(at_work);
    std::vector<Issue> out;
    std::unordered_map<std::string, std::string> places;  // real path: as written
    struct OfSize {
        std::vector<std::string> paths;                      // none of them is hashed yet
        std::unordered_map<std::string, std::string> first;  // path by hash
    };
    std::unordered_map<std::uintmax_t, OfSize> by_size;
    std::error_code ignored;
    for (const std::string& path : pictures_of(train)) {
        ticker.tick();
        places.emplace(fs::weakly_canonical(path, ignored).string(), path);
        by_size[fs::file_size(path, ignored)].paths.push_back(path);
    }
    const auto hash = [&](const std::string& path) {
        ticker.tick();
        return sha256_file(path).value_or(path);
    };
    for (const std::string& path : pictures_of(held)) {
        const auto same = places.find(fs::weakly_canonical(path, ignored).string());
        if (same != places.end()) {
            out.push_back(leak(same->second, path));
            continue;
        }
        const auto found = by_size.find(fs::file_size(path, ignored));
        if (found == by_size.end()) continue;
        OfSize& of_size = found->second;  // its files are read once, however many ask
        for (const std::string& other : std::exchange(of_size.paths, {}))
            of_size.first.emplace(hash(other), other);
        if (const auto equal = of_size.first.find(hash(path)); equal != of_size.first.end())
            out.push_back(leak(equal->second, path));
    }
    return out;
}

std::vector<Issue> alike_between(const Dataset& train, const Dataset& held,
                                 const std::vector<Issue>& findings) {
    std::vector<Issue> out;
    const std::set<std::string> learnt = pictures_of(train), kept = pictures_of(held);
    for (const Issue& found : findings) {
        if (found.error.code != ErrorCode::ImageNearDuplicate) continue;
        const std::string one(found.error.arg("path")), other(found.error.arg("file"));
        if (learnt.contains(one) && kept.contains(other)) out.push_back(leak(one, other));
        if (learnt.contains(other) && kept.contains(one)) out.push_back(leak(other, one));
    }
    return out;
}

}  // namespace moelora
