//! Signing in, staying signed in, and who may make whom.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{EMAIL, PASSWORD, Served};

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_alike() {
    let served = Served::start().await;
    let attempt = |email: &str| {
        served.anonymous(Method::POST, "/v1/auth/login", Some(json!({"email": email, "password": "wrong wrong wrong"})))
    };
    let mut known = attempt(EMAIL).await.refused(401, "unauthenticated");
    let mut unknown = attempt("nobody@example.com").await.refused(401, "unauthenticated");
    known["instance"] = Value::Null;
    unknown["instance"] = Value::Null;
    assert_eq!(known, unknown);
}

#[tokio::test]
async fn refresh_tokens_rotate_and_a_stolen_family_ends() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let exchange =
        |token: String| served.anonymous(Method::POST, "/v1/auth/refresh", Some(json!({"refresh_token": token})));
    let second = exchange(admin.refresh_token.clone()).await.expect(200)["refresh_token"].as_str().unwrap().to_owned();
    // The answer was lost: the same successor again.
    let repeated = exchange(admin.refresh_token.clone()).await.expect(200);
    assert_eq!(repeated["refresh_token"], second);
    let third = exchange(second).await.expect(200)["refresh_token"].as_str().unwrap().to_owned();
    exchange(admin.refresh_token.clone()).await.refused(401, "session-revoked");
    exchange(third).await.refused(401, "session-revoked");
    admin.get("/v1/me").await.refused(401, "session-revoked");
    exchange("fdr_forged".to_owned()).await.refused(401, "token-invalid");
}

