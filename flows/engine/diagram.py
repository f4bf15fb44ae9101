"""A flow's table as a Mermaid state diagram. Generated into DIAGRAM.md, never retyped."""

from collections import defaultdict

from flows.engine.flow import Flow


def mermaid(flow: Flow) -> str:
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for state, row in flow.table.items():
        for trigger, found in row.items():
            for target in found.targets:
                arrows[str(state), str(target)].append(trigger)
    lines = [f"# {flow.name}", "", "Generated from flow.py.", "", "```mermaid", "stateDiagram-v2"]
    lines.append(f"    [*] --> {flow.initial}")
    lines += [f"    {a} --> {b}: {', '.join(triggers)}" for (a, b), triggers in arrows.items()]
    lines += [f"    {state} --> [*]" for state, row in flow.table.items() if not row]
    lines.append("```")
    if flow.jumps:
        jumps = ", ".join(sorted(map(str, flow.jumps)))
        lines += ["", f"From anywhere, by a step that says so (`Flow.jumps`): {jumps}."]
    return "\n".join([*lines, ""])
