/// The style sheet. Colours are named once, light and dark; everything else refers to the names.
enum PageStyle {
  static let text = colours + frame + summary + cards + tables + cluster + stale + narrow

  private static let colours = """
    :root {
      color-scheme: light dark;
      --ground: #f6f7f9; --card: #ffffff; --line: #e4e7ec; --soft: #eef0f4; --hover: #f8f9fb;
      --ink: #1b222c; --dim: #626d7c; --link: #2b5fb4;
      --up: #1f7a4d; --up-mark: #4db584; --up-wash: #e7f5ed;
      --down: #b3261e; --down-mark: #cc3b3b; --down-wash: #fdecea; --on-down: #ffffff;
      --warn: #8a5a00; --warn-mark: #e0a63a; --warn-wash: #fdf3dc;
      --rest-mark: #c3cad4; --flash: #fff3c4;
      --mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas,
        "DejaVu Sans Mono", monospace;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ground: #0e1217; --card: #161b22; --line: #262d37; --soft: #1e252e; --hover: #1a2028;
        --ink: #e4e8ee; --dim: #929dac; --link: #82b1ff;
        --up: #5fcb98; --up-mark: #36996b; --up-wash: #12281e;
        --down: #ff8a80; --down-mark: #e5534b; --down-wash: #2d1618; --on-down: #1c0606;
        --warn: #e8bd62; --warn-mark: #c08d2c; --warn-wash: #2a2213;
        --rest-mark: #414b58; --flash: #332d18;
      }
    }

    """

  private static let frame = """
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body { margin: 0; background: var(--ground); color: var(--ink);
      font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans",
        "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums; }
    a { color: var(--link); text-decoration: none; }
    a:hover { text-decoration: underline; }
    :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
    h1, h2, p, dl, dd { margin: 0; }
    .bar, main, footer, .banner { max-width: 1240px; margin-inline: auto; padding-inline: 24px; }
    .skip { position: absolute; left: -999px; }
    .skip:focus { left: 8px; top: 8px; background: var(--card); padding: 8px 12px; z-index: 2; }
    header { background: var(--card); border-bottom: 1px solid var(--line); position: sticky; top: 0; z-index: 1; }
    .bar { display: flex; align-items: center; gap: 8px 18px; min-height: 56px; flex-wrap: wrap; }
    .brand { display: flex; align-items: center; gap: 9px; font-size: 16px; font-weight: 650; color: var(--ink);
      letter-spacing: -.01em; }
    .brand:hover { text-decoration: none; }
    .mark { width: 22px; height: 22px; }
    .mark circle { fill: var(--up-mark); }
    .mark .dim { opacity: .4; }
    .mark path { fill: none; stroke: var(--up-mark); stroke-opacity: .4; stroke-width: 3; }
    .node { color: var(--dim); max-width: 16em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .node b { color: var(--ink); font-weight: 600; }
    nav { display: flex; gap: 2px; }
    .bar nav a { padding: 5px 11px; border-radius: 7px; color: var(--dim); }
    .bar nav a:hover { background: var(--soft); text-decoration: none; }
    .bar nav a[aria-current] { background: var(--soft); color: var(--ink); font-weight: 550; }
    form { margin-left: auto; flex: 0 1 250px; }
    input { width: 100%; font: inherit; color: inherit; background: var(--ground); padding: 6px 11px;
      border: 1px solid var(--line); border-radius: 8px; }
    input::placeholder { color: var(--dim); opacity: 1; }
    .live { color: var(--dim); font-size: 12.5px; display: flex; align-items: center; gap: 7px; min-width: 52px; }
    .live[data-on]::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: var(--up-mark); }
    .live[data-on="stale"]::before { background: var(--warn-mark); border-radius: 2px; }
    .live[data-on="no"]::before { background: var(--down-mark); border-radius: 2px; }
    .banner { margin-top: 16px; }
    main .banner { max-width: none; padding: 11px 16px; border-radius: 10px; margin: 0 0 16px;
      background: var(--warn-wash); color: var(--warn); }
    .notice { padding: 9px 24px; text-align: center; overflow-wrap: anywhere; }
    .notice.stale { background: var(--warn-wash); color: var(--warn); border-top: 1px solid var(--warn-mark); }
    .notice.lost { background: var(--down-wash); color: var(--down); border-top: 1px solid var(--down-mark); }
    main { padding-block: 24px 8px; }
    footer { display: flex; flex-wrap: wrap; gap: 6px 24px; justify-content: space-between; color: var(--dim);
      padding-block: 12px 32px; font-size: 13px; }
    footer a { margin-left: 8px; }

    """

