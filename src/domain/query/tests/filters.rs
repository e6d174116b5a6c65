//! Attribute filters: every operator in every form, and the traps of TMF630.

use super::*;
use crate::domain::descriptor::Scalar;
use crate::domain::problem::Code;

#[track_caller]
fn check(cases: &[(&str, bool)]) {
    let doc = offering();
    for (query, expected) in cases {
        assert_eq!(filter(query).matches(&doc), *expected, "{query}");
    }
}

#[test]
fn equality_in_each_form() {
    check(&[
        ("lifecycleStatus=Active", true),
        ("lifecycleStatus=active", false),
        ("lifecycleStatus.eq=Active", true),
        ("lifecycleStatus==Active", true),
        ("lifecycleStatus%3D%3DActive", true),
        ("lifecycleStatus%3D%3DRetired", false),
        ("lifecycleStatus%3DActive", true),
        ("lifecycleStatus=%3DActive", false),
        ("lifecycleStatus.ne=Active", false),
        ("lifecycleStatus!=Active", false),
        ("lifecycleStatus%21%3DRetired", true),
        ("lifecycleStatus!%3DRetired", true),
        ("description=", false),
        ("tag=fast", true),
        ("tag=slow", false),
    ]);
}

#[test]
fn quotes_are_taken_off() {
    check(&[
        ("lifecycleStatus=%22Active%22", true),
        ("lifecycleStatus=\"Active\"", true),
        ("lifecycleStatus='Active'", true),
        ("lifecycleStatus=%27Active%27", true),
        ("isBundle=%22true%22", true),
        ("weight=%222.50%22", true),
        ("name=%22Fiber,+1+Gbit/s%22", true),
        ("name=%22Fiber%2C%201%20Gbit%2Fs%22,other", true),
        ("lifecycleStatus=%22Active", false),
    ]);
}

#[test]
fn comma_semicolon_and_repetition_mean_or() {
    check(&[
        ("lifecycleStatus=Retired,Active", true),
        ("lifecycleStatus=Retired,+Active", true),
        ("lifecycleStatus=Retired;lifecycleStatus=Active", true),
        ("lifecycleStatus=Retired&lifecycleStatus=Active", true),
        ("lifecycleStatus=Retired&lifecycleStatus.eq=Active", true),
        ("lifecycleStatus=Retired,Obsolete", false),
        ("lifecycleStatus=Active&name=none", false),
        ("limit.gt=9&limit.gt=4", true),
        ("limit.gt=4&limit.lt=5", false),
        ("limit.gt=4&limit.lt=6", true),
        ("name=Fiber%2C+1+Gbit/s", true),
        ("name=Fiber,+1+Gbit/s", false),
        ("lifecycleStatus.in=Retired%2CActive", true),
        ("lifecycleStatus.in=Retired,Active", true),
        ("lifecycleStatus.in=Retired", false),
        ("lifecycleStatus.nin=Retired,Active", false),
        ("lifecycleStatus.nin=Retired,Obsolete", true),
        ("lifecycleStatus.ne=Retired,Active", false),
        (
            "lifecycleStatus.ne=Retired&lifecycleStatus.ne=Active",
            false,
        ),
        ("name=%22a;b%22;name.startswith=Fiber", false),
    ]);
}

#[test]
fn orders_by_type() {
    check(&[
        ("limit.gt=4", true),
        ("limit.gt=10", false),
        ("limit%3E4", true),
        ("limit>4", true),
        ("limit>=5", true),
        ("limit%3E%3D5", true),
        ("limit%3E=6", false),
        ("limit.gte=5", true),
        ("limit.lt=5", false),
        ("limit%3C5", false),
        ("limit<6", true),
        ("limit.lte=5", true),
        ("limit%3C%3D4", false),
        ("limit<=5.0", true),
        ("limit.eq=5", true),
        ("limit.eq=50e-1", true),
        ("weight=2.5", true),
        ("weight=2.500", true),
        ("weight.gt=2.4999999999999999999999999999999999", true),
        ("weight.lt=2.5000000000000000000000000000000001", true),
        ("description.gt=40", true),
        ("isBundle=true", true),
        ("isBundle=TRUE", true),
        ("isBundle.ne=false", true),
    ]);
}

#[test]
fn dates_are_instants() {
    check(&[
        ("lastUpdate=2024-05-01T08:00:00Z", true),
        ("lastUpdate=2024-05-01T04:00:00.000-04:00", true),
        ("lastUpdate=2024-05-01T10:00:00%2B02:00", true),
        ("lastUpdate=2024-05-01T10:00:00+02:00", true),
        ("lastUpdate=2024-05-01T10:00:00%2B0200", true),
        ("lastUpdate=2024-05-01T08:00:00", true),
        ("lastUpdate.gt=2024-05-01T09:00:00Z", false),
        ("lastUpdate%3E2013-04-20", true),
        ("lastUpdate.lt=2024-05-02", true),
        ("lastUpdate%3C%3D2024-05-01", false),
        ("validFor.startDateTime=2024-01-01", true),
        ("validFor.endDateTime.gt=2024-01-01", false),
    ]);
}

