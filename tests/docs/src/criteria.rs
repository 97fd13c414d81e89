//! The criteria of a step as tables: each by its name, and the hint that a server gets that doesn't meet it.
//!
//! A criterion may have several hints. The one that says most is taken; the more criteria share a hint, the less it says of
//! each.

use std::collections::BTreeMap;
use std::fmt::Write;

use rules::{steps, text};
use steps::facts::{Facts, OWN};
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprCall, ExprMethodCall, FnArg, Item, ItemFn, ItemMod, Lit, Local, Meta, Pat};

/// The tables of a step, one for each group. Groups that an earlier step has are only named.
///
/// # Errors
/// The step has no criteria, or their sources can't be read.
pub fn tables(step: &str) -> Result<String, String> {
    let mut tables = String::new();
    let mut known = Vec::new();
    let groups = groups(step)?;
    let all: Vec<&Criterion> = groups.iter().flat_map(|group| &group.criteria).collect();
    for group in &groups {
        match earlier(step, &group.file)? {
            Some(earlier) => known.push(format!("**{}** ({})", group.name, &earlier[..2])),
            None => write!(tables, "\n{}", group.table(&all)).expect("memory takes it"),
        }
    }
    if !known.is_empty() {
        write!(tables, "\nAs in the steps before: {}.\n", known.join(", ")).expect("memory takes it");
    }
    Ok(tables)
}

/// The first of the steps before that takes in this file.
fn earlier(step: &str, file: &str) -> Result<Option<String>, String> {
    for earlier in steps().into_iter().take_while(|earlier| earlier != step) {
        if groups(&earlier)?.iter().any(|known| known.file == file) {
            return Ok(Some(earlier));
        }
    }
    Ok(None)
}

/// Criteria that stand together in a file or a module.
struct Group {
    name: String,
    file: String,
    /// What its file says of it.
    about: String,
    criteria: Vec<Criterion>,
}

struct Criterion {
    name: String,
    /// The only system that it is compiled on.
    system: Option<&'static str>,
    hints: Vec<String>,
}

impl Group {
    fn only_on(mut self, system: Option<&'static str>) -> Self {
        for criterion in &mut self.criteria {
            criterion.system = criterion.system.or(system);
        }
        self
    }

    fn table(&self, all: &[&Criterion]) -> String {
        let mut table =
            format!("**{}** · {}\n\n| criterion | hint |\n| --- | --- |\n", self.name, self.about);
        for criterion in &self.criteria {
            let name = criterion.name.replace('_', " ");
            let system = criterion.system.map(|system| format!(" ({system})")).unwrap_or_default();
            let hint = criterion.hint(all).replace('|', "\\|").replace('<', "&lt;").replace("--", "\\-\\-");
            writeln!(table, "| {name}{system} | {hint} |").expect("memory takes it");
        }
        table
    }
}

impl Criterion {
    fn hint(&self, all: &[&Criterion]) -> &str {
        let says = |hint: &String| {
            let holders = all.iter().filter(|other| other.hints.contains(hint)).count();
            hint.len() * 1000 / holders
        };
        self.hints.iter().max_by_key(|hint| says(hint)).map_or("", String::as_str)
    }
}

/// Those of the files that a step's file takes in, and its own.
fn groups(step: &str) -> Result<Vec<Group>, String> {
    let own_file = format!("tests/{step}.rs");
    let own = parse(&own_file)?;
    let mut groups = Vec::new();
    for module in modules(&own.items) {
        if let Some(path) = module.attrs.iter().find_map(|attribute| text_of(attribute, "path")) {
            let path = format!("tests/{path}");
            let file = parse(&path)?;
            let name = module.ident.to_string();
            let system = system(&module.attrs);
            collect(&mut groups, &name, &path, (&file.attrs, &file.items), &Known::default(), system);
        }
    }
    collect(&mut groups, step, &own_file, (&own.attrs, &own.items), &Known::default(), None);
    for group in &mut groups {
        let within = group.name.strip_prefix(&format!("{step}::")).map(str::to_owned);
        group.name = within.unwrap_or_else(|| group.name.clone());
    }
    let facts = step.parse().map_err(anyhow::Error::msg).and_then(|step| Facts::of(&step));
    let facts = facts.map_err(|error| format!("{error:#}"))?;
    groups.sort_by_key(|group| facts.place(if group.name == step { OWN } else { &group.name }));
    Ok(groups)
}

/// Those of a module, then those of the modules within it.
fn collect(
    groups: &mut Vec<Group>,
    name: &str,
    file: &str,
    (attributes, items): (&[Attribute], &[Item]),
    known: &Known,
    only_on: Option<&'static str>,
) {
    let known = known.clone().and(items);
    groups.extend(group(name, file, attributes, items, &known).map(|group| group.only_on(only_on)));
    for module in modules(items) {
        if let Some((_, items)) = &module.content {
            let name = format!("{name}::{}", module.ident);
            let only_on = system(&module.attrs).or(only_on);
            collect(groups, &name, file, (&module.attrs, items), &known, only_on);
        }
    }
}

fn parse(file: &str) -> Result<syn::File, String> {
    syn::parse_file(&text(file)).map_err(|error| format!("{file}: {error}"))
}

