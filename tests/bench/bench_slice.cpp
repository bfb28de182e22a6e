// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bench_slice.h"

#include <ATen/CPUGeneratorImpl.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>

#include "core/adapter/plan.h"
#include "core/options/config.h"
#include "core/options/presets.h"
#include "tests/support/tensors.h"

namespace moelora::bench {

namespace {

template <class T>
T value_or_throw(Result<T> result) {
    if (!result) throw std::runtime_error(message_of(result.error()));
    return std::move(*result);
}

double processor_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void time(Measured& m, const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    const double processor = processor_seconds();
    work();
    m.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    m.cpu_seconds = processor_seconds() - processor;
}

// "NAME" or "NAME.FLAVOUR". Unless `as_trained` without what draws random numbers, and without
// balance terms, which the peer's loop does not compute.
AdapterOptions preset_options(const std::string& name, bool as_trained = false) {
    for (const Preset& preset : presets()) {
        if (name != preset.name && name != preset.name + "." + preset.flavour) continue;
        RunOptions run;
        if (!from_json(preset.options, run).empty()) break;
        AdapterOptions& o = run.adapter;
        o.preset = preset.name;
        o.num_tasks = 2;
        if (as_trained) return o;
        o.dropout = o.gate_dropout = o.gate_jitter = 0;
        o.gate_relaxed = false;
        o.balance = BalanceKind::None;
        return o;
    }
    throw std::runtime_error("no preset " + name);
}

// A plain LoRA at the same layers whose rank is that of all experts together; r 8 beside vectors.
AdapterOptions lora_like(Qwen3VL& model, const AdapterOptions& preset) {
    std::vector<LinearShape> shapes;
    for (const FrozenLinear* linear : model.linears()) shapes.push_back(linear->shape);
    AdapterOptions o;
    o.targets = preset.targets;
    o.rank = 8;
    o.dropout = 0;
    o.num_experts = 1;
    o.router = RouterKind::None;
    o.gate = GateKind::None;
    for (const SiteSpec& site : value_or_throw(expand_sites(shapes, preset))) {
        if (site.bank == BankKind::Vector) break;
        o.site_axes.push_back(site.shape.path + ": rank=" + std::to_string(site.total_rank()));
    }
    return o;
}

AdapterOptions options_of(Qwen3VL& model, const std::string& adapter) {
    constexpr std::string_view as_preset = "preset:", as_lora = "lora-like:",
                               as_trained = "as-trained:";
    if (adapter.starts_with(as_trained))
        return preset_options(adapter.substr(as_trained.size()), true);
    if (adapter.starts_with(as_preset)) return preset_options(adapter.substr(as_preset.size()));
    if (adapter.starts_with(as_lora))
        return lora_like(model, preset_options(adapter.substr(as_lora.size())));
    AdapterOptions o;
    o.targets = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"};
    if (adapter.ends_with("-all"))
        o.targets.insert(o.targets.end(), {"mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"});
    const bool experts = adapter.starts_with("moe");
    o.rank = 8;
    o.alpha = 16;
    o.dropout = 0;
    o.num_experts = experts ? 4 : 1;
    o.router = experts ? RouterKind::Token : RouterKind::None;
    o.gate = experts ? GateKind::Softmax : GateKind::None;
    return o;
}

TrainOptions train_options(std::int64_t accumulate, std::int64_t pack_tokens) {
    TrainOptions o;
    o.gradient_accumulation = accumulate;
    o.pack_tokens = pack_tokens;
    o.learning_rate = 1e-4;
    o.schedule = LrScheduleKind::Constant;
    o.max_grad_norm = 1;
    return o;
}

// y = x Wᵀ + shift, with a trainable shift.
class Shift : public SiteAdapter {
  public:
    explicit Shift(const FrozenLinear& site)
        : shift_(at::zeros({site.shape.out}, site.weight.options()).requires_grad_()) {}
    at::Tensor forward(const FrozenLinear& base, const at::Tensor& x, const at::Tensor&) override {
        return base.base(x) + shift_;
    }
    void drop_gradient() { shift_.mutable_grad().reset(); }

