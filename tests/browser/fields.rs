//! Widgets of the inspector in a real browser. What they are set to is in the draft; what cannot be read stays in its field
//! with its reason, and the draft keeps both it and the value before.

use fantoccini::{
    Client, Locator,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    key::Key,
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

use super::{
    PATIENCE, click,
    designer::{chord, draft, press},
    in_the_browser,
    life::{open, until},
    see,
};

const PROGRAM: &str = "order-follow-up";

#[test]
fn each_part_of_a_widget_is_written() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        for (after, kind) in [("pause", "wait_until"), ("wait_until", "wait_window"), ("wait_window", "split")] {
            click(page, &format!(".plus[data-gap='{after}:next']")).await;
            click(page, &format!("[data-choice='{kind}']")).await;
            see(page, &format!("[data-node='{kind}']")).await;
        }

        click(page, "[data-node='wait_until']").await;
        told(page, "Choose the date").await;
        set(page, "at", "2026-12-24T08:00").await;
        set(page, "zone", "Europe/Atlantis").await;
        told(page, "is not known").await;
        set(page, "zone", "Europe/Berlin").await;

        click(page, "[data-node='wait_window']").await;
        for day in ["mon", "sat"] {
            click(page, &format!("[data-field='days-{day}']")).await;
        }
        set(page, "hours-from", "22:00").await;
        set(page, "hours-until", "06:30").await;
        set(page, "zone", "America/New_York").await;

        click(page, "[data-node='split']").await;
        click(page, "[data-field='weights-add']").await;
        click(page, "[data-field='weights-even']").await;
        set(page, "weights-c", "32").await;
        told(page, "99 together").await;
        set(page, "weights-a", "35").await;
        see(page, "[data-saved='true']").await;

        let nodes = draft(&server.url, key, "order-follow-up")["nodes"].clone();
        let fields = |node: &str| without_ways(&nodes[node]);
        let until = json!({ "kind": "wait_until", "at": "2026-12-24T08:00", "zone": "Europe/Berlin" });
        assert_eq!(fields("wait_until"), until);
        assert_eq!(
            fields("wait_window"),
            json!({
                "kind": "wait_window", "days": ["tue", "wed", "thu", "fri", "sat"], "hours": "22:00-06:30",
                "zone": "America/New_York"
            })
        );
        assert_eq!(fields("split"), json!({ "kind": "split", "weights": [35, 33, 32] }));
    });
}

fn without_ways(node: &Value) -> Value {
    let mut node = node.clone();
    node.as_object_mut().unwrap().remove("next");
    node
}

/// Sets a field as its picker does: typing into dates and times depends on the language of the browser.
async fn set(page: &Client, field: &str, value: &str) {
    see(page, &format!(".side-panel [data-field='{field}']")).await;
    let script = "const [field, value] = arguments;
        const input = document.querySelector(`.side-panel [data-field='${field}']`);
        input.value = value;
        for (const event of ['input', 'change']) input.dispatchEvent(new Event(event, { bubbles: true }));";
    page.execute(script, vec![json!(field), json!(value)]).await.unwrap();
}

/// Waits until something is said beside a field.
async fn told(page: &Client, words: &str) {
    let path = format!("//aside//ul[@class='error'][contains(., '{words}')]");
    let found = page.wait().at_most(PATIENCE).for_element(Locator::XPath(&path)).await;
    found.unwrap_or_else(|error| panic!("\"{words}\": {error}"));
}

#[test]
fn a_unit_changes_only_when_somebody_changes_it() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        click(page, "[data-node='pause']").await;
        let stored = || draft(&server.url, key, PROGRAM)["nodes"]["pause"].clone();
        see(page, "[data-field='duration-unit']").await.select_by_value("h").await.unwrap();
        for (typed, file) in
            [("48", "48h"), ("36", "36h"), ("168", "168h"), ("1.5", "1h 30m"), ("2 Tage", "2d"), ("75", "75d")]
        {
            type_in(page, "duration", typed).await;
            until(file, || stored()["duration"] == file).await;
        }
        assert_eq!(stored()["unread"], Value::Null);
        // Who leaves the field is done with it.
        press(page, Key::Tab).await;

        // What cannot be read stays, over a reload too, and one click mends it.
        for (typed, said) in
            [("2 months", "not always as long"), ("", "How long?"), ("0", "no time at all"), ("1.234", "two ways")]
        {
            type_in(page, "duration", typed).await;
            unread(page, said).await;
            until(typed, || stored()["unread"]["duration"] == typed).await;
            assert_eq!(stored()["duration"], "75d");
        }
        see(page, "[data-saved='true']").await;
        page.refresh().await.unwrap();
        click(page, "[data-node='pause']").await;
        assert_eq!(value(page, "duration").await, "1.234");
        unread(page, "two ways").await;
        click(page, ".unread [data-act='offer']").await;
        until("the offer", || stored()["duration"] == "1234d" && stored()["unread"] == Value::Null).await;
    });
}

