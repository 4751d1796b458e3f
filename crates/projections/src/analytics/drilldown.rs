//! What a number is made of: the rows behind it, and the events behind each. The rows of a number add up to it, because they
//! are the very samples it was made of.

use std::collections::BTreeMap;

use domain::time::Timestamp;

use super::metric::{Kind, Metric};
use super::reader::{Reader, Slice};
use super::sample::{Outcome, Sample, Value};
use super::{Basis, Question};
use crate::Views;
use crate::facts::measure::Episode;
use crate::facts::{Measured, Slot};

/// Rows behind one number. Lengths, amounts and counts have one for each sample; numbers of different conversations one for
/// each conversation, at its first sample; levels one for each episode that stands; of promises those that ended come first, then
/// those that run.
#[derive(Debug)]
pub struct Drilldown {
    reader: Reader,
    metric: Metric,
    /// Of a count of conversations, by conversation; of what stands, by episode or promise, with what it comes to.
    firsts: BTreeMap<(Slot, u32), (Sample, i32)>,
}

impl Drilldown {
    /// Of the question's first metric.
    pub fn new(question: Question) -> Option<Self> {
        let metric = *question.metrics.first()?;
        let question = Question { metrics: vec![metric], ..question };
        Some(Self { reader: Reader::new(question), metric, firsts: BTreeMap::new() })
    }

    pub fn slices(&self, views: &Views) -> Vec<Slice> {
        self.reader.slices(views)
    }

    /// Whether only all slices together give rows, see [`Self::rest`].
    pub fn only_together(&self) -> bool {
        matches!(self.metric.kind(), Kind::Distinct | Kind::Level)
    }

    /// Whether there may be rows that only all slices together give, and so all must be read.
    pub fn has_rest(&self) -> bool {
        self.only_together() || self.metric.stands()
    }

    /// Rows of one slice, in order.
    pub fn rows(&mut self, views: &Views, slice: Slice) -> Vec<Sample> {
        let Self { reader, metric, firsts } = self;
        let kind = metric.kind();
        let mut rows = Vec::new();
        reader.feed(views, slice, |_, sample, _| match (kind, sample.value) {
            (Kind::Distinct, _) => {
                let (first, _) = firsts.entry((sample.slot, 0)).or_insert((*sample, 1));
                if order(sample) < order(first) {
                    *first = *sample;
                }
            }
            (Kind::Level | Kind::Share, Value::Step(step)) => {
                let (row, stands) = firsts.entry((sample.slot, sample.episode)).or_insert((*sample, 0));
                *stands += i32::from(step);
                if step > 0 {
                    *row = *sample;
                }
            }
            _ => rows.push(*sample),
        });
        rows.sort_by_key(order);
        rows
    }

    /// Rows that only all slices together give, in order.
    pub fn rest(self) -> Vec<Sample> {
        let standing = self.firsts.into_values().filter(|(_, stands)| *stands > 0).map(|(sample, _)| sample);
        let shown = |sample: Sample| match self.metric.kind() {
            Kind::Share => Sample { episode: 0, value: Value::Judged(Outcome::Open), ..sample },
            _ => sample,
        };
        let mut rows: Vec<_> = standing.map(shown).collect();
        rows.sort_by_key(order);
        rows
    }

    /// All rows at once.
    pub fn all(mut self, views: &Views) -> Vec<Sample> {
        let mut rows = Vec::new();
        for slice in self.slices(views) {
            rows.extend(self.rows(views, slice));
        }
        rows.extend(self.rest());
        rows
    }
}

/// Rows that have all of this in common are the same to whoever reads them.
fn order(sample: &Sample) -> (Timestamp, Slot, u32, u64, i64) {
    let value = match sample.value {
        Value::Length(length) => length.0,
        Value::Amount(amount) => i64::from(amount),
        Value::One => 0,
        Value::Judged(outcome) => outcome as i64,
        Value::Step(step) => i64::from(step),
    };
    (sample.at, sample.slot, sample.episode, sample.pos, value)
}

