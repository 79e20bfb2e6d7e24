"""The figures to reach on the labelled sets, and what simple and published methods reach on the full sets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """One figure: ``score`` is its name in the scorer's output, ``variant`` the run it comes from."""

    dataset: str
    asked: str
    score: str
    goal: float
    others: str
    variant: str = "as given"
    lower_is_better: bool = False


GOALS = (
    Goal("petshop", "service, no graph, Avg@5", "avg5", 0.60, "BARO 0.27, N-sigma 0.55, fusion 0.46", "no graph"),
    Goal("petshop", "service, call graph, Top-1", "top1", 0.70, "authors' traversal 0.65"),
    Goal("petshop", "service, call graph, Top-3", "top3", 0.88, "authors' traversal 0.83"),
    Goal("nezha_ob", "service, Avg@5", "avg5", 0.74, "BARO 0.70, N-sigma 0.66"),
    Goal("rootcausebench", "onset within tolerance", "onset_hit", 0.92, "earliest mover 0.88"),
    Goal("rootcausebench", "culprit deploy", "deploy_ok", 0.75, "latest deploy 0.08"),
    Goal("tcpd", "change points, F1", "f1", 0.77, "published default 0.698, ruptures 0.753"),
    Goal("tcpd", "change points, cover", "cover", 0.72, "published default 0.672, ruptures 0.667"),
    Goal("riskloc_rs", "attribute set, Top-1", "top1", 0.65, "greedy 0.53"),
    Goal("riskloc_rs", "attribute set, Top-3", "top3", 0.88, "greedy 0.79"),
    Goal("loghub2k", "templates, grouping accuracy", "ga", 0.87, "Drain3 0.73-0.77, tuned Drain 0.865"),
    Goal("synth_metrics", "shape, macro-F1", "shape_macro_f1", 0.97, "0.96"),
    Goal("synth_metrics", "clean cases with any alarm", "case_false_alarm", 0.05, "0.15", lower_is_better=True),
    Goal("synth_metrics", "who leads", "lead_ok", 0.9, "-"),
    Goal("synth_metrics", "traffic-driven or not", "traffic_ok", 0.9, "-"),
    Goal("synth_rank", "service, Avg@5", "avg5", 0.92, "BARO 0.81"),
    Goal("synth_rank", "service, start hidden, Avg@5", "avg5", 0.75, "BARO with own change detection 0.16", "blind"),
    Goal("synth_logs", "pattern, macro-F1", "log_macro_f1", 0.93, "0.85"),
    Goal("synth_logs", "right details", "detail", 0.88, "0.79"),
    Goal("synth_logs", "false alarms", "log_false_alarm", 0.02, "0.003", lower_is_better=True),
)