#[test]
fn a_row_that_is_not_whole_is_an_error_beside_it() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        click(page, "[data-node='loyal']").await;
        let when = || draft(&server.url, key, PROGRAM)["nodes"]["loyal"]["when"].clone();
        let count = r#"count("order.placed", duration("365d")) >= 3"#;
        click(page, "[data-act='add-clause']").await;
        until("the blank row", || when() == format!("{count} && event[missing(\"\")] == missing(\"\")")).await;
        let row = ".crow[data-clause='1']";
        see(page, &format!("{row}.wrong")).await;
        let name = see(page, &format!("{row} [data-field='name']")).await;
        name.send_keys("my-field").await.unwrap();
        let value = see(page, &format!("{row} [data-field='value']")).await;
        value.send_keys("vip").await.unwrap();
        until("the odd name", || when() == format!("{count} && event[\"my-field\"] == \"vip\"")).await;
        see(page, &format!("{row}:not(.wrong)")).await;

        // A number that is none blocks publishing, and says what was meant.
        name.clear().await.unwrap();
        name.send_keys("total").await.unwrap();
        see(page, &format!("{row} [data-field='test']")).await.select_by_value("AtLeast").await.unwrap();
        value.click().await.unwrap();
        chord(page, Key::Control, 'a').await;
        value.send_keys("49,5o").await.unwrap();
        until("the text", || when() == format!("{count} && event.total >= missing(\"49,5o\")")).await;
        click(page, &format!("{row} [data-act='offer']")).await;
        until("the offer", || when() == format!("{count} && event.total >= 49.5")).await;

        // Groups and lists.
        click(page, "[data-act='add-list']").await;
        let list = see(page, ".cgroup.list [data-field='list']").await;
        list.send_keys("event.lines").await.unwrap();
        press(page, Key::Tab).await;
        click(page, ".cgroup.list [data-act='add-clause']").await;
        see(page, ".cgroup.list .crow [data-field='name']").await.send_keys("sku").await.unwrap();
        see(page, ".cgroup.list .crow [data-field='value']").await.send_keys("B-1").await.unwrap();
        let expected = format!("{count} && event.total >= 49.5 && event.lines.exists(line, line.sku == \"B-1\")");
        until("the list", || when() == expected).await;
    });
}

#[test]
fn a_row_asks_how_long_ago_something_was_and_has_a_menu() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        click(page, "[data-node='loyal']").await;
        click(page, "[data-act='wide']").await;
        see(page, ".program.wide-panel").await;
        let when = || draft(&server.url, key, PROGRAM)["nodes"]["loyal"]["when"].clone();
        let count = r#"count("order.placed", duration("365d")) >= 3"#;
        click(page, "[data-act='add-clause']").await;
        let row = ".crow[data-clause='1']";
        see(page, &format!("{row} [data-field='name']")).await.send_keys("placed_at").await.unwrap();
        see(page, &format!("{row} [data-field='test']")).await.select_by_value("LongerAgo").await.unwrap();
        let ago = |length: &str| format!("{count} && timestamp(event.placed_at) < now - {length}");
        until("a month ago", || when() == ago("duration(\"30d\")")).await;
        type_in(page, "length", "2 Wochen").await;
        until("in weeks", || when() == ago("duration(\"2w\")")).await;
        type_in(page, "length", "2 months").await;
        until("what cannot be read", || when() == ago("missing(\"2 months\")")).await;
        see(page, &format!("{row}.wrong")).await;
        see(page, "[data-act='publish'] .tally").await;
        see(page, "[data-node='loyal'] .badge.bad").await;
        type_in(page, "length", "3 weeks").await;
        until("in weeks again", || when() == ago("duration(\"3w\")")).await;
        click(page, ".crow[data-clause='0'] .row-menu summary").await;
        click(page, ".crow[data-clause='0'] [data-act='row-twice']").await;
        until("twice", || when() == format!("{count} && {}", ago("duration(\"3w\")"))).await;
    });
}

#[test]
fn what_cannot_be_read_in_other_rows_stays_when_one_goes() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        click(page, ".plus[data-gap='pause:next']").await;
        click(page, "[data-choice='split']").await;
        click(page, "[data-node='split']").await;
        click(page, "[data-field='weights-add']").await;
        let stored = || draft(&server.url, key, PROGRAM)["nodes"]["split"].clone();
        type_in(page, "weights-c", "4o").await;
        until("what was typed", || stored()["unread"]["weights.2"] == "4o").await;
        click(page, ".weights li:first-child button").await;
        until("the row moved up", || stored()["unread"] == json!({ "weights.1": "4o" })).await;
    });
}

