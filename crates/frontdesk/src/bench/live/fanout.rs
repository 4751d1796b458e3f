//! How many frames a second reach readers when as many messages follow as they take: the next one goes out as soon as fewer
//! deliveries are owed than so many messages make.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::crowd::Crowd;
use super::latency::{forget, own_cpu};
use super::scene::Scene;
use super::sender::Sending;
use super::tally::Tally;
use super::{LiveArgs, ms};
use crate::bench::{line, spread};
use crate::exit::Exit;

#[derive(Default)]
struct Cell {
    rate: Vec<f64>,
    messages: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    cpu: Vec<f64>,
    server: Vec<f64>,
    own: Vec<f64>,
}

pub(super) async fn run(args: &LiveArgs, tally: &Arc<Tally>) -> Result<(), Exit> {
    let scene = Scene::set(args, tally, args.sockets).await?;
    tally.expect(args.sockets);
    let crowd = Crowd::gather(&scene, tally, 0, args.sockets).await?;
    let mut cells: BTreeMap<usize, Cell> = BTreeMap::new();
    for round in 1..=args.rounds {
        for count in &args.in_flight {
            let cell = cells.entry(*count).or_default();
            forget(tally);
            let (cpu, own, begun) = (scene.server.cpu(), own_cpu(), Instant::now());
            Sending::in_flight(tally, scene.address(), *count, args.length())?.join().await?;
            let seconds = begun.elapsed().as_secs_f64();
            let (cpu, own) = ((scene.server.cpu() - cpu).as_secs_f64(), (own_cpu() - own).as_secs_f64());
            let delivered = tally.deliveries.load(Ordering::Relaxed) as f64;
            let frame = tally.to_frame.take();
            cell.rate.push(delivered / seconds);
            cell.messages.push(tally.answers.load(Ordering::Relaxed) as f64 / seconds);
            cell.p50.push(ms(frame.at(0.5)));
            cell.p99.push(ms(frame.at(0.99)));
            cell.cpu.push(cpu * 1e6 / delivered.max(1.0));
            cell.server.push(cpu / seconds);
            cell.own.push(own / seconds);
            line(&format!("round {round}: {count} in flight, {delivered:.0} deliveries"));
        }
    }
    line("");
    line(&format!(
        "{} sockets; in flight | deliveries/s | messages/s | webhook to frame p50 / p99 ms | server CPU us per delivery | cores of the server | cores of the readers and webhooks",
        args.sockets
    ));
    for (count, cell) in &cells {
        line(&format!(
            "{count} | {} | {} | {} / {} | {} | {} | {}",
            spread(&cell.rate, 0),
            spread(&cell.messages, 0),
            spread(&cell.p50, 1),
            spread(&cell.p99, 1),
            spread(&cell.cpu, 2),
            spread(&cell.server, 2),
            spread(&cell.own, 2)
        ));
    }
    line(&format!(
        "{} batches that did not chain, {} readers sent away",
        tally.breaks.load(Ordering::Relaxed),
        tally.ended.load(Ordering::Relaxed)
    ));
    crowd.leave().await;
    Ok(())
}
