//! Where the Hub is, where its cache is and who asks: the environment in, one value out.
//! The names are those of Python's huggingface_hub. hf-hub itself reads only two of them, so all are read here.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use welt_files::Doing;
use welt_terminal::without_password;

use crate::address::Address;
use crate::error::{HubError, io};

const ENDPOINT: &str = "https://huggingface.co";

/// What the environment says.
pub struct Settings {
    /// The address of the Hub, without a slash at its end, for messages.
    pub endpoint: String,
    /// The same, to be asked.
    pub hub: Address,
    /// The folder that all programs share.
    pub cache: PathBuf,
    /// Whether no network may be used.
    pub offline: bool,
    /// What proves who asks; none where there is none.
    pub token: Option<Token>,
    /// How long the Hub may be silent.
    pub patience: Duration,
    /// How long to wait before the second try; it doubles from try to try.
    pub pause: Duration,
}

/// A secret, with the place that it comes from. It has no way to be printed.
#[derive(Clone)]
pub struct Token {
    /// The secret.
    pub secret: String,
    /// The variable or file, for messages.
    pub source: String,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// No folder for the cache, an address that is none, a token that cannot be one.
    pub fn of_environment() -> Result<Self, HubError> {
        Self::of(&|name| env::var(name).ok().filter(|value| !value.trim().is_empty()), env::home_dir())
    }

