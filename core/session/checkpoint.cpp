// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/checkpoint.h"

#include <ATen/ATen.h>

#include <filesystem>

#include "core/io/safetensors.h"
#include "core/session/run_store.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t format_version = 1;  // of trainer.json
constexpr const char* noise_name = "adapter.random_state";

Dtype dtype_of(const at::Tensor& tensor) {
    switch (tensor.scalar_type()) {
        case at::kByte:
            return Dtype::U8;
        case at::kLong:
            return Dtype::I64;
        case at::kDouble:
            return Dtype::F64;
        default:
            return Dtype::F32;
    }
}

at::ScalarType scalar_of(Dtype dtype) {
    switch (dtype) {
        case Dtype::U8:
            return at::kByte;
        case Dtype::I64:
            return at::kLong;
        case Dtype::F64:
            return at::kDouble;
        default:
            return at::kFloat;
    }
}

Status write_tensors_of(const std::string& path, const std::vector<NamedTensor>& named) {
    std::vector<at::Tensor> kept;  // contiguous host copies live until the file is written
    std::vector<TensorBytes> out;
    kept.reserve(named.size());
    for (const NamedTensor& n : named) {
        const at::Tensor& t = kept.emplace_back(n.tensor.detach().cpu().contiguous());
        out.push_back({n.name,
                       dtype_of(t),
                       t.sizes().vec(),
                       {static_cast<const std::byte*>(t.const_data_ptr()), t.nbytes()}});
    }
    return write_safetensors(path, std::move(out));
}

Result<std::vector<NamedTensor>> read_tensors_of(const std::string& path) {
    MOELORA_TRY(const SafetensorsFile file, SafetensorsFile::open(path));
    std::vector<NamedTensor> out;
    for (const TensorEntry& entry : file.entries()) {
        if (entry.dtype_name != name_of(dtype_of(at::empty({0}, scalar_of(entry.dtype)))))
            return fail(
                ErrorCode::CheckpointInvalid,
                {{"path", path}, {"why", entry.name + " has the type " + entry.dtype_name}});
        at::Tensor t = at::empty(entry.shape, scalar_of(entry.dtype));
        const auto bytes = file.bytes(entry);
        if (!bytes.empty()) std::memcpy(t.mutable_data_ptr(), bytes.data(), bytes.size());
        out.push_back({entry.name, std::move(t)});
    }
    return out;
}

Json state_json(const TrainCursor& c, const RunWriter::Lengths& lengths, const Json& config) {
    return {
        {"version", format_version},
        {"step", c.step},
        {"epoch", c.epoch},
        {"micro_batch", c.micro_batch},
        {"samples_seen", c.samples_seen},
        {"best_loss", c.best_loss ? number_json(*c.best_loss) : Json()},
        {"best_step", c.best_step},
        {"evaluations_since_best", c.evaluations_since_best},
        {"went_back_for", c.went_back_for},
        {"evaluated_step", c.evaluated_step},
        {"probed_step", c.probed_step},
        {"memory",
         {{"rows", c.memory.rows}, {"pixels", c.memory.pixels}, {"left_out", c.memory.left_out}}},
        {"metrics_bytes", lengths.metrics},
        {"captions_bytes", lengths.captions},
        {"metrics_sum", lengths.metrics_sum},
        {"captions_sum", lengths.captions_sum},
        {"config", config}};
}

// What checkpoints before early stop, rollback, the memory ladder and the check sums lack.
Status read_later_fields(const Json& json, const std::string& path, TrainCursor& out,
                         RunWriter::Lengths& lengths) try {
    if (!json.is_object()) return {};
    lengths.metrics_sum = json.value("metrics_sum", std::string());
    lengths.captions_sum = json.value("captions_sum", std::string());
    out.evaluations_since_best = json.value("evaluations_since_best", std::int64_t{0});
    out.went_back_for = json.value("went_back_for", std::vector<std::vector<std::string>>{});
    if (!json.contains("memory")) return {};
    const Json& memory = json.at("memory");
    memory.at("rows").get_to(out.memory.rows);
    memory.at("pixels").get_to(out.memory.pixels);
    memory.at("left_out").get_to(out.memory.left_out);
    return {};
} catch (const Json::exception& e) {
    return fail(ErrorCode::CheckpointInvalid, {{"path", path}, {"why", "it has another format"}},
                e.what());
}

}  // namespace

