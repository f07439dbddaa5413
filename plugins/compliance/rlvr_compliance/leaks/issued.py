"""Keys that their issuers give a form of their own: a prefix, or a mark inside.

Each row is the name of the issuer, the pattern of the key, and the page that documents the form. Where no page of the
issuer states a form, the source is the rule of a public scanner that does ("gitleaks", "detect-secrets").
"""

from __future__ import annotations

import re

from rlvr_compliance.leaks.secret_kind import EDGE, END, UUID, SecretKind

# A floor of entropy keeps placeholders out; see `SecretKind.entropy`.
_FLOOR = 2.0

_PREFIXED = (
    ("adafruit", r"aio_[A-Za-z0-9]{28}", "io.adafruit.com/api/docs: authentication"),
    ("adobe-client-secret", r"p8e-[A-Za-z0-9_-]{32}", "developer.adobe.com: OAuth server-to-server"),
    ("age-secret-key", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}", "age-encryption.org/v1"),
    ("airtable", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}", "airtable.com/developers: personal access tokens"),
    ("alibaba", r"LTAI[A-Za-z0-9]{12,24}", "alibabacloud.com/help: AccessKey pairs"),
    ("anthropic", r"sk-ant-(?:oat|ort)[0-9]{2}-[\w-]{80,110}", "docs.anthropic.com: Claude Code authentication"),
    ("apify", r"apify_api_[A-Za-z0-9]{36}", "docs.apify.com: API integration"),
    ("asana", r"[12]/\d{13,17}(?:/\d{13,17})?:[a-f0-9]{32}", "developers.asana.com: personal access token"),
    ("atlassian", r"AT(?:ATT3xFf|CTT3xFf|LATT3xFf|BB)[\w=-]{24,250}", "support.atlassian.com: API tokens"),
    ("authress", r"(?:sc|ext|scauth)_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[a-z0-9+/_=-]{30,120}", "authress.io: service clients"),
    ("aws-bedrock", r"ABSK[A-Za-z0-9+/]{109,269}={0,2}", "docs.aws.amazon.com/bedrock: API keys"),
    ("aws-mws", r"amzn\.mws\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "developer.amazonservices.com"),
    ("azure-devops", r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}", "learn.microsoft.com: Azure DevOps token format"),
    ("azure-key", r"[A-Za-z0-9+/]{33,76}(?:AzCa|AzSe|ACDb|APIM|AzFu|\+ABa|\+AMC|\+ASt|\+ACR|\+AEh|\+ARm)[A-Za-z0-9+/]{5,8}={0,2}", "learn.microsoft.com: identifiable Azure keys"),
    ("braintree", r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}", "developer.paypal.com/braintree"),
    ("buildkite", r"bk[a-z]{2}_[a-f0-9]{40}", "buildkite.com/docs: managing API tokens"),
    ("cerebras", r"csk[-_][A-Za-z0-9_-]{48}", "Cerebras/vscode-cerebras-chat src/provider.ts: csk- or csk_, 52 characters"),
    ("circleci", r"CCI(?:PAT|PRJ)_[A-Za-z0-9]{22}_[a-f0-9]{40}", "circleci.com/docs: managing API tokens"),
    ("clickhouse", r"4b1d[A-Za-z0-9]{38}", "gitleaks"),
    ("clojars", r"CLOJARS_[a-z0-9]{60}", "github.com/clojars/clojars-web: deploy tokens"),
    ("cloudflare", r"cf(?:k|ut|at)_[A-Za-z0-9]{40,64}", "developers.cloudflare.com/fundamentals: token formats"),
    ("cloudflare-origin", r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}", "developers.cloudflare.com: Origin CA keys"),
    ("contentful", r"CFPAT-[\w-]{40,46}", "contentful.com/developers: personal access tokens"),
    ("crates", r"cio[A-Za-z0-9]{32}", "doc.rust-lang.org/cargo: publishing; crates.io token format"),
    ("databricks", r"d(?:api|ose|kea)[a-f0-9]{32}(?:-[0-9])?", "docs.databricks.com: personal access tokens"),
    ("dbt", r"dbt[cu]_[A-Za-z0-9_-]{40,60}={0,2}", "docs.getdbt.com: service account tokens"),
    ("defined-networking", r"dnkey-[a-z0-9=_-]{26}-[a-z0-9=_-]{52}", "docs.defined.net: API tokens"),
    ("digitalocean", r"do[opr]_v1_[a-f0-9]{64}", "docs.digitalocean.com: personal access tokens"),
    ("docker", r"dckr_(?:pat|oat)_[\w-]{24,40}", "docs.docker.com: access tokens"),
    ("doppler", r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}", "docs.doppler.com: auth token formats"),
    ("duffel", r"duffel_(?:test|live)_[A-Za-z0-9_=-]{43}", "duffel.com/docs: test mode"),
    ("dynatrace", r"dt0[a-z]\d{2}\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}", "docs.dynatrace.com: token format"),
    ("easypost", r"EZ[AT]K[A-Za-z0-9]{54}", "docs.easypost.com: authentication"),
    ("endor", r"endr\+[A-Za-z0-9-]{16}", "docs.endorlabs.com: API keys"),
    ("figma", r"fig[dou][rh]?_[\w-]{40,44}", "figma.com/developers/api: access tokens"),
    ("flutterwave", r"FLW(?:PUB|SEC)K(?:_TEST)?-[A-Ha-h0-9]{32}-X|FLWSECK_TEST-[A-Ha-h0-9]{12}", "developer.flutterwave.com: authentication"),
    ("frameio", r"fio-u-[A-Za-z0-9_=-]{64}", "developer.frame.io: authentication"),
    ("gocardless", r"(?:live|sandbox)_[A-Za-z0-9_-]{40}", "developer.gocardless.com: access tokens"),
    ("google-oauth", r"GOCSPX-[\w-]{28}|ya29\.[\w-]{50,300}|1//0[\w-]{40,100}", "developers.google.com/identity: OAuth 2.0"),
    ("groq", r"gsk_[A-Za-z0-9]{52}", "console.groq.com/docs"),
    ("harness", r"(?:pat|sat)\.[A-Za-z0-9_-]{22}\.[A-Fa-f0-9]{24}\.[A-Za-z0-9]{20}", "developer.harness.io: API keys"),
    ("hubspot", r"pat-(?:na|eu)\d-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}", "developers.hubspot.com: private apps"),
    ("klaviyo", r"pk_[a-f0-9]{34}", "developers.klaviyo.com: authenticate API requests"),
    ("langfuse", r"sk-lf-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}", "langfuse.com/docs: API keys"),
    ("langsmith", r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}", "docs.smith.langchain.com: API keys"),
    ("linear", r"lin_(?:api|oauth)_[A-Za-z0-9]{40,64}", "linear.app/developers: personal API keys"),
    ("looker", r"lk_[A-Za-z0-9]{24,40}", "gitleaks"),
    ("mailgun", r"(?:pubkey|key)-[a-f0-9]{32}", "documentation.mailgun.com: authentication"),
    ("mapbox", r"[ps]k\.[A-Za-z0-9]{60,80}\.[\w-]{22}", "docs.mapbox.com: access tokens"),
    ("maxmind", r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk", "dev.maxmind.com: license keys"),
    ("mongodb-atlas", r"mdb_sa_sk_[\w-]{40}", "mongodb.com/docs/atlas: service accounts"),
    ("neon", r"napi_[a-z0-9]{60,70}", "neon.tech/docs: API keys"),
    ("netlify", r"nf[pcoub]_[A-Za-z0-9]{36}", "docs.netlify.com: access tokens"),
    ("new-relic", r"NRAK-[A-Za-z0-9]{27}|NRJS-[a-f0-9]{19}|NRII-[A-Za-z0-9-]{32}", "docs.newrelic.com: API keys"),
    ("nuget", r"oy2[a-z0-9]{43}", "learn.microsoft.com/nuget: API keys"),
    ("nvidia", r"nvapi-[\w-]{60,70}", "docs.nvidia.com/ngc: API keys"),
    ("octopus", r"API-[A-Z0-9]{26}", "octopus.com/docs: API keys"),
    ("openrouter", r"sk-or-v1-[a-f0-9]{64}", "openrouter.ai/docs: authentication"),
    ("openshift", r"sha256~[\w-]{43}", "docs.openshift.com: OAuth access tokens"),
    ("paystack", r"sk_(?:live|test)_[a-f0-9]{40}", "paystack.com/docs: authentication"),
    ("perplexity", r"pplx-[A-Za-z0-9]{48}", "docs.perplexity.ai: API keys"),
    ("pinecone", r"pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{60,66}", "docs.pinecone.io: manage API keys"),
    ("plaid", r"access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "plaid.com/docs: tokens"),
    ("planetscale", r"pscale_(?:tkn|oauth|pw)_[\w=.-]{32,64}", "planetscale.com/docs: service tokens"),
    ("posthog", r"phx_[A-Za-z0-9]{43,50}", "posthog.com/docs/api: personal API keys"),
    ("postman", r"PMAK-[A-Fa-f0-9]{24}-[A-Fa-f0-9]{34}", "learning.postman.com: Postman API keys"),
    ("prefect", r"pn[ub]_[A-Za-z0-9]{36}", "docs.prefect.io: API keys"),
    ("pypi", r"pypi-AgEIcHlwaS5vcmc[\w-]{50,1000}", "pypi.org/help: API tokens"),
    ("pypi-test", r"pypi-AgENdGVzdC5weXBpLm9yZw[\w-]{50,1000}", "pypi.org/help: API tokens"),
    ("razorpay", r"rzp_(?:live|test)_[A-Za-z0-9]{14,24}", "razorpay.com/docs: API keys"),
    ("readme", r"rdme_[a-z0-9]{70}", "docs.readme.com: authentication"),
    ("render", r"rnd_[A-Za-z0-9]{28,36}", "render.com/docs/api"),
    ("replicate", r"r8_[A-Za-z0-9]{37}", "replicate.com/docs: API tokens"),
    ("resend", r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}", "resend.com/docs: API keys"),
    ("rubygems", r"rubygems_[a-f0-9]{48}", "guides.rubygems.org: API key scopes"),
    ("sendinblue", r"x(?:key|smtp)sib-[a-f0-9]{64}-[A-Za-z0-9]{16}", "developers.brevo.com: API keys"),
    ("sentry", r"sntrys_eyJ[A-Za-z0-9+/_=-]{40,600}", "docs.sentry.io/security-legal-pii/security/token-formats"),
    ("sentry-user", r"sntry[uai]_[A-Za-z0-9]{60,68}", "docs.sentry.io/security-legal-pii/security/token-formats"),
    ("settlemint", r"sm_(?:aat|pat|sat)_[A-Za-z0-9]{16}", "console.settlemint.com: access tokens"),
    ("shippo", r"shippo_(?:live|test)_[A-Fa-f0-9]{40}", "docs.goshippo.com: authentication"),
    ("shopify", r"shp(?:at|ca|pa|ss|tka|ua)_[A-Fa-f0-9]{32}", "shopify.dev: access token prefixes"),
    ("sonarqube", r"sq[uap]_[a-f0-9]{40}", "docs.sonarsource.com: managing tokens"),
    ("sourcegraph", r"sl[kwm]_[a-f0-9]{64}|sgd_[a-f0-9]{64}", "sourcegraph.com/docs: access tokens"),
    ("square-secret", r"sq0(?:csp|atp|idp|acp)-[\w-]{22,43}", "developer.squareup.com: access tokens"),
    ("stripe-webhook", r"whsec_[A-Za-z0-9+/]{32,64}={0,2}", "docs.stripe.com/webhooks: signatures"),
    ("supabase", r"sb(?:p_[a-f0-9]{40}|_secret_[\w-]{31,40})", "supabase.com/docs: API keys"),
    ("tailscale", r"tskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,20}-[A-Za-z0-9]{24,40}", "tailscale.com/kb: auth keys"),
    ("tavily", r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{32}", "docs.tavily.com: API key management"),
    ("together", r"tgp_v1_[\w-]{40,50}", "docs.together.ai: API keys"),
    ("trello", r"ATTA[a-f0-9]{64}[A-F0-9]{8}", "developer.atlassian.com/cloud/trello: authorization"),
    ("twilio", r"SK[0-9a-fA-F]{32}", "twilio.com/docs: API keys"),
    ("typeform", r"tfp_[A-Za-z0-9_.=-]{40,70}", "typeform.com/developers: personal access token"),
    ("vercel-blob", r"vercel_blob_(?:rw|client)_[A-Za-z0-9]{12,24}_[A-Za-z0-9+/=]{24,400}", "vercel/storage packages/blob/src/client.ts: vercel_blob_rw_ and vercel_blob_client_, store, secret"),
    ("vercel", r"vc[a-z]_[A-Za-z0-9]{24,56}", "vercel.com/docs: access tokens"),
    ("xai", r"xai-[A-Za-z0-9]{80}", "docs.x.ai: API keys"),
    ("yandex", r"AQVN[A-Za-z0-9_-]{35,38}|YC[A-Za-z0-9_-]{38}|t1\.[A-Za-z0-9_-]+={0,2}\.[A-Za-z0-9_-]{86}={0,2}", "yandex.cloud/docs: secret scanning"),
)  # fmt: skip

# name, pattern with the secret in group 1, hint, entropy, check, source
_FORMS = (
    ("aws-access-key", EDGE + r"((?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16})" + END, r"A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA", 0, "", "docs.aws.amazon.com/IAM: unique identifiers"),
    ("aws-access-key", EDGE + r"(AKIA(?:[ \t\n.-]?[A-Z0-9]){16})" + END, "AKIA", 3, "spaced", "docs.aws.amazon.com/IAM: unique identifiers"),
    ("github-token", r"\b((?:ghp|gho|ghu|ghs|ghr)_[0-9A-Za-z]{36})\b", "gh[pousr]_", 3, "", "docs.github.com: GitHub's token formats"),
    ("github-pat", r"\b(github_pat_\w{82})\b", "github_pat_", 3, "", "docs.github.com: GitHub's token formats"),
    ("gitlab-token", EDGE + r"((?:glpat|gldt|glft|glsoat|glrt|glrtr|glffct|glwt)-[\w-]{20,50}(?:\.[\w.]{2,20})?)" + END, "gl(?:pat|dt|ft|soat|rt|rtr|ffct|wt)-", 3, "", "docs.gitlab.com/security/tokens: prefixes"),
    ("gitlab-job", EDGE + r"(glcbt-[0-9a-zA-Z]{1,5}_[\w-]{20})" + END, "glcbt-", 3, "", "docs.gitlab.com/security/tokens: prefixes"),
    ("gitlab-mail", EDGE + r"(glimt-[\w-]{25})" + END, "glimt-", 3, "", "docs.gitlab.com/security/tokens: prefixes"),
    ("gitlab-trigger", EDGE + r"(glptt-[\w-]{40})" + END, "glptt-", 3, "", "docs.gitlab.com/security/tokens: prefixes"),
    ("gitlab-app", EDGE + r"(gloas-[\w-]{64})" + END, "gloas-", 3, "", "docs.gitlab.com/security/tokens: prefixes"),
    ("gitlab-runner", EDGE + r"(GR1348941[\w-]{20,50}[A-Za-z0-9-])" + END, "GR1348941", 3, "", "docs.gitlab.com/security/tokens: prefixes"),
    ("gitlab-runner", EDGE + r"(GR1348941[\w-]{20})" + END, "GR1348941", 3, "", "docs.gitlab.com/security/tokens: prefixes"),
    ("gitlab-agent", EDGE + r"(glagent-[\w-]{50,1000})" + END, "glagent-", 3, "", "docs.gitlab.com/security/tokens: prefixes"),
    ("gitlab-session", r"_gitlab_session=([0-9a-z]{32})\b", "_gitlab_session=", 3, "", "docs.gitlab.com/security/tokens"),
    ("slack-token", r"(?:^|[^\w.-])(xox[baprseo]-(?:\d{1,14}-){1,4}[0-9A-Za-z-]{9,400})(?:$|[^\w#*-])", "xox[baprseo]-", 0, "", "api.slack.com: token types"),
    ("slack-app", r"(?:^|[^\w.-])((?i:xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{24,80}))" + END, "(?i:xapp-)", 2, "", "api.slack.com: token types"),
    ("slack-workflow", r"(?:^|[^\w.-])(xwfp-[\w-]{20,100})" + END, "xwfp-", 3, "", "api.slack.com: token types"),
    ("slack-config", r"\b((?i:xoxe(?:\.xox[bp])?-\d-[A-Za-z0-9]{140,200}))\b", "(?i:xoxe)", 0, "", "api.slack.com: token types"),
    ("slack-webhook", r"(hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{43,60})", r"hooks\.slack\.com/", 0, "", "api.slack.com: incoming webhooks"),
    ("discord-webhook", r"discord(?:app)?\.com/api/webhooks/(\d{17,20}/[\w-]{60,80})", "/api/webhooks/", 3, "", "discord.com/developers: webhooks"),
    ("teams-webhook", r"(webhook\.office\.com/webhookb2/[\w@-]{36,80}/IncomingWebhook/[a-f0-9]{32}/[a-f0-9-]{36})", r"webhook\.office\.com", 2, "", "learn.microsoft.com: incoming webhooks"),
    ("stripe-key", r"\b((?:sk|rk)_(?:test|live|prod)_[0-9A-Za-z]{10,110})\b", "[sr]k_(?:test|live|prod)_", 2, "", "docs.stripe.com/keys"),
    ("openai-key", EDGE + r"(sk-(?:proj-|svcacct-|admin-)?[\w-]{20,80}T3BlbkFJ[\w-]{20,80})", "T3BlbkFJ", 0, "", "platform.openai.com: API keys"),
    ("anthropic-key", EDGE + r"(sk-ant-(?:api|admin)\d\d-[\w-]{93}AA)" + END, "sk-ant-", 0, "", "docs.anthropic.com: API keys"),
    ("google-key", r"\b(AIza[\w-]{35})" + END, "AIza", 4, "", "cloud.google.com/docs: API keys"),
    ("jwt", r"\b(ey[A-Za-z0-9_-]{14,}\.ey[A-Za-z0-9_/\\-]{14,}(?:\.[\w/\\-]{10,}={0,2})?)", r"ey[A-Z]", 3, "jwt", "RFC 7519, section 3"),
    ("jwt-base64", r"\b((?:ZXlK|ZXlB|ZXlC)[A-Za-z0-9+/=_-]{40,})", "ZXl[KBC]", 3, "jwt_base64", "RFC 7519, section 3, in base64"),
    ("private-key", r"-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----([\s\S-]{16,}?)-----END", "PRIVATE KEY", 2, "key_body", "RFC 7468"),
    ("private-key", r"-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----((?:\s|\\n)+[A-Za-z0-9+/=\s\\]{64,})", "PRIVATE KEY", 2, "key_body", "RFC 7468"),
    ("huggingface-token", EDGE + r"((?:hf|api_org)_[A-Za-z0-9]{34})\b", "hf_|api_org_", 3, "", "huggingface.co/docs: security tokens"),
    ("sendgrid-key", EDGE + r"(SG\.[\w-]{22}\.[\w-]{43})" + END, r"SG\.", 3, "", "docs.sendgrid.com: API keys"),
    ("npm-token", r"//[^\s]{1,200}/:_authToken=\s*((?:npm_[A-Za-z0-9]{36,})|" + UUID + ")", ":_authToken=", 0, "", "docs.npmjs.com: access tokens"),
    ("npm-token", EDGE + r"(npm_[A-Za-z0-9]{36})" + END, "npm_", 3, "", "docs.npmjs.com: access tokens"),
    ("mailchimp-key", r"\b([0-9a-z]{32}-us\d{1,2})\b", "-us[0-9]", 2, "", "mailchimp.com/developer: API keys"),
    ("telegram-token", r"(?:^|[^\w])(\d{8,10}:[\w-]{35})" + END, "[0-9]{8}:|[0-9]{9}:|[0-9]{10}:", 3, "", "core.telegram.org/bots: tokens"),
    ("discord-token", r"([MNAO=][\w=-]{22,27}\.[\w-]{6}\.[\w-]{27,38})", r"\.[\w-]{6}\.", 3, "", "discord.com/developers: bot tokens"),
    ("azure-client-secret", r"(?:^|[\\'\"\x60\s>=:(,)])([\w~.-]{3}\dQ~[\w~.-]{31,34})(?:$|[\\'\"\x60\s<),])", "[0-9]Q~", 3, "", "learn.microsoft.com: Entra client secrets"),
    ("azure-storage-key", r"(?i:(?:Account|SharedAccess|Access)Key)[\"']?\s{0,3}[=:]\s{0,3}[\"']?([A-Za-z0-9+/]{43,86}={1,2})", "(?i:(?:Account|Access)Key)", 3, "", "learn.microsoft.com: connection strings"),
    ("azure-sas", r"[?&;]sig=((?:[A-Za-z0-9+/]|%2[BbFf]){40,64}(?:%3[Dd]|=))", "sig=", 3, "", "learn.microsoft.com: shared access signatures"),
    ("vault-token", EDGE + r"(hv[sbr]\.[\w-]{24,300})" + END, r"hv[sbr]\.", 3.5, "", "developer.hashicorp.com/vault: token prefixes"),
    ("vault-legacy", r"(?:^|[^\w.-])([sbr]\.[A-Za-z0-9]{24})(?:$|[^\w.-])", r"(?:^|[^\w.-])[sbr]\.[A-Za-z0-9]{24}", 3.5, "mixed", "developer.hashicorp.com/vault: token prefixes"),
    ("grafana-token", r"\b(gl(?:c|sa)_[A-Za-z0-9+/]{32,400}={0,2})", "gl(?:c|sa)_", 3, "", "grafana.com/docs: service account tokens"),
    ("grafana-token", r"\b(eyJrIjoi[A-Za-z0-9+/]{70,400}={0,3})", "eyJrIjoi", 3, "", "grafana.com/docs: API keys"),
    ("notion-token", r"\b(ntn_\d{11}[A-Za-z0-9]{35}|secret_[A-Za-z0-9]{43})\b", "ntn_|secret_", 4, "", "developers.notion.com: authorization"),
    ("heroku-key", r"\b(HRKU-AA[\w-]{58})" + END, "HRKU-AA", 4, "", "devcenter.heroku.com: token format"),
    ("sourcegraph-token", r"\b(sgp_(?:[a-fA-F0-9]{16}_|local_)?[a-fA-F0-9]{40})\b", "sgp_", 3, "", "sourcegraph.com/docs: access tokens"),
    ("onepassword-service", r"\b(ops_eyJ[A-Za-z0-9+/]{250,}={0,3})", "ops_eyJ", 4, "", "developer.1password.com: service accounts"),
    ("onepassword-key", EDGE + r"(A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3})", "A3-", 3.5, "", "support.1password.com: Secret Key"),
    ("square-token", EDGE + r"((?:EAAA|sq0atp-)[\w-]{22,60})" + END, "EAAA|sq0atp-", 3, "", "developer.squareup.com: access tokens"),
    ("facebook-page", r"\b(EAA[MC][A-Za-z0-9]{100,400})\b", "EAA[MC]", 4, "", "developers.facebook.com: access tokens"),
    ("facebook-app", r"\b(\d{15,16}(?:\||%7C)[\w-]{27,40})", r"[0-9]{15}(?:[0-9]?\||[0-9]?%7C)", 3, "", "developers.facebook.com: app access tokens"),
    ("terraform-token", r"(?i)([a-z0-9]{14}\.atlasv1\.[a-z0-9_=-]{60,70})", r"(?i)\.atlasv1\.", 3.5, "", "developer.hashicorp.com/terraform: API tokens"),
    ("fly-token", r"\b(fo1_[\w-]{43}|fm[12][ar]?_[A-Za-z0-9+/]{100,}={0,3})", "fo1_|fm[12][ar]?_", 4, "", "fly.io/docs: access tokens"),
    ("intra42-secret", r"\b(s-s4t2(?:ud|af)-[a-f0-9]{64})\b", "s-s4t2", 3, "", "api.intra.42.fr: applications"),
    ("scalingo-token", r"\b(tk-us-[\w-]{48})", "tk-us-", 2, "", "developers.scalingo.com: tokens"),
    ("pulumi-token", EDGE + r"(pul-[a-f0-9]{40})" + END, "pul-", 2, "", "pulumi.com/docs: access tokens"),
    ("infracost-token", EDGE + r"(ico-[A-Za-z0-9]{32})(?:$|[^\w.-])", "ico-", 3, "", "infracost.io/docs: API keys"),
    ("artifactory-key", EDGE + r"(A(?:KC|P[\dABCDEF])[A-Za-z0-9]{10,100})" + END, r"A(?:KC|P[\dABCDEF])[A-Za-z0-9]{10}", 0, "artifactory", "detect-secrets"),
    ("artifactory-reference", EDGE + r"(cmVmd[A-Za-z0-9]{59})" + END, "cmVmd", 3, "", "jfrog.com/help: reference tokens"),
    ("gcp-service-account", r"\"type\"\s{0,5}:\s{0,5}\"(service_account)\"", '"service_account"', 0, "", "cloud.google.com/iam: service account keys"),
    ("wandb-key", r"(?i:wandb|weights)[\w.\- ]{0,20}[\"']?\s{0,3}[=:]{1,2}\s{0,3}[\"'`]?([a-f0-9]{40})\b", "(?i:wandb|weights)", 3, "", "docs.wandb.ai: API keys"),
)  # fmt: skip

# What a form begins with, where its first letters alone are too common or it begins with any letter.
_HEADS = {
    "airtable": r"pat[A-Za-z0-9]{14}\.", "asana": r"[12]/[0-9]{13}", "authress": r"(?:sc|ext|scauth)_[a-z0-9]{5,30}\.",
    "aws-mws": r"amzn\.mws", "azure-devops": "AZDO", "braintree": r"access_token\$", "buildkite": "bk[a-z]{2}_[a-f0-9]{4}",
    "azure-key": r"AzCa|AzSe|ACDb|APIM|AzFu|\+ABa|\+AMC|\+ASt|\+ACR|\+AEh|\+ARm", "clickhouse": "4b1d[A-Za-z0-9]{8}",
    "cloudflare-origin": r"v1\.0-[a-f0-9]", "crates": "cio[A-Za-z0-9]{16}", "databricks": "d(?:api|ose|kea)[a-f0-9]{8}",
    "dbt": "dbt[cu]_", "digitalocean": "do[opr]_v1_", "doppler": r"dp\.(?:pt|st|ct|sa|scim|audit)\.",
    "dynatrace": r"dt0[a-z][0-9]", "easypost": "EZ[AT]K", "figma": "fig[dou][rh]?_", "gocardless": r"(?:live|sandbox)_[\w-]{8}",
    "google-oauth": r"GOCSPX-|ya29\.|1//0", "harness": r"(?:pat|sat)\.[A-Za-z0-9_-]{22}", "klaviyo": "pk_[a-f0-9]{8}",
    "looker": "lk_[A-Za-z0-9]{8}", "mapbox": r"[ps]k\.[A-Za-z0-9]{8}", "maxmind": "_mmk", "netlify": "nf[pcoub]_",
    "nuget": "oy2[a-z0-9]{8}", "octopus": "API-[A-Z0-9]{8}", "prefect": "pn[ub]_", "resend": "re_[A-Za-z0-9]{8}_",
    "sonarqube": "sq[uap]_", "sourcegraph": "sl[kwm]_|sgd_", "supabase": "sbp_|sb_secret_", "tavily": "tvly-",
    "twilio": "SK[0-9a-fA-F]{8}", "vercel": "vc[a-z]_", "vercel-blob": "vercel_blob_", "yandex": r"AQVN|YC[\w-]{16}|t1\.[\w-]",
}  # fmt: skip
_GROUP = re.compile(r"[\w-]*\((?:\?:)?[\w|-]+\)[\w-]*")
_LITERALS = re.compile(r"[\w~/+-]+")


def _hint(name: str, form: str) -> str:
    """Return what a form begins with: an entry of ``_HEADS``, a group of literals, or the letters of each alternative."""
    if name in _HEADS:
        return _HEADS[name]
    if found := _GROUP.match(form):
        return found[0]
    return "|".join(re.escape(found[0]) for part in form.split("|") if (found := _LITERALS.match(part)))


ISSUED: tuple[SecretKind, ...] = (
    *(
        SecretKind(name=name, pattern=pattern, hint=hint, entropy=entropy, check=check, source=source)
        for name, pattern, hint, entropy, check, source in _FORMS
    ),
    *(
        SecretKind(name=name, pattern=f"{EDGE}({form}){END}", hint=_hint(name, form), entropy=_FLOOR, source=source)
        for name, form, source in _PREFIXED
    ),
)
"""All kinds that are known by their form, in the order in which they are looked for."""
