//! Tables: real ones, with a caption and headings. On narrow screens each row becomes a card, whose cells say what they are.
#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]

use leptos::prelude::*;

/// In which order a column is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The smallest first.
    Up,
    /// The greatest first.
    Down,
}

/// A column of a [`Table`].
#[derive(Clone, Debug)]
pub struct Column {
    label: String,
    sort: Option<String>,
    order: Option<Order>,
    names_row: bool,
    number: bool,
    unseen: bool,
}

impl Column {
    /// A column called `label`.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), sort: None, order: None, names_row: false, number: false, unseen: false }
    }

    /// The cells of this column name their rows.
    #[must_use]
    pub fn names_row(mut self) -> Self {
        self.names_row = true;
        self
    }

    /// Its cells are numbers, set flush right.
    #[must_use]
    pub fn number(mut self) -> Self {
        self.number = true;
        self
    }

    /// The heading is for screen readers alone: what the cells are is plain to see (boxes to tick, buttons).
    #[must_use]
    pub fn unseen(mut self) -> Self {
        self.unseen = true;
        self
    }

    /// The heading is a link to `href`, which sorts by this column; `order`: how it is sorted now, if it is.
    #[must_use]
    pub fn sorts(mut self, href: impl Into<String>, order: Option<Order>) -> Self {
        (self.sort, self.order) = (Some(href.into()), order);
        self
    }

    fn heading(&self) -> AnyView {
        let aria = self.order.map(|order| if order == Order::Up { "ascending" } else { "descending" });
        let class = self.number.then_some("number");
        let label = self.label.clone();
        let inside = match (&self.sort, self.unseen) {
            (Some(href), _) => view! { <a href=href.clone()>{label}</a> }.into_any(),
            (None, true) => view! { <span class="unseen">{label}</span> }.into_any(),
            (None, false) => label.into_any(),
        };
        view! { <th scope="col" class=class aria-sort=aria>{inside}</th> }.into_any()
    }

    fn cell(&self, inside: AnyView) -> AnyView {
        let class = self.number.then_some("number");
        let label = (!self.unseen).then(|| self.label.clone());
        if self.names_row {
            return view! { <th scope="row" data-label=label>{inside}</th> }.into_any();
        }
        view! { <td class=class data-label=label>{inside}</td> }.into_any()
    }
}

/// A table.
#[component]
pub fn Table(
    /// What it is a table of; said to screen readers.
    #[prop(into)]
    caption: String,
    /// Its columns.
    columns: Vec<Column>,
    /// Its rows: a cell for each column.
    rows: Vec<Vec<AnyView>>,
    /// What is said when there is no row.
    #[prop(into, default = "Nothing here.".to_owned())]
    empty: String,
) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p class="quiet empty">{empty}</p> }.into_any();
    }
    let headings = columns.iter().map(Column::heading).collect_view();
    let rows = rows.into_iter().map(|cells| {
        let cells = columns.iter().zip(cells).map(|(column, cell)| column.cell(cell)).collect_view();
        view! { <tr>{cells}</tr> }
    });
    let rows = rows.collect_view();
    let label = caption.clone();
    view! {
        <div class="table" tabindex="0" role="region" aria-label=label>
            <table>
                <caption class="unseen">{caption}</caption>
                <thead><tr>{headings}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_names_its_cells_and_escapes_them() {
        let html = Owner::new_root(None).with(|| {
            let columns = vec![
                Column::new("<b>Name").names_row().sorts("/x?sort=\"", Some(Order::Down)),
                Column::new("Members").number(),
            ];
            let rows = vec![vec!["<script>".into_any(), 3.into_any()]];
            view! { <Table caption="People" columns rows/> }.to_html()
        });
        assert!(html.contains(r#"aria-sort="descending""#), "{html}");
        assert!(
            html.contains(r#"scope="row" data-label="<b>Name""#)
                || html.contains("data-label=\"&lt;b&gt;Name\""),
            "{html}"
        );
        assert!(!html.contains("<script>") && !html.contains("<a href=\"/x?sort=\"\""), "{html}");
        let none = Owner::new_root(None).with(|| {
            view! { <Table caption="People" columns=vec![Column::new("Name")] rows=Vec::new() empty="Nobody."/> }.to_html()
        });
        assert!(none.contains("Nobody.") && !none.contains("<table"), "{none}");
    }
}
