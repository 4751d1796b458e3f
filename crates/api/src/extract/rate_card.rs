//! A rate card as JSON or as CSV with the columns `market`, `category`, `valid_from`, `price_micros` in any order. What is
//! wrong in a row has the same pointer in both: `/rates/3/market` is in the fourth row after the heading.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use domain::event::billing::Rate;
use futures_util::future::LocalBoxFuture;

use super::json::{describe_or_file, read_json};
use super::read_body;
use crate::csv::lines;
use crate::dto::billing::{NewRate, ReplaceRateCard};
use crate::openapi::{Describe, Operation};
use crate::problem::{ERRORS_MAX, FieldError, Kind, Problem};

/// The largest card: 4,000 rates as JSON.
const CARD_BYTES_MAX: usize = 768 * 1024;
/// The columns of a CSV.
const COLUMNS: [&str; 4] = ["market", "category", "valid_from", "price_micros"];

/// The rates of a card, each of the right form.
#[derive(Debug)]
pub struct RateCardBody(pub Vec<Rate>);

impl FromRequest for RateCardBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            if is_csv(&request) {
                let body = read_body(&request, &mut payload, CARD_BYTES_MAX).await?;
                let text = std::str::from_utf8(&body);
                let text = text.map_err(|_| Problem::new(Kind::Malformed).detail("the text is not UTF-8"))?;
                return of_csv(text).map(Self);
            }
            let body: ReplaceRateCard = read_json(&request, &mut payload, CARD_BYTES_MAX).await?;
            let mut wrong = Vec::new();
            let rates = body.rates.into_iter().enumerate();
            let rates = rates.filter_map(|(index, rate)| of_row(index, rate, &mut wrong)).collect();
            refuse(wrong).map(|()| Self(rates))
        })
    }
}

fn is_csv(request: &HttpRequest) -> bool {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/csv")
}

fn of_row(index: usize, rate: NewRate, wrong: &mut Vec<FieldError>) -> Option<Rate> {
    let Ok(valid_from) = rate.valid_from.parse() else {
        wrong.push(at(index, "valid_from", "is no day of the form 2026-10-01"));
        return None;
    };
    Some(Rate { market: rate.market, category: rate.category, valid_from, price_micros: rate.price_micros })
}

fn of_csv(text: &str) -> Result<Vec<Rate>, Problem> {
    let mut lines = lines(text);
    let heading = lines.next().unwrap_or_default();
    let place = |name: &str| heading.iter().position(|column| column.eq_ignore_ascii_case(name));
    let places = COLUMNS.map(place);
    if heading.len() != COLUMNS.len() || places.contains(&None) {
        let detail = format!("the first line must name the columns {}", COLUMNS.join(", "));
        return Err(Problem::new(Kind::Unprocessable).detail(detail));
    }
    let (mut rates, mut wrong) = (Vec::new(), Vec::new());
    for (index, cells) in lines.enumerate() {
        let [market, category, valid_from, price] =
            places.map(|place| place.and_then(|place| cells.get(place)).copied().unwrap_or_default());
        if cells.len() != COLUMNS.len() {
            wrong
                .push(FieldError { pointer: Some(format!("/rates/{index}")), ..at(index, "", "must have four cells") });
        } else if let Ok(price_micros) = price.parse() {
            let rate = NewRate {
                market: market.to_owned(),
                category: category.to_owned(),
                valid_from: valid_from.to_owned(),
                price_micros,
            };
            rates.extend(of_row(index, rate, &mut wrong));
        } else {
            wrong.push(at(index, "price_micros", "must be a whole number of millionths"));
        }
        if wrong.len() >= ERRORS_MAX {
            break;
        }
    }
    refuse(wrong).map(|()| rates)
}

fn at(index: usize, field: &str, detail: &str) -> FieldError {
    FieldError {
        pointer: Some(format!("/rates/{index}/{field}")),
        parameter: None,
        code: "invalid".to_owned(),
        detail: detail.to_owned(),
    }
}

fn refuse(wrong: Vec<FieldError>) -> Result<(), Problem> {
    if wrong.is_empty() { Ok(()) } else { Err(Problem::new(Kind::Unprocessable).errors(wrong)) }
}

impl Describe for RateCardBody {
    fn describe(operation: &mut Operation) {
        describe_or_file::<ReplaceRateCard>(operation, "text/csv", CARD_BYTES_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_in_any_order_and_every_wrong_row_is_named() {
        let good = of_csv("category,market,price_micros,valid_from\r\nutility,49,\"55000\",2026-10-01\r\n").unwrap();
        assert_eq!((good[0].market.as_str(), good[0].price_micros), ("49", 55_000));
        let wrong =
            of_csv("market,category,valid_from,price_micros\n49,utility,2026-10-01,0.05\n49,utility\n49,a,x,1\n");
        let body = serde_json::to_value(wrong.unwrap_err().body(String::new())).unwrap();
        let pointers: Vec<_> = body["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
        assert_eq!(pointers, ["/rates/0/price_micros", "/rates/1", "/rates/2/valid_from"]);
        assert_eq!(of_csv("market,category\n").unwrap_err().kind(), Kind::Unprocessable);
    }
}
