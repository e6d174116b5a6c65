//! JSONPath filters.

use super::*;
use crate::domain::problem::Code;

/// Percent-encodes what a client would.
fn query(expression: &str) -> String {
    let mut query = String::from("filter=");
    for byte in expression.bytes() {
        if byte.is_ascii_alphanumeric() {
            query.push(char::from(byte));
        } else {
            query.push_str(&format!("%{byte:02X}"));
        }
    }
    query
}

#[test]
fn decides() {
    let doc = offering();
    for (expression, expected) in [
        ("$[?(@.lifecycleStatus=='Active')]", true),
        ("[?(@.lifecycleStatus=='Active')]", true),
        ("$[?@.lifecycleStatus == \"Retired\"]", false),
        ("$[?(@.lifecycleStatus!='Retired')]", true),
        ("$[?('Active'==@.lifecycleStatus)]", true),
        ("$[?(5>@.limit)]", false),
        ("$[?(6>@.limit && @.limit>=5)]", true),
        ("$[?(@.weight==2.5)]", true),
        ("$[?(@.weight<=25e-1)]", true),
        ("$[?(@.weight>-1)]", true),
        ("$[?(@.isBundle==true)]", true),
        ("$[?(@.isBundle!=false)]", true),
        ("$[?(@.lastUpdate>'2024-01-01')]", true),
        ("$[?(@.lastUpdate<'2024-05-01T10:00:00+03:00')]", false),
        ("$[?(@.statusReason==null)]", true),
        ("$[?(null!=@.name)]", true),
        ("$[?(@.name)]", true),
        ("$[?(!@.name)]", false),
        ("$[?(!(@.limit==5) || @.in=='side')]", true),
        ("$[?(@.limit==5 && (@.in=='x' || @.in=='y'))]", false),
        ("$[?(@.limit==6 && @.in=='x' || @.in=='side')]", true),
        ("$[?(@.name =~ '^Fiber')]", true),
        ("$[?(@.name=~/FIBER/i)]", true),
        ("$[?(@.name=~/Gbit\\/s$/)]", true),
        ("$[?(@.name=~'/FIBER/i')]", true),
        ("$[?(@.name=~/FIBER/)]", false),
        ("$[?(@.note[?(@.author=='Ann' && @.text=='good')])]", true),
        ("$[?(@.note[?(@.author=='Ann' && @.text=='bad')])]", false),
        ("$[?(@.note.author=='Ann' && @.note.text=='bad')]", true),
        ("$[?(@.note[*].author=='Bob')]", true),
        ("$[?(!@.note[?(@.author=='Zoe')])]", true),
        ("$[?(@.note[?(@.author=='Ann')].text=='bad')]", false),
        ("$[?(@.note[?(@.author=='Bob')].text=='bad')]", true),
        ("$.note[?(@.author=='Ann')]", true),
        ("note[?(@.author=='Ann')]", true),
        (".note[?(@.author=='Zoe')]", false),
        ("$.note[?(@.author=='Ann')].text", true),
        ("$[?(@.limit==5)].note[?(@.author=='Ann')]", true),
        ("$[?(@.limit==6)].note[?(@.author=='Ann')]", false),
        ("$['note'][?(@['author']=='Ann')]", true),
        ("$[?(@.@type=='ProductOffering')]", true),
        ("$[?(@['@type']=='ProductOffering')]", true),
        (
            "$[?(@.characteristic[?(@.name=='speed' && @.value==1000)])]",
            true,
        ),
        (
            "$[?(@.characteristic[?(@.name=='speed' && @.value=='1000')])]",
            false,
        ),
        (
            "$[?(@.characteristic[?(@.name=='technology' && @.value=='GPON')])]",
            true,
        ),
        (
            "$[?(@.characteristic[?(@.name=='technology' && @.value>10)])]",
            false,
        ),
        (
            "$[?(@.characteristic[?(@.name=='symmetric' && @.value==false)])]",
            true,
        ),
        ("$[?(@.tag[?(@=='fast')])]", true),
        ("$[?(@.tag[?(@=='slow')])]", false),
        ("$[?(@.extra.deep.er[?(@.x=='two')])]", true),
        ("$[?(length(@.note)==2)]", true),
        ("$[?(length(@.note)>2)]", false),
        ("$[?(2<=length(@.note))]", true),
        ("$[?(length(@.in)==4)]", true),
        ("$[?(min(@.characteristic.value)==1000)]", true),
        ("$[?(max(@.characteristic.value)<1000)]", false),
        ("$[?(@.description=='it\\'s; \\u00e9')]", false),
        ("  $[?( @.limit   ==  5 ) ]  ", true),
        ("$.validFor.startDateTime", true),
        ("$.validFor.endDateTime", false),
        ("$", true),
    ] {
        let request = match parse_list(&query(expression), &model::OFFERING) {
            Ok(request) => request,
            Err(problem) => panic!("{expression}: {problem}"),
        };
        let decided = request.filter.is_none_or(|f| f.matches(&doc));
        assert_eq!(decided, expected, "{expression}");
    }
}

