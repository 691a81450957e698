"""The CTCAE terms that are graded from a laboratory value: test code and versions of each.

Versions are those of which the cuts are held (`endpoints/criteria/ctcae_laboratory.csv`); a test keeps both
lists the same. Source: NCI CTCAE v4.03 (14 June 2010) and v5.0 (27 November 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

VERSIONS = ("4.03", "5.0")


@dataclass(frozen=True, slots=True)
class LaboratoryTerm:
    """A term, the test code (LBTESTCD) whose values it grades, and the versions that grade it by value."""

    test: str
    versions: tuple[str, ...] = VERSIONS


TERMS: Mapping[str, LaboratoryTerm] = MappingProxyType(
    {
        "Neutrophil count decreased": LaboratoryTerm("NEUT"),
        "Platelet count decreased": LaboratoryTerm("PLAT"),
        "White blood cell decreased": LaboratoryTerm("WBC"),
        "Lymphocyte count decreased": LaboratoryTerm("LYM"),
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
        "CPK increased": LaboratoryTerm("CK"),
        "Blood lactate dehydrogenase increased": LaboratoryTerm("LDH", ("5.0",)),
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
        "Hyperglycemia (fasting)": LaboratoryTerm("GLUCF", ("4.03",)),
        "Hyperglycemia": LaboratoryTerm("GLUC", ("4.03",)),
        "Hypoglycemia": LaboratoryTerm("GLUC"),
        "Hypoalbuminemia": LaboratoryTerm("ALB"),
        "Hypophosphatemia": LaboratoryTerm("PHOS", ("4.03",)),
        "Cholesterol high": LaboratoryTerm("CHOL"),
        "Hypertriglyceridemia": LaboratoryTerm("TRIG"),
    }
)
