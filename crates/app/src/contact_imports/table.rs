//! A file as rows of cells: UTF-8 with or without a mark before it, commas, semicolons or tabs between cells, quotes around
//! what holds them or breaks its line. Held whole, so how much a file may be is bounded, and so is a cell.

use csv::{ReaderBuilder, StringRecord, StringRecordsIntoIter};
use domain::contact::import::COLUMNS_MAX;
use domain::contact::imports::ImportFailure;
use std::io::Cursor;

/// Bytes of a file at most.
pub const BYTES_MAX: u64 = 64 << 20;
/// Characters of a cell at most; a row with a longer one cannot be read.
pub const CELL_CHARS_MAX: usize = 2_000;

/// Why a file has no columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeadingError {
    #[error("the file is larger than {BYTES_MAX} bytes")]
    TooLarge,
    #[error("the file cannot be read")]
    Unreadable,
    #[error("the file is not UTF-8")]
    NotUtf8,
    #[error("the file has no first line with the names of its columns")]
    Missing,
}

/// See the module.
pub(super) struct Table {
    rows: std::iter::Peekable<StringRecordsIntoIter<Cursor<String>>>,
}

impl Table {
    /// Of a whole file; refused where it has more rows than an import may have.
    pub(super) fn new(bytes: Vec<u8>, rows_max: u64) -> Result<Self, ImportFailure> {
        let mut text = String::from_utf8(bytes).map_err(|_| ImportFailure::NotUtf8)?;
        if text.starts_with(MARK) {
            text.drain(..MARK.len_utf8());
        }
        let delimiter = delimiter(&text);
        let mut record = csv::ByteRecord::new();
        let mut counting = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
        let mut rows = 0u64;
        while counting.read_byte_record(&mut record).map_err(|_| ImportFailure::NotCsv)? {
            rows += 1;
            if rows > rows_max {
                return Err(ImportFailure::TooManyRows);
            }
        }
        let reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(Cursor::new(text));
        Ok(Self { rows: reader.into_records().peekable() })
    }

    /// Leaves rows out that are done with.
    pub(super) fn skip(&mut self, rows: u64) {
        for _ in 0..rows {
            if self.rows.next().is_none() {
                return;
            }
        }
    }

    /// The next rows; `None`: one that cannot be read.
    pub(super) fn next(&mut self, max: usize) -> Vec<Option<Vec<String>>> {
        self.rows.by_ref().take(max).map(|row| row.ok().and_then(|row| cells(&row))).collect()
    }

    pub(super) fn is_at_end(&mut self) -> bool {
        self.rows.peek().is_none()
    }
}

/// The names in a file's first line. `cut`: these are not all of its bytes.
pub(super) fn heading(start: &[u8], cut: bool) -> Result<Vec<String>, HeadingError> {
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // Cut within a character.
        Err(error) if cut && error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).map_err(|_| HeadingError::NotUtf8)?
        }
        Err(_) => return Err(HeadingError::NotUtf8),
    };
    let text = text.strip_prefix(MARK).unwrap_or(text);
    let mut form = ReaderBuilder::new();
    let mut reader = form.delimiter(delimiter(text)).flexible(true).has_headers(false).from_reader(text.as_bytes());
    let first = reader.records().next().and_then(Result::ok).ok_or(HeadingError::Missing)?;
    let names = cells(&first).ok_or(HeadingError::Missing)?;
    let names: Vec<_> = names.into_iter().map(|name| name.trim().to_owned()).collect();
    if names.iter().all(String::is_empty) { Err(HeadingError::Missing) } else { Ok(names) }
}

const MARK: char = '\u{feff}';

/// What stands between the cells of the first line most often, quoted ones left out.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0u32), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => {
                if let Some((_, count)) = counts.iter_mut().find(|(delimiter, _)| *delimiter == byte) {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    // Of equals the first one named.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}

fn cells(row: &StringRecord) -> Option<Vec<String>> {
    let fits = row.len() <= COLUMNS_MAX as usize && row.iter().all(|cell| cell.chars().count() <= CELL_CHARS_MAX);
    fits.then(|| row.iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Option<Vec<String>>> {
        Table::new(text.as_bytes().to_vec(), 10).map_err(|why| format!("{why:?}")).unwrap().next(10)
    }
    fn row(cells: &[&str]) -> Option<Vec<String>> {
        Some(cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn a_file_is_read_whatever_program_wrote_it() {
        let expected = [row(&["+34600111222", "Ana, \"la jefa\"\nde Madrid"]), row(&["+34600111223", ""])];
        for text in [
            "phone,name\n+34600111222,\"Ana, \"\"la jefa\"\"\nde Madrid\"\n+34600111223,\n",
            "\u{feff}phone;name\r\n+34600111222;\"Ana, \"\"la jefa\"\"\nde Madrid\"\r\n+34600111223;\r\n",
            "phone\tname\n+34600111222\t\"Ana, \"\"la jefa\"\"\nde Madrid\"\n+34600111223\t",
        ] {
            assert_eq!(rows(text), expected, "{text:?}");
        }
        assert_eq!(heading("\u{feff} Phone ;Name\n1;2".as_bytes(), false), Ok(vec!["Phone".into(), "Name".into()]));
        assert_eq!(heading(b"", false), Err(HeadingError::Missing));
        assert_eq!(heading(&[0xff, 0xfe, 0x41], false), Err(HeadingError::NotUtf8));
    }

    #[test]
    fn what_would_fill_memory_is_a_row_that_cannot_be_read_and_too_many_rows_are_no_file() {
        let wide = vec!["x"; COLUMNS_MAX as usize + 1].join(",");
        let long = "y".repeat(CELL_CHARS_MAX + 1);
        // A quote that is never closed takes the rest of the file for its cell.
        assert_eq!(rows(&format!("phone\n{wide}\n{long}\n1\n")), [None, None, row(&["1"])]);
        assert_eq!(rows(&format!("phone\n1\n\"{}", "z\n".repeat(CELL_CHARS_MAX))), [row(&["1"]), None]);
        let many = "phone\n".to_owned() + &"1\n".repeat(11);
        assert_eq!(Table::new(many.into_bytes(), 10).err(), Some(ImportFailure::TooManyRows));
    }

    #[test]
    fn rows_that_are_done_with_are_left_out() {
        let mut table = Table::new(b"n\n1\n2\n3\n".to_vec(), 10).map_err(|why| format!("{why:?}")).unwrap();
        table.skip(2);
        assert!(!table.is_at_end());
        assert_eq!(table.next(5), [row(&["3"])]);
        assert!(table.is_at_end());
    }
}
