from __future__ import annotations
from datetime import date, timedelta
from random import Random
import sys
from tests.timelines.test_autotask_following import *
from tests.timelines.autotask_nights import Nights
from local.simulators.autotask.contract_periods import read_day
from tests.oracle.facts import ONE_DAY

def per_day(story):
    out = {}
    for row in story.records.all("ContractServiceUnits"):
        svc = story.records.find("ContractServices", row["contractServiceID"])
        if svc["serviceID"] != PRODUCT: continue
        d = read_day(row["startDate"])
        while d <= read_day(row["endDate"]):
            out[d] = out.get(d, 0) + row["units"]
            d += ONE_DAY
    return out

def readings(seed):
    r = Random(seed); seats = 10; out = {}
    d = START
    while d <= date(2026, 8, 10):
        if r.random() < 0.08: seats = max(1, seats + r.choice([-3,-2,-1,1,2,3]))
        out[d] = None if r.random() < 0.07 and d.day != 1 else seats
        d += ONE_DAY
    out[START] = 10
    return out

class Plain(Nights):
    def __init__(self, mode, **m):
        super().__init__(mode, START, **m)
        self.world.approved_rules = frozenset(HoldRule)

def run(seed, renewed):
    r = Random(f"x{seed}")
    mode = r.choice(["advance", "arrears"]); keeps = r.random() < .5
    renew_on = date(2026,5,10) + timedelta(days=r.randrange(0, 30))
    if renewed:
        s = Renewing(mode); s.world.approved_rules = frozenset(HoldRule); s.world.may_park = True
    else:
        s = Plain(mode); s.world.may_park = True
    for d, seats in readings(seed).items():
        s.live([d], seats)
        if renewed and d == renew_on: s.renew(keeps_text=keeps)
    return s, (mode, keeps, renew_on)

def fuzz(a, b):
    bad = 0
    for seed in range(a, b):
        x, info = run(seed, True); y, _ = run(seed, False)
        px, py = per_day(x), per_day(y)
        last = date(2026, 8, 9)
        diff = [(str(d), px.get(d,0), py.get(d,0)) for d in sorted(py) if d <= last and px.get(d,0) != py.get(d,0)]
        t = [q for q in x.world.troubles if "unknown=1" not in q]
        if diff or t:
            bad += 1
            print(seed, info, len(diff), diff[:3], diff[-1:], "props", [(p.proposal.start.isoformat(), p.proposal.seats) for p in x.world.proposals], [q[:300] for q in t[:2]])
    print("bad", bad, "of", b-a)
if __name__ == "__main__":
    fuzz(int(sys.argv[1]), int(sys.argv[2]))
