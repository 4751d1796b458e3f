//! Readers beside as many others who do not read at all: what those hold, how the readers fare with and without them, and how
//! it ends for them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::crowd::{self, Crowd, Reader};
use super::latency::forget;
use super::scene::Scene;
use super::sender::Sending;
use super::socket::Socket;
use super::tally::Tally;
use super::{LiveArgs, ms};
use crate::bench::{line, spread};
use crate::exit::Exit;

/// Longer than the server, or the kernel for it, takes to give up somebody who does not read.
const CUT_AFTER: Duration = Duration::from_secs(50);

pub(super) async fn run(args: &LiveArgs, tally: &Arc<Tally>) -> Result<(), Exit> {
    let scene = Scene::set(args, tally, 2 * args.sockets).await?;
    let crowd = Crowd::gather(&scene, tally, 0, args.sockets).await?;
    let (mut without, mut with) = ([vec![], vec![]], [vec![], vec![]]);
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    let rate = args.first_rate();
    for round in 1..=args.rounds {
        flow(&scene, tally, rate, args.length(), &mut without).await?;
        line(&format!("round {round}, only readers: {}", memory(&scene)));
        let stalled = crowd::open(&scene, tally, args.sockets, args.sockets).await?;
        flow(&scene, tally, rate, Duration::from_secs(args.stall_seconds), &mut with).await?;
        line(&format!("round {round}, beside {} stalled: {}", stalled.len(), memory(&scene)));
        // Half of them read again now, the others after the kernel gave them up.
        let (soon, late): (Vec<_>, Vec<_>) = stalled.into_iter().enumerate().partition(|(n, _)| n % 2 == 0);
        read_again(tally, soon, "read again", &mut ends).await?;
        let wait = CUT_AFTER.saturating_sub(Duration::from_secs(args.stall_seconds));
        if round == 1 {
            flow(&scene, tally, rate, wait, &mut with).await?;
            read_again(tally, late, "waited longer", &mut ends).await?;
        } else {
            drop(late);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        line(&format!("round {round}, after: {}", memory(&scene)));
    }
    line("");
    for (name, [p50, p99]) in [("without", &without), ("with", &with)] {
        line(&format!(
            "{} readers {name} the stalled ones, {rate}/s: webhook to frame p50 {} ms, p99 {} ms",
            args.sockets,
            spread(p50, 2),
            spread(p99, 2)
        ));
    }
    for (end, count) in &ends {
        line(&format!("stalled ones that {end}: {count}"));
    }
    line(&format!(
        "{} batches that did not chain, {} readers sent away",
        tally.breaks.load(Ordering::Relaxed),
        tally.ended.load(Ordering::Relaxed)
    ));
    crowd.leave().await;
    Ok(())
}

async fn flow(
    scene: &Scene,
    tally: &Arc<Tally>,
    rate: u32,
    length: Duration,
    [p50, p99]: &mut [Vec<f64>; 2],
) -> Result<(), Exit> {
    forget(tally);
    Sending::at_rate(tally, scene.address(), rate, length)?.join().await?;
    let frame = tally.to_frame.take();
    p50.push(ms(frame.at(0.5)));
    p99.push(ms(frame.at(0.99)));
    Ok(())
}

/// They take what was kept for them, and how it ends is counted.
async fn read_again(
    tally: &Arc<Tally>,
    stalled: Vec<(usize, (Reader, Socket))>,
    who: &str,
    ends: &mut BTreeMap<String, usize>,
) -> Result<(), Exit> {
    forget(tally);
    let tasks: Vec<_> = stalled
        .into_iter()
        .map(|(_, (mut reader, mut socket))| {
            tokio::spawn(async move {
                let reading = async {
                    loop {
                        match reader.read(&mut socket, &mut |_| {}).await {
                            Ok(None) => {}
                            Ok(Some(0)) => return "were cut off".to_owned(),
                            Ok(Some(code)) => return format!("were closed with {code}"),
                            Err(error) => return format!("met {:?}", error.kind()),
                        }
                    }
                };
                tokio::time::timeout(Duration::from_secs(10), reading).await.unwrap_or_else(|_| "go on".to_owned())
            })
        })
        .collect();
    for task in tasks {
        let end = task.await.map_err(Exit::software)?;
        *ends.entry(format!("{who}, and {end}")).or_default() += 1;
    }
    Ok(())
}

/// The server's memory, and the kernel's for all sockets of this machine.
fn memory(scene: &Scene) -> String {
    let stat = std::fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    let tcp = stat.lines().find(|line| line.starts_with("TCP:")).unwrap_or_default();
    let pages = tcp.split(' ').skip_while(|word| *word != "mem").nth(1).and_then(|pages| pages.parse::<f64>().ok());
    format!(
        "server {:.1} MiB, sockets in the kernel {:.1} MiB",
        scene.server.memory_mib(),
        pages.unwrap_or(0.0) * 4.0 / 1_024.0
    )
}
