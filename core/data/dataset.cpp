// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <tuple>

#include "core/data/importer.h"
#include "core/data/recognise.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

// The folder that pictures must lie in: the one that was opened, or that of the file; COCO keeps
// its records in annotations/ beside the pictures.
std::string root_of(const std::string& path) {
    if (fs::is_directory(path)) return path;
    const fs::path folder = fs::path(path).parent_path();
    return (folder.filename() == "annotations" ? folder.parent_path() : folder).string();
}

std::string user_text(const Conversation& conversation) {
    std::string out;
    for (const ChatMessage& message : conversation.messages) {
        if (message.role != "user") continue;
        for (const ChatPart& part : message.parts)
            if (part.kind == ChatPart::Kind::Text) out += part.value;
        break;
    }
    return out;
}

// Which of several captions of one picture (same prompt, same task) are used.
void choose_captions(Dataset& dataset, CaptionsPerImage rule, std::int64_t seed) {
    if (rule == CaptionsPerImage::All) return;
    std::map<std::tuple<std::string, std::string, std::string>, std::vector<std::size_t>> groups;
    std::vector<decltype(groups)::iterator> order;
    for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
        const DatasetSample& sample = dataset.samples[i];
        const auto [group, fresh] =
            groups.try_emplace({sample.image_id, user_text(sample.conversation), sample.task});
        group->second.push_back(i);
        if (fresh) order.push_back(group);
    }
    std::mt19937 random(static_cast<std::uint32_t>(seed));
    std::set<std::size_t> chosen;
    for (const auto& group : order) {
        const auto& members = group->second;
        const std::size_t pick = rule == CaptionsPerImage::Random ? random() % members.size() : 0;
        chosen.insert(members[pick]);
    }
    std::vector<DatasetSample> kept;
    for (const std::size_t i : chosen) kept.push_back(std::move(dataset.samples[i]));
    dataset.samples = std::move(kept);
}

void count_tasks_and_images(Dataset& dataset) {
    std::set<std::string> tasks, images;
    for (const DatasetSample& sample : dataset.samples) {
        if (!sample.task.empty()) tasks.insert(sample.task);
        for (const ChatMessage& message : sample.conversation.messages)
            for (const ChatPart& part : message.parts)
                if (part.kind == ChatPart::Kind::Image) images.insert(part.value);
    }
    dataset.tasks.assign(tasks.begin(), tasks.end());
    dataset.images = static_cast<std::int64_t>(images.size());
}

}  // namespace

Result<Dataset> open_dataset(const DataOptions& data, std::int64_t seed) {
    std::error_code ignored;
    const fs::path given = fs::absolute(data.path, ignored).lexically_normal();
    const std::string path =
        given.filename().empty() ? given.parent_path().string() : given.string();
    MOELORA_TRY(const RecognisedSource source, recognise_source(path));
    Dataset out;
    out.path = data.path;
    out.root = root_of(path);
    out.format = source.form;
    out.evidence = source.evidence;
    Importer importer(out, data, source.file);
    if (source.form == "coco")
        MOELORA_TRY_STATUS(import_coco(importer));
    else if (source.form == "messages")
        MOELORA_TRY_STATUS(import_messages(importer));
    else
        MOELORA_TRY_STATUS(import_sidecars(importer, path));
    choose_captions(out, data.captions_per_image, seed);
    count_tasks_and_images(out);
    return out;
}

Dataset split_validation(Dataset& dataset, double validation, std::int64_t seed) {
    Dataset out;
    out.path = dataset.path;
    out.root = dataset.root;
    out.format = dataset.format;
    out.evidence = dataset.evidence;
    out.tasks = dataset.tasks;
    std::vector<std::string> ids;
    std::set<std::string> seen;
    for (const DatasetSample& sample : dataset.samples)
        if (seen.insert(sample.image_id).second) ids.push_back(sample.image_id);
    const auto all = static_cast<std::int64_t>(ids.size());
    const double wanted =
        validation < 1 ? std::round(validation * static_cast<double>(all)) : std::floor(validation);
    // At least one picture when any was asked for, and at least one left to train on.
    std::int64_t count =
        validation > 0 ? std::max<std::int64_t>(static_cast<std::int64_t>(wanted), 1) : 0;
    count = std::min(count, std::max<std::int64_t>(all - 1, 0));
    std::set<std::string> held;
    for (const std::int64_t i : epoch_order(all, seed, 0)) {
        if (static_cast<std::int64_t>(held.size()) >= count) break;
        held.insert(ids[static_cast<std::size_t>(i)]);
    }
    const auto stays = [&](const DatasetSample& sample) { return !held.contains(sample.image_id); };
    const auto border =
        std::stable_partition(dataset.samples.begin(), dataset.samples.end(), stays);
    out.samples.assign(std::make_move_iterator(border),
                       std::make_move_iterator(dataset.samples.end()));
    dataset.samples.erase(border, dataset.samples.end());
    const std::vector<std::string> tasks = dataset.tasks;  // ids stay those of the whole set
    for (Dataset* part : {&dataset, &out}) {
        count_tasks_and_images(*part);
        part->tasks = tasks;
    }
    return out;
}

std::vector<std::int64_t> epoch_order(std::int64_t n, std::int64_t seed, std::int64_t epoch) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    std::mt19937 random(static_cast<std::uint32_t>(seed + epoch));
    for (std::size_t i = 0; i + 1 < order.size(); ++i)
        std::swap(order[i], order[i + random() % (order.size() - i)]);
    return order;
}

CaptionSample caption_sample(const DatasetSample& sample) {
    CaptionSample out;
    out.id = sample.id;
    out.prompt = user_text(sample.conversation);
    out.task = sample.task;
    for (const ChatMessage& message : sample.conversation.messages) {
        for (const ChatPart& part : message.parts) {
            if (part.kind == ChatPart::Kind::Image && out.image.empty()) out.image = part.value;
            if (part.kind == ChatPart::Kind::Text && message.role == "assistant")
                out.references.push_back(part.value);
        }
        if (!out.references.empty()) break;  // the first question and its answer
    }
    return out;
}

std::vector<CaptionSample> caption_samples(const Dataset& dataset) {
    std::vector<CaptionSample> out;
    std::map<std::tuple<std::string, std::string, std::string>, std::size_t> places;
    for (const DatasetSample& sample : dataset.samples) {
        CaptionSample one = caption_sample(sample);
        const std::string group = one.image.empty() ? sample.image_id : one.image;
        const auto [place, fresh] = places.try_emplace({group, one.prompt, one.task}, out.size());
        if (fresh) {
            out.push_back(std::move(one));
            continue;
        }
        auto& references = out[place->second].references;
        references.insert(references.end(), one.references.begin(), one.references.end());
    }
    return out;
}

}  // namespace moelora