  private static let summary = """
    .summary { display: flex; flex-wrap: wrap; gap: 16px 32px; align-items: center; justify-content: space-between;
      margin-bottom: 24px; }
    .verdict { display: grid; grid-template-columns: auto 1fr; column-gap: 14px; align-items: center;
      min-height: 46px; }
    .verdict h1 { font-size: 23px; line-height: 1.25; font-weight: 640; letter-spacing: -.015em; }
    .verdict:not(:has(p)) h1 { grid-row: span 2; }
    .verdict p { grid-column: 2; color: var(--dim); overflow-wrap: anywhere; }
    .disc { grid-row: span 2; width: 40px; height: 40px; border-radius: 50%; display: grid; place-items: center;
      background: var(--soft); color: var(--dim); font-size: 19px; font-weight: 700; }
    .disc::before { content: "–"; }
    .verdict.up .disc { background: var(--up-wash); color: var(--up); }
    .verdict.up .disc::before { content: "✓"; }
    .verdict.down .disc { background: var(--down-mark); color: var(--on-down); }
    .verdict.down .disc::before { content: "!"; }
    .verdict.out .disc, .verdict.stale .disc { background: var(--warn-wash); color: var(--warn); }
    .verdict.stale .disc::before { content: "?"; }
    .verdict.out .disc::before { content: "–"; }
    .verdict.down h1 { color: var(--down); }
    .tiles { display: flex; flex-wrap: wrap; gap: 8px 30px; }
    .tiles div { display: flex; flex-direction: column-reverse; }
    .tiles dt { color: var(--dim); font-size: 12.5px; }
    .tiles dd { font-size: 22px; line-height: 1.2; font-weight: 600; letter-spacing: -.01em; }
    .tiles .up dd { color: var(--up); }
    .tiles .down dd { color: var(--down); }
    .tiles .failing dd, .tiles .out dd, .tiles .forced dd { color: var(--warn); }
    .tiles .none dd { color: var(--dim); font-weight: 450; }

    """

  private static let cards = """
    .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; margin-bottom: 14px;
      overflow: hidden; }
    .card h2 { font-size: 15px; font-weight: 620; padding: 13px 18px 10px; }
    .card h2 q { font-weight: 450; overflow-wrap: anywhere; }
    .alarm { border-color: color-mix(in srgb, var(--down-mark) 45%, var(--line)); margin-bottom: 24px; }
    .alarm h2 { color: var(--down); }
    summary { display: grid; align-items: center; gap: 2px 20px; padding: 13px 18px; cursor: pointer;
      grid-template-columns: 14px minmax(120px, 1fr) minmax(90px, 300px) 172px; list-style: none; }
    summary::-webkit-details-marker { display: none; }
    summary::before { content: ""; width: 7px; height: 7px; border: solid var(--dim); border-width: 0 1.6px 1.6px 0;
      transform: rotate(-45deg); }
    details[open] > summary::before { transform: rotate(45deg) translate(-2px, -2px); }
    summary:hover { background: var(--hover); }
    summary:focus-visible { outline-offset: -3px; border-radius: 12px; }
    .name { font-size: 15px; font-weight: 620; overflow-wrap: anywhere; unicode-bidi: isolate; grid-column: 2; }
    .strip { grid-column: 3; width: 100%; height: 10px; border-radius: 3px; overflow: hidden; display: block;
      shape-rendering: crispEdges; }
    .strip rect { fill: var(--up-mark); }
    .strip .down { fill: var(--down-mark); }
    .strip .failing, .strip .held, .strip .out, .strip .forced { fill: var(--warn-mark); }
    .strip .unchecked { fill: var(--rest-mark); }
    .counts { grid-column: 4; display: flex; gap: 12px; justify-content: flex-end; font-weight: 550;
      white-space: nowrap; }
    .counts .up { color: var(--up); }
    .counts .down { color: var(--down); }
    .counts .out, .counts .forced, .counts .warn, .checker.warn { color: var(--warn); }
    .checker { grid-column: 2 / -1; color: var(--dim); font-size: 13px; }
    .checker:has(+ .leader) { grid-column: 2 / 4; }
    .leader { grid-column: 4; text-align: right; color: var(--dim); font-size: 13px; overflow: hidden;
      text-overflow: ellipsis; white-space: nowrap; }
    .leader b { color: var(--ink); font-weight: 550; }
    .leader.none, .warn { color: var(--warn); }
    .nodes summary { grid-template-columns: 14px 1fr auto; padding-block: 10px; }
    .nodes .counts { grid-column: 3; }
    .nodes { margin-bottom: 24px; }
    .head { display: flex; flex-wrap: wrap; gap: 2px 18px; padding: 10px 18px 12px; color: var(--dim);
      font-size: 12.5px; border-top: 1px solid var(--line); }
    .head b { font-weight: 550; color: var(--ink); }
    .more, .nothing { padding: 10px 18px 12px; color: var(--dim); border-top: 1px solid var(--line); }
    main > .nothing { border: 0; padding-inline: 0; }
    .pager { padding: 10px 14px; flex-wrap: wrap; border-top: 1px solid var(--line); }
    .pager a { padding: 2px 9px; border-radius: 6px; }
    .pager a[aria-current] { background: var(--soft); color: var(--ink); font-weight: 600; }

    """

