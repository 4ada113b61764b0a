//! Bans of addresses and networks as data: imposed, replaced, lifted, over by themselves, and the same on every node. What a
//! ban does to requests stands in the tests of the program.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::time::Duration;
use vestibule_domain::testing::{CROWD, at_once};
use vestibule_domain::{Actor, Allowed, Client, Domain, bans, changes, jobs, sql};
use vestibule_model::bans::{AddressBan, AddressBanForm, AddressBansQuery, Ending};
use vestibule_model::error::Conflict;
use vestibule_model::groups::ManageBans;
use vestibule_model::listing::Page;
use vestibule_model::{Error, Problem, Result, Timestamp};

fn operator() -> Allowed<ManageBans> {
    Actor::Operator.allow().unwrap()
}

fn form(network: &str, until: Option<Timestamp>) -> AddressBanForm {
    AddressBanForm { network: network.into(), reason: "Scans for open doors".into(), until }
}

async fn ban(domain: &Domain, network: &str, until: Option<Timestamp>) -> Result<AddressBan> {
    bans::ban_network(domain, &operator(), form(network, until), &Client::local()).await
}

async fn lift(domain: &Domain, ban: &AddressBan) -> Result<()> {
    bans::lift_network(domain, &operator(), ban.id, &Client::local()).await
}

fn is_banned(domain: &Domain, address: &str) -> bool {
    bans::on_address(domain, address.parse().unwrap()).is_some()
}

/// Every ban that `query` asks for, with how it ended.
async fn listed(domain: &Domain, query: AddressBansQuery) -> Vec<(String, Option<Ending>)> {
    let all = bans::list_networks(domain, &operator(), &query, &Page::default()).await.unwrap();
    all.items.into_iter().map(|ban| (ban.network, ban.ending)).collect()
}

async fn events(domain: &Domain) -> Vec<String> {
    let rows = sql!(
        domain.db(),
        fetch_all as (String,),
        "select event from audit where event like 'address_%' order by seq"
    );
    rows.await.unwrap().into_iter().map(|(event,)| event).collect()
}

