# Writes the extract that agreement.py reads: Rscript extract.R PHARMAVERSEADAM SDTM_CSV, run in this folder.
# PHARMAVERSEADAM is a checkout of github.com/pharmaverse/pharmaverseadam, SDTM_CSV a folder of the domains
# of github.com/pharmaverse/pharmaversesdtm as CSV.
folders <- commandArgs(trailingOnly = TRUE)
kept <- list(
  adsl = c("USUBJID", "SAFFL", "RANDDT", "TRTSDT", "TRTEDT", "LSTALVDT", "DTHDT"),
  adrs_onco = c("USUBJID", "PARAMCD", "ADT", "AVALC", "AVAL", "ANL01FL"),
  adtr_onco = c("USUBJID", "PARAMCD", "AVISIT", "ADT", "AVAL", "BASE", "NADIR", "ANL01FL"),
  adtte_onco = c("USUBJID", "PARAMCD", "STARTDT", "ADT", "AVAL", "CNSR", "EVNTDESC"),
  adae = c("USUBJID", "AESEQ", "ASTDT", "ASTDTF", "TRTEMFL"),
  adlb = c("USUBJID", "PARAMCD", "LBSEQ", "ATOXGRL", "ATOXGRH")
)
put <- function(table, name) {
  file <- gzfile(paste0(name, ".csv.gz"), "w", compression = 9)
  write.csv(table, file, row.names = FALSE, na = "", quote = FALSE)
  close(file)
}
for (name in names(kept)) {
  load(file.path(folders[1], "data", paste0(name, ".rda")))
  table <- as.data.frame(get(name))
  if (name == "adtr_onco") table <- table[table$PARAMCD == "SDIAM", ]
  if (name == "adlb") {
    table <- table[is.na(table$DTYPE) & (!is.na(table$ATOXDSCL) | !is.na(table$ATOXDSCH)), ]
    codes <- unique(table$LBTESTCD)
  }
  put(table[, kept[[name]]], file.path("adam", name))
}
lb <- read.csv(file.path(folders[2], "lb.csv.gz"), colClasses = "character")
columns <- c("USUBJID", "LBSEQ", "LBTESTCD", "LBORRES", "LBORRESU", "LBSTRESC", "LBSTRESN", "LBSTRESU",
             "LBSTNRLO", "LBSTNRHI", "LBDTC")
put(lb[lb$LBTESTCD %in% codes, columns], "sdtm/lb")
for (name in c("rs", "tu", "tr")) {
  table <- read.csv(file.path(folders[2], paste0(name, "_onco_recist.csv")), colClasses = "character")
  put(table[table[[paste0(toupper(name), "EVAL")]] == "INVESTIGATOR", ], file.path("sdtm", name))
}
