//! The generated schema files, inside the program. A test compares the list with the folder.

use crate::domain::descriptor::ApiVersion;

macro_rules! files {
    ($($api:literal $version:ident $file:literal;)+) => {
        &[$((
            $api,
            ApiVersion::$version,
            include_str!(concat!("../../../schemas/", $api, "/", $file, ".json")),
        )),+]
    };
}

const FILES: &[(&str, ApiVersion, &str)] = files! {
    "TMF620" V4 "v4";
    "TMF620" V5 "v5";
    "TMF621" V4 "v4";
    "TMF621" V5 "v5";
    "TMF622" V4 "v4";
    "TMF622" V5 "v5";
    "TMF629" V4 "v4";
    "TMF629" V5 "v5";
    "TMF632" V4 "v4";
    "TMF632" V5 "v5";
    "TMF633" V4 "v4";
    "TMF635" V4 "v4";
    "TMF635" V5 "v5";
    "TMF637" V4 "v4";
    "TMF637" V5 "v5";
    "TMF638" V4 "v4";
    "TMF638" V5 "v5";
    "TMF641" V4 "v4";
    "TMF641" V5 "v5";
    "TMF654" V4 "v4";
    "TMF666" V4 "v4";
    "TMF666" V5 "v5";
    "TMF669" V4 "v4";
    "TMF669" V5 "v5";
    "TMF676" V4 "v4";
    "TMF677" V4 "v4";
    "TMF677" V5 "v5";
    "TMF678" V4 "v4";
    "TMF678" V5 "v5";
    "TOLLGATE" V5 "v5";
};

/// The schemas that come with the program for extended types, by file name.
pub(super) const EXTENSIONS: &[(&str, &str)] = &[(
    "FibreAccessOffering.schema.json",
    include_str!("../../../schemas/extensions/FibreAccessOffering.schema.json"),
)];

/// The schema file of an API version.
pub(super) fn text(api: &str, version: ApiVersion) -> Option<&'static str> {
    let mut files = FILES.iter();
    files
        .find(|(id, of, _)| *id == api && *of == version)
        .map(|(_, _, text)| *text)
}

/// All schema files.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(_, _, text)| *text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::{EXTENSIONS, FILES};

    #[test]
    fn every_schema_file_is_in_the_program() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
        let mut found = BTreeSet::new();
        for api in std::fs::read_dir(&folder).expect("the folder schemas") {
            let api = api.expect("an entry");
            for file in std::fs::read_dir(api.path()).expect("a folder") {
                let file = file.expect("an entry").file_name();
                found.insert(format!(
                    "{}/{}",
                    api.file_name().to_string_lossy(),
                    file.to_string_lossy()
                ));
            }
        }
        let generated = FILES
            .iter()
            .map(|(api, version, _)| format!("{api}/{version}.json"));
        let written = EXTENSIONS
            .iter()
            .map(|(name, _)| format!("extensions/{name}"));
        let listed: BTreeSet<String> = generated.chain(written).collect();
        assert_eq!(found, listed);
    }
}
