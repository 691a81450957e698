"""The CTCAE terms that are graded from a laboratory value: test code and versions of each.

Versions are those of which the cuts are held (`endpoints/criteria/ctcae_laboratory.csv`); a test keeps both
lists the same. Source: NCI CTCAE v4.03 (14 June 2010), v5.0 (27 November 2017) and v6.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

VERSIONS = ("4.03", "5.0", "6.0")
# the 4.x of May 2009 to June 2010 are one version, of which 4.03 has the clearest words
READ_AS: Mapping[str, str] = MappingProxyType({"4.0": "4.03", "4.01": "4.03", "4.02": "4.03", "4.3": "4.03"})
TOTAL_CALCIUM: Mapping[str, str] = MappingProxyType({"CACR": "CA"})  # corrected -> as measured
NEVER_RELEASED = frozenset({"4.3"})


def resolved(version: str) -> str:
    """The version whose cuts are used for one that a protocol states."""
    return READ_AS.get(version, version)


# test -> the tests that it is computed from where the records lack it; of each group one is enough
COMPUTED_FROM: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "NEUT": (("WBC",), ("NEUTLE", "NEUTSGLE"), ("NEUTBLE",)),
        "CACR": (("CA",), ("ALB",)),
    }
)


@dataclass(frozen=True, slots=True)
class LaboratoryTerm:
    """A term, the test code (LBTESTCD) whose values it grades, and the versions that grade it by value."""

    test: str
    versions: tuple[str, ...] = VERSIONS


TERMS: Mapping[str, LaboratoryTerm] = MappingProxyType(
    {
        "Neutrophil count decreased": LaboratoryTerm("NEUT"),
        "Platelet count decreased": LaboratoryTerm("PLAT", ("4.03", "5.0")),
        "Thrombocytopenia": LaboratoryTerm("PLAT", ("6.0",)),
        "White blood cell decreased": LaboratoryTerm("WBC"),
        "Lymphocyte count decreased": LaboratoryTerm("LYM", ("4.03", "5.0")),
        "Lymphocyte count increased": LaboratoryTerm("LYM"),
        "CD4 lymphocytes decreased": LaboratoryTerm("CD4"),
        "Leukocytosis": LaboratoryTerm("WBC"),
        "Anemia": LaboratoryTerm("HGB"),
        "Hemoglobin increased": LaboratoryTerm("HGB"),
        "Alanine aminotransferase increased": LaboratoryTerm("ALT"),
        "Aspartate aminotransferase increased": LaboratoryTerm("AST"),
        "Alkaline phosphatase increased": LaboratoryTerm("ALP"),
        "GGT increased": LaboratoryTerm("GGT"),
        "Blood bilirubin increased": LaboratoryTerm("BILI"),
        "Creatinine increased": LaboratoryTerm("CREAT"),
        "Creatinine clearance decreased": LaboratoryTerm("CREATCLR", ("6.0",)),
        "CPK increased": LaboratoryTerm("CK", ("4.03", "5.0")),
        "Blood lactate dehydrogenase increased": LaboratoryTerm("LDH", ("5.0", "6.0")),
        "Lipase increased": LaboratoryTerm("LIPASE"),
        "Serum amylase increased": LaboratoryTerm("AMYLASE"),
        "INR increased": LaboratoryTerm("INR"),
        "Activated partial thromboplastin time prolonged": LaboratoryTerm("APTT"),
        "Hyperkalemia": LaboratoryTerm("K"),
        "Hypokalemia": LaboratoryTerm("K"),
        "Hypernatremia": LaboratoryTerm("SODIUM"),
        "Hyponatremia": LaboratoryTerm("SODIUM"),
        "Hypercalcemia": LaboratoryTerm("CACR"),
        "Hypocalcemia": LaboratoryTerm("CACR"),
        "Hypercalcemia (ionized)": LaboratoryTerm("CAION"),
        "Hypocalcemia (ionized)": LaboratoryTerm("CAION"),
        "Hypermagnesemia": LaboratoryTerm("MG"),
        "Hypomagnesemia": LaboratoryTerm("MG"),
        "Hyperglycemia (fasting)": LaboratoryTerm("GLUCF", ("4.03", "6.0")),
        "Hyperglycemia": LaboratoryTerm("GLUC", ("4.03", "6.0")),
        "Hypoglycemia": LaboratoryTerm("GLUC"),
        "Hypoalbuminemia": LaboratoryTerm("ALB"),
        "Hypophosphatemia": LaboratoryTerm("PHOS", ("4.03",)),
        "Cholesterol high": LaboratoryTerm("CHOL"),
        "Hypertriglyceridemia": LaboratoryTerm("TRIG"),
    }
)
