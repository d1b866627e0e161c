"""The report's style sheet: system fonts, one accent colour, light and dark, a phone's width, paper."""

from collections.abc import Iterable, Sequence

STYLE = """
:root{--ink:#17212b;--muted:#566170;--line:#d9dee5;--soft:#f4f6f9;--page:#fff;--accent:#0b5394;--pale:#a9c8e8;
--good:#1a7043;--fair:#8a5a00;--bad:#b3261e;--none:#4d5866;--good-bg:#e9f5ee;--fair-bg:#fdf3dc;--bad-bg:#fcebea;
--none-bg:#eef1f5;--read:#0b5394;--write:#2e8b74;--verify:#9467bd;--other:#8593a3;--guard:#f3c9b0}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--muted:#a3afbd;--line:#38424f;--soft:#1d242d;--page:#13181f;
--accent:#8abdf2;--pale:#3b5f86;--good:#6fd39c;--fair:#f0c25c;--bad:#ff9a90;--none:#b3beca;--good-bg:#14291f;
--fair-bg:#2d2510;--bad-bg:#331b19;--none-bg:#1f2731;--read:#6aa9e9;--write:#5cc2a6;--verify:#b99be0;--other:#7d8a9a;
--guard:#5d3a26}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0 auto;max-width:1040px;padding:40px 32px 64px;background:var(--page);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif;
overflow-wrap:break-word}
h1,h2,h3{line-height:1.2;font-weight:650;text-wrap:balance;margin:0}
h1{font-size:34px;letter-spacing:-.015em}
h2{font-size:24px;letter-spacing:-.01em;margin:0 0 10px}
h3{font-size:17px;margin:30px 0 10px}
caption{font-size:15px;font-weight:650;text-align:left;padding:26px 0 4px}
p{margin:0 0 10px;max-width:72ch}
a{color:var(--accent)}
code{font:.86em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;overflow-wrap:anywhere}
data,time{font-variant-numeric:tabular-nums}
header{border-bottom:1px solid var(--line);padding-bottom:18px;margin-bottom:24px}
.kicker,.part{text-transform:uppercase;letter-spacing:.09em;font-size:13px;font-weight:600;color:var(--muted);
margin:0 0 6px}
.part{border-top:3px solid var(--ink);padding-top:12px;margin:64px 0 0;max-width:none;color:var(--ink)}
.arrow{color:var(--muted);font-weight:400}
dl{margin:0;display:flex;flex-wrap:wrap;gap:6px 32px}
dl div{min-width:0}
dt{color:var(--muted);font-size:13px}
dd{margin:0;overflow-wrap:anywhere}
header dl{margin-top:12px}
.verdict{border-left:6px solid var(--tone);background:var(--tone-bg);padding:20px 24px 12px;border-radius:4px}
.verdict p{max-width:none}
.dates dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(260px,1fr));gap:14px 28px;margin:0 0 14px}
.dates dt{font-size:14px;color:var(--ink);font-weight:600}
.dates dd>span{display:block;font-size:14px;color:var(--muted)}
.dates dd b{display:block;color:var(--ink);font-size:16px}
.why{margin:12px 0 10px;padding:0;list-style:none}
.why li::first-letter{text-transform:uppercase}
.verdict h2{font-size:28px;color:var(--tone);margin-bottom:10px}
.good{--tone:var(--good);--tone-bg:var(--good-bg)}.fair{--tone:var(--fair);--tone-bg:var(--fair-bg)}
.bad{--tone:var(--bad);--tone-bg:var(--bad-bg)}.none{--tone:var(--none);--tone-bg:var(--none-bg)}
.chart{margin:22px 0 0}
svg{display:block;max-width:100%;height:auto;
font:13px system-ui,-apple-system,"Segoe UI",Roboto,Arial,"Liberation Sans",sans-serif}
svg text{fill:var(--ink);font-variant-numeric:tabular-nums}
svg .tick{fill:var(--muted);font-size:12px}
.grid{stroke:var(--line);stroke-width:1}
.deadline{stroke:var(--bad);stroke-width:2.5}
svg .deadline-word{fill:var(--bad);font-weight:600}
.guard{fill:var(--guard);opacity:.45}
svg .guard-word{fill:var(--muted);font-size:12px}
.p50{fill:var(--accent)}.p90{fill:var(--pale)}
.s-read{fill:var(--read);background:var(--read)}.s-write{fill:var(--write);background:var(--write)}
.s-verify{fill:var(--verify);background:var(--verify)}.s-other{fill:var(--other);background:var(--other)}
.burn{fill:none;stroke:var(--accent);stroke-width:2}.burn-area{fill:var(--accent);opacity:.12}
.burn-goal{stroke:var(--accent);stroke-width:2;stroke-dasharray:5 5}
.narrow{display:none}
.tiles{list-style:none;display:grid;grid-template-columns:repeat(4,1fr);gap:12px;padding:0;margin:26px 0 0}
.tiles a{display:block;height:100%;padding:14px 16px;border:1px solid var(--line);border-radius:4px;color:inherit;
text-decoration:none}
.tiles a:hover,.tiles a:focus-visible{border-color:var(--accent)}
.tiles b{display:block;font-size:30px;line-height:1.15;font-weight:650;letter-spacing:-.02em}
.tiles span{display:block;font-size:13px;color:var(--muted)}
.tiles .what{font-size:14px;color:var(--ink);font-weight:600}
.decide{margin-top:34px}
.decide ol{margin:0;padding-left:22px}.decide li{margin:6px 0;max-width:72ch}
nav{margin:34px 0 0;border-top:1px solid var(--line);padding-top:14px}
nav ul{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:4px 20px;font-size:14px}
nav a{display:inline-block;padding:3px 0}
main>section:not(.verdict,.decide){margin-top:38px}
.lead{color:var(--muted)}
.note{color:var(--muted);font-size:14px;margin:8px 0 0}
table{border-collapse:collapse;width:100%;font-size:14px;margin:4px 0 0}
th{text-align:left;font-weight:600;color:var(--muted);font-size:13px;border-bottom:1px solid var(--ink);
padding:6px 14px 6px 0;vertical-align:bottom}
td{border-bottom:1px solid var(--line);padding:7px 14px 7px 0;vertical-align:top;overflow-wrap:anywhere}
th:last-child,td:last-child{padding-right:0}
td code{font-size:.8em}
.n{text-align:right;white-space:nowrap}
@media print,(min-width:641px){time{white-space:nowrap}
.n+td:not(.n),.n+th:not(.n){padding-left:14px}}
details{border-bottom:1px solid var(--line)}
summary{cursor:pointer;padding:10px 4px;overflow-wrap:anywhere}
summary:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.fold>summary{font-weight:600;font-size:15px}
.fold>table,.fold>.groups{margin:0 0 18px}
.groups{list-style:none;margin:0;padding:0;font-size:15px}
.groups>li{border-bottom:1px solid var(--line);padding:10px 0}
.groups p{margin:0 0 4px;max-width:none}
.group{border:0}.group>summary{padding:0 0 2px}
.group ul{margin:8px 0;padding-left:20px;font-size:14px}.names{font-size:14px;color:var(--muted);margin:6px 0 0 18px}
.code{color:var(--muted);font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;
white-space:nowrap}
.state,.origin{white-space:nowrap}
.state.done{color:var(--good)}.state.failed{color:var(--bad);font-weight:600}
.state.waiting,.state.blocked{color:var(--fair)}.state.running{color:var(--accent)}
.origin{font-size:12px;color:var(--muted)}.origin.measured{color:var(--good)}
.gate{font-size:12px;color:var(--fair);border:1px solid;border-radius:3px;padding:0 5px;white-space:nowrap}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 20px;margin:0;padding:0;font-size:13px;color:var(--muted)}
.legend i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:6px;vertical-align:-1px}
footer{margin-top:56px;border-top:1px solid var(--line);padding-top:14px;font-size:13px;color:var(--muted)}
@media screen and (max-width:640px){
body{padding:22px 16px 40px}
h1{font-size:26px}h2{font-size:21px}.verdict{padding:16px 16px 8px}.verdict p{max-width:none}
.verdict h2{font-size:23px}
.tiles{grid-template-columns:1fr 1fr}.tiles b{font-size:25px}
.wide{display:none}.narrow{display:block}
table:not(.compact),table:not(.compact)>tbody,table:not(.compact)>tbody>tr{display:block}
table:not(.compact)>caption{display:block}.compact{font-size:13px}.compact th,.compact td{padding-right:8px}
table:not(.compact)>thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table:not(.compact)>tbody>tr{border-bottom:1px solid var(--line);padding:9px 0}
table:not(.compact) td{display:block;border:0;padding:2px 0 2px 42%;position:relative;min-height:1.55em;
text-align:left;white-space:normal}
table:not(.compact) td::before{position:absolute;left:0;width:39%;color:var(--muted)}
table:not(.compact) td:first-child{padding-left:0;font-weight:600}
table:not(.compact) td.no{display:none}
}
@media print{
:root{--page:#fff;--ink:#000;--muted:#444;--line:#bbb}
body{max-width:none;padding:0;font-size:10.5pt}
nav{display:none}a{color:inherit;text-decoration:none}
tr,svg,.groups>li,.verdict,.tiles{break-inside:avoid}h2,h3,summary{break-after:avoid}thead{
display:table-header-group}
details::details-content{content-visibility:visible;height:auto}
.verdict,.s-read,.s-write,.s-verify,.s-other{print-color-adjust:exact;-webkit-print-color-adjust:exact}
@page{margin:16mm 14mm}
}
""".replace("\n", "")


def stacked(tables: Iterable[Sequence[str]]) -> str:
    """On a phone a row is a card: every cell but the first is told what its column is called."""
    rules = [
        f"#t{number} td:nth-child({column})::before{{content:{_quoted(label)}}}"
        for number, labels in enumerate(tables, 1)
        for column, label in enumerate(labels, 1)
        if column > 1
    ]
    return f"@media screen and (max-width:640px){{{''.join(rules)}}}" if rules else ""


def _quoted(text: str) -> str:
    """A string of CSS; labels are our own words, never a customer's."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("<", "\\3c ") + '"'
