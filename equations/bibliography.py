"""Full references of the sources that quantities and mechanisms name.

A work of which only the abstract was read says so; nothing here was read in full unless it says
`full text`. `MODEL` marks numbers tuned to the patterns, `ASSUMED` marks our own choices.
"""

REFERENCES = {
    "ASSUMED": "No source: an assumption of this project.",
    "MODEL": "Calibrated so that the model reproduces the reported patterns; not a measurement.",
    "GENERAL": "General knowledge, not verified against a text.",
    "ALHABET1980": "Al-Habet S, Rogers HJ. Pharmacokinetics of intravenous and oral "
    "prednisolone. Br J Clin Pharmacol 1980;10:503 (abstract).",
    "ANDERSON2005": "Anderson KC. Lenalidomide lowers IL-6 production in myeloma. Semin Hematol "
    "2005, as cited in the commentary on Ferrajoli 2008.",
    "AUE2009": "Aue G, et al. Lenalidomide-induced upregulation of CD80 on CLL cells and acute "
    "inflammatory reaction. Haematologica 2009;94:1266 (abstract); Blood 2008;112(11):2099.",
    "AUE2018": "Aue G, et al. Th1 immune response in lymph nodes of CLL patients on lenalidomide. "
    "J Immunol 2018;201:1967 (abstract).",
    "AVADOMIDE2021": "Abbiati RA, et al. Quantitative systems pharmacology of avadomide-induced "
    "neutropenia: loss of Ikaros blocks maturation. AAPS J 2021 (abstract).",
    "BANKS2000": "Banks RE, et al. Subcutaneous recombinant human IL-6. Cytokine 2000;12:388 "
    "(abstract).",
    "BMRI2014": "CD4 T cells drive NK proliferation on lenalidomide in CLL. BioMed Res Int 2014, "
    "PMC4182694 (abstract).",
    "BURGER2017": "Burger JA, et al. Leukemia cell proliferation and death in CLL patients on "
    "ibrutinib. JCI Insight 2017;2:e89904 (abstract).",
    "CHANAN_KHAN2006": "Chanan-Khan A, et al. J Clin Oncol 2006;24:5343 (abstract).",
    "CHANAN_KHAN2008": "Chanan-Khan A, et al. Tumor flare reaction correlates with response. "
    "ASH 2008 (abstract): median 14 days to resolution, 95 % CI 10-26.",
    "CORRAL1999": "Corral LG, et al. Differential cytokine modulation by thalidomide analogues. "
    "J Immunol 1999;163:380 (abstract).",
    "CRS2023": "T-cell TNF activates myeloid cells, which make IL-6. Clin Cancer Res 2023;29:4449 "
    "(abstract).",
    "ELDERLY2008": "Lenalidomide as first treatment of CLL at 65 years or above, interim report. "
    "Blood 2008;112(11):45 (abstract).",
    "FAYAD2001": "Fayad L, et al. Interleukin-6 and interleukin-10 levels in CLL. Blood "
    "2001;97:256 (abstract).",
    "FECTEAU2014": "Fecteau JF, et al. Lenalidomide inhibits the proliferation of CLL cells via a "
    "cereblon/p21-dependent mechanism. Blood 2014;124:1637 (abstract).",
    "FERRAJOLI2002": "Ferrajoli A, et al. TNF-alpha plasma level in CLL. Blood 2002 (abstract).",
    "FERRAJOLI2008": "Ferrajoli A, et al. Lenalidomide induces complete and partial remissions in "
    "relapsed and refractory CLL. Blood 2008;111:5291 (abstract; the commentary in that issue).",
    "FRIBERG2002": "Friberg LE, et al. Model of chemotherapy-induced myelosuppression. J Clin "
    "Oncol 2002;20:4713, as coded in nlmixr2lib.",
    "GANDHI2014": "Gandhi AK, et al. Lenalidomide and pomalidomide degrade Ikaros and Aiolos in T "
    "cells, in healthy subjects too. Br J Haematol 2014;164:811 (abstract).",
    "GARG1994": "Bioavailability and reversible metabolism of prednisone and prednisolone: 62 % of "
    "oral prednisone. Biopharm Drug Dispos 1994;15:163 (abstract).",
    "GUNTHER2014": "Gunther J, et al. TNF-induced tolerance of monocytes. J Immunol 2014 "
    "(abstract).",
    "HALLEK2008": "Hallek M, et al. Guidelines for diagnosis and treatment of CLL (iwCLL, updating "
    "NCI-WG 1996). Blood 2008;111:5446 (its tables 4 and 5: response, grades of neutropenia).",
    "HARKER1977": "Kinetics of platelet production and destruction in man: survival of 9 to 10 "
    "days. 1977, PMID 912957 (abstract; author recalled).",
    "HIGH_RISK2007": "Lenalidomide in CLL with deletion of 17p or 11q: 24 patients of the 10 mg "
    "trial and 16 of the 25 mg trial, 14 of 40 responded. Blood 2007;110(11):754 (abstract).",
    "HUBER2017": "Huber R, et al. TNF tolerance of monocytes: a review. 2017 (abstract).",
    "IBERDOMIDE2018": "Schafer PH, et al. Iberdomide in healthy volunteers: single doses lowered "
    "circulating CD19+ and CD3+ cells. Ann Rheum Dis 2018;77:1516 (abstract).",
    "IBERDOMIDE2022": "Lipsky PE, et al. Biological impact of iberdomide in lupus: B cells in "
    "blood -58.3 % at week 24 of 0.45 mg. Ann Rheum Dis 2022;81:1136 (abstract).",
    "JPB1987": "rhTNF half-life after intravenous dosing. J Clin Oncol 1987;5:1942, PMID 3681377 "
    "(abstract).",
    "LABELLING": "Total CLL burden of about 1e12 cells: a web page citing labelling work (full "
    "text excerpt); order of magnitude only.",
    "LAHOZ2016": "Lahoz-Beneytez J, et al. Human neutrophil kinetics: 5.8 days in marrow after the "
    "last division. Blood 2016;127:3431 (abstract).",
    "LAI2002": "Lai R, et al. Prognostic value of plasma IL-6 in CLL. Cancer 2002, PMID 12209693 "
    "(abstract).",
    "LEE2008": "Lee BN, et al. T cells of untreated CLL patients of 65 years or above on "
    "lenalidomide. Blood 2008;112(11):2107 (abstract).",
    "LEE2011": "Lee BN, et al. Treatment with lenalidomide modulates T-cell immunophenotype in "
    "untreated CLL. Cancer 2011;117:3999 (abstract).",
    "LI2018": "Li S, et al. IMiD compounds degrade Ikaros in CD34+ cells, and PU.1 falls. "
    "Blood Adv 2018;2:492 (abstract).",
    "LIANG2024": "Liang et al. Population pharmacokinetics of lenalidomide. Sci Rep 2024;14:2577, "
    "as coded in nlmixr2lib.",
    "MAGEE2002": "Magee MH, et al. Prednisolone inhibition of whole blood lymphocyte "
    "proliferation: ex vivo IC50 3.76 ng/mL, delay about 4 h. Br J Clin Pharmacol 2002;53:474 "
    "(abstract).",
    "MDS2006": "Lenalidomide pharmacokinetics in MDS, single 10 mg. Blood 2006;108:4854 (ASH "
    "abstract).",
    "MESSMER2005": "Messmer BT, et al. In vivo measurements of CLL turnover. J Clin Invest "
    "2005;115:755 (abstract).",
    "MOLMED": "Thalidomide inhibits monocyte TNF-alpha by 50-70 %. Mol Med, doi 10.1007/BF03401909 "
    "(abstract).",
    "MURPHY2017": "Murphy EJ, et al. Leukemia-cell proliferation and disease progression in early "
    "CLL: births of 0.07 to 1.31 % a day, n = 97. Leukemia 2017;31:1348 (abstract).",
    "MYELOMA2016": "First severe neutropenia of 198 patients with myeloma on lenalidomide and "
    "dexamethasone after 8.8 weeks (5.9-17.3). Am J Hematol 2016;91:806 (abstract).",
    "NEUBER2017": "Neuber B, et al. IL-6 counteracts lenalidomide-driven T-cell activation. "
    "Oncotarget 2017, PMC5716723 (abstract).",
    "NK2007": "NK-cell turnover in humans. Immunology 2007;121:258 (abstract).",
    "PAL2010": "Pal R, et al. Lenalidomide lowers PU.1: maturation arrest. Blood 2010;115:605 "
    "(abstract).",
    "RENAL2007": "Lenalidomide in renal impairment. J Clin Pharmacol 2007; ASCO abstract 2520.",
    "BJH1998": "IL-6 secretion of stimulated CLL cells by Binet stage. Br J Haematol 1998, doi "
    "10.1046/j.1365-2141.1998.00595.x (abstract).",
    "SCHULZ2013": "Schulz A, et al. Lenalidomide reduces survival of CLL cells in primary "
    "cocultures and impairs their motility and chemotaxis. Blood 2013;121:2503 (abstract).",
    "TSUEI1979": "Tsuei SE, et al. Pharmacokinetics of dexamethasone in healthy adults. J "
    "Pharmacokinet Biopharm 1979;7:249 (abstract; year and page recalled).",
    "UHL": "Uhl, Czock, et al. Methylprednisolone pharmacokinetics and dynamics (abstract).",
    "VRISEKOOP2008": "Vrisekoop N, et al. Sparse production but preferential incorporation of "
    "recently produced naive T cells. PNAS 2008;105:6115 (abstract).",
    "WANG2019": "Wang HQ, et al. IL-6 in CLL: the sign is disputed. 2019 (abstract); Blood "
    "2015;126:697 (comment on Li).",
    "WEBER1993": "Weber J, et al. Phase I trial of subcutaneous interleukin-6. J Clin Oncol "
    "1993;11:499 (abstract).",
    "WODARZ2014": "Wodarz D, et al. Kinetics of CLL cells in tissues and blood during ibrutinib. "
    "Blood 2014;123:4132 (abstract).",
}
