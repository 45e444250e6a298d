"""The Azure template: it parses, its parts fit, and it sets what the code reads. Nobody has deployed it yet."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from app.settings import PREFIX, Settings
from local.package import FILES, PACKAGES
from tests.unit.infra.bicep import FOLDER, PARSER, TEMPLATES, Text, flatten, read_template
from web.forms import LARGEST_FORM
from web.pages.tools.importing import LARGEST_CONFIRMED, LARGEST_FILE
from web.security.permissions import PERMISSIONS, Permission
from web.security.sign_in import Role

ROOT = Path(__file__).parents[3]
MAIN, SETTINGS, ACCESS = TEMPLATES["main.bicep"], TEMPLATES["settings.bicep"], TEMPLATES["access.bicep"]
DATA, APP, ALERTS = TEMPLATES["data.bicep"], TEMPLATES["app.bicep"], TEMPLATES["alerts.bicep"]
REGISTRATIONS = TEMPLATES["registrations.bicep"]

# What the code reads and the template leaves alone, with the reason.
NOT_IN_AZURE = {
    "AzureWebJobsStorage": "the emulator's connection string: in Azure the account has no keys",
    "SEATLEDGER_SECRETS_FOLDER": "a folder in place of Key Vault",
    "SEATLEDGER_MAIL_CA_FILE": "a mail server whose certificate nobody else trusts: its file must be deployed, too",
    "WEBSITE_AUTH_ENABLED": "the platform sets it, and nobody else may",
    "SEATLEDGER_LOGIN_URL": "simulators; the cloud's own otherwise",
    "SEATLEDGER_GRAPH_URL": "simulators; the cloud's own otherwise",
    "SEATLEDGER_PARTNER_CENTER_URL": "simulators; the cloud's own otherwise",
    "SEATLEDGER_AUTOTASK_URL": "simulators; Autotask's own otherwise",
    "SEATLEDGER_SIGN_IN_ISSUER": "made from cloud and directory",
    "SEATLEDGER_SIGN_IN_KEYS_URL": "made from cloud and directory",
}
# What the template sets and our code does not read, with who does.
READ_BY_THE_PLATFORM = {
    "AzureWebJobsStorage__credential": "the host's storage client",
    "AzureWebJobsStorage__clientId": "the host's storage client",
    "APPLICATIONINSIGHTS_CONNECTION_STRING": "the host's exporter",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "the host's exporter",
    "OTEL_TRACES_SAMPLER": "the host's exporter",
    "OTEL_TRACES_SAMPLER_ARG": "the host's exporter",
    "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "the host's web server",
}
ROLES = {
    "blobs": ("blobOwner", "storage"),
    "queues": ("queueContributor", "storage"),
    "tables": ("tableContributor", "storage"),
    "ownSecrets": ("secretsUser", "ownVault"),
    "connectionSecrets": ("keepSecrets", "connectionVault"),
    "telemetry": ("metricsPublisher", "insights"),
}
# learn.microsoft.com, "Azure built-in roles".
BUILT_IN = {
    "blobOwner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "queueContributor": "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
    "tableContributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    "secretsUser": "4633458b-17de-408a-b874-0445c86b69e6",
    "metricsPublisher": "3913510d-42f4-4e42-8a64-420c390055eb",
}


def list_read_settings() -> set[str]:
    """The environment variables that app/settings.py reads."""
    names = set()
    for name, field in Settings.model_fields.items():
        names.add(field.validation_alias if isinstance(field.validation_alias, str) else f"{PREFIX}{name.upper()}")
    return names


def list_set_settings() -> set[str]:
    """The app settings that settings.bicep makes in any case."""
    source = SETTINGS.source
    block = source[source.index("properties: union(signInProof, {") : source.index("resource authentication")]
    return set(re.findall(r"^    (\w+): ", block, re.MULTILINE))


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_file_parses(name: str) -> None:
    assert TEMPLATES[name].problems == ()


def test_the_parser_notices_a_mistake() -> None:
    assert PARSER.parse(b"resource a 'X/y@2020' = {\n  name: \n").root_node.has_error


def test_every_resource_names_its_version() -> None:
    for template in TEMPLATES.values():
        for each in template.declared:
            if each.kind == "resource" and "/" in each.of:
                assert re.fullmatch(r"[\w.]+(/\w+)+@(\d{4}-\d\d-\d\d|v1\.0)", each.of), (template.name, each.of)


def test_every_module_gets_what_it_asks_for_and_nothing_else() -> None:
    modules = [each for each in MAIN.declared if each.kind == "module"]
    assert {each.of for each in modules} == set(TEMPLATES) - {"main.bicep"}
    for each in modules:
        asked, given = TEMPLATES[each.of].parameters, each.body["params"]
        assert isinstance(given, dict)
        assert set(given) <= set(asked), each.of
        assert {name for name, default in asked.items() if default is None} <= set(given), each.of


def test_every_output_that_is_used_is_there() -> None:
    files = {each.symbol: each.of for each in MAIN.declared if each.kind == "module"}
    for module, output in re.findall(r"\b(\w+)\.outputs\.(\w+)", MAIN.source):
        assert output in TEMPLATES[files[module]].outputs, (module, output)


def test_every_parameter_and_variable_is_used() -> None:
    for template in TEMPLATES.values():
        for name in (*template.parameters, *template.variables):
            assert len(re.findall(rf"\b{name}\b", template.source)) > 1, (template.name, name)


def test_azd_gives_every_parameter_of_main() -> None:
    given = json.loads((FOLDER / "main.parameters.json").read_text())["parameters"]
    assert set(given) == set(MAIN.parameters)


def test_azd_deploys_what_make_package_builds() -> None:
    azure = (ROOT / "azure.yaml").read_text()
    assert "path: infra/bicep" in azure
    assert "project: dist/app" in azure
    assert "make package" in azure
    assert "{ 'azd-service-name': 'app' }" in MAIN.source
    assert "host.json" in FILES
    assert "app" in PACKAGES


def test_what_the_code_reads_stands_in_the_template_and_the_reverse() -> None:
    read, made = list_read_settings(), list_set_settings()
    assert read - made == set(NOT_IN_AZURE)
    assert made - read == set(READ_BY_THE_PLATFORM)


def test_the_host_takes_our_largest_upload_with_its_form_and_hardly_more() -> None:
    found = re.search(r"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '(\d+)'", SETTINGS.source)
    assert found is not None
    largest = max(LARGEST_FILE, LARGEST_CONFIRMED, LARGEST_FORM)
    assert largest + LARGEST_FORM <= int(found[1]) <= 2 * largest


def test_the_connection_of_every_binding_is_set_by_identity() -> None:
    source = (ROOT / "function_app.py").read_text()
    bindings = {
        word.value.id if isinstance(word.value, ast.Name) else ast.unparse(word.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == "connection"
    }
    assert bindings == {"STORAGE"}
    assert 'STORAGE = "AzureWebJobsStorage"' in source
    for part in ("accountName", "credential", "clientId"):
        assert f"AzureWebJobsStorage__{part}" in list_set_settings()


def test_no_key_and_no_secret_is_ever_asked_for() -> None:
    for template in TEMPLATES.values():
        assert not re.search(r"listKeys|listSecrets|@secure|AccountKey|SharedAccess", template.source), template.name
    [storage] = DATA.all_of("Microsoft.Storage/storageAccounts")
    properties = dict(flatten(storage.body))
    assert properties["allowSharedKeyAccess"] == Text("false")
    assert properties["allowBlobPublicAccess"] == Text("false")
    assert dict(flatten(TEMPLATES["telemetry.bicep"].one("insights").body))["DisableLocalAuth"] == Text("true")


def test_the_identity_has_these_roles_at_these_places_and_no_others() -> None:
    given = {each.symbol: each.body for each in ACCESS.all_of("Microsoft.Authorization/roleAssignments")}
    assert set(given) == set(ROLES)
    for symbol, (role, scope) in ROLES.items():
        body = given[symbol]
        assert body["scope"] == Text(scope), symbol
        properties = body["properties"]
        assert isinstance(properties, dict)
        assert properties["principalId"] == Text("identity.properties.principalId")
        assert isinstance(properties["roleDefinitionId"], Text)
        assert re.search(rf"\b{role}\b", properties["roleDefinitionId"].source), symbol
    for name, template in TEMPLATES.items():
        assert name == "access.bicep" or not template.all_of("Microsoft.Authorization/roleAssignments")
    assert {name: ACCESS.variables[name] for name in BUILT_IN} == BUILT_IN


def test_the_role_for_connection_secrets_reads_stores_and_retires_only() -> None:
    actions = dict(flatten(ACCESS.one("keepSecrets").body))["dataActions"]
    assert isinstance(actions, list)
    done = {"getSecret": "read_secret", "setSecret": "write_secret", "update": "retire_secret"}
    assert actions == [f"Microsoft.KeyVault/vaults/secrets/{each}/action" for each in done]


def test_storage_and_both_vaults_are_locked_and_the_vaults_cannot_be_purged() -> None:
    locks = DATA.all_of("Microsoft.Authorization/locks")
    assert {str(each.body["scope"]) for each in locks} == {
        str(Text(each)) for each in ("storage", "ownVault", "connectionVault")
    }
    assert all(each.is_conditional for each in locks)
    vaults = DATA.all_of("Microsoft.KeyVault/vaults")
    assert len(vaults) == 2
    for vault in vaults:
        properties = dict(flatten(vault.body))
        assert properties["enablePurgeProtection"] == properties["enableRbacAuthorization"] == Text("true")


def test_the_app_runs_on_the_python_that_the_repository_names() -> None:
    properties = dict(flatten(APP.one("site").body))
    assert properties["runtime"] == {"name": "python", "version": (ROOT / ".python-version").read_text().strip()}
    assert properties["authentication"] == {
        "type": "UserAssignedIdentity",
        "userAssignedIdentityResourceId": Text("identityId"),
    }
    assert dict(flatten(APP.one("plan").body))["sku"] == {"name": "FC1", "tier": "FlexConsumption"}


def test_everybody_signs_in_but_scripts_and_whoever_asks_for_health() -> None:
    properties = dict(flatten(SETTINGS.one("authentication").body))
    assert properties["requireAuthentication"] == Text("true")
    assert properties["unauthenticatedClientAction"] == "RedirectToLoginPage"
    assert properties["tokenStore"] == {"enabled": Text("true")}
    excluded = properties["excludedPaths"]
    assert excluded == ["/api/v1/*", "/health"]
    public = {path for (_, path), permission in PERMISSIONS.items() if permission is Permission.PUBLIC}
    assert {path for path in public if not path.startswith(("/api/v1/", "/static/"))} <= {"/health"}


def test_the_registration_has_the_roles_that_the_code_knows() -> None:
    roles = REGISTRATIONS.variables["roles"]
    assert isinstance(roles, list)
    assert [dict(flatten(each))["value"] for each in roles] == [role.value for role in Role]


def test_the_registrations_are_for_one_directory_and_for_all_of_them() -> None:
    sign_in, partner = REGISTRATIONS.one("signIn").body, REGISTRATIONS.one("partner").body
    assert (sign_in["signInAudience"], partner["signInAudience"]) == ("AzureADMyOrg", "AzureADMultipleOrgs")
    callback = "/settings/connections/microsoft/callback"
    assert ("GET", callback) in PERMISSIONS
    assert callback in str(partner["web"])
    asked = str(partner["requiredResourceAccess"])
    for name in ("organizationReadAll", "userReadAll", "delegatedAdminRelationshipReadAll"):
        assert name in asked
    assert "'Role'" not in asked


def test_what_is_watched_is_what_the_app_says() -> None:
    rules = ALERTS.variables["rules"]
    assert isinstance(rules, list)
    assert [dict(flatten(each))["name"] for each in rules] == ["night-missed", "poison-message", "failures"]
    for each in rules:
        assert set(dict(flatten(each))) == {
            "name", "severity", "description", "query", "frequency", "window", "operator", "threshold",
        }  # fmt: skip


def test_reading_a_template_finds_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.bicep"
    path.write_text("extension some\nparam a string\nresource r 'X/y@2020-01-01' existing = {\n  name: a\n}\n")
    template = read_template(path)
    assert template.problems == ()
    assert template.parameters == {"a": None}
    assert template.one("r").is_existing
    assert template.one("r").body == {"name": Text("a")}