#[test]
fn a_choice_in_the_text_is_one_step_of_undo() {
    in_the_browser(async |page, server, key| {
        open(page, server).await;
        click(page, "[data-node='loyal']").await;
        click(page, "[data-tab='text']").await;
        let when = || draft(&server.url, key, PROGRAM)["nodes"]["loyal"]["when"].clone();
        type_in(page, "when", "contact.em").await;
        see(page, ".complete [role='option']").await;
        press(page, Key::Enter).await;
        until("the choice", || when() == "contact.email").await;
        click(page, "[data-act='Undo']").await;
        until("one step back", || when() == "contact.em").await;
        // What is selected gives way.
        see(page, "[data-field='when']").await.click().await.unwrap();
        chord(page, Key::Control, 'a').await;
        click(page, ".known-fields button").await;
        until("what was selected is gone", || {
            let when = when();
            when != "contact.em" && !when.as_str().unwrap_or_default().contains("contact.emcontact")
        })
        .await;
    });
}

/// Edits by keyboard and pointer over random programs. `EDITS` says how many there are, `SEED` which.
#[test]
fn after_random_edits_the_file_says_what_the_widgets_show() {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let (edits, seed) = (number("EDITS").unwrap_or(120), number("SEED").unwrap_or(1));
    in_the_browser(async |page, server, _| {
        let mut chance = Chance(seed);
        let (mut done, mut round) = (0, 0);
        while done < edits {
            let name = format!("random-{seed}-{round}");
            round += 1;
            let program = random_program(&mut chance, &name);
            let path = api::path::PROGRAM_DRAFT.replace("{program}", &name);
            let script = "const [path, body, done] = arguments;
                fetch(path, { method: 'PUT', body, headers: { 'content-type': 'application/json' } })
                    .then(answer => done(answer.status), error => done(String(error)));";
            let body = json!({ "program": program, "revision": 0 }).to_string();
            let status = page.execute_async(script, vec![json!(path), json!(body)]).await.unwrap();
            assert_eq!(status, 200, "{body}");
            page.goto(&format!("{}/programs/{name}", server.url)).await.unwrap();
            see(page, "[data-node='n0']").await;
            for _ in 0..2 {
                let nodes = page.find_all(Locator::Css("[data-node]")).await.unwrap();
                let node = &nodes[chance.below(nodes.len())];
                let id = node.attr("data-node").await.unwrap().unwrap();
                for _ in 0..20 {
                    edit(page, &id, &mut chance).await;
                    done += 1;
                }
            }
            let shown = shown(page).await;
            see(page, "[data-saved='true']").await;
            page.refresh().await.unwrap();
            see(page, "[data-node='n0']").await;
            let again = self::shown(page).await;
            // The canvas draws what is in sight only.
            let (again, shown) = (again.as_object().unwrap(), shown.as_object().unwrap());
            let both: Vec<_> = shown.keys().filter(|id| again.contains_key(*id)).collect();
            assert!(!both.is_empty());
            for id in both {
                assert_eq!(again[id], shown[id], "{id} of {name} after {done} edits");
            }
        }
    });
}

/// A program of any shape; the seed says which.
fn random_program(chance: &mut Chance, name: &str) -> Value {
    let seed: [u8; 32] = std::array::from_fn(|_| u8::try_from(chance.below(256)).unwrap());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let program = crate::random::program().new_tree(&mut runner).unwrap().current();
    let mut program = serde_json::to_value(program).unwrap();
    program["name"] = name.into();
    program
}

/// Numbers that follow from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

