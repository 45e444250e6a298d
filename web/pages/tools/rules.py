"""Mapping rules: what maps new licences by itself, what it would map now, and what it leaves to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.controls import Controls
from plans.mapping_rules import MappingRule
from plans.ports import Outside
from web.actions.asking import make_actor
from web.actions.noting import note_change
from web.forms import Form, read_form
from web.pages.approvals import may_operate
from web.pages.listing import Ask, read_ask
from web.pages.mapping_doubts import doubt_rule
from web.pages.site import open_administration
from web.pages.tools.candidate_list import SORTERS, CandidatesView, choose, list_ready, make_view, select
from web.pages.tools.candidates import Candidate, Market, list_candidates
from web.pages.tools.choosing import make_choices, read_rule
from web.pages.tools.foresight import foresee
from web.pages.tools.ground import Ground, make_tabs
from web.pages.tools.many import Review, go_to_review, map_chosen, read_sheet, read_told, show_review, write_done
from web.pages.tools.supply import Supply
from web.sheet import Sheet, make_sheet
from web.wording import TERM_WORDS, clean

PATH = "/tools/rules"
NEW = f"{PATH}/new"
MOST_RULES = 300
TAKEN = "There is a rule for this licence and term already. Change or remove that one."
TOO_MANY = f"There are {MOST_RULES} rules. Remove one that is not needed first."
MOVED = "Somebody else changed the rules meanwhile, so nothing was saved. This is how they are now."
NO_PROFILE = "a billing profile that was removed"
TOLD = {
    "made": "The rule is kept.",
    "live": "The rule is live: every run maps what it finds.",
    "observe": "The rule only observes: it shows what it would map, and maps nothing.",
    "removed": "The rule is gone. What it mapped stays mapped.",
    "moved": MOVED,
}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule. `ready` is how many lines it would map now, `by_hand` how many it leaves to a person."""

    id: str
    address: str
    licence: str
    term: str
    profile: str
    is_live: bool
    ready: int
    by_hand: int