  private:
    at::Tensor shift_;
};

FrozenLinear& first_query(Qwen3VL& model) {
    for (FrozenLinear* site : model.linears())
        if (!site->shape.vision && site->shape.module == "q_proj") return *site;
    throw std::runtime_error("the model has no q_proj");
}

}  // namespace

class Slice::Impl {
  public:
    Impl(const std::string& model, const std::string& inputs, const std::string& adapter,
         ComputeDtype dtype, std::int64_t accumulate, std::int64_t pack_tokens)
        : packs_(pack_tokens > 1),
          model_(value_or_throw(Qwen3VL::load(model, dtype, "cpu"))),
          adapter_(value_or_throw(Adapter::create(*model_, options_of(*model_, adapter), 1))) {
        const auto given = test::read_tensors(inputs);
        Batch batch;
        batch.input_ids = given.at("input_ids");
        batch.labels = given.at("labels");
        batch.attention_mask = at::ones_like(batch.input_ids);
        if (given.contains("pixel_values")) {
            batch.pixel_values = given.at("pixel_values");
            batch.grid_thw = given.at("grid_thw");
            batch.patches = at::tensor({batch.pixel_values.size(0)}, at::kLong);
        }
        batch.task_ids = at::zeros({1}, at::kLong);
        batch.sample_types = at::zeros({1}, at::kLong);  // for the localized balance term
        batch.sample_ids = {"bench"};
        for (std::int64_t m = 0; m < accumulate; ++m) {
            batches_.push_back(batch);
            for (at::Tensor* t : {&batches_.back().input_ids, &batches_.back().labels,
                                  &batches_.back().attention_mask})
                *t = t->slice(1, m).contiguous();
        }
        cotangent_ = given.at("cotangent").to(model_->dtype());
        move_from_start();
        adapter_->attach();
        trainer_ = std::make_unique<Trainer>(*model_, *adapter_,
                                             train_options(accumulate, pack_tokens), 1'000'000);
    }
    ~Impl() { adapter_->detach(); }

    void save_adapter(const std::string& path) const {
        test::TensorMap tensors;
        for (const auto& p : adapter_->parameters()) tensors[p.name] = p.tensor;
        const auto status = test::write_tensors(path, tensors);
        if (!status) throw std::runtime_error(message_of(status.error()));
    }
    void save_folder(const std::string& folder) const {
        std::filesystem::create_directories(folder);
        if (const Status saved = save_native(*adapter_, folder); !saved)
            throw std::runtime_error(message_of(saved.error()));
    }

    void save_gradients(const std::string& path) {
        const auto status = test::write_tensors(path, gradients());
        if (!status) throw std::runtime_error(message_of(status.error()));
    }

    Likeness compare(const std::string& path) {
        const test::TensorMap ours = gradients(), given = test::read_tensors(path);
        Likeness out{1, {}, ours.size()};
        for (const auto& [name, tensor] : ours) {
            const at::Tensor a = tensor.flatten(), b = given.at(name).flatten();
            if (const double cosine = at::cosine_similarity(a, b, 0).item<double>();
                cosine < out.cosine)
                out = {cosine, name, ours.size()};
        }
        return out;
    }

    Measured step() {
        Measured m;
        time(m, [&] {
            const auto record = value_or_throw(trainer_->step(batches_));
            m.loss = record.loss;
            m.grad_norm = record.grad_norm;
        });
        return m;
    }

    Measured layers() {
        Measured m;
        time(m, [&] {
            const at::Tensor states = forward().states;
            states.backward(cotangent_);
            m.loss = (states.detach() * cotangent_).sum().item<double>();
        });
        for (const auto& p : adapter_->parameters()) p.tensor.mutable_grad().reset();
        return m;
    }

    Measured frozen() {
        adapter_->detach();
        FrozenLinear& site = first_query(*model_);
        Shift shift(site);
        site.adapter = &shift;
        Measured m;
        time(m, [&] {
            const at::Tensor loss = batch_loss(*model_, nullptr, batches_[0]).loss;
            loss.backward();
            m.loss = loss.item<double>();
        });
        site.adapter = nullptr;
        adapter_->attach();
        return m;
    }

