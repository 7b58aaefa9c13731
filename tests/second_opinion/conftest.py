"""After a run: what was compared with whom, and how far apart the answers were."""


def pytest_terminal_summary(terminalreporter) -> None:
    rows = [
        value
        for kind in ("passed", "failed")
        for report in terminalreporter.stats.get(kind, [])
        for name, value in report.user_properties
        if name == "second opinion"
    ]
    if rows:
        terminalreporter.section("second opinions: game, solver, largest disagreement")
        for game, solver, apart in sorted(rows):
            terminalreporter.write_line(f"{game:42} {solver:48} {apart:.1e}")
