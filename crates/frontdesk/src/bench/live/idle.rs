//! What a socket on which nothing happens costs the server.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::LiveArgs;
use super::crowd::Crowd;
use super::scene::Scene;
use super::tally::Tally;
use crate::bench::line;
use crate::exit::Exit;

/// Sockets that come and go first, so that what the first ones cost is not counted.
const WARM_UP: usize = 50;
/// Memory is settled when it changed by less than this in this time: signing in takes some that is given back later.
const SETTLED_MIB: f64 = 0.3;
const SETTLE: Duration = Duration::from_secs(3);
const SETTLE_TIMES: usize = 6;

pub(super) async fn run(args: &LiveArgs, tally: &Arc<Tally>) -> Result<(), Exit> {
    line("idle sockets | server memory before / after MiB | KiB each | server CPU while idle, % of a core | sent away");
    for count in &args.idle_sockets {
        let scene = Scene::set(args, tally, *count).await?;
        Crowd::gather(&scene, tally, 0, WARM_UP.min(*count)).await?.leave().await;
        let before = settled(&scene).await;
        let crowd = Crowd::gather(&scene, tally, 0, *count).await?;
        let after = settled(&scene).await;
        let (cpu, length) = (scene.server.cpu(), args.length() * 6);
        tokio::time::sleep(length).await;
        let busy = (scene.server.cpu() - cpu).as_secs_f64() / length.as_secs_f64() * 100.0;
        line(&format!(
            "{count} | {before:.1} / {after:.1} | {:.2} | {busy:.2} over {} s | {}",
            (after - before) * 1_024.0 / *count as f64,
            length.as_secs(),
            tally.ended.load(Ordering::Relaxed)
        ));
        crowd.leave().await;
    }
    Ok(())
}

/// The server's memory in MiB, once it stays as it is.
async fn settled(scene: &Scene) -> f64 {
    let mut last = scene.server.memory_mib();
    for _ in 0..SETTLE_TIMES {
        tokio::time::sleep(SETTLE).await;
        let now = scene.server.memory_mib();
        if (now - last).abs() < SETTLED_MIB {
            return now;
        }
        last = now;
    }
    last
}
