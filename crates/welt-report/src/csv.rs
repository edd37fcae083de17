//! A listing as CSV, as RFC 4180 has it.
//! A header and lines of fields go in, text comes out. What a spreadsheet would compute gets a quote in front.

use super::document::Listing;

/// The whole listing.
pub fn render(listing: &Listing) -> String {
    let header = listing.columns.join(",") + "\n";
    let lines: String = listing.lines.iter().map(|fields| line(fields)).collect();
    header + &lines
}

fn line(fields: &[String]) -> String {
    fields.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",") + "\n"
}

fn quoted(field: &str) -> String {
    let is_formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']) && field.parse::<f64>().is_err();
    let field = if is_formula { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}