    fn of(variable: &dyn Fn(&str) -> Option<String>, user: Option<PathBuf>) -> Result<Self, HubError> {
        let is_true = |name: &str| {
            let value = variable(name).unwrap_or_default().trim().to_uppercase();
            ["1", "ON", "YES", "TRUE"].contains(&value.as_str())
        };
        let path = |name: &str| variable(name).map(PathBuf::from);
        let home = path("HF_HOME")
            .or_else(|| Some(path("XDG_CACHE_HOME")?.join("huggingface")))
            .or_else(|| Some(user?.join(".cache").join("huggingface")));
        let cache = path("HF_HUB_CACHE")
            .or_else(|| path("HUGGINGFACE_HUB_CACHE"))
            .or_else(|| Some(home.as_ref()?.join("hub")))
            .ok_or(HubError::NoHome)?;
        // Links in the cache lead from folder to folder by relative paths.
        let cache = std::path::absolute(&cache).map_err(io(&cache, Doing::Read))?;
        let endpoint = variable("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned()).trim_end_matches('/').to_owned();
        // Whoever mistypes an address with a password would find it in every log.
        let no_address = || HubError::Endpoint { found: without_password(&endpoint) };
        let hub = Address::parse(&endpoint).filter(|_| !endpoint.contains(['?', '#'])).ok_or_else(no_address)?;
        let seconds = variable("HF_HUB_DOWNLOAD_TIMEOUT").and_then(|text| text.trim().parse::<u64>().ok());
        let token = if is_true("HF_HUB_DISABLE_IMPLICIT_TOKEN") { None } else { token(variable, home.as_deref())? };
        Ok(Self {
            endpoint,
            hub,
            cache,
            offline: is_true("HF_HUB_OFFLINE") || is_true("TRANSFORMERS_OFFLINE"),
            token,
            patience: Duration::from_secs(seconds.filter(|&seconds| seconds > 0).unwrap_or(30)),
            pause: Duration::from_millis(500),
        })
    }
}

/// The token of the environment, or of the file that `hf auth login` writes.
fn token(variable: &dyn Fn(&str) -> Option<String>, home: Option<&Path>) -> Result<Option<Token>, HubError> {
    let named = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"];
    let named = named.into_iter().find_map(|name| Some((variable(name)?, name.to_owned())));
    let file = variable("HF_TOKEN_PATH").map(PathBuf::from).or_else(|| Some(home?.join("token")));
    let stored = || file.and_then(|file| Some((std::fs::read_to_string(&file).ok()?, file.display().to_string())));
    let Some((secret, source)) = named.or_else(stored) else { return Ok(None) };
    let secret = secret.trim().to_owned();
    // It goes into a header, where a line break would begin another one.
    if secret.chars().any(|each| !each.is_ascii_graphic()) {
        return Err(HubError::Token { origin: source });
    }
    Ok((!secret.is_empty()).then_some(Token { secret, source }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn shown(variables: &[(&str, &str)], user: Option<&str>) -> String {
        let variable = |name: &str| {
            let value = variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            value.filter(|value| !value.trim().is_empty())
        };
        match Settings::of(&variable, user.map(PathBuf::from)) {
            Err(error) => format!("{error}\n"),
            Ok(settings) => format!(
                "{} {} offline: {}, token of {}, {} s\n",
                settings.endpoint,
                settings.cache.display(),
                settings.offline,
                settings.token.map_or_else(|| "nobody".to_owned(), |token| token.source),
                settings.patience.as_secs()
            ),
        }
    }

    #[test]
    fn the_variables_of_the_python_library_are_read_in_its_order() {
        let rows = [
            shown(&[], Some("/u")),
            shown(&[], None),
            shown(&[("XDG_CACHE_HOME", "/x")], Some("/u")),
            shown(&[("XDG_CACHE_HOME", "/x"), ("HF_HOME", "/h"), ("HF_HUB_OFFLINE", "on")], None),
            shown(&[("HF_HOME", "/h"), ("HUGGINGFACE_HUB_CACHE", "/old"), ("HF_HUB_OFFLINE", "0")], None),
            shown(&[("HF_HUB_CACHE", "/c"), ("HUGGINGFACE_HUB_CACHE", "/old"), ("HF_TOKEN", " ")], None),
            shown(&[("HF_HOME", "/h"), ("HF_TOKEN", "hf_x"), ("HF_ENDPOINT", "http://mirror:1/")], None),
            shown(&[("HF_HOME", "/h"), ("HF_TOKEN", "hf_x"), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")], None),
            shown(&[("HF_HOME", "/h"), ("HF_HUB_DOWNLOAD_TIMEOUT", "2"), ("TRANSFORMERS_OFFLINE", "1")], None),
            shown(&[("HF_HOME", "/h"), ("HF_ENDPOINT", "huggingface.co")], None),
            shown(&[("HF_HOME", "/h"), ("HF_ENDPOINT", "https://me:secret@mirror/hub")], None),
            shown(&[("HF_HOME", "/h"), ("HF_ENDPOINT", "https://mirror/hub?key=secret")], None),
            shown(&[("HF_HOME", "/h"), ("HF_ENDPOINT", "me:secret@mirror")], None),
            shown(&[("HF_HOME", "/h"), ("HF_ENDPOINT", "https://Mirror:443/hub/")], None),
            shown(&[("HF_HOME", "/h"), ("HF_TOKEN", "a\nb")], None),
        ];
        expect![[r#"
            https://huggingface.co /u/.cache/huggingface/hub offline: false, token of nobody, 30 s
            there is no home directory for the cache of models: set HF_HOME to a folder
            https://huggingface.co /x/huggingface/hub offline: false, token of nobody, 30 s
            https://huggingface.co /h/hub offline: true, token of nobody, 30 s
            https://huggingface.co /old offline: false, token of nobody, 30 s
            https://huggingface.co /c offline: false, token of nobody, 30 s
            http://mirror:1 /h/hub offline: false, token of HF_TOKEN, 30 s
            https://huggingface.co /h/hub offline: false, token of nobody, 30 s
            https://huggingface.co /h/hub offline: true, token of nobody, 2 s
            HF_ENDPOINT is `huggingface.co`: expected an address such as https://huggingface.co, without a password or a question
            HF_ENDPOINT is `https://***@mirror/hub`: expected an address such as https://huggingface.co, without a password or a question
            HF_ENDPOINT is `https://mirror/hub`: expected an address such as https://huggingface.co, without a password or a question
            HF_ENDPOINT is `***@mirror`: expected an address such as https://huggingface.co, without a password or a question
            https://Mirror:443/hub /h/hub offline: false, token of nobody, 30 s
            HF_TOKEN: the token holds characters that no token has: copy it again
        "#]]
        .assert_eq(&rows.concat());
    }
}
