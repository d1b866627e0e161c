"""Words for secrets in other languages than English, for whatever looks for secrets by their keys."""

FOREIGN = (
    r"mdp|mot[ _-]?de[ _-]?passe|phrase[ _-]?(?:de[ _-]?passe|secr[eè]te)|jeton|identifiants|"
    r"(?<![a-zà-ÿ])cl(?:é|e\u0301?)s?(?:[ _-](?:d[’'_ ]?acc[eè]s|priv[eé]e|secr[eè]te))?(?![a-zà-ÿ])|"
    r"kennwort|passwort|contrase(?:ñ|n\u0303?)a|senha|wachtwoord"
)
"""Part of an expression that ignores case. First French, as most tenants' owners write it."""