#[test]
fn patterns() {
    check(&[
        ("name.regex=%5EFiber.%2A1", true),
        ("name=~Fib", true),
        ("name%3D~%5EGbit", false),
        ("name%3D%7EGbit", true),
        ("name=%7EGbit", false),
        ("name*=F.{1,4}r", true),
        ("name%2A%3DF.{9,}", true),
        ("name%2A%3DF.{90,}", false),
        ("name.regex=(?i)fiber", true),
        ("name.like=Fiber%25", true),
        ("name.like=%25Gbit_s", true),
        ("name.like=*Gbit*", true),
        ("name.like=Fiber", false),
        ("name.like=.iber%25", false),
        ("tag.like=f_st", true),
        ("tag.like=f%5C_st", false),
        ("name.contains=1%20Gbit", true),
        ("name.contains=gbit", false),
        ("name.startswith=Fiber", true),
        ("name.startsWith=iber", false),
        ("name.endswith=/s", true),
        ("category.name.contains=ntern,xyz", true),
    ]);
}

#[test]
fn presence() {
    check(&[
        ("name", true),
        ("!name", false),
        ("statusReason", false),
        ("!statusReason", true),
        ("%21statusReason", true),
        ("statusReason.isnull=true", true),
        ("statusReason.isnull", true),
        ("statusReason.isnull=false", false),
        ("name.isnull=true", false),
        ("validFor.endDateTime.isnull=true", true),
        ("validFor", true),
        ("note.author", true),
        ("statusReason.ne=x", true),
        ("statusReason=x", false),
    ]);
}

#[test]
fn paths_pass_arrays() {
    check(&[
        ("category.id=c2", true),
        ("category.id=c3", false),
        ("category.id=c1&category.name=Home", true),
        ("category.id.ne=c1", false),
        ("note.date.gt=2024-01-15", true),
        ("relatedParty.partyOrPartyRole.id=p1", true),
        ("relatedParty.partyOrPartyRole.@type=PartyRef", true),
        ("@type=ProductOffering", true),
        ("@type.ne=ProductOffering", false),
        ("@baseType=x", false),
    ]);
}

#[test]
fn values_of_unknown_type_decide_themselves() {
    check(&[
        ("characteristic.value=1000", true),
        ("characteristic.value=1e3", true),
        ("characteristic.value.gt=999", true),
        ("characteristic.value=GPON", true),
        ("characteristic.value.lt=999", false),
        ("description=5", true),
        ("extra.deep.er.x.lt=0", false),
        ("extra.deep.er.x.gt=2013-01-01", false),
        ("characteristic.value=gpon", false),
        ("extra.deep.er.x=1.0", true),
        ("extra.deep.er.x=two", true),
        ("extra.deep.er.x.gt=tw", true),
        ("extra.deep.er.y", false),
        ("extra.deep.er.x.in=7,two", true),
        ("labels.anything=1", false),
    ]);
}

#[test]
fn names_that_look_like_operators_or_parameters() {
    check(&[
        ("in=side", true),
        ("in.in=side,x", true),
        ("limit.eq=5", true),
        ("limit>4", true),
    ]);
    let request = parse_list("limit=5&limit.eq=6", &model::OFFERING).expect("good");
    assert_eq!(request.limit, Some(5));
    assert!(!request.filter.expect("a filter").matches(&offering()));
}

#[test]
fn v4_names_become_stored_names() {
    let doc = offering();
    for (query, path, expected) in [
        ("status=Active", "lifecycleStatus", true),
        ("party.id=p1", "relatedParty.partyOrPartyRole.id", true),
        (
            "party.name.contains=Ltd",
            "relatedParty.partyOrPartyRole.name",
            true,
        ),
        ("party.role=buyer", "relatedParty.role", false),
        (
            "filter=$.party[?(@.id=='p1'%26%26@.role=='seller')]",
            "relatedParty",
            true,
        ),
    ] {
        let request = parse_list(query, &model::OFFERING_V4).expect(query);
        let filter = request.filter.expect(query);
        assert_eq!(filter.matches(&doc), expected, "{query}");
        assert!(filter.mentions(path), "{query}");
    }
    let problem =
        parse_list("lifecycleStatus=Active", &model::OFFERING_V4).expect_err("stored name");
    assert_eq!(problem.code, Code::InvalidQuery);
}

#[test]
fn polymorphic_lists_know_all_subtypes() {
    for query in ["@type=Individual", "givenName=Ann", "tradingName=Ann&id=1"] {
        assert!(parse_list(query, &model::PARTIES).is_ok(), "{query}");
    }
    assert!(parse_list("familyName=x", &model::PARTIES).is_err());
    let request = parse_list("@type=Individual", &model::PARTIES).expect("good");
    assert!(
        request
            .filter
            .expect("a filter")
            .matches(&json!({"@type": "Individual"}))
    );
}