fn modules(items: &[Item]) -> impl Iterator<Item = &ItemMod> {
    items.iter().filter_map(|item| if let Item::Mod(module) = item { Some(module) } else { None })
}

/// The criteria among these items; nothing if there are none.
fn group(name: &str, file: &str, attributes: &[Attribute], items: &[Item], known: &Known) -> Option<Group> {
    let about: Vec<String> = attributes.iter().filter_map(|attribute| text_of(attribute, "doc")).collect();
    let about = about.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    let about = about.split_inclusive(". ").next().unwrap_or_default().trim().to_owned();
    let is_test = |item: &&ItemFn| item.attrs.iter().any(|attribute| attribute.path().is_ident("test"));
    let criteria: Vec<Criterion> = functions(items)
        .filter(is_test)
        .map(|item| Criterion {
            name: item.sig.ident.to_string(),
            system: system(&item.attrs),
            hints: hints(item, known),
        })
        .collect();
    (!criteria.is_empty()).then(|| Group { name: name.to_owned(), file: file.to_owned(), about, criteria })
}

/// What a criterion may name.
#[derive(Clone, Default)]
struct Known<'a> {
    /// What constants and variables hold.
    texts: BTreeMap<String, String>,
    functions: BTreeMap<String, &'a ItemFn>,
}

impl<'a> Known<'a> {
    fn and(mut self, items: &'a [Item]) -> Self {
        self.functions.extend(functions(items).map(|item| (item.sig.ident.to_string(), item)));
        for item in items {
            if let Item::Const(item) = item {
                self.texts.extend(literal(&item.expr).map(|text| (item.ident.to_string(), text)));
            }
        }
        self
    }

    /// A function that takes a hint takes it last. `greet` may be in another file.
    fn takes_a_hint(&self, function: &str) -> bool {
        let last = self.functions.get(function).and_then(|item| item.sig.inputs.last());
        let named = |pattern: &Pat| matches!(pattern, Pat::Ident(name) if name.ident == "hint");
        function == "greet" || matches!(last, Some(FnArg::Typed(argument)) if named(&argument.pat))
    }
}

fn functions(items: &[Item]) -> impl Iterator<Item = &ItemFn> {
    items.iter().filter_map(|item| if let Item::Fn(item) = item { Some(item) } else { None })
}

/// `#[doc = "..."]`, which is what a comment `///` is, and `#[path = "..."]`.
fn text_of(attribute: &Attribute, name: &str) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident(name) => literal(&pair.value),
        _ => None,
    }
}

fn system(attributes: &[Attribute]) -> Option<&'static str> {
    let condition = attributes.iter().find(|attribute| attribute.path().is_ident("cfg"))?;
    let Meta::List(list) = &condition.meta else { return None };
    let words = list.tokens.to_string();
    [("linux", "Linux"), ("unix", "Unix")]
        .into_iter()
        .find(|(word, _)| words.contains(word))
        .map(|(_, name)| name)
}

fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(expression) => match &expression.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        Expr::Reference(reference) => literal(&reference.expr),
        _ => None,
    }
}

/// The hints of a criterion, and of the functions that it calls.
fn hints(item: &ItemFn, known: &Known) -> Vec<String> {
    let mut search = Search { known: known.clone(), found: Vec::new(), calls: Vec::new() };
    search.visit_item_fn(item);
    let called = search.calls.iter().filter_map(|name| known.functions.get(name));
    let theirs: Vec<String> = called.flat_map(|item| hints(item, known)).collect();
    [search.found, theirs].concat()
}

struct Search<'a> {
    known: Known<'a>,
    found: Vec<String>,
    calls: Vec<String>,
}

impl Search<'_> {
    fn note(&mut self, argument: Option<&Expr>) {
        let hint = argument.and_then(|argument| match argument {
            Expr::Path(path) => self.known.texts.get(&path.path.get_ident()?.to_string()).cloned(),
            other => literal(other),
        });
        self.found.extend(hint);
    }
}

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_local(&mut self, local: &'ast Local) {
        if let (Pat::Ident(name), Some(value)) = (&local.pat, &local.init) {
            self.known.texts.extend(literal(&value.expr).map(|text| (name.ident.to_string(), text)));
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        if call.method == "or_hint" {
            self.note(call.args.last());
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        visit::visit_expr_call(self, call);
        let Expr::Path(function) = &*call.func else { return };
        let Some(name) = function.path.get_ident().map(ToString::to_string) else { return };
        if self.known.takes_a_hint(&name) {
            self.note(call.args.last());
        }
        self.calls.push(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_criterion_has_its_hint() {
        for step in steps() {
            let tables = tables(&step).unwrap();
            assert!(tables.contains("| criterion | hint |\n| --- | --- |\n"), "{step}:\n{tables}");
            assert!(!tables.contains("|  |"), "a hint is missing, {step}:\n{tables}");
        }
    }

    #[test]
    fn what_an_earlier_step_has_is_only_named() {
        let tables = tables("02_threaded").unwrap();
        let row = "| a silent client does not hold up another | accept() must go on";
        assert!(tables.contains(row), "{tables}");
        assert!(!tables.contains("a line comes back"), "{tables}");
        assert!(tables.contains("**bytes** (01)"), "{tables}");
        // A group of the same name is another.
        assert!(super::tables("08_bonus_binary").unwrap().contains("**together** ·"));
    }
}
