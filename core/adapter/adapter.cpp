// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapter/adapter.h"

#include "core/adapter/adapted_linear.h"
#include "core/adapter/dora_bank.h"
#include "core/adapter/formats.h"
#include "core/adapter/routing_context.h"
#include "core/base/assert.h"

namespace moelora {
namespace {

constexpr std::uint64_t noise_stream = 0x6e6f697365;  // apart from the weights' seeds
constexpr std::uint64_t shared_gate_stream = 0x67617465;

tl::unexpected<Error> mismatch(const std::string& folder, std::string why) {
    return fail(ErrorCode::AdapterMismatch, {{"path", folder}, {"why", std::move(why)}});
}

std::string size_of(const LinearShape& shape) {
    return std::to_string(shape.out) + " x " + std::to_string(shape.in);
}

// Some programs leave the root of the model out of their paths.
void resolve_tail(SiteSpec& site, const std::map<std::string, const LinearShape*>& shapes) {
    if (shapes.contains(site.shape.path)) return;
    std::string only;
    for (const auto& [path, shape] : shapes) {
        if (!path.ends_with("." + site.shape.path)) continue;
        if (!only.empty()) return;
        only = path;
    }
    if (!only.empty()) site.shape.path = only;
}

// A scaling vector's file tells one side of its layer only; 0 is the other.
bool fits(const SiteSpec& site, const LinearShape& shape) {
    const bool vector = site.bank == BankKind::Vector;
    return (site.shape.in == shape.in || (vector && site.shape.in == 0)) &&
           (site.shape.out == shape.out || (vector && site.shape.out == 0));
}

std::vector<LinearShape> shapes_of(Qwen3VL& model) {
    std::vector<LinearShape> out;
    for (const FrozenLinear* linear : model.linears()) out.push_back(linear->shape);
    return out;
}

}  // namespace

Status fit_to_model(std::vector<SiteSpec>& sites, const std::vector<LinearShape>& linears,
                    const std::string& folder) {
    std::map<std::string, const LinearShape*> shapes;
    for (const LinearShape& linear : linears) shapes[linear.path] = &linear;
    std::vector<std::string> absent, other;
    std::map<std::string, std::string> resolved;  // paths by what the file calls them
    for (auto& site : sites) {
        const std::string named = site.shape.path;
        resolve_tail(site, shapes);
        resolved[named] = site.shape.path;
        const auto at = shapes.find(site.shape.path);
        if (at == shapes.end())
            absent.push_back(site.shape.path);
        else if (!fits(site, *at->second))
            other.push_back(site.shape.path + " is " + size_of(*at->second) + " here, " +
                            size_of(site.shape) + " there");
        else
            site.shape = *at->second;
    }
    for (auto& site : sites)
        if (const auto leader = resolved.find(site.router_of); leader != resolved.end())
            site.router_of = leader->second;
    if (absent.size() == sites.size())
        return mismatch(folder, "none of its layers exists in the model");
    std::vector<std::string> parts;
    if (!absent.empty()) parts.push_back("the model has no " + joined(absent, ", "));
    if (!other.empty()) parts.push_back(joined(other, "; "));
    if (parts.empty()) return {};
    return mismatch(folder, joined(parts, "; "));
}

class Adapter::Impl {
  public:
    Impl(Qwen3VL& base, AdapterCard stored, std::vector<SiteTensors> tensors, TaskTensors shared,
         std::uint64_t seed)
        : model(base),
          card(std::move(stored)),
          context(card.sites, card.options, at::Device(base.device()), seed ^ noise_stream),
          global(std::move(shared)) {
        std::map<std::string, FrozenLinear*> by_path;
        for (auto* linear : model.linears()) by_path[linear->shape.path] = linear;
        const at::Device device(base.device());
        const auto train = [&](const std::vector<at::Tensor*>& all) {
            for (auto* tensor : all)
                if (tensor->defined())
                    *tensor = tensor->to(device).contiguous().requires_grad_(true);
        };
        train({&global.embedding, &global.gate});
        for (std::size_t i = 0; i < card.sites.size(); ++i) {
            SiteTensors& t = tensors[i];
            const SiteSpec& site = card.sites[i];
            FrozenLinear* const linear = by_path.at(site.shape.path);
            if (site.bank == BankKind::Dora && !t.magnitude.defined())
                t.magnitude = row_norms(*linear, site, t.a.to(device), t.b.to(device));
            train(t.all());
            for (at::Tensor* tensor : {&t.start_a, &t.start_b})
                if (tensor->defined()) *tensor = tensor->to(device).contiguous();
            sites.push_back(std::make_unique<AdaptedLinear>(site, i, card.options, std::move(t),
                                                            context, global, linear));
            linears.push_back(linear);
        }
        join_blocks();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Qwen3VL& model;
    AdapterCard card;
    RoutingContext context;  // looks at card.sites
    TaskTensors global;      // the gate that all sites share, where there is one
    std::vector<std::unique_ptr<AdaptedLinear>> sites;
    std::vector<FrozenLinear*> linears;
    bool attached = false;

  private:
    void join_blocks() {
        std::map<std::string, const AdaptedLinear*> by_path;
        for (std::size_t i = 0; i < sites.size(); ++i)
            by_path[card.sites[i].shape.path] = sites[i].get();
        for (std::size_t i = 0; i < sites.size(); ++i) {
            if (!leads_block(card.sites[i])) continue;
            const std::string& path = card.sites[i].shape.path;
            const std::string block = path.substr(0, path.rfind('.') + 1);
            sites[i]->lead_block(*by_path.at(block + "up_proj"), *by_path.at(block + "down_proj"));
        }
    }
};

Adapter::Adapter() = default;
Adapter::~Adapter() {
    if (impl_) detach();
}

namespace {

bool from_weight(ExpertInit init) {
    return init == ExpertInit::Pissa || init == ExpertInit::SvdPieces || init == ExpertInit::Loftq;
}

tl::unexpected<Error> loftq_refused(std::string why) {
    return fail(ErrorCode::OptionInvalid,
                {{"option", "adapter.init"}, {"value", "loftq"}, {"why", std::move(why)}});
}

// What stands in `layer` for the initialisation: the weight as it is held, or what holding it so
// took off.
Result<at::Tensor> weight_to_start_from(const FrozenLinear& layer, const AdapterOptions& options,
                                        const ExactWeights& exact) {
    const at::Tensor held = layer.dense_weight();
    if (options.init != ExpertInit::Loftq) return held;
    if (!layer.quantized)
        return loftq_refused(layer.shape.path + " is not quantised, so nothing was lost");
    if (!exact) return loftq_refused("the weights from before quantisation are not at hand");
    MOELORA_TRY(const at::Tensor whole, exact(layer.shape));
    return whole.to(held.device(), at::kDouble) - held.to(at::kDouble);
}

}  // namespace

Result<std::unique_ptr<Adapter>> Adapter::create(Qwen3VL& model, const AdapterOptions& options,
                                                 std::uint64_t seed, const ExactWeights& exact,
                                                 const StartProgress& progress) {
    AdapterCard card;
    card.options = options;
    MOELORA_TRY(card.sites, expand_sites(shapes_of(model), options));
    std::map<std::string, const FrozenLinear*> layers;
    for (const FrozenLinear* layer : model.linears()) layers[layer->shape.path] = layer;
    std::vector<SiteTensors> tensors;
    for (std::size_t i = 0; i < card.sites.size(); ++i) {
        tensors.push_back(fresh_tensors(card.sites[i], options, seed, i));
        if (!from_weight(options.init)) continue;
        if (progress)
            progress(static_cast<std::int64_t>(i), static_cast<std::int64_t>(card.sites.size()));
        MOELORA_TRY(const at::Tensor weight,
                    weight_to_start_from(*layers.at(card.sites[i].shape.path), options, exact));
        start_from_weight(tensors.back(), card.sites[i], options, weight);
    }
    TaskTensors shared;
    if (const GlobalGate gate = global_gate(card.sites, options); gate.tasks > 0)
        shared = fresh_task_tensors(gate.tasks, gate.task_embedding, gate.experts,
                                    seed ^ shared_gate_stream);
    std::unique_ptr<Adapter> adapter(new Adapter);
    adapter->impl_ =
        std::make_unique<Impl>(model, std::move(card), std::move(tensors), std::move(shared), seed);
    return adapter;
}

void take_training_axes(AdapterOptions& to, const AdapterOptions& from) {
    to.dropout = from.dropout;
    to.dropout_site = from.dropout_site;
    to.dropout_draw = from.dropout_draw;
    to.gate_dropout = from.gate_dropout;
    to.gate_dropout_on = from.gate_dropout_on;
    to.gate_jitter = from.gate_jitter;
    to.gate_jitter_on = from.gate_jitter_on;
    to.gate_relaxed = from.gate_relaxed;
    to.balance = from.balance;
    to.balance_coef = from.balance_coef;
    to.balance_divide_by_k = from.balance_divide_by_k;
    to.balance_tokens = from.balance_tokens;
    to.balance_reduce = from.balance_reduce;
    to.balance_delta = from.balance_delta;
    to.balance_form = from.balance_form;
    to.balance_by_length = from.balance_by_length;
    to.balance_kl = from.balance_kl;
    if (!from.expert_groups.empty()) to.expert_groups = from.expert_groups;
}

Result<std::unique_ptr<Adapter>> Adapter::load(Qwen3VL& model, const std::string& folder,
                                               std::uint64_t seed, const AdapterOptions* training) {
    if (!is_native_folder(folder) && !is_peft_folder(folder))
        return adapter_invalid(folder, "it has neither adapter.json nor adapter_config.json");
    MOELORA_TRY(StoredAdapter stored,
                is_native_folder(folder) ? read_native(folder) : read_peft(folder));
    MOELORA_TRY_STATUS(fit_to_model(stored.card.sites, shapes_of(model), folder));
    if (training) take_training_axes(stored.card.options, *training);
    return from_stored(model, std::move(stored), seed);
}

Result<std::unique_ptr<Adapter>> Adapter::assemble(Qwen3VL& model, StoredAdapter stored) {
    MOELORA_TRY_STATUS(fit_to_model(stored.card.sites, shapes_of(model), "in memory"));
    return from_stored(model, std::move(stored), 0);
}

std::unique_ptr<Adapter> Adapter::from_stored(Qwen3VL& model, StoredAdapter stored,
                                              std::uint64_t seed) {
    std::unique_ptr<Adapter> adapter(new Adapter);
    adapter->impl_ = std::make_unique<Impl>(
        model, std::move(stored.card), std::move(stored.tensors), std::move(stored.global), seed);
    return adapter;
}

void Adapter::attach() {
    for (std::size_t i = 0; i < impl_->sites.size(); ++i)
        impl_->linears[i]->adapter = impl_->sites[i].get();
    impl_->model.set_layer_loss(&impl_->context);
    impl_->model.note_change();
    impl_->attached = true;
}

void Adapter::detach() {
    if (!impl_->attached) return;
    bool ours = false;
    for (std::size_t i = 0; i < impl_->sites.size(); ++i) {
        if (impl_->linears[i]->adapter != impl_->sites[i].get()) continue;
        impl_->linears[i]->adapter = nullptr;
        ours = true;
    }
    if (ours) impl_->model.set_layer_loss(nullptr);
    impl_->model.note_change();
    impl_->attached = false;
}

bool Adapter::attached() const {
    return impl_->attached;
}
void Adapter::set_enabled(bool on) {
    if (impl_->context.enabled != on) impl_->model.note_change();
    impl_->context.enabled = on;
}
void Adapter::set_scale(double factor) {
    for (auto& site : impl_->sites) site->set_scale(factor);
    impl_->model.note_change();
}

Status Adapter::force_expert(std::int64_t expert) {
    const auto refuse = [&](std::string why) {
        return fail(ErrorCode::OptionInvalid, {{"option", "--only-expert"},
                                               {"value", std::to_string(expert + 1)},
                                               {"why", std::move(why)}});
    };
    if (expert < -1) return refuse("it counts from 1");
    bool routed = false;
    for (const SiteSpec& site : sites()) {
        if (!site.routed) continue;
        routed = true;
        if (expert >= site.experts)
            return refuse("a layer has only " + std::to_string(site.experts) + " experts");
    }
    if (expert >= 0 && !routed) return refuse("the adapter has no router");
    impl_->context.forced_expert = expert;
    impl_->model.note_change();
    return {};
}

bool Adapter::passes_alike() const {
    const RouterKind router = impl_->card.options.router;
    return router != RouterKind::Task && router != RouterKind::Instance &&
           !impl_->context.counts_tokens();
}

void Adapter::begin_pass(const ForwardInfo& info) {
    impl_->context.begin_pass(info);
}
void Adapter::begin_statistics(const std::vector<std::string>& tasks) {
    impl_->context.begin_statistics(tasks);
}
std::vector<RouterRecord> Adapter::take_statistics(std::int64_t step) {
    return impl_->context.take_statistics(step);
}
void Adapter::record_weights(bool on) {
    impl_->context.record_weights(on);
}
const std::map<std::string, at::Tensor>& Adapter::recorded_weights() const {
    return impl_->context.recorded_weights();
}

std::vector<NamedTensor> Adapter::parameters() const {
    std::vector<NamedTensor> all;
    if (impl_->global.gate.defined())
        all = {{"task.embedding", impl_->global.embedding}, {"task.gate", impl_->global.gate}};
    for (std::size_t i = 0; i < impl_->sites.size(); ++i)
        for (auto& named : impl_->sites[i]->tensors().named(impl_->card.sites[i].shape.path))
            all.push_back(std::move(named));
    return all;
}

std::vector<NamedTensor> Adapter::stored_tensors() const {
    std::vector<NamedTensor> all = parameters();
    for (std::size_t i = 0; i < impl_->sites.size(); ++i)
        for (auto& named : impl_->sites[i]->tensors().frozen(impl_->card.sites[i].shape.path))
            all.push_back(std::move(named));
    return all;
}

const std::vector<SiteSpec>& Adapter::sites() const {
    return impl_->card.sites;
}
const SiteTensors& Adapter::site_tensors(std::size_t i) const {
    return impl_->sites[i]->tensors();
}
at::Tensor Adapter::task_weights(std::size_t i, const std::vector<std::int64_t>& tasks) const {
    return impl_->sites[i]->task_weights(tasks);
}
const AdapterOptions& Adapter::options() const {
    return impl_->card.options;
}
AdapterCard& Adapter::card() {
    return impl_->card;
}
const AdapterCard& Adapter::card() const {
    return impl_->card;
}
at::Tensor Adapter::random_state() const {
    return impl_->context.random_state();
}
void Adapter::set_random_state(const at::Tensor& state) {
    impl_->context.set_random_state(state);
}

}  // namespace moelora
