// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/disk_plan.h"

#include <algorithm>
#include <limits>

#include "core/io/free_space.h"
#include "core/options/config.h"

namespace moelora {
namespace {

// A name, a shape and a place in the header of a safetensors file, and the site's part of
// adapter.json; the rest of the folder.
constexpr std::int64_t bytes_per_site = 2048, bytes_per_folder = 32 << 10;
// A step or router record as JSON, CSV and TensorBoard scalars together; the latter's mean weights
// grow with the experts, their tasks and kinds of tokens.
constexpr std::int64_t bytes_per_step = 1200, bytes_per_router = 900, bytes_per_weight = 60,
                       token_kinds = 3,
                       bytes_per_sample = 64;  // its id, and its micro-batch's loss

std::int64_t records_of(const RunExtent& e, const TrainOptions& train) {
    const std::int64_t routed = e.experts > 1 && train.router_every > 0 ? e.updates : 0;
    const std::int64_t of_router =
        bytes_per_router + bytes_per_weight * e.experts * (3 + token_kinds + e.tasks);
    return e.updates * (bytes_per_step + bytes_per_sample * e.samples_per_update) +
           routed / std::max<std::int64_t>(train.router_every, 1) * e.sites * of_router;
}

}  // namespace

RunExtent extent_of(const AdapterPlan& plan, const TrainOptions& train, std::int64_t updates) {
    RunExtent out;
    out.parameters = plan.bytes / 4;  // f32, with what is stored but not learnt
    out.sites = static_cast<std::int64_t>(plan.sites.size());
    for (const SitePlan& site : plan.sites) out.experts = std::max(out.experts, site.experts);
    out.updates = updates;
    out.samples_per_update = train.batch_size * train.gradient_accumulation;
    return out;
}

DiskPlan plan_disk(const RunExtent& e, const TrainOptions& train, const std::string& folder) {
    constexpr std::int64_t f32 = 4, moments = 2;
    DiskPlan out;
    const std::int64_t files = bytes_per_folder + bytes_per_site * e.sites;
    out.checkpoint_bytes = f32 * e.parameters * (1 + moments) + (1 + moments) * files;
    const std::int64_t every = train.save_every > 0 ? train.save_every : e.updates;
    const std::int64_t ever = e.evaluates && train.keep_best
                                  ? std::numeric_limits<std::int64_t>::max()
                                  : (e.updates + every - 1) / std::max<std::int64_t>(every, 1);
    const std::int64_t kept = train.keep_last + (e.evaluates && train.keep_best ? 1 : 0);
    out.checkpoints = std::min(ever, kept + 1);  // an old one goes when the new one stands
    out.adapter_bytes = 2 * (f32 * e.parameters + files);  // PEFT's layout beside the native one
    out.records_bytes = records_of(e, train);
    out.reserve_bytes = bytes_of_text(train.disk_reserve).value_or(0);
    out.needed_bytes = out.checkpoints * out.checkpoint_bytes + out.adapter_bytes +
                       out.records_bytes + out.reserve_bytes;
    out.free_bytes = free_bytes_at(folder).value_or(-1);
    out.fits = out.free_bytes < 0 || out.needed_bytes <= out.free_bytes;
    return out;
}

Status check_space(const std::string& path, std::int64_t needed, std::int64_t reserve) {
    const auto free = free_bytes_at(path);
    if (!free || needed <= *free) return {};
    std::string text = text_of_bytes(needed);
    if (reserve > 0) text += " (train.disk_reserve: " + text_of_bytes(reserve) + ")";
    return fail(ErrorCode::SpaceNeeded,
                {{"path", path}, {"needed", text}, {"free", text_of_bytes(*free)}});
}

}  // namespace moelora
