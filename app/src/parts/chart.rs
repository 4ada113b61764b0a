//! Charts: drawn on the server as SVG, with the same figures in a table beside them. Colours are custom properties, so that
//! they follow light and dark; the space is reserved, so that nothing jumps. The shapes stretch, the words do not.

use super::surfaces::Details;
use super::table::{Column, Table};
use leptos::prelude::*;
use std::fmt::Write as _;

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Bars, stacked where there is more than one series.
    Bars,
    /// A line for each series.
    Lines,
}

/// Figures of one kind: a value for each label of the chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// What the figures are.
    pub name: String,
    /// The figures; negative ones are drawn as nothing.
    pub values: Vec<i64>,
}

/// The drawing's own units; the browser stretches them.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 100.0;

/// A chart with its table.
#[component]
pub fn Chart(
    /// What it shows.
    #[prop(into)]
    title: String,
    /// The sum of it in a sentence: what a reader who does not see it is told.
    #[prop(into)]
    summary: String,
    /// How it is drawn.
    #[prop(default = Look::Bars)]
    look: Look,
    /// A label for each value, in order.
    labels: Vec<String>,
    /// At most four.
    series: Vec<Series>,
) -> impl IntoView {
    let top = scale(greatest(look, &series));
    let shapes = match look {
        Look::Bars => bars(&labels, &series, top),
        Look::Lines => lines(&series, top),
    };
    let legend = (series.len() > 1).then(|| {
        let names = series.iter().enumerate();
        let names =
            names.map(|(place, one)| view! { <li class=format!("series-{place}")>{one.name.clone()}</li> });
        view! { <ul class="legend">{names.collect_view()}</ul> }
    });
    let ends = [labels.first(), labels.get(labels.len() / 2), labels.last()].map(Option::<&String>::cloned);
    let drawing = view! {
        <svg
            class="plot" viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="img"
            aria-label=format!("{title}: {summary}") inner_html=shapes
        ></svg>
    };
    view! {
        <figure class="chart">
            <figcaption><strong>{title.clone()}</strong>" "<span class="quiet">{summary}</span></figcaption>
            {legend}
            <div class="axes">
                <div class="axis-y" aria-hidden="true"><span>{top}</span><span>{top / 2}</span><span>"0"</span></div>
                {drawing}
                <div class="axis-x" aria-hidden="true">{ends.into_iter().flatten().map(|end| view! { <span>{end}</span> }).collect_view()}</div>
            </div>
            <Details summary="The figures">{figures(title, labels, &series)}</Details>
        </figure>
    }
}

/// The same figures as a table.
fn figures(title: String, labels: Vec<String>, series: &[Series]) -> impl IntoView + use<> {
    let mut columns = vec![Column::new("When").names_row()];
    columns.extend(series.iter().map(|one| Column::new(one.name.clone()).number()));
    let rows = labels.into_iter().enumerate().map(|(place, label)| {
        let values = series.iter().map(|one| one.values.get(place).copied().unwrap_or(0).into_any());
        std::iter::once(label.into_any()).chain(values).collect()
    });
    let rows = rows.collect::<Vec<_>>();
    view! { <Table caption=title columns rows/> }
}

fn greatest(look: Look, series: &[Series]) -> i64 {
    let most = series.iter().map(|one| one.values.len()).max().unwrap_or(0);
    let at = |place: usize| series.iter().map(move |one| one.values.get(place).copied().unwrap_or(0).max(0));
    let height = |place| match look {
        Look::Bars => at(place).sum::<i64>(),
        Look::Lines => at(place).max().unwrap_or(0),
    };
    (0..most).map(height).max().unwrap_or(0)
}

/// The least even number of 2, 4, 6, 10, 20, 40, 60, 100, … that is not below `greatest`: half of it is a whole number.
fn scale(greatest: i64) -> i64 {
    let mut step = 1_i64;
    loop {
        for top in [2, 4, 6] {
            if greatest <= step.saturating_mul(top) {
                return step.saturating_mul(top);
            }
        }
        if step > i64::MAX / 100 {
            return i64::MAX;
        }
        step *= 10;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a drawing does not need the last digit")]
fn share(value: i64, top: i64) -> f64 {
    value.max(0) as f64 / top as f64 * HEIGHT
}

#[expect(clippy::cast_precision_loss, reason = "charts have at most some hundred values")]
fn across(place: usize, count: usize) -> f64 {
    place as f64 / count.max(1) as f64 * WIDTH
}

fn bars(labels: &[String], series: &[Series], top: i64) -> String {
    let mut shapes = String::new();
    let width = across(1, labels.len()) * 0.8;
    for (place, label) in labels.iter().enumerate() {
        let mut floor = HEIGHT;
        for (kind, one) in series.iter().enumerate() {
            let value = one.values.get(place).copied().unwrap_or(0);
            let height = share(value, top);
            if height <= 0.0 {
                continue;
            }
            floor -= height;
            let x = across(place, labels.len()) + width / 8.0;
            let words = escape(&format!("{label}: {value} {}", one.name));
            // Writing to a string cannot fail.
            let _ = write!(
                shapes,
                r#"<rect class="series-{kind}" x="{x:.1}" y="{floor:.2}" width="{width:.1}" height="{height:.2}"><title>{words}</title></rect>"#
            );
        }
    }
    shapes
}

fn lines(series: &[Series], top: i64) -> String {
    let mut shapes = String::new();
    for (kind, one) in series.iter().enumerate() {
        let steps = one.values.len().saturating_sub(1);
        let points =
            one.values.iter().enumerate().map(|(place, value)| {
                format!("{:.1},{:.2}", across(place, steps), HEIGHT - share(*value, top))
            });
        let points = points.collect::<Vec<_>>().join(" ");
        let _ = write!(shapes, r#"<polyline class="series-{kind}" points="{points}"/>"#);
    }
    shapes
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, values: &[i64]) -> Series {
        Series { name: name.to_owned(), values: values.to_vec() }
    }

    #[test]
    fn the_axis_ends_above_the_greatest_value_at_an_even_number() {
        for (greatest, top) in
            [(0, 2), (2, 2), (3, 4), (5, 6), (7, 20), (20, 20), (41, 60), (61, 200), (i64::MAX, i64::MAX)]
        {
            assert_eq!(scale(greatest), top, "{greatest}");
        }
        let two = [series("a", &[1, 5]), series("b", &[9])];
        assert_eq!((greatest(Look::Bars, &two), greatest(Look::Lines, &two)), (10, 9));
        assert_eq!(greatest(Look::Bars, &[]), 0);
    }

    #[test]
    fn every_figure_is_drawn_and_told_and_hostile_names_stay_text() {
        let html = Owner::new_root(None).with(|| {
            let labels = vec!["Mon".to_owned(), "Tue".to_owned()];
            let series = vec![series("<script>", &[1, 3]), series("failed", &[0, 4])];
            view! { <Chart title="Sign-ins" summary="8 in all." labels series/> }.to_html()
        });
        assert_eq!(html.matches("<rect").count(), 3, "nothing is drawn for none: {html}");
        assert!(html.contains("<title>Tue: 4 failed</title>"), "{html}");
        assert!(html.contains("<table") && html.contains("The figures"), "{html}");
        assert!(!html.contains("<script>"), "{html}");
    }
}
