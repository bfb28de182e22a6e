// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/samples_by_length.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/options/config.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

// Size and time of a file or folder; both 0 where there is none.
struct Stamp {
    std::uintmax_t bytes = 0;
    std::int64_t time = 0;
    bool operator==(const Stamp&) const = default;
};

Stamp stamp_of(const std::string& path) {
    std::error_code error;
    const auto time = fs::last_write_time(path, error);
    if (error) return {};
    const auto bytes = fs::file_size(path, error);
    return {error ? 0 : bytes, time.time_since_epoch().count()};
}

using Stamps = std::map<std::string, Stamp>;

// Everything whose change may change a length: the records, the pictures, the folders in which
// either may appear, and the model's files. A picture that is written anew in place has a new time.
Stamps stamps_of(const Dataset& data, const DataOptions& options, const std::string& model) {
    std::set<std::string> paths = {options.path, options.edits, model};
    const auto add = [&](const std::string& path) {
        paths.insert(path);
        paths.insert(fs::path(path).parent_path().string());
    };
    add(data.path);
    for (const DatasetSample& sample : data.samples) {
        add(sample.file.str());
        sample.for_each_picture(add);
    }
    for (const std::string& path : data.unused_pictures) add(path);
    for (const Issue& issue : data.issues) add(issue.where.file);
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(model, error))
        paths.insert(entry.path().string());
    Stamps out;
    for (const std::string& path : paths)
        if (!path.empty()) out.emplace(path, stamp_of(path));
    return out;
}

bool unchanged(const Stamps& stamps) {
    return std::all_of(stamps.begin(), stamps.end(),
                       [](const auto& known) { return stamp_of(known.first) == known.second; });
}

std::string key_of(const RunOptions& options) {
    return options.model.path + '\n' + std::to_string(options.train.seed) + '\n' +
           to_json(options).at("data").dump();
}

}  // namespace

struct SamplesByLength::Kept {
    std::mutex mutex;
    std::string key;
    Stamps stamps;
    std::shared_ptr<Known> known;
};

SamplesByLength::Kept& SamplesByLength::kept() {
    static Kept last;
    return last;
}

SamplesByLength::SamplesByLength(const RunOptions& options)
    : data_options_(options.data), model_(options.model.path), seed_(options.train.seed) {}

Result<SamplesByLength> SamplesByLength::of(const RunOptions& options) {
    SamplesByLength out(options);
    const std::string key = key_of(options);
    {
        const std::lock_guard lock(kept().mutex);
        if (kept().known && kept().key == key && unchanged(kept().stamps)) {
            out.known_ = kept().known;
            return out;
        }
    }
    MOELORA_TRY_STATUS(out.open());
    Stamps stamps = stamps_of(*out.data_, out.data_options_, out.model_);
    out.measure();
    const std::lock_guard lock(kept().mutex);
    kept().key = key;
    kept().stamps = std::move(stamps);
    kept().known = out.known_;
    return out;
}

Result<SamplesByLength> SamplesByLength::of(const RunOptions& options, const Dataset& data) {
    SamplesByLength out(options);
    out.data_ = &data;
    MOELORA_TRY_STATUS(out.open());
    out.measure();
    return out;
}

Status SamplesByLength::open() {
    if (!data_) {
        MOELORA_TRY(Dataset data, open_dataset(data_options_, seed_));
        own_ = std::make_unique<Dataset>(std::move(data));
        data_ = own_.get();
    }
    if (!text_) {
        MOELORA_TRY(text_, load_text_side(model_, data_options_));
    }
    return {};
}

void SamplesByLength::measure() {
    known_ = std::make_shared<Known>();
    known_->config = text_->config;
    known_->path = data_->path;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < data_->samples.size(); ++i) {
        const Conversation conversation = data_->samples[i].conversation();
        const auto length = text_->encoder.measure(conversation);
        if (!length) continue;
        known_->order.push_back({length->all(), i});
        bool fresh = false;
        for (const std::string& path : shown_images(conversation))
            fresh |= seen.insert(path).second;
        if (fresh) known_->visual_tokens += length->visual;
    }
    std::stable_sort(known_->order.begin(), known_->order.end(),
                     [](const Sample& a, const Sample& b) { return a.tokens > b.tokens; });
}

Result<std::vector<EncodedSample>> SamplesByLength::samples_of(const TrainOptions& train) {
    if (known_->order.empty()) return fail(ErrorCode::DatasetEmpty, {{"path", known_->path}});
    MOELORA_TRY_STATUS(open());
    std::vector<EncodedSample> out;
    std::int64_t tokens = 0;
    for (const Sample& one : known_->order) {
        const std::int64_t more = train.batch_size * one.tokens;
        if (!out.empty() && tokens + more > train.pack_tokens) continue;
        const DatasetSample& sample = data_->samples[one.number];
        auto encoded = text_->encoder.encode(sample.conversation(), sample.id);
        if (!encoded && !out.empty()) continue;
        if (!encoded) return pass(std::move(encoded).error());
        out.push_back(std::move(*encoded));
        tokens += more;
        if (std::ssize(out) == train.gradient_accumulation) break;
    }
    return out;
}

Result<LargestPass> SamplesByLength::largest_pass(const TrainOptions& train) {
    const std::array key = {train.batch_size, train.gradient_accumulation, train.pack_tokens};
    {
        const std::lock_guard lock(known_->mutex);
        const auto found = known_->passes.find(key);
        if (found != known_->passes.end()) return found->second;
    }
    MOELORA_TRY(const std::vector<EncodedSample> samples, samples_of(train));
    LargestPass out;
    out.sample = samples.front().id;
    out.samples = std::ssize(samples);
    BatchShape& shape = out.shape;
    shape.packed = samples.size() > 1;
    shape.rows = shape.packed ? 1 : train.batch_size;
    for (const EncodedSample& sample : samples) {
        shape.tokens += train.batch_size * std::ssize(sample.ids) / shape.rows;
        for (const TokenId label : sample.labels) shape.labels += label >= 0 ? train.batch_size : 0;
        for (const Patches& picture : sample.images)
            shape.patches += train.batch_size * picture.rows;
    }
    const std::lock_guard lock(known_->mutex);
    known_->passes.emplace(key, out);
    return out;
}

}  // namespace moelora