vestibule_domain::both! {
    async fn a_network_is_kept_out_until_it_is_let_in_again(t: TestDomain) {
        assert!(!is_banned(&t.domain, "203.0.113.7"));
        let made = ban(&t.domain, " 203.0.113.77/24 ", None).await.unwrap();
        assert_eq!((made.network.as_str(), made.automatic, made.author, made.until), ("203.0.113.0/24", false, None, None));
        assert!(is_banned(&t.domain, "203.0.113.7") && is_banned(&t.domain, "::ffff:203.0.113.8"));
        assert!(!is_banned(&t.domain, "203.0.114.1") && !is_banned(&t.domain, "127.0.0.1"));
        assert_eq!(bans::show_network(&t.domain, &operator(), made.id).await.unwrap(), made);
        assert_eq!(bans::standing_on(&t.domain, &operator(), "203.0.113.0/24").await.unwrap(), made);
        lift(&t.domain, &made).await.unwrap();
        assert!(!is_banned(&t.domain, "203.0.113.7"));
        assert_eq!(lift(&t.domain, &made).await, Err(Error::NotFound));
        assert_eq!(bans::standing_on(&t.domain, &operator(), "203.0.113.0/24").await, Err(Error::NotFound));
        assert_eq!(listed(&t.domain, AddressBansQuery::default()).await, [("203.0.113.0/24".into(), Some(Ending::Lifted))]);
        assert_eq!(events(&t.domain).await, ["address_banned", "address_unbanned"]);
    }

    async fn banning_again_replaces_and_the_same_again_does_nothing(t: TestDomain) {
        let first = ban(&t.domain, "2001:db8::/32", None).await.unwrap();
        assert_eq!(ban(&t.domain, "2001:db8::1/32", None).await.unwrap(), first);
        t.clock.advance(Duration::from_secs(1));
        let until = t.now().after(Duration::from_hours(1));
        let second = ban(&t.domain, "2001:db8::/32", Some(until)).await.unwrap();
        assert_ne!(second.id, first.id);
        assert_eq!(bans::on_address(&t.domain, "2001:db8::9".parse().unwrap()).unwrap().until, Some(until));
        let all = listed(&t.domain, AddressBansQuery::default()).await;
        assert_eq!(all, [("2001:db8::/32".into(), None), ("2001:db8::/32".into(), Some(Ending::Replaced))]);
        assert_eq!(events(&t.domain).await, ["address_banned", "address_banned"]);
        assert_eq!(lift(&t.domain, &first).await, Err(Error::NotFound), "that one is over");
    }

    async fn a_bare_ipv6_address_stands_for_what_its_holder_chooses_from(t: TestDomain) {
        let wide = ban(&t.domain, "2001:db8:1:2::9", None).await.unwrap();
        assert_eq!(wide.network, "2001:db8:1:2::/64");
        let held = |address: &str| is_banned(&t.domain, address);
        assert!(held("2001:db8:1:2:ffff::1") && !held("2001:db8:1:3::9"), "its holder cannot dodge it");
        let one = ban(&t.domain, "2001:db8:1:3::9/128", None).await.unwrap();
        assert_eq!(one.network, "2001:db8:1:3::9/128");
        assert!(held("2001:db8:1:3::9") && !held("2001:db8:1:3::a"));
        for (typed, expected) in [("2001:db8:1:2::1", &wide), ("2001:db8:1:3::9", &one)] {
            assert_eq!(bans::standing_on(&t.domain, &operator(), typed).await.as_ref(), Ok(expected), "{typed}");
        }
    }

    async fn a_ban_ends_by_itself_at_its_moment_and_is_written_down_later(t: TestDomain) {
        let until = t.now().after(Duration::from_hours(1));
        let made = ban(&t.domain, "203.0.113.7", Some(until)).await.unwrap();
        t.clock.advance(Duration::from_hours(1).saturating_sub(Duration::from_micros(1)));
        assert!(is_banned(&t.domain, "203.0.113.7"));
        assert_eq!(bans::lapse_networks(&t.domain).await.unwrap(), 0);
        t.clock.advance(Duration::from_micros(1));
        assert!(!is_banned(&t.domain, "203.0.113.7"), "over before any job has run");
        assert_eq!(lift(&t.domain, &made).await, Err(Error::NotFound));
        assert_eq!(listed(&t.domain, AddressBansQuery { standing: Some(true), ..AddressBansQuery::default() }).await, []);
        assert_eq!(listed(&t.domain, AddressBansQuery::default()).await, [("203.0.113.7/32".into(), Some(Ending::Lapsed))]);
        let again = ban(&t.domain, "203.0.113.7", Some(t.now().after(Duration::from_mins(1)))).await.unwrap();
        t.clock.advance(Duration::from_hours(2));
        assert_eq!((bans::lapse_networks(&t.domain).await.unwrap(), bans::lapse_networks(&t.domain).await.unwrap()), (1, 0));
        assert_eq!(bans::show_network(&t.domain, &operator(), again.id).await.unwrap().ended_at, again.until);
        assert_eq!(events(&t.domain).await, ["address_banned", "address_unbanned", "address_banned", "address_unbanned"]);
        jobs::sweep(&t.domain).await.unwrap();
    }

    async fn nobody_shuts_out_the_site_or_themselves(t: TestDomain) {
        for reserved in ["127.0.0.1", "::1", "0.0.0.0/0", "::/0", "127.0.0.0/8", "::ffff:127.0.0.1"] {
            let refused = ban(&t.domain, reserved, None).await;
            assert_eq!(refused, Err(Error::invalid("network", Problem::Reserved)), "{reserved}");
        }
        for bad in ["nowhere", "10.0.0.0/33", "10.0.0.0/8 and more"] {
            assert_eq!(ban(&t.domain, bad, None).await, Err(Error::invalid("network", Problem::Malformed)), "{bad}");
        }
        let here = Client { address: "::ffff:203.0.113.7".parse().ok(), ..Client::local() };
        let own = bans::ban_network(&t.domain, &operator(), form("203.0.113.0/24", None), &here).await;
        assert_eq!(own, Err(Error::Conflict { what: Conflict::OwnAddress }));
        let mut options = t.options();
        options.rules.bans.never = vec!["198.51.100.0/24".parse().unwrap()];
        let careful = Domain::open(options).await.unwrap();
        assert_eq!(ban(&careful, "198.51.100.7", None).await, Err(Error::invalid("network", Problem::Reserved)));
        ban(&t.domain, "198.51.100.7", None).await.unwrap();
        let mut options = t.options();
        options.rules.bans.never = vec!["198.51.100.0/24".parse().unwrap()];
        let careful = Domain::open(options).await.unwrap();
        assert!(is_banned(&t.domain, "198.51.100.7") && !is_banned(&careful, "198.51.100.7"), "the settings came later");
    }

    async fn the_list_finds_what_holds_an_address_and_walks_page_by_page(t: TestDomain) {
        for network in ["203.0.113.0/24", "203.0.113.7/32", "198.51.100.0/24", "2001:db8::/32"] {
            t.clock.advance(Duration::from_secs(1));
            ban(&t.domain, network, None).await.unwrap();
        }
        let near = |address: &str| AddressBansQuery { address: Some(address.into()), ..AddressBansQuery::default() };
        let names = async |query| listed(&t.domain, query).await.into_iter().map(|(network, _)| network).collect::<Vec<_>>();
        assert_eq!(names(near("203.0.113.7")).await, ["203.0.113.7/32", "203.0.113.0/24"]);
        assert_eq!(names(near("203.0.113.8")).await, ["203.0.113.0/24"]);
        assert_eq!(names(near("203.0.0.0/16")).await, ["203.0.113.7/32", "203.0.113.0/24"], "what lies inside");
        assert_eq!(names(AddressBansQuery { automatic: Some(true), ..AddressBansQuery::default() }).await, Vec::<String>::new());
        let bad = bans::list_networks(&t.domain, &operator(), &near("nowhere"), &Page::default()).await;
        assert_eq!(bad.err(), Some(Error::invalid("address", Problem::Malformed)));
        let (mut page, mut all) = (Page::parse(Some("3"), None, Some("true")).unwrap(), Vec::new());
        loop {
            let some = bans::list_networks(&t.domain, &operator(), &AddressBansQuery::default(), &page).await.unwrap();
            assert_eq!(some.total, Some(4));
            all.extend(some.items.into_iter().map(|ban| ban.network));
            match some.next {
                Some(next) => page.cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(all, ["2001:db8::/32", "198.51.100.0/24", "203.0.113.7/32", "203.0.113.0/24"]);
    }

    async fn a_crowd_that_bans_one_network_leaves_one_ban(t: TestDomain) {
        let t = t.roomy().await;
        let domain = t.domain.clone();
        let answers = at_once(CROWD, |_| {
            let domain = domain.clone();
            async move { ban(&domain, "203.0.113.0/24", None).await.map(|ban| ban.network) }
        })
        .await;
        assert_eq!(answers, vec![Ok("203.0.113.0/24".to_owned()); CROWD]);
        let standing = AddressBansQuery { standing: Some(true), ..AddressBansQuery::default() };
        assert_eq!(listed(&domain, standing).await.len(), 1);
        assert_eq!(events(&domain).await, ["address_banned"]);
    }

    async fn a_ban_on_one_node_holds_on_the_other(t: TestDomain) {
        let there = t.node().await;
        let stop = tokio_util::sync::CancellationToken::new();
        let watching = tokio::spawn(changes::watch(there.domain.clone(), stop.clone()));
        let made = ban(&t.domain, "203.0.113.0/24", None).await.unwrap();
        until(|| is_banned(&there.domain, "203.0.113.7")).await;
        lift(&there.domain, &made).await.unwrap();
        assert!(!is_banned(&there.domain, "203.0.113.7"));
        let here = tokio::spawn(changes::watch(t.domain.clone(), stop.clone()));
        until(|| !is_banned(&t.domain, "203.0.113.7")).await;
        stop.cancel();
        watching.await.unwrap();
        here.await.unwrap();
    }
}

/// Waits until `holds`; the test's own patience ends it otherwise.
async fn until(holds: impl Fn() -> bool) {
    while !holds() {
        tokio::task::yield_now().await;
    }
}