/// The positions of the events that make a row what it is, in order.
pub fn evidence(views: &Views, sample: &Sample, basis: &Basis) -> Vec<u64> {
    let (facts, definition) = (&views.facts, &basis.definition);
    let measured = facts.measured(sample.slot, basis.pos);
    let episode = measured.episodes.iter().find(|episode| episode.episode == sample.episode);
    let mut positions = match sample.metric {
        Metric::Frt | Metric::FrtTotal | Metric::FrtBusiness => episode.map_or(Vec::new(), |episode| {
            let handed_off = episode.handed_off.filter(|_| sample.metric == Metric::Frt).map(|(_, pos)| pos);
            let first = episode.first.map(|first| first.pos);
            episode.customer_pos.into_iter().chain(handed_off).chain(first).collect()
        }),
        Metric::ReplyTime => {
            let Value::Length(wait) = sample.value else { return Vec::new() };
            let mut replies = measured
                .written
                .iter()
                .filter(|wrote| (wrote.at, wrote.episode, wrote.agent) == (sample.at, sample.episode, sample.agent));
            let reply = replies.find_map(|wrote| {
                let (since, asked) = wrote.answers?;
                (wrote.at - since == wait).then_some([asked, wrote.pos])
            });
            reply.into_iter().flatten().collect()
        }
        Metric::Volume | Metric::Backlog => episode.map(|episode| vec![episode.opened_pos]).unwrap_or_default(),
        Metric::Art | Metric::ArtActive | Metric::ArtBusiness | Metric::FirstResolution => {
            episode.map(ends).unwrap_or_default()
        }
        Metric::Resolved | Metric::AutoResolved | Metric::BlockedResolved => {
            episode.and_then(ended).into_iter().collect()
        }
        Metric::FullResolution => {
            let first = measured.episodes.first().map(|first| first.opened_pos);
            episode.map(|episode| first.into_iter().chain(ended(episode)).collect()).unwrap_or_default()
        }
        Metric::Unanswered => {
            episode.map_or(Vec::new(), |episode| episode.customer_pos.into_iter().chain(ended(episode)).collect())
        }
        Metric::MessagesPerResolution | Metric::Deflection => {
            episode.map(|episode| messages(&measured, episode)).unwrap_or_default()
        }
        Metric::Fcr | Metric::FcrStrict => episode.map_or(Vec::new(), |episode| {
            let back = facts
                .came_back(sample.slot, basis.pos, definition)
                .filter(|back| back.at <= sample.at + definition.fcr_window);
            ended(episode).into_iter().chain(back.map(|back| back.pos)).collect()
        }),
        Metric::ReopenRate => episode.map_or(Vec::new(), |episode| {
            let reopened = facts.reopened(sample.slot, sample.episode, basis.pos);
            let reopened = reopened.filter(|(at, _)| *at <= sample.at + definition.fcr_window);
            ended(episode).into_iter().chain(reopened.map(|(_, pos)| pos)).collect()
        }),
        Metric::Csat | Metric::CsatScore | Metric::CsatResponseRate => {
            let survey = measured.surveys.iter().find(|survey| survey.episode == sample.episode);
            let positions = survey.map(|survey| [Some(survey.pos), survey.rated.map(|(.., pos)| pos)]);
            positions.into_iter().flatten().flatten().collect()
        }
        // Where a message is, as far as it still stands, and otherwise the event itself.
        Metric::Handled => {
            let wrote = measured.written.iter().find(|wrote| (wrote.at, wrote.agent) == (sample.at, sample.agent));
            let resolved = || episode.filter(|episode| episode.resolution.is_some_and(|end| end.at == sample.at));
            vec![wrote.map(|wrote| wrote.pos).or_else(|| resolved().and_then(ended)).unwrap_or(sample.pos)]
        }
        Metric::Assigned
        | Metric::Touched
        | Metric::SlaFirstResponse
        | Metric::SlaNextResponse
        | Metric::SlaResolution => vec![sample.pos],
    };
    positions.sort_unstable();
    positions.dedup();
    positions
}

fn ended(episode: &Episode) -> Option<u64> {
    episode.resolution.map(|end| end.pos)
}

fn ends(episode: &Episode) -> Vec<u64> {
    std::iter::once(episode.opened_pos).chain(ended(episode)).collect()
}

/// The public messages of an episode, and its end.
fn messages(measured: &Measured, episode: &Episode) -> Vec<u64> {
    let people = measured.written.iter().filter(|wrote| wrote.episode == episode.episode).map(|wrote| wrote.pos);
    let customer = measured
        .asked
        .iter()
        .filter(|asked| asked.episode == episode.episode && !asked.courtesy)
        .map(|asked| asked.pos);
    people.chain(customer).chain(ended(episode)).collect()
}
