"""The variables of the ADaM data sets and their labels, in the order of the standard."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from trialist.formats.labels import column_labels, with_labels
from trialist.records.domains.ae import STUDY_DRUGS

if TYPE_CHECKING:
    import pyarrow as pa

LABEL_WIDTH = 40
"""Characters of a label, by the limits of a SAS transport file."""

DATASETS = MappingProxyType(
    {
        "adsl": "Subject-Level Analysis",
        "adtte": "Time-to-Event Analysis",
        "adrs": "Response Analysis",
        "adae": "Adverse Event Analysis",
        "adtr": "Tumor Results Analysis",
        "adaesum": "Adverse Event Summary by Subject",
        "adchg": "Change from Baseline Analysis",
        "adex": "Exposure Analysis",
        "adlb": "Laboratory Analysis",
    }
)

LABELS = MappingProxyType(
    {
        "STUDYID": "Study Identifier",
        "USUBJID": "Unique Subject Identifier",
        "SUBJID": "Subject Identifier for the Study",
        "SITEID": "Study Site Identifier",
        "AGE": "Age",
        "SEX": "Sex",
        "ARM": "Description of Planned Arm",
        "ARMCD": "Planned Arm Code",
        "ACTARM": "Description of Actual Arm",
        "ACTARMCD": "Actual Arm Code",
        "TRT01P": "Planned Treatment for Period 01",
        "TRT01PN": "Planned Treatment for Period 01 (N)",
        "TRT01A": "Actual Treatment for Period 01",
        "TRT01AN": "Actual Treatment for Period 01 (N)",
        "TRTSDT": "Date of First Exposure to Treatment",
        "TRTEDT": "Date of Last Exposure to Treatment",
        "RANDDT": "Date of Randomization",
        "DTHFL": "Subject Death Flag",
        "DTHDT": "Date of Death",
        "LSTALVDT": "Date Last Known Alive",
        "DCUTDT": "Date of Data Cutoff",
        "NACTDT": "Date of New Anti-Cancer Therapy",
        "TRTP": "Planned Treatment",
        "TRTPN": "Planned Treatment (N)",
        "TRTA": "Actual Treatment",
        "TRTAN": "Actual Treatment (N)",
        "PARAMCD": "Parameter Code",
        "PARAM": "Parameter",
        "AVAL": "Analysis Value",
        "AVALC": "Analysis Value (C)",
        "AVALU": "Analysis Value Unit",
        "STARTDT": "Time-to-Event Origin Date for Subject",
        "ADT": "Analysis Date",
        "CNSR": "Censor",
        "EVNTDESC": "Event or Censoring Description",
        "CNSDTDSC": "Censor Date Description",
        "SRCDOM": "Source Data",
        "SRCVAR": "Source Variable",
        "SRCSEQ": "Source Sequence Number",
        "BASE": "Baseline Value",
        "CHG": "Change from Baseline",
        "PCHG": "Percent Change from Baseline",
        "TRLNKID": "Tumor/Lesion Link Identifier",
        "NADIR": "Nadir",
        "CHGNAD": "Change from Nadir",
        "PCHGNAD": "Percent Change from Nadir",
        "ABLFL": "Baseline Record Flag",
        "CRFL": "Complete Response Flag",
        "PDFL": "Progressive Disease Flag",
        "ANL01FL": "Analysis Flag 01",
        "AESEQ": "Sequence Number",
        "AETERM": "Reported Term for the Adverse Event",
        "AEDECOD": "Dictionary-Derived Term",
        "AEBODSYS": "Body System or Organ Class",
        "ASTDT": "Analysis Start Date",
        "AENDT": "Analysis End Date",
        "ASTDY": "Analysis Start Relative Day",
        "AENDY": "Analysis End Relative Day",
        "AONDT": "Analysis Onset Date on Treatment",
        "AOENDT": "Latest Possible End Date",
        "TRTEMFL": "Treatment Emergent Analysis Flag",
        "AOCCFL": "1st Occurrence within Subject Flag",
        "AOCCSFL": "1st Occurrence of SOC Flag",
        "AOCCPFL": "1st Occurrence of Preferred Term Flag",
        "ATOXGR": "Analysis Toxicity Grade",
        "ATOXGRN": "Analysis Toxicity Grade (N)",
        "AESER": "Serious Event",
        "AEREL": "Causality",
        "RELGR1": "Pooled Causality Group 1",
        **{f"RELGR{n + 1}": f"Pooled Causality Group {n + 1}" for n in STUDY_DRUGS},
        **{f"AEREL{n}": f"Causality, Study Drug {n}" for n in STUDY_DRUGS},
        **{f"AEACN{n}": f"Action Taken, Study Drug {n}" for n in STUDY_DRUGS},
        **{f"ACNGR{n}": f"Pooled Action Group {n}" for n in (1, *(n + 1 for n in STUDY_DRUGS))},
        "AEACN": "Action Taken with Study Treatment",
        "AEOUT": "Outcome of Adverse Event",
        "AESDTH": "Results in Death",
        "PARCAT1": "Parameter Category 1",
        "AVALCAT1": "Analysis Value Category 1",
        "AVISIT": "Analysis Visit",
        "PLDOSE": "Planned Dose",
        "DLYFL": "Dose Delayed Flag",
        "REDFL": "Dose Reduced Flag",
        "OMITFL": "Dose Omitted Flag",
        "AREASON": "Reason for the Analysis Value",
        "ADY": "Analysis Relative Day",
        "ANRLO": "Analysis Normal Range Lower Limit",
        "ANRHI": "Analysis Normal Range Upper Limit",
        "ANRIND": "Analysis Reference Range Indicator",
        "BNRIND": "Baseline Reference Range Indicator",
        "ONTRTFL": "On Treatment Record Flag",
        "ATOXDSCL": "Analysis Toxicity Description Low",
        "ATOXGRL": "Analysis Toxicity Grade Low",
        "BTOXGRL": "Baseline Toxicity Grade Low",
        "ATOXDSCH": "Analysis Toxicity Description High",
        "ATOXGRH": "Analysis Toxicity Grade High",
        "BTOXGRH": "Baseline Toxicity Grade High",
        "DTYPE": "Derivation Type",
        "LBSEQ": "Sequence Number",
    }
)


def labelled(
    table: pa.Table, name: str | None = None, labels: Mapping[str, str] = MappingProxyType({})
) -> pa.Table:
    """The table with its CDISC labels in its metadata; labels and metadata that it has already stay.

    Parameters
        name    data set of `DATASETS`, for the label of the whole table
        labels  of columns that only this study has: factors, flags
    """
    kept = dict(table.schema.metadata or {})
    columns: dict[str, str | None] = {**LABELS, **column_labels(table), **labels}
    made = with_labels(table, name.upper() if name else None, DATASETS[name] if name else None, columns)
    return made.replace_schema_metadata({**kept, **(made.schema.metadata or {})})


def short_label(text: str, name: str, ending: str = "") -> str:
    """A label within the limit: the text, or the words of its id where the text is too long."""
    room = LABEL_WIDTH - len(ending)
    told = text if len(text) <= room else name.replace("_", " ").capitalize()
    return told[:room].rstrip() + ending