/// One edit of a node.
async fn edit(page: &Client, node: &str, chance: &mut Chance) {
    const TYPED: [&str; 26] = [
        "5",
        "1.5",
        "1,5",
        "1.234",
        "2 days",
        "36 h",
        "90 min",
        "0",
        "2 pm",
        "14:00",
        "9",
        "24.12.2026 8:00",
        "03/04/2026 9:00",
        "gold",
        "\"5\"",
        "= event.total",
        "my-field",
        "customer.name",
        "49,5o",
        "true",
        "count(",
        "event.total > 5 && event.paid",
        "%",
        "x y",
        "-3",
        "order.placed",
    ];
    // Opens the node if it is not, chooses one of what can be changed, and says what that is.
    let script = "const [node, place, done] = arguments;
        const widgets = `.inspector :is(input:not(.picker), select, textarea, .cadd button, .cparts button, .row-menu button,
            [data-act='remove-clause'], .weights button, .clauses > button, [data-tab], [data-act='offer'])`;
        const open = () => [...document.querySelectorAll(widgets)].filter(it => !it.disabled && it.offsetParent);
        const frame = () => new Promise(next => requestAnimationFrame(() => requestAnimationFrame(next)));
        (async () => {
            const card = document.querySelector(`[data-node='${node}']`);
            for (let tries = 0; tries < 40 && !open().length; tries++) {
                if (!document.querySelector('.inspector')) card?.click();
                await frame();
            }
            const found = open();
            if (!found.length) return null;
            const it = found[place % found.length];
            it.scrollIntoView({ block: 'center' });
            const kind = it.tagName === 'INPUT' && it.type === 'checkbox' ? 'BUTTON' : it.tagName;
            if (kind !== 'BUTTON') it.focus();
            if (kind === 'INPUT' || kind === 'TEXTAREA') it.select();
            return [it, kind, it.options?.length ?? 0];
        })().then(done, error => done(String(error)));";
    let place = chance.below(1 << 20);
    let found = page.execute_async(script, vec![json!(node), json!(place)]).await.unwrap();
    let Some([widget, kind, options]) = found.as_array().map(Vec::as_slice) else {
        panic!("{node} has nothing to change: {found}")
    };
    let id = widget.as_object().and_then(|it| it.values().next()).and_then(Value::as_str).unwrap().to_owned();
    let widget = Element::from_element_id(page.clone(), id.into());
    match kind.as_str() {
        Some("SELECT") => {
            // A row may go with what is chosen.
            let _ = widget.select_by_index(chance.below(options.as_u64().unwrap() as usize)).await;
        }
        Some("BUTTON") => {
            let _ = widget.click().await;
        }
        _ => {
            match chance.below(9) {
                0 => press(page, Key::Delete).await,
                _ => type_keys(page, TYPED[chance.below(TYPED.len())]).await,
            }
            // What is offered is not what is tried here; the same key closes the panel where nothing is offered.
            if page.find(Locator::Css(".complete")).await.is_ok() {
                press(page, Key::Escape).await;
            }
        }
    }
}

/// Types into what has the focus.
async fn type_keys(page: &Client, text: &str) {
    let keys = text.chars().fold(KeyActions::new("keys".into()), |keys, value| {
        keys.then(KeyAction::Down { value }).then(KeyAction::Up { value })
    });
    page.perform_actions(keys).await.unwrap();
}

/// What the widgets of all nodes show.
async fn shown(page: &Client) -> Value {
    let script = "const done = arguments[arguments.length - 1];
        const frame = () => new Promise(next => requestAnimationFrame(() => requestAnimationFrame(next)));
        (async () => {
            const all = {};
            document.activeElement?.blur();
            for (const id of [...document.querySelectorAll('[data-node]')].map(node => node.dataset.node).sort()) {
                document.querySelector(`[data-node='${id}']`).click();
                await frame();
                const read = () => [...document.querySelectorAll('.inspector :is(input, select, textarea, [aria-pressed])')].map(it => [
                    it.dataset.field ?? it.dataset.act, it.type === 'checkbox' ? it.checked : it.ariaPressed ?? it.value, it.classList.contains('wrong')
                ].join(' | '));
                const seen = [];
                for (const name of document.querySelector('[data-tab]') ? ['text', 'rows'] : ['']) {
                    if (name) document.querySelector(`[data-tab='${name}']`).click();
                    await frame();
                    seen.push(...read());
                }
                seen.push(document.querySelector('.side-panel h2').textContent);
                all[id] = seen;
            }
            return all;
        })().then(done, error => done(String(error)));";
    page.execute_async(script, Vec::new()).await.unwrap()
}

/// Types over what a field holds.
pub(super) async fn type_in(page: &Client, field: &str, text: &str) {
    let widget = see(page, &format!(".side-panel [data-field='{field}']")).await;
    widget.click().await.unwrap();
    chord(page, Key::Control, 'a').await;
    match text {
        "" => press(page, Key::Delete).await,
        text => widget.send_keys(text).await.unwrap(),
    }
}

async fn value(page: &Client, field: &str) -> String {
    let widget = see(page, &format!(".side-panel [data-field='{field}']")).await;
    widget.prop("value").await.unwrap().unwrap_or_default()
}

/// Waits until something is said about what cannot be read.
async fn unread(page: &Client, words: &str) {
    let path = format!("//aside//*[contains(@class, 'unread')]//p[contains(., '{words}')]");
    let found = page.wait().at_most(PATIENCE).for_element(Locator::XPath(&path)).await;
    found.unwrap_or_else(|error| panic!("\"{words}\": {error}"));
}
