"""What each ADaM variable is: where it comes from and how, which are coded, what makes a row unique.

Names and labels stand in `variables`; the types are those of the table that was built. A variable that only
one study has (a factor, a population flag) is declared by the study.
Source  ADaMIG 1.3; Define-XML 2.1, def:Origin
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from trialist.formats.adam.times import CENSORINGS

Origin = Literal["Assigned", "Derived", "Predecessor", "Protocol"]


@dataclass(frozen=True, slots=True)
class Declared:
    """Origin of a variable; `told` names the predecessor, or says how it is derived or assigned."""

    origin: Origin
    told: str
    coded: bool = False


@dataclass(frozen=True, slots=True)
class DataSetKind:
    """Class of a data set by ADaM, what one row is, and the variables that tell rows apart."""

    kind: str
    structure: str
    keys: tuple[str, ...]


def _from(variable: str, coded: bool = False) -> Declared:
    return Declared("Predecessor", variable, coded)


def _by(rule: str, coded: bool = False) -> Declared:
    return Declared("Derived", rule, coded)


_PLACE = "Place of the arm in the protocol, counted from 1"

# a variable of one data set alone is named with it: ADSL.USUBJID
VARIABLES = MappingProxyType(
    {
        "STUDYID": Declared("Protocol", "Id of the trial in the protocol"),
        "USUBJID": _from("ADSL.USUBJID"),
        "ADSL.USUBJID": _from("DM.USUBJID"),
        "SUBJID": _from("DM.SUBJID"),
        "SITEID": _from("DM.SITEID"),
        "AGE": _from("DM.AGE"),
        "SEX": _from("DM.SEX", coded=True),
        "ARM": _from("DM.ARM", coded=True),
        "ARMCD": _from("DM.ARMCD", coded=True),
        "ACTARM": _from("DM.ACTARM", coded=True),
        "ACTARMCD": _from("DM.ACTARMCD", coded=True),
        "TRT01P": _by("Label in the protocol of the arm that the subject was allocated to", coded=True),
        "TRT01PN": _by(_PLACE, coded=True),
        "TRT01A": _by("Label in the protocol of the arm whose treatment was received", coded=True),
        "TRT01AN": _by(_PLACE, coded=True),
        "TRTSDT": _by("DM.RFXSTDTC, else the first EX.EXSTDTC"),
        "TRTEDT": _by("DM.RFXENDTC, else the last EX.EXENDTC (EXSTDTC where a dose has no end)"),
        "RANDDT": _by("Date of RANDOMIZED in DS, else DM.RFSTDTC"),
        "DTHFL": _by("Y where DM or DS tells of a death, with a date or without", coded=True),
        "DTHDT": _by("DM.DTHDTC, else the first DEATH in DS; the earliest possible date of a partial one"),
        "LSTALVDT": _by("Latest full date on which a record shows the subject alive, up to the cut-off"),
        "DCUTDT": Declared("Protocol", "Data cut-off of the protocol"),
        "NACTDT": _by("First start of a new anticancer therapy in CM, up to the cut-off"),
        "TRTP": _from("ADSL.TRT01P", coded=True),
        "TRTPN": _from("ADSL.TRT01PN", coded=True),
        "TRTA": _from("ADSL.TRT01A", coded=True),
        "TRTAN": _from("ADSL.TRT01AN", coded=True),
        "PARAMCD": Declared("Assigned", "paramcd of the endpoint in the protocol, else its id", coded=True),
        "PARAM": Declared("Assigned", "Label of the endpoint in the protocol"),
        "AVAL": _by("By parameter: see the value level"),
        "AVALC": _by("By parameter: see the value level"),
        "AVALU": Declared("Assigned", "Unit of AVAL", coded=True),
        "STARTDT": _by("Date from which the time is counted: the reference date, or the day of the response"),
        "ADT": _by("Reference date and the days after it at which the value was reached"),
        "CNSR": _by("0 for an event, else the reason for censoring", coded=True),
        "EVNTDESC": _by("What the time ended with", coded=True),
        "CNSDTDSC": _by("What the date of censoring is", coded=True),
        "SRCDOM": _by("Data set of the record that gave the date; empty where none is certain", coded=True),
        "SRCVAR": _by("Variable of SRCDOM that gave the date", coded=True),
        "SRCSEQ": _by("Sequence number in SRCDOM where just one record of that day can be meant"),
        "BASE": _by("Value at baseline by the rule of the parameter"),
        "CHG": _by("AVAL - BASE"),
        "PCHG": _by("100 x (AVAL - BASE) / BASE"),
        "ANL01FL": _by("Y where the row has what its parameter needs", coded=True),
        "ADLB.PARAMCD": _from("LB.LBTESTCD", coded=True),
        "ADLB.PARAM": _from("LB.LBTEST"),
        "ADLB.AVALC": _by(
            "LB.LBSTRESC, else LB.LBORRES, where the value is known as below or above a number"
        ),
        "ADLB.AVALU": _from("LB.LBSTRESU", coded=True),
        "ADLB.ADT": _from("LB.LBDTC"),
        "ADLB.BASE": _by("AVAL of the record with ABLFL, where it is a number in the same unit"),
        "ADTR.ADT": _by("First day of the scans of the visit; of the sum at baseline, the last such day"),
        "AVISIT": _from("LB.VISIT", coded=True),
        "ADY": _by("ADT - TRTSDT, and one more from TRTSDT on"),
        "ANRLO": _from("LB.LBSTNRLO"),
        "ANRHI": _from("LB.LBSTNRHI"),
        "ANRIND": _by("AVAL against ANRLO and ANRHI, as far as they are known", coded=True),
        "BNRIND": _by("ANRIND of the record with ABLFL", coded=True),
        "ABLFL": _by("Y for the last value up to the reference date or the first dose", coded=True),
        "ONTRTFL": _by(
            "Y after the reference date and the first dose, to the window of the rule after the last",
            coded=True,
        ),
        "ATOXDSCL": _by("CTCAE term of low values that grades the test", coded=True),
        "ATOXGRL": _by("By parameter: see the value level"),
        "BTOXGRL": _by("ATOXGRL of the record with ABLFL", coded=True),
        "ATOXDSCH": _by("CTCAE term of high values that grades the test", coded=True),
        "ATOXGRH": _by("By parameter: see the value level"),
        "BTOXGRH": _by("ATOXGRH of the record with ABLFL", coded=True),
        "DTYPE": _by(
            "COMPUTED from other tests of the day, whose LBSEQ stands here; UNCORRECTED: calcium without "
            "albumin",
            coded=True,
        ),
        "AONDT": _by(
            "ASTDT; TRTSDT where it is earlier or no date is known; of a partial date the earliest day on "
            "treatment that it can mean"
        ),
        "AOENDT": _by("AENDT; of a partial date the last day that it can mean"),
        "LBSEQ": _from("LB.LBSEQ"),
        "AREASON": _by("Why the value is what it is, or why there is none", coded=True),
    }
)

DATA_SET_KINDS = MappingProxyType(
    {
        "adsl": DataSetKind("SUBJECT LEVEL ANALYSIS DATASET", "One record per subject", ("USUBJID",)),
        "adlb": DataSetKind(
            "BASIC DATA STRUCTURE",
            "One record per subject, parameter and value",
            ("PARAMCD", "USUBJID", "ADT", "LBSEQ"),
        ),
    }
)

PARAMETERS = DataSetKind(
    "BASIC DATA STRUCTURE", "One record per subject and parameter", ("PARAMCD", "USUBJID")
)
"""The kind of a data set of parameters that is not named above."""

OTHER = DataSetKind("ADAM OTHER", "As described by its variables", ("USUBJID",))

# the variable that says what a code means
DECODES = MappingProxyType(
    {"PARAMCD": "PARAM", "TRTPN": "TRTP", "TRTAN": "TRTA", "TRT01PN": "TRT01P", "TRT01AN": "TRT01A"}
)

# codes whose words stand in no variable
WORDS_OF_CODES = MappingProxyType(
    {"CNSR": {"0": "Event", **{str(code): told for code, told in CENSORINGS.values()}}}
)

# variable (or ending of one) -> CDISC codelist by its NCI code; code of each of its terms
CONTROLLED = MappingProxyType(
    {
        "FL": ("C66742", {"Y": "C49488", "N": "C49487"}),
        "SEX": ("C66731", {"F": "C16576", "M": "C20197"}),
    }
)


def declared(data_set: str, variable: str) -> Declared:
    """What a variable of a data set is; one that nothing declares is derived, and coded if it is a flag."""
    known = VARIABLES.get(f"{data_set.upper()}.{variable}") or VARIABLES.get(variable)
    return known or Declared("Derived", "", coded=variable.endswith("FL"))


def kind_of(data_set: str, variables: list[str]) -> DataSetKind:
    """The kind of a data set: as named, else by whether it has parameters."""
    return DATA_SET_KINDS.get(data_set) or (PARAMETERS if "PARAMCD" in variables else OTHER)
