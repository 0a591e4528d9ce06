"""Full references of the sources that quantities, patients and tables name.

A work of which only the abstract or one table was read says so. `MODEL` marks numbers tuned to the
patterns, `ASSUMED` marks our own choices.
"""

REFERENCES = {
    "ASSUMED": "No source: an assumption of this application.",
    "MODEL": "Tuned so that the model reproduces the reported patterns; not a measurement.",
    "ADACTA2013": "Gabay C, et al. Tocilizumab monotherapy versus adalimumab monotherapy for "
    "treatment of rheumatoid arthritis (ADACTA). Lancet 2013;381:1541 (abstract).",
    "BANKS2000": "Banks RE, et al. Subcutaneous recombinant human IL-6. Cytokine 2000;12:388 "
    "(abstract).",
    "BARTELDS2007": "Bartelds GM, et al. Clinical response to adalimumab: relationship to "
    "anti-adalimumab antibodies and serum adalimumab concentrations in rheumatoid arthritis. "
    "Ann Rheum Dis 2007;66:921 (abstract).",
    "CHARLES1999": "Charles P, et al. Regulation of cytokines, cytokine inhibitors, and "
    "acute-phase proteins following anti-TNF-alpha therapy in rheumatoid arthritis. J Immunol "
    "1999;163:1521 (abstract).",
    "GRANNEMAN2003": "Granneman RG, et al. Pharmacokinetics of adalimumab, 2003, as cited in a "
    "review: half of the patients answer at 0.8-1.4 mg/L (the review's excerpt).",
    "IL6SERUM1995": "Serum interleukin-6 level is a sensitive parameter of disease activity in "
    "rheumatoid arthritis. J Clin Rheumatol 1995;1:93, PMID 19077953 (abstract).",
    "KANG2010": "Measurement of inflammatory cytokines in patients with rheumatoid arthritis. "
    "Korean J Lab Med 2010;30(3) (abstract).",
    "LABEL": "Prescribing information of adalimumab, as excerpted by drug compendia: "
    "bioavailability 64 %, clearance 12 mL/h, volume 4.7-6.0 L, peak 4.7 (SD 1.6) mg/L of one "
    "40 mg dose, troughs of about 5 mg/L without and 8-9 mg/L with methotrexate, 40 mg weekly "
    "where 40 mg every other week does not suffice.",
    "POUW2015": "Pouw MF, et al. Key findings towards optimising adalimumab treatment: the "
    "concentration-effect curve. Ann Rheum Dis 2015;74:513 (abstract).",
    "PRINCE2012": "Prince FHM, et al. Sustained rheumatoid arthritis remission is uncommon in "
    "clinical practice. Arthritis Res Ther 2012;14:R68 (its table 1: DAS28 with CRP, remission).",
    "RHTNF1987": "rhTNF half-life after intravenous dosing. J Clin Oncol 1987;5:1942, "
    "PMID 3681377 (abstract).",
    "TAKEUCHI2014": "Takeuchi T, et al. Adalimumab, a human anti-TNF monoclonal antibody, outcome "
    "study for the prevention of joint damage in Japanese patients with early rheumatoid "
    "arthritis: the HOPEFUL 1 study. Ann Rheum Dis 2014;73:536 (abstract; its table 1).",
    "TERNANT2015": "Ternant D, et al. Pharmacokinetics and concentration-effect relationship of "
    "adalimumab in rheumatoid arthritis. Br J Clin Pharmacol 2015, doi 10.1111/bcp.12509 "
    "(abstract).",
    "VANDEPUTTE2004": "van de Putte LBA, et al. Efficacy and safety of adalimumab as monotherapy "
    "in patients with rheumatoid arthritis for whom previous disease modifying antirheumatic drug "
    "treatment has failed. Ann Rheum Dis 2004;63:508 (abstract; its tables 1 and 2).",
    "WEBER1993": "Weber J, et al. Phase I trial of subcutaneous interleukin-6. J Clin Oncol "
    "1993;11:499 (abstract).",
    "WILKINS1998": "Wilkins J, et al. Rapid automated high-sensitivity enzyme immunoassay of "
    "C-reactive protein. Clin Chem 1998;44:1358 (its beginning: half-life of about 19 hours).",
}
