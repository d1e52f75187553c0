// Colours of series are those of Okabe and Ito, "Color Universal Design" (2008), which people with any colour vision can
// tell apart; for dark paper they are lighter, for light paper those that would fade are darker.

/** The style of the report: light and dark, paper and screen, narrow and wide. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1c1e21; --soft: #5b6169; --line: #d9dce0; --tint: #f5f6f7; --alarm: #a33b00;
  --series-1: #0072b2; --series-2: #d55e00; --series-3: #009e73; --series-4: #b5548c;
  --series-5: #b37a00; --series-6: #3f9fd6; --series-7: #1c1e21; --series-8: #7a6a4f;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e4e6e8; --soft: #9aa1a9; --line: #33393f; --tint: #1c2024; --alarm: #ff9d66;
    --series-1: #4aa8e0; --series-2: #ff8a3d; --series-3: #2fc79a; --series-4: #e59ac6;
    --series-5: #e6b23c; --series-6: #9bd5f7; --series-7: #e4e6e8; --series-8: #c3b08f;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0; font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem; }
header { margin-bottom: 1.5rem; }
h1, h2, h3, h4 { line-height: 1.2; text-wrap: balance; overflow-wrap: anywhere; }
h1 { font-size: 2rem; font-weight: 650; letter-spacing: -0.015em; margin: 0; }
h2 { font-size: 1.3rem; font-weight: 650; margin: 3.25rem 0 1rem; padding-top: 0.85rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; font-weight: 650; margin: 1.75rem 0 0.5rem; }
h4 { font-size: 0.8125rem; font-weight: 600; margin: 0 0 0.25rem; }
p { max-width: 42rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
.kind { margin: 0 0 0.25rem; color: var(--soft); font-size: 0.8125rem; letter-spacing: 0.06em; text-transform: uppercase; }
.verdict { font-size: 1.0625rem; }
.verdict strong { color: var(--alarm); font-weight: 600; }
.note, figcaption { color: var(--soft); font-size: 0.875rem; }
.facts, .legend { display: flex; flex-wrap: wrap; list-style: none; padding: 0; }
.facts { gap: 0.75rem 2.5rem; margin: 1.75rem 0 0; color: var(--soft); font-size: 0.875rem; }
.facts strong { display: block; color: var(--ink); font-size: 1.375rem; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; }
.legend { gap: 0.25rem 1.125rem; margin: 0 0 0.75rem; font-size: 0.8125rem; }
.legend li:first-child { font-weight: 600; }
.legend svg { display: inline-block; vertical-align: -3px; }
figure { margin: 0 0 2.25rem; break-inside: avoid; }
figure svg { display: block; max-width: 100%; height: auto; overflow: visible; font: 12px system-ui, sans-serif; }
figure svg text { unicode-bidi: plaintext; white-space: pre; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1.5rem 2rem; }
.large { display: none; }
@media (min-width: 44rem) { .small { display: none; } .large { display: block; } }
figcaption { max-width: 42rem; margin-top: 0.5rem; overflow-wrap: anywhere; }
dl { margin: 0 0 1rem; font-size: 0.9375rem; }
dl > div { display: grid; grid-template-columns: minmax(8rem, 13rem) minmax(0, 1fr); gap: 0 1rem; padding: 0.3125rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; margin: 0 0 1rem; width: max-content; max-width: calc(50vw + 50% - 1.25rem); }
th:first-child, tbody td:first-child { position: sticky; left: 0; background: var(--paper); }
table { border-collapse: separate; border-spacing: 0; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3125rem 0.875rem 0.3125rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; vertical-align: bottom; }
th[scope=colgroup] { border-bottom: 1px solid var(--soft); }
.number { text-align: right; }
tbody tr:hover { background: var(--tint); }
.runs { list-style: none; padding: 0; font-size: 0.9375rem; }
.runs li { padding: 0.625rem 0; border-bottom: 1px solid var(--line); break-inside: avoid; overflow-wrap: anywhere; }
.runs code { color: var(--soft); }
.message { max-width: 42rem; max-height: 12rem; overflow: auto; margin: 0.25rem 0; white-space: pre-wrap; }
.estimate { font-size: 1.0625rem; font-variant-numeric: tabular-nums; }
code, pre { font: 0.8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { background: var(--tint); padding: 0.75rem 1rem; overflow-x: auto; border-radius: 4px; margin: 0 0 1rem; }
dd code { overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--soft); font-size: 0.875rem; }
details pre { margin-top: 0.75rem; }
@media (max-width: 30rem) {
  main { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.5rem; }
  dl > div { grid-template-columns: minmax(0, 1fr); }
}
@page { margin: 15mm; }
@media print {
  :root { --ink: #000; --soft: #444; --line: #bbb; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  h2, h3, h4 { break-after: avoid; }
  tr { break-inside: avoid; }
  .scroll { overflow: visible; width: auto; max-width: none; }
  table { font-size: 6.5pt; }
  th, td { padding-right: 0.375rem; white-space: normal; }
  .number { white-space: nowrap; }
  .panel svg { max-width: 14cm; }
  .panels { grid-template-columns: 1fr 1fr; }
  details { display: none; }
  .message { max-height: none; }
}
`
