"""What could be done to patients to tell hypotheses apart. One more arm is one more line."""

from pdmodel.hypotheses import Intervention

drug_alone = Intervention("drug_alone", "10 mg daily", "10 mg daily")
il6_blockade = Intervention(
    "il6_blockade", "10 mg daily, and an antibody to IL-6 every 21 days",
    "10 mg daily + 800 mg il6_antibody days 1-1 of 21", ("il6_blocked",),
)  # fmt: skip
tnf_blockade = Intervention(
    "tnf_blockade", "10 mg daily, and an antibody to TNF-alpha every 28 days",
    "10 mg daily + 400 mg tnf_antibody days 1-1 of 28", ("tnf_blocked",),
)  # fmt: skip
steroid_prophylaxis = Intervention(
    "steroid_prophylaxis", "10 mg daily, with a six-day methylprednisolone pack first",
    "10 mg daily + pack 24-20-16-12-8-4 mg methylprednisolone in 2 doses",
)  # fmt: skip
week_off = Intervention("week_off", "10 mg on days 1-21 of 28", "10 mg days 1-21 of 28")
half_dose = Intervention("half_dose", "5 mg daily", "5 mg daily")
high_dose = Intervention("high_dose", "25 mg daily", "25 mg daily")
