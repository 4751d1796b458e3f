//! Rows as Apache Parquet, without Arrow: lengths as doubles, times as milliseconds in UTC, lists as lists. Row groups are
//! written as they fill, so that of a large file one is held.

use std::io::{self, Write};
use std::sync::Arc;

use parking_lot::Mutex;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use crate::reports::columns::{Column, Holds};
use crate::reports::rows::{Cell, Row};

/// Rows of a row group.
const GROUP_ROWS: usize = 10_000;

/// What is written and not yet handed on.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One file.
pub(super) struct Parquet {
    columns: Vec<Column>,
    sink: Sink,
    file: Option<SerializedFileWriter<Sink>>,
    rows: Vec<Row>,
}

impl Parquet {
    pub(super) fn new(columns: Vec<Column>) -> Result<Self> {
        let schema = Arc::new(parse_message_type(&schema(&columns))?);
        let sink = Sink::default();
        let file = SerializedFileWriter::new(sink.clone(), schema, Arc::new(WriterProperties::builder().build()))?;
        Ok(Self { columns, sink, file: Some(file), rows: Vec::new() })
    }

    /// Takes rows; gives what can be handed on.
    pub(super) fn rows(&mut self, rows: Vec<Row>) -> Result<Vec<u8>> {
        self.rows.extend(rows);
        if self.rows.len() >= GROUP_ROWS {
            self.write_group()?;
        }
        Ok(std::mem::take(&mut *self.sink.0.lock()))
    }

    /// The rest.
    pub(super) fn end(&mut self) -> Result<Vec<u8>> {
        if !self.rows.is_empty() {
            self.write_group()?;
        }
        if let Some(file) = self.file.take() {
            file.close()?;
        }
        Ok(std::mem::take(&mut *self.sink.0.lock()))
    }

    fn write_group(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        let file = self.file.as_mut().ok_or_else(|| ParquetError::General("the file has ended".to_owned()))?;
        let mut group = file.next_row_group()?;
        for (place, (_, holds)) in self.columns.iter().enumerate() {
            let Some(mut column) = group.next_column()? else { break };
            let cells = rows.iter().filter_map(|row| row.0.get(place));
            write_column(&mut column, *holds, cells)?;
            column.close()?;
        }
        group.close()?;
        Ok(())
    }
}

fn schema(columns: &[Column]) -> String {
    let field = |(name, holds): &Column| match holds {
        Holds::Text => format!("optional binary {name} (STRING);"),
        Holds::Number => format!("optional int64 {name};"),
        Holds::Seconds | Holds::Decimal => format!("optional double {name};"),
        Holds::Time => format!("optional int64 {name} (TIMESTAMP(MILLIS,true));"),
        Holds::Flag => format!("optional boolean {name};"),
        Holds::Words => list(name, "required binary element (STRING);"),
        Holds::Positions => list(name, "required int64 element;"),
    };
    let fields: Vec<_> = columns.iter().map(field).collect();
    format!("message report {{ {} }}", fields.join(" "))
}

fn list(name: &str, element: &str) -> String {
    format!("required group {name} (LIST) {{ repeated group list {{ {element} }} }}")
}

fn write_column<'c>(
    column: &mut SerializedColumnWriter<'_>,
    holds: Holds,
    cells: impl Iterator<Item = &'c Cell>,
) -> Result<()> {
    let bytes = |text: &String| ByteArray::from(text.as_str());
    match holds {
        Holds::Text => plain::<ByteArrayType>(column, cells, |cell| match cell {
            Cell::Text(text) => Some(bytes(text)),
            _ => None,
        }),
        Holds::Number => plain::<Int64Type>(column, cells, |cell| match cell {
            Cell::Number(number) => i64::try_from(*number).ok(),
            _ => None,
        }),
        Holds::Seconds => plain::<DoubleType>(column, cells, |cell| match cell {
            Cell::Seconds(length) => Some(length.0 as f64 / 1_000.0),
            _ => None,
        }),
        Holds::Decimal => plain::<DoubleType>(column, cells, |cell| match cell {
            Cell::Decimal(value) => Some(*value),
            _ => None,
        }),
        Holds::Time => plain::<Int64Type>(column, cells, |cell| match cell {
            Cell::Time(at) => Some(at.as_millis()),
            _ => None,
        }),
        Holds::Flag => plain::<BoolType>(column, cells, |cell| match cell {
            Cell::Flag(flag) => Some(*flag),
            _ => None,
        }),
        Holds::Words => lists::<ByteArrayType>(column, cells, |cell| match cell {
            Cell::Words(words) => words.iter().map(bytes).collect(),
            _ => Vec::new(),
        }),
        Holds::Positions => lists::<Int64Type>(column, cells, |cell| match cell {
            Cell::Positions(positions) => positions.iter().filter_map(|pos| i64::try_from(*pos).ok()).collect(),
            _ => Vec::new(),
        }),
    }
}