std::string checkpoint_name(std::int64_t step) {
    std::string digits = std::to_string(step);
    if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
    return "checkpoints/step-" + digits;
}

Status save_checkpoint(const std::string& run_folder, const Adapter& adapter,
                       const Trainer& trainer, const TrainCursor& cursor,
                       const RunWriter::Lengths& lengths, const Json& config) {
    MOELORA_TRY(AtomicFolder folder,
                AtomicFolder::begin(join_path(run_folder, checkpoint_name(cursor.step)), true));
    MOELORA_TRY_STATUS(save_native(adapter, folder.temporary()));
    std::vector<NamedTensor> state = trainer.optimizer_state();
    state.push_back({noise_name, adapter.random_state()});
    MOELORA_TRY_STATUS(
        write_tensors_of(join_path(folder.temporary(), "optimizer.safetensors"), state));
    // No byte of a name is worth what was learnt.
    MOELORA_TRY_STATUS(write_text_atomic(
        join_path(folder.temporary(), "trainer.json"),
        state_json(cursor, lengths, config).dump(2, ' ', false, Json::error_handler_t::replace) +
            "\n"));
    return folder.commit();
}

Result<CheckpointState> read_checkpoint_state(const std::string& folder) {
    const std::string path = join_path(folder, "trainer.json");
    MOELORA_TRY(const Json json, read_json(path));
    CheckpointState out;
    const auto version = json.is_object() ? as_int(json.value("version", Json())) : std::nullopt;
    if (version.value_or(format_version) > format_version)
        return fail(ErrorCode::CheckpointInvalid,
                    {{"path", path},
                     {"why", "it has version " + std::to_string(*version) +
                                 ", which a newer program wrote"}});
    const std::pair<const char*, std::int64_t*> fields[] = {
        {"step", &out.cursor.step},
        {"epoch", &out.cursor.epoch},
        {"micro_batch", &out.cursor.micro_batch},
        {"samples_seen", &out.cursor.samples_seen},
        {"best_step", &out.cursor.best_step},
        {"evaluated_step", &out.cursor.evaluated_step},
        {"probed_step", &out.cursor.probed_step},
        {"metrics_bytes", &out.lengths.metrics},
        {"captions_bytes", &out.lengths.captions}};
    for (const auto& [name, field] : fields) {
        const auto value =
            json.is_object() && json.contains(name) ? as_int(json.at(name)) : std::nullopt;
        if (!value)
            return fail(ErrorCode::CheckpointInvalid,
                        {{"path", path}, {"why", std::string(name) + " is missing or no integer"}});
        *field = *value;
    }
    MOELORA_TRY_STATUS(read_later_fields(json, path, out.cursor, out.lengths));
    out.config = json.value("config", Json());
    if (json.contains("best_loss")) out.cursor.best_loss = number_from_json(json.at("best_loss"));
    return out;
}

Status restore_optimizer(const std::string& folder, const CheckpointState& state, Adapter& adapter,
                         Trainer& trainer) {
    const std::string path = join_path(folder, "optimizer.safetensors");
    MOELORA_TRY(std::vector<NamedTensor> tensors, read_tensors_of(path));
    at::Tensor noise;
    std::erase_if(tensors, [&](const NamedTensor& n) {
        if (n.name != noise_name) return false;
        noise = n.tensor;
        return true;
    });
    if (!noise.defined())
        return fail(ErrorCode::CheckpointInvalid,
                    {{"path", path}, {"why", "the random state is missing"}});
    MOELORA_TRY_STATUS(trainer.restore(tensors, state.cursor.step));
    adapter.set_random_state(noise);
    return {};
}

void prune_checkpoints(const std::string& run_folder, std::int64_t keep_last,
                       std::int64_t best_step) {
    const std::vector<CheckpointInfo> all = run_store::valid_checkpoints(run_folder);
    const auto count = static_cast<std::int64_t>(all.size());
    for (std::int64_t i = 0; i < count - keep_last; ++i) {
        const CheckpointInfo& info = all[static_cast<std::size_t>(i)];
        std::error_code ignored;  // a folder that cannot be removed is only in the way
        if (info.step != best_step) fs::remove_all(join_path(run_folder, info.path), ignored);
    }
}

}  // namespace moelora
