//! Comma-separated values that no spreadsheet takes for a formula. Every cell is quoted, and one that begins as a formula
//! would gets an apostrophe before it (OWASP, "CSV Injection"). Reading knows quotes and nothing more: no cell of ours may
//! hold a comma or a line break.

/// A row with its line end.
pub fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut row = String::new();
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            row.push(',');
        }
        row.push('"');
        if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
            row.push('\'');
        }
        row.push_str(&cell.replace('"', "\"\""));
        row.push('"');
    }
    row.push_str("\r\n");
    row
}

/// The cells of each line that is not empty, without the quotes around them.
pub fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.split(',').map(|cell| unquoted(cell.trim())).collect())
}

fn unquoted(cell: &str) -> &str {
    cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_formula_is_text() {
        for (cell, written) in [
            ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"\r\n"),
            ("+cmd", "\"'+cmd\"\r\n"),
            ("-1+1", "\"'-1+1\"\r\n"),
            ("@SUM", "\"'@SUM\"\r\n"),
            ("\tx", "\"'\tx\"\r\n"),
            ("\rx", "\"'\rx\"\r\n"),
            ("plain, with = inside", "\"plain, with = inside\"\r\n"),
        ] {
            assert_eq!(row([cell]), written);
        }
    }

    #[test]
    fn cells_are_read_with_and_without_quotes() {
        let read: Vec<_> = lines("\u{feff}market,category\r\n\r\n\"49\", utility \n").collect();
        assert_eq!(read, [vec!["market", "category"], vec!["49", "utility"]]);
    }
}