  private static let tables = """
    table { width: 100%; table-layout: fixed; border-collapse: collapse; border-top: 1px solid var(--line); }
    thead th { font-size: 12px; font-weight: 500; color: var(--dim); text-align: left; padding: 7px 10px; }
    td, tbody th { padding: 6px 10px; border-top: 1px solid var(--line); text-align: left; vertical-align: middle;
      font-weight: 400; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
    tr > :first-child { padding-left: 18px; width: 92px; }
    tr > :last-child { padding-right: 18px; width: 128px; }
    th.peer-name { width: 21%; }
    th.role { width: 84px; }
    th.upstream { width: 18%; }
    th.since { width: 104px; }
    th.evidence { width: 98px; }
    th.in-a-row { width: 110px; }
    tbody tr:hover { background: var(--hover); }
    tbody tr.down { background: var(--down-wash); }
    .tag { display: inline-block; min-width: 50px; padding: 1px 8px; border-radius: 6px; text-align: center;
      font-size: 11.5px; line-height: 18px; font-weight: 650; letter-spacing: .03em; background: var(--up-wash);
      color: var(--up); }
    .tag.down { background: var(--down-mark); color: var(--on-down); }
    .tag.failing, .tag.held, .tag.out { background: var(--warn-wash); color: var(--warn); }
    .tag.forced { padding-inline: 4px; letter-spacing: 0; background: var(--warn-wash); color: var(--warn); box-shadow: inset 0 0 0 1.5px var(--down-mark); }
    .tag.unchecked { background: var(--soft); color: var(--dim); }
    .peer, code { font-family: var(--mono); font-size: 13px; }
    .peer, code, .detail { unicode-bidi: isolate; }
    .peer a, .place a { color: inherit; }
    .role.primary, .since, .evidence, .votes, .steady, .took, .dim { color: var(--dim); }
    .role.backup { color: var(--ink); }
    span.role.backup { font-size: 12px; color: var(--dim); border: 1px solid var(--line); border-radius: 5px;
      padding: 0 5px; }
    .evidence.assumed { font-style: italic; }
    .evidence.stale { color: var(--warn); }
    .evidence span, .votes span, .run span { cursor: help; }
    code.bad { color: var(--down); font-weight: 600; }
    code.ok { color: var(--dim); }
    .detail { color: var(--dim); }
    .detail { margin-left: 3px; }
    .took { margin-left: 3px; }
    .late, .turning { color: var(--warn); font-weight: 550; }
    .down .turning { color: var(--up); }
    td.since { white-space: normal; }

    """

