//! Which keys and prefixes name a database of entries, such as `MESH` and `NCBI Gene`: an identifier is told by what it is.
//! Names in, yes or no out; which entries a database has is not known here.
//!
//! A name is compared by its letters and digits alone and without what says that it is a name of ids: `ncbi_gene_id`, `NCBI Gene` and `NCBIGENE` are one.

/// Databases, terminologies and registries of what biomedical texts mention, in lower case.
const DATABASES: &[&str] = &[
    // Diseases, findings and headings.
    "mesh",
    "meshd",
    "meshc",
    "omim",
    "mim",
    "medic",
    "umls",
    "cui",
    "umlscui",
    "snomed",
    "snomedct",
    "sctid",
    "icd",
    "icd9",
    "icd9cm",
    "icd10",
    "icd10cm",
    "icd11",
    "icdo",
    "do",
    "doid",
    "diseaseontology",
    "mondo",
    "orphanet",
    "orpha",
    "ordo",
    "hp",
    "hpo",
    "meddra",
    "loinc",
    "ncit",
    "nci",
    "ncithesaurus",
    "efo",
    "mp",
    "mpath",
    "gard",
    // Chemicals and drugs.
    "chebi",
    "drugbank",
    "pubchem",
    "pubchemcid",
    "cid",
    "chemspider",
    "cas",
    "casrn",
    "inchikey",
    "atc",
    "rxnorm",
    "rxcui",
    "chembl",
    "hmdb",
    "unii",
    "kegg",
    "ctd",
    "chemidplus",
    "lipidmaps",
    "pharmgkb",
    "ttd",
    // Genes, proteins and sequences.
    "gene",
    "ncbigene",
    "entrez",
    "entrezgene",
    "ncbi",
    "homologene",
    "ncbihomologene",
    "uniprot",
    "uniprotkb",
    "swissprot",
    "trembl",
    "ensembl",
    "hgnc",
    "mgi",
    "rgd",
    "zfin",
    "flybase",
    "wormbase",
    "sgd",
    "tair",
    "pombase",
    "refseq",
    "genbank",
    "embl",
    "pdb",
    "interpro",
    "pfam",
    "pr",
    "pro",
    "so",
    "rnacentral",
    "mirbase",
    "rfam",
    "ec",
    "enzyme",
    "go",
    "geneontology",
    "reactome",
    "string",
    "unigene",
    "locuslink",
    "panther",
    "complexportal",
    // Variants.
    "dbsnp",
    "rs",
    "rsid",
    "snp",
    "hgvs",
    "tmvar",
    "clinvar",
    "cosmic",
    "ca",
    "clingen",
    "dbvar",
    // Species, cells and anatomy.
    "taxonomy",
    "ncbitaxonomy",
    "ncbitaxon",
    "taxon",
    "tax",
    "species",
    "ncbispecies",
    "speciesncbi",
    "cl",
    "cellontology",
    "clo",
    "cellosaurus",
    "cvcl",
    "cellline",
    "uberon",
    "fma",
    "bto",
    "brenda",
    "envo",
    "foodon",
    "po",
    "gbif",
    "itis",
    "atcc",
    "dsmz",
    "bacdive",
    // What is not of one kind.
    "wikidata",
    "wikipedia",
    "dbpedia",
    "bao",
    "obi",
    "eco",
    "bfo",
    "rrid",
    "addgene",
    "obo",
];

/// Keys that say that their value is an identifier, and not of which database.
const UNNAMED: &[&str] = &[
    "identifier",
    "id",
    "identity",
    "concept",
    "conceptid",
    "curie",
    "dbid",
    "xref",
    "dbxref",
    "ontologyid",
    "normalization",
];

/// What a key says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// It is an entry of the database that the key names.
    Database,
    /// It is an entry of a database that is not named.
    Unnamed,
    /// It is something else, as far as the key tells.
    Other,
}

/// What a key of an annotation says.
pub(super) fn key(key: &str) -> Key {
    let name = letters(key);
    let short =
        ["identifiers", "identifier", "accession", "ids", "id"].iter().find_map(|ending| name.strip_suffix(ending));
    if UNNAMED.contains(&name.as_str()) || name == "identifiers" || name == "ids" {
        Key::Unnamed
    } else if DATABASES.contains(&name.as_str()) || short.is_some_and(|short| DATABASES.contains(&short)) {
        Key::Database
    } else {
        Key::Other
    }
}

/// The database and the entry of a text such as `MESH:D001241`, where the database is a known one.
pub(super) fn entry(text: &str) -> Option<(&str, &str)> {
    let (database, entry) = text.trim().split_once(':')?;
    let is_entry = !entry.is_empty() && !entry.contains(char::is_whitespace) && !entry.starts_with("//");
    (is_entry && key(database) == Key::Database).then_some((database, entry))
}

/// The letters and digits of a name in lower case.
fn letters(name: &str) -> String {
    // A longer name is no database's, and is not worth a copy.
    name.chars().take(40).filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_by_their_letters() {
        for name in [
            "MESH",
            "mesh_id",
            "NCBI Gene",
            "NCBI Gene identifier",
            "NCBIGENE",
            "ncbi_taxonomy",
            "OMIM",
            "UMLS CUI",
            "RSID",
            "CHEBI",
        ] {
            assert_eq!(key(name), Key::Database, "{name}");
        }
        for name in ["identifier", "Identifier", "identifiers", "ID", "concept_id"] {
            assert_eq!(key(name), Key::Unnamed, "{name}");
        }
        for name in [
            "valid",
            "biotype",
            "name",
            "annotator",
            "updated_at",
            "score",
            "database",
            "normalized_id",
            "accession",
            "note",
            "",
        ] {
            assert_eq!(key(name), Key::Other, "{name}");
        }
    }

    #[test]
    fn entries_have_a_known_database() {
        assert_eq!(entry("MESH:D001241"), Some(("MESH", "D001241")));
        assert_eq!(entry("RSID:121913377"), Some(("RSID", "121913377")));
        for text in ["see: this", "Ocular toxicity", "http://x", "MESH:", "MESH: D1 D2", "foo:1"] {
            assert_eq!(entry(text), None, "{text}");
        }
    }
}
