//! Rows as bytes. CSV has a heading and text that no spreadsheet takes for a formula, lists as JSON in their cell; NDJSON has
//! an object to a line with every column in it; Parquet is for builds that ask for it.

use domain::report::{Format, Kind};
use domain::time::Millis;
use domain::zone::Zone;

use super::columns::{Column, columns};
use super::local::rfc3339;
use super::rows::{Cell, Row};
use crate::csv;

#[cfg(feature = "parquet")]
mod parquet;

/// Why rows cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[cfg(not(feature = "parquet"))]
    #[error("this build does not write the format")]
    Unavailable,
    #[cfg(feature = "parquet")]
    #[error(transparent)]
    Parquet(#[from] ::parquet::errors::ParquetError),
}

/// One file's rows.
pub(super) struct Writer {
    columns: Vec<Column>,
    form: Form,
    zone: Zone,
}

/// How they are written.
enum Form {
    Csv,
    Ndjson,
    #[cfg(feature = "parquet")]
    Parquet(Box<parquet::Parquet>),
}

impl Form {
    #[cfg(feature = "parquet")]
    fn of(format: Format, columns: &[Column]) -> Result<Self, WriteError> {
        Ok(match format {
            Format::Csv => Self::Csv,
            Format::Ndjson => Self::Ndjson,
            Format::Parquet => Self::Parquet(Box::new(parquet::Parquet::new(columns.to_vec())?)),
        })
    }
    #[cfg(not(feature = "parquet"))]
    fn of(format: Format, _: &[Column]) -> Result<Self, WriteError> {
        match format {
            Format::Csv => Ok(Self::Csv),
            Format::Ndjson => Ok(Self::Ndjson),
            Format::Parquet => Err(WriteError::Unavailable),
        }
    }
}

impl Writer {
    pub(super) fn new(kind: Kind, format: Format, time_zone: &str) -> Result<Self, WriteError> {
        let columns = columns(kind);
        let form = Form::of(format, &columns)?;
        Ok(Self { columns, form, zone: time_zone.parse().unwrap_or(Zone::UTC) })
    }

    /// What stands before the first row.
    pub(super) fn begin(&self) -> Vec<u8> {
        match self.form {
            Form::Csv => csv::row(self.columns.iter().map(|(name, _)| *name)).into_bytes(),
            Form::Ndjson => Vec::new(),
            #[cfg(feature = "parquet")]
            Form::Parquet(_) => Vec::new(),
        }
    }

    pub(super) fn rows(&mut self, rows: Vec<Row>) -> Result<Vec<u8>, WriteError> {
        let mut text = String::new();
        match &mut self.form {
            Form::Csv => {
                for row in rows {
                    let cells: Vec<_> = row.0.into_iter().map(|cell| self.plain(cell)).collect();
                    text.push_str(&csv::row(cells.iter().map(String::as_str)));
                }
            }
            Form::Ndjson => rows.into_iter().for_each(|row| self.object(&mut text, row)),
            #[cfg(feature = "parquet")]
            Form::Parquet(file) => return Ok(file.rows(rows)?),
        }
        Ok(text.into_bytes())
    }

    /// What stands after the last.
    pub(super) fn end(&mut self) -> Result<Vec<u8>, WriteError> {
        match &mut self.form {
            Form::Csv | Form::Ndjson => Ok(Vec::new()),
            #[cfg(feature = "parquet")]
            Form::Parquet(file) => Ok(file.end()?),
        }
    }

    fn plain(&self, cell: Cell) -> String {
        match cell {
            Cell::Null => String::new(),
            Cell::Text(text) => text,
            Cell::Time(at) => rfc3339(self.zone, at),
            other @ (Cell::Number(_)
            | Cell::Seconds(_)
            | Cell::Decimal(_)
            | Cell::Flag(_)
            | Cell::Words(_)
            | Cell::Positions(_)) => self.json(other),
        }
    }

    fn object(&self, text: &mut String, row: Row) {
        for (index, ((name, _), cell)) in self.columns.iter().zip(row.0).enumerate() {
            text.push(if index == 0 { '{' } else { ',' });
            text.push_str(&format!("\"{name}\":{}", self.json(cell)));
        }
        text.push_str("}\n");
    }

    fn json(&self, cell: Cell) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        match cell {
            Cell::Null => "null".to_owned(),
            Cell::Text(text) => quoted(&text),
            Cell::Number(number) => number.to_string(),
            Cell::Seconds(length) => seconds(length),
            // As the API writes it.
            Cell::Decimal(value) => serde_json::Value::from(value).to_string(),
            Cell::Time(at) => quoted(&rfc3339(self.zone, at)),
            Cell::Flag(flag) => flag.to_string(),
            Cell::Words(words) => serde_json::Value::from(words).to_string(),
            Cell::Positions(positions) => serde_json::Value::from(positions).to_string(),
        }
    }
}

/// Exactly, and without decimals where there are none.
fn seconds(Millis(millis): Millis) -> String {
    let (sign, millis) = if millis < 0 { ("-", -millis) } else { ("", millis) };
    match millis % 1_000 {
        0 => format!("{sign}{}", millis / 1_000),
        rest => format!("{sign}{}.{rest:03}", millis / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_exact() {
        for (millis, written) in [(0, "0"), (300_000, "300"), (1_250, "1.250"), (-30, "-0.030"), (5, "0.005")] {
            assert_eq!(seconds(Millis(millis)), written);
        }
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_text_and_lists_are_json() {
        let writer = Writer::new(Kind::Sla, Format::Csv, "UTC").unwrap();
        assert_eq!(writer.plain(Cell::Text("=1+1".to_owned())), "=1+1");
        assert!(csv::row(["=1+1"]).starts_with("\"'=1+1"));
        assert_eq!(writer.plain(Cell::Words(vec!["vip".to_owned(), "a\"b".to_owned()])), r#"["vip","a\"b"]"#);
        assert_eq!(writer.plain(Cell::Positions(vec![3, 9])), "[3,9]");
    }
}