#[test]
fn unencoded_expressions_keep_their_ampersands_and_semicolons() {
    let doc = offering();
    let raw = "limit=3&filter=$[?(@.limit==5&&@.in=='side'&&@.name!='a;b')]&lifecycleStatus=Active";
    let request = parse_list(raw, &model::OFFERING).expect(raw);
    assert_eq!(request.limit, Some(3));
    let filter = request.filter.expect("a filter");
    assert_eq!(filter.conjuncts().len(), 4);
    assert!(filter.matches(&doc));
}

#[test]
fn several_filters_are_anded() {
    let doc = offering();
    let raw = format!(
        "{}&{}",
        query("$[?(@.limit==5)]"),
        query("$[?(@.limit==6)]")
    );
    assert!(!filter(&raw).matches(&doc));
    let raw = format!("{}&name.contains=Fiber", query("$[?(@.limit==5)]"));
    assert!(filter(&raw).matches(&doc));
}

#[test]
fn invalid_expressions_tell_where() {
    for (expression, place) in [
        ("$[", Some(3)),
        ("$[?(@.limit==5)", Some(16)),
        ("$[?(@.limit==5]", Some(15)),
        ("$[?(@.limit=5)]", Some(12)),
        ("$[?(@.limit==)]", Some(14)),
        ("$[?()]", Some(5)),
        ("$[?(@.name=='x)]", Some(17)),
        ("$[?(@.name=='\\q')]", None),
        ("$[?(@.name=='\\ud800')]", None),
        ("$[?(@.limit==5 & @.in=='x')]", Some(16)),
        ("$[?(@.limit==5 &&)]", Some(18)),
        ("$[?(@.)]", Some(7)),
        ("$[?(@.limit==5)] x", Some(18)),
        ("nonsense (", Some(10)),
        ("status=='x'", None),
        ("$[?(@.nmae=='x')]", None),
        ("$[?(@.note[?(@.nmae=='x')])]", None),
        ("$[?(@.limit=='five')]", None),
        ("$[?(@.isBundle=='maybe')]", None),
        ("$[?(@.lastUpdate>'yesterday')]", None),
        ("$[?(@.name=~'(')]", None),
        ("$[?(@.name=~5)]", None),
        ("$[?(@.name==/x/)]", None),
        ("$[?(@.name>null)]", None),
        ("$[?(@.note=='x')]", None),
        ("$[?(@.limit==1.2.3)]", None),
        ("$[?(5)]", None),
        ("$[?(length(@.note))]", None),
        ("$[?(length(5)==1)]", None),
        ("$[?(length(@.note)=='2')]", None),
        ("?(@.a)", Some(1)),
    ] {
        let problem = refused(&query(expression));
        assert_eq!(problem.code, Code::InvalidQuery, "{expression}: {problem}");
        assert_eq!(problem.violations[0].path, "filter", "{expression}");
        if let Some(place) = place {
            let text = format!("at character {place}");
            assert!(problem.message.ends_with(&text), "{expression}: {problem}");
        }
    }
}

#[test]
fn valid_but_unsupported_is_501() {
    for expression in [
        "$..name",
        "$[?(@..name=='x')]",
        "$.*",
        "$[0]",
        "$[?(@.note[0].author=='x')]",
        "$[?(@.note[-1:].author=='x')]",
        "$[?(@.note[0:2].author=='x')]",
        "$['name','limit']",
        "$[(@.length-1)]",
        "$[?(@.name==@.description)]",
        "$[?(@.name==$.description)]",
        "$[?('a'=='a')]",
        "$[?(avg(@.weight)>1)]",
        "$[?(stddev(@.weight)>1)]",
        "$[?(@.note.length()>1)]",
        "$[?(@.name in ['a','b'])]",
        "$[?(@.name=~/x/s)]",
        "$[?(length(@.note[?(@.author=='x')])>1)]",
    ] {
        let problem = refused(&query(expression));
        assert_eq!(
            problem.code,
            Code::NotImplemented,
            "{expression}: {problem}"
        );
    }
}