    Measured decode(const std::string& kind, std::int64_t steps, const std::string& file) {
        const at::NoGradGuard no_graph;
        const std::int64_t rows = kind == "pair" ? 2 : 1;
        const auto repeated = [&](const at::Tensor& t) {
            return t.defined() && rows == 2 ? at::cat({t, t}) : t;
        };
        const Batch& sample = batches_[0];
        const ModelInputs prompt{repeated(sample.input_ids), repeated(sample.attention_mask),
                                 repeated(sample.pixel_values), repeated(sample.grid_thw)};
        if (kind == "base") adapter_->detach();
        KVCache cache = model_->make_cache(rows, sample.input_ids.size(1) + steps);
        const auto pass = [&](const ModelInputs& inputs) {
            ForwardInfo info;
            info.attention_mask = inputs.attention_mask;
            info.patches = repeated(sample.patches);
            info.paired = rows == 2;
            if (kind != "base") adapter_->begin_pass(info);
            const at::Tensor states = model_->forward(inputs, &cache).states;
            return model_->logits(states.select(1, states.size(1) - 1)).to(at::kFloat);
        };
        static_cast<void>(pass(prompt));
        std::vector<at::Tensor> logits;
        Measured m;
        time(m, [&] {
            for (std::int64_t i = 0; i < steps; ++i) {
                logits.push_back(pass({at::full({rows, 1}, 1000 + 37 * i, at::kLong), {}, {}, {}}));
                m.loss += logits.back()[0].argmax().item<double>();
            }
        });
        if (kind == "base") adapter_->attach();
        if (!file.empty()) {
            for (at::Tensor& step : logits) step = step[0];
            value_or_throw(test::write_tensors(file, {{"logits", at::stack(logits)}}).map([] {
                return true;
            }));
        }
        return m;
    }

  private:
    test::TensorMap gradients() {
        const double share = 1 / static_cast<double>(batches_.size());
        if (packs_ && batches_.size() > 1) {
            std::vector<const Batch*> all;
            for (const Batch& batch : batches_) all.push_back(&batch);
            (pack_loss(*model_, adapter_.get(), pack_of(all, false), true).losses.sum() * share)
                .backward();
        } else {
            for (const Batch& batch : batches_)
                (batch_loss(*model_, adapter_.get(), batch, true).loss * share).backward();
        }
        test::TensorMap out;
        for (const auto& p : adapter_->parameters()) {
            out[p.name] = p.tensor.grad().to(at::kFloat);
            p.tensor.mutable_grad().reset();
        }
        return out;
    }

    Qwen3VL::Hidden forward() {
        return model_->forward(begin_batch(*model_, adapter_.get(), batches_[0], true));
    }

    // B starts at zero; a benchmark of zeros would measure no gradient of A. Vectors start at ones.
    void move_from_start() {
        const at::NoGradGuard no_graph;
        auto generator = at::detail::createCPUGenerator(5);
        for (const auto& p : adapter_->parameters())
            if (p.name.ends_with(".expert_b") || p.name.ends_with(".expert_vector"))
                p.tensor.add_(0.02 * at::randn(p.tensor.sizes(), generator));
    }

    bool packs_;
    std::unique_ptr<Qwen3VL> model_;
    std::unique_ptr<Adapter> adapter_;
    std::unique_ptr<Trainer> trainer_;
    std::vector<Batch> batches_;
    at::Tensor cotangent_;
};

Slice::Slice(const std::string& model, const std::string& inputs, const std::string& adapter,
             ComputeDtype dtype, std::int64_t accumulate, std::int64_t pack_tokens)
    : impl_(std::make_unique<Impl>(model, inputs, adapter, dtype, accumulate, pack_tokens)) {}
Slice::~Slice() = default;
void Slice::save_adapter(const std::string& path) const {
    impl_->save_adapter(path);
}
void Slice::save_folder(const std::string& folder) const {
    impl_->save_folder(folder);
}
void Slice::save_gradients(const std::string& path) {
    impl_->save_gradients(path);
}
Slice::Likeness Slice::compare(const std::string& path) {
    return impl_->compare(path);
}
Measured Slice::step() {
    return impl_->step();
}
Measured Slice::layers() {
    return impl_->layers();
}
Measured Slice::frozen() {
    return impl_->frozen();
}
Measured Slice::decode(const std::string& kind, std::int64_t steps, const std::string& file) {
    return impl_->decode(kind, steps, file);
}

}  // namespace moelora::bench
