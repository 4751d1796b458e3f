//! Markets: what the provider's rates depend on is the recipient's country calling code. A market is that code and
//! nothing more of the number, so it can stand among the facts.
//!
//! Two codes share the rest of their numbers between countries with different rates: within `1`, everything but the United
//! States and Canada is named with its area code (`1876`); within `7`, Kazakhstan is `77`.

use crate::identity::IdentityKind;
use crate::inbound::Identity;

/// Calling codes by country, as ISO 3166 names it; several countries may share one.
const CODES: &str = "AC 247 AD 376 AE 971 AF 93 AG 1268 AI 1264 AL 355 AM 374 AO 244 AR 54 AS 1684 AT 43 AU 61 AW 297 AX 358 AZ 994 \
BA 387 BB 1246 BD 880 BE 32 BF 226 BG 359 BH 973 BI 257 BJ 229 BL 590 BM 1441 BN 673 BO 591 BQ 599 BR 55 BS 1242 BT 975 BW 267 BY 375 BZ 501 \
CA 1 CC 61 CD 243 CF 236 CG 242 CH 41 CI 225 CK 682 CL 56 CM 237 CN 86 CO 57 CR 506 CU 53 CV 238 CW 599 CX 61 CY 357 CZ 420 \
DE 49 DJ 253 DK 45 DM 1767 DO 1809 DZ 213 EC 593 EE 372 EG 20 EH 212 ER 291 ES 34 ET 251 FI 358 FJ 679 FK 500 FM 691 FO 298 FR 33 \
GA 241 GB 44 GD 1473 GE 995 GF 594 GG 44 GH 233 GI 350 GL 299 GM 220 GN 224 GP 590 GQ 240 GR 30 GT 502 GU 1671 GW 245 GY 592 \
HK 852 HN 504 HR 385 HT 509 HU 36 ID 62 IE 353 IL 972 IM 44 IN 91 IO 246 IQ 964 IR 98 IS 354 IT 39 JE 44 JM 1876 JO 962 JP 81 \
KE 254 KG 996 KH 855 KI 686 KM 269 KN 1869 KP 850 KR 82 KW 965 KY 1345 KZ 77 LA 856 LB 961 LC 1758 LI 423 LK 94 LR 231 LS 266 LT 370 LU 352 LV 371 LY 218 \
MA 212 MC 377 MD 373 ME 382 MF 590 MG 261 MH 692 MK 389 ML 223 MM 95 MN 976 MO 853 MP 1670 MQ 596 MR 222 MS 1664 MT 356 MU 230 MV 960 MW 265 MX 52 MY 60 MZ 258 \
NA 264 NC 687 NE 227 NF 672 NG 234 NI 505 NL 31 NO 47 NP 977 NR 674 NU 683 NZ 64 OM 968 PA 507 PE 51 PF 689 PG 675 PH 63 PK 92 PL 48 PM 508 PR 1787 PS 970 PT 351 PW 680 PY 595 \
QA 974 RE 262 RO 40 RS 381 RU 7 RW 250 SA 966 SB 677 SC 248 SD 249 SE 46 SG 65 SH 290 SI 386 SJ 47 SK 421 SL 232 SM 378 SN 221 SO 252 SR 597 SS 211 ST 239 SV 503 SX 1721 SY 963 SZ 268 \
TA 290 TC 1649 TD 235 TG 228 TH 66 TJ 992 TK 690 TL 670 TM 993 TN 216 TO 676 TR 90 TT 1868 TV 688 TW 886 TZ 255 UA 380 UG 256 US 1 UY 598 UZ 998 \
VA 39 VC 1784 VE 58 VG 1284 VI 1340 VN 84 VU 678 WF 681 WS 685 XK 383 YE 967 YT 262 ZA 27 ZM 260 ZW 263";

/// Further area codes within `1` of countries that have several; the market is the first.
const SECOND_AREAS: [(&str, &str); 4] = [("1829", "1809"), ("1849", "1809"), ("1939", "1787"), ("1658", "1876")];

/// The digits of a calling code, at most.
const CODE_DIGITS_MAX: usize = 4;

fn codes() -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut words = CODES.split_ascii_whitespace();
    std::iter::from_fn(move || Some((words.next()?, words.next()?)))
}

/// Whether there is such a market.
pub fn is_market(code: &str) -> bool {
    codes().any(|(_, known)| known == code)
}

/// The market of a number in international form, with or without plus sign; `None` where no country has it.
pub fn of_number(number: &str) -> Option<&'static str> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    let longest = digits.bytes().take(CODE_DIGITS_MAX).take_while(u8::is_ascii_digit).count();
    // The longest code that fits: no code is the beginning of another but `1` and `7`.
    (1..=longest).rev().find_map(|length| {
        let start = &digits[..length];
        let area = SECOND_AREAS.iter().find(|(area, _)| *area == start).map(|(_, market)| *market);
        area.or_else(|| codes().map(|(_, code)| code).find(|code| *code == start))
    })
}

/// The market of a country, by its two letters.
pub fn of_country(country: &str) -> Option<&'static str> {
    codes().find(|(known, _)| *known == country).map(|(_, code)| code)
}

/// The market of a recipient: by the number, else by the country that a business-scoped user id begins with.
pub fn of_recipient(recipient: &[Identity]) -> Option<&'static str> {
    let by_kind = |kind: IdentityKind| recipient.iter().find(move |identity| identity.kind == kind);
    let number = [IdentityKind::WaId, IdentityKind::Phone].into_iter().find_map(by_kind);
    let by_number = number.and_then(|identity| of_number(&identity.value));
    by_number.or_else(|| {
        let (country, _) = by_kind(IdentityKind::Bsuid)?.value.split_once('.')?;
        of_country(country)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_gives_its_calling_code_and_nothing_more() {
        for (number, market) in [
            ("+4915112345678", "49"),
            ("5215512345678", "52"),
            ("12025550123", "1"),
            ("18765550123", "1876"),
            ("18295550123", "1809"),
            ("77011234567", "77"),
            ("79161234567", "7"),
            ("35312345678", "353"),
        ] {
            assert_eq!(of_number(number), Some(market), "{number}");
            assert!(is_market(market));
        }
        for nowhere in ["", "+", "999123", "210555", "x49"] {
            assert_eq!(of_number(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn a_recipient_without_a_number_has_the_country_of_their_user_id() {
        let identity = |kind, value: &str| Identity { kind, value: value.to_owned() };
        assert_eq!(of_recipient(&[identity(IdentityKind::Bsuid, "DE.8127")]), Some("49"));
        let both = [identity(IdentityKind::Bsuid, "DE.8127"), identity(IdentityKind::WaId, "34600111222")];
        assert_eq!(of_recipient(&both), Some("34"));
        assert_eq!(of_recipient(&[identity(IdentityKind::Group, "group-1")]), None);
    }

    #[test]
    fn every_country_is_there_once_and_no_code_hides_another() {
        let mut countries: Vec<_> = codes().map(|(country, _)| country).collect();
        let all = countries.len();
        countries.sort_unstable();
        countries.dedup();
        assert_eq!(countries.len(), all);
        for (_, code) in codes() {
            assert_eq!(of_number(&format!("{code}0000000")), Some(code), "{code}");
        }
    }
}
