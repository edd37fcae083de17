//! What corpora there are, and what would be fetched from where.
//! Manifests go in, text comes out; nothing is fetched and nothing written.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use indicatif::HumanBytes;

use crate::manifest::{Manifest, SourceFile};
use crate::mirror::Found;
use crate::record::is_finished;
use crate::settings::Settings;
use crate::workshop::{Origin, download_path};

/// What corpora there are.
pub fn list(manifests: &[&Manifest]) -> String {
    let mut text = String::new();
    for manifest in manifests {
        let citation = &manifest.citation;
        let accept = if manifest.terms.accept { ", to be accepted by name" } else { "" };
        let doi = citation.doi.as_ref().map_or(String::new(), |doi| format!(", https://doi.org/{doi}"));
        let first = citation.authors.first().map_or("", String::as_str);
        let others = if citation.authors.len() > 1 { " and others" } else { "" };
        let _ = writeln!(text, "{}: {}", manifest.name, manifest.title);
        let _ = writeln!(text, "  types    {}", manifest.types.join(", "));
        let _ = writeln!(text, "  splits   {}", manifest.split);
        let _ = writeln!(text, "  terms    {}{accept}", manifest.terms.licence);
        let _ = writeln!(text, "           {}", manifest.terms.note);
        let _ = writeln!(
            text,
            "  cite     {first}{others} ({}): {}, {}{doi}",
            citation.year, citation.title, citation.venue
        );
        for source in &manifest.sources {
            let _ = writeln!(text, "  source   {} ({})", source.title, source.format);
        }
    }
    text
}

/// What would be done, from what can be seen without fetching anything.
pub fn plan(manifests: &[&Manifest], settings: &Settings, origin: &Origin) -> String {
    let mut text = String::new();
    for manifest in manifests {
        let name = &manifest.name;
        let folder = settings.output.join(name);
        if is_finished(manifest, &settings.output) {
            let _ = writeln!(text, "{name}: is in {}", folder.display());
            continue;
        }
        let needs_consent = manifest.terms.accept && !settings.accepted.contains(name);
        let consent =
            if needs_consent { format!(", if its terms are accepted with --accept {name}") } else { String::new() };
        let _ = writeln!(text, "{name}: goes to {}{consent}", folder.display());
        for (index, source) in manifest.sources.iter().enumerate() {
            let order = if index == 0 { "from" } else { "or else from" };
            let _ = writeln!(text, "  {order} {} ({})", source.title, source.format);
            let mut seen = BTreeSet::new();
            for file in source.files.iter().filter(|file| seen.insert(&file.url)) {
                let _ = match origin {
                    Origin::Network(client) => {
                        let is_there = download_path(&settings.output, file).exists();
                        let there = if is_there { ", fetched already" } else { "" };
                        writeln!(text, "    {} ({}{there})", client.shown_address(&file.url), size(file))
                    }
                    Origin::Folder(mirror) => match mirror.find(name, source.format, file) {
                        Ok(Found::Whole(path) | Found::Member(path)) => {
                            writeln!(text, "    {}", path.display())
                        }
                        Err(why) => writeln!(text, "    missing: {why}"),
                    },
                };
            }
        }
    }
    text
}

fn size(file: &SourceFile) -> String {
    match (file.bytes, file.at_most) {
        (Some(bytes), _) => HumanBytes(bytes).to_string(),
        (None, Some(limit)) => format!("at most {}", HumanBytes(limit)),
        (None, None) => "size unknown".to_owned(),
    }
}