#[tokio::test]
async fn signing_out_holds_at_once_and_for_this_session_alone() {
    let served = Served::start().await;
    let (one, other) = (served.admin().await, served.admin().await);
    let sessions = one.get("/v1/auth/sessions").await.expect(200);
    let current: Vec<_> = sessions["data"].as_array().unwrap().iter().map(|each| each["current"].clone()).collect();
    assert_eq!(current.iter().filter(|each| **each == json!(true)).count(), 1);
    assert_eq!(one.post("/v1/auth/logout", json!({})).await.status, 204);
    one.get("/v1/me").await.refused(401, "session-revoked");
    other.get("/v1/me").await.expect(200);
    served.anonymous(Method::GET, "/v1/me", None).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn roles_are_given_from_above_and_the_last_super_admin_stays() {
    let served = Served::start().await;
    let root = served.admin().await;
    let admin = served.member(&root, "ada", "admin").await;
    let agent = served.member(&admin, "ben", "agent").await;
    let new =
        |role: &str| json!({"name": "x", "email": "x@example.com", "role": role, "password": "eleven quiet lamps"});
    admin.post("/v1/users", new("admin")).await.refused(403, "role-protected");
    agent.post("/v1/users", new("operator")).await.refused(403, "forbidden");
    root.put(&format!("/v1/users/{}/role", root.user_id), json!({"role": "agent"}))
        .await
        .refused(409, "last-super-admin");
    admin
        .put(&format!("/v1/users/{}/role", agent.user_id), json!({"role": "super_admin"}))
        .await
        .refused(403, "role-protected");
    let mut weak = new("agent");
    weak["password"] = json!("short");
    admin.post("/v1/users", weak).await.refused(422, "weak-password");
    let mut taken = new("agent");
    taken["email"] = json!("BEN@example.com");
    admin.post("/v1/users", taken).await.refused(409, "name-taken");
    // Agents see who there is, not how to reach them.
    let team = agent.get("/v1/users").await.expect(200);
    let addresses: Vec<_> = team["data"].as_array().unwrap().iter().filter(|user| !user["email"].is_null()).collect();
    assert_eq!(addresses.len(), 1, "one's own");
}

#[tokio::test]
async fn closing_an_account_ends_its_sessions_and_frees_its_work() {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    let ben = served.member(&root, "ben", "agent").await;
    let row = served.customer_writes(&root, "4915112345678", "hello").await;
    let path = format!("/v1/conversations/{}", row["id"].as_str().unwrap());
    ben.post(&format!("{path}/claim"), json!({})).await.expect(200);
    let closed = root.post(&format!("/v1/users/{}/deactivation", ben.user_id), json!({})).await.expect(200);
    assert_eq!((&closed["user"]["status"], &closed["reassigned_count"]), (&json!("deactivated"), &json!(1)));
    ben.get("/v1/me").await.refused(401, "session-revoked");
    assert_eq!(root.get(&path).await.expect(200)["assignee"], Value::Null);
    assert_eq!(root.delete(&format!("/v1/users/{}/deactivation", ben.user_id)).await.expect(200)["status"], "active");
}

#[tokio::test]
async fn changing_the_password_ends_the_other_sessions() {
    let served = Served::start().await;
    let (one, other) = (served.admin().await, served.admin().await);
    let change = |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    one.put("/v1/me/password", change("wrong", "nine tall ladders")).await.refused(403, "forbidden");
    one.put("/v1/me/password", change(PASSWORD, "tooshort")).await.refused(422, "weak-password");
    assert_eq!(one.put("/v1/me/password", change(PASSWORD, "nine tall ladders")).await.status, 204);
    one.get("/v1/me").await.expect(200);
    other.get("/v1/me").await.refused(401, "session-revoked");
    served.log_in(EMAIL, "nine tall ladders").await;
}

#[tokio::test]
async fn a_lost_password_is_replaced_from_above() {
    let served = Served::start().await;
    let root = served.admin().await;
    let ada = served.member(&root, "ada", "admin").await;
    let ben = served.member(&root, "ben", "agent").await;
    let path = |user: &str| format!("/v1/users/{user}/password");
    let new = json!({"new_password": "nine tall ladders"});
    ben.put(&path(&ada.user_id), new.clone()).await.refused(403, "forbidden");
    ada.put(&path(&root.user_id), new.clone()).await.refused(403, "role-protected");
    assert_eq!(ada.put(&path(&ben.user_id), new).await.status, 204);
    ben.get("/v1/me").await.refused(401, "session-revoked");
    served.log_in("ben@example.com", "nine tall ladders").await;
}

#[tokio::test]
async fn what_somebody_holds_goes_to_whom_the_closing_names_and_behind_a_wall_to_its_queue() {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    let brand = root.get("/v1/brands").await.expect(200)["data"][0]["id"].clone();
    let new = json!({"name": "Sales", "brand_id": brand});
    let team = root.post("/v1/teams", new).await.expect(201)["id"].as_str().unwrap().to_owned();
    let (ben, eve) = (served.member(&root, "ben", "agent").await, served.member(&root, "eve", "agent").await);
    root.put(&format!("/v1/teams/{team}/members/{}", ben.user_id), json!({"lead": false})).await.expect(200);
    let mut paths = Vec::new();
    for (wa_id, team) in [("4915112345678", None), ("4915112345679", Some(&team))] {
        let row = served.customer_writes(&root, wa_id, "hello").await;
        let path = format!("/v1/conversations/{}", row["id"].as_str().unwrap());
        let given = json!({"assignee_id": ben.user_id, "team_id": team});
        root.put(&format!("{path}/assignment"), given).await.expect(200);
        paths.push(path);
    }
    let close = format!("/v1/users/{}/deactivation", ben.user_id);
    let nobody = json!({"reassign_to": {"user_id": "usr_00000000000000000000000001"}});
    root.post(&close, nobody).await.refused(422, "unknown-reference");
    root.post(&close, json!({"reassign_to": {"user_id": eve.user_id, "team_id": team}}))
        .await
        .refused(422, "unprocessable");
    let closed = root.post(&close, json!({"reassign_to": {"user_id": eve.user_id}})).await.expect(200);
    assert_eq!(closed["reassigned_count"], 2);
    assert_eq!(root.get(&paths[0]).await.expect(200)["assignee"]["id"], json!(eve.user_id));
    // Eve is not in the team: back to its queue.
    let walled = root.get(&paths[1]).await.expect(200);
    assert_eq!((&walled["assignee"], &walled["team_id"]), (&Value::Null, &json!(team)));
    let close = format!("/v1/users/{}/deactivation", eve.user_id);
    let closed = root.post(&close, json!({"reassign_to": {"team_id": team}})).await.expect(200);
    assert_eq!(closed["reassigned_count"], 1);
    assert_eq!(root.get(&paths[0]).await.expect(200)["team_id"], json!(team));
}

#[tokio::test]
async fn of_two_super_admins_who_demote_each_other_at_once_exactly_one_succeeds() {
    let served = Served::start().await;
    let root = served.admin().await;
    let eve = served.member(&root, "eve", "super_admin").await;
    for _ in 0..5 {
        let (to_eve, to_root) = (format!("/v1/users/{}/role", eve.user_id), format!("/v1/users/{}/role", root.user_id));
        let agent = || json!({"role": "agent"});
        let (one, other) = tokio::join!(root.put(&to_eve, agent()), eve.put(&to_root, agent()));
        let winners = [&one, &other].iter().filter(|answer| answer.status == 200).count();
        assert_eq!(winners, 1, "{one:?} {other:?}");
        let (up, down) = if one.status == 200 { (&root, &to_eve) } else { (&eve, &to_root) };
        up.put(down, json!({"role": "super_admin"})).await.expect(200);
    }
    // The same by closing accounts.
    let close = |user: &str| format!("/v1/users/{user}/deactivation");
    let (to_eve, to_root) = (close(&eve.user_id), close(&root.user_id));
    let (one, other) = tokio::join!(root.post(&to_eve, json!({})), eve.post(&to_root, json!({})));
    assert_eq!([&one, &other].iter().filter(|answer| answer.status == 200).count(), 1, "{one:?} {other:?}");
}