#[test]
fn refusals_name_the_parameter() {
    for (query, name) in [
        ("nmae=x", "nmae"),
        ("category.nmae=x", "category.nmae"),
        ("name.first=x", "name.first"),
        ("category..id=x", "category..id"),
        ("=x", ""),
        (".name=x", ".name"),
        ("name.=x", "name."),
        ("lastUpdate.gt=yesterday", "lastUpdate.gt"),
        ("lastUpdate=2024-13-01", "lastUpdate"),
        ("isBundle=maybe", "isBundle"),
        ("isBundle=", "isBundle"),
        ("limit.eq=five", "limit.eq"),
        ("limit.eq=NaN", "limit.eq"),
        ("limit.eq=0x10", "limit.eq"),
        ("limit.eq=1e999999", "limit.eq"),
        ("limit>x", "limit"),
        ("category=x", "category"),
        ("category.gt=x", "category.gt"),
        ("name.regex=(", "name.regex"),
        ("name.gt>5", "name.gt"),
        ("name.gt", "name.gt"),
        ("!name.gt", "name.gt"),
        ("name.isnull=maybe", "name.isnull"),
        ("name.isnull>true", "name.isnull"),
        ("name.foo=x", "name.foo"),
        ("name=,", "name"),
        ("name=%zz", "name"),
        ("name=%4", "name"),
        ("name=%", "name"),
        ("name=%ff", "name"),
        ("name=%C3%28", "name"),
        ("limit=-1", "limit"),
        ("limit=+1", ""),
        ("limit=1.5", "limit"),
        ("limit=", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("limit=9223372036854775808", "limit"),
        ("limit=1&limit=2", "limit"),
        ("offset=x", "offset"),
        ("offset", "offset"),
        ("after=a&before=b", "before"),
        ("after=a&offset=1", "offset"),
        ("before=", "before"),
        ("sort=nmae", "sort"),
        ("sort=category", "sort"),
        ("fields=a..b", "fields"),
        ("filter=", "filter"),
    ] {
        if name.is_empty() && query.starts_with("limit") {
            // A plus is a blank, and blanks around a number do no harm.
            assert_eq!(
                parse_list(query, &model::OFFERING).expect(query).limit,
                Some(1)
            );
            continue;
        }
        let problem = refused(query);
        assert_eq!(problem.code, Code::InvalidQuery, "{query}: {problem}");
        assert_eq!(problem.violations[0].path, name, "{query}: {problem}");
    }
}

#[test]
fn optional_directives_are_not_implemented() {
    for query in ["depth=1", "expand=category"] {
        assert_eq!(refused(query).code, Code::NotImplemented, "{query}");
        let single = parse_single(query, &model::OFFERING).expect_err("accepted");
        assert_eq!(single.code, Code::NotImplemented, "{query}");
    }
}

#[test]
fn tests_carry_what_the_store_needs() {
    let filter = filter(
        "lifecycleStatus=Active,Retired&category.id=c1&lastUpdate.gt=2024-01-01&filter=$[?(@.isBundle==true)]",
    );
    let shown: Vec<_> = filter
        .conjuncts()
        .iter()
        .map(|f| match f {
            Filter::Test(t) => (t.path.dotted(), t.op, t.path.scalar, t.values.len()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("lifecycleStatus", Op::Eq, Some(Scalar::String), 2),
            ("category.id", Op::Eq, Some(Scalar::String), 1),
            ("lastUpdate", Op::Gt, Some(Scalar::DateTime), 1),
            ("isBundle", Op::Eq, Some(Scalar::Boolean), 1),
        ]
    );
    let (tests, rest) = filter.split(|t| t.path.dotted() == "category.id");
    assert_eq!(tests.len(), 1);
    let rest = rest.expect("the others");
    assert_eq!(rest.conjuncts().len(), 3);
    assert!(!rest.mentions("category") && rest.mentions("isBundle"));
}

#[test]
fn operands_can_be_rewritten() {
    let mut filter =
        filter("category.href=http://x/c1&filter=$.category[?(@.href=='http://x/c1')]");
    let mut seen = Vec::new();
    filter.operands_mut(&mut |path, operand| {
        seen.push(path.to_owned());
        operand.set_text("tollgate:category/c1".to_owned());
    });
    assert_eq!(seen, ["category.href", "category.href"]);
    assert!(filter.matches(&json!({"category": [{"href": "tollgate:category/c1"}]})));
    assert!(
        filter.mentions("category.href") && filter.mentions("category") && !filter.mentions("cat")
    );
}

#[test]
fn an_empty_query_asks_for_nothing() {
    for query in ["", "&", "&&;", "fields="] {
        let request = parse_list(query, &model::OFFERING).expect(query);
        assert_eq!(request, ListRequest::default(), "{query}");
    }
}
