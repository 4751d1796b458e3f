//! Live customers for the demo: three brands, several languages, each with a little story that waits for answers. Bounded:
//! every persona tells its story once, and then a new one begins after a pause.

use std::time::Duration;

use serde_json::{Value, json};

use super::Simulator;
use super::customer::{Customer, Profile};
use super::ledger::Ledger;
use super::media::png;

/// A line of a story.
enum Line {
    Says(&'static str),
    Photo(&'static str),
    Place(f64, f64, &'static str),
    /// Until the business has answered, or this many seconds have gone.
    Waits(u64),
    Reacts(&'static str),
}

use Line::{Photo, Place, Reacts, Says, Waits};

struct Story {
    phone: &'static str,
    name: &'static str,
    /// Which brand: 0, 1, 2.
    brand: usize,
    lines: &'static [Line],
}

const STORIES: &[Story] = &[
    Story {
        phone: "34611222333",
        name: "Lucía Ferrer",
        brand: 0,
        lines: &[
            Says("Hola, ¿dónde está mi pedido 48213? Tenía que llegar ayer."),
            Waits(120),
            Photo("Este es el número de seguimiento"),
            Waits(120),
            Reacts("🙏"),
        ],
    },
    Story {
        phone: "447700900456",
        name: "Oliver Grant",
        brand: 0,
        lines: &[
            Says("Hi! Can I swap the jacket I bought for a size M?"),
            Says("I still have the receipt"),
            Waits(150),
            Says("Thanks!"),
        ],
    },
    Story {
        phone: "4915112345678",
        name: "Jana Vogt",
        brand: 1,
        lines: &[
            Says("Guten Tag, ich möchte meinen Termin am Donnerstag verschieben."),
            Waits(120),
            Says("Freitag um 10 Uhr passt mir gut"),
        ],
    },
    Story {
        phone: "919812345670",
        name: "प्रिया नायर",
        brand: 1,
        lines: &[Says("नमस्ते, क्या रिपोर्ट आ गई है?"), Waits(180), Reacts("👍")],
    },
    Story {
        phone: "5511987654321",
        name: "Rafael Nunes",
        brand: 2,
        lines: &[
            Says("Oi! Perdi a conexão em Lisboa. E agora?"),
            Place(38.7742, -9.1342, "Aeroporto de Lisboa"),
            Waits(120),
            Says("Obrigado"),
        ],
    },
    Story {
        phone: "12025550147",
        name: "Dana Whitfield",
        brand: 2,
        lines: &[
            Says("Is breakfast included in booking TX-90-114?"),
            Waits(90),
            Says("And can we get a late checkout?"),
            Waits(120),
        ],
    },
];

/// Pause after a story before it is told again.
const BETWEEN_STORIES: Duration = Duration::from_secs(300);

/// Lets the customers of three numbers live until the simulator stops.
pub async fn live(simulator: Simulator, numbers: [String; 3]) {
    let people = STORIES.iter().enumerate().map(|(index, story)| {
        let customer = simulator.customer(Profile::new(story.phone, story.name), &numbers[story.brand]);
        tell(simulator.clone(), customer, story, Duration::from_millis(400 + 1_700 * index as u64))
    });
    futures_util::future::join_all(people).await;
}

async fn tell(simulator: Simulator, customer: Customer, story: &Story, start: Duration) {
    tokio::time::sleep(start).await;
    loop {
        for line in story.lines {
            match line {
                Says(text) => {
                    customer.says(text);
                }
                Photo(caption) => {
                    customer.sends_file("image", "image/png", png(), Some(caption));
                }
                Place(latitude, longitude, name) => {
                    customer.sends("location", json!({ "latitude": latitude, "longitude": longitude, "name": name }));
                }
                Waits(seconds) => wait_for_answer(&simulator, &customer, *seconds).await,
                Reacts(emoji) => {
                    let last = simulator.ledger().delivered_to(&customer.profile().wa_id).pop();
                    if let Some(last) = last {
                        customer.reacts(&last.message_id, emoji);
                    }
                }
            }
            tokio::time::sleep(Duration::from_millis(1_500)).await;
        }
        let told = tokio::time::Instant::now();
        rate_if_asked(&simulator, &customer, story).await;
        tokio::time::sleep_until(told + BETWEEN_STORIES).await;
    }
}

/// Whoever is asked how it was after their story says so: mostly content, each in their own way, and some not at all.
async fn rate_if_asked(simulator: &Simulator, customer: &Customer, story: &Story) {
    let who = customer.profile().wa_id.clone();
    let known = simulator.ledger().delivered_to(&who).len();
    let question = |ledger: &Ledger| {
        let mut fresh = ledger.delivered_to(&who).into_iter().skip(known);
        fresh.rfind(|delivered| delivered.content["type"] == "interactive")
    };
    if !simulator.ledger().wait_until(BETWEEN_STORIES, |ledger| question(ledger).is_some()).await {
        return;
    }
    let Some(question) = question(simulator.ledger()) else { return };
    tokio::time::sleep(Duration::from_secs(4)).await;
    let rows = question.content.pointer("/interactive/action/sections/0/rows").and_then(Value::as_array);
    match (story.name.len() % 4, rows) {
        (0, _) => {
            customer.says("⭐⭐⭐⭐⭐");
        }
        (1, _) | (_, None) => {}
        (mood, Some(rows)) => {
            let row = &rows[(mood - 2).min(rows.len() - 1)];
            let text = |key: &str| row[key].as_str().unwrap_or_default();
            customer.picks(&question.message_id, text("id"), text("title"));
        }
    }
}

async fn wait_for_answer(simulator: &Simulator, customer: &Customer, seconds: u64) {
    let who = customer.profile().wa_id.clone();
    let before = simulator.ledger().delivered_to(&who).len();
    simulator
        .ledger()
        .wait_until(Duration::from_secs(seconds), |ledger| ledger.delivered_to(&who).len() > before)
        .await;
}