  /// Who votes what, what an operator has said, and the nodes.
  private static let cluster = """
    .shared tr > :last-child { width: 212px; }
    .shared td.votes { white-space: normal; overflow: visible; padding-block: 5px; }
    .vote { display: inline-block; max-width: 100px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
      vertical-align: middle; margin: 1px 4px 1px 0; padding: 0 7px; border-radius: 6px; font-size: 12px;
      line-height: 20px; cursor: help; color: var(--dim); background: var(--soft); }
    .vote:last-child { margin-right: 0; }
    .vote::before { content: "–"; margin-right: 4px; font-size: 9px; vertical-align: 1px; }
    .vote.up::before { content: "▲"; color: var(--up); }
    .vote.down { background: var(--down-mark); color: var(--on-down); font-weight: 600; }
    .vote.down::before { content: "▼"; }
    tr.down .vote { background: none; }
    tr.down .vote.down { color: var(--down); box-shadow: inset 0 0 0 1px color-mix(in srgb, currentColor 40%, transparent); }
    tr.down .vote.up:not(.idle) { background: var(--up-wash); color: var(--up); font-weight: 600; }
    .vote.idle { background: none; box-shadow: inset 0 0 0 1px var(--line); color: var(--dim); font-weight: 400; }
    .vote.idle::before { color: inherit; }
    .word { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden;
      white-space: normal; overflow-wrap: anywhere; unicode-bidi: isolate; color: var(--warn); }
    .word b { font-weight: 600; }
    .word time { color: inherit; }
    .by { color: var(--dim); font-size: 12.5px; }
    .members tr > :first-child { width: 104px; }
    .members th.node-name { width: 26%; }
    .members th.beat { width: 118px; }
    .members th.leads, .members th.probes { width: 84px; }
    .members th.version { width: 90px; }
    .members tr > :last-child { width: 190px; }
    .members .tag { min-width: 64px; }
    .members tr.unchecked td, .members tr.unchecked th { color: var(--dim); }
    .members .version, .members .address, .members .beat { color: var(--dim); }

    """

  /// While the consensus is stale nothing is green: what was up is not known to be.
  private static let stale = """
    .stale .tag.up { background: var(--soft); color: var(--dim); }
    .stale .counts .up, .stale .tiles .up dd { color: var(--dim); }
    .stale .strip .up { fill: var(--rest-mark); }

    """

  /// Below 780 px a row becomes a small block of its own.
  private static let narrow = """
    @media (max-width: 1020px) {
      th.evidence, td.evidence, .several:not(.shared) .votes, .several.shared .in-a-row, .several.shared .run,
        .members .version { display: none; }
      .shared tr > :last-child { width: 160px; }
      .members tr > :last-child { width: 150px; }
    }
    @media (max-width: 780px) {
      .bar, main, footer, .banner { padding-inline: 14px; }
      .bar { padding-block: 10px; }
      header { display: contents; }
      .bar { background: var(--card); border-bottom: 1px solid var(--line); }
      .bars { position: sticky; top: 0; z-index: 1; }
      .notice { padding-inline: 14px; }
      form { flex: 1 1 100%; order: 9; }
      .live { margin-left: auto; }
      .verdict h1 { font-size: 20px; }
      .tiles { width: 100%; justify-content: space-between; gap: 8px 14px; }
      .tiles dd { font-size: 20px; }
      summary { grid-template-columns: 10px 1fr auto; padding: 12px 14px; gap: 5px 12px; }
      .name { grid-column: 2; }
      .counts { grid-column: 3; grid-row: 1; }
      .strip { grid-column: 2 / -1; grid-row: 2; height: 8px; }
      .checker, .checker:has(+ .leader) { grid-column: 2 / -1; grid-row: 3; }
      .leader { grid-column: 2 / -1; grid-row: 4; text-align: left; }
      .nodes summary { grid-template-columns: 10px 1fr auto; }
      .card h2, .head, .more, .nothing { padding-inline: 14px; }
      thead { display: none; }
      table, tbody { display: block; }
      tbody tr { display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: baseline; padding: 9px 14px;
        border-top: 1px solid var(--line); }
      table { border-top: 0; }
      td, tbody th, tr > :first-child, tr > :last-child { display: block; overflow: visible; border: 0; padding: 0; width: auto;
        max-width: 100%; }
      .peer { flex: 1 1 60%; white-space: normal; overflow-wrap: anywhere; font-size: 13.5px; }
      td { font-size: 13px; }
      td.role.primary { display: none; }
      .evidence.assumed, .evidence.stale { display: block; }
      .result { white-space: normal; flex: 1 1 100%; overflow-wrap: anywhere; }
      .several:not(.shared) .votes { display: none; }
      .shared td.votes { flex: 1 1 100%; order: 2; padding: 3px 0 0; }
      .members .peer { flex: 1 1 50%; }
      .members tr > :first-child, .members tr > :last-child, .shared tr > :last-child { width: auto; }
      .members td { order: 1; }
      .members td.state { order: 0; }
      .members .leads::before, .members .probes::before { content: attr(data-l) " "; color: var(--dim); }
      .place, .since, .evidence, .run, .votes { order: 1; }
    }
    @media print {
      header, .bars { position: static; }
      .bar nav, .live, form { display: none; }
      .card { break-inside: avoid; }
    }

    """
}