/// A value, or none, for each row.
fn plain<'c, T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = &'c Cell>,
    value: impl Fn(&Cell) -> Option<T::T>,
) -> Result<()> {
    let (mut values, mut defined) = (Vec::new(), Vec::new());
    for cell in cells {
        let value = value(cell);
        defined.push(i16::from(value.is_some()));
        values.extend(value);
    }
    column.typed::<T>().write_batch(&values, Some(&defined), None)?;
    Ok(())
}

/// A list for each row. An empty one has one place in which nothing is defined.
fn lists<'c, T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = &'c Cell>,
    elements: impl Fn(&Cell) -> Vec<T::T>,
) -> Result<()> {
    let (mut values, mut defined, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
    for cell in cells {
        let list = elements(cell);
        let places = list.len().max(1);
        defined.extend(std::iter::repeat_n(i16::from(!list.is_empty()), places));
        repeated.extend((0..places).map(|place| i16::from(place > 0)));
        values.extend(list);
    }
    column.typed::<T>().write_batch(&values, Some(&defined), Some(&repeated))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::report::Kind;
    use domain::time::{Millis, Timestamp};
    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;
    use crate::reports::columns::columns;

    /// A cell of what the column holds, or nothing.
    fn cell(holds: Holds, full: bool) -> Cell {
        match holds {
            Holds::Words if full => Cell::Words(vec!["vip".to_owned(), "é".to_owned()]),
            Holds::Words => Cell::Words(Vec::new()),
            Holds::Positions => Cell::Positions(if full { vec![7, 9, 12] } else { Vec::new() }),
            _ if !full => Cell::Null,
            Holds::Text => Cell::Text("ü".to_owned()),
            Holds::Number => Cell::Number(3),
            Holds::Seconds => Cell::Seconds(Millis(1_250)),
            Holds::Decimal => Cell::Decimal(0.3333),
            Holds::Time => Cell::Time(Timestamp::from_seconds(1_795_251_600)),
            Holds::Flag => Cell::Flag(true),
        }
    }

    #[test]
    fn what_was_written_is_read_again() {
        for kind in Kind::ALL {
            let columns = columns(kind);
            let mut written = Parquet::new(columns.clone()).unwrap();
            let row = |full| Row(columns.iter().map(|(_, holds)| cell(*holds, full)).collect());
            let mut bytes = Vec::new();
            for n in 0..GROUP_ROWS + 2 {
                bytes.extend(written.rows(vec![row(n % 2 == 0)]).unwrap());
            }
            bytes.extend(written.end().unwrap());
            let file = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
            assert_eq!(file.num_row_groups(), 2, "{kind:?}");
            let rows: Vec<_> = file.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
            assert_eq!(rows.len(), GROUP_ROWS + 2);
            let (full, empty) = match kind {
                Kind::Summary => ("delta_ratio: 0.3333", "delta_ratio: null"),
                _ => ("positions: [7, 9, 12]", "positions: []"),
            };
            assert!(rows[0].contains(full) && rows[0].contains("\"ü\""), "{}", rows[0]);
            assert!(rows[1].contains(empty) && rows[1].contains(": null"), "{}", rows[1]);
        }
    }
}
