//! How long a message takes from the provider to a reader's screen, at rates that do not wait for anybody.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::crowd::Crowd;
use super::scene::Scene;
use super::sender::Sending;
use super::tally::Tally;
use super::{LiveArgs, ms};
use crate::bench::{child, line, middle_and_p99, spread};
use crate::exit::Exit;

/// What may be under way when the last webhook is out, until it is given up.
const SETTLE: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Cell {
    frame: [Vec<f64>; 2],
    answer: [Vec<f64>; 2],
    after: [Vec<f64>; 2],
    deliveries: Vec<f64>,
    cpu: Vec<f64>,
    missing: u64,
}

pub(super) async fn run(args: &LiveArgs, tally: &Arc<Tally>) -> Result<(), Exit> {
    let scene = Scene::set(args, tally, args.sockets.max(args.few)).await?;
    let mut cells: BTreeMap<(usize, u32), Cell> = BTreeMap::new();
    for round in 1..=args.rounds {
        for sockets in [args.few, args.sockets] {
            let crowd = Crowd::gather(&scene, tally, 0, sockets).await?;
            for rate in &args.rate {
                let cell = cells.entry((sockets, *rate)).or_default();
                measure(&scene, tally, cell, (sockets, *rate), args.length()).await?;
                line(&format!("round {round}: {sockets} sockets, {rate}/s"));
            }
            crowd.leave().await;
        }
    }
    line("");
    line(
        "sockets | messages/s | webhook to frame p50 / p99 ms | webhook to 200 p50 / p99 ms | frame after the 200 p50 / p99 ms | deliveries/s | server CPU us each | not delivered in time",
    );
    for ((sockets, rate), cell) in &cells {
        let pair = |[p50, p99]: &[Vec<f64>; 2]| format!("{} / {}", spread(p50, 2), spread(p99, 2));
        line(&format!(
            "{sockets} | {rate} | {} | {} | {} | {} | {} | {}",
            pair(&cell.frame),
            pair(&cell.answer),
            pair(&cell.after),
            spread(&cell.deliveries, 0),
            spread(&cell.cpu, 2),
            cell.missing
        ));
    }
    let (breaks, ended, refusals) = (&tally.breaks, &tally.ended, &tally.refusals);
    line(&format!(
        "{} batches that did not chain, {} readers sent away, {} webhooks refused; medians with [min..max] over {} rounds",
        breaks.load(Ordering::Relaxed),
        ended.load(Ordering::Relaxed),
        refusals.load(Ordering::Relaxed),
        args.rounds
    ));
    Ok(())
}

async fn measure(
    scene: &Scene,
    tally: &Arc<Tally>,
    cell: &mut Cell,
    (sockets, rate): (usize, u32),
    length: Duration,
) -> Result<(), Exit> {
    forget(tally);
    let (cpu, begun) = (scene.server.cpu(), Instant::now());
    Sending::at_rate(tally, scene.address(), rate, length)?.join().await?;
    let owed = tally.answers.load(Ordering::Relaxed) * sockets as u64;
    let until = Instant::now() + SETTLE;
    while tally.deliveries.load(Ordering::Relaxed) < owed && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let (seconds, cpu) = (begun.elapsed().as_secs_f64(), scene.server.cpu() - cpu);
    let delivered = tally.deliveries.load(Ordering::Relaxed);
    let (frame, answer) = (tally.to_frame.take(), tally.to_answer.take());
    let (after, after_p99) = middle_and_p99(tally.after_the_answer());
    for (values, figures) in [
        (&mut cell.frame, [ms(frame.at(0.5)), ms(frame.at(0.99))]),
        (&mut cell.answer, [ms(answer.at(0.5)), ms(answer.at(0.99))]),
        (&mut cell.after, [after, after_p99]),
    ] {
        values.iter_mut().zip(figures).for_each(|(values, figure)| values.push(figure));
    }
    cell.deliveries.push(delivered as f64 / seconds);
    cell.cpu.push(cpu.as_secs_f64() * 1e6 / delivered.max(1) as f64);
    cell.missing += owed.saturating_sub(delivered);
    Ok(())
}

/// Begins to count anew.
pub(super) fn forget(tally: &Tally) {
    tally.to_frame.take();
    tally.to_answer.take();
    tally.after_the_answer();
    tally.deliveries.store(0, Ordering::Relaxed);
    tally.answers.store(0, Ordering::Relaxed);
}

/// CPU time of this process, the readers and the provider.
pub(super) fn own_cpu() -> Duration {
    child::cpu_of("self")
}