class RulesPage:
    """GET /tools/rules, /new and /{rule_id}; POST /new, and /mode, /map and /remove of one."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._site = ground.site

    async def show(self, request: Request) -> Response:
        """Every rule, and what each would map now."""
        outside, supply, controls = await self._read()
        _, candidates = await self._find(outside, supply, controls.rules)
        return self._site.page(
            request,
            "tools/rules.html",
            tabs_shown=make_tabs(PATH, request.state.principal),
            rules=[make_row(rule, supply, candidates) for rule in controls.rules],
            told=TOLD.get(request.query_params.get("told", ""), ""),
            may_operate=may_operate(request),
        )

    async def show_new(self, request: Request) -> Response:
        """A rule as it would be: once it is chosen, everything that it would map now."""
        return await self._show_new(request, read_sheet(request))

    async def make(self, request: Request) -> Response:
        """Keep the rule that was shown."""
        sheet = make_sheet(await read_form(request))
        _, supply, controls = await self._read()
        actor = make_actor(request.state.principal, self._site.now(), "")
        rule = read_rule(sheet, supply, actor.name)
        trouble = ""
        if isinstance(rule, MappingRule):
            if any(each.id == rule.id for each in controls.rules):
                trouble = TAKEN
            elif len(controls.rules) >= MOST_RULES:
                trouble = TOO_MANY
            elif await self._save(request, controls, None, rule):
                return go_to_rule(rule, "made")
            else:
                trouble = MOVED
        return await self._show_new(request, sheet, trouble, 409 if trouble else 422)

    async def show_one(self, request: Request) -> Response:
        """One rule, what it would map now, and what it leaves to a person."""
        outside, supply, controls = await self._read()
        rule = find_rule(request, controls)
        market, candidates = await self._find(outside, supply, [rule])
        return self._site.page(
            request,
            "tools/rule.html",
            tabs_shown=make_tabs(PATH, request.state.principal),
            rule=make_row(rule, supply, candidates),
            view=make_view(candidates, self._ask(request, rule.id), self._site.currency),
            troubles=(*doubt_rule(rule, supply), *market.troubles),
            told=TOLD.get(request.query_params.get("told", ""), "") or read_told(request, supply.overviews.values()),
            may_operate=may_operate(request),
        )

    async def change_mode(self, request: Request) -> Response:
        """Live, or observe."""
        form = await read_form(request)
        _, _, controls = await self._read()
        rule = find_rule(request, controls)
        wanted = replace(rule, is_live=form.one("mode") == "live")
        is_kept = wanted == rule or await self._save(request, controls, rule, wanted)
        told = ("live" if wanted.is_live else "observe") if is_kept else "moved"
        return go_to_rule(wanted, told)

    async def map(self, request: Request) -> Response:
        """What the rule would map, as it was shown: to its sum first, and once that is confirmed, its mappings."""
        form = await read_form(request)
        outside, supply, controls = await self._read()
        rule = find_rule(request, controls)
        ask = self._ask(request, rule.id)
        if form.one("do") != "map" and form.one("whole"):
            return go_to_review(ask, form)
        market, candidates = await self._find(outside, supply, [rule])
        chosen, _ = choose(select(candidates, ask), (), form.one("whole") or "none")
        if not chosen:
            return go_to_rule(rule, "moved")
        done = await map_chosen(self._ground, request, outside, market, chosen)
        return RedirectResponse(write_done(ask, done, ()), status_code=303)

    async def review(self, request: Request) -> Response:
        """What mapping what the rule shows now comes to."""
        form = Form(request.query_params.multi_items())
        outside, supply, controls = await self._read()
        rule = find_rule(request, controls)
        ask = self._ask(request, rule.id)
        market, candidates = await self._find(outside, supply, [rule])
        chosen, _ = choose(select(candidates, ask), (), form.one("whole") or "none")
        if not chosen:
            return go_to_rule(rule, "moved")
        foreseen = await foresee(outside, market, chosen, self._ground.site.currency)
        review = Review(PATH, f"{ask.path}/map{ask.query}", ask.address, rule, chosen, foreseen, form.one("whole"))
        return show_review(self._ground, request, supply, review)

    async def remove(self, request: Request) -> Response:
        """Forget a rule. What it mapped stays."""
        await read_form(request)
        _, _, controls = await self._read()
        rule = find_rule(request, controls)
        is_gone = await self._save(request, controls, rule, None)
        return RedirectResponse(f"{PATH}?told={'removed' if is_gone else 'moved'}", status_code=303)

    async def _save(
        self, request: Request, controls: Controls, before: MappingRule | None, after: MappingRule | None
    ) -> bool:
        """Put a rule in place of another, or of none; False where somebody was quicker."""
        kept = [after if rule == before else rule for rule in controls.rules]
        rules = tuple(each for each in ([*kept, after] if before is None else kept) if each is not None)
        administration = await open_administration(self._ground.context)
        if not await administration.configuration.save_rules(rules, controls.rules):
            return False
        actor = make_actor(request.state.principal, self._site.now(), "")
        rule = after or before
        if rule is not None:
            profiles = await self._ground.read_supply()
            profile = profiles[1].profiles.get(rule.profile_id)
            named = f"the rule for {describe_rule(rule)}, billed by {NO_PROFILE if profile is None else profile.name}"
            sentence = f"{actor.name} {say_change(before, after)} {named}."
            await note_change(
                administration.audit, request, actor, f"rule/{rule.id}", sentence, before=before, after=after
            )
        return True

    async def _read(self) -> tuple[Outside, Supply, Controls]:
        outside, supply = await self._ground.read_supply()
        _, controls = await self._site.load(lambda outside: outside.profiles.read_controls())
        return outside, supply, controls

    async def _find(
        self, outside: Outside, supply: Supply, rules: Sequence[MappingRule]
    ) -> tuple[Market, list[Candidate]]:
        profiles = [supply.profiles[rule.profile_id] for rule in rules if rule.profile_id in supply.profiles]
        market = await self._ground.read_market(outside, [each.connection_id for each in profiles])
        return market, list_candidates(supply, rules, market)

    def _ask(self, request: Request, rule_id: str) -> Ask:
        return read_ask(request, f"{PATH}/{quote(rule_id, safe='')}", [sorter.name for sorter in SORTERS])

    async def _show_new(self, request: Request, sheet: Sheet, trouble: str = "", status: int = 200) -> Response:
        outside, supply = await self._ground.read_supply()
        is_asked = bool(sheet.one("sku") or sheet.one("profile") or status != 200)
        rule = read_rule(sheet, supply) if is_asked else sheet
        view: CandidatesView | None = None
        troubles: tuple[str, ...] = ()
        if isinstance(rule, MappingRule):
            market, candidates = await self._find(outside, supply, [rule])
            extra = ("sku", "term", "profile", "mode")
            ask = read_ask(request, NEW, [sorter.name for sorter in SORTERS], extra=extra)
            view, troubles = make_view(candidates, ask, self._site.currency), market.troubles
            troubles = (*doubt_rule(rule, supply), *troubles)
        page = self._site.page(
            request,
            "tools/rule_new.html",
            tabs_shown=make_tabs(PATH, request.state.principal),
            choices=make_choices(supply),
            sheet=rule if isinstance(rule, Sheet) else sheet,
            view=view,
            is_live=isinstance(rule, MappingRule) and rule.is_live,
            troubles=troubles,
            trouble=trouble,
        )
        page.status_code = status
        return page


def go_to_rule(rule: MappingRule, told: str) -> Response:
    """To its page, which says what was done."""
    return RedirectResponse(f"{PATH}/{quote(rule.id, safe='')}?{urlencode({'told': told})}", status_code=303)


def find_rule(request: Request, controls: Controls) -> MappingRule:
    """The rule that the address names. Raises HTTPException 404 where there is none."""
    asked = request.path_params["rule_id"]
    found = next((rule for rule in controls.rules if rule.id == asked), None)
    if found is None:
        raise HTTPException(404)
    return found


def make_row(rule: MappingRule, supply: Supply, candidates: Sequence[Candidate]) -> RuleRow:
    """One rule in words."""
    own = [each for each in candidates if each.rule_id == rule.id]
    profile = supply.profiles.get(rule.profile_id)
    ready = len(list_ready(own))
    return RuleRow(
        id=rule.id,
        address=f"{PATH}/{quote(rule.id, safe='')}",
        licence=clean(rule.licence_name),
        term="any term" if rule.term is None else TERM_WORDS[rule.term],
        profile=NO_PROFILE if profile is None else clean(profile.name),
        is_live=rule.is_live,
        ready=ready,
        by_hand=len(own) - ready,
    )


def describe_rule(rule: MappingRule) -> str:
    """Business Premium, annual."""
    return rule.licence_name if rule.term is None else f"{rule.licence_name}, {TERM_WORDS[rule.term]}"


def say_change(before: MappingRule | None, after: MappingRule | None) -> str:
    """What became of a rule."""
    if before is None or after is None:
        mode = "live" if after is not None and after.is_live else "observing"
        return "removed" if after is None else f"made, {mode},"
    return "switched to live" if after.is_live else "switched to observe"
