//! Widgets of the inspector in a real browser. What they are set to is in the draft; what cannot be read stays in its field
//! with its reason, and the draft keeps both it and the value before.

use fantoccini::{Client, Locator, key::Key};
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

/// Edits by keyboard and pointer over steps that are added at random. `EDITS` says how many there are.
#[test]
fn after_random_edits_the_file_says_what_the_widgets_show() {
    let edits: usize = std::env::var("EDITS").ok().and_then(|edits| edits.parse().ok()).unwrap_or(120);
    in_the_browser(async |page, server, _| {
        let mut chance = Chance(std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1));
        let mut done = 0;
        while done < edits {
            open(page, server).await;
            let kinds = [
                "wait",
                "condition",
                "wait_window",
                "wait_until",
                "split",
                "update_contact",
                "wait_for_event",
                "loyalty_invite",
            ];
            for _ in 0..2 {
                let pluses = page.find_all(Locator::Css(".plus")).await.unwrap();
                pluses[chance.below(pluses.len())].click().await.unwrap();
                click(page, &format!("[data-choice='{}']", kinds[chance.below(kinds.len())])).await;
                see(page, ".inspector").await;
                for _ in 0..15 {
                    edit(page, &mut chance).await;
                    done += 1;
                }
            }
            let shown = shown(page).await;
            see(page, "[data-saved='true']").await;
            page.refresh().await.unwrap();
            see(page, "[data-node='placed']").await;
            let again = self::shown(page).await;
            // The canvas draws what is in sight only.
            let (again, shown) = (again.as_object().unwrap(), shown.as_object().unwrap());
            let both: Vec<_> = shown.keys().filter(|id| again.contains_key(*id)).collect();
            assert!(both.len() > 2, "{both:?}");
            for id in both {
                assert_eq!(again[id], shown[id], "{id} after {done} edits");
            }
        }
    });
}

/// Numbers that follow from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

/// One edit of the node that is open.
async fn edit(page: &Client, chance: &mut Chance) {
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
    let widgets = ".inspector :is(input:not(.picker), select, textarea, .cadd button, .cparts button, [data-act='remove-clause'], \
                   .weights button, .clauses > button, [data-tab])";
    let found = page.find_all(Locator::Css(widgets)).await.unwrap();
    let mut open = Vec::new();
    for widget in found {
        if widget.is_enabled().await.unwrap_or(false) && widget.is_displayed().await.unwrap_or(false) {
            open.push(widget);
        }
    }
    let widget = &open[chance.below(open.len())];
    // A row may have gone with the edit before.
    let Ok(tag) = widget.tag_name().await else { return };
    match (tag.as_str(), widget.attr("type").await.ok().flatten().as_deref()) {
        ("select", _) => {
            let options = widget.find_all(Locator::Css("option")).await.unwrap();
            let at = chance.below(options.len());
            let _ = widget.select_by_index(at).await;
        }
        ("button", _) | (_, Some("checkbox")) => {
            let _ = widget.click().await;
        }
        _ => {
            page.execute("arguments[0].focus()", vec![serde_json::to_value(widget).unwrap()]).await.unwrap();
            chord(page, Key::Control, 'a').await;
            match chance.below(9) {
                0 => press(page, Key::Delete).await,
                _ => {
                    for c in TYPED[chance.below(TYPED.len())].chars() {
                        press(page, c).await;
                    }
                }
            }
            press(page, Key::Escape).await;
        }
    }
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
async fn type_in(page: &Client, field: &str, text: &str) {
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
