<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>drop</name>
    <message numerus="yes">
        <source>Drop: %Ln picture(s) for base and adapter to describe, on the page Compare.</source>
        <translation>
            <numerusform>Drop: base and adapter describe %Ln picture, on the page Compare.</numerusform>
            <numerusform>Drop: base and adapter describe %Ln pictures, on the page Compare.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::ComparePage</name>
    <message numerus="yes">
        <source>%Ln sample(s) so far</source>
        <translation>
            <numerusform>%Ln sample so far</numerusform>
            <numerusform>%Ln samples so far</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source> · at most %Ln token(s)</source>
        <translation>
            <numerusform> · at most %Ln token</numerusform>
            <numerusform> · at most %Ln tokens</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::DataPage</name>
    <message numerus="yes">
        <source>%Ln sample(s)</source>
        <translation>
            <numerusform>%Ln sample</numerusform>
            <numerusform>%Ln samples</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 of %Ln sample(s)</source>
        <translation>
            <numerusform>%1 of %Ln sample</numerusform>
            <numerusform>%1 of %Ln samples</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::DoctorPane</name>
    <message numerus="yes">
        <source>%1 of %Ln picture(s)</source>
        <translation>
            <numerusform>%1 of %Ln picture</numerusform>
            <numerusform>%1 of %Ln pictures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s) decoded, %1 known from before</source>
        <translation>
            <numerusform>%Ln picture decoded, %1 known from before</numerusform>
            <numerusform>%Ln pictures decoded, %1 known from before</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::ExportPage</name>
    <message numerus="yes">
        <source>Largest logit difference to the adapter on %Ln probe(s): %1; the adapter itself moves them by %2.</source>
        <translation>
            <numerusform>Largest logit difference to the adapter on %Ln probe: %1; the adapter itself moves them by %2.</numerusform>
            <numerusform>Largest logit difference to the adapter on %Ln probes: %1; the adapter itself moves them by %2.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::GateCard</name>
    <message numerus="yes">
        <source>And at %Ln more place(s).</source>
        <translation>
            <numerusform>And at %Ln more place.</numerusform>
            <numerusform>And at %Ln more places.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::GoalMenu</name>
    <message numerus="yes">
        <source>%Ln update(s)</source>
        <translation>
            <numerusform>%Ln update</numerusform>
            <numerusform>%Ln updates</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::LogModel</name>
    <message numerus="yes">
        <source>Run %1 on %2, %3: %4, %5 trainable parameters at %Ln layer(s)</source>
        <translation>
            <numerusform>Run %1 on %2, %3: %4, %5 trainable parameters at %Ln layer</numerusform>
            <numerusform>Run %1 on %2, %3: %4, %5 trainable parameters at %Ln layers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln update(s)</source>
        <translation>
            <numerusform>%Ln update</numerusform>
            <numerusform>%Ln updates</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Evaluation: loss %1 over %Ln token(s)</source>
        <translation>
            <numerusform>Evaluation: loss %1 over %Ln token</numerusform>
            <numerusform>Evaluation: loss %1 over %Ln tokens</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::MemoryPane</name>
    <message numerus="yes">
        <source>%1. Longest sample: %Ln token(s).</source>
        <translation>
            <numerusform>%1. Longest sample: %Ln token.</numerusform>
            <numerusform>%1. Longest sample: %Ln tokens.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln layer(s) computed again in the backward pass, which saves memory.</source>
        <translation>
            <numerusform>%Ln layer is computed again in the backward pass, which saves memory.</numerusform>
            <numerusform>%Ln layers are computed again in the backward pass, which saves memory.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::ModelPage</name>
    <message numerus="yes">
        <source>%1, %Ln file(s), %2</source>
        <translation>
            <numerusform>%1, %Ln file, %2</numerusform>
            <numerusform>%1, %Ln files, %2</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::MonitorPage</name>
    <message numerus="yes">
        <source>%1 of %Ln update(s)</source>
        <translation>
            <numerusform>%1 of %Ln update</numerusform>
            <numerusform>%1 of %Ln updates</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::OptionsHistory</name>
    <message numerus="yes">
        <source>%Ln setting(s)</source>
        <translation>
            <numerusform>%Ln setting</numerusform>
            <numerusform>%Ln settings</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::PrecisionCard</name>
    <message numerus="yes">
        <source>%1. Longest sample: %Ln token(s), at the adapter and batch of the next run.</source>
        <translation>
            <numerusform>%1. Longest sample: %Ln token, at the adapter and batch of the next run.</numerusform>
            <numerusform>%1. Longest sample: %Ln tokens, at the adapter and batch of the next run.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::Project</name>
    <message numerus="yes">
        <source>%Ln sample(s)</source>
        <translation>
            <numerusform>%Ln sample</numerusform>
            <numerusform>%Ln samples</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s)</source>
        <translation>
            <numerusform>%Ln picture</numerusform>
            <numerusform>%Ln pictures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Adapter: %1 trainable parameters at %Ln layer(s)</source>
        <translation>
            <numerusform>Adapter: %1 trainable parameters at %Ln layer</numerusform>
            <numerusform>Adapter: %1 trainable parameters at %Ln layers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::RunQueue</name>
    <message numerus="yes">
        <source>%1, rank %2, %Ln expert(s)</source>
        <translation>
            <numerusform>%1, rank %2, %Ln expert</numerusform>
            <numerusform>%1, rank %2, %Ln experts</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::SourceCard</name>
    <message numerus="yes">
        <source>%Ln caption(s)</source>
        <translation>
            <numerusform>%Ln caption</numerusform>
            <numerusform>%Ln captions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s)</source>
        <translation>
            <numerusform>%Ln picture</numerusform>
            <numerusform>%Ln pictures</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::SplitPane</name>
    <message numerus="yes">
        <source>About %Ln picture(s) learnt, %1 kept for evaluation.</source>
        <translation>
            <numerusform>About %Ln picture is learnt, %1 are kept for evaluation.</numerusform>
            <numerusform>About %Ln pictures are learnt, %1 are kept for evaluation.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s) learnt, none kept; without an evaluation the best checkpoint is not known.</source>
        <translation>
            <numerusform>%Ln picture is learnt; without an evaluation the best checkpoint is not known.</numerusform>
            <numerusform>All %Ln pictures are learnt; without an evaluation the best checkpoint is not known.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s) on both sides; listed by the data doctor.</source>
        <translation>
            <numerusform>%Ln picture stands on both sides; the data doctor lists it.</numerusform>
            <numerusform>%Ln pictures stand on both sides; the data doctor lists them.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::StartPage</name>
    <message numerus="yes">
        <source>%1 of %Ln caption(s)</source>
        <translation>
            <numerusform>%1 of %Ln caption</numerusform>
            <numerusform>%1 of %Ln captions</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::TargetTree</name>
    <message numerus="yes">
        <source>%1 of %Ln layer(s)</source>
        <translation>
            <numerusform>%1 of %Ln layer</numerusform>
            <numerusform>%1 of %Ln layers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::TokenHistogram</name>
    <message numerus="yes">
        <source>%Ln sample(s) of %1 to %2 tokens</source>
        <translation>
            <numerusform>%Ln sample of %1 to %2 tokens</numerusform>
            <numerusform>%Ln samples of %1 to %2 tokens</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::TrainPage</name>
    <message numerus="yes">
        <source>Start is off: %Ln point(s) of the ready list missing.</source>
        <translation>
            <numerusform>Start is off: %Ln point of the ready list is missing.</numerusform>
            <numerusform>Start is off: %Ln points of the ready list are missing.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln update(s)</source>
        <translation>
            <numerusform>%Ln update</numerusform>
            <numerusform>%Ln updates</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln sample(s) in each update, at once</source>
        <translation>
            <numerusform>%Ln sample in each update, at once</numerusform>
            <numerusform>%Ln samples in each update, at once</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln sample(s) in each update (%1 at a time, accumulated %2 times)</source>
        <translation>
            <numerusform>%Ln sample in each update (%1 at a time, accumulated %2 times)</numerusform>
            <numerusform>%Ln samples in each update (%1 at a time, accumulated %2 times)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>At most %1 on disk, with %Ln checkpoint(s) at a time; %2 are free</source>
        <translation>
            <numerusform>At most %1 on disk, with %Ln checkpoint at a time; %2 are free</numerusform>
            <numerusform>At most %1 on disk, with %Ln checkpoints at a time; %2 are free</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::TrashMenu</name>
    <message numerus="yes">
        <source>Delete %Ln run(s) of the trash for good?</source>
        <translation>
            <numerusform>Delete %Ln run of the trash for good?</numerusform>
            <numerusform>Delete %Ln runs of the trash for good?</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::UpdatePane</name>
    <message numerus="yes">
        <source>%Ln sample(s), with the loss of its micro-batch</source>
        <translation>
            <numerusform>%Ln sample, with the loss of its micro-batch</numerusform>
            <numerusform>%Ln samples; each with the loss of its micro-batch</numerusform>
        </translation>
    </message>
</context>
</TS>
